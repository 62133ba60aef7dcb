"""How well does the model do the task by itself?

Axis names: `place` a position of an example where answers are read; `vocab` the model's output tokens.
An example counts as right when it is right at every place. With several right or wrong answers the total
probability of each side is compared, which for one of each is the comparison of their logits.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from headwater.errors import JobCancelled, UnstableNumbers
from headwater.lm.batch import PADDING, Batch, batches
from headwater.lm.network import Network
from headwater.tasks.accuracy import ExampleAccuracy, TaskAccuracy, summarise
from headwater.tasks.task import TokenTask


class Spelling(Protocol):
    """The part of a tokenizer that is needed to say what was predicted."""

    def tokens(self, ids: list[int], /) -> Sequence[str]: ...


@torch.no_grad()
def measure_accuracy(
    network: Network,
    task: TokenTask,
    spelling: Spelling | None = None,
    *,
    n_total: int | None = None,
    batch_size: int = 32,
    progress: Callable[[str, int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TaskAccuracy:
    """Two forward passes an example (clean and patch prompt). Metrics: logits, positive for clean answers.

    `n_total`: how many examples the task has, if `task` is a sample. Does not depend on the batch size.
    """
    found: dict[int, ExampleAccuracy] = {}
    for batch in batches(task, batch_size, network.device, positions="sum", pad=network.causal):
        if cancelled is not None and cancelled():
            raise JobCancelled("Measuring the model's accuracy was cancelled.")
        found |= {one.example: one for one in _measured(network, batch, task, spelling)}
        if progress is not None:
            progress("measuring accuracy", len(found), len(task.examples))
    total = len(task.examples) if n_total is None else n_total
    return summarise([found[n] for n in sorted(found)], total)


def _measured(
    network: Network, batch: Batch, task: TokenTask, spelling: Spelling | None
) -> list[ExampleAccuracy]:
    clean = _Run(network, batch, batch.clean)
    patch = None if batch.patch is None else _Run(network, batch, batch.patch)
    predicted = clean.predicted.tolist()
    words = [str(id) for id in predicted] if spelling is None else spelling.tokens(predicted)
    return [
        ExampleAccuracy(
            example=number,
            case=task.examples[number].case,
            metric=clean.metric[row].item(),
            correct=bool(clean.prefers[row]) if clean.is_choice[row] else None,
            top1=bool(clean.top1[row]),
            predicted=words[row],
            metric_patch=None if patch is None else patch.metric[row].item(),
            flipped=None if patch is None or not patch.is_choice[row] else bool(patch.flips[row]),
        )
        for row, number in enumerate(batch.examples.tolist())
    ]


class _Run:
    """One batch of prompts read at its places. All fields are per row."""

    def __init__(self, network: Network, batch: Batch, ids: Int[Tensor, "batch pos"]) -> None:
        readout = batch.readout
        where = torch.stack([readout.row, readout.position], 1)
        places, of_readout = torch.unique(where, dim=0, return_inverse=True)
        resid = network.forward(ids, batch.lengths, stop=network.n_layers)
        logits = network.unembed(resid[places[:, 0], places[:, 1]])
        if not bool(torch.isfinite(logits).all()):
            raise UnstableNumbers(
                "The model's logits are not finite on this task. Check the model: headwater models check."
            )
        correct, wrong = (
            _value(logits, of_readout, readout.correct),
            _value(logits, of_readout, readout.wrong),
        )
        values = readout.weight * (correct - wrong)
        rows = places[:, 0]
        self.metric = torch.zeros(len(ids), device=ids.device).index_add(0, readout.row, values)
        right = _sides(logits, of_readout, batch, positive=True)
        other = _sides(logits, of_readout, batch, positive=False)
        favour = _mass(logits, right) - _mass(logits, other)
        likeliest = logits.argmax(-1)
        at_top = right[torch.arange(len(likeliest), device=ids.device), likeliest]
        self.prefers = _all(rows, favour > 0, len(ids))
        self.flips = _all(rows, favour < 0, len(ids))
        self.is_choice = _all(rows, right.any(-1) & other.any(-1), len(ids))
        self.top1 = _all(rows, at_top, len(ids))
        # Places are sorted by row and position; what is said to be predicted is what comes at the last one.
        last = torch.cat([rows[1:] != rows[:-1], torch.ones(1, dtype=torch.bool, device=rows.device)])
        self.predicted = likeliest[last]


def _value(
    logits: Float[Tensor, "place vocab"], place: Int[Tensor, " readout"], token: Int[Tensor, " readout"]
) -> Float[Tensor, " readout"]:
    """The token's logit, 0 where there is none."""
    return torch.where(token == PADDING, 0, logits[place, token.clamp(min=0)])


def _sides(
    logits: Float[Tensor, "place vocab"], of_readout: Int[Tensor, " readout"], batch: Batch, *, positive: bool
) -> Bool[Tensor, "place vocab"]:
    """The tokens that raise the metric (`positive`) or lower it."""
    readout = batch.readout
    raises = (readout.weight > 0) == positive
    marks = torch.zeros_like(logits, dtype=torch.bool)
    for token, counts in ((readout.correct, raises), (readout.wrong, ~raises)):
        counts = counts & (token != PADDING)
        marks[of_readout[counts], token[counts]] = True
    return marks


def _mass(
    logits: Float[Tensor, "place vocab"], marks: Bool[Tensor, "place vocab"]
) -> Float[Tensor, " place"]:
    return logits.masked_fill(~marks, -torch.inf).logsumexp(-1)


def _all(rows: Int[Tensor, " place"], holds: Bool[Tensor, " place"], n: int) -> Bool[Tensor, " batch"]:
    fails = torch.zeros(n, dtype=torch.long, device=rows.device).index_add(0, rows, (~holds).long())
    return fails == 0
