"""Which dictionaries lie in a folder: format, kind, layers, width. Headers only, no torch.

One function per format, tried in the order of `FORMATS`. The weights themselves are read by
`headwater.dictionaries`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import yaml

from headwater.errors import InvalidDictionaryFiles
from headwater.lm.sites import ATTN_Z, MLP_NORMALIZED, MLP_OUT, RESID_POST, parse_site
from headwater.lm.weight_files import TensorInfo, read_header, refuse_only_pickles, refuse_pickle

CIRCUIT_TRACER: Final = "circuit-tracer"
SAELENS: Final = "saelens"
GEMMA_SCOPE: Final = "gemma-scope"
MAX_CONFIG_BYTES: Final = 2**22
MAX_LAYERS: Final = 10_000


@dataclass(frozen=True)
class DictionaryFile:
    """One layer's dictionary on disk. `hook_in` and `hook_out` are as its config writes them;
    `config` is that config as a plain dict (the set's own for circuit-tracer)."""

    layer: int
    weights: Path
    config_path: Path | None
    config: dict[str, Any]
    hook_in: str
    hook_out: str

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.weights,) if self.config_path is None else (self.weights, self.config_path)

    @property
    def header(self) -> dict[str, TensorInfo]:
        return read_header(self.weights, InvalidDictionaryFiles)

    @property
    def width(self) -> int:
        """Number of features."""
        encoder_bias = self.header.get("b_enc") or self.header.get("b_mag")
        if encoder_bias is None or len(encoder_bias.shape) != 1:
            raise InvalidDictionaryFiles(
                f"{self.weights} holds {sorted(self.header)} but no vector `b_enc`, so its number of "
                "features "
                "is unknown. Is it a dictionary in the circuit-tracer or SAELens form?"
            )
        return encoder_bias.shape[0]


@dataclass(frozen=True)
class FoundDictionaries:
    format: str
    kind: str
    files: tuple[DictionaryFile, ...]


def find_dictionaries(path: Path, format: str | None = None) -> FoundDictionaries:
    """The dictionaries in `path`, in layer order. `format` when it is known, else it is detected."""
    if path.is_file():
        refuse_pickle(path)
        path = path.parent
    if not path.is_dir():
        raise InvalidDictionaryFiles(
            f"There is no folder {path}. Give the folder that holds the dictionary files."
        )
    if format is not None and format not in FORMATS:
        raise InvalidDictionaryFiles(f"Format {format!r} is not supported. Supported: {', '.join(FORMATS)}.")
    for name in [format] if format else FORMATS:
        files = FORMATS[name](path)
        if files:
            return FoundDictionaries(name, _kind(files), _one_per_layer(path, files))
    refuse_only_pickles(path)
    raise InvalidDictionaryFiles(
        f"{path} holds no dictionaries{f' in the {format} form' if format else ''}. Expected config.yaml "
        "with "
        "layer_0.safetensors ... (circuit-tracer), cfg.json with sae_weights.safetensors (SAELens, one "
        "folder per "
        "layer or a single one), or params.npz per layer (Gemma Scope)."
    )


def _kind(files: list[DictionaryFile]) -> str:
    return "sae" if files[0].hook_in == files[0].hook_out else "transcoder"


def _one_per_layer(path: Path, files: list[DictionaryFile]) -> tuple[DictionaryFile, ...]:
    ordered = sorted(files, key=lambda file: file.layer)
    for file in ordered:
        if not 0 <= file.layer < MAX_LAYERS:
            raise InvalidDictionaryFiles(
                f"{file.weights} is said to be of layer {file.layer}. Layers count from 0."
            )
    for one, other in pairwise(ordered):
        if one.layer == other.layer:
            raise InvalidDictionaryFiles(
                f"{path} holds two dictionaries for layer {one.layer}: {one.weights} and {other.weights}. "
                "Put each set in a folder of its own."
            )
    return tuple(ordered)


def _circuit_tracer(path: Path) -> list[DictionaryFile]:
    config_path = path / "config.yaml"
    if not config_path.is_file():
        return []
    config = _read_config(config_path)
    model_kind = config.get("model_kind", "transcoder_set")
    if model_kind != "transcoder_set":
        raise InvalidDictionaryFiles(
            f"{config_path} says model_kind {model_kind!r}. Only transcoder_set is supported: one "
            "transcoder per "
            "layer (cross-layer transcoders cannot be read yet)."
        )
    for name in ("feature_input_hook", "feature_output_hook"):
        if not isinstance(config.get(name), str):
            raise InvalidDictionaryFiles(
                f"{config_path} has no {name}. Add the hook the transcoders read or write."
            )
    return [
        DictionaryFile(
            layer, weights, config_path, config, config["feature_input_hook"], config["feature_output_hook"]
        )
        for layer, weights in _listed(path, config_path, config)
    ]


def _listed(path: Path, config_path: Path, config: dict[str, Any]) -> list[tuple[int, Path]]:
    """(layer, file): those beside the config. Its `transcoders` list often names files on a hub instead."""
    refuse = [*path.glob("layer_*.pt"), *path.glob("layer_*.bin"), *path.glob("layer_*.pkl")]
    for pickled in refuse:
        refuse_pickle(pickled)
    found = [
        (int(m[1]), file)
        for file in path.iterdir()
        if (m := re.fullmatch(r"layer_(\d+)\.safetensors", file.name))
    ]
    listed = config.get("transcoders")
    if isinstance(listed, list) and len(found) < len(listed):
        have = sorted(layer for layer, _ in found)
        raise InvalidDictionaryFiles(
            f"{config_path} lists {len(listed)} transcoders, but {path} holds layers {have}. "
            "Copy the missing layer_N.safetensors files there."
        )
    if not found:
        raise InvalidDictionaryFiles(
            f"{path} has a config.yaml but no layer_N.safetensors. Copy the weights there."
        )
    return found


def _saelens(path: Path) -> list[DictionaryFile]:
    own = path / "cfg.json"
    configs = [own] if own.is_file() else sorted(path.glob("*/cfg.json"))
    return [_saelens_file(config_path) for config_path in configs]


def _saelens_file(config_path: Path) -> DictionaryFile:
    config, folder = _read_config(config_path), config_path.parent
    weights = folder / "sae_weights.safetensors"
    if not weights.is_file():
        refuse_only_pickles(folder)
        raise InvalidDictionaryFiles(
            f"{folder} has a cfg.json but no sae_weights.safetensors. Copy it there."
        )
    metadata = config.get("metadata")
    facts = {**config, **(metadata if isinstance(metadata, dict) else {})}
    hook_in = facts.get("hook_name")
    if not isinstance(hook_in, str):
        raise InvalidDictionaryFiles(f"{config_path} does not name the place it reads (hook_name). Add it.")
    hook_out = facts.get("hook_name_out") or hook_in
    site = parse_site(hook_in)
    layer = site[0] if site and site[0] is not None else facts.get("hook_layer")
    if not isinstance(layer, int):
        raise InvalidDictionaryFiles(
            f"{config_path}: no layer number in hook_name {hook_in!r} nor in hook_layer."
        )
    return DictionaryFile(layer, weights, config_path, config, hook_in, str(hook_out))


def _gemma_scope(path: Path) -> list[DictionaryFile]:
    return [_gemma_scope_file(path, weights) for weights in sorted(path.glob("**/params.npz"))]


def _gemma_scope_file(path: Path, weights: Path) -> DictionaryFile:
    """Gemma Scope has no config: the path says the layer, and its repository's name the place."""
    place = str(weights.relative_to(path.parent)).lower()
    layers = re.findall(r"layer_(\d+)", place)
    if not layers:
        raise InvalidDictionaryFiles(
            f"{weights}: the layer is unknown. Keep Gemma Scope's folder names (layer_3/...)."
        )
    site_in, site_out = next(
        (sites for word, sites in _GEMMA_SCOPE_SITES if word in place), (RESID_POST, RESID_POST)
    )
    return DictionaryFile(int(layers[-1]), weights, None, {"architecture": "jumprelu"}, site_in, site_out)


_GEMMA_SCOPE_SITES: Final = (
    ("transcoder", (MLP_NORMALIZED, MLP_OUT)),
    ("-att", (ATTN_Z, ATTN_Z)),
    ("-mlp", (MLP_OUT, MLP_OUT)),
)

FORMATS: Final[dict[str, Callable[[Path], list[DictionaryFile]]]] = {
    CIRCUIT_TRACER: _circuit_tracer,
    SAELENS: _saelens,
    GEMMA_SCOPE: _gemma_scope,
}


class _PlainLoader(yaml.SafeLoader):
    """Plain values only, and no aliases: a few of them unfold to more than any memory holds."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it uses aliases (*name), which are not read; write the values out")
        return super().compose_node(parent, index)


def _read_config(path: Path) -> dict[str, Any]:
    """A JSON or YAML mapping."""
    try:
        if (size := path.stat().st_size) > MAX_CONFIG_BYTES:
            raise ValueError(f"it has {size:,} bytes, more than any config needs")
        text = path.read_text(encoding="utf-8")
        config = json.loads(text) if path.suffix == ".json" else _PlainLoader(text).get_single_data()
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidDictionaryFiles(
            f"{path} cannot be read ({_first_line(error)}). Correct or copy it again."
        ) from None
    if not isinstance(config, dict):
        raise InvalidDictionaryFiles(f"{path} holds a {type(config).__name__} where a mapping was expected.")
    return config


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
