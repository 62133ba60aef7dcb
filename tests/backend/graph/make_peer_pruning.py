"""Writes peer_pruning.npz: circuit-tracer's own scores, pruning masks and cumulative influence.

    .parity-venv/bin/python tests/backend/graph/make_peer_pruning.py

A random graph is enough, for only arithmetic is compared; `make parity` compares real traces.
Made with circuit-tracer 0.5.0, torch 2.13.0.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from circuit_tracer.graph import compute_graph_scores, prune_graph

LAYERS, TOKENS, LOGITS, PER_PLACE = 4, 6, 4, 5
THRESHOLDS = [(0.8, 0.98), (0.5, 0.9), (0.95, 0.999), (0.3, 0.5), (0.0, 0.0), (0.8, 0.0), (0.0, 0.98)]


def main() -> None:
    draw = np.random.default_rng(7)
    places = [(layer, p, i) for layer in range(LAYERS) for p in range(1, TOKENS) for i in range(PER_PLACE)]
    layer = [place[0] for place in places] + [n for n in range(LAYERS) for _ in range(TOKENS)]
    position = [place[1] for place in places] + [p for _ in range(LAYERS) for p in range(TOKENS)]
    kind = ["feature"] * len(places) + ["error"] * (LAYERS * TOKENS)
    kind += ["embedding"] * TOKENS + ["logit"] * LOGITS
    layer += [-1] * TOKENS + [LAYERS] * LOGITS
    position += [*range(TOKENS), *[TOKENS - 1] * LOGITS]
    index = (
        [place[2] for place in places] + [-1] * (LAYERS * TOKENS) + [*range(10, 10 + TOKENS), *range(LOGITS)]
    )
    n = len(kind)
    reads = np.isin(kind, ["feature", "logit"])[:, None] & ~np.isin(kind, "logit")[None]
    reads &= np.less.outer(layer, layer).T & np.less_equal.outer(position, position).T
    reads &= ~((np.array(kind) == "error") & (np.array(position) == 0))[None]
    weight = draw.normal(size=(n, n)) * np.exp(draw.normal(size=(n, n))) * (draw.random((n, n)) < 0.6)
    adjacency = np.where(reads, weight, 0).astype(np.float32)
    probabilities = np.array([0.5, 0.25, 0.12, 0.05], np.float32)
    graph = SimpleNamespace(
        adjacency_matrix=torch.from_numpy(adjacency),
        input_tokens=torch.arange(TOKENS),
        logit_targets=[None] * LOGITS,
        logit_tokens=torch.arange(LOGITS),
        selected_features=torch.arange(len(places)),
        logit_probabilities=torch.from_numpy(probabilities),
        cfg=SimpleNamespace(n_layers=LAYERS),
    )
    pruned = [prune_graph(graph, *pair) for pair in THRESHOLDS]
    np.savez_compressed(
        Path(__file__).with_name("peer_pruning.npz"),
        adjacency=adjacency,
        kind=np.array(kind),
        layer=np.array(layer),
        position=np.array(position),
        index=np.array(index),
        activation=np.ones(len(places), np.float32),
        token_ids=np.arange(10, 10 + TOKENS),
        logit_probabilities=probabilities,
        thresholds=np.array(THRESHOLDS),
        scores=np.array(compute_graph_scores(graph)),
        node_masks=np.stack([one.node_mask.numpy() for one in pruned]),
        edge_masks=np.stack([one.edge_mask.numpy() for one in pruned]),
        cumulative=pruned[0].cumulative_scores.numpy(),
    )


main()
