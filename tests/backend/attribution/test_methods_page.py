"""docs/methods.md has a row for every method and every metric has its sentence."""

import re
from pathlib import Path
from typing import get_args

from headwater.attribution.circuit_methods import METHODS, MetricName

PAGE = (Path(__file__).parents[3] / "docs" / "methods.md").read_text(encoding="utf-8")


def test_every_method_has_a_row() -> None:
    first_cells = re.findall(r"^\|([^|]*)\|", PAGE, re.MULTILINE)
    told = {name for cell in first_cells for name in re.findall(r"`([a-z-]+)`", cell)}

    assert told >= set(METHODS)


def test_every_method_and_setting_says_what_it_is() -> None:
    for name, kind in METHODS.items():
        assert kind.__doc__, name
        assert kind.model_fields["method"].default == name


def test_every_metric_is_explained_where_it_is_defined() -> None:
    source = Path(__file__).parents[3] / "backend" / "headwater" / "attribution" / "circuit_methods.py"
    for metric in get_args(MetricName):
        assert f"* `{metric}`" in source.read_text()
