"""Would a circuit fit? As `memory.py` asks for traces: roughly and from below, before anything starts."""

from collections.abc import Iterable
from typing import Final

from headwater.errors import NotEnoughMemory
from headwater.jobs.memory import MIB, dictionary_bytes, memory_limit, model_bytes
from headwater.jobs.requests import CircuitRequest
from headwater.lm.registry import DictionarySetEntry, ModelEntry
from headwater.settings import Settings

COPIES: Final = 4
"""Dense activations of every feature that are held at once: clean, patch, gradient, effect."""


def check_circuit_memory(
    settings: Settings,
    entry: ModelEntry,
    sets: Iterable[DictionarySetEntry],
    request: CircuitRequest,
    *,
    is_warm: bool,
) -> None:
    """Raises NotEnoughMemory with both numbers. `is_warm`: the model is held already."""
    chosen = list(sets)
    held = (0 if is_warm else model_bytes(entry)) + sum(dictionary_bytes(entry, one) for one in chosen)
    needed = held + example_bytes(entry, chosen, request.train.longest) + result_bytes(entry, request)
    limit, source = memory_limit(settings)
    if needed > limit:
        raise NotEnoughMemory(
            f"{request.method.method} on {request.train.n:,} examples of up to {request.train.longest} "
            f"tokens needs about {needed / MIB:,.0f} MiB; {limit / MIB:,.0f} MiB {source}. Use shorter or "
            "fewer examples, sum over positions, or a machine with more memory.",
            needed_mib=round(needed / MIB),
            available_mib=round(limit / MIB),
        )


def example_bytes(entry: ModelEntry, sets: list[DictionarySetEntry], n_pos: int) -> int:
    """One example on its way through the model, with what the backward pass needs. How many go together the
    methods choose by the memory they may use."""
    heads, d, layers = _heads(entry), entry.d_model, entry.n_layers
    passes = layers * (32 * d + 3 * heads * n_pos) * n_pos * 4
    features = sum(file.width for one in sets for file in one.files)
    if sets:
        return passes + COPIES * features * n_pos * 4
    sources, slots = 1 + layers * (heads + 1), 1 + layers * (3 * heads + 1)
    return passes + (sources + slots) * d * n_pos * 4


def result_bytes(entry: ModelEntry, request: CircuitRequest) -> int:
    """Effects of every source on every example, and the sum of every edge's scores, at every position."""
    if request.level == "features":
        return 0  # few features act on any one example
    heads, layers = _heads(entry), entry.n_layers
    sources = 1 + layers * (heads + 1)
    edges = n_edges(layers, heads)
    bins = request.train.longest if getattr(request.method, "positions", "") == "separate" else 1
    crossing = 3 * layers * heads * bins**2 * 8 if bins > 1 else 0
    return request.train.n * sources * bins * 4 + 3 * (edges * bins * 8 + crossing)


def n_edges(layers: int, heads: int) -> int:
    """Between the input, heads (three inputs each), MLPs and logits, where attention comes before the MLP."""
    into = sum((1 + (heads + 1) * layer) * (3 * heads + 1) + heads for layer in range(layers))
    return into + 1 + (heads + 1) * layers


def _heads(entry: ModelEntry) -> int:
    names = ("num_attention_heads", "n_head", "n_heads")
    return next((int(entry.config[name]) for name in names if entry.config.get(name)), 1)
