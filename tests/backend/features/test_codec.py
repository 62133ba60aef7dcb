"""What goes to disk comes back within the stated error, is small, and cannot hurt."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no type information
import pytest
from safetensors.numpy import load_file, save_file

from headwater.errors import InvalidDictionaryFiles, UnknownFeature
from headwater.features import codec
from headwater.features.codec import (
    read_columns,
    read_manifest,
    read_rows,
    write_harvest,
)
from headwater.features.harvested import Harvest, HarvestSettings
from headwater.features.table import FeatureTable

MakeRandom = Callable[..., tuple[Harvest, np.ndarray]]


def test_a_harvest_survives_the_disk_within_the_stated_error(tmp_path: Path, make_random: MakeRandom) -> None:
    harvest, _ = make_random()
    found = harvest.dictionaries[0]
    write_harvest(tmp_path, harvest)

    manifest = read_manifest(tmp_path)
    back = read_columns(tmp_path, manifest, manifest.dictionaries[0])

    assert (back.count == found.count).all()
    assert (back.group_sizes == found.group_sizes).all()
    assert (back.top_ids == found.top_ids).all()
    assert back.maximum == pytest.approx(found.maximum, rel=2**-16)
    assert back.mean == pytest.approx(found.mean, rel=1e-4)
    assert (back.histogram.sum(axis=1) == found.count).all()
    largest = np.abs(np.concatenate([found.top_effects, found.bottom_effects], axis=1)).max(1, keepdims=True)
    assert (np.abs(back.top_effects - found.top_effects) <= largest / 500).all()
    assert (np.abs(back.bottom_effects - found.bottom_effects) <= largest / 500).all()


def test_windows_survive_the_disk_within_the_stated_error(tmp_path: Path, make_random: MakeRandom) -> None:
    harvest, acts = make_random()
    write_harvest(tmp_path, harvest)
    manifest = read_manifest(tmp_path)
    rows, back = (
        read_rows(tmp_path, manifest),
        read_columns(tmp_path, manifest, manifest.dictionaries[0]),
    )
    original = {tuple(row): number for number, row in enumerate(harvest.rows.tolist())}

    for feature in range(0, 64, 7):
        for e in range(back.first_example[feature], back.first_example[feature + 1]):
            row = original[tuple(rows[back.row[e]].tolist())]
            maximum = float(back.maximum[feature])
            assert back.strength[e] / 255 * maximum == pytest.approx(
                acts[row, back.peak[e], feature], abs=maximum / 500
            )
            for o in range(back.first_other[e], back.first_other[e + 1]):
                at = int(back.peak[e]) - 24 + int(back.other_offset[o])
                expected = acts[row, at, feature]
                assert back.other_strength[o] / 255 * maximum == pytest.approx(expected, abs=maximum / 250)


def test_counts_keep_four_and_a_half_percent() -> None:
    counts = np.unique(np.geomspace(1, 1e6, 500).astype(np.int64))

    codes = codec.count_to_code(counts)
    # The last bin is the largest of its row and would hide its own error: compare the others.
    back = codec.code_to_count(codes[None], np.array([counts.sum()]))[0].astype(float)

    assert (back[:-1][counts[:-1] <= 8] == counts[:-1][counts[:-1] <= 8]).all()
    assert (np.abs(back - counts)[:-1] <= 0.045 * counts[:-1] + 0.5).all()
    assert codes.max() < 256


def test_unreferenced_rows_are_not_written(tmp_path: Path, make_random: MakeRandom) -> None:
    settings = HarvestSettings(top=1, bands=0, per_band=0)
    harvest, _ = make_random(n_features=4, n_rows=40, settings=settings)

    write_harvest(tmp_path, harvest)

    assert read_manifest(tmp_path).n_rows <= 3  # feature 3 is dead


def test_a_feature_costs_less_than_its_budget(tmp_path: Path, make_random: MakeRandom) -> None:
    # 8,000,000 bytes for brook: 1.5 M tokens of text and 40,000 features with 18 examples each.
    settings = HarvestSettings(logits=10)
    harvest, _ = make_random(n_features=1024, n_rows=300, length=256, settings=settings)

    write_harvest(tmp_path, harvest)

    assert (tmp_path / "transcoders.safetensors").stat().st_size < 200 * 1024


def test_an_empty_harvest_can_be_read(tmp_path: Path) -> None:
    write_harvest(tmp_path, Harvest(np.zeros((0, 8), np.int64), 0, 10, []))

    assert FeatureTable.open(tmp_path).sets == ()


# ---- hostile files ----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, toy: Harvest) -> Path:
    write_harvest(tmp_path / "t", toy)
    return tmp_path / "t"


def read_all(folder: Path) -> None:
    manifest = read_manifest(folder)
    FeatureTable.open(folder)
    read_rows(folder, manifest)
    for entry in manifest.dictionaries:
        read_columns(folder, manifest, entry)


def change_manifest(folder: Path, **changes: object) -> None:
    path = folder / "features.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def change_column(folder: Path, name: str, values: list[int]) -> None:
    path = folder / "transcoders.safetensors"
    save_file({**load_file(path), f"0.{name}": codec.pack(np.array(values))}, path)


def test_an_untouched_folder_is_read(folder: Path) -> None:
    read_all(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 99},
        {"format": "something else"},
        {"tokens_seen": "many"},
        {"tokens_seen": -1},
        {"n_rows": 1 << 60},
        {"n_rows": 1 << 20},
        {"vocab_size": 3},
        {"dictionaries": [{"id": "../../etc/passwd", "n_features": 3, "settings": {}}]},
        {"dictionaries": [{"id": "toy.rows.0", "n_features": 3, "settings": {}}]},
        {"dictionaries": [{"id": "toy.transcoders.0", "n_features": 1 << 40, "settings": {}}]},
        {"dictionaries": [{"id": "toy.transcoders.0", "n_features": 1 << 20, "settings": {}}]},
        {
            "dictionaries": [
                {
                    "id": "toy.transcoders.0",
                    "n_features": 3,
                    "settings": {"bins": 1 << 30},
                }
            ]
        },
        {"dictionaries": [{"id": "toy.transcoders.0", "n_features": 3, "settings": {"evil": 1}}]},
        {"dictionaries": [{"id": "toy.transcoders.0", "n_features": 3, "settings": {}}] * 2},
        {"dictionaries": [{"id": "toy.missing.0", "n_features": 3, "settings": {}}]},
        {"dictionaries": [{"id": "toy.transcoders.7", "n_features": 3, "settings": {}}]},
        {"dictionaries": [7]},
        {"dictionaries": None},
        {"provenance": 3},
    ],
)
def test_a_manifest_that_lies_is_refused(folder: Path, changes: dict[str, object]) -> None:
    change_manifest(folder, **changes)

    with pytest.raises(InvalidDictionaryFiles):
        read_all(folder)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("row", [0, 1, 99, 0]),
        ("row", [0]),
        ("peak", [2, 5, 6, 1]),
        ("strength", [256, 1, 1, 1]),
        ("group_sizes", [5000, 0, 0, 0, 0, 0, 1, 0, 0]),
        ("group_sizes", [4, 0, 1, 0, 0, 0, 1, 0, 0]),
        ("n_others", [9, 0, 0, 0]),
        ("other_offset", [4]),
        ("top_ids", [10, 0, 0, 0, 0, 0]),
        ("count", [400, 0, 1]),
        ("maximum", [0xFFFFFF, 0, 0]),
        ("decoder_norm", [0x7FC000, 0, 0]),
    ],
)
def test_a_pointer_out_of_bounds_is_refused(folder: Path, name: str, values: list[int]) -> None:
    change_column(folder, name, values)

    with pytest.raises(InvalidDictionaryFiles):
        read_all(folder)


@pytest.mark.parametrize("file", ["features.json", "rows.safetensors", "transcoders.safetensors"])
@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "gone", "pickle"])
def test_damaged_files_are_refused(folder: Path, file: str, damage: str) -> None:
    path = folder / file
    data = path.read_bytes()
    path.unlink()
    if damage != "gone":
        broken = {
            "cut": data[:-9],
            "empty": b"",
            "noise": b"\xff" * 64,
            "pickle": b"\x80\x04K\x01.",
        }[damage]
        path.write_bytes(broken)

    with pytest.raises(InvalidDictionaryFiles):
        read_all(folder)


def test_a_frame_that_unpacks_to_more_than_declared_is_refused(folder: Path) -> None:
    path = folder / "transcoders.safetensors"
    bomb = np.frombuffer(pa.Codec("zstd").compress(bytes(50_000_000), asbytes=True), dtype=np.uint8)
    save_file({**load_file(path), "0.count": bomb}, path)

    with pytest.raises(InvalidDictionaryFiles):
        read_all(folder)


def test_a_tensor_that_is_not_bytes_is_refused(folder: Path) -> None:
    path = folder / "transcoders.safetensors"
    save_file({**load_file(path), "0.count": np.zeros(3, np.float32)}, path)

    with pytest.raises(InvalidDictionaryFiles):
        read_all(folder)


def test_random_damage_is_refused_or_harmless(folder: Path, letters: Any) -> None:
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    rng = np.random.default_rng(0)

    for _ in range(300):
        name = str(rng.choice(list(files)))
        data = bytearray(files[name])
        for _ in range(rng.choice([1, 1, 4])):
            data[rng.integers(len(data))] = rng.integers(256)
        (folder / name).write_bytes(data)
        try:
            table = FeatureTable.open(folder)
            for index in range(3):
                table.dashboard(table.dictionaries[0], index, letters).model_dump_json()
        except (InvalidDictionaryFiles, UnknownFeature):
            pass  # any other exception fails the test
        (folder / name).write_bytes(files[name])
