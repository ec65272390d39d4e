"""ProQuest exports in plain text: documents under lines of underscores, fields by name."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, TextIO

from archive.errors import ParseError
from archive.formats import making, months
from archive.formats.contract import Format, Member, Refused
from archive.formats.fields import not_text
from archive.formats.nexis import counted, language_of

if TYPE_CHECKING:
    from archive.formats.contract import Reading

FORMAT = Format(
    name="proquest",
    title="ProQuest, plain text",
    endings=(".txt",),
    reader="proquest 2",
    many=True,
    obtained="In ProQuest select the articles, 'All save & print options', 'Text only', with"
    " 'Citation, abstract, full text'.",
    read="Title, author, publication, date, section, language, URL, document id and full text.",
    rejected="A document without full text (an abstract is none), or with a month and no day for"
    " its date; and each document that the numbering says is there and is not.",
)

_SIGNATURE = 1 << 16
_RULE = re.compile(r"_{60}\s*")
_NUMBERED = re.compile(
    r"(?:document|dokument|documento)\s+(\d+)\s+(?:of|von|de|di|van|sur)\s+(\d+)", re.IGNORECASE
)
_FIELD = re.compile(r"([A-Z][A-Za-z/ -]{2,40}): (.*)", re.DOTALL)
_NAMES = (
    "Title; Author; Publication title; Publication date; Publication year; Section; Language "
    "of publication; ProQuest document ID; Document URL; Full text; Abstract; Links; Subject; "
    "Publisher; Source type; Document type; Place of publication; Country of publication; "
    "Publication subject; ISSN; Copyright; Last updated; Database; Location; People; Company "
    "/ organization; Identifier / keyword; First page; Pages; Volume; Issue; Dateline; "
    "Publication info; Accession number; Document feature; Number of pages; Online "
    "publication date; Publication history; Credit; Correspondence author; Business indexing "
    "term; Classification; e-ISSN; Illustrations; Caption; Column; Edition; Length; Product "
    "name; Supplement; Alternate title; Subtitle; References; Terms of use"
)
_FIELDS = {name: name for name in _NAMES.split("; ")} | {"Full Text": "Full text"}
"""The names of ProQuest's fields, some of which it has written in two ways."""


def recognises(file: BinaryIO) -> bool:
    """Whether a line of underscores and names of ProQuest's fields stand in it."""
    text = file.read(_SIGNATURE).removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    first = text.lstrip()[:100].split("\n", 1)[0]
    return bool(_RULE.fullmatch(first)) and (
        "ProQuest document ID: " in text or "\nPublication title: " in text
    )


def members(file: BinaryIO, reading: Reading) -> Iterator[Member | Refused]:
    """The documents of a file, and those that are no articles."""
    encoding = "utf-8-sig" if reading.encoding == "utf-8" else reading.encoding
    text = io.TextIOWrapper(file, encoding)
    found = False
    try:
        for one in counted(_read(text, reading)):
            found = True
            yield one
    except UnicodeError as error:
        raise not_text(error, reading) from None
    finally:
        text.detach()
    if not found:
        raise ParseError("no document of ProQuest")


def _read(
    text: TextIO, reading: Reading
) -> Iterator[tuple[tuple[int, int] | None, Member | Refused]]:
    """Each document with its number and how many are declared, where that is said."""
    for lines, first in _documents(text, reading.max_size):
        found = next((n for line in lines[:4] if (n := _NUMBERED.match(line.strip()))), None)
        fields = _fields(lines)
        if fields:
            yield (int(found[1]), int(found[2])) if found else None, _member(fields, reading, first)


def _documents(text: TextIO, most: int) -> Iterator[tuple[list[str], int]]:
    """The lines between rules, each time with the number of the first."""
    lines: list[str] = []
    at, first, size = 0, 1, 0
    while line := text.readline(most + 1):
        at += 1
        if _RULE.fullmatch(line):
            if any(map(str.strip, lines)):
                yield lines, first
            lines, first, size = [], at + 1, 0
            continue
        lines.append(line.rstrip("\r\n"))
        size += len(line)
        if size > most:
            raise ParseError(f"a document over the limit of {most:,} characters", at)
    if any(map(str.strip, lines)):
        yield lines, first


def _fields(lines: list[str]) -> dict[str, list[str]]:
    """The fields of a document, each with its lines. Only the names of ProQuest begin a field, and
    within a full text only after a blank line."""
    fields: dict[str, list[str]] = {}
    name, blank = "", True
    for line in lines:
        found = _FIELD.match(line) if blank or name != "Full text" else None
        said = _FIELDS.get(found[1]) if found else None
        if found and said and said not in fields:
            name = said
            fields[name] = [found[2]]
        elif name:
            fields[name].append(line)
        blank = not line.strip()
    return fields


def _member(fields: dict[str, list[str]], reading: Reading, line: int) -> Member | Refused:
    def one(name: str) -> str | None:
        return " ".join(" ".join(fields.get(name, ())).split()) or None

    found = re.match(r"[0-9]+", one("ProQuest document ID") or "")
    number = found[0] if found else None
    printed = one("Publication date")
    try:
        day = months.written(printed) if printed else None
        if day is None and not reading.date:
            said = f": found {printed!r}" if printed else ""
            raise ParseError(f"no date with a day{said}")
        text = fields.get("Full text", [])
        if not any(map(str.strip, text)) and one("Abstract") not in (None, "None available."):
            raise ParseError("no full text but an abstract")
        publication = one("Publication title")
        article = making.article(
            day[0] if day else reading.date,
            one("Title"),
            text,
            category=one("Section"),
            byline=one("Author"),
            publication=publication.rsplit(";", 1)[0] if publication else None,
        )
    except ParseError as error:
        return Refused(error.reason, key=number or one("Title"), line=line)
    return Member(
        *(article, number, one("Document URL"), number),
        language=language_of(one("Language of publication") or ""),
        line=line,
    )
