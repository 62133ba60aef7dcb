"""The linear network of one batch, with a gate at every feature: one backward pass finds a circuit.

Attention patterns and norm denominators are held, error terms are constants, transcoders stand in for their
MLPs. What is left is linear in the features, so a·dm/da is exactly how far the metric falls when the
feature's share of everything behind it goes. Gradients arrive in reverse order of computation; a node whose
|a·dm/da| does not exceed the threshold sends none of it further down, so that a score counts only paths
through nodes that are kept.

Refs: Ge et al. 2024 (arXiv 2405.13868), hierarchical attribution; there, and here, a node's score is its
total effect over surviving paths. The gate here looks at |a·dm/da|: what works against the metric is kept
as well."""

from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from headwater.attribution.sparse.nodes import bin_sums
from headwater.attribution.sparse.passes import Explained, frozen_norm, without_gain
from headwater.attribution.sparse.sites import Site
from headwater.lm.batch import Batch
from headwater.lm.network import Network
from headwater.lm.sites import ATTN_OUT, ATTN_Z, MLP_IN, MLP_NORMALIZED, MLP_OUT, RESID_MID, RESID_POST


@dataclass
class SiteGate:
    """One site in one pass, and what its gate let through in the last backward pass.

    `gradient`: of the metric at every feature, 0 where the gate closed. `score`: a·gradient by bin,
    features and last the error term; `kept` where it exceeded the threshold."""

    site: Site
    activation: Float[Tensor, "batch pos feature"]
    error: Float[Tensor, "batch pos d_out"]
    gradient: Float[Tensor, "batch pos feature"] = field(init=False)
    score: Float[Tensor, "batch bin node"] = field(init=False)
    kept: Bool[Tensor, "batch bin node"] = field(init=False)


class _Gate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, activation: Tensor, passed: "GatedPass", gate: SiteGate) -> Tensor:
        ctx.passed, ctx.gate = passed, gate
        return activation.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return ctx.passed.pass_on(ctx.gate, gradients[0]), None, None


class GatedPass:
    """Run once; then `scores(threshold)` as often as wanted, one backward pass each."""

    def __init__(self, network: Network, sites: tuple[Site, ...], explained: Explained, n_bins: int) -> None:
        self.network, self.explained, self.n_bins = network, explained, n_bins
        self.batch: Batch = explained.batch
        self.gates: list[SiteGate] = []
        self._sites = {(site.part, site.layer): site for site in sites}
        self._errors: list[Tensor] = []
        with torch.enable_grad():
            self._metric = self._forward()
        self._threshold = torch.zeros(len(self.batch.clean), device=network.device)

    def scores(self, threshold: Float[Tensor, " batch"]) -> list[SiteGate]:
        """The gates after one backward pass at this threshold, one for every row."""
        self._threshold = threshold
        for gate in self.gates:  # a site nothing flows back to is never called
            gate.gradient = torch.zeros_like(gate.activation)
        ones = torch.ones_like(self._metric)  # rows are independent: the sum's gradient is each row's
        # The embedding is asked for so that every gate lies on a path to something asked for.
        leaves = [*self._errors, self._embedding]
        gradients = torch.autograd.grad(self._metric, leaves, ones, retain_graph=True, materialize_grads=True)
        for gate, gradient in zip(self.gates, gradients[:-1], strict=True):
            features = self._by_bin(gate.activation * gate.gradient)
            error = self._by_bin((gate.error * gradient).sum(-1, keepdim=True))
            gate.score = torch.cat([features, error], -1)
            gate.kept = self._exceeds(gate.score)
            gate.score = gate.score * gate.kept
        return self.gates

    def pass_on(self, gate: SiteGate, gradient: Tensor) -> Tensor:
        kept = self._exceeds(self._by_bin(gate.activation * gradient))
        gate.gradient = gradient * self.at_positions(kept)
        return gate.gradient

    def at_positions(self, kept: Bool[Tensor, "batch bin node"]) -> Bool[Tensor, "batch pos node"]:
        """What holds for a bin holds for its positions; nothing outside all bins is kept."""
        bins = self.batch.bins
        index = bins.clamp(min=0)[..., None].expand(-1, -1, kept.shape[-1])
        return kept.gather(1, index) & (bins >= 0)[..., None]

    def _by_bin(self, values: Tensor) -> Tensor:
        return bin_sums(values, self.batch.bins, self.n_bins)

    def _exceeds(self, score: Float[Tensor, "batch bin node"]) -> Bool[Tensor, "batch bin node"]:
        return score.abs() > self._threshold[:, None, None]

    # ---- the forward pass ----------------------------------------------------------------------------------

    def _forward(self) -> Float[Tensor, " batch"]:
        network, batch = self.network, self.batch
        end_place, end = self.explained.end
        self._embedding = embedding = network.embed(batch.clean).requires_grad_()
        x = self._splice("embed", -1, embedding, embedding) + network.position(batch.clean.shape[1])
        seen: dict[tuple[str, int], Tensor] = {}
        for layer in range(network.n_layers):
            x = self._block(layer, x, seen)
            if (end_place, end) in seen:
                return self.explained.of_end(seen[end_place, end])
        return self.explained.of_end(x)

    def _block(self, layer: int, pre: Tensor, seen: dict[tuple[str, int], Tensor]) -> Tensor:
        network, block = self.network, self.network.blocks[layer]
        x = frozen_norm(block.attn_norm, pre)
        held = x.detach()
        pattern = network.pattern(
            layer, network.queries(layer, held), network.keys(layer, held), self.batch.lengths
        )
        z = network.mix(pattern, network.values(layer, x)).flatten(2)
        seen[ATTN_Z, layer] = z
        z = self._splice("attn", layer, z, z, ATTN_Z)
        out = network.attn_out(layer, z.view(*z.shape[:2], network.n_heads, -1))
        seen[ATTN_OUT, layer] = out
        out = self._splice("attn", layer, out, out, ATTN_OUT)
        after = pre + out
        mid = pre if network.parallel else after
        seen[RESID_MID, layer] = mid
        seen[MLP_IN, layer] = mlp_in = frozen_norm(block.mlp_norm, mid)
        seen[MLP_NORMALIZED, layer] = frozen_norm(without_gain(block.mlp_norm), mid)
        seen[MLP_OUT, layer] = written = network.mlp(layer, mlp_in)
        site = self._sites.get(("mlp", layer))
        read = written if site is None else seen[site.read, layer]
        post = after + self._splice("mlp", layer, read, written)
        seen[RESID_POST, layer] = post
        return self._splice("resid", layer, post, post)

    def _splice(
        self, part: str, layer: int, read: Tensor, written: Tensor, place: str | None = None
    ) -> Tensor:
        """The same value, reached through the site's features and, held constant, its error."""
        site = self._sites.get((part, layer))
        if site is None or (place is not None and place != site.write):
            return written
        activation = site.encode(read)
        plain = activation.detach() @ site.dictionary.W_dec + site.dictionary.b_dec
        skip = site.dictionary.W_skip
        through = torch.zeros_like(plain) if skip is None else read @ skip.T
        error = (written - plain - through).detach().requires_grad_()
        gate = SiteGate(site, activation.detach(), error.detach())
        self.gates.append(gate)
        self._errors.append(error)
        passed: Tensor = _Gate.apply(activation, self, gate)  # type: ignore[no-untyped-call]  # torch's own
        return passed @ site.dictionary.W_dec + site.dictionary.b_dec + through + error


def thresholds_for(
    passed: GatedPass, size: int, *, tolerance: float = 0.05, rounds: int = 24
) -> tuple[Float[Tensor, " batch"], Int[Tensor, " batch"]]:
    """For every row by itself the threshold that keeps about `size` nodes, and how many it keeps.

    Bisection in log space, one backward pass a round; rows that are close enough rest. 0 where there are no
    more nodes than asked for.
    """
    zero = torch.zeros_like(passed.explained.batch.lengths, dtype=torch.get_default_dtype())
    gates = passed.scores(zero)
    largest = torch.stack([gate.score.abs().amax((1, 2)) for gate in gates]).amax(0).clamp(min=1e-30)
    best, count = zero, _count(gates)
    low, high = (largest * 1e-8).log(), (largest * 10).log()
    allowed = max(1, int(tolerance * size))
    done = count <= size + allowed
    for _ in range(rounds):
        if bool(done.all()):
            break
        middle = (low + high) / 2
        found = _count(passed.scores(middle.exp().where(~done, best)))
        better = ~done & ((found - size).abs() < (count - size).abs())
        best, count = middle.exp().where(better, best), found.where(better, count)
        low, high = middle.where(found > size, low), middle.where(found <= size, high)
        done = done | ((found - size).abs() <= allowed)
    return best, count


def _count(gates: list[SiteGate]) -> Int[Tensor, " batch"]:
    return torch.stack([gate.kept.sum((1, 2)) for gate in gates]).sum(0)
