"""From a frozen forward pass to a graph: choose targets, choose features, sweep, number the nodes."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from headwater import __version__
from headwater.attribution.linear.network import Network
from headwater.attribution.linear.replacement import check_dictionary, cut_all, until
from headwater.attribution.linear.rows import Block, fold, to_edges
from headwater.attribution.linear.selection import Cancelled, Progress, Run, explain_rows
from headwater.attribution.linear.targets import Heads, blocks_below, find_heads
from headwater.attribution.methods import FeatureTarget, LinearTracing, LogitDifference, resolve_position
from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.graph.graph import BIAS, FEATURE, Graph, Nodes
from headwater.lm.frozen import FrozenForward

RANKING_EVERY: Final = 256
"""Features explained between two rankings of a capped graph (circuit-tracer at batch 64: 4 x 64)."""


def trace(
    model: Any,
    dictionaries: DictionarySet,
    token_ids: Sequence[int],
    method: LinearTracing,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Graph:
    """The attribution graph of one prompt: every direct effect on its targets and on their features.

    `model` is a `lm.model.LanguageModel`. Weights are in units of the target's value (a feature's
    pre-activation, a logit less the mean logit), positive raises it; each row sums to that value.
    Exact for the model with attention patterns and norm denominators frozen.

    Refs: Ameisen et al. 2025, "Circuit Tracing"; Dunefsky et al. 2024 (arXiv 2406.11944).
    """
    ids = [int(token) for token in token_ids]
    method = method.resolved(model.tokenizer, len(ids))
    began = time.perf_counter()
    if progress:
        progress("forward pass", 0, 1)
    frozen = model.forward(ids)
    forward_s = time.perf_counter() - began
    by_layer = {dictionary.layer: dictionary for dictionary in dictionaries.layers}
    graph = explain(frozen, by_layer, method, progress=progress, cancelled=cancelled)
    graph.provenance["seconds"]["forward"] = round(forward_s, 4)
    return replace(
        graph,
        tokens=tuple(model.tokenizer.tokens(ids)),
        target_labels=tuple(_labels(method, graph, model.tokenizer)),
        model=model.name,
        dictionaries=tuple(
            by_layer[layer].id if layer in by_layer else "" for layer in range(graph.n_layers)
        ),
        provenance=graph.provenance | _identity(model, dictionaries),
    )


def explain(
    frozen: FrozenForward,
    dictionaries: Mapping[int, Dictionary],
    method: LinearTracing,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    ranking_every: int = RANKING_EVERY,
) -> Graph:
    """`trace` without a loaded model: from a frozen pass and dictionaries by layer.

    Tokens given as text must have been resolved. Names, labels and fingerprints are left blank.
    """
    clock = _Clock()
    n_tokens, n_layers = len(frozen.token_ids), len(frozen.blocks)
    token_ids = frozen.token_ids.cpu().numpy().astype(np.int32)
    at = resolve_position(method.targets.position, n_tokens)
    for dictionary in dictionaries.values():
        check_dictionary(dictionary, n_layers, frozen.embedding.shape[1])
    frozen = until(frozen, at)
    blocks = blocks_below(method, dictionaries, n_layers)
    cut_frozen = replace(frozen, blocks=frozen.blocks[: blocks + 1])
    if progress:
        progress("encoding features", 0, 1)
    with torch.no_grad():
        mlps = cut_all(cut_frozen, {k: v for k, v in dictionaries.items() if k <= blocks})
        clock.lap("encode")
        network = Network.of(cut_frozen, mlps, blocks)
        if progress:
            progress("encoding features", len(network.features), len(network.features))
        heads = find_heads(method, frozen, mlps)
        clock.lap("prepare")
        run = Run(network, progress, cancelled, frozen.W_U.device)
        rows, chosen = explain_rows(run, network, heads, method.max_features, ranking_every)
        clock.lap("sweep")
        graph = _graph(network, heads, rows, chosen, token_ids, n_layers, frozen.W_U.shape[1])
        clock.lap("assemble")
    graph.provenance.update(
        method=method.model_dump(mode="json"),
        seconds=clock.seconds,
        rows_computed=run.done,
        position=at,
    )
    return graph


def _graph(
    network: Network,
    heads: Heads,
    rows: list[Block],
    chosen: NDArray[np.bool_],
    token_ids: NDArray[np.int32],
    n_layers: int,
    d_vocab: int,
) -> Graph:
    """Number the nodes that stay, fold the features that do not into their errors, write CSR."""
    n, k = len(network.nodes), len(heads.index)
    kind = np.concatenate([network.nodes.kind, [BIAS], np.full(k, heads.kind)]).astype(np.uint8)
    layer = np.concatenate([network.nodes.layer, np.full(k + 1, heads.layer)]).astype(np.int16)
    position = np.concatenate([network.nodes.position, np.full(k + 1, heads.position)]).astype(np.int32)
    index = np.concatenate([network.nodes.index, [-1], heads.index]).astype(np.int32)
    activation = np.concatenate([network.nodes.activation, [0], heads.activation]).astype(np.float32)
    value = np.concatenate([network.nodes.value, [np.nan], heads.value]).astype(np.float32)

    left_out = np.zeros(n + 1 + k, bool)
    left_out[network.features[~chosen]] = True
    into = np.arange(n + 1 + k)
    # The error of a feature's place is the next node that is not a feature.
    last = np.where(kind == FEATURE, n + k, np.arange(n + 1 + k))
    following = np.minimum.accumulate(last[::-1])[::-1]
    into[left_out] = following[left_out]
    # The bias of a feature's place is the nearest bias before it; the targets' own is node n.
    bias_of = np.maximum.accumulate(np.where(kind == BIAS, np.arange(n + 1 + k), 0))

    kept_rows = []
    while rows:
        block = rows.pop()
        keep = ~left_out[block.target]
        if keep.any():
            kept_rows.append(fold(block.only(keep), into))
    # A bias that writes nothing is there only if a target's own constants are.
    read = np.zeros(n + 1 + k, bool)
    for block in kept_rows:
        read[bias_of[block.target[block.own.numpy() != 0]]] = True
    stay = ~left_out & (np.concatenate([network.nodes.writes, np.zeros(k + 1, bool)]) | (kind != BIAS) | read)
    number = (np.cumsum(stay) - 1).astype(np.int32)
    edges, residuals = to_edges(kept_rows, number, bias_of, value)
    return Graph(
        nodes=Nodes(kind[stay], layer[stay], position[stay], index[stay], activation[stay]),
        edges=edges,
        token_ids=token_ids,
        tokens=tuple(map(str, token_ids.tolist())),
        target_nodes=number[n + 1 :],
        target_weights=heads.weight.cpu().numpy().astype(np.float32),
        target_labels=("",) * k,
        n_layers=n_layers,
        d_vocab=d_vocab,
        model="",
        dictionaries=("",) * n_layers,
        provenance={
            "residuals": asdict(residuals),
            "features": {
                "active": len(chosen),
                "explained": int(chosen.sum()),
                "folded_into_errors": int(left_out.sum()),
            },
        },
    )


def _labels(method: LinearTracing, graph: Graph, tokenizer: Any) -> Iterator[str]:
    target = method.targets
    if isinstance(target, FeatureTarget):
        yield f"feature {target.layer}/{target.index} at position {target.position}"
    elif isinstance(target, LogitDifference):
        plus, minus = tokenizer.tokens([target.plus, target.minus])
        yield f"{plus} − {minus}"
    else:
        yield from tokenizer.tokens(graph.nodes.index[graph.target_nodes].tolist())


def _identity(model: Any, dictionaries: DictionarySet) -> dict[str, Any]:
    return {
        "headwater": __version__,
        "model_fingerprint": model.entry.fingerprint(),
        "dictionary_fingerprint": dictionaries.fingerprint,
    }


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name], self._last = round(now - self._last, 4), now
