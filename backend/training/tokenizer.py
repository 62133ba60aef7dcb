"""Trains brook's tokenizer: byte-level BPE, 4,096 entries, numbers in groups of two digits.

Run: python -m training.tokenizer --corpus FOLDER --out LM_FOLDER
"""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from training import tasks, words
from training.corpus import BOS, BOS_ID, CONTEXT, WEIGHTS, read_shard, split

VOCABULARY = 4096
SAMPLE_CHARACTERS = 16_000_000
# As GPT-2 splits text, but digits stand alone in twos and never carry the space before them: " 1747" is
# " ", "17", "47", so a number's value does not depend on what precedes it.
PIECES = r"'(?:s|t|re|ve|m|ll|d)| ?\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def sample(corpus: Path, rng: random.Random) -> Iterator[str]:
    """Training documents in the proportions of the mix, then what must come out as single tokens."""
    shards = {shard: split(read_shard(corpus, shard))[0] for shard in WEIGHTS}
    size = {shard: WEIGHTS[shard] * sum(map(len, documents)) for shard, documents in shards.items()}
    for shard, documents in shards.items():
        rng.shuffle(documents)
        left = SAMPLE_CHARACTERS * size[shard] / sum(size.values())
        for document in documents:
            yield document
            left -= len(document)
            if left < 0:
                break
    for _ in range(4000):
        yield tasks.document(rng)
    for number in range(100):
        yield f"{number:02d} " * 3000
    for word in words.single_token_words():
        yield f" {word}" * 1000


def train(corpus: Path, seed: int = 0) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<|pad|>", BOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sample(corpus, random.Random(seed)), trainer)
    assert tokenizer.token_to_id(BOS) == BOS_ID
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, BOS_ID)]
    )
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BOS,
        "eos_token": BOS,
        "pad_token": "<|pad|>",
        "model_max_length": CONTEXT,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    save(train(arguments.corpus), arguments.out)
