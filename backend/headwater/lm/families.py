"""From a model folder to a `Network`, whatever its family. One reader a family, listed here."""

from collections.abc import Callable
from typing import Any, Final

from headwater.lm import gpt2, llama, neox
from headwater.lm.checkpoint import load_checkpoint
from headwater.lm.network import Network
from headwater.lm.network_weights import NetworkWeights
from headwater.lm.registry import ModelEntry, check_supported

READERS: Final[dict[str, Callable[[Any], NetworkWeights]]] = {
    "llama": llama.read_network,
    "gpt2": gpt2.read_network,
    "neox": neox.read_network,
}
"""Family (a value of `registry.ARCHITECTURES`) -> views of the Hugging Face model's weights."""


def load_network(entry: ModelEntry, device: str = "cpu") -> Network:
    """The model as a `Network` alone: no tokenizer needed, no hooks. Broken or unsafe files are refused."""
    return Network(READERS[check_supported(entry)](load_checkpoint(entry, device)))
