"""Dated text: one article a file, a header line, a title line, a paragraph on each further line.

     date 2023-01-31 Politics       [byline] `date` ISO-date [category]
    Title
    Paragraph
    Paragraph

Lines end in LF or CRLF and in nothing else; blank lines separate nothing and are passed over.
White space at the ends of a line is not text; everything between is kept as written. Around the
parts of a header any white space of Unicode counts as such. Ingest calls `parse` for each file that
it has read (`ingest/parsing.py`).
"""

from __future__ import annotations

import codecs
import re
from datetime import date

from archive.errors import ParseError, UsageError, quoted
from archive.records import Article

_HEADER = re.compile(
    r"(?:(?P<byline>.*?)\s+)??date\s+(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:\s+(?P<category>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_LOOSE_HEADER = re.compile(r"(?:.*\s)?date\s+(\S+)", re.IGNORECASE | re.DOTALL)
_EDGES = " \t\r"

MAX_HEADER = 2000
"""Characters that a header line may have."""
_UTF8 = "utf-8"


def known_encoding(name: str) -> str:
    """The codec's own name for a text encoding; `UsageError` if Python knows none of that name."""
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        codec = None
    if codec is None or not getattr(codec, "_is_text_encoding", True):
        raise UsageError(f"unknown encoding {quoted(name)}: try utf-8, cp1252, latin-1 or utf-16")
    return codec.name


def parse(data: bytes, encoding: str = _UTF8) -> Article:
    """The article that a file's bytes hold; `ParseError` with reason and line if they hold none."""
    lines = _decode(data, encoding).split("\n")
    filled = [
        (number, stripped)
        for number, line in enumerate(lines, 1)
        if (stripped := line.strip(_EDGES)) and not stripped.isspace()
    ]
    if not filled:
        raise ParseError("the file is empty" if not data else "the file holds only blank lines", 1)
    header_line, header = filled[0]
    byline, published_on, category = _parse_header(header.strip(), header_line)
    if len(filled) == 1:
        raise ParseError("no title after the header", header_line)
    if len(filled) == 2:
        raise ParseError("no paragraph after the title", filled[1][0])
    return Article(
        published_on=published_on,
        title=filled[1][1],
        paragraphs=tuple(text for _, text in filled[2:]),
        category=category,
        byline=byline,
    )


def _decode(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
        if not encoding.startswith("utf-8"):
            text.encode()  # some codecs let lone surrogates through
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ParseError(
            f"not {encoding}: byte 0x{data[error.start]:02x} at offset {error.start}"
            + (" (--encoding NAME reads another encoding)" if encoding == _UTF8 else ""),
            line,
        ) from None
    except UnicodeError:
        raise ParseError(f"not {encoding}: the text cannot be decoded") from None
    nul = text.find("\0")
    if nul >= 0:
        hint = " (UTF-16? try --encoding utf-16)" if text.count("\0") * 3 > len(text) else ""
        raise ParseError(f"a NUL byte{hint}", text.count("\n", 0, nul) + 1)
    return text


def _parse_header(header: str, line: int) -> tuple[str | None, str, str | None]:
    if len(header) > MAX_HEADER:
        raise ParseError(
            f"a header of {len(header):,} characters; the limit is {MAX_HEADER:,}", line
        )
    found = _HEADER.fullmatch(header)
    if not found:
        loose = _LOOSE_HEADER.match(header)
        if loose:
            raise ParseError(f"not a date: {loose[1][:40]!r}, expected YYYY-MM-DD", line)
        raise ParseError("no header: expected '[byline] date YYYY-MM-DD [category]'", line)
    written = found["date"]
    try:
        date.fromisoformat(written)
    except ValueError:
        raise ParseError(f"no such date: {written}", line) from None
    byline, category = (found["byline"] or "").strip(), found["category"] or ""
    return byline or None, written, category.strip() or None
