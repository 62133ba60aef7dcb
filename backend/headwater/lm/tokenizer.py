"""Text to token ids and back, with the Rust `tokenizers` library alone: no torch, no transformers.

The model always reads a start-of-text token first. Its own token for that is prepended exactly
once, whether or not the tokenizer's post-processor would have done it.
"""

import json
import re
import unicodedata
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import tokenizers

from headwater.errors import InvalidModelFiles, InvalidPrompt, InvalidTarget, NoTokenizer, PromptTooLong
from headwater.lm.registry import ModelEntry

MAX_CHARACTERS: Final = 32_000
_ALLOWED_CONTROLS: Final = "\n\t"
_BYTE_TOKEN: Final = re.compile(r"<0x([0-9A-Fa-f]{2})>")


def load_tokenizer(entry: ModelEntry, max_tokens: int | None = None) -> "Tokenizer":
    """The model's tokenizer. `max_tokens`: a limit on prompts below the model's own context."""
    path = entry.lm_path / "tokenizer.json"
    if not path.is_file():
        raise NoTokenizer(
            f"{entry.lm_path} has no tokenizer.json, so {entry.name} reads token ids only, no text. Use a "
            "task of token ids, or save the model's fast tokenizer there with `save_pretrained`."
        )
    try:
        text = path.read_text(encoding="utf-8")
        rust, described = tokenizers.Tokenizer.from_str(text), json.loads(text)
    except Exception as error:  # the Rust side raises plain Exception
        raise InvalidModelFiles(f"{path} is not a tokenizer ({error}). Copy it again.") from None
    n_ctx = min(entry.n_ctx, max_tokens or entry.n_ctx)
    return Tokenizer(rust, described, _start_token(entry, rust), entry.name, n_ctx, entry.d_vocab)


def _start_token(entry: ModelEntry, rust: tokenizers.Tokenizer) -> int:
    """tokenizer_config.json's `bos_token`, else config.json's `bos_token_id`; 0 is an id like any other."""
    named = [_read(entry.lm_path / name) for name in ("tokenizer_config.json", "special_tokens_map.json")]
    for token in (config.get("bos_token") for config in named):
        text = token.get("content") if isinstance(token, dict) else token
        if isinstance(text, str):
            return _id_of(rust, text, entry)
    for name in ("bos_token_id", "eos_token_id"):
        number = entry.config.get(name)
        number = number[0] if isinstance(number, list) and number else number
        if isinstance(number, int):
            return number
    raise InvalidModelFiles(
        f"{entry.lm_path} names no start-of-text token. Add bos_token to tokenizer_config.json "
        "or bos_token_id to config.json."
    )


def _id_of(rust: tokenizers.Tokenizer, text: str, entry: ModelEntry) -> int:
    found = rust.token_to_id(text)
    if found is None:
        raise InvalidModelFiles(
            f"{entry.lm_path}: the start token {text!r} is not in tokenizer.json. The two files belong to "
            "different models."
        )
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidModelFiles(f"{path} is not readable JSON ({error}). Correct or copy it again.") from None
    return value if isinstance(value, dict) else {}


class Tokenizer:
    """`n_ctx` counts the start token. `vocab_size` is the model's: ids beyond it do not exist for us."""

    def __init__(
        self,
        rust: tokenizers.Tokenizer,
        described: dict[str, Any],
        bos_id: int,
        model: str,
        n_ctx: int,
        vocab_size: int,
    ) -> None:
        rust.no_truncation()
        rust.no_padding()
        self._rust = rust
        self._is_byte_level = "ByteLevel" in json.dumps(described.get("decoder"))
        self.bos_id = bos_id
        self.model = model
        self.n_ctx = n_ctx
        self.vocab_size = vocab_size
        self.special_ids = frozenset(
            [bos_id, *(t["id"] for t in described.get("added_tokens") or [] if t.get("special"))]
        )
        if not 0 <= bos_id < vocab_size:
            raise InvalidModelFiles(
                f"{model}: the start token's id is {bos_id}, outside its {vocab_size} tokens."
            )

    def encode(self, text: str, *, any_length: bool = False) -> list[int]:
        """Token ids, the start token first. Bad text raises InvalidPrompt, too much of it PromptTooLong
        (`any_length=True` leaves the length to the caller)."""
        self.check(text)
        encoding = self._rust.encode(text, add_special_tokens=False)
        starts_itself = encoding.ids[:1] == [self.bos_id]
        ids = encoding.ids if starts_itself else [self.bos_id, *encoding.ids]
        self._check_vocabulary(ids)
        if len(ids) > self.n_ctx and not any_length:
            raise self._too_long(text, encoding, len(ids), first=not starts_itself)
        return ids

    def check(self, text: str) -> None:
        """InvalidPrompt for text no model can be asked about. Its length in tokens is `encode`'s business."""
        if not text or text.isspace():
            raise InvalidPrompt(
                "The prompt is empty. Type some text, for example a sentence without its last word."
            )
        if len(text) > MAX_CHARACTERS:
            raise InvalidPrompt(
                f"The prompt has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read. "
                f"{self.model} reads {self.n_ctx} tokens, which is a few thousand characters at best: "
                "shorten it.",
                characters=len(text),
                max_characters=MAX_CHARACTERS,
            )
        for position, character in enumerate(text):
            category = unicodedata.category(character)
            if category == "Cs":
                raise InvalidPrompt(
                    f"Character {position + 1} is half of a character (U+{ord(character):04X}), so the "
                    "prompt is not "
                    "valid Unicode. Was it cut in the middle of an emoji, or read with another encoding "
                    "than UTF-8?",
                    character=position,
                )
            if category == "Cc" and character not in _ALLOWED_CONTROLS:
                raise InvalidPrompt(
                    f"Character {position + 1} is the control character U+{ord(character):04X}. Remove it; "
                    "of the "
                    "control characters, only newline and tab may stand in a prompt.",
                    character=position,
                )

    def _check_vocabulary(self, ids: list[int]) -> None:
        beyond = next((i for i in ids if i >= self.vocab_size), None)
        if beyond is not None:
            raise InvalidPrompt(
                f"The tokenizer turns part of the prompt into token {beyond} "
                f"({self._rust.id_to_token(beyond)!r}), but "
                f"{self.model} has embeddings for {self.vocab_size} tokens only. Leave that text out."
            )

    def _too_long(
        self, text: str, encoding: tokenizers.Encoding, length: int, *, first: bool
    ) -> PromptTooLong:
        fits = self.n_ctx - first
        end = encoding.offsets[fits - 1][1] if fits else 0
        return PromptTooLong(
            f"The prompt is {length:,} tokens long and {self.model} reads at most {self.n_ctx:,} (the "
            "start token "
            f"included). The first {end:,} of {len(text):,} characters fit, up to "
            f"“…{text[max(0, end - 40) : end]}”. "
            "Shorten it to that.",
            tokens=length,
            max_tokens=self.n_ctx,
            characters_that_fit=end,
        )

    def tokens(self, ids: list[int]) -> list[str]:
        """Each token as text, leading spaces included; bytes that are no whole character as `<0xF0>`."""
        return [self._display(i) for i in ids]

    def is_special(self, id: int) -> bool:
        return id in self.special_ids

    def token_id(self, text: str) -> int:
        """The id of the token that reads `text` exactly, spaces included."""
        found = self._by_text.get(text)
        if found is not None:
            return found
        if any(unicodedata.category(character) == "Cs" for character in text):
            raise InvalidTarget("The target token is not valid Unicode: it holds half of a character.")
        raise InvalidTarget(self._no_token(text), token=text[:100])

    def check_id(self, id: int) -> int:
        """`id`, or InvalidTarget when the model has no such token."""
        if not 0 <= id < self.vocab_size:
            raise InvalidTarget(
                f"{self.model} has tokens 0 to {self.vocab_size - 1}, and no token {id}.", token=id
            )
        return id

    def _no_token(self, text: str) -> str:
        if not text:
            return 'The target token is empty. Name one, for example " Mary".'
        pieces = self._pieces(text)
        listed = ", ".join(f'"{p}"' for p in pieces[:8]) + (", ..." if len(pieces) > 8 else "")
        what = (
            f"is {len(pieces)} tokens for {self.model} ({listed})" if len(pieces) > 1 else "is no token of it"
        )
        close = next((f for f in (" " + text, text.strip(), " " + text.strip()) if f in self._by_text), None)
        if close is not None:
            hint = f'Did you mean "{close}"{" with a space in front" if close.startswith(" ") else ""}?'
        else:
            first = next((p for p in pieces if p.strip() and p in self._by_text), None)
            hint = f'A target is one token: take the first, "{first}".' if first else "A target is one token."
        return f'"{text[:60]}" {what}. {hint}'

    def _pieces(self, text: str) -> list[str]:
        return self.tokens(self._rust.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _by_text(self) -> dict[str, int]:
        """Display text -> id. Where several read the same: not a byte token, lowest id."""
        names = {i: self._rust.id_to_token(i) for i in range(self.vocab_size)}
        order = sorted(names, key=lambda i: (bool(_BYTE_TOKEN.fullmatch(names[i] or "")), i))
        found: dict[str, int] = {}
        for i in order:
            if names[i] is not None:
                found.setdefault(self._display(i), i)
        return found

    def _display(self, id: int) -> str:
        name = self._rust.id_to_token(id)
        if name is None:
            return f"<{id}>"
        if id in self.special_ids:
            return name
        if self._is_byte_level:
            return _bytes_text(bytes(_BYTES[c] for c in name)) if all(c in _BYTES for c in name) else name
        byte = _BYTE_TOKEN.fullmatch(name)
        return _bytes_text(bytes([int(byte[1], 16)])) if byte else name.replace("▁", " ")


def _bytes_text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "".join(f"<0x{byte:02X}>" for byte in raw)


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's printable stand-ins for the 256 bytes, as byte-level tokenizers write them."""
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


_BYTES: Final = _byte_alphabet()
