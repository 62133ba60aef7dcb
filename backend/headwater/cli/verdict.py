"""What a self-check says: a figure, what it has to be, and whether it is."""

import math
from dataclasses import dataclass
from typing import Any

from headwater.errors import HeadwaterError


@dataclass(frozen=True)
class Check:
    """`figure` was measured; `limit` says in words what it has to be. A warning passes, and is told."""

    name: str
    what: str
    figure: float | str
    limit: str
    passed: bool
    warning: bool = False

    @property
    def verdict(self) -> str:
        return "FAILED" if not self.passed else "warning" if self.warning else "ok"

    def as_json(self) -> dict[str, Any]:
        """JSON knows no infinities: a figure that is not finite is told as text."""
        figure = (
            self.figure if isinstance(self.figure, str) or math.isfinite(self.figure) else str(self.figure)
        )
        return {**vars(self), "figure": figure, "verdict": self.verdict}

    def as_row(self) -> list[str]:
        figure = self.figure if isinstance(self.figure, str) else f"{self.figure:.3g}"
        return [self.name, self.what, figure, self.limit, self.verdict]


def below(name: str, what: str, figure: float, limit: float) -> Check:
    return Check(name, what, figure, f"< {limit:.3g}", bool(figure < limit))


def above(name: str, what: str, figure: float, limit: float) -> Check:
    """Of what is expected and no law: short of it is told, and passes."""
    return Check(name, what, figure, f">= {limit:.3g}", passed=True, warning=not figure >= limit)


def not_applicable(name: str, what: str, why: str) -> Check:
    return Check(name, what, why, "not applicable", passed=True)


def failure(name: str, what: str, error: HeadwaterError) -> Check:
    return Check(name, what, error.detail, "loads", passed=False)
