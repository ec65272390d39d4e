"""Dated text: one article a file, a header line, a title line, a paragraph on each further line.

     date 2023-01-31 Politics       [byline] `date` ISO-date [category]
    Title
    Paragraph
    Paragraph

Lines end in LF or CRLF and in nothing else; blank lines separate nothing and are passed over.
White space at the ends of a line is not text; everything between is kept as written. Around the
parts of a header any white space of Unicode counts as such, and invisible characters are no text.
The last `date` of a header counts. Ingest calls `parse` for each file that it has read
(`ingest/parsing.py`).
"""

from __future__ import annotations

import codecs
import contextlib
import re
from datetime import date

from archive.errors import ParseError, UsageError, quoted
from archive.records import MAX_HEADER, Article

_HEADER = re.compile(
    r"(?:(?P<byline>.*)\s+)?date\s+(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:\s+(?P<category>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_LOOSE_HEADER = re.compile(r"(?:.*\s)?date\s+(\S+)", re.IGNORECASE | re.DOTALL)
# Marks of byte order and direction, zero-width spaces, soft hyphens. The two joiners are part of
# the spelling where they stand between letters of Persian or Hindi.
_MARKS = "\ufeff\u200b\u200e\u200f\u2060\u00ad"
_LETTER = rf"[^\0-\x7f\s{_MARKS}\u200c\u200d]"
_INVISIBLE = re.compile(f"[{_MARKS}]|(?<!{_LETTER})[\u200c\u200d]|[\u200c\u200d](?!{_LETTER})")
_SECOND = re.compile(rb"\n[ \t]*date[ \t]+[0-9]{4}-[0-9]{2}-[0-9]{2}\b", re.IGNORECASE)
_EDGES = " \t\r"
_SEE_FORMAT = "; see 'archive help format'"
_CR_ALONE = "lines end in CR alone: convert them to LF"

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
    lines = decoded(data, encoding).split("\n")
    filled = [
        (number, stripped)
        for number, line in enumerate(lines, 1)
        if (stripped := line.strip(_EDGES)) and not stripped.isspace()
    ]
    while filled and not filled[0][1].isascii() and not visible(filled[0][1]):
        del filled[0]
    if not filled:
        raise ParseError("the file is empty" if not data else "the file holds only blank lines", 1)
    header_line, header = filled[0]
    if "\r" in header:
        raise ParseError(_CR_ALONE, header_line)
    byline, published_on, category = _parse_header(header.strip(), header_line)
    if len(filled) < 3:
        last_line, last = filled[-1]
        part = "no title after the header", "no paragraph after the title"
        raise ParseError(_CR_ALONE if "\r" in last else part[len(filled) - 1], last_line)
    return Article(
        published_on=published_on,
        title=filled[1][1],
        paragraphs=tuple(text for _, text in filled[2:]),
        category=category,
        byline=byline,
    )


def second_article(data: bytes) -> int | None:
    """The line of an article's file in which a second article seems to begin, or None."""
    for found in _SECOND.finditer(data):
        before = data[: found.start()]
        with contextlib.suppress(ValueError):
            date.fromisoformat(found[0][-10:].decode())
            if before.removeprefix(codecs.BOM_UTF8).strip():  # else it is the header
                return before.count(b"\n") + 2
    return None


def is_utf8_read_as_another(data: bytes, encoding: str) -> bool:
    """Whether bytes that were read in another encoding, one of ASCII and more, are valid UTF-8 with
    more than ASCII in it."""
    if data.isascii() or not _is_another(encoding):
        return False
    try:
        data.decode(_UTF8)
    except UnicodeDecodeError:
        return False
    return True


def _is_another(encoding: str) -> bool:
    """Whether an encoding is none of Unicode's, but has ASCII in it."""
    return not encoding.startswith("utf") and "date".encode(encoding, "replace") == b"date"


def visible(header: str) -> str:
    """A header line, or a part of one, without invisible characters."""
    return header if header.isascii() else _INVISIBLE.sub("", header).strip()


def decoded(data: bytes, encoding: str) -> str:
    """The text of a file; `ParseError`, with line and offset, for bytes that are none in this
    encoding, and for a NUL."""
    if data.startswith(codecs.BOM_UTF8) and _is_another(encoding):
        reason = f"it begins with the mark of UTF-8 but is read as {encoding}"
        raise ParseError(f"{reason}: use --encoding utf-8 for it", 1)
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


def _parse_header(written_header: str, line: int) -> tuple[str | None, str, str | None]:
    header = visible(written_header)
    if len(header) > MAX_HEADER:
        raise ParseError(
            f"a header of {len(header):,} characters; the limit is {MAX_HEADER:,}{_SEE_FORMAT}",
            line,
        )
    found = _HEADER.fullmatch(header)
    if not found:
        loose = _LOOSE_HEADER.match(header)
        if loose:
            raise ParseError(
                f"not a date: {loose[1][:40]!r}, expected YYYY-MM-DD{_SEE_FORMAT}", line
            )
        expected = "no header: expected '[byline] date YYYY-MM-DD [category]'"
        raise ParseError(expected + _SEE_FORMAT, line)
    written = found["date"]
    try:
        date.fromisoformat(written)
    except ValueError:
        raise ParseError(f"no such date: {written}", line) from None
    byline, category = (found["byline"] or "").strip(), found["category"] or ""
    return byline or None, written, category.strip() or None
