from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lm_toys import GPT2_PROMPT, PROMPT, write_sae

from headwater.dictionaries.check import check_set
from headwater.dictionaries.dictionary import DictionarySet
from headwater.dictionaries.load import load_set
from headwater.lm.model import LanguageModel
from headwater.lm.registry import find_model


def texts(model: LanguageModel) -> list[str]:
    return [PROMPT] if model.d_vocab == 512 else [GPT2_PROMPT, "w7 w8 w9"]


def test_reconstruction_plus_error_leaves_the_model_as_it_is(
    traced: tuple[LanguageModel, DictionarySet, list[int]],
) -> None:
    model, dictionaries, _ = traced

    found = check_set(model, dictionaries, texts(model))

    assert found.splice_error < 1e-4 * 25
    assert [c.layer for c in found.dictionaries] == list(range(model.n_layers))
    assert all(c.splice_error <= 1e-4 * 25 and c.fingerprint for c in found.dictionaries)
    assert found.model_fingerprint == model.entry.fingerprint()


def test_figures_are_those_of_their_definitions(
    traced: tuple[LanguageModel, DictionarySet, list[int]],
) -> None:
    model, dictionaries, ids = traced
    d = dictionaries.at(1)
    block = model.forward(ids).blocks[1]
    x, y = block.mlp_in[1:], block.mlp_out[1:]
    acts = d.encode(x)
    spliced, _ = model.run(
        ids,
        edits={"blocks.1.mlp.hook_out": lambda out: torch.cat([out[:1], d.decode(acts, x)])},
    )

    found = check_set(model, dictionaries, [PROMPT if model.d_vocab == 512 else GPT2_PROMPT]).dictionaries[1]

    fvu = (y - d.decode(acts, x)).square().sum() / (y - y.mean(0)).square().sum()
    assert found.fvu == pytest.approx(float(fvu), rel=1e-4)
    assert found.l0 == pytest.approx(float((acts > 0).sum(1).float().mean()))
    assert found.dead == pytest.approx(float((acts > 0).any(0).logical_not().float().mean()))
    ce = torch.nn.functional.cross_entropy(spliced[:-1], torch.tensor(ids[1:]))
    assert found.ce_spliced == pytest.approx(float(ce), rel=1e-4)
    assert found.ce_clean != pytest.approx(found.ce_spliced, rel=1e-4)


def test_a_dictionary_that_fits_nothing_is_called_so(stories: LanguageModel, tmp_path: Path) -> None:
    write_sae(tmp_path / "sae", 2, "hook_resid_post", 30, 64)
    found = check_set(stories, load_set(find_model(None, stories.entry.folder, [tmp_path / "sae"])), [PROMPT])

    assert found.verdict in ("weak", "broken")
    assert "FVU" in found.dictionaries[0].reason


def test_silent_dictionaries_are_broken(traced: tuple[LanguageModel, DictionarySet, list[int]]) -> None:
    model, dictionaries, _ = traced
    silent = tuple(replace(d, b_enc=d.b_enc - 1e6) for d in dictionaries.layers)

    found = check_set(model, replace(dictionaries, layers=silent), texts(model))

    assert found.verdict == "broken"
    assert found.dictionaries[0].l0 == 0
    assert "no feature is active" in found.dictionaries[0].reason


@pytest.mark.parametrize("hook", ["hook_resid_mid", "attn.hook_z", "hook_mlp_out"])
def test_saes_are_spliced_at_their_own_site(gpt2: LanguageModel, tmp_path: Path, hook: str) -> None:
    write_sae(tmp_path / "sae", 1, hook, 60, 32)
    saes = load_set(find_model(None, gpt2.entry.folder, [tmp_path / "sae"]))

    found = check_set(gpt2, saes, texts(gpt2))

    assert found.splice_error < 1e-4
    assert abs(found.ce_all_spliced - found.ce_clean) > 1e-4


def test_the_built_in_sample_and_progress_work(stories: LanguageModel, tmp_path: Path) -> None:
    write_sae(tmp_path / "sae", 0, "hook_mlp_out", 30, 64)
    calls: list[tuple[str, int, int]] = []

    found = check_set(
        stories,
        load_set(find_model(None, stories.entry.folder, [tmp_path / "sae"])),
        progress=lambda *call: calls.append(call),
    )

    assert calls == [("check", 1, 1)]
    assert found.tokens > 500
