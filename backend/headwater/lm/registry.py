"""Which models are there, and what is each? Answered from config files and headers, without torch.

A *model folder* holds `headwater.json` (see ARCHITECTURE.md); a bare Hugging Face folder is a model too,
and so is one in TransformerLens form (`hooked_config`). Bundled models come with the package, registered
ones lie in `<data>/models/`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from headwater.errors import (
    HeadwaterError,
    InvalidDictionaryFiles,
    InvalidModelFiles,
    InvalidSetting,
    StorageUnavailable,
    UnknownDictionary,
    UnknownModel,
    UnsupportedModel,
)
from headwater.lm.dictionary_files import DictionaryFile, find_dictionaries
from headwater.lm.fingerprints import fingerprint
from headwater.lm.hooked_config import HOOKED, check_tensors, is_hooked, read_hooked_config
from headwater.lm.weight_files import TensorInfo, read_header, refuse_only_pickles, refuse_pickle

BUNDLED: Final = Path(__file__).parents[1] / "bundled"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

ARCHITECTURES: Final[dict[str, str]] = {
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "llama",
    "Qwen2ForCausalLM": "llama",
    "Qwen3ForCausalLM": "llama",
    "GPT2LMHeadModel": "gpt2",
    "GPTNeoXForCausalLM": "neox",
    HOOKED: "hooked",
}
"""Architecture -> our reader for its family. The last is TransformerLens' own form."""

TRACED: Final = ("llama", "gpt2")
"""Families that linear tracing follows: attention first, then the MLP, each behind a norm."""

_TOKENIZER_FILES: Final = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


@runtime_checkable
class HasDataFolder(Protocol):
    @property
    def data(self) -> Path: ...


@dataclass(frozen=True)
class DictionarySetEntry:
    """A set of dictionaries, at most one per layer. `id` is `{model}.{set}`, `width` its most features."""

    id: str
    set: str
    kind: str
    format: str
    path: Path
    layers: tuple[int, ...]
    width: int
    files: tuple[DictionaryFile, ...] = field(repr=False)


@dataclass(frozen=True)
class BrokenSet:
    """A set that headwater.json names and that cannot be used, with the reason."""

    id: str
    set: str
    error: HeadwaterError


@dataclass(frozen=True)
class ModelEntry:
    """What is known of a model before it is loaded. `examples`: prompts to offer, from its headwater.json.

    A set that cannot be read does not hide the others: it is in `broken_sets`, and whoever asks for it
    (or for the default, if it is that) gets the reason.
    """

    name: str
    folder: Path
    lm_path: Path
    dictionary_sets: tuple[DictionarySetEntry, ...]
    default_dictionaries: str | None
    features_path: Path | None
    n_layers: int
    d_model: int
    d_vocab: int
    n_ctx: int
    architecture: str
    broken_sets: tuple[BrokenSet, ...] = ()
    bundled: bool = False
    examples: tuple[dict[str, str], ...] = ()
    cache: Path | None = field(default=None, repr=False)
    config: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def has_tokenizer(self) -> bool:
        """False: the model reads token ids only, so prompts are refused and tasks must be of token ids."""
        return (self.lm_path / "tokenizer.json").is_file()

    @property
    def can_trace(self) -> bool:
        """Whether linear tracing follows this architecture; circuits work on every supported one."""
        return ARCHITECTURES.get(self.architecture) in TRACED

    def fingerprint(self) -> str:
        """SHA-256 over config, tokenizer and weights."""
        own = [self.lm_path / name for name in ("config.json", *_TOKENIZER_FILES)]
        files = [path for path in own if path.is_file()] + weight_files(self.lm_path)
        return fingerprint({path.name: path for path in files}, self.cache)

    def set_fingerprint(self, set: str | DictionarySetEntry | None = None) -> str:
        """SHA-256 over all files of one set of dictionaries."""
        entry = set if isinstance(set, DictionarySetEntry) else self.dictionary_set(set)
        files = {path for file in entry.files for path in file.files}
        return fingerprint({path.relative_to(_root(entry)).as_posix(): path for path in files}, self.cache)

    def dictionary_set(self, name: str | None = None) -> DictionarySetEntry:
        """The set called `name` (`transcoders` or `brook.transcoders`); the default one when None."""
        if not (self.dictionary_sets or self.broken_sets):
            raise UnknownDictionary(
                f"{self.name} has no dictionaries, so its features are unknown. Add some: "
                f"`headwater models add NAME --lm {self.lm_path} --dictionaries FOLDER`."
            )
        wanted = name or self.default_dictionaries
        for entry in self.dictionary_sets:
            if wanted in (entry.set, entry.id):
                return entry
        for broken in self.broken_sets:
            if wanted in (broken.set, broken.id):
                raise broken.error
        known = ", ".join(entry.id for entry in self.dictionary_sets)
        raise UnknownDictionary(f"{self.name} has no dictionaries called {wanted!r}. It has: {known}.")


def _root(entry: DictionarySetEntry) -> Path:
    return entry.path if entry.path.is_dir() else entry.path.parent


def weight_files(lm_path: Path) -> list[Path]:
    """The safetensors files of a Hugging Face folder, one or several shards, by name."""
    index = lm_path / "model.safetensors.index.json"
    if not index.is_file():
        return [lm_path / "model.safetensors"]
    try:
        shards = sorted(set(json.loads(index.read_text())["weight_map"].values()))
        if not all(shard.endswith(".safetensors") for shard in shards):
            raise ValueError("only safetensors files are read")
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        raise InvalidModelFiles(f"{index} cannot be read as a list of weight files. Copy it again.") from None
    return [index, *(lm_path / Path(shard).name for shard in shards)]


def list_models(settings: HasDataFolder | None = None) -> list[ModelEntry]:
    """Every usable model, bundled ones first. Folders that cannot be read are in `broken_models`."""
    return [entry for entry in _scan(settings).values() if isinstance(entry, ModelEntry)]


def broken_models(settings: HasDataFolder | None = None) -> dict[str, HeadwaterError]:
    """Model folders that cannot be used, by name, each with the reason."""
    return {name: found for name, found in _scan(settings).items() if isinstance(found, HeadwaterError)}


def find_model(
    settings: HasDataFolder | None,
    name_or_path: str | Path,
    dictionaries: Sequence[str | Path] = (),
    *,
    paths: bool = True,
) -> ModelEntry:
    """The model of that name, or in that folder (with `headwater.json`, or as Hugging Face writes it).

    `dictionaries`: a set's name makes it the default, a folder is added and made the default.
    `paths=False` answers to names only: whatever comes from the network must not name folders.
    """
    entry = _find(settings, str(name_or_path), paths=paths)
    for wanted in reversed(dictionaries):
        entry = _with_dictionaries(entry, wanted, paths=paths)
    return entry


def _find(settings: HasDataFolder | None, wanted: str, *, paths: bool) -> ModelEntry:
    if NAME.fullmatch(wanted):
        found = _scan(settings, only=wanted).get(wanted)
        if isinstance(found, HeadwaterError):
            raise found
        if found is not None:
            return found
    if paths and _is_path(wanted):
        return open_model(Path(wanted).expanduser(), _cache(settings))
    raise UnknownModel(_unknown(settings, wanted, paths=paths))


def _is_path(wanted: str) -> bool:
    """Anything that looks like a path is taken for one, so that a missing folder is named as such."""
    return "/" in wanted or "\\" in wanted or wanted.startswith((".", "~")) or Path(wanted).exists()


def _unknown(settings: HasDataFolder | None, wanted: str, *, paths: bool) -> str:
    known = ", ".join(entry.name for entry in list_models(settings)) or "none yet"
    folder = ", or give the folder of a model" if paths else ""
    return (
        f"There is no model called {wanted[:100]!r}. Models here: {known}. Choose one of them{folder}; "
        "add your own with `headwater models add NAME --lm FOLDER --dictionaries FOLDER`."
    )


def _scan(settings: HasDataFolder | None, only: str | None = None) -> dict[str, ModelEntry | HeadwaterError]:
    """Models by folder name; a registered one does not hide a bundled one of the same name."""
    found: dict[str, ModelEntry | HeadwaterError] = {}
    registered = [settings.data / "models"] if settings else []
    for root in (BUNDLED, *registered):
        for file in sorted(root.glob(f"{only or '*'}/headwater.json")):
            if file.parent.name in found:
                continue
            try:
                found[file.parent.name] = _scanned(file.parent, _cache(settings), bundled=root == BUNDLED)
            except HeadwaterError as error:
                found[file.parent.name] = error
            except Exception as error:  # others' files: one that nobody foresaw must not hide the rest
                found[file.parent.name] = InvalidModelFiles(_not_understood(file, error))
    return found


def _not_understood(path: Path, error: Exception) -> str:
    reason = str(error).splitlines() or [""]
    told = f"{type(error).__name__}: {reason[0][:200]}".encode("utf-8", "replace").decode()
    return f"{path} cannot be understood ({told}). Correct it, or copy the files again."


def _scanned(folder: Path, cache: Path | None, *, bundled: bool) -> ModelEntry:
    entry = open_model(folder, cache)
    if entry.name != folder.name:
        raise InvalidModelFiles(
            f"{folder / 'headwater.json'} calls itself {entry.name!r}, its folder {folder.name!r}."
        )
    return replace(entry, bundled=bundled)


def _cache(settings: HasDataFolder | None) -> Path | None:
    return settings.data / "cache" / "fingerprints.json" if settings else None


def open_model(folder: Path, cache: Path | None = None) -> ModelEntry:
    """The entry of one folder: a model folder, or a bare Hugging Face or TransformerLens one (which has no
    dictionaries)."""
    refuse_pickle(folder)
    if not folder.is_dir():
        raise UnknownModel(f"There is no folder {folder}. Give a model's name, or a folder that holds one.")
    folder = folder.resolve()
    if (folder / "headwater.json").is_file():
        return _open_described(folder, cache)
    if (folder / "config.json").is_file():
        return _entry(slug(folder.name), folder, folder, {}, cache)
    refuse_only_pickles(folder)
    raise InvalidModelFiles(
        f"{folder} holds neither headwater.json nor config.json, so it is no model. Give the folder that "
        "`save_pretrained` wrote."
    )


def slug(text: str) -> str:
    """A valid name close to `text`."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:64] or "model"


def _open_described(folder: Path, cache: Path | None) -> ModelEntry:
    described = _read_json(folder / "headwater.json")
    name, lm = described.get("name", folder.name), described.get("lm")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InvalidModelFiles(f"{folder / 'headwater.json'}: the name {name!r} {_NAME_RULE}")
    if not isinstance(lm, str):
        raise InvalidModelFiles(f"{folder / 'headwater.json'} does not say where the model lies (`lm`).")
    return _entry(name, folder, (folder / lm).resolve(), described, cache)


_NAME_RULE: Final = (
    "is not allowed: use lower-case letters, digits, - and _, beginning with a letter or digit, at most 64."
)


def _entry(name: str, folder: Path, lm: Path, described: dict[str, Any], cache: Path | None) -> ModelEntry:
    config = read_config(lm)
    found = [_described_set(name, folder, item) for item in described.get("dictionaries") or []]
    features, default = described.get("features"), described.get("default_dictionaries")
    return ModelEntry(
        name=name,
        folder=folder,
        lm_path=lm,
        dictionary_sets=tuple(one for one in found if isinstance(one, DictionarySetEntry)),
        broken_sets=tuple(one for one in found if isinstance(one, BrokenSet)),
        default_dictionaries=default or (found[0].set if found else None),
        features_path=(folder / features).resolve() if features else None,
        n_layers=_dimension(lm, config, "num_hidden_layers", "n_layer", "n_layers"),
        d_model=_dimension(lm, config, "hidden_size", "n_embd", "d_model"),
        d_vocab=_dimension(lm, config, "vocab_size", "d_vocab"),
        n_ctx=_dimension(lm, config, "max_position_embeddings", "n_positions", "n_ctx"),
        architecture=_architecture(lm, config),
        examples=tuple(item for item in described.get("examples") or [] if isinstance(item, dict)),
        cache=cache,
        config=config,
    )


def _described_set(model: str, folder: Path, item: Any) -> DictionarySetEntry | BrokenSet:
    """One item of headwater.json's `dictionaries`; its kind and format are detected where not given."""
    if not isinstance(item, dict) or not isinstance(item.get("path"), str):
        raise InvalidModelFiles(f"{folder / 'headwater.json'}: every item of `dictionaries` needs a `path`.")
    path = folder / item["path"]
    name = str(item.get("set") or slug(path.name))
    _check_set_name(name)
    try:
        entry = _set_entry(model, name, path.resolve(), item.get("format"))
    except HeadwaterError as error:
        return BrokenSet(f"{model}.{name}", name, error)
    except Exception as error:  # as in `_scan`
        return BrokenSet(f"{model}.{name}", name, InvalidDictionaryFiles(_not_understood(path, error)))
    return replace(entry, kind=item["kind"]) if item.get("kind") in ("sae", "transcoder") else entry


def _check_set_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise InvalidModelFiles(f"The dictionary set's name {name!r} {_NAME_RULE}")


def _set_entry(model: str, set_name: str, path: Path, format: str | None = None) -> DictionarySetEntry:
    found = find_dictionaries(path, format)
    return DictionarySetEntry(
        id=f"{model}.{set_name}",
        set=set_name,
        kind=found.kind,
        format=found.format,
        path=path,
        layers=tuple(file.layer for file in found.files),
        width=max(file.width for file in found.files),
        files=found.files,
    )


def _with_dictionaries(entry: ModelEntry, wanted: str | Path, *, paths: bool) -> ModelEntry:
    sets: tuple[DictionarySetEntry | BrokenSet, ...] = (*entry.dictionary_sets, *entry.broken_sets)
    names = {name for known in sets for name in (known.set, known.id)}
    if str(wanted) in names or not (paths and _is_path(str(wanted))):
        return replace(entry, default_dictionaries=entry.dictionary_set(str(wanted)).set)
    path = Path(wanted).expanduser().resolve()
    set_name = _free_name(slug(path.name), {known.set for known in sets})
    added = _set_entry(entry.name, set_name, path)
    return replace(entry, dictionary_sets=(*entry.dictionary_sets, added), default_dictionaries=set_name)


def _free_name(name: str, taken: set[str]) -> str:
    numbered = (f"{name[:60]}-{i}" for i in range(2, 10_000))
    return next(n for n in (name, *numbered) if n not in taken)


def read_config(lm: Path) -> dict[str, Any]:
    """config.json of a folder whose weights are whole safetensors files; in TransformerLens form, those that
    it asks for."""
    if not (lm / "config.json").is_file():
        raise InvalidModelFiles(f"{lm} has no config.json. Give the folder that `save_pretrained` wrote.")
    weights = weight_files(lm)
    if not weights[0].is_file():
        refuse_only_pickles(lm)
        raise InvalidModelFiles(f"{lm} has no model.safetensors. Save the model with `save_pretrained`.")
    header, config = weight_header(lm), _read_json(lm / "config.json")
    if is_hooked(config):
        hooked = read_hooked_config(config, lm / "config.json")
        check_tensors(hooked, header, lm / "model.safetensors")
    return config


def weight_header(lm: Path) -> dict[str, TensorInfo]:
    """Names and shapes of all tensors in a folder's weight files."""
    files = [path for path in weight_files(lm) if path.suffix == ".safetensors"]
    return {name: info for path in files for name, info in read_header(path, InvalidModelFiles).items()}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidModelFiles(f"{path} is not readable JSON ({error}). Correct or copy it again.") from None
    if not isinstance(value, dict):
        raise InvalidModelFiles(f"{path} holds a {type(value).__name__} where an object was expected.")
    return value


def _dimension(lm: Path, config: dict[str, Any], *names: str) -> int:
    value = next((config[name] for name in names if name in config), None)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidModelFiles(
            f"{lm / 'config.json'}: {names[0]} is {value!r}, a whole number from 1 was expected."
        )
    return value


def _architecture(lm: Path, config: dict[str, Any]) -> str:
    names = [HOOKED] if is_hooked(config) else config.get("architectures")
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        raise InvalidModelFiles(f"{lm / 'config.json'} does not name its architecture (`architectures`).")
    return names[0]


def check_supported(entry: ModelEntry) -> str:
    """The family of the model's architecture (a value of `ARCHITECTURES`)."""
    family = ARCHITECTURES.get(entry.architecture)
    if family is None:
        raise UnsupportedModel(
            f"{entry.name} is a {entry.architecture}. Supported: {', '.join(ARCHITECTURES)}. Other "
            "architectures "
            "need an adapter in headwater/lm."
        )
    if "quantization_config" in entry.config:
        raise UnsupportedModel(
            f"{entry.name} is quantised. Tracing needs its plain weights: use the original model."
        )
    return family


def check_traceable(entry: ModelEntry) -> None:
    """UnsupportedModel for models whose circuits can be found but whose prompts cannot be traced."""
    check_supported(entry)
    if not entry.can_trace:
        raise UnsupportedModel(
            f"{entry.name} is a {entry.architecture}, which linear tracing does not follow: it needs "
            "blocks of attention first, then an MLP, each behind a norm. Circuits over tasks work on it."
        )


def register_model(
    settings: HasDataFolder, name: str, lm: str | Path, dictionaries: Sequence[str | Path] = ()
) -> ModelEntry:
    """Remember a local model under `name`, so that it is in every list. Nothing is copied.

    Everything is read once first, so what cannot work is refused here. The first folder of
    `dictionaries` is the default; each one's set is called after its folder.
    """
    if not NAME.fullmatch(name):
        raise InvalidSetting(f"The name {name!r} {_NAME_RULE}")
    if name in _scan(settings):
        raise InvalidSetting(
            f"There is a model called {name!r} already. Choose another name, or remove its folder."
        )
    lm_path = open_model(Path(lm).expanduser(), _cache(settings)).lm_path
    entry = _entry(name, lm_path, lm_path, {}, _cache(settings))
    check_supported(entry)
    for path in reversed(dictionaries):
        entry = _with_dictionaries(entry, str(Path(path).expanduser().resolve()), paths=True)
    _write_description(settings.data / "models" / name, entry)
    return _find(settings, name, paths=False)


def _write_description(folder: Path, entry: ModelEntry) -> None:
    described = {
        "name": entry.name,
        "lm": str(entry.lm_path),
        "dictionaries": [
            {"set": s.set, "kind": s.kind, "format": s.format, "path": str(s.path)}
            for s in entry.dictionary_sets
        ],
        "default_dictionaries": entry.default_dictionaries,
        "features": None,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "headwater.json").write_text(json.dumps(described, indent=2) + "\n")
    except OSError as error:
        raise StorageUnavailable(
            f"{folder} cannot be written ({error.strerror}). Choose another data folder."
        ) from None
