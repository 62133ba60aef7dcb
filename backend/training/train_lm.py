"""Trains brook's language model on one GPU and measures it.

Run: python -m training.train_lm --corpus FOLDER --lm LM_FOLDER_WITH_TOKENIZER --out OUT [--start FOLDER] [--steps N]
"""

import argparse
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from training import evaluate_lm, model, streams
from training.corpus import TASK_SHARE

STEPS = 20_000  # of 65,536 tokens
BATCH = 256
PEAK_RATE = 2e-3
WARM_UP = 200
DECAY = 0.4  # of the run, at its end, linearly to nothing
WEIGHT_DECAY = 0.1


def rate_at(step: int, progress: float) -> float:
    """Learning rate; `progress` runs from 0 to 1 over the run."""
    return PEAK_RATE * min((step + 1) / WARM_UP, 1.0, max(0.0, (1 - progress) / DECAY))


def optimizer_for(network: model.Brook) -> torch.optim.AdamW:
    """Weight decay on matrices only: gains pulled to zero would fight the norms."""
    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim == 2], "weight_decay": WEIGHT_DECAY},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    fused = parameters[0].is_cuda
    return torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.95), fused=fused)


def loss_of(network: model.Brook, batch: Tensor) -> Tensor:
    logits = network(batch[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1).float(), batch[:, 1:].flatten())


def train(
    network: model.Brook,
    mix: streams.Mix,
    steps: int,
    seconds: float,
    batch: int,
    check: Callable[[], None],
    seed: int = 0,
) -> int:
    """Runs `steps` steps, or as many as fit into `seconds` with the rate's decay fitted to them. Returns the number.

    `check` is called every 4,000 steps, to look at held-out loss and to save.
    """
    device = mix.tokens.device
    generator = torch.Generator(device).manual_seed(seed)
    optimizer = optimizer_for(network)
    step_loss = torch.compile(loss_of) if device.type == "cuda" else loss_of
    started, step, progress = time.monotonic(), 0, 0.0
    while progress < 1:
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, progress)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
            loss = step_loss(network, mix.draw(batch, generator))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        if step % 50 == 0 or step == 1:  # reading the clock honestly means waiting for the device
            shown, elapsed = loss.item(), time.monotonic() - started
            progress = max(step / steps, elapsed / seconds)
            if step % 1000 == 0:
                print(
                    f"step {step} loss {shown:.3f} {step * batch * 256 / elapsed / 1e6:.2f} M tokens/s {elapsed:.0f} s",
                    flush=True,
                )
        if step % 4000 == 0:
            check()
    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--lm", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="a saved model to train on from")
    parser.add_argument("--task-share", type=float, default=TASK_SHARE, help="of the tokens")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument(
        "--minutes", type=float, default=60, help="for reading the corpus and training together"
    )
    parser.add_argument("--batch", type=int, default=BATCH)
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("high")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(arguments.lm / name, arguments.out / name)
    tokenizer = Tokenizer.from_file(str(arguments.lm / "tokenizer.json"))
    started = time.monotonic()
    training, held_out = streams.make(arguments.corpus, tokenizer)
    prepared = time.monotonic() - started
    print({name: len(stream) for name, stream in training.items()}, f"{prepared:.0f} s", flush=True)
    network = model.load(arguments.start, device).train() if arguments.start else model.Brook().to(device)
    mix, left = streams.Mix.of(training, device, arguments.task_share), arguments.minutes * 60 - prepared

    def check() -> None:
        print("held out", evaluate_lm.held_out_loss(network, held_out, device, limit=128), flush=True)
        model.save(network, arguments.out)

    started = time.monotonic()
    steps = train(network, mix, arguments.steps, left, arguments.batch, check)
    seconds = time.monotonic() - started
    model.save(network, arguments.out)
    saved = model.load(arguments.out, device)
    figures = {
        "parameters": sum(p.numel() for p in network.parameters()),
        "steps": steps,
        "tokens": steps * arguments.batch * 256,
        "seconds": round(seconds, 1),
        "held_out_tokens": {name: len(stream) for name, stream in held_out.items()},
        "held_out_loss": evaluate_lm.held_out_loss(saved, held_out, device),
        "tasks": evaluate_lm.task_accuracy(saved, tokenizer),
    }
    (arguments.out / "lm_metrics.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(
        json.dumps(
            {
                **figures,
                "tasks": {
                    n: {g: [f["prefers"], f["top1"]] for g, f in t.items()}
                    for n, t in figures["tasks"].items()
                },
            }
        )
    )


if __name__ == "__main__":
    main()
