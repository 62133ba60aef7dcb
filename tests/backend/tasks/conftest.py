"""brook's tokenizer reads the tasks; two-token words, and years of two tokens, come from it."""

from pathlib import Path

import pytest

from headwater.lm.registry import ModelEntry, find_model
from headwater.lm.tokenizer import Tokenizer, load_tokenizer
from headwater.settings import Settings

DATA = Path(__file__).parents[2] / "data" / "tasks"


@pytest.fixture(scope="session")
def brook(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    return find_model(Settings(data=tmp_path_factory.mktemp("data")), "brook")


@pytest.fixture(scope="session")
def tokenizer(brook: ModelEntry) -> Tokenizer:
    return load_tokenizer(brook)


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA
