"""The model's own accuracy on a task, asked of the worker while a person waits."""

from base64 import b64decode
from typing import Any

from headwater.evaluation import accuracy
from headwater.jobs.tasks import WarmModels
from headwater.jobs.token_tasks import numbers_of, unpack_task


def measure_accuracy(models: WarmModels, model: str, task: str, n_total: int) -> dict[str, Any]:
    """`task`: a packed task in base64, as frames are JSON. Examples are numbered as in the task it was drawn
    from, which has `n_total`."""
    sample = unpack_task(b64decode(task))
    _, network = models.network(model)
    measured = accuracy.measure_accuracy(network, sample, models.tokenizer(model), n_total=n_total)
    numbers = numbers_of(sample)
    rows = [one.model_copy(update={"example": numbers[one.example]}) for one in measured.per_example]
    return measured.model_copy(update={"per_example": rows}).model_dump(mode="json")
