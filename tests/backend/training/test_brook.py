"""The bundled files: their size, and that they still do what their figures say."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from training import evaluate_dictionaries, evaluate_lm, model
from training.dictionaries import Dictionary, read_all

HERE = Path(__file__).parent
BROOK = HERE.parents[2] / "backend/headwater/bundled/brook"


def test_brook_fits_its_budget() -> None:
    sizes = {path: path.stat().st_size for path in BROOK.rglob("*") if path.is_file()}

    assert sum(sizes.values()) < 60_000_000
    assert max(sizes.values()) < 16_000_000


@pytest.fixture(scope="module")
def sample() -> torch.Tensor:
    return torch.from_numpy(np.load(HERE / "held_out_rows.npy").astype(np.int64))


@pytest.fixture(scope="module")
def network() -> model.Brook:
    return model.load(BROOK / "lm")


@pytest.fixture(scope="module")
def saved() -> dict[str, list[Dictionary]]:
    return read_all(BROOK / "dictionaries")


@torch.no_grad()
def test_saved_dictionaries_reproduce_their_recorded_fvu(
    network: model.Brook, saved: dict[str, list[Dictionary]], sample: torch.Tensor
) -> None:
    tallies = evaluate_dictionaries.statistics(network, saved, sample)

    recorded = json.loads((HERE / "held_out_fvu.json").read_text())
    for (name, layer), tally in tallies.items():
        assert tally.fvu.item() == pytest.approx(recorded[f"{name}.{layer}"], abs=0.004)


def test_saved_language_model_reads_held_out_text(network: model.Brook, sample: torch.Tensor) -> None:
    loss = evaluate_lm.mean_loss(network, sample)

    assert loss < 3.2


def test_half_precision_holds_every_weight(saved: dict[str, list[Dictionary]]) -> None:
    for dictionaries in saved.values():
        for dictionary in dictionaries:
            assert all(torch.isfinite(t).all() for t in vars(dictionary).values())
            assert dictionary.W_dec.norm(dim=1).sub(1).abs().max() < 0.01
