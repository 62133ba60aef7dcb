"""Edges between heads and MLPs scored the straightforward way: what `bench.circuits` compares with.

Every head writes a result of its own and every query, key and value reads a copy of the residual stream of
its own, all of them in autograd's graph, as the papers draw it and as their released code does (EAP-IG: hooks
on `hook_result` and `hook_{q,k,v}_input`). Loops over layers, heads, destinations and, for exact patching,
edges; one point of a path at a time. Scores are those of `attribution.components`: [batch source slot].
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.attribution.components.pair import universe_of
from headwater.attribution.metrics import metric_value
from headwater.lm.batch import Batch
from headwater.lm.network import Network, normed

Scores = Float[Tensor, "batch source slot"]
NOTHING: Mapping[int, Tensor] = {}


@dataclass(frozen=True)
class Plain:
    """One pass: what every source wrote, what every slot read, what every layer's heads have read (z)."""

    sources: list[Tensor]
    slots: list[Tensor]
    z: list[Tensor]
    qkv: list[tuple[Tensor, Tensor, Tensor]]
    loss: Tensor


def forward(
    network: Network,
    batch: Batch,
    ids: Tensor,
    *,
    replaced: Mapping[int, Tensor] = NOTHING,
    added: Mapping[int, Tensor] = NOTHING,
) -> Plain:
    """`replaced`: source -> what it writes instead; `added`: slot -> what its input has on top."""
    sources: list[Tensor] = []
    slots: list[Tensor] = []
    zs, qkvs = [], []

    def write(value: Tensor) -> Tensor:
        value = replaced.get(len(sources), value)
        sources.append(value)
        return value

    def read(resid: Tensor) -> Tensor:
        copy = resid.clone() if len(slots) not in added else resid + added[len(slots)]
        slots.append(copy)
        return copy

    # Nothing in a network requires gradients: the embedding has to, for slots to be in the graph.
    resid = write(network.embed(ids).requires_grad_()) + network.position(ids.shape[1])
    for layer, block in enumerate(network.blocks):
        q, k, v = (
            project(
                layer, normed(block.attn_norm, torch.stack([read(resid) for _ in range(network.n_heads)], 2))
            )
            for project in (network.queries, network.keys, network.values)
        )
        z = network.mix(network.pattern(layer, q, k, batch.lengths), v)
        heads = [write(z[:, :, head] @ block.attn.W_O[head]) for head in range(network.n_heads)]
        mid = resid + torch.stack(heads).sum(0) + block.attn.b_O
        mlp = write(network.mlp(layer, normed(block.mlp_norm, read(resid if network.parallel else mid))))
        resid = mid + mlp
        zs.append(z)
        qkvs.append((q, k, v))
    logits = network.unembed(read(resid))
    return Plain(sources, slots, zs, qkvs, -metric_value("logit_difference", logits, batch.readout).sum())


def differences(
    network: Network, batch: Batch
) -> tuple[Plain, Plain, Float[Tensor, "source batch pos d_model"]]:
    """(clean run, patch run, patch - clean of every source), padding left out."""
    assert batch.patch is not None
    with torch.no_grad():
        clean, patch = (forward(network, batch, ids) for ids in (batch.clean, batch.patch))
        moved = torch.stack(patch.sources) - torch.stack(clean.sources)
        return clean, patch, moved * batch.is_real[:, :, None]


def gradients(run: Plain) -> list[Tensor]:
    found = torch.autograd.grad(run.loss, run.slots, allow_unused=True)
    pairs = zip(found, run.slots, strict=True)
    return [torch.zeros_like(slot) if one is None else one for one, slot in pairs]


def contract(network: Network, moved: Tensor, at_slots: Sequence[Tensor]) -> Scores:
    universe = universe_of(network)
    scores = moved.new_zeros(moved.shape[1], universe.n_sources, universe.n_slots)
    for slot, gradient in enumerate(at_slots):
        before = int(universe.n_sources_of[slot])
        scores[:, :before, slot] = torch.einsum("ubpd,bpd->bu", moved[:before], gradient)
    return scores


def eap(network: Network, batch: Batch) -> Scores:
    *_, moved = differences(network, batch)
    return contract(network, moved, gradients(forward(network, batch, batch.clean)))


def eap_ig_inputs(network: Network, batch: Batch, steps: int) -> Scores:
    clean, patch, moved = differences(network, batch)
    total = [torch.zeros_like(slot) for slot in clean.slots]
    for k in range(steps):
        start = patch.sources[0] + k / steps * (clean.sources[0] - patch.sources[0])
        run = forward(network, batch, batch.clean, replaced={0: start.detach().requires_grad_()})
        total = [a + b / steps for a, b in zip(total, gradients(run), strict=True)]
    return contract(network, moved, total)


def groups(network: Network) -> Iterator[list[int]]:
    """Sources that EAP-IG activations moves together: the input, a layer's heads, a layer's MLP."""
    universe = universe_of(network)
    yield [0]
    for layer in range(network.n_layers):
        heads = universe.heads(layer)
        yield list(range(heads.start, heads.stop))
        yield [universe.mlp(layer)]


def eap_ig_activations(network: Network, batch: Batch, steps: int) -> Scores:
    clean, patch, moved = differences(network, batch)
    total = [torch.zeros_like(slot) for slot in clean.slots]
    all_groups = list(groups(network))
    weight = 1 / (steps * len(all_groups))
    for group in all_groups:
        for k in range(1, steps + 1):
            mixed = {
                source: (
                    patch.sources[source] + k / steps * (clean.sources[source] - patch.sources[source])
                ).requires_grad_()
                for source in group
            }
            run = forward(network, batch, batch.clean, replaced=mixed)
            total = [a + weight * b for a, b in zip(total, gradients(run), strict=True)]
    return contract(network, moved, total)


def exact(network: Network, batch: Batch, edges: Sequence[tuple[int, int]]) -> Float[Tensor, "batch edge"]:
    """A whole pass for every edge (source, slot). For batches of one example: losses are summed."""
    clean, _, moved = differences(network, batch)
    falls = []
    with torch.no_grad():
        for source, slot in edges:
            falls.append(forward(network, batch, batch.clean, added={slot: moved[source]}).loss - clean.loss)
    return torch.stack(falls)[None]


@dataclass(frozen=True)
class PlainPositions:
    within: Float[Tensor, "batch bin edge"]
    crossing: Float[Tensor, "batch layer slot head bin bin"]


def position_aware(network: Network, batch: Batch, n_bins: int) -> PlainPositions:
    """EAP position by position, and for every head and pair of positions a softmax of its own."""
    universe = universe_of(network)
    clean, patch, moved = differences(network, batch)
    run = forward(network, batch, batch.clean)
    (*at_slots,) = torch.autograd.grad(run.loss, [*run.slots, *run.z])
    at_z = at_slots[len(run.slots) :]
    n_examples, n_pos = batch.clean.shape
    within = moved.new_zeros(n_examples, n_bins + 1, universe.n_edges)
    examples = torch.arange(n_examples, device=moved.device)
    bins = batch.bins.where(batch.bins >= 0, n_bins)
    for edge, (source, slot) in enumerate(
        zip(universe.edge_source.tolist(), universe.edge_slot.tolist(), strict=True)
    ):
        by_position = (moved[source] * at_slots[slot]).sum(-1)
        for position in range(n_pos):
            within[examples, bins[:, position], edge] += by_position[:, position]
    crossing = moved.new_zeros(n_examples, network.n_layers, 3, network.n_heads, n_bins + 1, n_bins + 1)
    for layer in range(network.n_layers):
        (q, k, v), (q_patch, k_patch, v_patch) = clean.qkv[layer], patch.qkv[layer]
        plain = network.scores(layer, q, k, batch.lengths)
        changed = {
            0: network.scores(layer, q_patch, k, batch.lengths),
            1: network.scores(layer, q, k_patch, batch.lengths),
        }
        pattern = plain.softmax(-1)
        for head in range(network.n_heads):
            for query in range(n_pos):
                slope = at_z[layer][:, query, head]
                for key in range(query + 1 if network.causal else n_pos):
                    falls = {2: pattern[:, head, query, key, None] * (v_patch - v)[:, key, head]}
                    for slot, scores in changed.items():
                        row = plain[:, head, query].clone()
                        row[:, key] = scores[:, head, query, key]
                        moved_row = row.softmax(-1) - pattern[:, head, query]
                        falls[slot] = torch.einsum("bk,bkd->bd", moved_row, v[:, :, head])
                    for slot, fall in falls.items():
                        worth = (fall * slope).sum(-1)
                        crossing[examples, layer, slot, head, bins[:, key], bins[:, query]] += worth
    return PlainPositions(within[:, :n_bins], crossing[..., :n_bins, :n_bins])
