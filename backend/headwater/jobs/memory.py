"""Would it fit? Estimated before anything starts, so that a laptop is warned and not frozen.

Rough on purpose and from below: what must be held at once, in float32. The worker's own
limit (HEADWATER_WORKER_MEMORY_MIB) and the ledger's single retry catch what this misses.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil

from headwater.errors import NotEnoughMemory
from headwater.lm.registry import DictionarySetEntry, ModelEntry, weight_files
from headwater.settings import Settings

MIB: Final = 2**20
CGROUP: Final = Path("/sys/fs/cgroup")
ROW_BYTES: Final = 8
"""Per pair of an explained feature and a source, half of which are above it (measured on brook: 5 to 7)."""
EDGE_BYTES: Final = 24
"""Per pair of explained features, likewise: the graph, its influence and its encoded form (brook: 23)."""
VIEW_BYTES: Final = 50
"""Per edge of a stored graph, to decode, prune and encode it (measured on brook, 21 million edges: 47)."""

Progress = Callable[[str, int, int], None]


def check_memory(
    settings: Settings,
    entry: ModelEntry,
    dictionaries: DictionarySetEntry,
    *,
    n_tokens: int,
    is_warm: bool,
) -> None:
    """Raises NotEnoughMemory with both numbers. `is_warm`: model and dictionaries are held already."""
    held = 0 if is_warm else model_bytes(entry) + dictionary_bytes(entry, dictionaries)
    needed = held + trace_bytes(entry, dictionaries, n_tokens)
    limit, source = memory_limit(settings)
    if needed > limit:
        raise NotEnoughMemory(
            f"Tracing {n_tokens} tokens with {dictionaries.id} needs about {needed / MIB:,.0f} MiB; "
            f"{limit / MIB:,.0f} MiB {source}. "
            "Use a shorter prompt, a smaller max_features, or a machine with more memory.",
            needed_mib=round(needed / MIB),
            available_mib=round(limit / MIB),
        )


def model_bytes(entry: ModelEntry) -> int:
    stored = sum(path.stat().st_size for path in weight_files(entry.lm_path))
    dtype = str(entry.config.get("dtype") or entry.config.get("torch_dtype") or "float32")
    return stored * (2 if dtype.endswith("16") else 1)


def dictionary_bytes(entry: ModelEntry, dictionaries: DictionarySetEntry) -> int:
    return sum(file.width * entry.d_model * 2 * 4 for file in dictionaries.files)


def trace_bytes(entry: ModelEntry, dictionaries: DictionarySetEntry, n_tokens: int) -> int:
    """Dense activations of every layer. How many features are active the tracer finds out."""
    activations = sum(file.width for file in dictionaries.files) * n_tokens * 4
    attention = entry.n_layers * n_tokens**2 * int(entry.config.get("num_attention_heads") or 1) * 4
    return activations + attention


class CheckedProgress:
    """Passes progress on, and stops the trace when it says for the first time how much there is to do
    and that would not fit."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self.settings, self.progress = settings, progress
        self.active, self.is_checked = 0, False

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase == "encoding features":
            self.active = done
        if phase == "tracing" and total and not self.is_checked:
            self.is_checked = True
            check_rows(self.settings, total, max(total, self.active))
        self.progress(phase, done, total)


def check_rows(settings: Settings, n_rows: int, n_sources: int) -> None:
    """The second look, once the tracer knows how many features are active and how many of them it will
    explain. While tracing, rows hold every source; afterwards those not explained are in the errors."""
    needed = max(n_rows * n_sources // 2 * ROW_BYTES, n_rows**2 // 2 * EDGE_BYTES)
    limit, source = memory_limit(settings)
    if needed > limit:
        raise NotEnoughMemory(
            f"This prompt has {n_rows:,} features to explain; their edges need {needed / MIB:,.0f} MiB and "
            f"{limit / MIB:,.0f} MiB {source}. Set max_features to a few thousand, or use a shorter prompt.",
            needed_mib=round(needed / MIB),
            available_mib=round(limit / MIB),
        )


def check_view(settings: Settings, n_edges: int) -> None:
    """Before a stored graph is decoded to be pruned or exported. Its default view needs none of this."""
    needed = n_edges * VIEW_BYTES
    limit, source = memory_limit(settings)
    if needed > limit:
        raise NotEnoughMemory(
            f"This graph has {n_edges:,} edges; another view of it needs about {needed / MIB:,.0f} MiB and "
            f"{limit / MIB:,.0f} MiB {source}. Its view at the default thresholds is stored and can be "
            "shown; trace again with a smaller max_features for others.",
            needed_mib=round(needed / MIB),
            available_mib=round(limit / MIB),
        )


def memory_limit(settings: Settings) -> tuple[int, str]:
    if settings.memory_limit_mib is not None:
        return settings.memory_limit_mib * MIB, "are allowed (HEADWATER_MEMORY_LIMIT_MIB)"
    free = psutil.virtual_memory().available
    container = _left_in_container()
    return free if container is None else min(free, container), "are free"


def _left_in_container() -> int | None:
    """A container's limit less what it uses (cgroup v2), file cache not counted; None outside of one."""
    try:
        limit = (CGROUP / "memory.max").read_text().strip()
        used = int((CGROUP / "memory.current").read_text())
        facts = dict(line.split() for line in (CGROUP / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    cache = int(facts.get("inactive_file", 0))  # given back when needed
    return max(0, int(limit) - used + cache) if limit.isdigit() else None
