"""How good the language model is: held-out loss per shard, and accuracy on every task family."""

from collections import defaultdict

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from training import tasks
from training.corpus import rows
from training.model import Brook, Tap, no_tap
from training.words import Part


@torch.no_grad()
def mean_loss(model: Brook, tokens: Tensor, tap: Tap = no_tap, batch: int = 128) -> float:
    """Nats per token over rows [row pos], the first token given."""
    total = 0.0
    for chunk in tokens.split(batch):
        logits = model(chunk[:, :-1], tap)
        total += F.cross_entropy(logits.flatten(0, 1).float(), chunk[:, 1:].flatten(), reduction="sum").item()
    return total / tokens[:, 1:].numel()


def held_out_loss(
    model: Brook, held_out: dict[str, np.ndarray], device: str, limit: int | None = None
) -> dict[str, float]:
    """Loss per source; "overall" weighs the four shards by their tokens and leaves generated text out."""
    losses, sizes = {}, {}
    for name, stream in held_out.items():
        tokens = torch.from_numpy(rows(stream)[:limit].astype(np.int64)).to(device)
        losses[name], sizes[name] = mean_loss(model, tokens), len(stream)
    shards = [name for name in losses if name != "tasks"]
    losses["overall"] = sum(losses[n] * sizes[n] for n in shards) / sum(sizes[n] for n in shards)
    return {name: round(loss, 4) for name, loss in losses.items()}


@torch.no_grad()
def last_logits(model: Brook, prompts: list[list[int]]) -> Tensor:
    """Logits after each prompt [prompt vocab]; prompts of one length go through together."""
    device = model.embed_tokens.weight.device
    by_length: dict[int, list[int]] = defaultdict(list)
    for i, prompt in enumerate(prompts):
        by_length[len(prompt)].append(i)
    logits = torch.zeros(len(prompts), model.shape.vocab_size, device=device)
    for indices in by_length.values():
        batch = torch.tensor([prompts[i] for i in indices], device=device)
        logits[indices] = model(batch)[:, -1].float()
    return logits


def accuracy(model: Brook, tokenizer: Tokenizer, items: list[tasks.Item]) -> dict[str, float]:
    """Of both prompts of every item: how often the right answer beats the other (`prefers`) and all others (`top1`).

    Years have many right answers: there both mean that the most likely token is a year in range.
    """
    ids = [[tokenizer.encode(p).ids for p in (item.clean_prefix, item.patch_prefix)] for item in items]
    answers = [
        [
            tokenizer.encode(p + a).ids[-1]
            for p, a in ((i.clean_prefix, i.clean_answer), (i.patch_prefix, i.patch_answer))
        ]
        for i in items
    ]
    logits = (
        last_logits(model, [prompt for pair in ids for prompt in pair]).unflatten(0, (len(items), 2)).cpu()
    )
    right = torch.tensor(answers)
    own, other = (logits.gather(2, a[..., None])[..., 0] for a in (right, right.flip(1)))
    prefers, top1 = own > other, logits.argmax(-1) == right
    if items[0].case.startswith("greater_than"):
        prefers = top1 = torch.tensor([[_in_range(p, tokenizer, best) for p, best in zip(pair, bests, strict=True)]
                                       for pair, bests in zip(ids, logits.argmax(-1).tolist(), strict=True)])  # fmt: skip
    margin = (own - other).mean().item()
    return {
        "items": len(items),
        "prefers": round(prefers.float().mean().item(), 4),
        "top1": round(top1.float().mean().item(), 4),
        "logit_difference": round(margin, 3),
    }


def _in_range(prompt: list[int], tokenizer: Tokenizer, best: int) -> bool:
    numbers = [token for token in map(tokenizer.id_to_token, prompt) if token.isdigit()]
    answer = tokenizer.id_to_token(best)
    return (
        answer.isdigit()
        and len(answer) == 2
        and int(numbers[1]) < int(answer) <= int(numbers[1]) + tasks.LONGEST
    )


def task_accuracy(model: Brook, tokenizer: Tokenizer) -> dict[str, dict[str, dict[str, float]]]:
    """Per family: training-like items, held-out words in known templates, held-out words in new templates."""
    result: dict[str, dict[str, dict[str, float]]] = {}
    for name in tasks.FAMILIES:
        parts: tuple[Part, Part] = ("train", "held_out")
        drawn = {part: tasks.draw_items(name, tokenizer, part) for part in parts}
        groups = {
            "in_distribution": drawn["train"],
            "held_out": drawn["held_out"],
            "held_out_known_template": [i for i in drawn["held_out"] if ".known." in i.case],
            "held_out_new_template": [i for i in drawn["held_out"] if ".new." in i.case],
        }
        result[name] = {group: accuracy(model, tokenizer, items) for group, items in groups.items() if items}
    return result
