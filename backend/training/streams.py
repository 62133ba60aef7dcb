"""The training mix and the held-out text as token streams, made once per run."""

import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from training import tasks
from training.corpus import BOS_ID, CONTEXT, TASK_SHARE, WEIGHTS, encode, read_shard, split
from training.words import Part

TASK_DOCUMENTS = {"train": 640_000, "held_out": 6_400}
PER_WORKER = 40_000


def write_tasks(part: Part, seed: int, count: int) -> list[str]:
    rng = random.Random(f"{part} {seed}")
    return [tasks.document(rng, part) for _ in range(count)]


def task_documents(part: Part, count: int) -> list[str]:
    """Many documents, written by all cores; the same ones whatever the number of cores."""
    sizes = [min(PER_WORKER, count - start) for start in range(0, count, PER_WORKER)]
    with ProcessPoolExecutor() as pool:
        parts = pool.map(write_tasks, [part] * len(sizes), range(len(sizes)), sizes)
        return [document for documents in parts for document in documents]


def make_held_out(corpus: Path, tokenizer: Tokenizer) -> dict[str, np.ndarray]:
    """A stream per shard, and "tasks", that nothing is trained on."""
    held_out = {"tasks": encode(tokenizer, task_documents("held_out", TASK_DOCUMENTS["held_out"]))}
    return held_out | {shard: encode(tokenizer, split(read_shard(corpus, shard))[1]) for shard in WEIGHTS}


def make(corpus: Path, tokenizer: Tokenizer) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """(training, held out)."""
    training = {"tasks": encode(tokenizer, task_documents("train", TASK_DOCUMENTS["train"]))}
    training |= {shard: encode(tokenizer, split(read_shard(corpus, shard))[0]) for shard in WEIGHTS}
    return training, make_held_out(corpus, tokenizer)


@dataclass(frozen=True)
class Mix:
    """All training streams end to end on the device, and how to draw rows from them in the right proportions."""

    tokens: Tensor  # [token]
    starts: Tensor  # [source]
    lengths: Tensor  # [source]
    shares: Tensor  # [source], of the rows

    @classmethod
    def of(cls, streams: dict[str, np.ndarray], device: str, task_share: float = TASK_SHARE) -> "Mix":
        names = list(streams)
        lengths = torch.tensor([len(streams[name]) for name in names], dtype=torch.float64)
        read = torch.tensor([WEIGHTS.get(name, 0.0) for name in names], dtype=torch.float64) * lengths
        shares = (1 - task_share) * read / read.sum()
        shares[names.index("tasks")] = task_share
        tokens = torch.from_numpy(np.concatenate([streams[name] for name in names]).astype(np.int16))
        starts = torch.cat([torch.zeros(1), lengths.cumsum(0)[:-1]])
        return cls(*(t.to(device) for t in (tokens, starts.double(), lengths, shares.float())))

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Rows [row, CONTEXT + 1]: start-of-text, then a random stretch, as in `corpus.rows`."""
        source = torch.multinomial(self.shares, count, replacement=True, generator=generator)
        where = torch.rand(count, dtype=torch.float64, device=self.tokens.device, generator=generator)
        first = (self.starts[source] + where * (self.lengths[source] - CONTEXT)).long()
        body = self.tokens[first[:, None] + torch.arange(CONTEXT, device=first.device)].long()
        return torch.cat([torch.full_like(body[:, :1], BOS_ID), body], dim=1)
