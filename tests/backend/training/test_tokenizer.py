import pytest
from tokenizers import Tokenizer


def test_every_two_digit_string_is_one_token_wherever_it_stands(tokenizer: Tokenizer) -> None:
    for number in (f"{n:02d}" for n in range(100)):
        for text in (number, f"in {number}", f"17{number}", f"a={number}"):
            assert tokenizer.encode(text).tokens[-1] == number


def test_a_year_is_two_tokens_after_its_space(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("the year 1747").tokens[-2:] == ["17", "47"]
    assert (
        tokenizer.encode("year 1747").ids == tokenizer.encode("year 17").ids + tokenizer.encode("47").ids[1:]
    )


@pytest.mark.parametrize("text", ["", "héllo ☃", "😀\x00\t\n\n  x ", "日本語 العربية", "12345 6", " leading"])
def test_any_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_start_of_text_is_added_and_is_not_token_zero(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("Once upon a time").ids

    assert ids[0] == tokenizer.token_to_id("<|endoftext|>") == 1
    assert 1 not in ids[1:]
    assert tokenizer.get_vocab_size() == 4096
