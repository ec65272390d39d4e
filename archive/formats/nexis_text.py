"""Nexis exports in plain text, as LexisNexis made them until 2019: `1 of 10 DOCUMENTS`."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, TextIO

from archive.errors import ParseError
from archive.formats import nexis
from archive.formats.contract import Format
from archive.formats.fields import not_text

if TYPE_CHECKING:
    from archive.formats.contract import Member, Reading, Refused

FORMAT = Format(
    name="nexis-txt",
    title="Nexis, plain text",
    endings=(".txt",),
    reader="nexis text 2",
    many=True,
    obtained="LexisNexis Academic and Nexis delivered it until 2019: Download, Format 'Text',"
    " Document view 'Full document'.",
    read="Publication, date and time, headline, byline, section, language and text, with the"
    " labels of the interface in English, German, French, Spanish, Italian, Portuguese or Dutch."
    " A blank line ends a paragraph. A highlight is the first paragraph, a correction the last"
    " ones; captions of pictures and the terms of the index are not read.",
    rejected="A document without a headline, without text, or with a month and no day for its"
    " date; and each document that the numbering says is there and is not. A length that is"
    " declared and differs by more than a tenth is a warning, and so is a file that ends before"
    " the last document that it numbers.",
)

_SIGNATURE = 1 << 16
_WIDEST = 100
_NAMED = re.compile(r"^\s{2,}.*do[ck]ument|documents?\s*$", re.IGNORECASE)
_CENTRED, _WIDTH = 8, 80
"""Blanks before a line that is centred, and characters that a line may have."""


def recognises(file: BinaryIO) -> bool:
    """Whether a line numbers the first document, with an empty one after it."""
    head = file.read(_SIGNATURE).removeprefix(codecs.BOM_UTF8)
    text = head.decode("utf-8", "replace")
    return "<html" not in text.lower() and any(map(_numbered, text.splitlines()))


def members(file: BinaryIO, reading: Reading) -> Iterator[Member | Refused]:
    """The documents of a file, and those that are no articles."""
    encoding = "utf-8-sig" if reading.encoding == "utf-8" else reading.encoding
    text = io.TextIOWrapper(file, encoding)
    found = False
    try:
        for one in nexis.counted(
            (number, _document(lines, first).member(reading))
            for number, lines, first in _documents(text, reading.max_size)
        ):
            found = True
            yield one
    except UnicodeError as error:
        raise not_text(error, reading) from None
    finally:
        text.detach()
    if not found:
        raise ParseError("no '1 of 10 DOCUMENTS' above any document")


def _documents(text: TextIO, most: int) -> Iterator[tuple[tuple[int, int], list[str], int]]:
    """Each document: (its number, how many there are), its lines, the line of its number."""
    lines: list[str] | None = None
    number, first, size = (0, 0), 0, 0
    at = 0
    while line := text.readline(most + 1):
        at += 1
        found = _numbered(line)
        if found:
            if lines is not None:
                yield number, lines, first
            lines, size, first = [], 0, at
            number = (nexis.number(found["number"]), nexis.number(found["all"]))
        elif lines is not None:
            lines.append(line.rstrip("\r\n"))
            size += len(line)
            if size > most:
                raise ParseError(f"a document over the limit of {most:,} characters", at)
    if lines is not None:
        yield number, lines, first


def _numbered(line: str) -> re.Match[str] | None:
    """The line above a document, which stands in the middle, or ends in DOCUMENTS."""
    if len(line) > _WIDEST or not _NAMED.search(line):
        return None
    return nexis.NUMBERED.fullmatch(line)


def _document(lines: list[str], first: int) -> nexis.Document:
    document = nexis.Document(first)
    document.put(
        [
            nexis.Block(_lines(block), list(_paragraphs(block)), centred=_is_centred(block))
            for block in _blocks(lines)
        ]
    )
    return document


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Lines between blank ones."""
    block: list[str] = []
    for line in lines:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _is_centred(block: list[str]) -> bool:
    """Whether lines stand in the middle. Of those that are wrapped only the last shows it."""
    return all(
        _stands_in_middle(line) or _is_wrapped(line, after)
        for line, after in zip(block, [*block[1:], ""], strict=True)
    )


def _stands_in_middle(line: str) -> bool:
    text = line.strip()
    before = line.index(text)
    return before >= _CENTRED or (before > 0 and abs(2 * before + len(text) - _WIDTH) <= 2)


def _is_wrapped(line: str, after: str) -> bool:
    """Whether a line goes on in the next one, since its first word had no place."""
    return bool(after) and len(f"{line.strip()} {after.split(maxsplit=1)[0]}") >= _WIDTH - 1


def _lines(block: list[str]) -> list[str]:
    """The lines; one that was wrapped, or that a semicolon leads on from, with the next one."""
    lines: list[str] = []
    before = ""
    for line in block:
        if before and (_is_wrapped(before, line) or before.rstrip().endswith(";")):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
        before = line
    return lines


def _paragraphs(block: list[str]) -> Iterator[str]:
    """The paragraphs of a block: an indented line begins one."""
    paragraph: list[str] = []
    for line in block:
        if line.startswith("  ") and paragraph:
            yield " ".join(paragraph)
            paragraph = []
        paragraph.append(line.strip())
    yield " ".join(paragraph)
