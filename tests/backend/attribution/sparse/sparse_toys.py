"""Random networks with random dictionaries at chosen places, tasks on them, and one network solved by
hand."""

import torch
from torch import Tensor

from headwater.dictionaries.dictionary import Dictionary, DictionarySet
from headwater.lm.network import Network
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

D, HEADS, D_HEAD, VOCAB, LAYERS = 12, 3, 4, 17, 3
WIDTHS = {"attn.z": HEADS * D_HEAD}


def random_network(*, parallel: bool = False, layer_norm: bool = False, seed: int = 0) -> Network:
    """Three blocks. With LayerNorm like GPT-2 (gelu, learned positions), else like Llama (RMSNorm, rotary,
    gated, one key head for all query heads)."""
    g = torch.Generator().manual_seed(seed)

    def draw(*shape: int, scale: float = 0.4) -> Tensor:
        return scale * torch.randn(*shape, generator=g)

    def norm() -> Norm:
        bias = draw(D, scale=0.1) if layer_norm else torch.zeros(D)
        return Norm(1 + draw(D, scale=0.2), bias, 1e-5, centers=layer_norm)

    kv = HEADS if layer_norm else 1
    blocks = tuple(
        NetworkBlock(
            attn_norm=norm(),
            attn=AttentionWeights(
                query=HeadMap(draw(HEADS, D, D_HEAD, scale=0.8), draw(HEADS, D_HEAD)),
                key=HeadMap(draw(kv, D, D_HEAD, scale=0.8), draw(kv, D_HEAD)),
                value=HeadMap(draw(kv, D, D_HEAD), draw(kv, D_HEAD)),
                W_O=draw(HEADS, D_HEAD, D),
                b_O=draw(D),
                scale=D_HEAD**-0.5,
            ),
            mlp_norm=norm(),
            mlp=MlpWeights(
                W_in=draw(D, 20),
                b_in=draw(20),
                W_out=draw(20, D),
                b_out=draw(D),
                act=activation("gelu" if layer_norm else "silu"),
                W_gate=None if layer_norm else draw(D, 20),
                b_gate=None if layer_norm else draw(20),
            ),
        )
        for _ in range(LAYERS)
    )
    return Network(
        NetworkWeights(
            W_E=draw(VOCAB, D, scale=1.0),
            W_pos=draw(32, D) if layer_norm else None,
            rotary=None if layer_norm else Rotary(torch.tensor([1.0, 0.1])),
            blocks=blocks,
            final_norm=norm(),
            W_U=draw(D, VOCAB),
            b_U=draw(VOCAB),
            n_ctx=32,
            parallel=parallel,
        )
    )


def random_set(
    place_in: str, place_out: str, *, k: int | None = None, skip: bool = False, seed: int = 5
) -> DictionarySet:
    """A dictionary in every layer: JumpReLU, or TopK with `k`; about half of the features are active."""
    g = torch.Generator().manual_seed(seed)
    d_in, d_out, width = WIDTHS.get(place_in, D), WIDTHS.get(place_out, D), 18
    return DictionarySet(
        place_out,
        "sae",
        tuple(
            Dictionary(
                id=f"toy.{place_out}.{layer}",
                layer=layer,
                site_in=place_in,
                site_out=place_out,
                W_enc=torch.randn(width, d_in, generator=g) / d_in**0.5,
                b_enc=0.1 * torch.randn(width, generator=g),
                W_dec=torch.randn(width, d_out, generator=g) / width**0.5,
                b_dec=torch.randn(d_out, generator=g),
                threshold=None if k else torch.full((width,), 0.1),
                k=k,
                W_skip=0.2 * torch.randn(d_out, d_in, generator=g) if skip else None,
                fingerprint="",
            )
            for layer in range(LAYERS)
        ),
        "",
    )


SAES = {
    "attn": random_set("attn.z", "attn.z", seed=1),
    "mlp": random_set("mlp.out", "mlp.out", seed=2),
    "resid": random_set("resid.post", "resid.post", k=7, seed=3),
}
TRANSCODERS = {
    "attn": random_set("attn.out", "attn.out", seed=4),
    "mlp": random_set("mlp.in", "mlp.out", skip=True, seed=5),
}


def random_task(
    n: int = 4, *, length: int = 5, ragged: bool = False, paired: bool = True, seed: int = 0
) -> TokenTask:
    """Prompts that differ from their patch in one token, after a common start token."""
    g = torch.Generator().manual_seed(seed)
    examples = []
    for number in range(n):
        size = length - (number % 3 if ragged else 0)
        clean = [0, *torch.randint(1, VOCAB, (size - 1,), generator=g).tolist()]
        patch = list(clean)
        patch[1 + number % (size - 1)] = 1 + clean[1 + number % (size - 1)] % (VOCAB - 1)
        right, wrong = torch.randperm(VOCAB, generator=g)[:2].tolist()
        spans = (0, *(1 + (p > size // 2) for p in range(1, size)))
        readouts = (Readout(size - 1, right, wrong),)
        examples.append(TokenExample(tuple(clean), tuple(patch) if paired else None, readouts, spans))
    return TokenTask("toy", tuple(examples), ("start", "early", "late"))


def hand_network() -> tuple[Network, dict[str, DictionarySet], TokenTask]:
    """One number instead of a residual stream, no norms, no attention, and transcoders that are the MLPs:
    x = 1; h1 = x·[1, 2]; x' = x + h1·[1, 1] = 4; h2 = x'·[1, 1]; y = x' + h2·[2, 1] = 16."""
    encoders = (torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [1.0]]))
    decoders = (torch.tensor([[1.0], [1.0]]), torch.tensor([[2.0], [1.0]]))
    none = HeadMap(torch.zeros(1, 1, 1), torch.zeros(1, 1))
    blocks = tuple(
        NetworkBlock(
            attn_norm=None,
            attn=AttentionWeights(none, none, none, torch.zeros(1, 1, 1), torch.zeros(1), 1.0),
            mlp_norm=None,
            mlp=MlpWeights(encoder.T, torch.zeros(2), decoder, torch.zeros(1), torch.relu),
        )
        for encoder, decoder in zip(encoders, decoders, strict=True)
    )
    network = Network(
        NetworkWeights(
            W_E=torch.ones(2, 1), W_pos=None, rotary=None, blocks=blocks, final_norm=None,
            W_U=torch.ones(1, 1), b_U=torch.zeros(1), n_ctx=4,
        )
    )  # fmt: skip
    dictionaries = tuple(
        Dictionary(
            id=f"hand.{layer}", layer=layer, site_in="mlp.in", site_out="mlp.out", W_enc=encoder,
            b_enc=torch.zeros(2), W_dec=decoder, b_dec=torch.zeros(1), threshold=None, k=None, W_skip=None,
            fingerprint="",
        )
        for layer, (encoder, decoder) in enumerate(zip(encoders, decoders, strict=True))
    )  # fmt: skip
    task = TokenTask("hand", (TokenExample((0, 1), None, (Readout(1, 0),)),))
    return network, {"mlp": DictionarySet("hand", "transcoder", dictionaries, "")}, task
