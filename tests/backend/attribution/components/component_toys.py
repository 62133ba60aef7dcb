"""Random models of every kind a network can be, tasks on them, and the slow, obvious way to score an edge.

`slot_by_slot` is the model as the papers draw it: every slot reads its own copy of the residual stream. What
is added to one slot's copy is what an edge into it carries; its gradient there is the slot's gradient.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from headwater.attribution.components.exact import EXACT_SITES
from headwater.attribution.components.graph import EdgeUniverse
from headwater.attribution.components.pair import Pair, run_pair, universe_of
from headwater.attribution.metrics import metric_value
from headwater.lm.batch import Batch, batches
from headwater.lm.network import Network, normed
from headwater.lm.network_weights import (
    AttentionWeights,
    HeadMap,
    MlpWeights,
    NetworkBlock,
    NetworkWeights,
    Rotary,
    activation,
)
from headwater.lm.norm import Norm
from headwater.tasks.task import Readout, TokenExample, TokenTask

PEER = Path(__file__).parents[3] / "data" / "circuits" / "peers" / "eap_ln"
SITES = (*EXACT_SITES, "attn.out")
KINDS = ("gpt2", "llama", "neox", "bidirectional", "bare", "qwen")


def network(kind: str = "gpt2", *, n_layers: int = 2, seed: int = 0, linear: bool = False) -> Network:
    """`llama`: rotary, RMS, gated, two query heads a key; `neox`: parallel, half rotary; `bare`: no norms;
    `qwen`: `llama` with normed queries and keys. 4 heads, d_model 12. `linear`: no activation function."""
    torch.manual_seed(seed)
    rms, d, heads, d_head, d_mlp = kind in ("llama", "qwen"), 12, 4, 6, 10
    kv = 2 if rms else heads

    scale = 0.6 if kind in ("bare", "bidirectional") else 1.0  # nothing keeps these from growing

    def drawn(*shape: int, size: float = 0.5) -> Tensor:
        return scale * size * torch.randn(shape)

    def norm(width: int = d) -> Norm | None:
        if kind in ("bare", "bidirectional"):
            return None
        bias = torch.zeros(width) if rms else drawn(width, size=0.2)
        return Norm(1 + drawn(width, size=0.2), bias, 1e-5, centers=not rms)

    def block() -> NetworkBlock:
        inner = norm(d_head) if kind == "qwen" else None
        attn = AttentionWeights(
            HeadMap(drawn(heads, d, d_head), drawn(heads, d_head, size=0.1)),
            HeadMap(drawn(kv, d, d_head), drawn(kv, d_head, size=0.1)),
            HeadMap(drawn(kv, d, d_head), drawn(kv, d_head, size=0.1)),
            drawn(heads, d_head, d),
            drawn(d, size=0.1),
            d_head**-0.5,
            inner,
            inner,
        )
        gate = (drawn(d, d_mlp), drawn(d_mlp, size=0.1)) if rms else (None, None)
        act = (lambda x: x) if linear else activation("silu" if rms else "gelu_new")
        mlp = MlpWeights(
            drawn(d, d_mlp), drawn(d_mlp, size=0.1), drawn(d_mlp, d), drawn(d, size=0.1), act, *gate
        )
        return NetworkBlock(norm(), attn, norm(), mlp)

    turning = {"llama": 3, "qwen": 3, "neox": 2}.get(kind)
    weights = NetworkWeights(
        drawn(11, d),
        None if turning else drawn(16, d),
        Rotary(0.7 ** torch.arange(turning)) if turning else None,
        tuple(block() for _ in range(n_layers)),
        norm(),
        drawn(d, 9),
        drawn(9, size=0.1),
        n_ctx=16,
        causal=kind != "bidirectional",
        parallel=kind == "neox",
    )
    return Network(weights)


def task(lengths: tuple[int, ...] = (5, 5, 4, 6), *, seed: int = 0, spans: bool = False) -> TokenTask:
    """Examples whose patch prompt differs at two positions; two readouts in every second one."""
    drawn = torch.Generator().manual_seed(seed)

    def numbers(n: int, below: int) -> list[int]:
        return torch.randint(below, (n,), generator=drawn).tolist()

    examples = []
    for number, length in enumerate(lengths):
        clean = numbers(length, 11)
        patch = [*clean[:1], *((token + 1 + number) % 11 for token in clean[1:3]), *clean[3:]]
        correct, wrong, other = torch.randperm(9, generator=drawn)[:3].tolist()
        readouts = [Readout(length - 1, correct, wrong)]
        if number % 2:
            readouts.append(Readout(length - 2, other, None, weight=-0.5))
        names = (0, 1, *[2] * (length - 3), 3) if spans else None
        examples.append(TokenExample(tuple(clean), tuple(patch), tuple(readouts), names))
    return TokenTask("toy", tuple(examples), ("start", "first", "middle", "last") if spans else None)


def one_batch(of: TokenTask, positions: str = "sum") -> Batch:
    (batch,) = batches(of, 100, positions=positions)  # type: ignore[arg-type]  # a literal of `Positions`
    return batch


def slot_by_slot(net: Network, batch: Batch, added: Tensor, ids: Tensor | None = None) -> Tensor:
    """The last residual stream when `added` [batch slot pos d_model] enters the slots' inputs."""
    at: EdgeUniverse = universe_of(net)
    ids = batch.clean if ids is None else ids
    resid = net.embed(ids) + net.position(ids.shape[1])
    for layer, block in enumerate(net.blocks):
        q, k, v = (
            read(layer, normed(block.attn_norm, resid[:, :, None] + _beside(added[:, at.slots(layer, kind)])))
            for kind, read in (("q", net.queries), ("k", net.keys), ("v", net.values))
        )
        attn = net.attn_out(layer, net.mix(net.pattern(layer, q, k, batch.lengths), v))
        mid = resid if net.parallel else resid + attn
        mlp = net.mlp(layer, normed(block.mlp_norm, mid + added[:, at.mlp_slot(layer)]))
        resid = resid + attn + mlp
    return resid + added[:, at.logits_slot]


def _beside(slots: Tensor) -> Tensor:
    return slots.transpose(1, 2)


def assert_near(got: Tensor, want: Tensor, share: float = 1e-5) -> None:
    """Nowhere further apart than this share of the largest value."""
    assert got.shape == want.shape
    assert (got - want).abs().max() <= share * want.abs().max()


def no_additions(net: Network, batch: Batch) -> Tensor:
    n_examples, n_pos = batch.clean.shape
    return torch.zeros(n_examples, universe_of(net).n_slots, n_pos, net.d_model)


def pair_on(kind: str, metric: Any = "logit_difference", **settings: Any) -> Pair:
    lengths = (5, 5, 5, 5) if kind == "bidirectional" else (5, 5, 4, 6)
    return run_pair(network(kind, **settings), one_batch(task(lengths)), metric, SITES)


def loss_with(pair: Pair, added: Tensor, metric: Any = "logit_difference") -> Tensor:
    """[batch] -metric when `added` enters the slots."""
    network, batch = pair.network, pair.batch
    clean = network.unembed(pair.clean["resid.final", network.n_layers])
    logits = network.unembed(slot_by_slot(network, batch, added))
    return -metric_value(metric, logits, batch.readout, clean)
