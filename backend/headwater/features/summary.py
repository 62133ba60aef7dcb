"""A few words about a feature, built only from what its dashboard shows.

Deterministic and modest: a word appears only when a counted majority of examples bears it out (the shares
below), and "fires on" is kept for features whose weaker examples agree with the strongest ones. It describes
the examples; it is not a tested hypothesis.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

AGREE = 0.6  # of the strongest examples share a neighbour or repeat earlier text
SAME_BELOW = 0.8  # of all examples, weak ones included, have one of the listed tokens: "fires on"
STANDS_OUT = (
    4.5  # standard deviations over the vocabulary; random directions in brook reach it 4 % of the time
)
MOST = 3  # tokens listed


@dataclass(frozen=True)
class Evidence:
    """`top` and `all_tokens`: peak tokens of the strongest and of all examples. `before`, `after`: their
    neighbours, "" at a row's edge. `repeats`: examples whose last two tokens stood earlier in the window.
    `early`: examples among the first four tokens of a row.
    `promoted`, `suppressed`: (token, effect in standard deviations over the vocabulary)."""

    count: int
    tokens_seen: int
    top: Sequence[str]
    all_tokens: Sequence[str]
    before: Sequence[str]
    after: Sequence[str]
    repeats: int
    early: int
    promoted: Sequence[tuple[str, float]]
    suppressed: Sequence[tuple[str, float]]


def summarise(e: Evidence) -> str:
    """e.g. `fires on “ Mary”, “ Anna” · after “ said” · promotes “ she”`."""
    if e.count == 0:
        return f"never fired on {e.tokens_seen:,} tokens"
    parts = [_fires_on(e), *_context(e), *_logits(e)]
    if e.count < 10:
        parts.append(f"fired only {e.count} {'time' if e.count == 1 else 'times'}")
    return " · ".join(part for part in parts if part)


def _fires_on(e: Evidence) -> str:
    if not e.top:
        return ""
    common = Counter(map(_key, e.top)).most_common(MOST)
    frequent = [key for key, n in common if n >= 2 or len(e.top) <= 2]
    covered = sum(_key(t) in frequent for t in e.top) / len(e.top)
    if covered <= 0.5:
        kind = _kind(e.all_tokens)
        if kind:
            return f"fires on {kind} such as {_quoted(dict.fromkeys(e.top))}"
        return f"strongest on varied tokens: {_quoted(dict.fromkeys(e.top))}"
    names = [Counter(t for t in e.top if _key(t) == key).most_common(1)[0][0] for key in frequent]
    agree = sum(_key(t) in frequent for t in e.all_tokens) / len(e.all_tokens)
    return f"{'fires' if agree >= SAME_BELOW else 'strongest'} on {_quoted(names)}"


def _kind(tokens: Sequence[str]) -> str:
    words = [t.strip() for t in tokens]
    share = SAME_BELOW * len(words)
    if sum(w.isdigit() for w in words) >= share:
        return "numbers"
    if sum(bool(w) and not any(c.isalnum() for c in w) for w in words) >= share:
        return "punctuation"
    if sum(w[:1].isupper() and len(w) > 1 for w in words) >= share:
        return "capitalised words"
    if sum(t[:1].isalpha() for t in tokens) >= share:
        return "word endings"
    return ""


def _context(e: Evidence) -> list[str]:
    if len(e.top) < 3:
        return []
    parts = []
    for word, neighbours in (("after", e.before), ("before", e.after)):
        (key, n), *_ = Counter(map(_key, neighbours)).most_common(1)
        if key and n >= AGREE * len(e.top):
            shown = Counter(t for t in neighbours if _key(t) == key).most_common(1)[0][0]
            parts.append(f"{word} {_quoted([shown])}")
    if e.repeats >= AGREE * len(e.top):
        parts.append("where text repeats")
    if e.early >= AGREE * len(e.top):
        parts.append("near the start of the text")
    return parts


def _logits(e: Evidence) -> list[str]:
    for word, sign, effects in (("promotes", 1, e.promoted), ("suppresses", -1, e.suppressed)):
        strong = [text for text, z in effects if sign * z >= STANDS_OUT]
        if strong:
            return [f"{word} {_quoted(strong)}"]
    return []


def _key(token: str) -> str:
    return token.strip().casefold() or token


def _quoted(tokens: Sequence[str] | dict[str, None]) -> str:
    return ", ".join("“" + t.replace("\n", "↵").replace("\t", "⇥") + "”" for t in list(tokens)[:MOST])
