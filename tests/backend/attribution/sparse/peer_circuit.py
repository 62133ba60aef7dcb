"""The random GPT-NeoX with SAEs at every place that feature-circuits (Marks et al.) was run on, and its
effects."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.lm.network import Network, load_network
from headwater.lm.registry import find_model
from headwater.tasks.task import Readout, TokenExample, TokenTask

PEER = Path(__file__).parents[3] / "data" / "circuits" / "peers" / "sfc_neox"
PLACES = {"embed": "embed", "attn": "attn.out", "mlp": "mlp.out", "resid": "resid.post"}


def peer_network() -> Network:
    return load_network(find_model(None, PEER / "model"))


def peer_dictionaries(parts: tuple[str, ...] = ("embed", "attn", "mlp", "resid")) -> dict[str, DictionarySet]:
    tensors = load_file(PEER / "saes.safetensors")
    layers = {part: (0,) if part == "embed" else (0, 1) for part in parts}
    return {
        part: DictionarySet(
            part, "sae", tuple(_dictionary(tensors, part, layer) for layer in layers[part]), ""
        )
        for part in parts
    }


def _dictionary(tensors: dict[str, torch.Tensor], part: str, layer: int) -> Dictionary:
    """The peer subtracts the decoder bias before its encoder."""
    name = part if part == "embed" else f"{part}_{layer}"
    W_enc, bias = tensors[f"{name}.W_enc"], tensors[f"{name}.bias"]
    return Dictionary(
        id=f"peer.{part}.{layer}",
        layer=layer,
        site_in=PLACES[part],
        site_out=PLACES[part],
        W_enc=W_enc,
        b_enc=tensors[f"{name}.b_enc"] - W_enc @ bias,
        W_dec=tensors[f"{name}.W_dec"].T.contiguous(),
        b_dec=bias,
        threshold=None,
        k=None,
        W_skip=None,
        fingerprint="",
    )


def peer_task() -> TokenTask:
    data = json.loads((PEER / "data.json").read_text())
    last = len(data["clean"][0]) - 1
    rows = zip(data["clean"], data["patch"], data["good"], data["bad"], strict=True)
    return TokenTask(
        "peer",
        tuple(
            TokenExample(tuple(clean), tuple(patch), (Readout(last, good, bad),))
            for clean, patch, good, bad in rows
        ),
    )


def peer_effects(method: str) -> dict[str, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Site name -> (features [example pos feature], error [example pos])."""
    found = json.loads((PEER / "sfc.json").read_text())["methods"][method]["effects"]
    shape = lambda values: np.array(values, np.float32)  # noqa: E731
    return {
        name.replace("_", ""): (shape(one["act"]), shape(one["resc"]).reshape(len(one["act"]), -1))
        for name, one in found.items()
    }
