"""The edges there are between a model's heads and MLPs, numbered. No model needed, no torch.

A *source* is what writes into the residual stream: `input` (the token embedding), heads `a{l}.h{h}`, MLPs
`m{l}`. A *slot* is a place that reads it: a head's query, key or value `a{l}.h{h}<q>`, an MLP `m{l}`, and
`logits`. Every matrix of scores here is [source slot]; both axes run in the order of computation:

    source: input | a0.h0 .. a0.hH m0 | a1.h0 .. a1.hH m1 | ...
    slot:   a0.h0<q> .. a0.hH<q> a0.h0<k> .. a0.h0<v> .. m0 | a1.h0<q> .. m1 | ... | logits
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from jaxtyping import Bool, Int

from headwater.errors import InvalidGraphFile
from headwater.graph.selecting import Wiring

QKV: Final = ("q", "k", "v")


@dataclass(frozen=True)
class EdgeUniverse:
    """All edges of a model with `n_layers` blocks. In parallel blocks a block's heads do not feed its MLP."""

    n_layers: int
    n_heads: int
    parallel: bool = False

    @property
    def n_sources(self) -> int:
        return 1 + self.n_layers * (self.n_heads + 1)

    @property
    def n_slots(self) -> int:
        return self.n_layers * (3 * self.n_heads + 1) + 1

    @property
    def n_edges(self) -> int:
        return len(self.edge_source)

    # ---- numbering ---------------------------------------------------------------------------------------

    def heads(self, layer: int) -> slice:
        """Sources: this layer's heads."""
        first = 1 + layer * (self.n_heads + 1)
        return slice(first, first + self.n_heads)

    def mlp(self, layer: int) -> int:
        """Source: this layer's MLP."""
        return (layer + 1) * (self.n_heads + 1)

    def slots(self, layer: int, kind: str) -> slice:
        """Slots: queries (`q`), keys (`k`) or values (`v`) of this layer's heads, by head."""
        first = layer * (3 * self.n_heads + 1) + QKV.index(kind) * self.n_heads
        return slice(first, first + self.n_heads)

    def mlp_slot(self, layer: int) -> int:
        return layer * (3 * self.n_heads + 1) + 3 * self.n_heads

    @property
    def logits_slot(self) -> int:
        return self.n_slots - 1

    def sources_of_heads(self, layer: int) -> int:
        """How many sources, the first ones, feed this layer's heads."""
        return 1 + layer * (self.n_heads + 1)

    def sources_of_mlp(self, layer: int) -> int:
        """How many sources, the first ones, feed this layer's MLP."""
        return self.sources_of_heads(layer) + (0 if self.parallel else self.n_heads)

    # ---- edges -------------------------------------------------------------------------------------------

    @cached_property
    def n_sources_of(self) -> Int[np.ndarray, " slot"]:
        """How many sources feed each slot: always the first ones."""
        counts = np.full(self.n_slots, self.n_sources)
        for layer in range(self.n_layers):
            counts[self.slots(layer, "q").start : self.mlp_slot(layer)] = self.sources_of_heads(layer)
            counts[self.mlp_slot(layer)] = self.sources_of_mlp(layer)
        return counts

    @cached_property
    def exists(self) -> Bool[np.ndarray, "source slot"]:
        return np.arange(self.n_sources)[:, None] < self.n_sources_of

    @cached_property
    def edge_source(self) -> Int[np.ndarray, " edge"]:
        """Edges in row order of `exists`: all edges out of `input` first."""
        return np.nonzero(self.exists)[0]

    @cached_property
    def edge_slot(self) -> Int[np.ndarray, " edge"]:
        return np.nonzero(self.exists)[1]

    @cached_property
    def source_of_slot(self) -> Int[np.ndarray, " slot"]:
        """The source that each slot is an input of; `n_sources` for the logits, which are none."""
        owner = np.full(self.n_slots, self.n_sources)
        for layer in range(self.n_layers):
            heads = self.heads(layer)
            for kind in QKV:
                owner[self.slots(layer, kind)] = np.arange(heads.start, heads.stop)
            owner[self.mlp_slot(layer)] = self.mlp(layer)
        return owner

    def wiring(self, source: Int[np.ndarray, " edge"], slot: Int[np.ndarray, " edge"]) -> Wiring:
        """How these edges follow each other, from the input to the logits. Vertices are sources, and the
        logits behind them: heads carry information between positions, so positions are not told apart."""
        vertex = np.arange(self.n_sources + 1)
        return Wiring(source, self.source_of_slot[slot], vertex == 0, vertex == self.n_sources)

    # ---- names -------------------------------------------------------------------------------------------

    @cached_property
    def source_names(self) -> tuple[str, ...]:
        names = ["input"]
        for layer in range(self.n_layers):
            names += [*(f"a{layer}.h{head}" for head in range(self.n_heads)), f"m{layer}"]
        return tuple(names)

    @cached_property
    def slot_names(self) -> tuple[str, ...]:
        names: list[str] = []
        for layer in range(self.n_layers):
            names += [f"a{layer}.h{head}<{kind}>" for kind in QKV for head in range(self.n_heads)]
            names.append(f"m{layer}")
        return (*names, "logits")

    @cached_property
    def edge_names(self) -> tuple[str, ...]:
        """`input->a0.h0<q>`, as EAP-IG writes them."""
        pairs = zip(self.edge_source.tolist(), self.edge_slot.tolist(), strict=True)
        return tuple(f"{self.source_names[source]}->{self.slot_names[slot]}" for source, slot in pairs)

    @cached_property
    def edge_of_name(self) -> dict[str, int]:
        return {name: edge for edge, name in enumerate(self.edge_names)}

    def find_edge(self, name: str) -> int:
        """The number of an edge by its name; InvalidGraphFile when this model has no such edge."""
        edge = self.edge_of_name.get(name)
        if edge is None:
            raise InvalidGraphFile(
                f"{name[:80]!r} is no edge of a model with {self.n_layers} layers of {self.n_heads} heads"
                f"{' in parallel blocks' if self.parallel else ''}. Edges are named like `a0.h1->m1` or "
                "`input->a1.h0<q>`; the scores may belong to another model."
            )
        return edge
