"""Token-id tasks: for models whose tokens are no text, and for exact comparisons between tools."""

import math
from typing import Any, Final

from headwater.errors import InvalidTask
from headwater.tasks.source import Problems
from headwater.tasks.task import MAX_ANSWERS, MAX_EXAMPLES, Readout, TokenExample, TokenTask

MAX_POSITIONS: Final = 1 << 20


def read_token_task(source: dict[str, Any], name: str) -> TokenTask:
    """`{"clean": [[id]], "corrupt": [[id]], "answer": [[position, correct, wrong, weight] or several]}`."""
    clean, answers = source.get("clean"), source.get("answer")
    patch = source.get("corrupt", source.get("patch"))
    if (
        not isinstance(clean, list)
        or not isinstance(answers, list)
        or not (patch is None or isinstance(patch, list))
    ):
        raise InvalidTask(
            'The JSON object is no task. A token-id task is {"clean": [[ids]], "corrupt": [[ids]], "answer": '
            "[[position, correct id, wrong id]]}; text tasks are JSON lines with clean_prefix and others."
        )
    sizes = {len(clean), len(answers)} | (set() if patch is None else {len(patch)})
    if len(sizes) > 1:
        raise InvalidTask(
            f"clean has {len(clean)} examples, answer {len(answers)}"
            f"{'' if patch is None else f' and corrupt {len(patch)}'}: each needs as many."
        )
    if not clean:
        raise InvalidTask("The task is empty: clean is an empty list. Add examples.")
    if len(clean) > MAX_EXAMPLES:
        raise InvalidTask(f"The task has more than {MAX_EXAMPLES:,} examples. Split it.")
    problems, examples = Problems("Example"), []
    for n in range(len(clean)):
        try:
            ids = _ids(clean[n], "clean")
            other = None if patch is None else _ids(patch[n], "corrupt")
            if other is not None and len(other) != len(ids):
                raise _Wrong(
                    "corrupt", f"corrupt has {len(other)} tokens and clean {len(ids)}: a pair must match."
                )
            examples.append(TokenExample(ids, other, _readouts(answers[n], len(ids))))
        except _Wrong as error:
            problems.add(n + 1, error.field, str(error))
    problems.raise_any()
    return TokenTask(name, tuple(examples))


class _Wrong(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def _ids(value: Any, field: str) -> tuple[int, ...]:
    if not isinstance(value, list) or not value or len(value) > MAX_POSITIONS:
        raise _Wrong(field, f"{field} is not a list of token ids.")
    if not all(_is_id(one) for one in value):
        raise _Wrong(field, f"{field} holds something else than whole numbers from 0.")
    return tuple(value)


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 31


def _readouts(value: Any, length: int) -> tuple[Readout, ...]:
    if not isinstance(value, list) or not value:
        raise _Wrong("answer", "answer is not [position, correct id, wrong id].")
    several = value if isinstance(value[0], list) else [value]
    if len(several) > MAX_ANSWERS:
        raise _Wrong("answer", f"answer has more than {MAX_ANSWERS:,} readouts.")
    return tuple(_readout(one, length) for one in several)


def _readout(value: Any, length: int) -> Readout:
    form = "answer is not [position, correct id, wrong id or null, weight (1 unless given)]."
    if not isinstance(value, list) or not 3 <= len(value) <= 4:
        raise _Wrong("answer", form)
    position, correct, wrong, weight = (*value, 1.0)[:4]
    if type(position) is not int or not -length <= position < length:
        raise _Wrong("answer", f"the position {str(position)[:40]} lies outside the {length} tokens.")
    if wrong == -1:  # some writers' null
        wrong = None
    # Equal ids are allowed: an example on which both prompts have the same answer adds nothing to a mean.
    if not _is_id(correct) or not (wrong is None or _is_id(wrong)):
        raise _Wrong("answer", f"{form} The ids are whole numbers from 0.")
    if type(weight) not in (int, float) or not math.isfinite(weight) or weight == 0:
        raise _Wrong("answer", "the weight of an answer is a number other than 0.")
    return Readout(position % length, correct, wrong, float(weight))
