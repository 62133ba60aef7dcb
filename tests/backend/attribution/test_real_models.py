"""Completeness on models that were really trained: brook, and `stories260K`, which nobody here trained.

A row adds up terms of both signs in single precision, so the fair scale of its rounding is the sum of its
absolute terms; where they do not cancel, the value itself is matched as closely.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from headwater.attribution.linear import trace
from headwater.attribution.methods import ChosenTokens, FeatureTarget, LinearTracing, Targets, TopLogits
from headwater.dictionaries.load import load_set
from headwater.graph.graph import FEATURE, Graph
from headwater.lm.model import load_model
from headwater.lm.registry import find_model
from headwater.settings import Settings

STORIES = Path(__file__).parents[2] / "models" / "stories260K"
TOLERANCE = 1e-5
CANCELS = 0.1
"""Rows whose value is below this share of their absolute terms are compared with the terms only."""


def stories_dictionaries(folder: Path) -> Path:
    """Random transcoders: what they miss is large, so the error terms carry the rows."""
    draw = torch.Generator().manual_seed(0)
    for layer in range(5):
        rows = torch.randn(96, 64, generator=draw) / 8
        tensors = {
            "W_enc": rows,
            "b_enc": torch.full((96,), -0.8),
            "W_dec": rows / 5,
            "b_dec": rows[0].clone(),
        }
        save_file(tensors, folder / f"layer_{layer}.safetensors")
    listed = "".join(f"- layer_{layer}.safetensors\n" for layer in range(5))
    (folder / "config.yaml").write_text(
        "model_name: stories\nmodel_kind: transcoder_set\nfeature_input_hook: mlp.hook_in\n"
        f"feature_output_hook: mlp.hook_out\nscan: random\ntranscoders:\n{listed}"
    )
    return folder


def traced(name: str, prompt: str, targets: Targets, folder: Path) -> Graph:
    settings = Settings(data=folder / "data")
    if name == "brook":
        entry = find_model(settings, "brook")
    else:
        sets = folder / "random"
        sets.mkdir()
        entry = find_model(settings, str(STORIES), [str(stories_dictionaries(sets))])
    model = load_model(entry)
    ids = model.tokenizer.encode(prompt)
    method = LinearTracing(targets=targets).resolved(model.tokenizer, len(ids))
    return trace(model, load_set(entry, None, "cpu"), ids, method)


CASES = [
    ("brook", "When Mary and John went to the store, John gave a drink to", TopLogits()),
    ("brook", "The war lasted from the year 1732 to the year 17", TopLogits(position=7)),
    ("brook", "The boys that the teacher saw", ChosenTokens(tokens=(" were", " was"))),
    ("stories", "Once upon a time there was a little girl named Lily. She", TopLogits()),
]


@pytest.mark.parametrize(("name", "prompt", "targets"), CASES, ids=lambda v: str(v)[:12])
def test_every_row_sums_to_its_targets_value(
    name: str, prompt: str, targets: Targets, tmp_path: Path
) -> None:
    graph = traced(name, prompt, targets, tmp_path)

    edges = graph.edges
    starts = edges.indptr[:-1]
    sums = np.add.reduceat(edges.weight.astype(np.float64), starts)
    terms = np.add.reduceat(np.abs(edges.weight).astype(np.float64), starts)
    residual = np.abs(edges.value - sums)

    assert len(starts) > 100
    assert (residual <= TOLERANCE * terms).all()
    plain = np.abs(edges.value) >= CANCELS * terms
    assert plain.any()
    assert (residual[plain] <= TOLERANCE * np.abs(edges.value[plain])).all()


def test_a_feature_of_a_graph_can_be_traced_onward(tmp_path: Path) -> None:
    whole = traced("brook", CASES[0][1], TopLogits(), tmp_path)
    best = next(
        n
        for n in np.argsort(-whole.flow.influence)
        if whole.nodes.kind[n] == FEATURE and whole.nodes.layer[n] > 1
    )
    layer, index, position = (int(getattr(whole.nodes, c)[best]) for c in ("layer", "index", "position"))

    onward = traced(
        "brook", CASES[0][1], FeatureTarget(layer=layer, index=index, position=position), tmp_path
    )

    row = int(whole.flow.row_of[best])
    there = slice(whole.edges.indptr[row], whole.edges.indptr[row + 1])
    again = int(onward.flow.row_of[onward.target_nodes[0]])
    here = slice(onward.edges.indptr[again], onward.edges.indptr[again + 1])
    np.testing.assert_allclose(
        np.sort(onward.edges.weight[here]), np.sort(whole.edges.weight[there]), rtol=1e-4, atol=1e-6
    )


def test_importing_the_method_settings_loads_no_torch() -> None:
    program = "import sys, headwater.attribution.methods; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
