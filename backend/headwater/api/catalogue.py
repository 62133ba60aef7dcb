"""The models as the server sees them: entries, tokenizers, fingerprints, feature tables.

Files are looked at again after a second, so a model added or changed on disk shows up by itself
while a burst of requests reads them once.
"""

import json
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from headwater.errors import UnknownDictionary
from headwater.features.table import FeatureTable
from headwater.lm.hooked_config import HOOKED
from headwater.lm.registry import DictionarySetEntry, ModelEntry, find_model, list_models
from headwater.lm.tokenizer import Tokenizer, load_tokenizer
from headwater.settings import Settings

FRESH_S: Final = 1.0
Value = TypeVar("Value")


class Catalogue:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._held: dict[Hashable, tuple[float, Any]] = {}
        self._tokenizers: dict[tuple[str, str], Tokenizer] = {}
        self._features: dict[str, tuple[tuple[Path, int], FeatureTable]] = {}
        self._lock = threading.RLock()

    def models(self) -> list[ModelEntry]:
        return self._fresh("models", lambda: list_models(self.settings))

    def model(self, name: str) -> ModelEntry:
        return self._fresh(("model", name), lambda: find_model(self.settings, name, paths=False))

    def fingerprint(self, entry: ModelEntry) -> str:
        return self._fresh(("fingerprint", entry.name), entry.fingerprint)

    def set_fingerprint(self, entry: ModelEntry, dictionaries: DictionarySetEntry) -> str:
        return self._fresh(("set", dictionaries.id), lambda: entry.set_fingerprint(dictionaries))

    def tokenizer(self, entry: ModelEntry) -> Tokenizer:
        """Kept for as long as the model's files stay the same."""
        key = entry.name, self.fingerprint(entry)
        with self._lock:
            if key not in self._tokenizers:
                self._tokenizers = {k: v for k, v in self._tokenizers.items() if k[0] != entry.name}
                self._tokenizers[key] = load_tokenizer(entry, self.settings.max_prompt_tokens)
            return self._tokenizers[key]

    def spelling(self, entry: ModelEntry) -> Callable[[Sequence[int]], list[str]]:
        """Token ids as texts; as numbers where a model reads token ids only."""
        if entry.architecture == HOOKED:
            return lambda ids: [str(id) for id in ids]
        tokenizer = self.tokenizer(entry)
        return lambda ids: tokenizer.tokens(list(ids))

    def features(self, entry: ModelEntry) -> FeatureTable | None:
        """The model's harvest; None when there is none."""
        folder = entry.features_path
        if folder is None or not folder.exists():
            return None
        changed = max((path.stat().st_mtime_ns for path in folder.iterdir()), default=0)
        with self._lock:
            held = self._features.get(entry.name)
            if held is None or held[0] != (folder, changed):
                held = (folder, changed), FeatureTable.open(folder)
                self._features[entry.name] = held
            return held[1]

    def dictionary(self, id: str) -> tuple[ModelEntry, DictionarySetEntry, int]:
        """What `{model}.{set}.{layer}` names."""
        model, set_name, layer = self.split_dictionary(id)
        entry = self.model(model)
        found = entry.dictionary_set(set_name)
        if layer not in found.layers:
            raise UnknownDictionary(
                f"{found.id} has layers {_ranges(found.layers)}; {id[:200]!r} asks for layer {layer}."
            )
        return entry, found, layer

    @staticmethod
    def split_dictionary(id: str) -> tuple[str, str, int]:
        parts = id.split(".")
        if len(parts) != 3 or not (parts[2].isascii() and parts[2].isdigit() and len(parts[2]) < 6):
            raise UnknownDictionary(
                f"{id[:200]!r} names no dictionary. Write model.set.layer, for example brook.transcoders.3."
            )
        return parts[0], parts[1], int(parts[2])

    def _fresh(self, key: Hashable, find: Callable[[], Value]) -> Value:
        with self._lock:
            held = self._held.get(key)
            if held is None or time.monotonic() - held[0] > FRESH_S:
                held = time.monotonic(), find()
                if len(self._held) > 1000:  # made-up names must not fill the memory
                    self._held.clear()
                self._held[key] = held
            value: Value = held[1]
            return value


def examples(entry: ModelEntry) -> list[dict[str, str]]:
    """Prompts worth trying: of headwater.json, else of `examples.json` beside it."""
    if entry.examples:
        return _only_texts(list(entry.examples))
    try:
        found = json.loads((entry.folder / "examples.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    return _only_texts(found) if isinstance(found, list) else []


def _only_texts(found: list[Any]) -> list[dict[str, str]]:
    return [
        one for one in found if isinstance(one, dict) and all(isinstance(text, str) for text in one.values())
    ]


def _ranges(layers: tuple[int, ...]) -> str:
    return f"{layers[0]} to {layers[-1]}" if layers else "none"
