"""Columns of a JSON document from outside, checked before numpy sees them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from headwater.graph.check import require


def list_column(document: dict[str, Any], part: str, column: str) -> list[Any]:
    columns = document.get(part)
    require(isinstance(columns, dict), f'it has no "{part}"')
    assert isinstance(columns, dict)
    values = columns.get(column)
    require(isinstance(values, list), f'"{part}" has no column "{column}"')
    assert isinstance(values, list)
    return values


def text_column(document: dict[str, Any], part: str, column: str) -> list[str]:
    values = list_column(document, part, column)
    fits = all(isinstance(value, str) for value in values)
    require(fits, f'column "{column}" of "{part}" holds something other than text')
    return values


def whole_column(document: dict[str, Any], part: str, column: str, dtype: Any) -> NDArray[Any]:
    values = list_column(document, part, column)
    limits = np.iinfo(dtype)
    fits = all(type(value) is int and limits.min <= value <= limits.max for value in values)
    require(fits, f'column "{column}" of "{part}" holds something other than whole numbers')
    return np.array(values, dtype)


def real_column(
    document: dict[str, Any], part: str, column: str, *, missing: bool = False
) -> NDArray[np.float32]:
    """`missing`: null is allowed, and is NaN."""
    values = list_column(document, part, column)
    fits = all(
        (type(value) in (int, float) and abs(value) < 3.4e38) or (missing and value is None)
        for value in values
    )
    require(fits, f'column "{column}" of "{part}" holds something other than numbers')
    return np.array([np.nan if value is None else value for value in values], np.float32)
