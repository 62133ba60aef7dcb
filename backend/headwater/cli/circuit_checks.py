"""The laws that circuits rest on (METHODS.md 16.3), measured on any model: heads, MLPs and attention.

The task is made from the model itself: a few prompts, the middle token of each replaced, and as answer the
token that is on top before, against the one on top after. Laws of dictionary features are in
`feature_checks`, models whose circuits are known in `known_checks`. Exact laws fail; what is only to be
expected of a first-order estimate is a warning. Needs torch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.attention import direct_feature_attribution, score_terms, singular_terms
from headwater.attribution.components.exact import EXACT_SITES, exact
from headwater.attribution.components.graph import QKV, EdgeUniverse
from headwater.attribution.components.masked import run_masked
from headwater.attribution.components.pair import Pair, run_pair
from headwater.attribution.components.scores import eap, eap_ig_inputs
from headwater.cli.verdict import Check, above, below, not_applicable
from headwater.dictionaries.dictionary import DictionarySet
from headwater.dictionaries.sample import SAMPLE
from headwater.lm.batch import batches
from headwater.lm.network import Network
from headwater.lm.sites import ATTN_Z, RESID_POST
from headwater.lm.tokenizer import Tokenizer
from headwater.tasks.task import Readout, TokenExample, TokenTask

NAME: Final = "circuits"
PROMPTS: Final = 4
TOKENS: Final = 10
LIMIT: Final = 1e-5
"""Of the largest number in the sum: single-precision rounding, and no more."""
SIGN_STEPS: Final = 10
SIGN_EDGES: Final = 8
"""Edges looked at of each kind: q, k, v, into an MLP, into the logits."""
EXACT_EDGES: Final = 6_000
"""Models with more edges are not patched edge by edge here; others on the first example."""
NO_DICTIONARIES: Final = "no dictionaries"


# ---- a task made from the model --------------------------------------------------------------------------


def sample_task(network: Network, tokenizer: Tokenizer | None) -> TokenTask:
    """Equally long prompts with one token in the middle replaced; the answers are the model's own."""
    prompts = _prompts(network, tokenizer)
    pairs = [(clean, _patched(clean, prompts, network.d_vocab)) for clean in prompts]
    examples = []
    for clean, patch in pairs:
        with torch.no_grad():
            logits = network.forward(torch.tensor([clean, patch], device=network.device))[:, -1]
        examples.append(TokenExample(tuple(clean), tuple(patch), (_answer(logits, len(clean) - 1),)))
    return TokenTask("sample", tuple(examples))


def _prompts(network: Network, tokenizer: Tokenizer | None) -> list[list[int]]:
    longest = min(TOKENS, network.n_ctx)
    if tokenizer is None:
        draw = torch.Generator().manual_seed(0)
        return [torch.randint(network.d_vocab, (longest,), generator=draw).tolist() for _ in range(PROMPTS)]
    texts = [sentence for text in SAMPLE for sentence in text.split(". ")]
    encoded = [tokenizer.encode(text, any_length=True)[:longest] for text in texts]
    longest = max(map(len, encoded))
    return [ids for ids in encoded if len(ids) == longest][:PROMPTS]


def _patched(clean: Sequence[int], prompts: Sequence[Sequence[int]], d_vocab: int) -> list[int]:
    middle = len(clean) // 2
    others = [ids[middle] for ids in prompts if ids[middle] != clean[middle]]
    return [*clean[:middle], others[0] if others else (clean[middle] + 1) % d_vocab, *clean[middle + 1 :]]


def _answer(logits: Tensor, position: int) -> Readout:
    """`logits` [clean or patch, vocab_out]. A single output has no wrong answer."""
    if logits.shape[1] == 1:
        return Readout(position, 0)
    (correct, second), patched = logits[0].topk(2).indices.tolist(), int(logits[1].argmax())
    return Readout(position, correct, second if patched == correct else patched)


# ---- heads and MLPs --------------------------------------------------------------------------------------


def component_laws(network: Network, task: TokenTask) -> Iterator[Check]:
    [batch] = batches(task, PROMPTS, network.device, positions="sum")
    pair = run_pair(network, batch, "logit_difference", EXACT_SITES)
    largest = max(float(pair.answers.clean_logits.abs().max()), 1e-6)
    estimated = eap_ig_inputs(pair, SIGN_STEPS)
    sample = largest_edges(pair.universe, estimated.mean(0).cpu().numpy())
    masks = [pair.universe.exists, np.zeros_like(pair.universe.exists)]
    masks += [_without(pair.universe, source, slot) for source, slot in sample]
    # One length and at most as many examples as a batch holds: rows are in the task's order in both.
    runs = run_masked(network, task, np.stack(masks))
    patch = pair.metric_patch.cpu().numpy()
    whole, empty = np.abs(runs.metric[0] - runs.clean).max(), np.abs(runs.metric[1] - patch).max()
    yield below(NAME, "all edges in: the model (of the largest logit)", float(whole) / largest, LIMIT)
    yield below(NAME, "all edges out: the patch run (of the largest logit)", float(empty) / largest, LIMIT)
    yield _one_step(pair)
    yield _node_sums(pair)
    falls = (runs.clean - runs.metric[2:]).T
    yield _signs(pair, falls, estimated, sample, largest)
    yield _exact_twice(pair, task, falls, sample, largest)
    yield _edge_count(pair.universe)


def largest_edges(universe: EdgeUniverse, scores: NDArray[np.floating]) -> list[tuple[int, int]]:
    """(source, slot) of the largest |score| of each kind of slot: q, k and v edges are always among them."""
    kinds = [
        np.concatenate(
            [np.arange(universe.n_slots)[universe.slots(layer, kind)] for layer in range(universe.n_layers)]
        )
        for kind in QKV
    ]
    kinds += [np.array([universe.mlp_slot(layer) for layer in range(universe.n_layers)])]
    kinds += [np.array([universe.logits_slot])]
    found = []
    for slots in kinds:
        weights = np.abs(scores[:, slots])
        best = np.argsort(-weights, axis=None, kind="stable")[:SIGN_EDGES]
        chosen = zip(*np.unravel_index(best[weights.flat[best] > 0], weights.shape), strict=True)
        found += [(int(source), int(slots[column])) for source, column in chosen]
    return found


def _without(universe: EdgeUniverse, source: int, slot: int) -> NDArray[np.bool_]:
    kept = universe.exists.copy()
    kept[source, slot] = False
    return kept


def _one_step(pair: Pair) -> Check:
    """EAP-IG's only point with one step is the patch prompt: EAP with the prompts swapped, and its sign."""
    swapped = replace(pair, clean=pair.patch, patch=pair.clean)
    return below(
        NAME,
        "EAP-IG with one step against EAP from the patch prompt (of the largest edge)",
        _apart(eap_ig_inputs(pair, 1), -eap(swapped)),
        LIMIT,
    )


def _node_sums(pair: Pair) -> Check:
    """Edges come from gradients at slots, a node's own attribution from autograd at its output."""
    edges = eap(pair)
    total = max(float(edges.abs().sum(-1).max()), 1e-30)
    figure = float((edges.sum(-1) - node_attribution(pair)).abs().max()) / total
    return below(
        NAME, "EAP edges of a node against its own attribution (of the sum of |edges|)", figure, LIMIT
    )


def node_attribution(pair: Pair) -> Tensor:
    """[batch source]: (patch - clean) . gradient of -metric at every source's output."""
    network, universe, batch = pair.network, pair.universe, pair.batch
    seen: dict[tuple[str, int], Tensor] = {}

    def keep(site: str, layer: int, value: Tensor) -> Tensor:
        if site in ("embed", "attn.z", "mlp.out"):
            value = value.detach().requires_grad_() if site == "embed" else value
            seen[site, layer] = value
        return value

    with torch.enable_grad():
        final = network.forward(batch.clean, batch.lengths, keep, stop=network.n_layers)
        loss = pair.answers.loss(final)
    gradients = torch.autograd.grad(loss, list(seen.values()))
    found = pair.delta.new_zeros(len(batch.clean), universe.n_sources)
    for (site, layer), gradient in zip(seen, gradients, strict=True):
        moved = (pair.patch[site, layer] - pair.clean[site, layer]) * gradient
        if site == "attn.z":
            found[:, universe.heads(layer)] = moved.sum((1, 3))
        else:
            found[:, 0 if site == "embed" else universe.mlp(layer)] = moved.sum((1, 2))
    return found


def _signs(
    pair: Pair, falls: NDArray[np.float64], estimated: Tensor, sample: list[tuple[int, int]], largest: float
) -> Check:
    """An estimate may err where the model is far from linear: then this is a warning about the model."""
    what = f"EAP-IG ({SIGN_STEPS}) has the sign of patching the edge: largest edges, q, k and v among them"
    truth = falls.mean(0)
    guess = np.array([float(estimated[:, source, slot].mean()) for source, slot in sample])
    clear = np.abs(truth) > LIMIT * largest
    if not clear.any():
        return Check(NAME, what, "no edge moves the metric of these prompts", ">= 0.9", passed=True)
    weight = np.abs(truth[clear])
    agreed = weight[np.sign(truth[clear]) == np.sign(guess[clear])].sum() / weight.sum()
    return above(NAME, what, float(agreed), 0.9)


def _exact_twice(
    pair: Pair, task: TokenTask, falls: NDArray[np.float64], sample: list[tuple[int, int]], largest: float
) -> Check:
    what = "exact patching against running without the edge (of the largest logit)"
    if pair.universe.n_edges > EXACT_EDGES:
        return not_applicable(NAME, what, f"{pair.universe.n_edges:,} edges are too many to patch one by one")
    [batch] = batches(task.select([0]), 1, pair.network.device, positions="sum")
    scores = exact(run_pair(pair.network, batch, "logit_difference", EXACT_SITES))[0].cpu().numpy()
    apart = [abs(scores[source, slot] - falls[0, n]) for n, (source, slot) in enumerate(sample)]
    return below(NAME, what, max(map(float, apart), default=0.0) / largest, LIMIT)


def _edge_count(universe: EdgeUniverse) -> Check:
    """The formula of METHODS.md 16.3, item 6; in parallel blocks a block's heads do not feed its MLP."""
    counts = [
        (universe.n_edges, edge_count(universe.n_layers, universe.n_heads, parallel=universe.parallel)),
        (EdgeUniverse(12, 12).n_edges, 32_491),
        (EdgeUniverse(24, 16).n_edges, 231_877),
    ]
    told = f"{counts[0][0]:,}; GPT-2 small {counts[1][0]:,}, medium {counts[2][0]:,}"
    wanted = ", ".join(f"{count:,}" for _, count in counts)
    return Check(NAME, "number of edges", told, wanted, all(got == want for got, want in counts))


def edge_count(layers: int, heads: int, *, parallel: bool) -> int:
    before = [1 + (heads + 1) * layer for layer in range(layers + 1)]
    into_mlp = 0 if parallel else heads
    return sum(n * heads * 3 + n + into_mlp for n in before[:-1]) + before[-1]


def _apart(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max()) / max(float(b.abs().max()), 1e-30)


# ---- attention -------------------------------------------------------------------------------------------


def attention_laws(network: Network, sets: Mapping[str, DictionarySet], task: TokenTask) -> Iterator[Check]:
    """On the last layer, which the most is in front of, from the last position to the replaced one."""
    layer, ids = network.n_layers - 1, torch.tensor([task.examples[0].clean], device=network.device)
    seen = _streams(network, ids)
    query, key = ids.shape[1] - 1, ids.shape[1] // 2
    q, k = (network.turn(seen[site, layer][None])[0] for site in ("q", "k"))
    scores = (q[query] * k[key]).sum(-1) * network.blocks[layer].attn.scale
    decompositions = [components_of_stream(network, seen, layer)]
    if (features := features_of_stream(sets, seen, layer)) is not None:
        decompositions.append(features)
    worst = 0.0
    for parts in decompositions:
        for head in range(network.n_heads):
            terms = score_terms(network, layer, head, parts, query, key).terms
            worst = max(worst, _off(terms, float(scores[head])))
    within = "features, heads and MLPs" if features is not None else "heads and MLPs"
    yield below(NAME, f"pairs of {within} sum to the attention score (of the sum of |pairs|)", worst, LIMIT)
    yield _singular(network, layer, seen["resid.pre", layer], scores, query, key)
    yield _sources(network, sets, seen, query)


def _streams(network: Network, ids: Tensor) -> dict[tuple[str, int], Tensor]:
    seen: dict[tuple[str, int], Tensor] = {}

    def look(site: str, layer: int, value: Tensor) -> Tensor:
        seen[site, layer] = value[0]
        return value

    with torch.no_grad():
        network.forward(ids, tap=look)
    return seen


def components_of_stream(network: Network, seen: Mapping[tuple[str, int], Tensor], layer: int) -> Tensor:
    """[part pos d_model]: embedding, position, every head, attention bias and MLP in front of `layer`."""
    embedded = seen["embed", -1]
    parts = [embedded, network.position(len(embedded))]
    for below_ in range(layer):
        parts += network.head_results(below_, seen["attn.z", below_][None])[0].unbind(1)
        parts += [network.blocks[below_].attn.b_O.expand_as(embedded), seen["mlp.out", below_]]
    return torch.stack(parts)


def features_of_stream(
    sets: Mapping[str, DictionarySet], seen: Mapping[tuple[str, int], Tensor], layer: int
) -> Tensor | None:
    """[part pos d_model]: features of the residual stream, decoder bias and error; None without SAEs."""
    found = [one for one in sets["resid"].layers if one.layer == layer - 1] if "resid" in sets else []
    if not found or found[0].site_in != RESID_POST:
        return None
    dictionary, value = found[0], seen["resid.pre", layer]
    acts = dictionary.encode(value)
    on = acts.any(0).nonzero()[:, 0]
    parts = acts[:, on].T[:, :, None] * dictionary.W_dec[on][:, None]
    bias = dictionary.b_dec.expand_as(value)
    return torch.cat([parts, bias[None], (value - parts.sum(0) - bias)[None]])


def _singular(network: Network, layer: int, resid: Tensor, scores: Tensor, query: int, key: int) -> Check:
    what = "singular vectors of QK sum to the attention score (of the sum of |terms|)"
    if network.blocks[layer].attn.q_norm is not None:
        return not_applicable(NAME, what, "this model norms its queries and keys")
    worst = 0.0
    for head in range(network.n_heads):
        found = singular_terms(network, layer, head, resid, query, key)
        if len(found.sigma) > network.d_head:
            return Check(NAME, what, f"{len(found.sigma)} vectors", f"<= {network.d_head}", passed=False)
        worst = max(worst, _off(found.terms, float(scores[head])))
    return below(NAME, what, worst, LIMIT)


def _sources(
    network: Network,
    sets: Mapping[str, DictionarySet],
    seen: Mapping[tuple[str, int], Tensor],
    position: int,
) -> Check:
    """By source and by head are two sums over one table; it is held to the model's own z."""
    what = "sources and heads sum to a feature of attention (of the sum of |terms|)"
    found = [one for one in sets["attn"].layers if one.site_in == ATTN_Z] if "attn" in sets else []
    if not found:
        return not_applicable(NAME, what, f"{NO_DICTIONARIES} on the heads' outputs")
    dictionary = found[-1]
    z = seen["attn.z", dictionary.layer].flatten(1)[position]
    wanted = dictionary.preactivation(z) - dictionary.b_enc
    strongest = wanted.topk(min(16, len(wanted))).indices.tolist()
    pattern, values = seen["pattern", dictionary.layer], seen["v", dictionary.layer]
    terms = direct_feature_attribution(network, dictionary, strongest, pattern, values, position)
    sums = (terms.sum(2).sum(1), terms.sum(1).sum(1))
    apart = max(float((one - wanted[strongest]).abs().max()) for one in sums)
    return below(NAME, what, apart / max(float(terms.abs().sum((1, 2)).max()), 1e-30), LIMIT)


def _off(terms: Tensor, wanted: float) -> float:
    return abs(float(terms.sum()) - wanted) / max(float(terms.abs().sum()), 1e-30)
