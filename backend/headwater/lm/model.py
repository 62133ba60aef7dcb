"""Loading a language model and running it: once for tracing, or with edits for interventions.

The only importer of transformer_lens. The Hugging Face model is loaded by us, from local safetensors
only, and handed to a `TransformerBridge`, whose hooks show every place in `sites.HOOKS`.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.errors import InvalidPrompt, PromptTooLong, UnsupportedModel
from headwater.lm.checkpoint import load_checkpoint
from headwater.lm.families import READERS
from headwater.lm.frozen import FrozenBlock, FrozenForward
from headwater.lm.network import Network
from headwater.lm.network_weights import NetworkWeights
from headwater.lm.registry import ModelEntry, check_supported, check_traceable
from headwater.lm.tokenizer import Tokenizer, load_tokenizer
from headwater.lm.weights import linear_weights

Edit = Callable[[Tensor], Tensor | None]
"""Shown an activation without its batch axis; what it returns takes its place, None leaves it."""

EMBEDDING: Final = "embed.hook_out"
POSITION: Final = "pos_embed.hook_out"
FINAL_NORM_IN: Final = "ln_final.hook_in"


def load_model(entry: ModelEntry, device: str = "cpu") -> "LanguageModel":
    """The model in single precision. Files that are broken or unsafe are refused before torch sees them."""
    family = check_supported(entry)
    if family not in READERS:
        raise UnsupportedModel(
            f"{entry.name} is in TransformerLens form and reads token ids only, so it cannot be asked about "
            "text. Find its circuits on tasks of token ids."
        )
    tokenizer = load_tokenizer(entry)
    hf_model = load_checkpoint(entry, device)
    # Before the bridge takes the modules apart: the tensors are shared, the names are Hugging Face's.
    weights = READERS[family](hf_model)
    return LanguageModel(
        entry, tokenizer, weights, _bridge(entry, tokenizer, hf_model, device), torch.device(device)
    )


def _bridge(entry: ModelEntry, tokenizer: Tokenizer, hf_model: Any, device: str) -> Any:
    from transformer_lens.model_bridge import TransformerBridge
    from transformers import PreTrainedTokenizerFast

    # name_or_path and add_bos_token keep the bridge from loading a tokenizer of its own.
    start = tokenizer.tokens([tokenizer.bos_id])[0]
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # not typed there
        tokenizer_file=str(entry.lm_path / "tokenizer.json"),
        bos_token=start,
        eos_token=start,
        name_or_path=str(entry.lm_path),
        add_bos_token=True,
    )
    return TransformerBridge.boot_transformers(
        str(entry.lm_path), hf_model=hf_model, tokenizer=fast, device=device
    )


class LanguageModel:
    """One loaded model. Calls from several threads take turns."""

    def __init__(
        self,
        entry: ModelEntry,
        tokenizer: Tokenizer,
        weights: NetworkWeights,
        bridge: Any,
        device: torch.device,
    ) -> None:
        self.entry = entry
        self.tokenizer = tokenizer
        self.weights = linear_weights(weights)
        self.bridge = bridge
        self.device = device
        self.n_layers = entry.n_layers
        self.d_model = entry.d_model
        self.d_vocab = entry.d_vocab
        self.n_ctx = entry.n_ctx
        self.n_heads, self.d_head, _ = weights.blocks[0].attn.W_O.shape
        self._network_weights = weights
        # The bridge walks all its modules on every look at `hook_dict` (measured: 30 % of a short forward).
        self._points: dict[str, Any] = dict(bridge.hook_dict)
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        return self.entry.name

    @cached_property
    def network(self) -> Network:
        """The same weights as equations: batched and differentiable."""
        return Network(self._network_weights)

    def width(self, site: str) -> int:
        """Size of the activation at a site."""
        return self.n_heads * self.d_head if site == "attn.z" else self.d_model

    def logits(self, token_ids: Sequence[int] | Tensor) -> Float[Tensor, "pos vocab"]:
        return self.run(token_ids)[0]

    def forward(self, token_ids: Sequence[int] | Tensor) -> FrozenForward:
        """One pass, with everything linear tracing holds fixed. UnsupportedModel where it cannot follow."""
        check_traceable(self.entry)
        learned = [POSITION] if POSITION in self._points else []
        wanted = [f"blocks.{i}.{hook}" for i in range(self.n_layers) for hook in _BLOCK_HOOKS]
        logits, seen = self.run(token_ids, read=[EMBEDDING, FINAL_NORM_IN, *learned, *wanted])
        return FrozenForward(
            token_ids=self._ids(token_ids),
            embedding=seen[EMBEDDING],
            position=seen[POSITION].expand_as(seen[EMBEDDING]) if learned else None,
            blocks=tuple(self._block(i, seen) for i in range(self.n_layers)),
            final_norm=self.weights.final_norm.freeze(seen[FINAL_NORM_IN]),
            W_U=self.weights.W_U,
            b_U=self.weights.b_U,
            logits=logits,
        )

    def _block(self, layer: int, seen: Mapping[str, Tensor]) -> FrozenBlock:
        weights, at = self.weights.blocks[layer], f"blocks.{layer}."
        return FrozenBlock(
            attn_norm=weights.attn_norm.freeze(seen[at + "ln1.hook_in"]),
            pattern=seen[at + "attn.hook_pattern"],
            W_V=weights.W_V,
            b_V=weights.b_V,
            W_O=weights.W_O,
            b_O=weights.b_O,
            mlp_norm=weights.mlp_norm.freeze(seen[at + "ln2.hook_in"]),
            mlp_in=seen[at + "mlp.hook_in"],
            mlp_out=seen[at + "mlp.hook_out"],
        )

    def run(
        self,
        token_ids: Sequence[int] | Tensor,
        read: Collection[str] = (),
        edits: Mapping[str, Edit] | None = None,
    ) -> tuple[Float[Tensor, "pos vocab"], dict[str, Tensor]]:
        """Logits of one prompt, and the activations at the hooks in `read`, before any edit there.

        Everything comes without the batch axis; hooks are TransformerLens 4 names (`sites.hook_name`).
        """
        ids, seen, edits = self._ids(token_ids), {}, edits or {}

        def look(name: str) -> Callable[..., Tensor | None]:
            edit = edits.get(name)

            def hook(value: Tensor, hook: Any) -> Tensor | None:
                if name in read:
                    seen[name] = value[0].detach()
                changed = edit(value[0]) if edit else None
                return None if changed is None else changed[None].to(value.dtype)

            return hook

        with self._lock, torch.no_grad(), self._hooked({name: look(name) for name in {*read, *edits}}):
            logits = self.bridge(ids[None])[0]
        return logits, seen

    @contextmanager
    def _hooked(self, hooks: Mapping[str, Callable[..., Tensor | None]]) -> Iterator[None]:
        """Attached for one pass. (`bridge.run_with_hooks` resets every hook of the model each time.)"""
        points = {name: self._points[name] for name in hooks}
        try:
            for name, point in points.items():
                point.add_hook(hooks[name])
            yield
        finally:
            for point in points.values():
                point.remove_hooks("fwd")

    def _ids(self, token_ids: Sequence[int] | Tensor) -> Tensor:
        ids = torch.as_tensor(token_ids, dtype=torch.long, device=self.device)
        if ids.ndim != 1 or not len(ids):
            raise InvalidPrompt(
                f"One prompt of at least one token is read at a time, not shape {tuple(ids.shape)}."
            )
        if len(ids) > self.n_ctx:
            raise PromptTooLong(
                f"The prompt is {len(ids)} tokens long and {self.name} reads at most {self.n_ctx}. Shorten "
                "it.",
                tokens=len(ids),
                max_tokens=self.n_ctx,
            )
        if int(ids.min()) < 0 or int(ids.max()) >= self.d_vocab:
            raise InvalidPrompt(f"{self.name} has tokens 0 to {self.d_vocab - 1}; the prompt holds others.")
        return ids


_BLOCK_HOOKS: Final = ("ln1.hook_in", "attn.hook_pattern", "ln2.hook_in", "mlp.hook_in", "mlp.hook_out")
