"""Looking at weight files without running them and without torch: names, shapes, sizes.

Only safetensors and npz are ever opened. Both carry their shapes in front, so a file that
lies about its size is refused before anything is allocated (PLATFORM 3.3).
"""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from headwater.errors import HeadwaterError, UnsafeFile

PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
MAX_NPZ_BYTES = 64 * 2**30
"""Uncompressed bytes an npz may declare; the largest published dictionary has about 10 GiB."""
MAX_NPY_HEADER = 2**16


class _Broken(Exception):
    """Becomes the failure that the caller asked for."""


@dataclass(frozen=True)
class TensorInfo:
    """A tensor as its file declares it; `dtype` is safetensors' name for it (F32, F16, BF16, ...)."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        return prod(self.shape)


def read_header(path: Path, failure: type[HeadwaterError]) -> dict[str, TensorInfo]:
    """Names and shapes in a safetensors or npz file. When it is broken, `failure` names the file."""
    refuse_pickle(path)
    try:
        stat = path.stat()
    except OSError as error:
        raise failure(
            f"{path} cannot be read ({error.strerror}). Check that the file exists and may be read."
        ) from None
    try:
        return dict(_header(path, stat.st_size, stat.st_mtime_ns))
    except _Broken as error:
        raise failure(str(error)) from None


@lru_cache(maxsize=4096)
def _header(path: Path, size: int, mtime_ns: int) -> dict[str, TensorInfo]:
    return _npz_header(path) if path.suffix == ".npz" else _safetensors_header(path)


def _safetensors_header(path: Path) -> dict[str, TensorInfo]:
    try:
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            return {n: TensorInfo(tuple(s.get_shape()), s.get_dtype()) for n, s in slices.items()}
    except (SafetensorError, OSError) as error:
        raise _Broken(
            f"{path} is not a whole safetensors file ({error}). It is corrupt or was cut short: copy it "
            "again."
        ) from None


def _npz_header(path: Path) -> dict[str, TensorInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            declared = sum(member.file_size for member in archive.infolist())
            if declared > MAX_NPZ_BYTES:
                raise _Broken(
                    f"{path} declares {declared / 2**30:.0f} GiB uncompressed, more than the "
                    f"{MAX_NPZ_BYTES / 2**30:.0f} GiB allowed. Split it into one file per layer."
                )
            return {m.filename.removesuffix(".npy"): _npy_info(archive, m, path) for m in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise _Broken(
            f"{path} is not a whole npz file ({error}). It is corrupt or was cut short: copy it again."
        ) from None


def _npy_info(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> TensorInfo:
    with archive.open(member) as file:
        stream = io.BytesIO(file.read(MAX_NPY_HEADER))  # however long it says its header is
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise UnsafeFile(
            f"{path} holds Python objects in {member.filename!r}, which can run code. Save plain arrays only."
        )
    if dtype.kind != "f":
        raise _Broken(f"{path} holds {dtype} values in {member.filename!r}; floating point was expected.")
    if prod(shape) * dtype.itemsize > member.file_size:
        raise _Broken(
            f"{path} declares shape {shape} for {member.filename!r}, more than it holds: it was cut short."
        )
    return TensorInfo(shape, f"F{8 * dtype.itemsize}")


def refuse_pickle(path: Path) -> None:
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise UnsafeFile(
            f"{path} is a pickle (or an unknown binary), which can run code when opened, so Headwater "
            "never does. "
            "Convert it to safetensors (`safetensors.torch.save_file`) and point at that file."
        )


def refuse_only_pickles(folder: Path) -> None:
    """UnsafeFile when the folder's weights are in pickles; silent otherwise."""
    for path in sorted(folder.iterdir()):
        refuse_pickle(path)


def total_bytes(headers: Iterable[TensorInfo]) -> int:
    """Memory for these tensors in single precision, which is how they are held."""
    return sum(4 * info.size for info in headers)
