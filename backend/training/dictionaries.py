"""One sparse dictionary as it lies on disk, and the two formats brook ships: circuit-tracer's and SAELens's."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

LAYERS = 6
D = 256


@dataclass(frozen=True)
class Group:
    """One dictionary per layer, all alike. `reads` and `writes` are the names of the model's taps."""

    name: str
    reads: str
    writes: str
    features: int
    k: int  # features active per token, on average over a training batch
    hook: str  # where the SAE attaches, in TransformerLens words


GROUPS = (
    Group("transcoders", "mlp-in", "mlp-out", 3456, 24, "mlp.hook_in"),
    Group("attn", "attn", "attn", 1024, 32, "attn.hook_z"),
    Group("mlp-out", "mlp-out", "mlp-out", 1024, 40, "hook_mlp_out"),
    Group("resid", "resid", "resid", 1024, 40, "hook_resid_post"),
)


@dataclass(frozen=True)
class Dictionary:
    """Raw activations in, raw activations out."""

    W_enc: Tensor  # [d, feature]
    b_enc: Tensor  # [feature]
    W_dec: Tensor  # [feature, d]
    b_dec: Tensor  # [d]
    threshold: Tensor  # [feature]

    def encode(self, x: Tensor) -> Tensor:
        pre = x @ self.W_enc + self.b_enc
        return pre * (pre > self.threshold)

    def decode(self, acts: Tensor) -> Tensor:
        return acts @ self.W_dec + self.b_dec

    def half(self) -> "Dictionary":
        return Dictionary(*(t.detach().half().cpu().contiguous() for t in vars(self).values()))


def write(folder: Path, group: Group, layer: int, dictionary: Dictionary) -> None:
    if group.name == "transcoders":
        _write_transcoder(folder / group.name, layer, dictionary.half())
    else:
        _write_sae(folder / group.name / f"layer_{layer}", group, layer, dictionary.half())


def _write_transcoder(folder: Path, layer: int, d: Dictionary) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        "W_enc": d.W_enc.T.contiguous(), "b_enc": d.b_enc, "W_dec": d.W_dec, "b_dec": d.b_dec,
        "activation_function.threshold": d.threshold,
    }  # fmt: skip
    save_file(weights, folder / f"layer_{layer}.safetensors")
    listed = "".join(f"  - layer_{i}.safetensors\n" for i in range(LAYERS))
    (folder / "config.yaml").write_text(
        "model_name: brook\nmodel_kind: transcoder_set\nfeature_input_hook: mlp.hook_in\n"
        f"feature_output_hook: mlp.hook_out\nscan: brook-transcoders\ntranscoders:\n{listed}"
    )


def _write_sae(folder: Path, group: Group, layer: int, d: Dictionary) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value for name, value in vars(d).items()}, folder / "sae_weights.safetensors")
    config = {
        "architecture": "jumprelu",
        "d_in": D,
        "d_sae": group.features,
        "dtype": "float16",
        "apply_b_dec_to_input": False,
        "normalize_activations": "none",
        "reshape_activations": "hook_z" if group.name == "attn" else "none",
        "metadata": {
            "model_name": "brook",
            "hook_name": f"blocks.{layer}.{group.hook}",
            "prepend_bos": True,
            "context_size": 256,
        },
    }
    (folder / "cfg.json").write_text(json.dumps(config, indent=2) + "\n")


def read(folder: Path, group: Group, layer: int, device: str = "cpu") -> Dictionary:
    """The saved dictionary in single precision."""
    if group.name == "transcoders":
        weights = load_file(folder / group.name / f"layer_{layer}.safetensors")
        weights["threshold"] = weights.pop("activation_function.threshold")
        weights["W_enc"] = weights["W_enc"].T
    else:
        weights = load_file(folder / group.name / f"layer_{layer}" / "sae_weights.safetensors")
    names = ("W_enc", "b_enc", "W_dec", "b_dec", "threshold")
    return Dictionary(*(weights[name].float().to(device) for name in names))


def read_all(folder: Path, device: str = "cpu") -> dict[str, list[Dictionary]]:
    return {group.name: [read(folder, group, layer, device) for layer in range(LAYERS)] for group in GROUPS}


@torch.no_grad()
def half_precision_threshold(dictionary: Dictionary, x: Tensor, k: float) -> Dictionary:
    """The dictionary as it will be saved, its threshold set so that `k` features fire per token of `x` on average.

    Set on the rounded weights, so that rounding is part of what the threshold makes good."""
    rounded = Dictionary(*(t.to(x.device, torch.float32) for t in vars(dictionary.half()).values()))
    pre = x @ rounded.W_enc + rounded.b_enc
    low, high = torch.zeros((), device=x.device), pre.max()
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if (pre > middle).sum() > k * len(x) else (low, middle)
    threshold = torch.full_like(rounded.threshold, high.item())
    return Dictionary(rounded.W_enc, rounded.b_enc, rounded.W_dec, rounded.b_dec, threshold)
