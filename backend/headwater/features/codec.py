"""A harvest on disk: a folder of safetensors files whose tensors are zstd frames of columns.

    features.json                 sizes, settings, provenance, the list of dictionaries
    rows.safetensors              the token rows that examples point into, once
    {set}.safetensors             per layer one frame per column, named `{layer}.{column}`

Examples are pointers (row, position of the peak); a window is stored as the few other tokens on which the
feature fired. Integers are split into byte planes before compression, so that zstd's entropy coder sees each
byte's own distribution; token rows stay whole, because their matches span both bytes (0.92 against 1.15
bytes a token on children's books).

What is lost: activations are stored in steps of 1/255 of the feature's maximum (error at most half a step,
never rounded to zero), maxima and norms to 1 part in 65,536, means in 1/65,535 of the maximum, histogram
counts above 8 to 4.5 % and half a token (the largest bin takes up the rest, so that they still sum to the
count), logit effects in 1/255 of the feature's largest. Counts and token ids are exact.

Nothing here can run code: safetensors holds bytes only, and sizes are checked before anything is unpacked.
"""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no type information
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from headwater.errors import InvalidDictionaryFiles
from headwater.features.harvested import Harvest, Harvested, HarvestSettings

FORMAT = "headwater-features"
VERSION = 1
MANIFEST = "features.json"
ROWS = "rows"
COLUMN_LIMIT = 1 << 26  # numbers in one column: 256 MiB unpacked, far above any dictionary we know
_ID = re.compile(r"([a-z0-9][a-z0-9_-]*)\.([a-z0-9][a-z0-9_-]*)\.(\d{1,4})")

Ints = NDArray[np.uint32]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Entry:
    """One dictionary as the manifest lists it."""

    id: str
    set: str
    layer: int
    n_features: int
    settings: HarvestSettings


@dataclass(frozen=True)
class Manifest:
    tokens_seen: int
    vocab_size: int
    n_rows: int
    row_length: int
    dictionaries: tuple[Entry, ...]
    provenance: dict[str, Any]


@dataclass(frozen=True)
class Columns:
    """One dictionary, unpacked. `first_example[feature]` and `first_other[example]` are CSR offsets.

    Example e peaks at `rows[row[e], peak[e]]` with `strength[e]`/255 of the maximum; the window's other
    non-zero tokens are `other_offset` (0 = `before` tokens ahead of the peak) with `other_strength`/255.
    """

    count: Ints
    maximum: Floats
    mean: Floats
    decoder_norm: Floats
    histogram: Ints
    group_sizes: Ints
    first_example: NDArray[np.int64]
    row: Ints
    peak: Ints
    strength: Ints
    first_other: NDArray[np.int64]
    other_offset: Ints
    other_strength: Ints
    top_ids: Ints
    top_effects: Floats
    bottom_ids: Ints
    bottom_effects: Floats
    effect_std: Floats


# ---- numbers to bytes -------------------------------------------------------------------------------


def squeeze(data: bytes) -> NDArray[np.uint8]:
    codec = pa.Codec("zstd", compression_level=19)
    return np.frombuffer(codec.compress(data, asbytes=True), dtype=np.uint8)


def pack(column: NDArray[Any]) -> NDArray[np.uint8]:
    """Byte planes of unsigned 32-bit integers, most significant last, in one zstd frame."""
    planes = np.ascontiguousarray(column, dtype="<u4").reshape(-1, 1).view(np.uint8)
    return squeeze(np.ascontiguousarray(planes.T).tobytes())


def unpack(frame: NDArray[np.uint8], size: int) -> Ints:
    planes = np.frombuffer(unsqueeze(frame, 4 * size), dtype=np.uint8).reshape(4, size)
    return np.ascontiguousarray(planes.T).view("<u4").reshape(size)


def unsqueeze(frame: NDArray[np.uint8], size: int) -> bytes:
    """Exactly `size` bytes, or the frame is refused (pyarrow raises when the sizes differ)."""
    if size == 0:
        return b""
    if size > 4 * COLUMN_LIMIT:
        raise InvalidDictionaryFiles("A features file asks for more memory than any dictionary needs.")
    try:
        data: bytes = pa.Codec("zstd").decompress(frame.tobytes(), decompressed_size=size, asbytes=True)
    except (OSError, pa.ArrowException) as error:
        raise InvalidDictionaryFiles(f"A features file is damaged: {error}. Harvest again.") from error
    if len(data) != size:
        raise InvalidDictionaryFiles("A features file is damaged: a column has the wrong length.")
    return data


def float_to_code(values: NDArray[Any]) -> Ints:
    """The upper three bytes of a float32, rounded."""
    bits = np.ascontiguousarray(values, dtype="<f4").view("<u4").astype(np.uint64)
    return ((bits + 0x80) >> 8).astype(np.uint32)


def code_to_float(code: Ints) -> Floats:
    return ((code & 0xFFFFFF) << np.uint32(8)).astype("<u4").view("<f4").astype(np.float32)


def count_to_code(counts: NDArray[Any]) -> Ints:
    """Exact up to 8, then eight steps per doubling."""
    large = np.maximum(counts, 8).astype(np.float64)
    return np.where(counts <= 8, counts, 8 + np.round(8 * np.log2(large / 8))).astype(np.uint32)


def code_to_count(codes: Ints, totals: Ints) -> Ints:
    """The largest bin takes up what rounding changed, so that every row sums to its total."""
    exponent = np.minimum(np.maximum(codes, 8), 200).astype(np.float64) - 8
    counts = np.where(codes <= 8, codes, np.round(8 * 2 ** (exponent / 8))).astype(np.int64)
    largest = counts.argmax(axis=1)
    rest = totals.astype(np.int64) - counts.sum(axis=1)
    counts[np.arange(len(counts)), largest] += rest
    return np.maximum(counts, 0).astype(np.uint32)


def to_fraction(values: NDArray[Any], whole: NDArray[Any], steps: int) -> Ints:
    """values/whole in `steps` steps; what is positive stays positive."""
    ratio = np.divide(values, whole, out=np.zeros(np.shape(values)), where=np.asarray(whole) > 0)
    code = np.clip(np.round(ratio * steps), 0, steps)
    return np.where(np.asarray(values) > 0, np.maximum(code, 1), 0).astype(np.uint32)


# ---- writing ----------------------------------------------------------------------------------------


def write_harvest(folder: Path, harvest: Harvest) -> int:
    """Write the folder and return its size in bytes. Unreferenced rows are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *(d.row for d in harvest.dictionaries)]))
    renumbered = np.zeros(len(harvest.rows), np.int64)
    renumbered[used] = np.arange(len(used))
    rows = harvest.rows[used]
    width = "<u2" if harvest.vocab_size <= 1 << 16 else "<u4"
    save_file({ROWS: squeeze(rows.astype(width).tobytes())}, folder / f"{ROWS}.safetensors")
    files: dict[str, dict[str, NDArray[np.uint8]]] = {}
    for d in harvest.dictionaries:
        _, set_name, layer = split_id(d.dictionary)
        columns = encode(d, renumbered)
        files.setdefault(set_name, {}).update({f"{layer}.{name}": c for name, c in columns.items()})
    for set_name, frames in files.items():
        save_file(frames, folder / f"{set_name}.safetensors")
    (folder / MANIFEST).write_text(json.dumps(_manifest(harvest, rows), indent=1) + "\n", encoding="utf-8")
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors writes files that only their owner can read
    return sum(path.stat().st_size for path in folder.iterdir())


def _manifest(harvest: Harvest, rows: NDArray[Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "tokens_seen": harvest.tokens_seen,
        "vocab_size": harvest.vocab_size,
        "n_rows": len(rows),
        "row_length": harvest.rows.shape[1],
        "dictionaries": [
            {"id": d.dictionary, "n_features": len(d), "settings": asdict(d.settings)}
            for d in harvest.dictionaries
        ],
        "provenance": harvest.provenance,
    }


def encode(d: Harvested, renumbered: NDArray[np.int64]) -> dict[str, NDArray[np.uint8]]:
    """The frames of one dictionary."""
    owner = np.repeat(np.arange(len(d)), d.group_sizes.sum(axis=1))
    strengths = to_fraction(d.windows, d.maximum[owner][:, None], 255)
    strength = np.maximum(strengths[:, d.settings.before], 1)
    strengths[:, d.settings.before] = 0
    example, offset = np.nonzero(strengths)
    largest = np.maximum(np.abs(d.top_effects).max(1, initial=0), np.abs(d.bottom_effects).max(1, initial=0))
    return {
        "count": pack(d.count),
        "maximum": pack(float_to_code(d.maximum)),
        "mean": pack(to_fraction(d.mean, d.maximum, 65535)),
        "decoder_norm": pack(float_to_code(d.decoder_norm)),
        "histogram": pack(count_to_code(d.histogram)),
        "group_sizes": pack(d.group_sizes),
        "row": pack(renumbered[d.row]),
        "peak": pack(d.peak),
        "strength": pack(strength),
        "n_others": pack(np.bincount(example, minlength=len(strengths))),
        "other_offset": pack(offset),
        "other_strength": pack(strengths[example, offset]),
        "top_ids": pack(d.top_ids),
        "bottom_ids": pack(d.bottom_ids),
        "largest_effect": pack(float_to_code(largest)),
        "effect_std": pack(to_fraction(d.effect_std, largest, 255)),
        "top_effects": pack(_signed_steps(d.top_effects, largest)),
        "bottom_effects": pack(_signed_steps(d.bottom_effects, largest)),
    }


def _signed_steps(effects: Floats, largest: Floats) -> Ints:
    """Differences between neighbours of the sorted list, in 1/255 of `largest`, offset to be unsigned."""
    safe = np.where(largest > 0, largest, 1)[:, None]
    steps = np.round(effects / safe * 255).astype(np.int64)
    return (np.diff(steps, axis=1, prepend=0) + 512).astype(np.uint32)


# ---- reading ----------------------------------------------------------------------------------------


def split_id(dictionary: str) -> tuple[str, str, int]:
    """`brook.transcoders.3` -> ("brook", "transcoders", 3)."""
    match = _ID.fullmatch(dictionary)
    if match is None:
        raise InvalidDictionaryFiles(f"{dictionary!r} is not a dictionary id like brook.transcoders.3.")
    return match[1], match[2], int(match[3])


def read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT or data["version"] != VERSION:
            raise InvalidDictionaryFiles(
                f"{path} is {data['format']} version {data['version']}; this Headwater reads {FORMAT} "
                f"version {VERSION}. Harvest again."
            )
        entries = tuple(_entry(item) for item in data["dictionaries"])
        sizes = {k: int(data[k]) for k in ("tokens_seen", "vocab_size", "n_rows", "row_length")}
        provenance = dict(data["provenance"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InvalidDictionaryFiles(f"{path} cannot be read: {error}. Harvest again.") from error
    if min(sizes.values()) < 0 or sizes["n_rows"] * sizes["row_length"] > COLUMN_LIMIT:
        raise InvalidDictionaryFiles(f"{path} claims impossible sizes. Harvest again.")
    if len({(e.set, e.layer) for e in entries}) != len(entries):
        raise InvalidDictionaryFiles(f"{path} lists a dictionary twice.")
    return Manifest(**sizes, dictionaries=entries, provenance=provenance)


def _entry(item: dict[str, Any]) -> Entry:
    _, set_name, layer = split_id(item["id"])
    settings = HarvestSettings(**{k: int(v) for k, v in item["settings"].items()})
    n_features = int(item["n_features"])
    small = (settings.before, settings.after, settings.top, settings.per_band, settings.logits)
    if not (0 <= n_features <= COLUMN_LIMIT and all(0 <= n <= 4096 for n in small)):
        raise InvalidDictionaryFiles(f"{item['id']} claims impossible sizes. Harvest again.")
    if not (0 <= settings.bands <= 100 and 1 <= settings.bins <= 4096) or set_name == ROWS:
        raise InvalidDictionaryFiles(f"{item['id']} claims impossible sizes. Harvest again.")
    return Entry(item["id"], set_name, layer, n_features, settings)


def read_frames(path: Path, names: list[str]) -> dict[str, NDArray[np.uint8]]:
    try:
        with safe_open(path, framework="numpy") as file:
            frames = {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise InvalidDictionaryFiles(f"{path} cannot be read: {error}. Harvest again.") from error
    if any(frame.dtype != np.uint8 or frame.ndim != 1 for frame in frames.values()):
        raise InvalidDictionaryFiles(f"{path} is not a features file: its tensors are not bytes.")
    return frames


def read_rows(folder: Path, manifest: Manifest) -> NDArray[Any]:
    """Token ids `[row, position]`."""
    frame = read_frames(folder / f"{ROWS}.safetensors", [ROWS])[ROWS]
    width = np.dtype("<u2" if manifest.vocab_size <= 1 << 16 else "<u4")
    data = unsqueeze(frame, manifest.n_rows * manifest.row_length * width.itemsize)
    rows = np.frombuffer(data, dtype=width).reshape(manifest.n_rows, manifest.row_length)
    _require(not rows.size or int(rows.max()) < manifest.vocab_size, "a token outside the vocabulary")
    return rows


_COLUMNS = (
    "count", "maximum", "mean", "decoder_norm", "histogram", "group_sizes", "row", "peak", "strength",
    "n_others", "other_offset", "other_strength", "top_ids", "bottom_ids", "largest_effect", "effect_std",
    "top_effects", "bottom_effects",
)  # fmt: skip


def read_columns(folder: Path, manifest: Manifest, entry: Entry) -> Columns:
    """One dictionary, checked: every pointer lies inside what it points into."""
    frames = read_frames(folder / f"{entry.set}.safetensors", [f"{entry.layer}.{c}" for c in _COLUMNS])
    n, s = entry.n_features, entry.settings

    def read(name: str, *shape: int) -> Ints:
        return unpack(frames[f"{entry.layer}.{name}"], int(np.prod(shape))).reshape(shape)

    count, maximum = read("count", n), code_to_float(read("maximum", n))
    group_sizes = read("group_sizes", n, 1 + s.bands)
    _require(not group_sizes.size or int(group_sizes.max()) <= 4096, "too many examples")
    first_example = _offsets(group_sizes.sum(axis=1))
    row, peak, strength = (read(c, int(first_example[-1])) for c in ("row", "peak", "strength"))
    n_others = read("n_others", len(row))
    _require(not n_others.size or int(n_others.max()) <= s.before + s.after, "a window longer than itself")
    first_other = _offsets(n_others)
    other_offset = read("other_offset", int(first_other[-1]))
    other_strength = read("other_strength", len(other_offset))
    top_ids, bottom_ids = read("top_ids", n, s.logits), read("bottom_ids", n, s.logits)
    largest = code_to_float(read("largest_effect", n))
    for values, limit, what in (
        (row, manifest.n_rows, "an example outside the text"),
        (peak, manifest.row_length, "an example outside its row"),
        (strength, 256, "an impossible activation"),
        (other_offset, s.before + 1 + s.after, "an activation outside its window"),
        (other_strength, 256, "an impossible activation"),
        (top_ids, manifest.vocab_size, "a token outside the vocabulary"),
        (bottom_ids, manifest.vocab_size, "a token outside the vocabulary"),
        (count, manifest.tokens_seen + 1, "a feature that fires more often than there are tokens"),
    ):
        _require(not values.size or int(values.max()) < limit, what)
    norm = code_to_float(read("decoder_norm", n))
    for floats in (maximum, largest, norm):
        _require(bool(np.isfinite(floats).all() and (floats >= 0).all()), "a value that is not a number")
    return Columns(
        count=count,
        maximum=maximum,
        mean=(read("mean", n) / np.float32(65535) * maximum).astype(np.float32),
        decoder_norm=norm,
        histogram=code_to_count(read("histogram", n, s.bins), count),
        group_sizes=group_sizes,
        first_example=first_example,
        row=row,
        peak=peak,
        strength=strength,
        first_other=first_other,
        other_offset=other_offset,
        other_strength=other_strength,
        top_ids=top_ids,
        top_effects=_effects(read("top_effects", n, s.logits), largest),
        bottom_ids=bottom_ids,
        bottom_effects=_effects(read("bottom_effects", n, s.logits), largest),
        effect_std=(read("effect_std", n) / np.float32(255) * largest).astype(np.float32),
    )


def _effects(steps: Ints, largest: Floats) -> Floats:
    whole = np.cumsum(np.minimum(steps, 1024).astype(np.int64) - 512, axis=1)
    return (whole / 255 * largest[:, None]).astype(np.float32)


def _offsets(sizes: Ints) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def _require(holds: bool, found: str) -> None:
    if not holds:
        raise InvalidDictionaryFiles(f"A features file is damaged: it holds {found}. Harvest again.")
