"""Would it fit? Refused in words before the machine is full."""

from pathlib import Path

import pytest

from headwater.errors import NotEnoughMemory
from headwater.jobs import memory
from headwater.jobs.memory import CheckedProgress
from headwater.settings import Settings


def checked(tmp_path: Path, limit_mib: int) -> CheckedProgress:
    return CheckedProgress(Settings(data=tmp_path, memory_limit_mib=limit_mib), lambda *_: None)


def test_what_was_measured_on_brook_is_foreseen(tmp_path: Path) -> None:
    """64 tokens, 9,376 active features, all explained: a thousand MiB at the end."""
    progress = checked(tmp_path, 1000)
    progress("encoding features", 9376, 9376)

    with pytest.raises(NotEnoughMemory, match=r"9,385 features to explain; their edges need 1,00\d MiB"):
        progress("tracing", 48, 9385)


def test_a_cap_does_not_hide_that_rows_hold_every_active_feature(tmp_path: Path) -> None:
    """256 tokens, 2,000 features of 37,303: 366 MiB while tracing, however few edges there are at last."""
    progress = checked(tmp_path, 250)
    progress("encoding features", 37303, 37303)

    with pytest.raises(NotEnoughMemory):
        progress("tracing", 48, 2005)


def test_what_fits_goes_on(tmp_path: Path) -> None:
    progress = checked(tmp_path, 1100)
    progress("encoding features", 9376, 9376)
    progress("tracing", 48, 9385)
    progress("tracing", 9385, 9385)


def test_a_view_of_a_huge_graph_is_refused_in_words(tmp_path: Path) -> None:
    """240 tokens of brook, everything explained: 19.6 GB were taken until the kernel stepped in."""
    settings = Settings(data=tmp_path, memory_limit_mib=16_000)

    memory.check_view(settings, 10_000_000)
    with pytest.raises(NotEnoughMemory, match=r"388,000,000 edges.*default thresholds is stored"):
        memory.check_view(settings, 388_000_000)


@pytest.mark.parametrize(
    ("used", "stat", "left"), [(990, "anon 90\ninactive_file 900\n", 910), (1000, "anon 1000\n", 0)]
)
def test_a_containers_file_cache_counts_as_free(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, used: int, stat: str, left: int
) -> None:
    for name, text in {"max": "1000\n", "current": f"{used}\n", "stat": stat}.items():
        (tmp_path / f"memory.{name}").write_text(text)
    monkeypatch.setattr(memory, "CGROUP", tmp_path)

    assert memory.memory_limit(Settings(data=tmp_path))[0] == left
