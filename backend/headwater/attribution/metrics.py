"""What an answer is worth: one number an example, differentiable, in the units its name says.

Axis names: `readout` one answer (token, or pair of tokens) at a place, with a weight; `place` a position of
a row where at least one answer is read. An example may have many readouts at one place (all years that would
be right), so logits are kept once a place. Values of an example's readouts are summed with their weights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from headwater.attribution.circuit_methods import MetricName
from headwater.lm.batch import Readouts


@dataclass(frozen=True)
class Places:
    """Where answers are read: each pair of row and position once. `of_readout`: readout -> its place."""

    row: Int[Tensor, " place"]
    position: Int[Tensor, " place"]
    of_readout: Int[Tensor, " readout"]

    def read(self, values: Float[Tensor, "batch pos width"]) -> Float[Tensor, "place width"]:
        """Logits, or the residual stream before the unembedding."""
        return values[self.row, self.position]


def places_of(readouts: Readouts) -> Places:
    where = torch.stack([readouts.row, readouts.position], 1)
    places, of_readout = torch.unique(where, dim=0, return_inverse=True)
    return Places(places[:, 0], places[:, 1], of_readout)


def metric_value(
    name: MetricName,
    logits: Float[Tensor, "batch pos vocab"],
    readouts: Readouts,
    clean_logits: Float[Tensor, "batch pos vocab"] | None = None,
) -> Float[Tensor, " batch"]:
    """The metric of every example. Larger: closer to the clean answer (see `MetricName`).

    `clean_logits`, the clean run's for the same rows, is needed by `kl` alone. `kl` is greatest, 0, on the
    clean run, so its gradient vanishes there: methods that look at the clean run only see nothing of it.
    """
    places = places_of(readouts)
    clean = None if clean_logits is None else places.read(clean_logits)
    return metric_at(name, places.read(logits), readouts, places, len(logits), clean)


def metric_at(
    name: MetricName,
    logits: Float[Tensor, "place vocab"],
    readouts: Readouts,
    places: Places,
    n_examples: int,
    clean_logits: Float[Tensor, "place vocab"] | None = None,
) -> Float[Tensor, " batch"]:
    """As `metric_value`, from the logits at the places alone: no other position need be unembedded."""
    total = torch.zeros(n_examples, dtype=logits.dtype, device=logits.device)
    if name == "kl":
        if clean_logits is None:
            raise ValueError("the metric kl compares with the clean run and needs its logits")
        # The whole distribution, once a place: answers and their weights play no part.
        return total.index_add(0, places.row, -_divergence(clean_logits, logits))
    values = readouts.weight * _VALUES[name](logits, places.of_readout, readouts)
    return total.index_add(0, readouts.row, values)


def _divergence(
    clean: Float[Tensor, "place vocab"], run: Float[Tensor, "place vocab"]
) -> Float[Tensor, " place"]:
    log_clean = clean.log_softmax(-1)
    return (log_clean.exp() * (log_clean - run.log_softmax(-1))).sum(-1)


_Value = Callable[[Tensor, Tensor, Readouts], Tensor]


def _logit_difference(logits: Tensor, place: Tensor, readouts: Readouts) -> Tensor:
    wrong = logits[place, readouts.wrong.clamp(min=0)]
    return logits[place, readouts.correct] - torch.where(readouts.wrong >= 0, wrong, torch.zeros_like(wrong))


def _logit(logits: Tensor, place: Tensor, readouts: Readouts) -> Tensor:
    return logits[place, readouts.correct]


def _log_probability(logits: Tensor, place: Tensor, readouts: Readouts) -> Tensor:
    return logits.log_softmax(-1)[place, readouts.correct]


def _probability_difference(logits: Tensor, place: Tensor, readouts: Readouts) -> Tensor:
    return _logit_difference(logits.softmax(-1), place, readouts)


_VALUES: Final[dict[str, _Value]] = {
    "logit_difference": _logit_difference,
    "logit": _logit,
    "log_probability": _log_probability,
    "probability_difference": _probability_difference,
}
