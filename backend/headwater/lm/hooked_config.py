"""Model folders in TransformerLens form: what `config.json` says, and whether the weights fit it.

Researchers' toy models and compiled ones come this way: `config.json` holds the fields of a
`HookedTransformerConfig`, `model.safetensors` the state dict of a `HookedTransformer`. No torch here;
`hooked` reads the weights.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from headwater.errors import InvalidModelFiles, UnsupportedModel
from headwater.lm.weight_files import TensorInfo

HOOKED: Final = "HookedTransformer"
"""What stands where a Hugging Face model has its architecture."""

_PLAIN: Final[dict[str, tuple[Any, ...]]] = {
    "attn_scores_soft_cap": (None, -1, 0),
    "clip_qkv": (None,),
    "experts_per_token": (None,),
    "num_experts": (None,),
    "output_logits_soft_cap": (None, -1, 0),
    "post_embedding_ln": (None, False),
    "rmsnorm_uses_offset": (None, False),
    "rotary_adjacent_pairs": (None, False),
    "rotary_base_local": (None,),
    "rotary_scaling_factor": (None, 1),
    "scale_embedding": (None, False),
    "use_NTK_by_parts_rope": (None, False),
    "use_attention_sinks": (None, False),
    "use_dynamic_ntk_rope": (None, False),
    "use_local_attn": (None, False),
    "use_logn_attn": (None, False),
    "use_normalization_before_and_after": (None, False),
    "use_qk_norm": (None, False),
    "use_yarn_rope": (None, False),
}
"""Options that change what a model computes and that are not implemented, with the values that do not."""

_BUFFERS: Final = ("mask", "IGNORE", "rotary_sin", "rotary_cos")
"""Constants that a state dict may carry along; they follow from the config."""
_FLOATS: Final = ("F64", "F32", "F16", "BF16")


@dataclass(frozen=True)
class HookedConfig:
    """Checked values; the names are TransformerLens'. `d_mlp` is 0 in models of attention alone, `attn_scale`
    what scores are divided by, `rotary_dim` 0 where positions are learned."""

    n_layers: int
    d_model: int
    d_head: int
    n_heads: int
    n_key_value_heads: int
    d_mlp: int
    n_ctx: int
    d_vocab: int
    d_vocab_out: int
    act_fn: str
    gated_mlp: bool
    normalization_type: str | None
    final_rms: bool
    eps: float
    rotary_dim: int
    rotary_base: float
    causal: bool
    parallel_attn_mlp: bool
    attn_scale: float
    scale_attn_by_inverse_layer_idx: bool

    def tensors(self) -> Iterator[tuple[tuple[str, ...], tuple[tuple[int, ...], ...], bool]]:
        """(names it may have, shapes it may have, whether it must be there) of every tensor, in order."""
        d, norm = self.d_model, self.normalization_type
        yield ("embed.W_E",), ((self.d_vocab, d),), True
        if not self.rotary_dim:
            yield ("pos_embed.W_pos",), ((self.n_ctx, d),), True
        for layer in range(self.n_layers):
            yield from self._block(f"blocks.{layer}.")
        if norm in ("LN", "RMS"):
            yield ("ln_final.w",), ((d,),), True
        if norm == "LN" and not self.final_rms:
            yield ("ln_final.b",), ((d,),), False
        yield ("unembed.W_U",), ((d, self.d_vocab_out),), True
        yield ("unembed.b_U",), ((self.d_vocab_out,),), False

    def _block(self, at: str) -> Iterator[tuple[tuple[str, ...], tuple[tuple[int, ...], ...], bool]]:
        d, width, heads, kv = self.d_model, self.d_head, self.n_heads, self.n_key_value_heads
        for ln in ("ln1", "ln2") if self.d_mlp else ("ln1",):
            if self.normalization_type in ("LN", "RMS"):
                yield (f"{at}{ln}.w",), ((d,),), True
            if self.normalization_type == "LN":
                yield (f"{at}{ln}.b",), ((d,),), False
        yield (f"{at}attn.W_Q",), ((heads, d, width),), True
        yield (f"{at}attn.b_Q",), ((heads, width),), False
        for letter in "KV":  # stored once for the heads that share it, or repeated for every head
            matrices, biases = ((kv, d, width), (heads, d, width)), ((kv, width), (heads, width))
            yield (f"{at}attn._W_{letter}", f"{at}attn.W_{letter}"), matrices, True
            yield (f"{at}attn._b_{letter}", f"{at}attn.b_{letter}"), biases, False
        yield (f"{at}attn.W_O",), ((heads, width, d),), True
        yield (f"{at}attn.b_O",), ((d,),), False
        if self.d_mlp:
            yield (f"{at}mlp.W_in",), ((d, self.d_mlp),), True
            if self.gated_mlp:
                yield (f"{at}mlp.W_gate",), ((d, self.d_mlp),), True
            yield (f"{at}mlp.b_in",), ((self.d_mlp,),), False
            yield (f"{at}mlp.W_out",), ((self.d_mlp, d),), True
            yield (f"{at}mlp.b_out",), ((d,),), False


def is_hooked(config: Mapping[str, Any]) -> bool:
    """True for a config in TransformerLens form; Hugging Face's names its architecture."""
    return "architectures" not in config and {"n_layers", "d_model"} <= config.keys()


def read_hooked_config(config: Mapping[str, Any], path: Path) -> HookedConfig:
    """Absent options have TransformerLens' defaults. InvalidModelFiles for values no model can have,
    UnsupportedModel for options that are not implemented."""
    _check_plain(config, path)
    number, flag = _Reader(config, path).number, _Reader(config, path).flag
    d_model, d_head = number("d_model"), number("d_head")
    n_heads = number("n_heads", max(1, d_model // d_head))
    kv = number("n_key_value_heads", n_heads)
    if n_heads % kv:
        raise InvalidModelFiles(f"{path}: {n_heads} heads cannot share n_key_value_heads {kv} evenly.")
    one_of, amount = _Reader(config, path).one_of, _Reader(config, path).amount
    positions = one_of("positional_embedding_type", ("standard", "rotary"), "standard")
    attn_only, d_vocab = flag("attn_only"), number("d_vocab")
    rotary_dim = number("rotary_dim", d_head) if positions == "rotary" else 0
    if rotary_dim % 2 or rotary_dim > d_head:
        raise InvalidModelFiles(
            f"{path}: rotary_dim is {rotary_dim}; an even number up to d_head {d_head} was expected."
        )
    scale = amount("attn_scale", math.sqrt(d_head)) if flag("use_attn_scale", default=True) else 1.0
    return HookedConfig(
        n_layers=number("n_layers"),
        d_model=d_model,
        d_head=d_head,
        n_heads=n_heads,
        n_key_value_heads=kv,
        d_mlp=0 if attn_only else number("d_mlp", 4 * d_model),
        n_ctx=number("n_ctx"),
        d_vocab=d_vocab,
        d_vocab_out=number("d_vocab_out", d_vocab),
        act_fn=one_of("act_fn", ("relu", "gelu", "gelu_new", "gelu_fast", "silu"), "relu"),
        gated_mlp=flag("gated_mlp"),
        normalization_type=one_of("normalization_type", (None, "LN", "RMS", "LNPre", "RMSPre"), "LN"),
        final_rms=flag("final_rms"),
        eps=amount("eps", 1e-5),
        rotary_dim=rotary_dim,
        rotary_base=amount("rotary_base", 10_000.0),
        causal=one_of("attention_dir", ("causal", "bidirectional"), "causal") == "causal",
        parallel_attn_mlp=flag("parallel_attn_mlp"),
        attn_scale=scale,
        scale_attn_by_inverse_layer_idx=flag("scale_attn_by_inverse_layer_idx"),
    )


def check_tensors(config: HookedConfig, tensors: Mapping[str, TensorInfo], path: Path) -> None:
    """InvalidModelFiles unless `tensors` (a header) are those of the config: every matrix there, every shape
    right, and nothing that would be left out."""
    known: set[str] = set()
    for names, shapes, needed in config.tensors():
        name = next((one for one in names if one in tensors), None)
        known.update(names)
        if name is None and needed:
            raise InvalidModelFiles(
                f"{path} has no tensor {names[-1]}, which its config.json asks for. The two files belong to "
                "different models, or the model was saved under other names than HookedTransformer's."
            )
        if name is not None:
            _check_tensor(name, tensors[name], shapes, path)
    extra = sorted(name for name in tensors if name not in known and not name.endswith(_BUFFERS))
    if extra:
        raise InvalidModelFiles(
            f"{path} holds {extra[0]}, for which a model of this config.json has no place "
            f"({len(extra)} such tensors). Leaving it out would change the model: correct config.json."
        )


def _check_tensor(name: str, info: TensorInfo, shapes: Iterable[tuple[int, ...]], path: Path) -> None:
    if info.shape not in shapes:
        expected = " or ".join(map(str, dict.fromkeys(shapes)))
        raise InvalidModelFiles(
            f"{path}: {name} has shape {info.shape}, but its config.json asks for {expected}."
        )
    if info.dtype not in _FLOATS:
        raise InvalidModelFiles(f"{path}: {name} holds {info.dtype} values; {', '.join(_FLOATS)} are read.")


def _check_plain(config: Mapping[str, Any], path: Path) -> None:
    for name, neutral in _PLAIN.items():
        if name in config and config[name] not in neutral:
            raise UnsupportedModel(
                f"{path}: {name} is {config[name]!r}. This option of TransformerLens is not implemented, and "
                "without it the model would compute something else."
            )


@dataclass(frozen=True)
class _Reader:
    config: Mapping[str, Any]
    path: Path

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number from 1; TransformerLens writes -1 and null for "not given"."""
        value = self.config.get(name)
        value = default if value in (None, -1) else value
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self._wrong(name, "a whole number from 1 was expected")
        return value

    def amount(self, name: str, default: float) -> float:
        value = self.config.get(name)
        value = default if value in (None, -1) else value
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise self._wrong(name, "a number above 0 was expected")
        return float(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.config.get(name)
        value = default if value is None else value
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false was expected")
        return value

    def one_of(self, name: str, allowed: tuple[Any, ...], default: Any) -> Any:
        """Unlike elsewhere, null is a value here: models without norms say so."""
        value = self.config.get(name, default)
        if value is None and None not in allowed:
            value = default
        if not isinstance(value, str | None) or value not in allowed:
            listed = ", ".join("null" if one is None else str(one) for one in allowed)
            raise UnsupportedModel(f"{self.path}: {name} is {value!r}. Supported: {listed}.")
        return value

    def _wrong(self, name: str, expected: str) -> InvalidModelFiles:
        return InvalidModelFiles(f"{self.path}: {name} is {self.config.get(name)!r}, {expected}.")
