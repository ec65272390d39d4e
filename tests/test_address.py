"""Addresses: what is written comes back, and what names nothing is refused with a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.address import Address, parse, whole
from archive.errors import NoSuchArticle, UsageError

NUMBERS = st.integers(0, 10**9 - 1)


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    version = draw(st.none() | NUMBERS)
    first = draw(st.none() | NUMBERS)
    last = None if first is None else draw(st.integers(first, 10**9 - 1))
    return Address(draw(NUMBERS), version, first, last)


@given(addresses())
def test_an_address_reads_back_as_it_is_written(address: Address) -> None:
    assert parse(str(address)) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("12", Address(12)),
        (" 12:7 ", Address(12, None, 7, 7)),
        ("12:7-9", Address(12, None, 7, 9)),
        ("12@1", Address(12, 1)),
        ("12@1:7", Address(12, 1, 7, 7)),
    ],
)
def test_these_are_addresses(text: str, address: Address) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no article"),
        ("moscow", "names no article"),
        ("12:", "names no article"),
        ("12:7-", "names no article"),
        ("12:7@1", "names no article"),
        ("-1", "names no article"),
        ("١٢", "names no article"),
        ("1" * 19, "names no article"),
        ("12:9-7", "the range ends before it begins"),
    ],
)
def test_these_are_none(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse(text)


def test_a_whole_article_names_no_paragraphs() -> None:
    assert whole("12@1") == Address(12, 1)
    with pytest.raises(UsageError, match="is a paragraph: name an article, such as 12"):
        whole("12:7")


def test_positions_are_those_of_the_article() -> None:
    assert [*parse("12").positions(3)] == [1, 2, 3]
    assert [*parse("12:2-3").positions(3)] == [2, 3]
    for text in ("12:0", "12:4", "12:3-4", "12:0-1"):
        with pytest.raises(NoSuchArticle, match="article 12 has paragraphs 1 to 3"):
            parse(text).positions(3)
