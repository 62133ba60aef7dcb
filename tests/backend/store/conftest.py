from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.settings import Settings
from headwater.store.store import Store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", worker=False)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store.open(settings)
    yield opened
    opened.close()
