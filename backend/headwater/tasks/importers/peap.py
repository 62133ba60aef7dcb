"""The CSV files of PEAP: a clean and a counterfactual one, with the token at which each span begins."""

from collections.abc import Mapping
from typing import Any, Final

from headwater.errors import InvalidTask
from headwater.tasks.importers.build import Read, build, text_of
from headwater.tasks.importers.eap_ig import read_years
from headwater.tasks.source import Problems, Table
from headwater.tasks.task import Part

_PEAP_FACTS: Final = frozenset(
    [
        "prompt",
        "prompt_id",
        "length",
        "wrong_token",
        "correct_token",
        "S1_token",
        "S2_token",
        "IO_token",
        "label",
        "split",
        "top_answer",
        "top_answer_prob",
        "correct_prob",
        "wrong_prob",
    ]
) | {""}
_PEAP_SPLITS: Final[dict[str, Part]] = {
    "circuit": "train", "ablation": "train", "train": "train",
    "eval": "evaluation", "evel": "evaluation", "evaluation": "evaluation", "test": "evaluation",
}  # fmt: skip


def read_peap(clean: Table, counter: Table | None) -> Read:
    """Columns beside the known facts are spans: each holds the token where its span begins."""
    names = [name for name in clean.columns if name not in _PEAP_FACTS]
    others = _matched(clean, counter)

    def extra(line: int, row: Mapping[str, Any]) -> dict[str, Any]:
        spans = _peap_spans(line, row, names)
        return {"spans": spans, "split": _PEAP_SPLITS.get(str(row.get("split", "")).strip())}

    triples = [(line, row, other) for (line, row), other in zip(clean.rows, others, strict=True)]
    if "correct_token" not in clean.columns:
        examples, notes = read_years(triples, "prompt", "prompt", extra)
    else:
        problems, examples = Problems(), []
        for line, row, other in triples:
            examples += build(
                problems, line,
                clean_prefix=row.get("prompt"), patch_prefix=None if other is None else other.get("prompt"),
                clean_answer=row.get("correct_token"), patch_answer=text_of(row, "wrong_token"),
                **extra(line, row),
            )  # fmt: skip
        problems.raise_any()
        notes = []
    if counter is None:
        notes.append("Without the counterfactual file the examples have no patch prompts. Give both files.")
    notes.append(f"Spans: {', '.join(names)}. They count tokens of the model the file was made for.")
    return examples, notes


def _peap_spans(line: int, row: Mapping[str, Any], names: list[str]) -> dict[str, list[int]] | None:
    if not names:
        return None
    try:
        starts = [int(row[name]) for name in names]
        length = int(row["length"])
    except (KeyError, ValueError):
        raise InvalidTask(
            f"Line {line}: every span column and the column length hold whole numbers, and one of "
            f"{', '.join(names)} does not.",
            line=line,
        ) from None
    return {name: [start, end] for name, start, end in zip(names, starts, [*starts[1:], length], strict=True)}


def _matched(clean: Table, counter: Table | None) -> list[dict[str, Any] | None]:
    if counter is None:
        return [None] * len(clean.rows)
    if len(counter.rows) != len(clean.rows):
        raise InvalidTask(
            f"The clean file has {len(clean.rows):,} rows and the counterfactual file {len(counter.rows):,}: "
            "they are paired row by row, so both need the same number."
        )
    return [row for _, row in counter.rows]
