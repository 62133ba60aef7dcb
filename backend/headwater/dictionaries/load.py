"""Files to a `DictionarySet`, checked against the model they are for."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
import psutil
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.dictionaries.formats import READERS, check_shapes
from headwater.errors import DictionaryMismatch, InvalidDictionaryFiles, NotEnoughMemory
from headwater.lm.dictionary_files import DictionaryFile
from headwater.lm.fingerprints import fingerprint
from headwater.lm.registry import DictionarySetEntry, ModelEntry
from headwater.lm.sites import ATTN_Z, known_names, parse_site
from headwater.lm.weight_files import total_bytes


def load_set(
    entry: ModelEntry, set_entry: DictionarySetEntry | str | None = None, device: str | torch.device = "cpu"
) -> DictionarySet:
    """The set in single precision: an entry, a name, or the default one. It must fit the model."""
    found = set_entry if isinstance(set_entry, DictionarySetEntry) else entry.dictionary_set(set_entry)
    _check_memory(found, torch.device(device))
    return DictionarySet(
        id=found.id,
        kind=found.kind,
        layers=tuple(_load(entry, found, file, device) for file in found.files),
        fingerprint=entry.set_fingerprint(found),
    )


def _check_memory(entry: DictionarySetEntry, device: torch.device) -> None:
    needed = sum(total_bytes(file.header.values()) for file in entry.files)
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available
    if needed > free:
        raise NotEnoughMemory(
            f"{entry.id} needs {needed / 2**30:.1f} GiB and {free / 2**30:.1f} GiB are free. Close other "
            "programs, "
            "or use narrower dictionaries.",
            needed_bytes=needed,
            free_bytes=free,
        )


def _load(
    entry: ModelEntry, set_entry: DictionarySetEntry, file: DictionaryFile, device: str | torch.device
) -> Dictionary:
    site_in, site_out = (_site(entry, file, hook) for hook in (file.hook_in, file.hook_out))
    if file.layer >= entry.n_layers:
        raise DictionaryMismatch(
            f"{file.weights} is for layer {file.layer}, but {entry.name} has layers 0 to "
            f"{entry.n_layers - 1}. "
            "It was trained on another model."
        )
    _check_model_fingerprint(entry, file)
    parts = check_shapes(file, READERS[set_entry.format](file, read_tensors(file.weights, device)))
    _check_width(entry, file, site_in, parts.W_enc.shape[1], "reads")
    _check_width(entry, file, site_out, parts.W_dec.shape[1], "writes")
    return Dictionary(
        id=f"{set_entry.id}.{file.layer}",
        layer=file.layer,
        site_in=site_in,
        site_out=site_out,
        fingerprint=fingerprint({path.name: path for path in file.files}, entry.cache),
        **vars(parts),
    )


def _site(entry: ModelEntry, file: DictionaryFile, hook: str) -> str:
    parsed = parse_site(hook, layer_norm=entry.architecture.startswith("GPT2"))
    if parsed is None:
        raise InvalidDictionaryFiles(
            f"{file.config_path or file.weights}: the place {hook!r} is not known. Known: "
            f"{', '.join(known_names())}."
        )
    layer, site = parsed
    if layer not in (None, file.layer):
        raise InvalidDictionaryFiles(
            f"{file.config_path or file.weights}: {hook!r} is in block {layer}, the dictionary in layer "
            f"{file.layer}. "
            "Dictionaries that read and write in different layers are not supported."
        )
    return site


def _check_width(entry: ModelEntry, file: DictionaryFile, site: str, found: int, verb: str) -> None:
    expected = site_width(entry, site)
    if found != expected:
        raise DictionaryMismatch(
            f"{file.weights} {verb} {found} numbers at {site}, but {entry.name} has {expected} there. It "
            "was trained on "
            "another model: use the dictionaries made for this one.",
            expected=expected,
            found=found,
        )


def site_width(entry: ModelEntry, site: str) -> int:
    """Size of the model's activation at a site, from its config."""
    if site != ATTN_Z:
        return entry.d_model
    heads = entry.config.get("num_attention_heads") or entry.config.get("n_head")
    d_head = entry.config.get("head_dim") or (entry.d_model // heads if heads else 0)
    return int(heads or 0) * int(d_head)


def _check_model_fingerprint(entry: ModelEntry, file: DictionaryFile) -> None:
    metadata = file.config.get("metadata")
    wanted = file.config.get("model_fingerprint") or (metadata or {}).get("model_fingerprint")
    if wanted and wanted != entry.fingerprint():
        raise DictionaryMismatch(
            f"{file.config_path} was made for the model with fingerprint {wanted[:12]}…, and {entry.name} "
            "has "
            f"{entry.fingerprint()[:12]}…. Use the dictionaries made for these weights, or the weights "
            "they were made for.",
            expected=wanted,
            found=entry.fingerprint(),
        )


def read_tensors(path: Path, device: str | torch.device = "cpu") -> dict[str, Tensor]:
    """Every tensor of a safetensors or npz file in single precision. Its header has been checked."""
    if path.suffix == ".npz":
        return _read_npz(path, device)
    try:
        loaded = load_file(path, device=str(device))
    except (SafetensorError, OSError, RuntimeError) as error:
        raise InvalidDictionaryFiles(
            f"{path} cannot be read ({error}). It is corrupt or was cut short: copy it again."
        ) from None
    for name, tensor in loaded.items():
        if not tensor.is_floating_point():
            raise InvalidDictionaryFiles(f"{path}: {name} is {tensor.dtype}; floating point was expected.")
    return {name: tensor.float() for name, tensor in loaded.items()}


def _read_npz(path: Path, device: str | torch.device) -> dict[str, Tensor]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: torch.from_numpy(arrays[name]).float().to(device) for name in arrays.files}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError) as error:
        raise InvalidDictionaryFiles(
            f"{path} cannot be read ({error}). It is corrupt: copy it again."
        ) from None
