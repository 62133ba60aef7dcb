"""How steeply the loss (-metric) rises at every slot's input: one backward pass, then matrix products.

A head's query, key and value each read the residual stream through their own copy of the norm, so the
gradient at the slot is that at q, k or v pulled back through the head's matrix and the norm. autograd gives
the gradients at q, k, v, at the MLPs' normed inputs and at the last residual stream; the rest is linear.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from headwater.attribution.components.answers import Answers
from headwater.attribution.components.graph import EdgeUniverse
from headwater.attribution.components.runs import Run
from headwater.lm.batch import Batch
from headwater.lm.network import Network, Tap
from headwater.lm.network_weights import HeadMap
from headwater.lm.norm import Norm

_READ = ("q", "k", "v", "attn.z", "mlp.in", "resid.final")
_KEPT = (*_READ, "resid.pre", "resid.mid")
SlotGradients = Float[Tensor, "batch slot pos d_model"]


class Backward:
    """Sums the gradients at all slots over passes. Rows of a pass are copies of the batch, one by one."""

    def __init__(self, network: Network, universe: EdgeUniverse, batch: Batch) -> None:
        self.network, self.universe, self.batch = network, universe, batch
        n_examples, n_pos = batch.clean.shape
        self.z: dict[int, Tensor] = {}
        """layer -> gradient at what its heads have read, [batch pos head d_head]."""
        self.total: SlotGradients = network.W_E.new_zeros(
            n_examples, universe.n_slots, n_pos, network.d_model
        )

    def add(
        self, run: Callable[[Tap], Tensor], root: Tensor, weight: float = 1.0
    ) -> Float[Tensor, "batch pos d_model"]:
        """Runs `run(tap)`, which gives a loss, and adds `weight` times its gradient at the slots it taps.

        Gives the gradient at `root` [row pos d_model], summed over copies and weighted too.
        """
        seen: Run = {}

        def keep(site: str, layer: int, value: Tensor) -> Tensor:
            if site in _KEPT:
                # A view of its own: without a norm "mlp.in" is the residual stream, which others read too.
                value = value.view_as(value)
                seen[site, layer] = value
            return value

        with torch.enable_grad():
            loss = run(keep) * weight
        at = [key for key in seen if key[0] in _READ and seen[key].requires_grad]
        *grads, at_root = torch.autograd.grad(loss, [*(seen[key] for key in at), root], allow_unused=True)
        with torch.no_grad():
            for (site, layer), grad in zip(at, grads, strict=True):
                if grad is not None:  # None: the loss of this pass does not depend on it
                    self._add_slot(site, layer, grad, seen)
            return self._over_copies(torch.zeros_like(root) if at_root is None else at_root)

    def _add_slot(self, site: str, layer: int, grad: Tensor, seen: Run) -> None:
        universe = self.universe
        if site == "resid.final":
            self.total[:, universe.logits_slot] += self._over_copies(grad)
        elif site == "attn.z":
            self.z[layer] = self.z.get(layer, 0) + self._over_copies(grad)
        elif site == "mlp.in":
            pulled = through_norm(
                self.network.blocks[layer].mlp_norm, seen["resid.mid", layer].detach(), grad
            )
            self.total[:, universe.mlp_slot(layer)] += self._over_copies(pulled)
        else:
            pulled = pull_back(self.network, layer, site, seen["resid.pre", layer].detach(), grad)
            self.total[:, universe.slots(layer, site)] += self._over_copies(pulled).transpose(1, 2)

    def _over_copies(self, grad: Tensor) -> Tensor:
        n_examples = len(self.total)
        return grad if len(grad) == n_examples else grad.view(-1, n_examples, *grad.shape[1:]).sum(0)


def pull_back(
    network: Network,
    layer: int,
    slot: str,
    resid: Float[Tensor, "row pos d_model"],
    grad: Float[Tensor, "row pos head d_head"],
) -> Float[Tensor, "row pos head d_model"]:
    """The gradient at each head's own input of q, k or v, from that at q, k or v."""
    attn, norm = network.blocks[layer].attn, network.blocks[layer].attn_norm
    heads: HeadMap = {"q": attn.query, "k": attn.key, "v": attn.value}[slot]
    inner = {"q": attn.q_norm, "k": attn.k_norm, "v": None}[slot]
    shared = grad.shape[2] // len(heads.W)
    if inner is not None:
        before = heads(resid if norm is None else norm.apply(resid))
        grad = inner.vjp(before.repeat_interleave(shared, dim=2), grad)
    split = grad.view(*grad.shape[:2], len(heads.W), shared, grad.shape[-1])
    flat = split.permute(2, 0, 1, 3, 4)
    pulled = flat.reshape(len(heads.W), -1, grad.shape[-1]) @ heads.W.transpose(1, 2)
    pulled = pulled.view(*flat.shape[:-1], -1).permute(1, 2, 0, 3, 4).flatten(2, 3)
    return through_norm(norm, resid, pulled)


def through_norm(norm: Norm | None, x: Tensor, grad: Tensor) -> Tensor:
    return grad if norm is None else norm.vjp(x, grad)


def add_from_embedding(
    back: Backward, answers: Answers, embedding: Float[Tensor, "row pos d_model"], weight: float = 1.0
) -> None:
    """A pass whose token embeddings are these, in copies of the batch."""
    network, batch = back.network, back.batch
    copies = len(embedding) // len(batch.clean)
    root = embedding.detach().requires_grad_()

    def run(tap: Tap) -> Tensor:
        def start_here(site: str, layer: int, value: Tensor) -> Tensor:
            return root if site == "embed" else tap(site, layer, value)

        ids, lengths = batch.clean.repeat(copies, 1), batch.lengths.repeat(copies)
        final = network.forward(ids, lengths, start_here, stop=network.n_layers)
        return answers.loss(tap("resid.final", network.n_layers, final))

    back.add(run, root, weight)
