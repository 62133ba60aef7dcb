"""What must hold of every intervention: identity, exactness where linear, honesty beside it where not."""

from pathlib import Path
from typing import Any

import pytest
import torch
from lm_toys import GPT2_PROMPT, biggest, write_sae

from headwater.dictionaries.dictionary import DictionarySet
from headwater.dictionaries.load import load_set
from headwater.dictionaries.sites import active_features, site_inputs, streams
from headwater.errors import InvalidIntervention
from headwater.interventions import run
from headwater.interventions.plan import FeatureIntervention, InterventionPlan, InterventionResult
from headwater.interventions.run import intervene
from headwater.lm.model import LanguageModel
from headwater.lm.registry import find_model
from headwater.lm.sites import hook_name
from headwater.lm.weights import apply_norm, linear_part

Traced = tuple[LanguageModel, DictionarySet, list[int]]


def plan(*rules: dict[str, Any], **options: Any) -> InterventionPlan:
    return InterventionPlan(interventions=[FeatureIntervention(**rule) for rule in rules], **options)


def active(traced: Traced, layer: int, n: int) -> list[tuple[int, int, float]]:
    """(index, position, activation) of the n strongest features of a layer."""
    model, dictionaries, ids = traced
    found = active_features(model.forward(ids), dictionaries)[layer]
    order = found.activation.argsort(descending=True)[:n]
    return [(int(found.feature[i]), int(found.position[i]), float(found.activation[i])) for i in order]


def ablate(traced: Traced, layer: int, n: int = 3) -> list[dict[str, Any]]:
    return [{"layer": layer, "index": i, "positions": [p]} for i, p, _ in active(traced, layer, n)]


def largest(result: InterventionResult, field: str) -> float:
    return max(abs(float(getattr(token, field))) for token in result.tokens)


def test_setting_features_to_what_they_are_changes_nothing(traced: Traced) -> None:
    rules = [
        {"layer": 1, "index": i, "positions": [p], "mode": "set", "value": a}
        for i, p, a in active(traced, 1, 4)
    ]
    for mode in ("full", "direct"):
        result = intervene(*traced, plan(*rules, mode=mode))

        assert largest(result, "measured_change") < 1e-4
        assert largest(result, "predicted_change") < 1e-4
        assert result.n_changed == 0
        assert result.kl < 1e-6


def test_scaling_by_one_and_ablating_the_silent_change_nothing(traced: Traced) -> None:
    model, dictionaries, ids = traced
    (index, position, _), *_ = active(traced, 0, 1)
    acts = dictionaries.at(0).encode(site_inputs(model.forward(ids), dictionaries)[0])[1:]
    silent = int((acts == 0).all(0).nonzero()[0])

    result = intervene(
        *traced,
        plan(
            {"layer": 0, "index": index, "positions": [position], "mode": "scale", "value": 1},
            {"layer": 0, "index": silent, "positions": "all"},
        ),
    )

    assert largest(result, "measured_change") < 1e-4
    assert result.correlation is None


def test_direct_mode_is_the_linear_graph(traced: Traced) -> None:
    rules = ablate(traced, 0) + ablate(traced, 1) + ablate(traced, 2)

    result = intervene(*traced, plan(*rules, mode="direct"))

    assert largest(result, "measured_change") > 1e-3
    for token in result.tokens:
        assert token.measured_change == pytest.approx(token.direct_change, abs=2e-5)
        assert token.predicted_change == token.direct_change
    assert result.correlation == pytest.approx(1, abs=1e-5)


def test_behind_the_last_mlp_only_the_final_norm_is_not_linear(traced: Traced) -> None:
    """So there the model after an ablation is known in closed form, and so is what the graph foretells."""
    model, dictionaries, ids = traced
    last, frozen = model.n_layers - 1, model.forward(ids)
    index, position, activation = next(f for f in active(traced, last, 200) if f[1] == len(ids) - 1)
    *_, stream = streams(frozen)
    change = -activation * dictionaries.at(last).W_dec[index]
    x = stream.post.index_add(0, torch.tensor([position]), change[None])
    after = apply_norm(model.weights.final_norm.freeze(x), x)[-1] @ frozen.W_U + frozen.b_U
    foretold = linear_part(frozen.final_norm, x - stream.post)[-1] @ frozen.W_U

    result = intervene(*traced, plan({"layer": last, "index": index, "positions": [position]}))

    assert result.n_changed == 1
    for token in result.tokens:
        assert token.logit_after == pytest.approx(float(after[token.id]), abs=1e-4)
        assert token.predicted_change == pytest.approx(float(foretold[token.id] - foretold.mean()), abs=1e-4)
        assert token.predicted_change == token.direct_change


def test_an_ablated_feature_is_off_and_stays_off(traced: Traced) -> None:
    """Both features are held, although the first changes what the second reads."""
    first, second = active(traced, 0, 1)[0], active(traced, 1, 1)[0]
    rules = [
        {"layer": 0, "index": first[0], "positions": [first[1]], "mode": "scale", "value": 3},
        {"layer": 1, "index": second[0], "positions": [second[1]]},
    ]

    result = intervene(*traced, plan(*rules))

    held = {(a.layer, a.index, a.position): a for a in result.activations if a.intervened}
    assert held[0, first[0], first[1]].after == pytest.approx(3 * first[2], rel=1e-4)
    assert held[1, second[0], second[1]].before == pytest.approx(second[2], rel=1e-4)
    assert held[1, second[0], second[1]].after == 0
    assert held[1, second[0], second[1]].predicted_after == 0


def test_features_set_upstream_are_respected_downstream(traced: Traced) -> None:
    """Ablating after pushing upstream is rewriting both MLP outputs, the second with what it then holds."""
    model, dictionaries, ids = traced
    (i, p, a), (j, q, _) = active(traced, 0, 1)[0], active(traced, 1, 1)[0]
    one, two = dictionaries.at(0), dictionaries.at(1)

    def push(y: torch.Tensor) -> torch.Tensor:
        return y.index_add(0, torch.tensor([p]), a * one.W_dec[[i]])

    _, seen = model.run(ids, ["blocks.1.mlp.hook_in"], {"blocks.0.mlp.hook_out": push})
    current = two.encode(seen["blocks.1.mlp.hook_in"])[q, j]

    def off(y: torch.Tensor) -> torch.Tensor:
        return y.index_add(0, torch.tensor([q]), -current * two.W_dec[[j]])

    expected, _ = model.run(ids, edits={"blocks.0.mlp.hook_out": push, "blocks.1.mlp.hook_out": off})
    rules = plan(
        {"layer": 0, "index": i, "positions": [p], "mode": "scale", "value": 2},
        {"layer": 1, "index": j, "positions": [q]},
    )
    result = intervene(*traced, rules, targets=list(range(40)))

    for token in result.tokens:
        assert token.logit_after == pytest.approx(float(expected[-1, token.id]), abs=2e-4)


def test_frozen_attention_keeps_its_patterns(traced: Traced) -> None:
    rules = [rule | {"mode": "set", "value": 20} for rule in ablate(traced, 0, 3)]

    free = intervene(*traced, plan(*rules))
    frozen = intervene(*traced, plan(*rules, freeze_attention=True))

    assert free.kl != pytest.approx(frozen.kl, rel=1e-3)
    assert [t.predicted_change for t in free.tokens if t in frozen.tokens] == [
        t.predicted_change for t in frozen.tokens if t in free.tokens
    ]


def test_predicted_paths_are_those_of_the_graph(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum over paths by its definition: features answer layer by layer, to one-edge effects only."""
    monkeypatch.setattr(run, "MOST_ACTIVATIONS", 10_000)
    model, dictionaries, ids = traced
    traced = model, dictionaries, ids[:6]
    clean = active_features(model.forward(ids[:6]), dictionaries)
    index, position, activation = active(traced, 0, 1)[0]
    rule = {"layer": 0, "index": index, "positions": [position]}

    change = {(0, index, position): -activation}
    for layer in range(1, model.n_layers):
        moved = intervene(*traced, plan(*settings(clean, change), mode="direct"))
        change |= {
            (layer, a.index, a.position): a.predicted_after - a.before
            for a in moved.activations
            if a.layer == layer and a.before > 0
        }
    by_hand = intervene(*traced, plan(*settings(clean, change), mode="direct"), targets=range(40))
    swept = intervene(*traced, plan(rule), targets=range(40))

    expected = {t.id: t.direct_change for t in by_hand.tokens}
    for token in swept.tokens:
        if token.id < 40:
            assert token.predicted_change == pytest.approx(expected[token.id], abs=1e-3)
    assert any(abs(t.predicted_change - t.direct_change) > 1e-2 for t in swept.tokens)


def settings(clean: Any, change: dict[tuple[int, int, int], float]) -> list[dict[str, Any]]:
    return [
        {
            "layer": layer,
            "index": index,
            "positions": [position],
            "mode": "set",
            "value": activation_of(clean, layer, index, position) + delta,
        }
        for (layer, index, position), delta in change.items()
    ]


def activation_of(clean: Any, layer: int, index: int, position: int) -> float:
    found = clean[layer]
    at = (found.feature == index) & (found.position == position)
    return float(found.activation[at][0]) if at.any() else 0.0


def test_tokens_are_the_likeliest_before_and_after_and_the_targets(traced: Traced) -> None:
    model, _, ids = traced
    rules = [rule | {"mode": "set", "value": 30} for rule in ablate(traced, 0, 3)]
    before = model.logits(ids)[-1]

    result = intervene(*traced, plan(*rules), targets=[3])

    listed = [t.id for t in result.tokens]
    assert {*before.topk(10).indices.tolist(), 3} <= set(listed)
    assert [t.probability_before for t in result.tokens] == sorted(
        (t.probability_before for t in result.tokens), reverse=True
    )
    assert max(t.probability_after for t in result.tokens) <= 1
    assert result.kl > 0
    assert result.tokens[0].text == model.tokenizer.tokens([listed[0]])[0]


def test_all_positions_are_those_after_the_start_token(traced: Traced) -> None:
    _, _, ids = traced
    index = active(traced, 0, 1)[0][0]

    result = intervene(
        *traced, plan({"layer": 0, "index": index, "positions": "all", "mode": "set", "value": 9})
    )

    positions = {a.position for a in result.activations if a.intervened}
    assert positions == set(range(1, len(ids)))


def test_a_repeated_request_gives_the_same_answer(traced: Traced) -> None:
    rules = plan(*ablate(traced, 0))

    assert intervene(*traced, rules) == intervene(*traced, rules)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"layer": 9}, "no dictionary at layer 9"),
        ({"index": 5000}, "features 0 to 95, and no feature 5000"),
        ({"positions": [400]}, "Position 400 cannot be changed: the prompt has positions 1 to"),
        ({"positions": [0]}, "position 0 holds the start token"),
        ({"positions": []}, "No position is given"),
        ({"mode": "set"}, "Mode 'set' needs a finite value"),
        ({"mode": "scale"}, r"Mode 'scale' needs a finite value .*2 to double it"),
        ({"positions": [1, 1]}, "given two values at position 1"),
        ({"mode": "set", "value": 3e38}, r"3e\+38 .* is too large: at most 1,000,000"),
    ],
)
def test_an_impossible_plan_is_refused_with_a_next_step(
    traced: Traced, rule: dict[str, Any], said: str
) -> None:
    item = FeatureIntervention(**{"layer": 0, "index": 0, "positions": [1], **rule})

    with pytest.raises(InvalidIntervention, match=said):
        intervene(*traced, InterventionPlan(interventions=[item]))


def test_a_value_that_is_no_number_is_refused(traced: Traced) -> None:
    item = FeatureIntervention.model_construct(
        layer=0, index=0, positions=[1], mode="set", value=float("nan")
    )

    with pytest.raises(InvalidIntervention, match="finite value"):
        intervene(
            *traced,
            InterventionPlan.model_construct(interventions=[item], mode="full", freeze_attention=False),
        )


@pytest.mark.parametrize(
    "hook",
    ["hook_resid_pre", "hook_resid_mid", "hook_resid_post", "attn.hook_z", "hook_attn_out", "hook_mlp_out"],
)
def test_sae_features_are_set_at_their_own_site(gpt2: LanguageModel, tmp_path: Path, hook: str) -> None:
    for layer in range(3):
        write_sae(tmp_path / "saes" / f"layer_{layer}", layer, hook, 80, 32)
    dictionaries = load_set(find_model(None, gpt2.entry.folder, [tmp_path / "saes"]))
    traced = (gpt2, dictionaries, gpt2.tokenizer.encode(GPT2_PROMPT))
    rules = ablate(traced, 1)

    same = [
        {"layer": 1, "index": i, "positions": [p], "mode": "set", "value": a}
        for i, p, a in active(traced, 1, 4)
    ]
    assert largest(intervene(*traced, plan(*same)), "measured_change") < 1e-4

    result = intervene(*traced, plan(*rules, mode="direct"))
    assert largest(result, "measured_change") > 1e-3
    for token in result.tokens:
        assert token.measured_change == pytest.approx(token.direct_change, abs=2e-5)
    assert largest(intervene(*traced, plan(*rules)), "measured_change") > 1e-3


def test_rebuilt_sites_are_what_the_model_computes(gpt2: LanguageModel, tmp_path: Path) -> None:
    for hook in ("hook_resid_pre", "hook_resid_mid", "hook_resid_post", "attn.hook_z", "hook_attn_out"):
        folder = tmp_path / hook
        for layer in range(3):
            write_sae(folder / f"layer_{layer}", layer, hook, 20, 32)
        saes = load_set(find_model(None, gpt2.entry.folder, [folder]))
        ids = gpt2.tokenizer.encode(GPT2_PROMPT)
        for d, x in zip(saes.layers, site_inputs(gpt2.forward(ids), saes), strict=True):
            name = hook_name(d.layer, d.site_in)
            _, seen = gpt2.run(ids, [name])
            assert biggest(seen[name].flatten(1) - x) < 1e-5
