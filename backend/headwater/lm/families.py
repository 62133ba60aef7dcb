"""From a checkpoint to its weights as a network needs them. One reader a family, listed here."""

from collections.abc import Callable
from typing import Any, Final

from headwater.lm import gpt2, llama, neox
from headwater.lm.checkpoint import load_checkpoint
from headwater.lm.hooked import read_hooked
from headwater.lm.network_weights import NetworkWeights
from headwater.lm.registry import ModelEntry, check_supported

READERS: Final[dict[str, Callable[[Any], NetworkWeights]]] = {
    "llama": llama.read_network,
    "gpt2": gpt2.read_network,
    "neox": neox.read_network,
}
"""Family (a value of `registry.ARCHITECTURES`) -> views of the Hugging Face model's weights."""


def read_weights(entry: ModelEntry, device: str = "cpu") -> NetworkWeights:
    """The weights of any supported model folder. Files that are broken or unsafe are refused."""
    family = check_supported(entry)
    if family == "hooked":
        return read_hooked(entry, device)
    return READERS[family](load_checkpoint(entry, device))
