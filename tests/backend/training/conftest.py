"""Puts `training`, which is not part of the installed package, on the path; what several tests read is read once."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

BACKEND = Path(__file__).parents[3] / "backend"
sys.path.insert(0, str(BACKEND))
BROOK = BACKEND / "headwater/bundled/brook"


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Toys are too small to share out: with two threads a test waits longer than it computes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(BROOK / "lm/tokenizer.json"))
