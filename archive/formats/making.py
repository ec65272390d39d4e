"""The checked constructor: every article that is not dated text is made here.

Dated text cannot hold a line end in a field or a NUL byte; other formats can. What passes here
can be told from every other article by its fingerprint (`Article.content_hash`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from archive.errors import ParseError
from archive.formats.dated_text import visible
from archive.records import Article

_LINE_ENDS = re.compile(r"[ \t]*(?:\r\n|\r|\n)+[ \t\r\n]*")
_EDGES = " \t\r\n"


def article(  # noqa: PLR0913 - the fields of an article
    published_on: str | None,
    title: str | None,
    paragraphs: Iterable[str],
    *,
    category: str | None = None,
    byline: str | None = None,
    publication: str | None = None,
) -> Article:
    """An article of checked fields. Line ends inside a field or a paragraph become a space, white
    space at the ends goes, empty paragraphs are dropped and empty fields are None. `ParseError`
    where there is no date of the calendar (`YYYY-MM-DD`), no title, no paragraph, or a NUL."""
    if not published_on:
        raise ParseError("no date")
    try:
        if len(published_on) != 10:
            raise ValueError
        date.fromisoformat(published_on)
    except ValueError:
        raise ParseError(f"not a date: {published_on[:40]!r}, expected YYYY-MM-DD") from None
    texts = tuple(filter(None, map(_line, paragraphs)))
    heading = _line(title or "")
    if not heading:
        raise ParseError("no title")
    if not texts:
        raise ParseError("no text")
    made = Article(
        *(published_on, heading, texts),
        *(_part(category), _part(byline), _part(publication)),
    )
    parts = (made.category or "", made.byline or "", made.publication or "")
    if any("\0" in text for text in (*texts, heading, *parts)):
        raise ParseError("a NUL byte in its text")
    try:
        "".join((*texts, heading, *parts)).encode()
    except UnicodeEncodeError:
        raise ParseError("half of a surrogate pair in its text") from None
    return made


def _line(text: str) -> str:
    """A text as one line."""
    stripped = text.strip(_EDGES)
    if "\n" in stripped or "\r" in stripped:
        stripped = _LINE_ENDS.sub(" ", stripped)
    return "" if stripped.isspace() else stripped


def _part(text: str | None) -> str | None:
    """A part of the header, without the invisible characters that dated text drops there."""
    return visible(_line(text or "")).strip() or None
