"""From a row's fields to an example. Ours are those of sparse feature circuits' JSONL, or CSV columns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from headwater.tasks.source import Problems, Row
from headwater.tasks.task import Example

Read = tuple[list[Example], list[str]]
"""(examples, notes on what was done with the file)."""

EXAMPLE_FIELDS: Final = frozenset(Example.model_fields)


def build(problems: Problems, line: int, **fields: Any) -> list[Example]:
    """The example, or none and its problem noted. A list, so that callers can `+=` it."""
    try:
        return [Example.model_validate(fields)]
    except ValidationError as error:
        for one in error.errors(include_url=False)[:3]:
            field = str(one["loc"][0]) if one["loc"] else ""
            problems.add(line, field, f"{field or 'the example'} {_reason(one)}")
        return []


def _reason(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx") or {}
    told = {
        "missing": "is missing.",
        "string_type": "is not text.",
        "string_too_short": "is empty.",
        "string_too_long": f"is longer than {context.get('max_length', 0):,} characters.",
        "string_unicode": "is not valid Unicode: it holds half of a character.",
        "string_pattern_mismatch": "has a name with @ or a control character.",
        "too_long": f"has more than {context.get('max_length', 0):,} entries.",
        "literal_error": f"is neither {context.get('expected', '').replace(' or ', ' nor ')}.",
    }
    if kind == "value_error":
        return f"cannot be used: {context['error']}"
    if error["loc"] and error["loc"][0] == "spans":
        return 'must be an object of names with two token positions each, e.g. {"subject": [1, 3]}.'
    return told.get(kind, f"cannot be used ({error['msg'].lower()}).")


def text_of(row: Mapping[str, Any], *names: str) -> Any:
    """The first of these fields that is there; None where all are missing or empty."""
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def spaced(word: Any) -> Any:
    return f" {word}" if isinstance(word, str) and word else word


def read_examples(rows: Sequence[Row]) -> Read:
    """Our own fields, which are those of sparse feature circuits' JSONL; also as CSV columns."""
    problems, examples, unknown = Problems(), [], Counter[str]()
    for line, row in rows:
        unknown.update(name for name in row if name not in EXAMPLE_FIELDS)
        known = {name: value for name, value in row.items() if name in EXAMPLE_FIELDS and value is not None}
        for name in ("patch_prefix", "patch_answer", "split"):
            if known.get(name) == "":
                del known[name]
        examples += build(problems, line, **known)
    problems.raise_any()
    notes = [f'The field "{name[:60]}" is not used ({n:,} lines).' for name, n in unknown.most_common(20)]
    return examples, notes
