"""From what a file holds to the one form of `Dictionary`: a function per format.

circuit-tracer writes W_enc [feature, d_in], SAELens and Gemma Scope its transpose. What a function does not
understand it refuses: a dictionary read wrongly gives plausible nonsense.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from headwater.errors import InvalidDictionaryFiles
from headwater.lm.dictionary_files import CIRCUIT_TRACER, GEMMA_SCOPE, SAELENS, DictionaryFile


@dataclass(frozen=True)
class Parts:
    """The numbers of a `Dictionary`; shapes as there, not yet checked."""

    W_enc: Tensor
    b_enc: Tensor
    W_dec: Tensor
    b_dec: Tensor
    threshold: Tensor | None = None
    k: int | None = None
    W_skip: Tensor | None = None


def _parts(tensors: Mapping[str, Tensor], W_enc: Tensor) -> Parts:
    """The usual names, with the encoder turned to [feature, d_in] by the caller."""
    return Parts(
        W_enc=W_enc,
        b_enc=tensors["b_enc"],
        W_dec=tensors["W_dec"],
        b_dec=tensors["b_dec"],
        threshold=tensors.get("threshold"),
        W_skip=tensors.get("W_skip"),
    )


def _circuit_tracer(file: DictionaryFile, tensors: Mapping[str, Tensor]) -> Parts:
    named = {_CIRCUIT_TRACER_NAMES.get(name, name): tensor for name, tensor in tensors.items()}
    _expect(file, named, {"W_enc", "b_enc", "W_dec", "b_dec"}, {"threshold", "W_skip"})
    activation = str(file.config.get("activation_function") or "relu").lower()
    if activation not in ("relu", "jumprelu") or (activation == "jumprelu" and "threshold" not in named):
        raise _unsupported(file, f"activation_function {activation!r}")
    return _parts(named, named["W_enc"])


_CIRCUIT_TRACER_NAMES: Final = {"activation_function.threshold": "threshold"}


def _saelens(file: DictionaryFile, tensors: Mapping[str, Tensor]) -> Parts:
    """SAELens' inference form, old (`activation_fn_str`) and new (`architecture`)."""
    given = {name: value for name, value in file.config.items() if value is not None}
    facts = {**(given.get("metadata") or {}), **given}
    architecture = str(facts.get("architecture") or "standard")
    if architecture == "standard" and "topk" in str(
        facts.get("activation_fn_str") or facts.get("activation_fn")
    ):
        architecture = "topk"
    build = _ARCHITECTURES.get(architecture)
    if build is None:
        raise _unsupported(file, f"architecture {architecture!r}")
    return _put_into_encoder(file, facts, check_shapes(file, build(file, facts, tensors)))


def _put_into_encoder(file: DictionaryFile, facts: Mapping[str, Any], parts: Parts) -> Parts:
    """Steps that SAELens takes before encoding, folded into the encoder where they are linear."""
    normalize = facts.get("normalize_activations") or "none"
    if normalize != "none":
        raise _unsupported(
            file, f"normalize_activations {normalize!r} (fold it into the weights: `sae.fold_...`)"
        )
    if facts.get("reshape_activations") not in (None, "none", "hook_z"):
        raise _unsupported(file, f"reshape_activations {facts['reshape_activations']!r}")
    if facts.get("apply_b_dec_to_input"):
        parts = Parts(**{**vars(parts), "b_enc": parts.b_enc - parts.W_enc @ parts.b_dec})
    if facts.get("rescale_acts_by_decoder_norm"):
        norm = parts.W_dec.norm(dim=1)
        scaled = {
            "W_enc": parts.W_enc * norm[:, None],
            "b_enc": parts.b_enc * norm,
            "W_dec": parts.W_dec / norm[:, None],
        }
        parts = Parts(**{**vars(parts), **scaled})
    return parts


def _plain(
    file: DictionaryFile, facts: Mapping[str, Any], tensors: Mapping[str, Tensor], *more: str
) -> Parts:
    _expect(file, tensors, {"W_enc", "b_enc", "W_dec", "b_dec", *more}, set())
    activation = facts.get("activation_fn_str") or facts.get("activation_fn") or "relu"
    if activation not in ("relu", "topk"):
        raise _unsupported(file, f"activation function {activation!r}")
    if any(facts.get(flag) for flag in ("use_error_term", "finetuning_scaling_factor")):
        raise _unsupported(file, "use_error_term or finetuning_scaling_factor")
    return _parts(tensors, tensors["W_enc"].T.contiguous())


def _standard(file: DictionaryFile, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Parts:
    return _plain(file, facts, tensors)


def _with_skip(file: DictionaryFile, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Parts:
    return _plain(file, facts, tensors, "W_skip")


def _jumprelu(file: DictionaryFile, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Parts:
    return _plain(file, facts, tensors, "threshold")


def _jumprelu_with_skip(
    file: DictionaryFile, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> Parts:
    return _plain(file, facts, tensors, "threshold", "W_skip")


def _topk(file: DictionaryFile, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Parts:
    k = facts.get("k") or (facts.get("activation_fn_kwargs") or {}).get("k")
    if not isinstance(k, int) or isinstance(k, bool) or k < 1:
        raise InvalidDictionaryFiles(f"{file.config_path}: k is {k!r}, a whole number from 1 was expected.")
    return Parts(**{**vars(_plain(file, facts, tensors)), "k": k})


def _gated(file: DictionaryFile, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Parts:
    """relu(m) where W x + b_gate > 0, with m = exp(r_mag) W x + b_mag: exactly a JumpReLU of m, since the
    gate is open where m > b_mag - exp(r_mag) b_gate."""
    _expect(file, tensors, {"W_enc", "r_mag", "b_gate", "b_mag", "W_dec", "b_dec"}, set())
    shapes = {tuple(tensors[name].shape) for name in ("r_mag", "b_gate", "b_mag")}
    if shapes != {tuple(tensors["W_enc"].shape[-1:])}:
        raise InvalidDictionaryFiles(f"{file.weights}: r_mag, b_gate and b_mag need one number per feature.")
    # `apply_b_dec_to_input` moves m and the gate alike, so it leaves the threshold as it is.
    gain = tensors["r_mag"].exp()
    return Parts(
        W_enc=(tensors["W_enc"] * gain).T.contiguous(),
        b_enc=tensors["b_mag"],
        W_dec=tensors["W_dec"],
        b_dec=tensors["b_dec"],
        threshold=tensors["b_mag"] - gain * tensors["b_gate"],
    )


_ARCHITECTURES: Final[
    dict[str, Callable[[DictionaryFile, Mapping[str, Any], Mapping[str, Tensor]], Parts]]
] = {
    "standard": _standard,
    "jumprelu": _jumprelu,
    "topk": _topk,
    "gated": _gated,
    "transcoder": _standard,
    "skip_transcoder": _with_skip,
    "jumprelu_transcoder": _jumprelu,
    "jumprelu_skip_transcoder": _jumprelu_with_skip,
}


def _gemma_scope(file: DictionaryFile, tensors: Mapping[str, Tensor]) -> Parts:
    _expect(file, tensors, {"W_enc", "b_enc", "W_dec", "b_dec", "threshold"}, {"W_skip"})
    return _parts(tensors, tensors["W_enc"].T.contiguous())


READERS: Final[dict[str, Callable[[DictionaryFile, Mapping[str, Tensor]], Parts]]] = {
    CIRCUIT_TRACER: _circuit_tracer,
    SAELENS: _saelens,
    GEMMA_SCOPE: _gemma_scope,
}


def _expect(file: DictionaryFile, tensors: Mapping[str, Tensor], needed: set[str], allowed: set[str]) -> None:
    missing, extra = needed - set(tensors), set(tensors) - needed - allowed
    if missing:
        raise InvalidDictionaryFiles(
            f"{file.weights} holds {sorted(tensors)} and lacks {sorted(missing)}. Is its config that of "
            "another file?"
        )
    if extra:
        raise _unsupported(file, f"the tensors {sorted(extra)}")


def _unsupported(file: DictionaryFile, what: str) -> InvalidDictionaryFiles:
    return InvalidDictionaryFiles(
        f"{file.config_path or file.weights}: unsupported {what}. Supported: ReLU, JumpReLU, TopK, gated, "
        "BatchTopK "
        f"with its threshold, with or without a skip path (SAELens names: {', '.join(_ARCHITECTURES)})."
    )


def check_shapes(file: DictionaryFile, parts: Parts) -> Parts:
    """`parts` with one threshold per feature; InvalidDictionaryFiles when shapes or values are impossible."""
    F = len(parts.b_enc) if parts.b_enc.ndim == 1 else -1
    # Whichever axis is not the features': a transposed matrix is then told from one of another width.
    d_in, d_out = next((n for n in parts.W_enc.shape if n != F), F), parts.b_dec.numel()
    expected = {
        "W_enc": (F, d_in),
        "b_enc": (F,),
        "W_dec": (F, d_out),
        "b_dec": (d_out,),
        "W_skip": (d_out, d_in),
    }
    threshold = parts.threshold
    if threshold is not None and threshold.numel() == 1:
        threshold = threshold.reshape(1).expand(F).contiguous()
    for name, shape in {**expected, "threshold": (F,)}.items():
        tensor = threshold if name == "threshold" else getattr(parts, name)
        if tensor is None:
            continue
        if tuple(tensor.shape) != shape:
            raise InvalidDictionaryFiles(
                f"{file.weights}: {name} is {_times(tuple(tensor.shape))}, expected {_times(shape)} for "
                f"{F} features."
            )
        if not torch.isfinite(tensor).all():
            raise InvalidDictionaryFiles(
                f"{file.weights}: {name} holds NaN or infinite values. Train or copy it again."
            )
    # Never active at or below 0: relu(x) * (x > threshold) is what every format means.
    return Parts(**{**vars(parts), "threshold": None if threshold is None else threshold.clamp(min=0)})


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "one number"
