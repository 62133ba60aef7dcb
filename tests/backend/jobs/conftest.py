from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.settings import Settings
from headwater.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Settings(data=tmp_path / "data", worker=False))
    yield opened
    opened.close()
