"""Harvests every feature of brook on held-out text, with the model and dictionaries as saved.

Run: python -m training.harvest_brook --corpus FOLDER --brook BROOK_FOLDER [--rows N]; writes BROOK_FOLDER/features.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from headwater.features.codec import write_harvest
from headwater.features.harvest import HarvestSettings, Readout, Source, harvest
from training import model, streams
from training.corpus import BOS_ID, rows
from training.dictionaries import GROUPS, LAYERS, read_all
from training.evaluate_dictionaries import held_out_rows, sites

TASK_ROWS = 400  # of generated held-out text beside the natural rows
SAE_SETTINGS = HarvestSettings(top=6, bands=3, per_band=2)  # fewer examples: six megabytes hold everything


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--brook", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=5600)
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = Tokenizer.from_file(str(arguments.brook / "lm" / "tokenizer.json"))
    held_out = streams.make_held_out(arguments.corpus, tokenizer)
    text = np.concatenate(
        [held_out_rows(held_out, arguments.rows).numpy(), rows(held_out["tasks"])[:TASK_ROWS]]
    )
    network = model.load(arguments.brook / "lm", device)
    saved = read_all(arguments.brook / "dictionaries", device)

    def sources() -> Iterator[Source]:
        for group in GROUPS:
            for layer, dictionary in enumerate(saved[group.name]):
                name = f"brook.{group.name}.{layer}"
                settings = HarvestSettings() if group.name == "transcoders" else SAE_SETTINGS
                decoder, norm = dictionary.W_dec, dictionary.W_dec.norm(dim=1)
                if group.name == "attn":  # what a feature writes, it writes through the output projection
                    decoder = decoder @ network.layers[layer].self_attn.o_proj.weight.T
                yield Source(name, decoder=decoder, norm=norm, settings=settings)

    def activations(tokens: Tensor) -> Iterator[tuple[str, Tensor]]:
        read = sites(network, tokens)
        for group in GROUPS:
            for layer in range(LAYERS):
                yield f"brook.{group.name}.{layer}", saved[group.name][layer].encode(read[group.reads, layer])

    with torch.no_grad():
        readout = Readout(gain=network.norm.weight.detach(), W_U=network.embed_tokens.weight.detach().T)
        found = harvest(
            text, activations, list(sources()), readout, start_token=BOS_ID, device=device, batch_rows=64,
            provenance={"text": "held-out 4 % of shards 01, 03, 04, 05, and held-out task text"},
        )  # fmt: skip
        print("bytes", write_harvest(arguments.brook / "features", found))


if __name__ == "__main__":
    main()
