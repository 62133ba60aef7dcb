"""Summaries say what a majority of examples bears out, and no more."""

from dataclasses import replace

from headwater.features.summary import Evidence, summarise

MARY = Evidence(
    count=1000,
    tokens_seen=100_000,
    top=[" Mary", " Mary", " Anna", " Anna"],
    all_tokens=[" Mary", " Mary", " Anna", " Anna", " Mary"],
    before=[" said", " said", " said", "."],
    after=[" and", ".", ",", " went"],
    repeats=0,
    early=0,
    promoted=[(" she", 9.0), (" he", 3.0)],
    suppressed=[(" it", -9.0)],
)


def test_tokens_context_and_promotion_are_named() -> None:
    assert summarise(MARY) == "fires on “ Mary”, “ Anna” · after “ said” · promotes “ she”"


def test_weaker_examples_that_differ_make_it_strongest_on() -> None:
    mixed = replace(MARY, all_tokens=[*MARY.top, " the", " of", " a"])

    assert summarise(mixed).startswith("strongest on “ Mary”")


def test_effects_that_do_not_stand_out_are_not_claimed() -> None:
    assert "promotes" not in summarise(replace(MARY, promoted=[(" she", 3.0)], suppressed=[]))
    assert summarise(replace(MARY, promoted=[(" she", 3.0)])).endswith("suppresses “ it”")


def test_case_and_spaces_count_as_the_same_token() -> None:
    same = replace(MARY, top=["the", " The", " the"], all_tokens=["the", " The", " the"])

    assert summarise(same).startswith("fires on “the”")


def test_varied_tokens_are_called_varied() -> None:
    varied = replace(MARY, top=[" a", " b", " c", "."], all_tokens=[" a", " b", " c", "."])

    assert summarise(varied).startswith("strongest on varied tokens: “ a”, “ b”, “ c”")


def test_kinds_of_token_are_recognised() -> None:
    numbers = replace(MARY, top=[" 12", "34", "56"], all_tokens=[" 12", "34", "56", "7"])
    names = replace(MARY, top=[" Tom", " Sue", " Bob"], all_tokens=[" Tom", " Sue", " Bob", " Kim"])

    assert summarise(numbers).startswith("fires on numbers such as “ 12”")
    assert summarise(names).startswith("fires on capitalised words such as “ Tom”")


def test_repeated_text_and_starts_are_noticed() -> None:
    assert "where text repeats" in summarise(replace(MARY, repeats=4))
    assert "near the start of the text" in summarise(replace(MARY, early=3))


def test_a_rare_feature_says_so() -> None:
    assert summarise(replace(MARY, count=3)).endswith("fired only 3 times")


def test_a_dead_feature_says_so() -> None:
    assert summarise(replace(MARY, count=0)) == "never fired on 100,000 tokens"


def test_line_breaks_are_visible() -> None:
    assert "“↵”" in summarise(replace(MARY, top=["\n"] * 3, all_tokens=["\n"] * 3))
