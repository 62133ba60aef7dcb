"""The one default that depends on the machine."""

from pathlib import Path

import pytest

from headwater import settings


@pytest.mark.parametrize(
    ("driver", "torch", "device"),
    [
        (True, "2.13.0+cu130", "cuda"),
        (True, "2.13.0", "cuda"),
        (True, "2.13.0+cpu", "cpu"),
        (False, "2.13.0", "cpu"),
    ],
)
def test_a_gpu_is_used_where_driver_and_build_are_there(
    driver: bool, torch: str, device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").touch()
    monkeypatch.setattr(settings, "NVIDIA_DRIVER", tmp_path / ("here" if driver else "missing"))
    monkeypatch.setattr(settings, "version", lambda package: torch)

    assert settings.default_device() == device


def test_the_environment_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_DEVICE", "cuda:1")

    assert settings.Settings().device == "cuda:1"
