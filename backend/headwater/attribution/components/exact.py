"""Exact edge patching: every edge carries the patch run's value by itself, and the rest of the model follows.

    score(u -> v) = metric(clean) - metric(clean run where v's input is clean + (u_patch - u_clean))

No first-order estimate anywhere. Runs are rows [edge example] of one batch, as many at a time as the memory
budget allows: edges from some sources to all heads of a layer are formed by products, never one by one.
What a patched run shares with the clean one is not computed again:

* a run begins at its slot's own layer;
* where no later position is seen, it begins at the first position that differs between the prompts, and takes
  keys and values of earlier ones from the clean run;
* behind the last attention only positions where an answer is read go on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.attribution.components.pair import Pair, bytes_per_position, work_bytes
from headwater.attribution.components.scores import Scores
from headwater.lm.network import normed

EXACT_SITES = ("embed", "resid.pre", "q", "k", "v", "attn.z", "resid.mid", "mlp.out", "resid.post")
"""What `exact` needs of the clean and the patch run."""

Edges = Float[Tensor, "*edge batch tail d_model"]
"""The residual stream of one run an edge and example, from the first position that differs."""


@torch.no_grad()
def exact(pair: Pair) -> Scores:
    """The fall of the metric when one edge is patched, for every edge and example."""
    universe, runs = pair.universe, _Runs(pair, _first_difference(pair))
    scores = pair.delta.new_zeros(len(pair.batch.clean), universe.n_sources, universe.n_slots)
    at_once = runs.edges_at_once
    for layer in range(universe.n_layers):
        for some in _chunks(universe.sources_of_heads(layer), at_once // universe.n_heads):
            for kind in ("q", "k", "v"):
                scores[:, some, universe.slots(layer, kind)] = runs.into_heads(layer, kind, some)
        for some in _chunks(universe.sources_of_mlp(layer), at_once):
            scores[:, some, universe.mlp_slot(layer)] = runs.into_mlp(layer, some)
    for some in _chunks(universe.n_sources, at_once):
        scores[:, some, universe.logits_slot] = runs.into_logits(some)
    return scores


def _chunks(n: int, size: int) -> Iterator[slice]:
    size = max(1, size)
    return (slice(first, min(first + size, n)) for first in range(0, n, size))


def _first_difference(pair: Pair) -> int:
    """Positions before this one are as in the clean run whatever is patched, and no answer is read there."""
    if not pair.network.causal or pair.batch.patch is None:
        return 0
    differs = (pair.batch.clean != pair.batch.patch).any(0).nonzero()
    first_answer = int(pair.answers.places.position.min())
    return min(int(differs[0]), first_answer) if len(differs) else first_answer


@dataclass(frozen=True)
class _Runs:
    """Runs that differ from the clean one from position `first` on."""

    pair: Pair
    first: int

    @property
    def edges_at_once(self) -> int:
        """Edges whose runs fit the budget; without gradients one block is alive at a time."""
        pair = self.pair
        n_examples, n_pos = pair.batch.clean.shape
        one_block = bytes_per_position(pair.network, n_pos) // pair.network.n_layers
        per_edge = n_examples * n_pos * one_block + pair.answers.bytes_per_copy
        return max(1, work_bytes(pair.network) // per_edge)

    def clean(self, site: str, layer: int) -> Tensor:
        """[batch tail ...]"""
        return self.pair.clean[site, layer][:, self.first :]

    def moved(self, some: slice) -> Float[Tensor, "source batch tail d_model"]:
        return self.pair.delta[:, some, self.first :].transpose(0, 1)

    # ---- one slot patched --------------------------------------------------------------------------------

    def into_heads(self, layer: int, kind: str, some: slice) -> Float[Tensor, "batch source head"]:
        """One head's query, key or value reads a patched source."""
        network = self.pair.network
        read = {"q": network.queries, "k": network.keys, "v": network.values}[kind]
        patched = self.clean("resid.pre", layer) + self.moved(some)
        n_sources, n_examples = patched.shape[:2]
        changed = read(layer, normed(network.blocks[layer].attn_norm, patched.flatten(0, 1)))
        qkv = {site: self.clean(site, layer).repeat(n_sources, 1, 1, 1) for site in ("q", "k", "v")}
        z = self.attend(layer, **{**qkv, kind: changed})
        change = network.head_results(layer, z - self.clean("attn.z", layer).repeat(n_sources, 1, 1, 1))
        written = change.view(n_sources, n_examples, *change.shape[1:]).permute(0, 3, 1, 2, 4)
        if network.parallel:  # the MLP of this block does not read the heads
            return self.fall(layer + 1, self.clean("resid.post", layer) + written)
        mid = self.clean("resid.mid", layer) + written
        if layer == network.n_layers - 1:
            at = self.pair.answers.read(self.rows(mid), self.first)
            return self.fall_at(at + self.mlp(layer, at), mid)
        return self.fall(layer + 1, mid + self.mlp(layer, mid))

    def into_mlp(self, layer: int, some: slice) -> Float[Tensor, "batch source"]:
        patched = self.mlp(layer, self.clean("resid.mid", layer) + self.moved(some))
        return self.fall(
            layer + 1, self.clean("resid.post", layer) + (patched - self.clean("mlp.out", layer))
        )

    def into_logits(self, some: slice) -> Float[Tensor, "batch source"]:
        n_layers = self.pair.network.n_layers
        return self.fall(n_layers, self.clean("resid.final", n_layers) + self.moved(some))

    # ---- the rest of the model ---------------------------------------------------------------------------

    def fall(self, start: int, resid: Edges) -> Float[Tensor, "batch *edge"]:
        """How far the metric falls when runs go on from here at block `start`."""
        network, answers = self.pair.network, self.pair.answers
        rows, last = self.rows(resid), network.n_layers - 1
        for layer in range(start, last):
            attn_out = network.attn_out(layer, self.read_all(layer, rows))
            mid = rows if network.parallel else rows + attn_out
            rows = rows + attn_out + self.mlp(layer, mid)
        if start > last:
            return self.fall_at(answers.read(rows, self.first), resid)
        z = answers.read(self.read_all(last, rows), self.first)
        attn_out = network.attn_out(last, z[None])[0]
        rows = answers.read(rows, self.first)
        mid = rows if network.parallel else rows + attn_out
        return self.fall_at(rows + attn_out + self.mlp(last, mid), resid)

    def fall_at(self, final: Float[Tensor, "place d_model"], of: Edges) -> Float[Tensor, "batch *edge"]:
        """`of`: the runs that `final`, the last residual stream where answers are read, comes from."""
        *edges, n_examples = of.shape[:-2]
        values = self.pair.answers.values_at(final, of.shape[:-2].numel()).view(-1, n_examples)
        return (self.pair.metric_clean - values).T.reshape(n_examples, *edges)

    def rows(self, resid: Edges) -> Float[Tensor, "row tail d_model"]:
        return resid.reshape(-1, *resid.shape[-2:])

    def read_all(self, layer: int, rows: Tensor) -> Float[Tensor, "row tail head d_head"]:
        network = self.pair.network
        x = normed(network.blocks[layer].attn_norm, rows)
        return self.attend(layer, network.queries(layer, x), network.keys(layer, x), network.values(layer, x))

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Float[Tensor, "row tail head d_head"]:
        """What heads read, from queries, keys and values of the tail."""
        network, copies = self.pair.network, len(q) // len(self.pair.batch.clean)
        if self.first:  # the few scores of earlier queries are computed for nothing
            q, k, v = (
                torch.cat((self.pair.clean[site, layer][:, : self.first].repeat(copies, 1, 1, 1), tail), 1)
                for site, tail in (("q", q), ("k", k), ("v", v))
            )
        pattern = network.pattern(layer, q, k, self.pair.batch.lengths.repeat(copies))
        return network.mix(pattern[:, :, self.first :], v)

    def mlp(self, layer: int, resid: Tensor) -> Tensor:
        network = self.pair.network
        return network.mlp(layer, normed(network.blocks[layer].mlp_norm, resid))
