"""From text to what one model reads: token ids, readouts and spans, and the reason for each example dropped.

An answer is one token, and adding it leaves the prompt's own tokens alone (as sparse feature circuits demand:
`tok(prefix) + tok(answer) == tok(prefix + answer)`); otherwise the logit asked for is not the answer's.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from headwater.errors import HeadwaterError, InvalidTask
from headwater.lm.registry import ModelEntry
from headwater.lm.tokenizer import Tokenizer, load_tokenizer
from headwater.tasks.task import START, Example, Readout, Task, TokenExample, TokenTask


@dataclass(frozen=True)
class Dropped:
    """`line`: the example's number in the task, from 1. `field`: what is wrong with it."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True)
class Resolution:
    """`kept[i]` is the number (from 0) that example i of `task` had before others were dropped."""

    task: TokenTask
    kept: tuple[int, ...]
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...] = ()


class _Unusable(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def resolve(
    task: Task | TokenTask,
    entry: ModelEntry,
    tokenizer: Tokenizer | None = None,
    *,
    use_spans: bool = True,
    cancelled: Callable[[], bool] | None = None,
) -> Resolution:
    """The task as `entry` reads it. InvalidTask when no example can be used.

    `tokenizer`: the model's, if at hand. `use_spans=False` reads a task whose spans were made for another
    tokenizer. 100,000 examples take about fifteen seconds, nearly all of it tokenisation.
    """
    if not task.examples:
        raise InvalidTask(
            f"The task {task.name} is empty. Add examples: one line of the file is one example."
        )
    if isinstance(task, TokenTask):
        found, dropped = _checked(task, entry)
        notes: tuple[str, ...] = ()
        names, texts = task.span_names if use_spans else None, None
    else:
        reader = _Reader(tokenizer or load_tokenizer(entry), use_spans)
        found, dropped = _read_all(task, reader, cancelled)
        notes, names = reader.notes(), None
        if use_spans:
            names = next((tuple(task.examples[n].spans or {}) for n, one in found if one.spans), None)
        texts = tuple(reader.texts(one.clean) for _, one in found)
    if not found:
        raise _nothing_left(task, entry, dropped)
    if names is not None and not isinstance(task, TokenTask):
        names = (START, *names)
    examples = tuple(one if names else replace(one, spans=None) for _, one in found)
    resolved = TokenTask(task.name, examples, names, texts)
    return Resolution(resolved, tuple(n for n, _ in found), tuple(dropped), notes)


def _read_all(
    task: Task, reader: "_Reader", cancelled: Callable[[], bool] | None
) -> tuple[list[tuple[int, TokenExample]], list[Dropped]]:
    from headwater.errors import JobCancelled

    alike = _Alike(task, reader.use_spans)
    found, dropped = [], []
    for n, example in enumerate(task.examples):
        if cancelled is not None and n % 1000 == 0 and cancelled():
            raise JobCancelled("Reading the task was cancelled.")
        try:
            alike.check(example)
            found.append((n, reader.read(example)))
        except _Unusable as error:
            dropped.append(Dropped(n + 1, error.field, error.reason))
    return found, dropped


class _Alike:
    """A task is all paired or all unpaired, and has the same spans in all examples: what most of them are."""

    def __init__(self, task: Task, use_spans: bool) -> None:
        self.paired = Counter(one.patch_prefix is not None for one in task.examples).most_common(1)[0][0]
        spans = Counter(tuple(one.spans or ()) for one in task.examples)
        self.spans = spans.most_common(1)[0][0] if use_spans else None

    def check(self, example: Example) -> None:
        if (example.patch_prefix is not None) != self.paired:
            has, others = ("no", "a") if self.paired else ("a", "no")
            raise _Unusable(
                "patch_prefix",
                f"It has {has} patch prompt, while most examples have {others if others == 'a' else 'none'}.",
            )
        names = tuple(example.spans or ())
        if self.spans is not None and names != self.spans:
            raise _Unusable(
                "spans", f"Its spans are {_listed(names)}, while most examples have {_listed(self.spans)}."
            )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names) or "missing"


class _Reader:
    def __init__(self, tokenizer: Tokenizer, use_spans: bool) -> None:
        self.tokenizer = tokenizer
        self.use_spans = use_spans
        self._left_out: Counter[str] = Counter()
        self._glued: list[tuple[str, str]] = []
        self._texts: dict[int, str] = {}

    def read(self, example: Example) -> TokenExample:
        clean = self._prompt("clean_prefix", example.clean_prefix)
        patch = None
        if example.patch_prefix is not None:
            patch = self._prompt("patch_prefix", example.patch_prefix)
            if len(clean) != len(patch):
                raise _Unusable(
                    "patch_prefix",
                    f"The clean prompt is {len(clean)} tokens long and the patch prompt {len(patch)}: a pair "
                    "must match token by token.",
                )
        return TokenExample(
            tuple(clean),
            None if patch is None else tuple(patch),
            self._readouts(example, clean),
            self._spans(example, len(clean)),
            example.case,
            example.split,
        )

    def _prompt(self, field: str, text: str) -> list[int]:
        try:
            return self.tokenizer.encode(text)
        except HeadwaterError as error:
            raise _Unusable(field, error.detail) from None

    def _readouts(self, example: Example, clean: list[int]) -> tuple[Readout, ...]:
        position = len(clean) - 1
        if example.clean_prefix[-1].isalpha() and example.right[0][0].isalpha():
            self._glued.append((example.clean_prefix.split()[-1][-20:], example.right[0]))
        if not example.clean_answers and not example.patch_answers:
            correct = self._one_token("clean_answer", example.clean_prefix, clean, example.clean_answer)
            if example.patch_answer is None:
                return (Readout(position, correct),)
            wrong = self._one_token("patch_answer", example.clean_prefix, clean, example.patch_answer)
            if correct == wrong:
                raise _Unusable("patch_answer", f'Both answers are the token "{example.clean_answer}".')
            return (Readout(position, correct, wrong),)
        right = self._list("clean_answers", example.clean_prefix, clean, example.right)
        wrongs = self._list("patch_answers", example.clean_prefix, clean, example.wrong)
        if both := set(right) & set(wrongs):
            text = self.tokenizer.tokens([min(both)])[0]
            raise _Unusable("patch_answers", f'"{text}" is among the right and the wrong answers.')
        return (
            *(Readout(position, token, None, 1 / len(right)) for token in right),
            *(Readout(position, token, None, -1 / len(wrongs)) for token in wrongs),
        )

    def _list(self, field: str, prefix: str, clean: list[int], answers: tuple[str, ...]) -> list[int]:
        """Answers that do not join on as one token are left out of a list, and counted; one must remain."""
        found: dict[int, None] = {}
        for answer in answers:
            try:
                found[self._one_token(field, prefix, clean, answer)] = None
            except _Unusable as error:
                reason = error.reason
                self._left_out[answer] += 1
        if answers and not found:
            raise _Unusable(field, f"None of the {len(answers)} answers is one token. {reason}")
        return list(found)

    def _one_token(self, field: str, prefix: str, clean: list[int], answer: str) -> int:
        try:
            ids = self.tokenizer.encode(prefix + answer, any_length=True)
        except HeadwaterError as error:
            raise _Unusable(field, error.detail) from None
        if ids[: len(clean)] != clean:
            raise _Unusable(
                field,
                f'"{answer}" grows together with the end of the prompt "…{prefix[-20:]}" into other tokens'
                f"{self._space_hint(prefix, answer)}.",
            )
        if len(ids) != len(clean) + 1:
            pieces = ", ".join(f'"{text}"' for text in self.tokenizer.tokens(ids[len(clean) :])[:8])
            raise _Unusable(
                field,
                f'"{answer}" is {len(ids) - len(clean)} tokens for {self.tokenizer.model} ({pieces}); an '
                f"answer is exactly one{self._space_hint(prefix, answer)}.",
            )
        return ids[-1]

    @staticmethod
    def _space_hint(prefix: str, answer: str) -> str:
        if prefix[-1:].isspace() or answer[:1].isspace() or not answer[:1].isalnum():
            return (
                ". Does the prompt end with a space that belongs to the answer?" if prefix[-1:] == " " else ""
            )
        return f'. Did you mean " {answer}" with a space in front?'

    def _spans(self, example: Example, length: int) -> tuple[int, ...] | None:
        """Number 0 is the start token's own."""
        if not self.use_spans or example.spans is None:
            return None
        end = max(end for _, end in example.spans.values())
        if end != length:
            raise _Unusable(
                "spans",
                f"Its spans end at token {end}, but {self.tokenizer.model} reads {length} tokens: spans "
                "cover every token. Were they made for another tokenizer?",
            )
        sizes = [stop - first for first, stop in example.spans.values()]
        return (0, *(number for number, size in enumerate(sizes, 1) for _ in range(size)))

    def texts(self, ids: tuple[int, ...]) -> tuple[str, ...]:
        for new in set(ids) - self._texts.keys():
            self._texts[new] = self.tokenizer.tokens([new])[0]
        return tuple(self._texts[id] for id in ids)

    def notes(self) -> tuple[str, ...]:
        return (*self._left_out_note(), *self._glued_note())

    def _glued_note(self) -> tuple[str, ...]:
        """One token it may be, but hardly what was meant."""
        if not self._glued:
            return ()
        (word, answer), n = self._glued[0], len(self._glued)
        what = "1 prompt runs into its answer" if n == 1 else f"{n:,} prompts run into their answers"
        return (f'{what} without a space, e.g. "{word}" + "{answer}". Did you mean " {answer}"?',)

    def _left_out_note(self) -> tuple[str, ...]:
        if not self._left_out:
            return ()
        some = ", ".join(f'"{answer}" ({n:,} times)' for answer, n in self._left_out.most_common(5))
        more = ", ..." if len(self._left_out) > 5 else ""
        return (f"Answers of lists left out because they are not one token after the prompt: {some}{more}.",)


def _checked(task: TokenTask, entry: ModelEntry) -> tuple[list[tuple[int, TokenExample]], list[Dropped]]:
    """A token-id task has no text to judge: ids and positions must exist in the model."""
    outputs = entry.config.get("d_vocab_out")
    outputs = outputs if isinstance(outputs, int) and outputs > 0 else entry.d_vocab
    found, dropped = [], []
    for n, one in enumerate(task.examples):
        try:
            _check_ids(one, entry, outputs)
            found.append((n, one))
        except _Unusable as error:
            dropped.append(Dropped(n + 1, error.field, error.reason))
    return found, dropped


def _check_ids(one: TokenExample, entry: ModelEntry, outputs: int) -> None:
    if len(one.clean) > entry.n_ctx:
        raise _Unusable(
            "clean", f"It is {len(one.clean):,} tokens long and {entry.name} reads at most {entry.n_ctx:,}."
        )
    for field, ids in (("clean", one.clean), ("patch", one.patch or ())):
        if max(ids, default=0) >= entry.d_vocab:
            raise _Unusable(field, f"{entry.name} has tokens 0 to {entry.d_vocab - 1}, and no {max(ids)}.")
    answers = [r.correct for r in one.readouts] + [r.wrong for r in one.readouts if r.wrong is not None]
    if max(answers) >= outputs:
        raise _Unusable("answer", f"{entry.name} answers with tokens 0 to {outputs - 1}, not {max(answers)}.")


def _nothing_left(task: Task | TokenTask, entry: ModelEntry, dropped: list[Dropped]) -> InvalidTask:
    count = Counter(one.field for one in dropped).most_common(1)[0]
    first = next(one for one in dropped if one.field == count[0])
    n = len(dropped)
    every = "Its one example" if n == 1 else f"None of the {n:,} examples of the task {task.name}"
    tail = f" Most often it is the field {count[0]} ({count[1]:,} times)." if n > 1 else ""
    verb = "cannot be used" if n == 1 else "can be used"
    return InvalidTask(
        f"{every} {verb} with {entry.name}. Example {first.line}: {first.reason}{tail}",
        problems=[{"line": one.line, "field": one.field, "reason": one.reason} for one in dropped[:20]],
        n_dropped=n,
    )
