"""The checked constructor, and that fingerprints tell apart what it makes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ParseError
from archive.formats import dated_text, making
from archive.records import Article

WORDS = st.sampled_from(
    [
        "A",
        "date",
        "Date",
        "2020-01-01",
        "2023-99-99",
        "B",
        "\u00a0",
        "\u2028",
        "é",
        "x" * 1978,
        "x" * 1979,
    ]
)
PART = st.none() | st.lists(WORDS, max_size=4).map(" ".join)


@given(byline=PART, category=PART, publication=PART)
def test_the_fingerprint_has_a_trailer_exactly_where_dated_text_would_not_read_back(
    byline: str | None, category: str | None, publication: str | None
) -> None:
    made = making.article(
        *("2023-05-05", "T", ["x"]), byline=byline, category=category, publication=publication
    )
    try:
        same = dated_text.parse(made.canonical()) == made
    except ParseError:
        same = False
    assert (made.trailer() == b"") == same
    assert not made.trailer() or made.trailer().startswith(b"\0")


def test_articles_with_one_plain_form_have_fingerprints_of_their_own() -> None:
    one = making.article("2023-05-05", "T", ["x"], byline="A date 2020-01-01 B")
    other = making.article("2020-01-01", "T", ["x"], byline="A", category="B date 2023-05-05")
    paper, another = (
        making.article("2023-05-05", "T", ["x"], publication=name) for name in ("P", "Q")
    )
    assert one.canonical() == other.canonical()
    assert len({made.content_hash() for made in (one, other, paper, another)}) == 4


def test_the_fingerprint_of_plain_text_is_what_it_always_was() -> None:
    article = dated_text.parse(b" A date 2023-05-05 B\nT\nx\n")
    expected = "46afdcbd0dc1474ab771a9bdef99b65b2e0a6005bac2b40819182a091577af1a"
    assert article.content_hash().hex() == expected


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"title": " T\r\n x "}, Article("2023-05-05", "T x", ("p",))),
        ({"paragraphs": ["", " \n ", "a\nb", " c\t"]}, Article("2023-05-05", "T", ("a b", "c"))),
        ({"category": " ", "byline": "\u200b"}, Article("2023-05-05", "T", ("p",))),
        ({"publication": "The\nTimes"}, Article("2023-05-05", "T", ("p",), publication="The Times")),
        ({"title": "a\u2028b"}, Article("2023-05-05", "a\u2028b", ("p",))),
    ],
)  # fmt: skip
def test_fields_become_lines(given: dict[str, object], made: Article) -> None:
    usual: dict[str, object] = {"published_on": "2023-05-05", "title": "T", "paragraphs": ["p"]}
    assert making.article(**(usual | given)) == made  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"published_on": None}, "no date"),
        ({"published_on": "2023-02-30"}, "not a date: '2023-02-30', expected YYYY-MM-DD"),
        ({"published_on": "20230228"}, "not a date: '20230228', expected YYYY-MM-DD"),
        ({"title": " \n"}, "no title"),
        ({"paragraphs": ["\u00a0", ""]}, "no text"),
        ({"title": "a\0b"}, "a NUL byte in its text"),
        ({"byline": "\ud800"}, "half of a surrogate pair in its text"),
    ],
)
def test_what_is_no_article_is_refused(given: dict[str, object], reason: str) -> None:
    usual: dict[str, object] = {"published_on": "2023-05-05", "title": "T", "paragraphs": ["p"]}
    with pytest.raises(ParseError) as refused:
        making.article(**(usual | given))  # type: ignore[arg-type]
    assert refused.value.reason == reason
