"""The chance level of brook's dictionaries: random features that fire as often as the trained ones.

Encoder rows are random directions with one threshold, set so that as many fire per token as the trained dictionary's
L0; the decoder is the best one for them (ridge regression on other held-out rows), which is kinder than a random one.

Run: python -m training.random_dictionaries --corpus FOLDER --brook BROOK_FOLDER; adds to BROOK_FOLDER/metrics.json.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from training import model, streams
from training.corpus import BOS_ID
from training.dictionaries import GROUPS, LAYERS, Dictionary, Group
from training.evaluate_dictionaries import held_out_rows, loss_with, sites, through

FIT_ROWS, TEST_ROWS = 80, 40
RIDGE = 1.0  # of squared activation; inputs are scaled so that a pre-activation has unit variance


@torch.no_grad()
def random_dictionary(
    x: Tensor, y: Tensor, features: int, l0: float, generator: torch.Generator
) -> Dictionary:
    """Random directions read `x` [token, d], and the decoder that fits `y` [token, d] best writes."""
    rows = torch.randn(features, x.shape[1], generator=generator)
    b_enc = -(rows @ x.mean(0))
    spread = ((x - x.mean(0)) @ rows.T).std(0)
    rows, b_enc = rows / spread[:, None], b_enc / spread
    pre = x @ rows.T + b_enc
    cut = pre.flatten().kthvalue(pre.numel() - round(l0 * len(x))).values
    acts, b_dec = pre * (pre > cut), y.mean(0)
    centred = acts - acts.mean(0)
    gram = centred.T @ centred + RIDGE * torch.eye(features)
    W_dec = torch.linalg.solve(gram, centred.T @ (y - b_dec), left=True)
    return Dictionary(rows.T, b_enc, W_dec, b_dec - acts.mean(0) @ W_dec, cut.expand(features))


@torch.no_grad()
def measure(
    network: model.Brook, group: Group, l0: list[float], fit: Tensor, test: Tensor
) -> list[dict[str, float]]:
    """Per layer: FVU, L0 and the loss with the random dictionary spliced in, on `test`."""
    found, generator = [], torch.Generator().manual_seed(0)
    seen, unseen = sites(network, fit), sites(network, test)
    for layer in range(LAYERS):
        x, y = (seen[site, layer][fit != BOS_ID] for site in (group.reads, group.writes))
        dictionary = random_dictionary(x, y, group.features, l0[layer], generator)
        x, y = (unseen[site, layer][test != BOS_ID] for site in (group.reads, group.writes))
        acts = dictionary.encode(x)
        fvu = (dictionary.decode(acts) - y).pow(2).sum() / (y - y.mean(0)).pow(2).sum()
        spliced = loss_with(network, test, {(group.writes, layer): through(group, layer, dictionary)})
        found.append(
            {
                "fvu_random": round(fvu.item(), 4),
                "l0_random": round((acts > 0).sum(1).float().mean().item(), 2),
                "loss_spliced_random": round(spliced, 4),
            }
        )
        print(group.name, layer, found[-1], flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--brook", type=Path, required=True)
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(arguments.brook / "lm" / "tokenizer.json"))
    rows = held_out_rows(streams.make_held_out(arguments.corpus, tokenizer), FIT_ROWS + TEST_ROWS)
    fit, test = rows[:FIT_ROWS], rows[FIT_ROWS:]
    network = model.load(arguments.brook / "lm")
    path = arguments.brook / "metrics.json"
    metrics: dict[str, Any] = json.loads(path.read_text())
    figures = metrics["dictionaries"]
    figures["random"] = {"fit_rows": FIT_ROWS, "test_rows": TEST_ROWS, "ridge": RIDGE,
                         "clean_loss": round(loss_with(network, test, {}), 4)}  # fmt: skip
    for group in GROUPS:
        layers = figures["sets"][group.name]["layers"]
        random = measure(network, group, [layer["l0"] for layer in layers], fit, test)
        for layer, added in zip(layers, random, strict=True):
            layer |= added
    path.write_text(json.dumps(metrics, indent=1) + "\n")


if __name__ == "__main__":
    main()
