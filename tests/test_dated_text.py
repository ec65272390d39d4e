"""Dated text: golden files, a table of what is rejected, and what holds for any bytes."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ParseError, UsageError
from archive.formats.dated_text import (
    is_utf8_read_as_another,
    known_encoding,
    parse,
    second_article,
)
from archive.formats.kinds import kind
from archive.records import Article
from conftest import ROOT, SEEDS

GOLDEN = sorted((ROOT / "tests" / "data" / "dated_text").glob("*.txt"))
HEAD = b" date 2023-01-31 Politics\n"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_file_is_this_article(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="ascii"))
    article = parse(path.read_bytes())
    assert {
        "byline": article.byline,
        "published_on": article.published_on,
        "category": article.category,
        "title": article.title,
        "paragraphs": list(article.paragraphs),
    } == expected


@pytest.mark.parametrize(
    ("header", "byline", "category"),
    [
        ("Up to date 2022-12-31 date 2023-01-31 Politics", "Up to date 2022-12-31", "Politics"),
        (" date 2022-12-31 date 2023-01-31 X", "date 2022-12-31", "X"),
        (" date 2023-01-31 Up to date then", None, "Up to date then"),
    ],
)
def test_the_last_date_of_a_header_is_the_date(
    header: str, byline: str | None, category: str
) -> None:
    article = parse(f"{header}\nTitle\nText\n".encode())
    assert article.published_on == "2023-01-31"
    assert (article.byline, article.category) == (byline, category)
    assert parse(article.canonical()) == article


@pytest.mark.parametrize(
    "header",
    [
        "\ufeff\ufeff date 2023-01-31 Politics",
        "\u200b date 2023-01-31 Politics",
        "\u200bdate 2023-01-31 Politics",
        "\u00ad date 2023-01-31 Politics",
        " date 2023-01-31 Politics\u200b",
        " date 2023-01-31\u200b Politics",
        " date 2023-01-31 Poli\u00adtics",
        "\u200e\n\ufeff date 2023-01-31 Politics\u200f \u2060",
        " date 2023-01-31 \u200cPolitics\u200d",
    ],
)
def test_invisible_characters_of_a_header_are_no_text(header: str) -> None:
    article = parse(f"{header}\nTitle\u00ad\nText\n".encode())
    assert (article.byline, article.published_on) == (None, "2023-01-31")
    assert (article.category, article.title) == ("Politics", "Title\u00ad")


def test_joiners_between_letters_are_spelling() -> None:
    article = parse(" date 2023-01-31 سینمای\u200cایران\nTitle\nText\n".encode())
    assert article.category == "سینمای\u200cایران"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (HEAD + b"T\nText\n", None),
        (HEAD + b"T\nText\n date 2023-02-01 X\nU\nText\n", 4),
        (b"\n" + HEAD + b"T\nText\r\n\r\nDate 2023-02-01\r\nU\n", 6),
        (HEAD + b"T\nText\ndate 2023-02-31 X\nU\nText\n", None),
        (HEAD + b"T\nText\ndates 2023-02-01\nUp to date 2023-02-01\n", None),
        (codecs.BOM_UTF8 + b"\n" + HEAD + b"T\nText\n", None),
    ],
)
def test_a_second_article_in_one_file_is_seen(data: bytes, line: int | None) -> None:
    assert second_article(data) == line


@pytest.mark.parametrize(
    ("data", "encoding", "so"),
    [
        ("Café".encode(), "cp1252", True),
        ("Café".encode(), "utf-8", False),
        (b"Cafe", "cp1252", False),
        ("Café".encode("cp1252"), "cp1252", False),
        ("Café".encode("utf-16"), "utf-16", False),
    ],
)
def test_utf8_read_as_another_encoding_is_seen(data: bytes, encoding: str, so: bool) -> None:
    assert is_utf8_read_as_another(data, encoding) is so


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.4 x", "a PDF file"),
        (b"PK\x03\x04...[Content_Types].xml...word/document.xml", "a Word document"),
        (b"PK\x03\x04...", "a ZIP file"),
        (b"{\\rtf1", "a Word document (RTF)"),
        (b"\xff\xd8\xff\xe0", "a picture (JPEG)"),
        (b"PK\x03\x04...xl/workbook.xml", "an Excel table"),
        (b"PK\x03\x04...ppt/slides", "a PowerPoint file"),
        (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.text", "an OpenDocument text"),
        (b"PK\x03\x04mimetypeapplication/epub+zip", "an e-book"),
        (b"\xef\xbb\xbf%PDF-1.4", "a PDF file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Word document, or another of Microsoft Office"),
        (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
        (b"GIF89a", "a picture (GIF)"),
        (b"II*\0", "a picture (TIFF)"),
        (b"MM\0*", "a picture (TIFF)"),
        (b"\x1f\x8b\x08", "a compressed file (gzip)"),
        *(
            (b"\0\0\0\x18ftyp" + name, "a picture (HEIC)")
            for name in (b"heic", b"heix", b"mif1", b"avif")
        ),
        (b"\0\0\0\x18ftypmp42", None),
        (b"RIFF1234WAVEfmt", None),
        (b"RIFF1234WEBPVP8", "a picture (WebP)"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"plain", None),
    ],
)
def test_what_is_often_met_and_is_no_text_is_called_what_it_is(
    data: bytes, what: str | None
) -> None:
    assert kind(data, b"") == what


def test_the_mark_of_utf8_under_another_encoding_is_rejected() -> None:
    with pytest.raises(ParseError, match="mark of UTF-8 but is read as cp1252") as rejected:
        parse(codecs.BOM_UTF8 + HEAD + b"T\nText\n", "cp1252")
    assert rejected.value.line == 1


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u2003\t", "\x0c"])
def test_any_white_space_around_the_parts_of_a_header_is_ignored(space: str) -> None:
    header = space.join(("", "By A. Smith", "Date", "2023-01-31", "World News", ""))
    article = parse(f"{header}\nTitle\nText\n".encode())
    assert (article.byline, article.published_on) == ("By A. Smith", "2023-01-31")
    assert article.category == "World News"
    assert parse(article.canonical()) == article


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) == 12


def test_the_seed_is_in_canonical_form() -> None:
    (seed,) = SEEDS.glob("*.txt")
    article = parse(seed.read_bytes())
    assert (article.published_on, article.category) == ("2023-01-31", "Politics")
    assert (article.byline, len(article.paragraphs)) == (None, 21)
    assert article.canonical() == seed.read_bytes()


REJECTED: list[tuple[bytes, int | None, str]] = [
    (b"", 1, "empty"),
    (b"\n \r\n\t\n", 1, "only blank lines"),
    (codecs.BOM_UTF8, 1, "only blank lines"),
    (HEAD, 1, "no title"),
    (b"\n\n" + HEAD + b"\n", 3, "no title"),
    (HEAD + b"Title\n", 2, "no paragraph"),
    (HEAD + b"\nTitle\n \n", 3, "no paragraph"),
    (b"Title\nText\nText\n", 1, "no header"),
    (b" update 2023-01-31\nTitle\nText\n", 1, "no header"),
    (b" date\nTitle\nText\n", 1, "no header"),
    (b" date 2023-02-30 X\nTitle\nText\n", 1, "no such date: 2023-02-30"),
    (b" date 2023-13-01 X\nTitle\nText\n", 1, "no such date: 2023-13-01"),
    (b" date 0000-01-01 X\nTitle\nText\n", 1, "no such date: 0000-01-01"),
    (b" date 20230131 X\nTitle\nText\n", 1, "not a date: '20230131'"),
    (b" date 2023-W05-2 X\nTitle\nText\n", 1, "not a date: '2023-W05-2'"),
    (b" date 2023-1-31 X\nTitle\nText\n", 1, "not a date: '2023-1-31'"),
    (" date ２０２３-01-31 X\nTitle\nText\n".encode(), 1, "not a date"),
    (HEAD + b"Title\nCaf\xe9.\n", 3, "not utf-8: byte 0xe9 at offset 35"),
    (HEAD + b"Title\nA\xff", 3, "byte 0xff at offset 33"),
    ((HEAD + b"Title\nText\n").decode().encode("utf-16"), 1, "byte 0xff at offset 0"),
    ((HEAD + b"Title\nText\n").decode().encode("utf-16-le"), 1, "try --encoding utf-16"),
    (b"a" + b" " * 100_000 + b"b\nT\nP\n", 1, "limit is 2,000"),
    (HEAD + b"Title\nA\0b\n", 3, "a NUL byte"),
    (HEAD + b"Title\n\xed\xa0\x80\n", 3, "not utf-8"),
    (b" date 2023-01-31 X\rTitle\rText\r", 1, "lines end in CR alone"),
    (b"date 2023-01-31 X\r" + b"Text. \r" * 1000, 1, "lines end in CR alone"),
    (HEAD + b"Title\rText\rText\r", 2, "lines end in CR alone"),
    (b"Title\nText\nText\n", 1, "archive help format"),
]


@pytest.mark.parametrize(("data", "line", "reason"), REJECTED)
def test_what_is_no_article_is_rejected_with_line_and_reason(
    data: bytes, line: int | None, reason: str
) -> None:
    with pytest.raises(ParseError) as rejected:
        parse(data)
    assert rejected.value.line == line
    assert reason in rejected.value.reason


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-16-be", "utf-8-sig"])
def test_another_encoding_gives_the_same_article(encoding: str) -> None:
    text = " date 2023-01-31 Économie\nÉlysée\nVoilà.\n"
    name = known_encoding(encoding)
    assert parse(text.encode(encoding), name) == parse(text.encode())


def test_text_that_is_not_in_the_named_encoding_is_rejected() -> None:
    with pytest.raises(ParseError, match="not utf-16"):
        parse(b"odd", known_encoding("utf-16"))
    with pytest.raises(UsageError, match="unknown encoding"):
        known_encoding("klingon")


LINE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\n"), min_size=1, max_size=30
).filter(lambda line: line.strip(" \t\r") and not line.isspace())
CATEGORY = LINE.map(lambda line: line.replace("\r", "")).filter(str.strip)
ARTICLES = st.builds(
    lambda date, category, title, paragraphs: (date, category, title, tuple(paragraphs)),
    st.dates().map(str),
    st.none() | CATEGORY,
    LINE,
    st.lists(LINE, min_size=1, max_size=5),
)


@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda tail: HEAD + b"T\n" + tail))
def test_any_bytes_are_an_article_or_are_rejected(data: bytes) -> None:
    try:
        article = parse(data)
    except ParseError as error:
        assert error.reason
    else:
        assert parse(article.canonical()) == article


@given(ARTICLES)
def test_line_ends_blank_lines_and_marks_do_not_change_the_content(
    parts: tuple[str, str | None, str, tuple[str, ...]],
) -> None:
    date, category, title, paragraphs = parts
    lines = [f" date {date} {category or ''}", title, *paragraphs]
    plain = parse("\n".join(lines).encode())
    for written in (
        "\r\n".join(lines) + "\r\n",
        "\ufeff" + "\n".join(lines),
        "\n\n  \n".join(lines) + "\n\n",
        "\n".join(f"\t {line}  " for line in lines),
    ):
        assert parse(written.encode()).content_hash() == plain.content_hash()


def test_the_fingerprint_tells_every_field_apart() -> None:
    articles = [
        Article("2023-01-31", "T", ("a", "b")),
        Article("2023-01-31", "T", ("a b",)),
        Article("2023-01-31", "T\u2028a", ("b",)),
        Article("2023-01-31", "T", ("a", "b"), category="C"),
        Article("2023-01-31", "T", ("a", "b"), byline="C"),
        Article("2023-02-01", "T", ("a", "b")),
    ]
    assert len({article.content_hash() for article in articles}) == len(articles)
