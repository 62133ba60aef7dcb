"""The benchmark of circuits runs every method beside its reference, and both give the same numbers."""

from argparse import Namespace

import pytest
import torch

from bench.circuits import AGREE, measure, table
from headwater.cli.bench import find_scripts


def test_ours_and_the_references_agree_on_the_bundled_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.circuits.SAMPLED", 40)
    torch.set_num_threads(1)
    given = Namespace(device="cpu", examples=2, reference_examples=1, exact=False, nodes=6, threads=1)

    found = measure("brook", given, lambda text: None)

    compared = {row["method"]: row["largest_difference"] for row in found["rows"] if row["reference"]}
    assert {name.partition(",")[0].partition(":")[0] for name in compared} == {
        "EAP",
        "EAP-IG inputs",
        "EAP-IG activations",
        "position-aware edges",
        "exact patching of every edge",
        "feature circuit",
    }
    assert max(compared.values()) < AGREE
    assert all(row["seconds"] > 0 for row in found["rows"])
    told = table({"machine": "here", "threads": 1, "cases": {"brook": found}})
    assert told.count("\n| ") == len(found["rows"]) + 1


def test_it_is_part_of_make_bench() -> None:
    scripts = find_scripts()

    assert "bench.circuits" in scripts
    assert "bench.truth" not in scripts
