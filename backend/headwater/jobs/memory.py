"""Would it fit? Estimated before anything starts, so that a laptop is warned and not frozen.

Rough on purpose and from below: what must be held at once, in float32. The worker's own
limit (HEADWATER_WORKER_MEMORY_MIB) and the ledger's single retry catch what this misses.
"""

from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]  # it ships no types

from headwater.errors import NotEnoughMemory
from headwater.lm.registry import DictionarySetEntry, ModelEntry, weight_files
from headwater.settings import Settings

MIB: Final = 2**20
EDGE_BYTES: Final = 16
"""An edge in the tracer (8 bytes) and again in the encoded file."""


def check_memory(
    settings: Settings,
    entry: ModelEntry,
    dictionaries: DictionarySetEntry,
    *,
    n_tokens: int,
    max_features: int | None,
    is_warm: bool,
) -> None:
    """Raises NotEnoughMemory with both numbers. `is_warm`: model and dictionaries are held already."""
    held = 0 if is_warm else model_bytes(entry) + dictionary_bytes(entry, dictionaries)
    needed = held + trace_bytes(entry, dictionaries, n_tokens, max_features)
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


def trace_bytes(
    entry: ModelEntry, dictionaries: DictionarySetEntry, n_tokens: int, max_features: int | None
) -> int:
    """Dense activations of every layer, and the edges among at least the capped features.

    Without a cap the number of active features is not known yet; the tracer finds out.
    """
    activations = sum(file.width for file in dictionaries.files) * n_tokens * 4
    attention = entry.n_layers * n_tokens**2 * int(entry.config.get("num_attention_heads") or 1) * 4
    edges = (max_features or 0) ** 2 // 2 * EDGE_BYTES
    return activations + attention + edges


def check_rows(settings: Settings, n_rows: int) -> None:
    """The second look, once the tracer knows how many features it will explain: each row reads, on
    average, half of the others."""
    needed = n_rows**2 // 2 * EDGE_BYTES
    limit, source = memory_limit(settings)
    if needed > limit:
        raise NotEnoughMemory(
            f"This prompt has {n_rows:,} features to explain; their edges need {needed / MIB:,.0f} MiB and "
            f"{limit / MIB:,.0f} MiB {source}. Set max_features to a few thousand, or use a shorter prompt.",
            needed_mib=round(needed / MIB),
            available_mib=round(limit / MIB),
        )


def memory_limit(settings: Settings) -> tuple[int, str]:
    if settings.memory_limit_mib is not None:
        return settings.memory_limit_mib * MIB, "are allowed (HEADWATER_MEMORY_LIMIT_MIB)"
    free = psutil.virtual_memory().available
    return min(free, _left_in_container() or free), "are free"


def _left_in_container() -> int | None:
    """A container's limit less what it uses (cgroup v2); None outside of one."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):
        return None
    return int(limit) - used if limit.isdigit() else None
