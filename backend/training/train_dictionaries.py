"""Trains all 24 dictionaries of brook together, from one stream of activations.

Run: python -m training.train_dictionaries --corpus FOLDER --brook BROOK_FOLDER [--seconds S]
reads BROOK_FOLDER/lm and writes BROOK_FOLDER/dictionaries and BROOK_FOLDER/metrics.json.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from training import evaluate_dictionaries, model, streams
from training.corpus import BOS_ID
from training.dictionaries import GROUPS, LAYERS, D, Dictionary, Group, half_precision_threshold, write

STEP_TOKENS = 4080
ROWS, STEPS_PER_DRAW = 256, 15  # one pass of the language model feeds fifteen steps
RATE, WARM_UP, DECAY = 1e-3, 200, 0.3
DEAD_AFTER = 2_000_000  # silent tokens
REVIVED_AT_ONCE, AUXILIARY_K, AUXILIARY_WEIGHT = 8, 64, 1 / 32  # a feature in eight; per token; of the loss
TARGET = 0.95  # of training's k, for the inference threshold

Sites = dict[str, Tensor]  # name of the tap -> activations [layer, token, d]


@torch.no_grad()
def activations(network: model.Brook, tokens: Tensor) -> Sites:
    """All four sites of all layers, at every token but start-of-text."""
    kept, seen = tokens != BOS_ID, {site: [] for site in ("attn", "mlp-in", "mlp-out", "resid")}

    def collect(site: str, layer: int, value: Tensor) -> Tensor:
        seen[site].append(value[kept].to(torch.bfloat16))
        return value

    with torch.autocast(tokens.device.type, dtype=torch.bfloat16):
        network(tokens, collect)
    return {site: torch.stack(values) for site, values in seen.items()}


def batches(network: model.Brook, mix: streams.Mix, generator: torch.Generator) -> Iterator[Sites]:
    while True:
        sites = activations(network, mix.draw(ROWS, generator)[:, :-1])
        order = torch.randperm(sites["resid"].shape[1], device=mix.tokens.device, generator=generator)
        for step in range(STEPS_PER_DRAW):
            chosen = order[step * STEP_TOKENS : (step + 1) * STEP_TOKENS]
            yield {site: values[:, chosen] for site, values in sites.items()}


class Stack(nn.Module):
    """The six dictionaries of a group, trained side by side. Inputs and outputs are at unit root-mean-square here."""

    def __init__(self, group: Group, sites: Sites) -> None:
        super().__init__()
        x, y = sites[group.reads].float(), sites[group.writes].float()
        self.group = group
        self.register_buffer("scale_in", x.pow(2).mean((1, 2), keepdim=True).sqrt())
        self.register_buffer("scale_out", y.pow(2).mean((1, 2), keepdim=True).sqrt())
        x, y = x / self.scale_in, y / self.scale_out
        self.register_buffer("variance", y.var(1).mean(1))
        self.register_buffer("silent", torch.zeros(LAYERS, group.features, device=x.device))
        rows = F.normalize(torch.randn(LAYERS, group.features, D, device=x.device), dim=-1)
        self.W_dec, self.W_enc = nn.Parameter(rows), nn.Parameter(rows.transpose(1, 2).contiguous())
        self.b_dec = nn.Parameter(y.mean(1, keepdim=True))
        self.b_enc = nn.Parameter(-(x.mean(1, keepdim=True) @ self.W_enc.detach()))

    @torch.no_grad()
    def dead(self) -> tuple[Tensor, Tensor]:
        """The longest silent features [layer, candidate], and which of them count as dead."""
        silence, index = self.silent.topk(self.group.features // REVIVED_AT_ONCE, dim=1)
        return index, silence > DEAD_AFTER

    @torch.no_grad()
    def after_step(self, fired: Tensor) -> None:
        self.W_dec.div_(self.W_dec.norm(dim=-1, keepdim=True))
        self.silent.add_(STEP_TOKENS).mul_(~fired)

    @torch.no_grad()
    def finished(self, layer: int, x: Tensor) -> Dictionary:
        """One dictionary in the model's own units, with its inference threshold from inputs `x` [token, d].

        The scales are folded into the encoder's weights and the decoder's rows, half-precision range permitting."""
        scale_in, scale_out = self.scale_in[layer, 0, 0], self.scale_out[layer, 0, 0]
        raw = Dictionary(
            self.W_enc[layer] / scale_in * scale_out, self.b_enc[layer, 0] * scale_out, self.W_dec[layer].clone(),
            self.b_dec[layer, 0] * scale_out, torch.zeros_like(self.b_enc[layer, 0]),
        )  # fmt: skip
        return half_precision_threshold(raw, x.float(), TARGET * self.group.k)


@torch.no_grad()
def batch_threshold(pre: Tensor, active: Tensor) -> Tensor:
    """BatchTopK's cut [layer, 1, 1]: the value that `active` activations exceed, by bisection.

    Sorting the 14 million activations of a dictionary's batch would take longer than the rest of the step."""
    high = pre.amax((1, 2), keepdim=True).float()
    low = torch.zeros_like(high)
    for _ in range(14):
        middle = (low + high) / 2
        above = (pre > middle).sum((1, 2), keepdim=True) > active
        low, high = torch.where(above, middle, low), torch.where(above, high, middle)
    return high


def loss_of(
    stack: Stack, x: Tensor, y: Tensor, active: Tensor, index: Tensor, is_dead: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """(loss, FVU per layer, which features fired). The auxiliary loss asks dead features to explain what is left."""
    x, y = x / stack.scale_in, y / stack.scale_out
    pre = F.relu(torch.baddbmm(stack.b_enc, x, stack.W_enc))  # half precision: 85 million numbers
    acts = pre * (pre > batch_threshold(pre.detach(), active))
    error = y - torch.bmm(acts, stack.W_dec) - stack.b_dec
    fvu = error.float().pow(2).mean((1, 2)) / stack.variance
    columns = stack.W_enc.gather(2, index[:, None].expand(-1, D, -1))
    revived = F.relu(torch.bmm(x, columns) + stack.b_enc.gather(2, index[:, None])) * is_dead[:, None]
    revived = revived * (revived >= revived.detach().topk(AUXILIARY_K, dim=-1).values[..., -1:])
    guess = torch.bmm(revived, stack.W_dec.gather(1, index[..., None].expand(-1, -1, D)))
    left = error.detach().float()
    auxiliary = (guess.float() - left).pow(2).mean((1, 2)) / left.pow(2).mean((1, 2)) * is_dead.any(1)
    return (fvu + AUXILIARY_WEIGHT * auxiliary).sum(), fvu.detach(), (acts.detach() > 0).any(1)


def train(stacks: list[Stack], source: Iterator[Sites], seconds: float, steps: int = 10**9) -> int:
    """Trains for `seconds` (or `steps`, whichever ends first); the rate decays over the last part. Returns the steps."""
    device = stacks[0].W_dec.device
    on_gpu = device.type == "cuda"
    optimizer = torch.optim.Adam([p for s in stacks for p in s.parameters()], lr=RATE, fused=on_gpu)
    step_loss = torch.compile(loss_of, dynamic=False) if on_gpu else loss_of
    active = [torch.tensor(s.group.k * STEP_TOKENS, device=device) for s in stacks]
    started, step, progress = time.monotonic(), 0, 0.0
    while progress < 1:
        sites = next(source)
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / WARM_UP, 1.0, max(0.0, (1 - progress) / DECAY))
        shown = []
        for stack, count in zip(stacks, active, strict=True):
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
                loss, fvu, fired = step_loss(
                    stack, sites[stack.group.reads], sites[stack.group.writes], count, *stack.dead()
                )
            loss.backward()
            shown.append((fvu, fired))
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        for stack, (_, fired) in zip(stacks, shown, strict=True):
            stack.after_step(fired)
        step += 1
        if step % 50 == 0 or step == 1:
            report = [[round(v, 3) for v in fvu.tolist()] for fvu, _ in shown]
            elapsed = time.monotonic() - started
            progress = max(step / steps, elapsed / seconds)
            if step % 4000 == 0 or step in (1, 500):
                dead = [int((s.silent > DEAD_AFTER).sum()) for s in stacks]
                print(f"step {step} {elapsed:.0f} s FVU {report} dead {dead}", flush=True)
    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--brook", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=260)
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("high")
    tokenizer = Tokenizer.from_file(str(arguments.brook / "lm" / "tokenizer.json"))
    training, held_out = streams.make(arguments.corpus, tokenizer)
    network = model.load(arguments.brook / "lm", device)
    source = batches(network, streams.Mix.of(training, device), torch.Generator(device).manual_seed(1))
    first = next(source)
    stacks = [Stack(group, first) for group in GROUPS]
    started = time.monotonic()
    steps = train(stacks, source, arguments.seconds)
    seconds = time.monotonic() - started
    sample = [next(source) for _ in range(8)]
    for stack in stacks:
        inputs = torch.cat([sites[stack.group.reads] for sites in sample], dim=1)
        for layer in range(LAYERS):
            write(arguments.brook / "dictionaries", stack.group, layer, stack.finished(layer, inputs[layer]))
    figures = {"steps": steps, "tokens": steps * STEP_TOKENS, "seconds": round(seconds, 1)}
    figures |= evaluate_dictionaries.evaluate(network, arguments.brook / "dictionaries", held_out)
    lm = json.loads((arguments.brook / "lm_metrics.json").read_text())
    (arguments.brook / "metrics.json").write_text(
        json.dumps({"lm": lm, "dictionaries": figures}, indent=1) + "\n"
    )
    evaluate_dictionaries.show(figures)


if __name__ == "__main__":
    main()
