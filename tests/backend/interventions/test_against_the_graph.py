"""The forecast of an intervention and the attribution graph are computed apart; they must say the same."""

import numpy as np
import pytest
from lm_toys import biggest

from headwater.attribution.linear import trace
from headwater.attribution.methods import LinearTracing
from headwater.dictionaries.dictionary import DictionarySet
from headwater.dictionaries.sites import active_features
from headwater.graph.graph import FEATURE, LOGIT
from headwater.interventions.plan import FeatureIntervention, InterventionPlan
from headwater.interventions.predict import predict
from headwater.interventions.rules import resolve
from headwater.interventions.run import intervene
from headwater.lm.model import LanguageModel

Traced = tuple[LanguageModel, DictionarySet, list[int]]


def test_ablating_a_feature_takes_its_row_entries_from_the_logits(traced: Traced) -> None:
    """In mode direct, the graph's edge feature -> logit is what the model's centred logit loses."""
    graph = trace(*traced, LinearTracing())
    nodes, edges = graph.nodes, graph.edges
    rows = {int(t): r for r, t in enumerate(edges.target) if nodes.kind[t] == LOGIT}
    target, row = next(iter(rows.items()))
    span = slice(edges.indptr[row], edges.indptr[row + 1])
    weights = dict(zip(edges.source[span].tolist(), edges.weight[span].tolist(), strict=True))
    strongest = sorted((s for s in weights if nodes.kind[s] == FEATURE), key=lambda s: -abs(weights[s]))[:5]
    token = int(nodes.index[target])

    for source in strongest:
        item = FeatureIntervention(
            layer=int(nodes.layer[source]),
            index=int(nodes.index[source]),
            positions=[int(nodes.position[source])],
        )
        result = intervene(*traced, InterventionPlan(interventions=[item], mode="direct"), targets=[token])

        change = next(t for t in result.tokens if t.id == token)
        assert change.measured_change == pytest.approx(-weights[source], abs=5e-5)
        assert change.direct_change == pytest.approx(-weights[source], abs=5e-5)


def test_the_path_forecast_is_the_inverse_of_one_minus_the_graph(traced: Traced) -> None:
    """A change d has effect (1 - B)^-1 d over all paths, B the graph per unit of its sources' activation."""
    model, dictionaries, ids = traced
    graph = trace(model, dictionaries, ids, LinearTracing())
    nodes, edges = graph.nodes, graph.edges
    n = len(nodes)
    matrix = np.zeros((n, n))
    for row, target in enumerate(edges.target):
        span = slice(edges.indptr[row], edges.indptr[row + 1])
        matrix[target, edges.source[span]] = edges.weight[span]
    features = np.flatnonzero(nodes.kind == FEATURE)
    per_unit = np.zeros((n, n))
    per_unit[:, features] = matrix[:, features] / nodes.activation[features]
    source = features[np.argmax(nodes.activation[features] * (nodes.layer[features] == 0))]
    change = np.zeros(n)
    change[source] = -nodes.activation[source]
    expected = np.linalg.solve(np.eye(n) - per_unit, change)

    frozen = model.forward(ids)
    clean = active_features(frozen, dictionaries)
    item = FeatureIntervention(
        layer=0, index=int(nodes.index[source]), positions=[int(nodes.position[source])]
    )
    rules = resolve(InterventionPlan(interventions=[item]), dictionaries, [b.mlp_in for b in frozen.blocks])
    found = predict(frozen, dictionaries, clean, rules, respond=True)

    logits = found.logits - found.logits.mean()
    for node in np.flatnonzero(nodes.kind == LOGIT):
        assert float(logits[nodes.index[node]]) == pytest.approx(expected[node], abs=2e-4)
    by_place = {
        (int(nodes.layer[f]), int(nodes.index[f]), int(nodes.position[f])): expected[f]
        for f in features
        if f != source
    }
    for layer, (a, moved) in enumerate(zip(clean, found.activations, strict=True)):
        for i, p, m in zip(a.feature.tolist(), a.position.tolist(), moved.tolist(), strict=True):
            assert m == pytest.approx(by_place.get((layer, i, p), 0), abs=2e-4)
    assert biggest(logits) > 1e-3
