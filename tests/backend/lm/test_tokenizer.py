import json
import shutil
from pathlib import Path

import pytest
from lm_toys import STORIES, write_gpt2
from tokenizers import Tokenizer as Rust
from tokenizers import decoders, models, pre_tokenizers

from headwater.errors import InvalidModelFiles, InvalidPrompt, InvalidTarget, PromptTooLong
from headwater.lm.registry import find_model
from headwater.lm.tokenizer import Tokenizer, load_tokenizer


@pytest.fixture(scope="module")
def llama() -> Tokenizer:
    return load_tokenizer(find_model(None, STORIES))


@pytest.fixture
def words(tmp_path: Path) -> Tokenizer:
    """A start token with id 0 that the post-processor does not prepend."""
    return load_tokenizer(find_model(None, write_gpt2(tmp_path / "gpt2")))


@pytest.fixture
def byte_level(tmp_path: Path) -> Tokenizer:
    folder = write_gpt2(tmp_path / "gpt2")
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    vocab = {"<bos>": 0} | {c: i + 1 for i, c in enumerate(sorted(alphabet))}
    rust = Rust(models.BPE(vocab | {"Ġa": len(vocab)}, [("Ġ", "a")]))
    rust.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    rust.decoder = decoders.ByteLevel()
    rust.add_special_tokens(["<bos>"])
    rust.save(str(folder / "tokenizer.json"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": 300}))
    return load_tokenizer(find_model(None, folder))


def test_the_start_token_comes_first_exactly_once(llama: Tokenizer, words: Tokenizer) -> None:
    assert llama.encode("Once upon") == [1, 403, 407]
    assert llama.encode("<s>Once upon")[0] == 1
    assert llama.encode("<s>Once upon").count(1) == 1
    assert words.encode("w5 w9") == [0, 5, 9]
    assert words.encode("<bos> w5") == [0, 5]


def test_the_start_token_may_be_named_by_config_json_alone(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path / "gpt2")
    (folder / "tokenizer_config.json").unlink()

    assert load_tokenizer(find_model(None, folder)).bos_id == 0


def test_a_start_token_outside_the_vocabulary_is_refused(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path / "gpt2")
    (folder / "tokenizer_config.json").write_text('{"bos_token": {"content": "<|start|>"}}')

    with pytest.raises(InvalidModelFiles, match=r"'<\|start\|>' is not in tokenizer.json"):
        load_tokenizer(find_model(None, folder))


def test_tokens_show_their_leading_spaces(llama: Tokenizer, byte_level: Tokenizer) -> None:
    assert llama.tokens(llama.encode("Once upon a\ntime")) == [
        "<s>",
        " Once",
        " upon",
        " a",
        "\n",
        "t",
        "ime",
    ]
    assert byte_level.tokens(byte_level.encode("b a")) == ["<bos>", "b", " a"]


def test_pieces_of_an_emoji_are_shown_as_bytes(llama: Tokenizer, byte_level: Tokenizer) -> None:
    assert llama.tokens(llama.encode("🐈"))[-4:] == ["<0xF0>", "<0x9F>", "<0x90>", "<0x88>"]
    assert byte_level.tokens(byte_level.encode("🐈"))[1:] == ["<0xF0>", "<0x9F>", "<0x90>", "<0x88>"]


def test_every_token_text_finds_a_token_that_reads_the_same(llama: Tokenizer, byte_level: Tokenizer) -> None:
    for tokenizer in (llama, byte_level):
        texts = tokenizer.tokens(list(range(258)))
        assert tokenizer.tokens([tokenizer.token_id(text) for text in texts]) == texts


def test_special_tokens_are_known(llama: Tokenizer) -> None:
    assert [llama.is_special(i) for i in (0, 1, 2, 3, 403)] == [True, True, True, False, False]


def test_a_target_of_several_tokens_is_refused_with_its_pieces(llama: Tokenizer) -> None:
    with pytest.raises(InvalidTarget, match=r'" elephant" is 7 tokens for stories260k \(" ", " e", "le"'):
        llama.token_id(" elephant")


def test_a_target_without_its_space_is_told_about_it(llama: Tokenizer) -> None:
    with pytest.raises(InvalidTarget, match=r'Did you mean " Lily" with a space in front\?'):
        llama.token_id("Lily")
    assert llama.tokens([llama.token_id(" Lily")]) == [" Lily"]


@pytest.mark.parametrize("text", ["", "\ud83d", "🐈‍⬛" * 50])
def test_strange_targets_are_refused(llama: Tokenizer, text: str) -> None:
    with pytest.raises(InvalidTarget) as caught:
        llama.token_id(text)
    assert "\ud83d" not in caught.value.detail


@pytest.mark.parametrize("id", [-1, 512])
def test_a_target_id_outside_the_vocabulary_is_refused(llama: Tokenizer, id: int) -> None:
    with pytest.raises(InvalidTarget, match="tokens 0 to 511"):
        llama.check_id(id)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n ", "is empty"),
        ("x" * 100_000, "100,000 characters; at most 32,000"),
        ("bell\x07", r"Character 5 is the control character U\+0007"),
        ("two\r\nlines", r"U\+000D"),
        ("\x7f", r"U\+007F"),
        ("cat \ud83d", r"Character 5 is half of a character \(U\+D83D\)"),
    ],
)
def test_a_bad_prompt_is_refused_with_the_reason(llama: Tokenizer, text: str, said: str) -> None:
    with pytest.raises(InvalidPrompt, match=said) as caught:
        llama.encode(text)
    caught.value.detail.encode()


@pytest.mark.parametrize("text", ["🐈", "a\tb\nc", "naïve 日本語", "\u200b"])
def test_unusual_text_is_fine(llama: Tokenizer, text: str) -> None:
    assert llama.encode(text)[0] == llama.bos_id


def test_a_long_prompt_is_told_how_much_fits(llama: Tokenizer) -> None:
    text = "Once upon a time " * 200

    with pytest.raises(PromptTooLong, match="reads at most 512") as caught:
        llama.encode(text)

    fits = caught.value.extra["characters_that_fit"]
    assert len(llama.encode(text[:fits])) == 512
    assert caught.value.extra["tokens"] == len(llama.encode(text, any_length=True)) == 802


def test_a_limit_below_the_context_counts(llama: Tokenizer) -> None:
    limited = load_tokenizer(find_model(None, STORIES), max_tokens=4)

    assert len(limited.encode("Once upon a")) == 4
    with pytest.raises(PromptTooLong):
        limited.encode("Once upon a time")


def test_a_token_beyond_the_models_vocabulary_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(STORIES, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": 400}))

    with pytest.raises(InvalidPrompt, match="token 403"):
        load_tokenizer(find_model(None, folder)).encode("Once")


def test_a_broken_tokenizer_file_is_named(tmp_path: Path) -> None:
    folder = write_gpt2(tmp_path / "gpt2")
    (folder / "tokenizer.json").write_text("{")

    with pytest.raises(InvalidModelFiles, match=r"tokenizer\.json is not a tokenizer"):
        load_tokenizer(find_model(None, folder))
