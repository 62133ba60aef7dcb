"""The corpus as documents, and as one long token stream per source."""

import bz2
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

# How often each shard is read for every time shard 04 is. The small, simple shards are what a model of this size
# learns best, but not without end: read 133 times (weight 5 at 1.3 G tokens), shard 01 was learned by heart and its
# held-out loss was 3.03.
WEIGHTS = {"01": 1.25, "03": 2.0, "04": 1.0, "05": 0.6}
TASK_SHARE = 0.12  # of the training tokens
HELD_OUT_EVERY = 25  # documents: 4 % of each shard
CONTEXT = 256
BOS = "<|endoftext|>"
BOS_ID = 1  # not 0: some readers of graph files drop a falsy token id


def read_shard(folder: Path, shard: str) -> list[str]:
    """All documents of one shard, in the order of its files."""
    text = "".join(
        bz2.open(path, "rt", encoding="utf-8").read() + f"\n{BOS}\n"
        for path in sorted(folder.glob(f"{shard}_*.txt.bz2"))
    )
    return [document.strip() for document in text.split(BOS) if document.strip()]


def split(documents: list[str]) -> tuple[list[str], list[str]]:
    """(training, held out). Every 25th document is held out, so a rerun holds out the same ones."""
    held_out = documents[::HELD_OUT_EVERY]
    training = [d for i, d in enumerate(documents) if i % HELD_OUT_EVERY]
    return training, held_out


def encode(tokenizer: Tokenizer, documents: list[str], chunk: int = 1024) -> np.ndarray:
    """One stream: start-of-text, document, start-of-text, document, ..."""
    ids: list[np.ndarray] = []
    for start in range(0, len(documents), chunk):
        for encoding in tokenizer.encode_batch_fast(documents[start : start + chunk]):
            ids.append(np.array(encoding.ids, dtype=np.uint16))
    return np.concatenate(ids)


def rows(stream: np.ndarray, width: int = CONTEXT) -> np.ndarray:
    """The stream cut into rows that each begin with start-of-text, the way every prompt does. The tail is dropped."""
    body = width - 1
    count = len(stream) // body
    cut = stream[: count * body].reshape(count, body)
    return np.concatenate([np.full((count, 1), BOS_ID, dtype=stream.dtype), cut], axis=1)
