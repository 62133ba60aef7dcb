"""The words of tasks. `Task` is text, as people write it; `TokenTask` is token ids, as models read it.

A metric is a weighted sum of readouts: `weight * (logit(correct) - logit(wrong))` at one position, or
`weight * logit(correct)` where there is no wrong token. An example with one answer on each side has one
readout; one with many (all years above 52, all up to 52) has one for every answer, weights +1/n and -1/n.
"""

import hashlib
import json
import random
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, field_validator

from headwater.errors import InvalidTask

MAX_EXAMPLES: Final = 250_000
MAX_SPANS: Final = 64
MAX_ANSWERS: Final = 1_000
START: Final = "start"
"""The bin of the start token. Spans never cover it, so no span may bear this name."""

Part = Literal["train", "evaluation"]
Text = Annotated[StrictStr, Field(min_length=1, max_length=32_000)]
Answer = Annotated[StrictStr, Field(min_length=1, max_length=200)]
SpanName = Annotated[StrictStr, Field(min_length=1, max_length=40, pattern=r"^[^@\x00-\x1f\x7f]+$")]
"""`@` separates a node from its bin in node names."""
TokenIndex = Annotated[StrictInt, Field(ge=0, le=1_000_000)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Example(_Frozen):
    """A clean and a patch prompt with the answers to tell apart, as text. Leading spaces of answers count.

    Without `patch_prefix` the example is unpaired; without `patch_answer` the metric is the logit of the
    clean answer alone. `clean_answers` and `patch_answers` are for several right (wrong) answers: the metric
    is then the mean logit of the first minus that of the second; where one is missing, the single answer's.
    """

    clean_prefix: Text
    patch_prefix: Text | None = None
    clean_answer: Answer
    patch_answer: Answer | None = None
    clean_answers: Annotated[tuple[Answer, ...], Field(max_length=MAX_ANSWERS)] = ()
    patch_answers: Annotated[tuple[Answer, ...], Field(max_length=MAX_ANSWERS)] = ()
    case: Annotated[StrictStr, Field(max_length=200)] = ""
    spans: Annotated[dict[SpanName, tuple[TokenIndex, TokenIndex]], Field(max_length=MAX_SPANS)] | None = None
    """Name -> [first, end) in token positions, the start token being 0: in order, no gaps, from 1 on."""
    split: Part | None = None
    """Where a split puts this example; None leaves it to chance."""

    @field_validator("spans")
    @classmethod
    def _spans_follow_each_other(
        cls, spans: dict[str, tuple[int, int]] | None
    ) -> dict[str, tuple[int, int]] | None:
        at = 1
        for name, (first, end) in (spans or {}).items():
            if name == START:
                raise ValueError(
                    f'a span may not be called "{START}": that is the start token\'s own place. Rename it.'
                )
            if first != at:
                raise ValueError(
                    f'span "{name}" begins at token {first}, but should begin at {at}: spans follow each '
                    "other without gap or overlap, the first one at token 1 (token 0 is the start token)."
                )
            if end < first:
                raise ValueError(f'span "{name}" ends at {end}, before it begins at {first}.')
            at = end
        return spans or None

    @property
    def right(self) -> tuple[str, ...]:
        return self.clean_answers or (self.clean_answer,)

    @property
    def wrong(self) -> tuple[str, ...]:
        return self.patch_answers or ((self.patch_answer,) if self.patch_answer is not None else ())


class Task(_Frozen):
    """Examples of one behaviour, as text: not bound to a model."""

    name: Annotated[StrictStr, Field(min_length=1, max_length=100)]
    title: Annotated[StrictStr, Field(max_length=200)] = ""
    description: Annotated[StrictStr, Field(max_length=5_000)] = ""
    source: Annotated[StrictStr, Field(max_length=1_000)] = ""
    examples: Annotated[tuple[Example, ...], Field(max_length=MAX_EXAMPLES)] = ()

    @property
    def cases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.case for one in self.examples if one.case))

    @property
    def has_spans(self) -> bool:
        return any(one.spans is not None for one in self.examples)


@dataclass(frozen=True)
class Readout:
    """`weight * (logit(correct) - logit(wrong))` at `position`; without `wrong` that of `correct` alone."""

    position: int
    correct: int
    wrong: int | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class TokenExample:
    """`clean` and `patch` are equally long. `spans`: each position's number in `TokenTask.span_names`."""

    clean: tuple[int, ...]
    patch: tuple[int, ...] | None
    readouts: tuple[Readout, ...]
    spans: tuple[int, ...] | None = None
    case: str = ""
    split: Part | None = None

    @cached_property
    def key(self) -> str:
        """What the example is, whatever its case and split: for the order of chance and for duplicates."""
        value = [self.clean, self.patch, [[r.position, r.correct, r.wrong, r.weight] for r in self.readouts]]
        return json.dumps(value, separators=(",", ":"))


@dataclass(frozen=True)
class TokenTask:
    """A task as one model reads it. `span_names` begins with "start" where token 0 is the start token.

    `tokens`: the clean prompts' tokens as text, where a tokenizer is known.
    """

    name: str
    examples: tuple[TokenExample, ...]
    span_names: tuple[str, ...] | None = None
    tokens: tuple[tuple[str, ...], ...] | None = None

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything a result can depend on: not the task's name, nor how tokens are spelt."""
        digest = hashlib.sha256(json.dumps(self.span_names).encode())
        for one in self.examples:
            digest.update(f"\n{one.key}{json.dumps([one.spans, one.case, one.split])}".encode())
        return digest.hexdigest()

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(len(one.clean) for one in self.examples)

    @property
    def has_equal_lengths(self) -> bool:
        return len(set(self.lengths)) <= 1

    @property
    def is_paired(self) -> bool:
        return all(one.patch is not None for one in self.examples)

    def select(self, numbers: list[int]) -> "TokenTask":
        """These examples, in this order."""
        examples = tuple(self.examples[n] for n in numbers)
        tokens = None if self.tokens is None else tuple(self.tokens[n] for n in numbers)
        return replace(self, examples=examples, tokens=tokens)

    def take(self, n: int, seed: int = 0) -> "TokenTask":
        """`n` examples drawn by `seed`, in their own order; all of them when there are no more."""
        if n < 1:
            raise InvalidTask(f"{n} examples were asked for. Ask for at least one.")
        if n >= len(self.examples):
            return self
        rng = random.Random(seed)  # noqa: S311  (which examples are looked at is no secret)
        return self.select(sorted(rng.sample(range(len(self.examples)), n)))

    def split(self, evaluation_share: float = 0.3, seed: int = 0) -> tuple["TokenTask", "TokenTask"]:
        """(train, evaluation). Marked examples go where they say; the others by the hash of their content.

        The share is exact to one example, equal examples stay together, and few examples change sides when
        others are appended. Where a task is marked, `evaluation_share` is of what is not.
        """
        if not 0 < evaluation_share < 1:
            raise InvalidTask(
                f"The evaluation share is {evaluation_share}; it lies between 0 and 1, for example 0.3."
            )
        if len(self.examples) < 2:
            raise InvalidTask(
                f"The task {self.name} has one example, which can be traced but not split: what was found on "
                "an example cannot be tested on the same one. Add examples.",
                examples=len(self.examples),
            )
        marked = [n for n, one in enumerate(self.examples) if one.split == "evaluation"]
        free = [n for n, one in enumerate(self.examples) if one.split is None]
        evaluation = set(marked) | self._draw(free, evaluation_share, seed)
        train = [n for n in range(len(self.examples)) if n not in evaluation]
        if not train or not evaluation:
            raise InvalidTask(
                f"The task {self.name} cannot be split: all its examples are "
                f"{'the same' if free else 'marked for one side'}. Add others, or change their `split`."
            )
        return self.select(train), self.select(sorted(evaluation))

    def _draw(self, numbers: list[int], share: float, seed: int) -> set[int]:
        rank = {n: hashlib.sha256(f"{seed}\n{self.examples[n].key}".encode()).digest() for n in numbers}
        groups: dict[bytes, list[int]] = {}
        for n in sorted(numbers, key=lambda n: rank[n]):
            groups.setdefault(rank[n], []).append(n)
        wanted = min(max(1, round(share * len(numbers))), len(numbers) - 1)
        drawn: set[int] = set()
        for group in list(groups.values())[:-1]:  # the last group is always left to the other side
            if len(drawn) >= wanted:
                break
            drawn.update(group)
        return drawn
