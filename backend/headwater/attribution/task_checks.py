"""What a circuit method needs of a task, said before anything is computed (no torch)."""

from headwater.attribution.circuit_methods import CircuitMethod
from headwater.errors import InvalidTask
from headwater.tasks.task import TokenTask


def check_task(task: TokenTask, method: CircuitMethod) -> None:
    """What a method needs of a task, said before anything runs."""
    if not task.examples:
        raise InvalidTask(
            f"The task {task.name!r} has no examples left to work on. Add some, or see what was dropped."
        )
    positions = getattr(method, "positions", "sum")
    if positions == "separate" and not task.has_equal_lengths:
        lengths = sorted(task.lengths)
        raise InvalidTask(
            f"Examples of {task.name!r} are {lengths[0]} to {lengths[-1]} tokens long, so position 5 is not "
            "the same place in all of them. Sum over positions, give the task spans, or keep examples of one "
            "length."
        )
    if positions == "spans" and task.span_names is None:
        raise InvalidTask(
            f"The task {task.name!r} has no spans. Mark them in the task's editor, or sum over positions."
        )
    unpaired = sum(example.patch is None for example in task.examples)
    if unpaired and getattr(method, "patch", "pair") == "pair" and method.method != "hierarchical":
        raise InvalidTask(
            f"{unpaired} of {len(task.examples)} examples of {task.name!r} have no patch prompt, and "
            f"{method.method} compares two prompts. Give every example one, or use sparse feature circuits "
            'with patch "zero".'
        )
