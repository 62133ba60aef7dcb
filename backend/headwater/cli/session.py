"""A model and its dictionaries, ready for one command. The cheap checks come first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headwater.dictionaries.dictionary import DictionarySet
    from headwater.lm.model import LanguageModel
    from headwater.lm.registry import DictionarySetEntry, ModelEntry
    from headwater.settings import Settings


@dataclass(frozen=True)
class Request:
    """What a command works on, known without torch: a bad prompt fails before a model loads."""

    settings: "Settings"
    entry: "ModelEntry"
    dictionary_set: "DictionarySetEntry"
    prompt: str
    token_ids: list[int]

    def load(self) -> "tuple[LanguageModel, DictionarySet]":
        from headwater.dictionaries.load import load_set
        from headwater.lm.model import load_model

        device = self.settings.device
        return load_model(self.entry, device), load_set(self.entry, self.dictionary_set, device)


def prepare(settings: "Settings", model: str | None, dictionaries: str | None, prompt: str) -> Request:
    from headwater.lm.tokenizer import load_tokenizer

    entry = find(settings, model, [dictionaries] if dictionaries else [])
    tokenizer = load_tokenizer(entry, settings.max_prompt_tokens)
    return Request(settings, entry, entry.dictionary_set(), prompt, tokenizer.encode(prompt))


def find(settings: "Settings", model: str | None, dictionaries: Sequence[str] = ()) -> "ModelEntry":
    from headwater.lm.registry import find_model

    return find_model(settings, model or settings.default_model, dictionaries)
