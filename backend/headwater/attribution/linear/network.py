"""The frozen network of one prompt, with every node numbered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.linear.replacement import CutMlp
from headwater.attribution.linear.sweep import FrozenMaps, Sources, constant_written, read_roots
from headwater.graph.graph import BIAS, EMBEDDING, ERROR, FEATURE, POSITION, START
from headwater.lm.frozen import FrozenForward


@dataclass(frozen=True)
class Numbered:
    """Node columns while tracing: as in `graph.Nodes`, with the measured value of each feature, and
    whether the node writes anything (a bias may only stand for what its targets read)."""

    kind: NDArray[np.uint8]
    layer: NDArray[np.int16]
    position: NDArray[np.int32]
    index: NDArray[np.int32]
    activation: NDArray[np.float32]
    value: NDArray[np.float32]
    writes: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.kind)

    @classmethod
    def of(cls, groups: "Sequence[Group]") -> "Numbered":
        sizes = [len(group.index) for group in groups]

        def column(values: list[Any], dtype: Any) -> NDArray[Any]:
            return np.repeat(np.array(values, dtype), sizes)

        return cls(
            kind=column([group.kind for group in groups], np.uint8),
            layer=column([group.layer for group in groups], np.int16),
            position=column([group.position for group in groups], np.int32),
            index=np.concatenate([group.index for group in groups]).astype(np.int32),
            activation=_concatenate([group.activation for group in groups], sizes),
            value=_concatenate([group.value for group in groups], sizes),
            writes=column([group.writes for group in groups], np.bool_),
        )


@dataclass(frozen=True)
class Group:
    """Nodes of one kind at one (layer, position)."""

    kind: int
    layer: int
    position: int
    index: Sequence[int] | NDArray[np.integer[Any]] = (-1,)
    activation: NDArray[Any] | float = 0.0
    value: NDArray[Any] | float = np.nan
    writes: bool = True


@dataclass(frozen=True)
class Network:
    """Nodes are in causal order: the roots of each position, then per (block, position) its bias,
    features, and error or start. `features[i]` is the node of feature i, `entry[i]` and `constant[i]`
    what its pre-activation reads (see `CutMlp`)."""

    maps: list[FrozenMaps]
    sources: Sources
    nodes: Numbered
    features: NDArray[np.int64]
    entry: Float[Tensor, "feature d_model"]
    constant: Float[Tensor, " feature"]

    @classmethod
    def of(cls, frozen: FrozenForward, mlps: list[CutMlp], blocks: int) -> "Network":
        """`blocks`: how many of the blocks lie below the targets; of one more the attention is needed
        when the target is a feature inside it."""
        maps = [FrozenMaps.of(block, mlp) for block, mlp in zip(frozen.blocks, mlps, strict=True)]
        constants = constant_written(frozen, maps, mlps)
        groups, writes = _roots(frozen), []
        for layer in range(blocks):
            more, written = _written(layer, mlps[layer], constants[layer])
            groups += more
            writes.append(written)
        nodes = Numbered.of(groups)
        source = np.flatnonzero(nodes.writes)
        reads = read_roots(frozen, maps[0] if maps else None)
        return cls(
            maps=maps,
            sources=Sources(writes, reads, source, nodes.position[source]),
            nodes=nodes,
            features=np.flatnonzero(nodes.kind == FEATURE),
            entry=torch.cat([frozen.embedding[:0], *(mlp.entry for mlp in mlps[:blocks])]),
            constant=torch.cat([frozen.embedding[0, :0], *(mlp.constant for mlp in mlps[:blocks])]),
        )


def _roots(frozen: FrozenForward) -> list[Group]:
    groups = []
    for position, token in enumerate(frozen.token_ids.tolist()):
        groups.append(Group(EMBEDDING, -1, position, [token]))
        if frozen.position is not None:
            groups.append(Group(POSITION, -1, position))
    return groups


def _written(
    layer: int, mlp: CutMlp, constant: Float[Tensor, "pos d_model"]
) -> tuple[list[Group], list[Float[Tensor, "d_model _source"]]]:
    """One block's nodes, and their vectors as columns, position by position."""
    groups, writes = [], []
    pos = len(constant)
    bounds = np.searchsorted(mlp.position.cpu().numpy(), np.arange(pos + 1))
    index, activation = mlp.index.cpu().numpy(), mlp.activation.cpu().numpy()
    value, present = mlp.value.cpu().numpy(), (constant != 0).any(1).tolist()
    for p in range(pos):
        own = slice(int(bounds[p]), int(bounds[p + 1]))
        groups += [
            Group(BIAS, layer, p, writes=present[p]),
            Group(FEATURE, layer, p, index[own], activation[own], value[own]),
            Group(ERROR if p else START, layer, p),
        ]
        rest = mlp.error[p] if p else mlp.start
        bias = constant[p : p + present[p]]
        writes.append(torch.cat([bias, mlp.write[own], rest[None]]).T.contiguous())
    return groups, writes


def _concatenate(values: Sequence[NDArray[Any] | float], sizes: list[int]) -> NDArray[np.float32]:
    return np.concatenate(
        [np.broadcast_to(value, size) for value, size in zip(values, sizes, strict=True)]
    ).astype(np.float32)
