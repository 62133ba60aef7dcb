"""Blobs on a real folder."""

import hashlib
from pathlib import Path

import pytest

from headwater.errors import StorageUnavailable
from headwater.store.blobs import Blobs

DATA = b"two rivers"


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path)


def test_a_blob_is_named_by_its_content_and_read_back(blobs: Blobs) -> None:
    sha256 = blobs.put_if_absent(DATA)

    assert sha256 == hashlib.sha256(DATA).hexdigest()
    assert blobs.get(sha256, len(DATA)) == DATA
    assert list(blobs.list()) == [sha256]


def test_putting_twice_writes_once(blobs: Blobs) -> None:
    first = blobs.path(blobs.put_if_absent(DATA)).stat().st_mtime_ns

    assert blobs.path(blobs.put_if_absent(DATA)).stat().st_mtime_ns == first


def test_no_temporary_file_is_left(blobs: Blobs) -> None:
    sha256 = blobs.put_if_absent(DATA)

    assert [path.name for path in blobs.folder.rglob("*") if path.is_file()] == [sha256]


def test_a_truncated_blob_is_noticed_on_every_read_and_replaced_by_the_next_put(blobs: Blobs) -> None:
    sha256 = blobs.put_if_absent(DATA)
    blobs.path(sha256).write_bytes(DATA[:3])

    with pytest.raises(StorageUnavailable, match="3 bytes long instead of 10"):
        blobs.get(sha256, len(DATA))

    blobs.put_if_absent(DATA)
    assert blobs.get(sha256, len(DATA)) == DATA


def test_a_missing_blob_is_noticed(blobs: Blobs) -> None:
    with pytest.raises(StorageUnavailable, match="Ask for the result again"):
        blobs.get("0" * 64, 5)


def test_an_altered_blob_is_noticed_on_every_read_and_replaced_by_the_next_put(blobs: Blobs) -> None:
    for other in (b"another river", b"a third one"):  # reads before it must not matter
        blobs.get(blobs.put_if_absent(other), len(other))
    sha256 = blobs.put_if_absent(DATA)
    blobs.path(sha256).write_bytes(DATA[::-1])

    with pytest.raises(StorageUnavailable, match="altered"):
        blobs.get(sha256, len(DATA))

    assert not blobs.has(sha256, len(DATA))
    blobs.put_if_absent(DATA)
    assert blobs.get(sha256, len(DATA)) == DATA
