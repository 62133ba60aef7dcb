"""The metric of a batch as a function of its last residual stream, for many copies of the batch at once."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.attribution.circuit_methods import MetricName
from headwater.attribution.metrics import metric_at, places_of
from headwater.lm.batch import Batch, Readouts
from headwater.lm.network import Network


class Answers:
    """What the model's answers to one batch are worth. Only places where an answer is read are unembedded.

    Rows are copies of the batch, one after the other: row `copy * batch + example`.
    """

    def __init__(
        self,
        network: Network,
        batch: Batch,
        metric: MetricName,
        clean_final: Float[Tensor, "batch pos d_model"],
    ) -> None:
        self.network, self.metric, self.n_examples = network, metric, len(batch.clean)
        self.readouts, self.places = batch.readout, places_of(batch.readout)
        self.clean_logits = network.unembed(self.places.read(clean_final)).detach()

    @property
    def bytes_per_copy(self) -> int:
        """The logits of one copy, their softmax and their gradient."""
        return 12 * self.clean_logits.numel()

    def values(self, final: Float[Tensor, "row pos d_model"]) -> Float[Tensor, " row"]:
        return self.values_at(self.read(final), len(final))

    def read(self, values: Float[Tensor, "row pos *width"], first: int = 0) -> Float[Tensor, "place *width"]:
        """What rows carry where answers are read; `values` begin at position `first`."""
        copies = len(values) // self.n_examples
        rows = _offset(self.places.row, copies, self.n_examples)
        return values[rows, self.places.position.repeat(copies) - first]

    def values_at(self, final: Float[Tensor, "place d_model"], n_rows: int) -> Float[Tensor, " row"]:
        """As `values`, from what `read` gives."""
        copies = n_rows // self.n_examples
        readouts = _repeat(self.readouts, copies, self.n_examples)
        places = replace(
            self.places,
            row=_offset(self.places.row, copies, self.n_examples),
            position=self.places.position.repeat(copies),
            of_readout=_offset(self.places.of_readout, copies, len(self.places.row)),
        )
        clean = self.clean_logits.repeat(copies, 1) if self.metric == "kl" else None
        return metric_at(self.metric, self.network.unembed(final), readouts, places, n_rows, clean)

    def loss(self, final: Float[Tensor, "row pos d_model"]) -> Float[Tensor, ""]:
        """-metric, summed over rows. Rows do not meet, so its gradient is each row's own."""
        return -self.values(final).sum()


def _repeat(readouts: Readouts, copies: int, n_examples: int) -> Readouts:
    return replace(
        readouts,
        row=_offset(readouts.row, copies, n_examples),
        position=readouts.position.repeat(copies),
        correct=readouts.correct.repeat(copies),
        wrong=readouts.wrong.repeat(copies),
        weight=readouts.weight.repeat(copies),
    )


def _offset(numbers: Tensor, copies: int, step: int) -> Tensor:
    first = torch.arange(copies, device=numbers.device).repeat_interleave(len(numbers)) * step
    return numbers.repeat(copies) + first
