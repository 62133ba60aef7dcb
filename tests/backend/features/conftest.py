"""Three features over two rows of text, small enough to solve by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from headwater.features.codec import write_harvest
from headwater.features.harvest import Readout, Remembered, Source, harvest
from headwater.features.harvested import Harvest, HarvestSettings
from headwater.features.table import FeatureTable

START = 1
ROWS = np.array([[START, 5, 6, 7, 8, 9], [START, 6, 5, START, 7, 6]])
ID = "toy.transcoders.0"
SETTINGS = HarvestSettings(before=2, after=1, top=3, bands=2, per_band=2, bins=4, logits=2)


def hand_made_activations() -> Tensor:
    """[row, position, feature]. Feature 0 fires on the three 6s (4, 1 and 2) and on a 7 (1.5).
    Feature 1 never fires. Feature 2 fires on start tokens, which do not count, and once on the 9."""
    acts = torch.zeros(2, 6, 3)
    acts[0, 2, 0], acts[0, 3, 0] = 4.0, 1.5
    acts[1, 1, 0], acts[1, 5, 0] = 1.0, 2.0
    acts[0, 0, 2], acts[1, 3, 2] = 50.0, 50.0
    acts[0, 5, 2] = 0.5
    return acts


DECODER = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 4.0]])
# Direction 0 writes to token 2, direction 1 to token 4; ten tokens; the norm doubles direction 0.
READOUT = Readout(gain=torch.tensor([2.0, 1.0]), W_U=torch.zeros(2, 10))
READOUT.W_U[0, 2], READOUT.W_U[1, 4] = 5.0, 5.0


class Letters:
    """A tokenizer: token n reads " tn"."""

    def tokens(self, ids: list[int], /) -> list[str]:
        return ["<s>" if i == START else f" t{i}" for i in ids]


def from_table(rows: np.ndarray, acts: Tensor) -> Callable[[Tensor], dict[str, Tensor]]:
    known = {tuple(row.tolist()): a for row, a in zip(rows, acts, strict=True)}
    return lambda tokens: {ID: torch.stack([known[tuple(t)] for t in tokens.tolist()])}


def harvest_toy(settings: HarvestSettings = SETTINGS, batch_rows: int = 1) -> Harvest:
    source = Source(ID, DECODER, settings=settings)
    activations = from_table(ROWS, hand_made_activations())
    return harvest(ROWS, activations, [source], READOUT, start_token=START, batch_rows=batch_rows)


def harvest_random(
    *, n_features: int = 64, n_rows: int = 40, length: int = 32, seed: int = 0, batch_rows: int = 7,
    settings: HarvestSettings | None = None, sparse: bool = False, remember: int | None = None,
    ids: tuple[str, ...] = (ID,),
) -> tuple[Harvest, np.ndarray]:  # fmt: skip
    """A harvest of sparse random activations, and those activations [row, position, feature]."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randint(2, 50, (n_rows, length), generator=generator).numpy()
    rows[:, 0] = START
    rows[:, 1], rows[:, 2] = 2 + np.arange(n_rows) % 48, 2 + np.arange(n_rows) // 48  # no two rows are equal
    acts = torch.rand(n_rows, length, n_features, generator=generator)
    acts = torch.where(acts > 0.9, (acts - 0.9) * 30, 0.0)
    acts[:, :, 3] = 0.0
    table = from_table(rows, acts)

    def activations(tokens: Tensor) -> dict[str, Tensor]:
        found = table(tokens)[ID]
        return {name: found.to_sparse() if sparse else found for name in ids}

    source = activations if remember is None else Remembered(activations, remember)
    decoder, W_U = (
        torch.randn(n_features, 8, generator=generator),
        torch.randn(8, 50, generator=generator),
    )
    sources = [Source(name, decoder, settings=settings or HarvestSettings()) for name in ids]
    readout = Readout(torch.ones(8), W_U)
    found = harvest(rows, source, sources, readout, start_token=START, batch_rows=batch_rows)
    return found, acts.numpy() * (rows != START)[:, :, None]


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def toy() -> Harvest:
    return harvest_toy()


@pytest.fixture
def make_toy() -> Callable[..., Harvest]:
    return harvest_toy


@pytest.fixture
def make_random() -> Callable[..., tuple[Harvest, np.ndarray]]:
    return harvest_random


@pytest.fixture
def toy_table(tmp_path: Path, toy: Harvest) -> FeatureTable:
    write_harvest(tmp_path / "toy", toy)
    return FeatureTable.open(tmp_path / "toy")
