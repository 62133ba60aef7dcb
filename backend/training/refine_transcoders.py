"""Trains saved transcoders a little further on a CPU, touching only the features that fire.

Run: python -m training.refine_transcoders --corpus FOLDER --brook BROOK_FOLDER --layer L [--minutes M]

A dense step multiplies every token with every feature three times over; only 24 of 3,456 fire, so this one
multiplies densely once (to see which fire) and works on the firing pairs after that. Dead features are started
anew in the directions the dictionary explains worst (Bricken et al. 2023, "Neuron resampling").
"""

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from training import model, tasks
from training.corpus import BOS_ID, TASK_SHARE, WEIGHTS, encode, read_shard, rows, split
from training.dictionaries import GROUPS, Dictionary, half_precision_threshold, read, write
from training.train_dictionaries import STEP_TOKENS, TARGET

GROUP = GROUPS[0]
RATE, WARM_UP = 1e-3, 100
DECAY = 0.5


def sample_rows(corpus: Path, tokenizer: Tokenizer, count: int, seed: int = 5) -> Tensor:
    """Rows [row, pos] of training text in the training mix."""
    rng = random.Random(seed)
    shards = {name: split(read_shard(corpus, name))[0] for name in WEIGHTS}
    shares = {name: WEIGHTS[name] * sum(map(len, documents)) for name, documents in shards.items()}
    total = sum(shares.values())
    parts = []
    for name, documents in shards.items():
        wanted = int((1 - TASK_SHARE) * count * shares[name] / total) + 1
        rng.shuffle(documents)
        taken, length = [], 0
        while documents and length < wanted * 256 * 3.2:
            taken.append(documents.pop())
            length += len(taken[-1])
        parts.append(rows(encode(tokenizer, taken))[:wanted])
    written = [tasks.document(rng, "train") for _ in range(int(TASK_SHARE * count * 4))]
    parts.append(rows(encode(tokenizer, written))[: int(TASK_SHARE * count)])
    return torch.from_numpy(np.concatenate(parts).astype(np.int64))


class _Enough(Exception):
    """The layer's MLP has been read; the rest of the model is not needed."""


@torch.no_grad()
def read_mlp(network: model.Brook, tokens: Tensor, layer: int) -> tuple[Tensor, Tensor]:
    """(input, output) of one MLP at every token but start-of-text, half precision [token, d]."""
    inputs, outputs = [], []
    for chunk in tokens.split(64):
        kept, seen = chunk != BOS_ID, {}

        def collect(site: str, at: int, value: Tensor, seen: dict[str, Tensor] = seen) -> Tensor:
            if at == layer:
                seen[site] = value
                if site == "mlp-out":
                    raise _Enough
            return value

        try:
            network(chunk, collect)
        except _Enough:
            inputs.append(seen["mlp-in"][kept].half())
            outputs.append(seen["mlp-out"][kept].half())
    return torch.cat(inputs), torch.cat(outputs)


class Sparse:
    """A transcoder at unit root-mean-square, with Adam, trained by hand-written sparse gradients."""

    def __init__(self, saved: Dictionary, x: Tensor, y: Tensor, k: int) -> None:
        self.k = k
        self.scale_in, self.scale_out = x.float().pow(2).mean().sqrt(), y.float().pow(2).mean().sqrt()
        norm = saved.W_dec.norm(dim=1)
        # Saved decoders have unit rows in the model's units; here outputs are smaller by scale_out.
        self.weights = {
            "W_enc": (saved.W_enc.T * self.scale_in / self.scale_out * norm[:, None]).contiguous(),
            "b_enc": saved.b_enc * norm / self.scale_out,
            "W_dec": saved.W_dec / norm[:, None],
            "b_dec": saved.b_dec / self.scale_out,
        }
        self.threshold = (saved.threshold * norm / self.scale_out).mean()
        self.moments = {name: (torch.zeros_like(w), torch.zeros_like(w)) for name, w in self.weights.items()}
        self.variance = (y.float() / self.scale_out).var(0).mean()
        self.fired = torch.zeros(len(norm))
        self.steps = 0

    def active(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(token, feature, activation) of what fires; the threshold follows k."""
        pre = torch.addmm(self.weights["b_enc"], x, self.weights["W_enc"].T)
        token, feature = (pre > self.threshold).nonzero(as_tuple=True)
        drift = len(token) / (self.k * len(x)) - 1
        self.threshold = (self.threshold * (1 + 0.05 * max(-1.0, min(1.0, drift)))).clamp_min(1e-3)
        return token, feature, pre[token, feature]

    def step(self, x: Tensor, y: Tensor, rate: float) -> float:
        x, y = x.float() / self.scale_in, y.float() / self.scale_out
        token, feature, act = self.active(x)
        W_dec, shape = self.weights["W_dec"], (len(x), len(self.fired))
        acts = torch.sparse_coo_tensor(
            torch.stack([token, feature]), act, shape, is_coalesced=True
        ).to_sparse_csr()
        error = acts @ W_dec + self.weights["b_dec"] - y
        slope = 2 / (error.numel() * self.variance)
        by_act = (error[token] * W_dec[feature]).sum(1) * slope
        by_pre = (
            torch.sparse_coo_tensor(torch.stack([feature, token]), by_act, shape[::-1])
            .coalesce()
            .to_sparse_csr()
        )
        by_dec = (
            torch.sparse_coo_tensor(torch.stack([feature, token]), act, shape[::-1])
            .coalesce()
            .to_sparse_csr()
        )
        gradients = {
            "W_enc": by_pre @ x,
            "b_enc": torch.zeros_like(self.fired).index_add_(0, feature, by_act),
            "W_dec": by_dec @ error * slope,
            "b_dec": error.sum(0) * slope,
        }
        # Unit rows: move along the sphere only.
        rows_ = gradients["W_dec"]
        gradients["W_dec"] = rows_ - (rows_ * W_dec).sum(1, keepdim=True) * W_dec
        self._adam(gradients, rate)
        self.weights["W_dec"].div_(self.weights["W_dec"].norm(dim=1, keepdim=True))
        self.fired.index_add_(0, feature, torch.ones_like(act))
        return float(error.pow(2).mean() / self.variance)

    def _adam(self, gradients: dict[str, Tensor], rate: float) -> None:
        self.steps += 1
        for name, gradient in gradients.items():
            first, second = self.moments[name]
            first.lerp_(gradient, 0.1)
            second.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
            corrected = (second / (1 - 0.999**self.steps)).sqrt_().add_(1e-8)
            self.weights[name].addcdiv_(first / (1 - 0.9**self.steps), corrected, value=-rate)

    def resample(self, x: Tensor, y: Tensor, generator: torch.Generator) -> int:
        """Gives each feature silent since the last call a badly explained token to look at. Returns how many."""
        dead = (self.fired == 0).nonzero()[:, 0]
        self.fired.zero_()
        if not len(dead):
            return 0
        x, y = x.float() / self.scale_in, y.float() / self.scale_out
        token, feature, act = self.active(x)
        error = (y - self.weights["b_dec"]).index_add_(
            0, token, act[:, None] * self.weights["W_dec"][feature], alpha=-1
        )
        chosen = torch.multinomial(error.pow(2).sum(1), len(dead), generator=generator)
        mean = x.mean(0)
        toward = torch.nn.functional.normalize(x[chosen] - mean, dim=1)
        size = error[chosen].norm(dim=1, keepdim=True) * 0.7
        gain = (size + self.threshold) / ((x[chosen] - mean) * toward).sum(1, keepdim=True)
        self.weights["W_enc"][dead] = toward * gain
        self.weights["b_enc"][dead] = -(self.weights["W_enc"][dead] @ mean)
        self.weights["W_dec"][dead] = torch.nn.functional.normalize(error[chosen], dim=1)
        for name in ("W_enc", "b_enc", "W_dec"):
            for moment in self.moments[name]:
                moment[dead] = 0
        return len(dead)

    def finished(self, x: Tensor) -> Dictionary:
        scale = self.scale_out
        raw = Dictionary(
            (self.weights["W_enc"] / self.scale_in * scale).T.contiguous(), self.weights["b_enc"] * scale,
            self.weights["W_dec"], self.weights["b_dec"] * scale, torch.zeros_like(self.weights["b_enc"]),
        )  # fmt: skip
        return half_precision_threshold(raw, x.float(), TARGET * self.k)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--brook", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="dictionaries folder to write the layer to")
    parser.add_argument("--layer", type=int, required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rows", type=int, default=9000, help="rows of 256 tokens kept in memory")
    parser.add_argument("--resample", action="store_true")
    arguments = parser.parse_args()
    generator = torch.Generator().manual_seed(0)
    tokenizer = Tokenizer.from_file(str(arguments.brook / "lm" / "tokenizer.json"))
    network = model.load(arguments.brook / "lm", "cpu")
    x, y = read_mlp(network, sample_rows(arguments.corpus, tokenizer, arguments.rows), arguments.layer)
    held = slice(0, 60_000)
    order = torch.randperm(len(x), generator=generator)
    x, y = x[order], y[order]
    print(f"{len(x)} tokens", flush=True)
    sparse = Sparse(read(arguments.brook / "dictionaries", GROUP, arguments.layer), x[held], y[held], GROUP.k)
    started, step, progress, running = time.monotonic(), 0, 0.0, 0.0
    resample_at = [0.02, 0.1, 0.2, 0.3] if arguments.resample else []
    while progress < 1:
        chosen = torch.randint(held.stop, len(x), (STEP_TOKENS,), generator=generator)
        rate = RATE * min((step + 1) / WARM_UP, 1.0, max(0.0, (1 - progress) / DECAY))
        running += sparse.step(x[chosen], y[chosen], rate)
        step += 1
        progress = (time.monotonic() - started) / (60 * arguments.minutes)
        if resample_at and progress > resample_at[0]:
            resample_at.pop(0)
            some = slice(0, 20_000)
            print("resampled", sparse.resample(x[some], y[some], generator), flush=True)
        if step % 100 == 0:
            print(
                f"step {step} {progress:.2f} FVU {running / 100:.4f} threshold {sparse.threshold:.3f}",
                flush=True,
            )
            running = 0.0
    write(arguments.out, GROUP, arguments.layer, sparse.finished(x[held]))


if __name__ == "__main__":
    main()
