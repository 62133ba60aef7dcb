"""Every dictionary figure on the model card, from the saved files, on held-out text.

Start-of-text is left out of every statistic and keeps its true activation when a dictionary is spliced in.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training import evaluate_lm, model
from training.corpus import BOS_ID, rows
from training.dictionaries import GROUPS, LAYERS, Dictionary, Group, read_all

STATISTICS_ROWS, LOSS_ROWS = 4096, 384
Read = dict[tuple[str, int], Tensor]


def held_out_rows(held_out: dict[str, np.ndarray], count: int, seed: int = 3) -> Tensor:
    """Rows of all held-out text of the shards, shuffled."""
    natural = np.concatenate([rows(stream) for name, stream in held_out.items() if name != "tasks"])
    order = np.random.default_rng(seed).permutation(len(natural))[:count]
    return torch.from_numpy(natural[order].astype(np.int64))


@torch.no_grad()
def sites(network: model.Brook, tokens: Tensor) -> Read:
    """Activations [batch pos d] by (tap, layer)."""
    seen: Read = {}

    def collect(site: str, layer: int, value: Tensor) -> Tensor:
        seen[site, layer] = value
        return value

    network(tokens, collect)
    return seen


class Tally:
    """Running sums for one dictionary."""

    def __init__(self, features: int, d: int, device: torch.device) -> None:
        double = {"dtype": torch.float64, "device": device}
        self.tokens, self.error, self.shrink = 0, torch.zeros((), **double), torch.zeros((), **double)
        self.total, self.outer = torch.zeros(d, **double), torch.zeros(d, d, **double)
        self.fired = torch.zeros(features, **double)

    def see(self, dictionary: Dictionary, x: Tensor, y: Tensor) -> None:
        acts = dictionary.encode(x)
        guess = dictionary.decode(acts)
        self.tokens += len(x)
        self.error += (guess - y).pow(2).sum()
        self.shrink += (guess.norm(dim=1) / y.norm(dim=1).clamp_min(1e-6)).sum()
        self.total += y.sum(0)
        self.outer += (y.T @ y).double()
        self.fired += (acts > 0).sum(0)

    @property
    def covariance(self) -> Tensor:
        mean = self.total / self.tokens
        return self.outer / self.tokens - torch.outer(mean, mean)

    @property
    def fvu(self) -> Tensor:
        return self.error / self.tokens / self.covariance.trace()

    def figures(self, dictionary: Dictionary) -> dict[str, float]:
        covariance = self.covariance
        spread = covariance.trace()
        l0 = self.fired.sum() / self.tokens
        eigenvalues = torch.linalg.eigvalsh(covariance)
        density = self.fired / self.tokens
        rows_ = torch.nn.functional.normalize(dictionary.W_dec, dim=1)
        cosines = (rows_ @ rows_.T).fill_diagonal_(-1).amax(1)
        found = {
            "fvu": self.fvu,
            "l0": l0,
            "dead": (self.fired == 0).double().mean(),
            "density_over_1_percent": (density > 0.01).double().mean(),
            "density_over_10_percent": (density > 0.1).double().mean(),
            "norm_ratio": self.shrink / self.tokens,
            "mean_highest_decoder_cosine": cosines.mean(),
            "fvu_pca_of_rank_l0": eigenvalues[: -round(l0.item())].sum() / spread,
        }
        return {name: round(value.item(), 4) for name, value in found.items()}


def splicing(replace: dict[tuple[str, int], Callable[[Read], Tensor]], start: Tensor) -> model.Tap:
    """A tap that puts `replace[site, layer]`'s value in the model, except at start-of-text."""
    seen: Read = {}

    def tap(site: str, layer: int, value: Tensor) -> Tensor:
        seen[site, layer] = value
        if (site, layer) not in replace:
            return value
        return torch.where(start[..., None], value, replace[site, layer](seen).to(value.dtype))

    return tap


def loss_with(
    network: model.Brook, tokens: Tensor, replace: dict[tuple[str, int], Callable[[Read], Tensor]]
) -> float:
    chunks = tokens.split(128)
    return sum(
        evaluate_lm.mean_loss(network, chunk, splicing(replace, chunk[:, :-1] == BOS_ID)) * len(chunk)
        for chunk in chunks
    ) / len(tokens)


def through(group: Group, layer: int, dictionary: Dictionary) -> Callable[[Read], Tensor]:
    return lambda seen: dictionary.decode(dictionary.encode(seen[group.reads, layer]))


def statistics(
    network: model.Brook, saved: dict[str, list[Dictionary]], tokens: Tensor
) -> dict[tuple[str, int], Tally]:
    device = tokens.device
    tallies = {(g.name, i): Tally(g.features, 256, device) for g in GROUPS for i in range(LAYERS)}
    for chunk in tokens.split(64):
        kept, read = chunk != BOS_ID, sites(network, chunk)
        for group in GROUPS:
            for layer in range(LAYERS):
                x, y = read[group.reads, layer][kept], read[group.writes, layer][kept]
                tallies[group.name, layer].see(saved[group.name][layer], x, y)
    return tallies


@torch.no_grad()
def evaluate(network: model.Brook, folder: Path, held_out: dict[str, np.ndarray]) -> dict[str, Any]:
    device = str(network.embed_tokens.weight.device)
    tokens, saved = held_out_rows(held_out, STATISTICS_ROWS).to(device), read_all(folder, device)
    tallies = statistics(network, saved, tokens)
    short = tokens[:LOSS_ROWS]
    clean = loss_with(network, short, {})
    result: dict[str, Any] = {
        "evaluation_tokens": int((tokens != BOS_ID).sum()),
        "clean_loss": round(clean, 4),
        "sets": {},
    }
    for group in GROUPS:
        layers = []
        for layer, dictionary in enumerate(saved[group.name]):
            tally, site = tallies[group.name, layer], (group.writes, layer)
            mean = (tally.total / tally.tokens).float()
            spliced = loss_with(network, short, {site: through(group, layer, dictionary)})
            zero = loss_with(network, short, {site: lambda seen, site=site: torch.zeros_like(seen[site])})
            average = loss_with(
                network, short, {site: lambda seen, site=site, mean=mean: mean.expand_as(seen[site])}
            )
            layers.append(
                tally.figures(dictionary)
                | {
                    "loss_spliced": round(spliced, 4),
                    "loss_zero_ablated": round(zero, 4),
                    "loss_mean_ablated": round(average, 4),
                    "score_vs_zero": round((zero - spliced) / (zero - clean), 4),
                    "score_vs_mean": round((average - spliced) / (average - clean), 4),
                }
            )
        everywhere = {(group.writes, i): through(group, i, d) for i, d in enumerate(saved[group.name])}
        result["sets"][group.name] = {
            "loss_all_spliced": round(loss_with(network, short, everywhere), 4),
            "layers": layers,
        }
    return result


def show(figures: dict[str, Any]) -> None:
    print({name: value for name, value in figures.items() if name != "sets"})
    for name, found in figures["sets"].items():
        print(name, "all spliced", found["loss_all_spliced"])
        for column in (
            "fvu",
            "l0",
            "dead",
            "density_over_10_percent",
            "loss_spliced",
            "score_vs_zero",
            "score_vs_mean",
        ):
            print(" ", column, [layer[column] for layer in found["layers"]])
