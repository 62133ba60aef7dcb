"""The whole model as equations: batched, differentiable in every activation, one file for all families.

Where `model.LanguageModel` runs a checkpoint as others wrote it and shows its hooks, a `Network` is the
same function in our own words, for methods that take it apart: every step can be called alone, tapped,
resumed from the middle, and fed each head's queries, keys and values separately. Tests hold the two to each
other.

Axis names: those of `frozen`, and `batch` for prompts run together, padded on the right.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from headwater.errors import PromptTooLong
from headwater.lm.families import read_weights
from headwater.lm.network_weights import NetworkWeights
from headwater.lm.norm import Norm
from headwater.lm.registry import ModelEntry

Tap = Callable[[str, int, Tensor], Tensor]
"""Shown (site, layer, value) as the forward pass comes by; what it returns is used in the value's place.

In order: "embed" (-1, the token embedding without position); in every layer "resid.pre", "q", "k", "v" (per
query head, before the rotary embedding), "pattern", "attn.z" [batch pos head d_head], "attn.out", "resid.mid"
(in parallel blocks resid.pre again, and only what the MLP reads), "mlp.in" (normed), "mlp.out",
"resid.post"; last "resid.final" (n_layers), the residual stream before the final norm.
"""


def _untouched(site: str, layer: int, value: Tensor) -> Tensor:
    return value


class Network:
    """One model in evaluation mode. Nothing in it requires a gradient; activations may.

    Padding: `lengths` says how many positions of each row are real. Later ones carry finite nonsense that no
    real position reads; leave them out of every sum.
    """

    def __init__(self, weights: NetworkWeights) -> None:
        attn = weights.blocks[0].attn
        self.weights = weights
        self.blocks = weights.blocks
        self.W_E, self.W_pos = weights.W_E, weights.W_pos
        self.final_norm, self.W_U, self.b_U = weights.final_norm, weights.W_U, weights.b_U
        self.causal, self.parallel, self.n_ctx = weights.causal, weights.parallel, weights.n_ctx
        self.n_layers = len(weights.blocks)
        self.n_heads, self.d_head, self.d_model = attn.W_O.shape
        self.n_kv_heads = len(attn.key.W)
        self.d_vocab, self.d_vocab_out = len(weights.W_E), weights.W_U.shape[1]
        self.device = weights.W_E.device
        self._turns = (torch.empty(0), torch.empty(0))
        self._masks: dict[int | None, Tensor] = {}

    # ---- the whole ---------------------------------------------------------------------------------------

    def forward(
        self,
        ids: Int[Tensor, "batch pos"],
        lengths: Int[Tensor, " batch"] | None = None,
        tap: Tap | None = None,
        *,
        start: int = 0,
        resid: Float[Tensor, "batch pos d_model"] | None = None,
        stop: int | None = None,
    ) -> Float[Tensor, "batch pos _"]:
        """Logits [batch pos vocab_out]; with `stop` the residual stream in front of that block instead.

        `resid`: start at block `start` from this residual stream, positions included; `ids` are not read.
        """
        if start and resid is None:
            raise ValueError("Block `start` needs the residual stream it starts from: give `resid`.")
        tap = tap or _untouched
        x = resid
        if x is None:
            x = tap("embed", -1, self.embed(ids)) + self.position(ids.shape[1])
        for layer in range(start, self.n_layers if stop is None else stop):
            x = self.block(layer, x, lengths, tap)
        return x if stop is not None else self.unembed(tap("resid.final", self.n_layers, x))

    def block(
        self,
        layer: int,
        resid: Float[Tensor, "batch pos d_model"],
        lengths: Int[Tensor, " batch"] | None = None,
        tap: Tap = _untouched,
    ) -> Float[Tensor, "batch pos d_model"]:
        block = self.blocks[layer]
        pre = tap("resid.pre", layer, resid)
        x = normed(block.attn_norm, pre)
        q = tap("q", layer, self.queries(layer, x))
        k = tap("k", layer, self.keys(layer, x))
        v = tap("v", layer, self.values(layer, x))
        pattern = tap("pattern", layer, self.pattern(layer, q, k, lengths))
        z = tap("attn.z", layer, self.mix(pattern, v))
        attn_out = tap("attn.out", layer, self.attn_out(layer, z))
        after = pre + attn_out
        mid = tap("resid.mid", layer, pre if self.parallel else after)
        mlp_in = tap("mlp.in", layer, normed(block.mlp_norm, mid))
        mlp_out = tap("mlp.out", layer, self.mlp(layer, mlp_in))
        return tap("resid.post", layer, (after if self.parallel else mid) + mlp_out)

    # ---- the parts ---------------------------------------------------------------------------------------

    def embed(self, ids: Int[Tensor, "batch pos"]) -> Float[Tensor, "batch pos d_model"]:
        """Token embeddings, as added to the residual stream."""
        return F.embedding(ids, self.W_E)

    def position(self, n_pos: int) -> Float[Tensor, "pos d_model"]:
        """What the first `n_pos` positions add to the residual stream; zeros in rotary models."""
        if n_pos > self.n_ctx:
            raise PromptTooLong(
                f"The prompt is {n_pos} tokens long and the model reads at most {self.n_ctx}. Shorten it.",
                tokens=n_pos,
                max_tokens=self.n_ctx,
            )
        return self.W_E.new_zeros(n_pos, self.d_model) if self.W_pos is None else self.W_pos[:n_pos]

    def queries(
        self, layer: int, x: Float[Tensor, "batch pos *head d_model"]
    ) -> Float[Tensor, "batch pos head d_head"]:
        """From the normed residual stream, or from one per head [batch pos head d_model]."""
        attn = self.blocks[layer].attn
        return normed(attn.q_norm, attn.query(x))

    def keys(
        self, layer: int, x: Float[Tensor, "batch pos *head d_model"]
    ) -> Float[Tensor, "batch pos head d_head"]:
        """As `queries`; shared keys are repeated, so that every query head has its own."""
        attn = self.blocks[layer].attn
        return self._per_query_head(normed(attn.k_norm, attn.key(x)))

    def values(
        self, layer: int, x: Float[Tensor, "batch pos *head d_model"]
    ) -> Float[Tensor, "batch pos head d_head"]:
        """As `keys`."""
        return self._per_query_head(self.blocks[layer].attn.value(x))

    def _per_query_head(
        self, kv: Float[Tensor, "batch pos kv d_head"]
    ) -> Float[Tensor, "batch pos head d_head"]:
        times = self.n_heads // kv.shape[2]
        if times == 1:
            return kv
        return kv.unsqueeze(3).expand(-1, -1, -1, times, -1).flatten(2, 3)

    def pattern(
        self,
        layer: int,
        q: Float[Tensor, "batch pos head d_head"],
        k: Float[Tensor, "batch pos head d_head"],
        lengths: Int[Tensor, " batch"] | None = None,
    ) -> Float[Tensor, "batch head query key"]:
        """How much each query reads from each key; rows sum to 1."""
        return self.scores(layer, q, k, lengths).softmax(-1)

    def scores(
        self,
        layer: int,
        q: Float[Tensor, "batch pos head d_head"],
        k: Float[Tensor, "batch pos head d_head"],
        lengths: Int[Tensor, " batch"] | None = None,
    ) -> Float[Tensor, "batch head query key"]:
        """What the softmax over keys reads; -inf where a query may not look."""
        attn, n_pos = self.blocks[layer].attn, q.shape[1]
        scores = self.turn(q).transpose(1, 2) @ self.turn(k).permute(0, 2, 3, 1) * attn.scale
        if self.causal or attn.window:
            scores = scores.masked_fill(self._hidden(n_pos, attn.window), -torch.inf)
        if lengths is not None and not self.causal:  # a causal query never sees the padding behind it
            padding = torch.arange(n_pos, device=q.device) >= lengths[:, None]
            scores = scores.masked_fill(padding[:, None, None], -torch.inf)
        return scores

    def mix(
        self, pattern: Float[Tensor, "batch head query key"], v: Float[Tensor, "batch key head d_head"]
    ) -> Float[Tensor, "batch query head d_head"]:
        """What each head has read, z."""
        return (pattern @ v.transpose(1, 2)).transpose(1, 2)

    def head_results(
        self, layer: int, z: Float[Tensor, "batch pos head d_head"]
    ) -> Float[Tensor, "batch pos head d_model"]:
        """What each head writes into the residual stream; with b_O they sum to `attn_out`."""
        batch, pos, heads, d_head = z.shape
        flat = z.permute(2, 0, 1, 3).reshape(heads, -1, d_head) @ self.blocks[layer].attn.W_O
        return flat.view(heads, batch, pos, -1).permute(1, 2, 0, 3)

    def attn_out(
        self, layer: int, z: Float[Tensor, "batch pos head d_head"]
    ) -> Float[Tensor, "batch pos d_model"]:
        attn = self.blocks[layer].attn
        return F.linear(z.flatten(2), attn.W_O.flatten(0, 1).T, attn.b_O)

    def mlp(self, layer: int, x: Float[Tensor, "*any d_model"]) -> Float[Tensor, "*any d_model"]:
        """The MLP's output on its normed input."""
        mlp = self.blocks[layer].mlp
        inner = F.linear(x, mlp.W_in.T, mlp.b_in)
        if mlp.W_gate is None:
            inner = mlp.act(inner)
        else:
            inner = mlp.act(F.linear(x, mlp.W_gate.T, mlp.b_gate)) * inner
        return F.linear(inner, mlp.W_out.T, mlp.b_out)

    def unembed(self, resid: Float[Tensor, "*any d_model"]) -> Float[Tensor, "*any vocab_out"]:
        """Logits of a last residual stream, final norm included."""
        return F.linear(normed(self.final_norm, resid), self.W_U.T, self.b_U)

    # ---- positions ---------------------------------------------------------------------------------------

    def turn(self, x: Float[Tensor, "batch pos head d_head"]) -> Float[Tensor, "batch pos head d_head"]:
        """Rotary embedding of queries or keys, by their positions; nothing in models without one."""
        rotary, n_pos = self.weights.rotary, x.shape[1]
        if rotary is None:
            return x
        tables = self._turns  # kept for the longest prompt seen
        if len(tables[0]) < n_pos:
            tables = self._turns = rotary.tables(n_pos)
        cos, sin = (table[:n_pos, None] for table in tables)
        half = cos.shape[-1]
        one, other, rest = x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]
        return torch.cat((one * cos - other * sin, other * cos + one * sin, rest), dim=-1)

    def _hidden(self, n_pos: int, window: int | None) -> Tensor:
        """True where a query may not read a key: later ones, and those that left its window."""
        known = self._masks.get(window)
        if known is None or len(known) < n_pos:
            behind = torch.arange(n_pos, device=self.device)
            distance = behind[:, None] - behind
            known = distance < 0 if self.causal else torch.zeros_like(distance, dtype=torch.bool)
            known = known if window is None else known | (distance.abs() >= window)
            self._masks[window] = known  # kept for the longest prompt seen
        return known[:n_pos, :n_pos]


def load_network(entry: ModelEntry, device: str = "cpu") -> Network:
    """Any supported model as a network alone: no tokenizer needed, no hooks. A loaded `LanguageModel` has
    one already that shares its weights (`.network`)."""
    return Network(read_weights(entry, device))


def normed(norm: Norm | None, x: Tensor) -> Tensor:
    return x if norm is None else norm.apply(x)
