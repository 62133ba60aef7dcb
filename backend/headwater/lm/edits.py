"""Changing an activation at a site while the model runs, whatever shape its hook has."""

from collections.abc import Callable, Iterable

from torch import Tensor

from headwater.lm.model import Edit
from headwater.lm.sites import RESID_MID, RESID_PRE, hook_name

SiteEdit = Callable[[Tensor], Tensor | None]
"""Shown `[pos, width]`; what it returns takes its place, None leaves it."""


def edit_site(layer: int, site: str, edit: SiteEdit) -> list[tuple[str, Edit]]:
    """(hook, edit) pairs that apply `edit` at one site; combine several with `chain`."""
    if site == RESID_MID:
        return _edit_resid_mid(layer, edit)

    def flat(value: Tensor) -> Tensor | None:
        changed = edit(value.flatten(1))
        return None if changed is None else changed.view_as(value)

    return [(hook_name(layer, site), flat)]


def _edit_resid_mid(layer: int, edit: SiteEdit) -> list[tuple[str, Edit]]:
    """No hook is on the sum itself (what the norm reads is a branch): its last summand takes the change."""
    pre: list[Tensor] = []

    def hold(value: Tensor) -> None:
        pre[:] = [value]

    def add(attn_out: Tensor) -> Tensor | None:
        changed = edit(pre[0] + attn_out)
        return None if changed is None else changed - pre[0]

    return [(hook_name(layer, RESID_PRE), hold), (f"blocks.{layer}.attn.hook_out", add)]


def chain(edits: Iterable[tuple[str, Edit]]) -> dict[str, Edit]:
    """One edit per hook: those at the same hook apply in order."""
    at: dict[str, list[Edit]] = {}
    for name, edit in edits:
        at.setdefault(name, []).append(edit)
    return {name: _one_after_another(several) for name, several in at.items()}


def _one_after_another(edits: list[Edit]) -> Edit:
    def edit(value: Tensor) -> Tensor | None:
        changed: Tensor | None = None
        for one in edits:
            result = one(value if changed is None else changed)
            changed = changed if result is None else result
        return changed

    return edit
