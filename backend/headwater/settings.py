"""Every option, each with a sentence. Read from `HEADWATER_*` environment variables.

`docs/settings.md` is written from this file (`python -m headwater.settings`), and a test
fails when the two differ.
"""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from headwater.errors import InvalidSetting

NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


def _data_folder() -> Path:
    return user_data_path("headwater", appauthor=False)


def _half_the_cores() -> int:
    return max(1, (os.cpu_count() or 1) // 2)


def default_device() -> str:
    """cuda where an NVIDIA driver runs and torch is not the CPU build; told without importing torch."""
    try:
        is_cpu_build = version("torch").endswith("+cpu")
    except PackageNotFoundError:
        is_cpu_build = True
    return "cuda" if NVIDIA_DRIVER.exists() and not is_cpu_build else "cpu"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="HEADWATER_", extra="forbid", frozen=True, env_ignore_empty=True, allow_inf_nan=False
    )

    data: Path = Field(
        default_factory=_data_folder,
        description="Folder that holds the database, the graphs and registered models. "
        "The default is the user's data directory.",
    )
    host: str = Field(
        default="127.0.0.1", description="Address the server listens on; the default is this machine only."
    )
    port: int = Field(
        default=8765, ge=0, le=65535, description="Port the server listens on; 0 picks a free one."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Host names, separated by commas, that browsers may use besides this machine's own "
        "(localhost, 127.0.0.1, ::1). Others are refused, which stops DNS rebinding.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much the server and its worker write to standard error."
    )
    frontend: Path | None = Field(
        default=None,
        description="Folder of the built page; by default the packaged one, or frontend/dist of a checkout.",
    )
    default_model: str = Field(default="brook", description="Model that the worker loads at start.")
    device: str = Field(
        default_factory=default_device,
        pattern=r"^(cpu|cuda(:\d+)?)$",
        description="Where models run: cpu, cuda or cuda:N.",
    )
    worker: bool = Field(
        default=True, description="Start the model worker with the server. Off serves stored graphs only."
    )
    worker_threads: int = Field(
        default_factory=_half_the_cores,
        ge=1,
        le=1024,
        description="CPU threads that models are computed with. The other half is for the browser: threads "
        "that wait for a busy core are slower than none.",
    )
    worker_nice: int = Field(
        default=5, ge=0, le=19, description="How far the worker yields the CPU to the server (nice)."
    )
    worker_memory_mib: int | None = Field(
        default=None,
        ge=256,
        description="Hard limit on the worker's memory (RLIMIT_DATA); unset is no limit.",
    )
    models_in_memory: int = Field(
        default=2, ge=1, le=64, description="How many models the worker keeps warm."
    )
    memory_limit_mib: int | None = Field(
        default=None,
        ge=64,
        description="Memory a single trace may be estimated to need before it is refused; "
        "unset compares with the memory that is free.",
    )
    max_prompt_tokens: int = Field(
        default=512, ge=1, le=65536, description="Longest prompt that is traced, in tokens."
    )
    max_body_kib: int = Field(default=1024, ge=1, le=1_048_576, description="Largest request body accepted.")
    max_task_kib: int = Field(
        default=65_536, ge=1, le=1_048_576, description="Largest body accepted for a task of examples."
    )
    max_queue: int = Field(
        default=100, ge=1, le=100_000, description="Jobs that may wait before new ones are refused."
    )
    lease_s: float = Field(
        default=20,
        ge=0.5,
        le=3600,
        description="How long a job stays with a worker that has stopped answering.",
    )
    call_timeout_s: float = Field(
        default=60,
        ge=1,
        le=3600,
        description="How long a page waits for next-token probabilities or an intervention.",
    )
    cancel_grace_s: float = Field(
        default=10,
        ge=0.1,
        le=3600,
        description="How long a cancelled job may take to stop before the worker is restarted.",
    )
    view_cache_mib: int = Field(
        default=512,
        ge=1,
        le=1_048_576,
        description="Memory for decoded graphs and for views at other thresholds.",
    )

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("data", "frontend")
    @classmethod
    def _make_absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else value

    @property
    def database(self) -> Path:
        return self.data / "headwater.sqlite3"

    @property
    def blobs(self) -> Path:
        return self.data / "blobs"

    @property
    def models(self) -> Path:
        """Registered models: one folder each, with a `headwater.json`."""
        return self.data / "models"


def load_settings(**overrides: Any) -> Settings:
    """The environment's settings with `overrides` on top; a bad value is one plain sentence."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        given = f"HEADWATER_{name.upper()} ({name}) is {first['input']!r}"
        raise InvalidSetting(f"{given}: {first['msg']}. See docs/settings.md for its range.") from None


def render_docs() -> str:
    """`docs/settings.md`, whole."""
    rows = [
        f"| `HEADWATER_{name.upper()}` | {_default(name)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join([_DOCS_HEAD, "| variable | default | what it does |", "|---|---|---|", *rows, ""])


_DOCS_HEAD = """# Settings

Every option of the server, read from environment variables (the command line's own flags win).
Written by `python -m headwater.settings > docs/settings.md`; a test fails when this page is out of date.
"""


def _default(name: str) -> str:
    described = {
        "data": "the user's data directory",
        "device": "`cuda` where an NVIDIA driver runs and torch is a CUDA build, else `cpu`",
        "worker_threads": "half the CPU cores",
    }
    default = Settings.model_fields[name].default
    if name in described:
        return described[name]
    return "unset" if default in (None, ()) else f"`{str(default).lower() if default is True else default}`"


if __name__ == "__main__":
    import sys

    sys.stdout.write(render_docs())
