"""How well a model does a task by itself, as data. `evaluation/accuracy.py` measures it.

A circuit of what the model cannot do explains little, so this is looked at first.
"""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, Field


class ExampleAccuracy(BaseModel):
    """`correct` is None where no answer is wrong; what is about the patch prompt, where there is none."""

    example: int = Field(description="Its number in the task, from 0.")
    case: str
    metric: float = Field(
        description="Logit of the clean answer less that of the patch answer, clean prompt."
    )
    correct: bool | None = Field(description="Whether the clean answer beats the patch answer.")
    top1: bool = Field(description="Whether a clean answer is the likeliest token of all.")
    predicted: str = Field(description="The likeliest token.")
    metric_patch: float | None = Field(description="The same metric on the patch prompt.")
    flipped: bool | None = Field(description="Whether the patch answer wins on the patch prompt.")


class CaseAccuracy(BaseModel):
    """Shares and means over some examples; None where none of them has the figure."""

    case: str
    n: int
    accuracy: float | None
    top1: float | None
    mean_metric: float | None
    accuracy_patch: float | None
    mean_metric_patch: float | None


class TaskAccuracy(BaseModel):
    """`n_total`: how many examples there were to measure. `by_case`: cases in the order they appear."""

    n: int
    n_total: int
    accuracy: float | None
    top1: float | None
    mean_metric: float | None
    accuracy_patch: float | None
    mean_metric_patch: float | None
    by_case: list[CaseAccuracy]
    per_example: list[ExampleAccuracy]


def summarise(found: Sequence[ExampleAccuracy], n_total: int) -> TaskAccuracy:
    whole = _over("", found).model_dump(exclude={"case", "n"})
    cases = dict.fromkeys(one.case for one in found)
    parts = [_over(case, [one for one in found if one.case == case]) for case in cases]
    return TaskAccuracy(n=len(found), n_total=n_total, by_case=parts, per_example=list(found), **whole)


def _over(case: str, found: Sequence[ExampleAccuracy]) -> CaseAccuracy:
    return CaseAccuracy(
        case=case,
        n=len(found),
        accuracy=_mean(one.correct for one in found),
        top1=_mean(one.top1 for one in found),
        mean_metric=_mean(one.metric for one in found),
        accuracy_patch=_mean(one.flipped for one in found),
        mean_metric_patch=_mean(one.metric_patch for one in found),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None
