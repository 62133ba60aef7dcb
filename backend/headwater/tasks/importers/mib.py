"""Rows of the MIB benchmark's data sets: a prompt, its choices, and several counterfactuals."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from headwater.tasks.importers.build import Read, build, spaced
from headwater.tasks.source import Problems, Row

_MIB_PATCHES: Final = ("s2_io_flip_counterfactual", "symbol_counterfactual", "random_counterfactual")
"""What the benchmark itself takes for indirect objects, multiple choice and arithmetic."""


def read_mib(rows: Sequence[Row]) -> Read:
    found = [name for name in rows[0][1] if name.endswith("_counterfactual")]
    chosen = next((name for name in _MIB_PATCHES if name in found), found[0])
    problems, examples = Problems(), []
    for line, row in rows:
        other = row.get(chosen)
        if not isinstance(other, dict):
            problems.add(line, chosen, f"{chosen} is missing.")
            continue
        told = row.get("metadata")
        facts = told if isinstance(told, dict) else {}
        right, wrong = (spaced(facts.get(key)) for key in ("indirect_object", "subject"))
        examples += build(
            problems, line,
            clean_prefix=row.get("prompt"), patch_prefix=other.get("prompt"),
            clean_answer=right or _choice(row), patch_answer=wrong or _choice(other),
        )  # fmt: skip
    problems.raise_any()
    left = [name for name in found if name != chosen]
    return examples, [f"The patch prompt is {chosen}{'; not used: ' + ', '.join(left) if left else ''}."]


def _choice(row: Mapping[str, Any]) -> str | None:
    """The right one of `choices` (a list, or {"label": list}), else the label."""
    choices, key = row.get("choices"), row.get("answerKey")
    if isinstance(choices, dict):
        choices = choices.get("label")
    if isinstance(choices, list) and isinstance(key, int) and 0 <= key < len(choices):
        text = str(choices[key])
        return text if isinstance(row.get("choices"), dict) else f" {text.strip()}"
    return None if row.get("label") is None else str(row["label"])
