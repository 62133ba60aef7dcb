"""brook's harvest, as shipped."""

import numpy as np
import pytest

from headwater.features.table import FeatureTable
from headwater.lm.registry import ModelEntry, find_model
from headwater.lm.tokenizer import Tokenizer, load_tokenizer


@pytest.fixture(scope="module")
def brook() -> ModelEntry:
    return find_model(None, "brook")


@pytest.fixture(scope="module")
def table(brook: ModelEntry) -> FeatureTable:
    assert brook.features_path is not None
    return FeatureTable.open(brook.features_path)


@pytest.fixture(scope="module")
def tokenizer(brook: ModelEntry) -> Tokenizer:
    return load_tokenizer(brook)


def test_it_keeps_to_its_budget(brook: ModelEntry) -> None:
    assert brook.features_path is not None
    sizes = [path.stat().st_size for path in brook.features_path.iterdir()]

    assert sum(sizes) < 8_000_000
    assert max(sizes) < 16 * 2**20


def test_every_dictionary_was_harvested_whole(brook: ModelEntry, table: FeatureTable) -> None:
    for dictionaries in brook.dictionary_sets:
        for file in dictionaries.files:
            assert table.n_features(f"{dictionaries.id}.{file.layer}") == file.width


def test_every_live_feature_has_examples_on_which_it_fired(table: FeatureTable) -> None:
    for entry in table.manifest.dictionaries:
        columns = table._read(entry)
        assert ((columns.count > 0) == (columns.group_sizes[:, 0] > 0)).all()
        assert (columns.strength > 0).all()


def test_a_feature_is_found_by_the_token_it_fires_on(table: FeatureTable, tokenizer: Tokenizer) -> None:
    found = table.search("Mary", tokenizer, dictionary="brook.transcoders", limit=3).items

    assert " Mary" in found[0].top_tokens
    assert "“ Mary”" in found[0].summary


def test_rows_begin_with_the_start_token_and_read_as_text(table: FeatureTable, tokenizer: Tokenizer) -> None:
    assert (table._rows[:, 0] == tokenizer.bos_id).all()
    text = "".join(tokenizer.tokens(table._rows[0].tolist()))
    assert np.mean([c.isalpha() or c.isspace() for c in text]) > 0.7
