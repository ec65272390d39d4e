"""JSON Lines: a record of JSON on each line, read one by one.

A line that is no record, or no article, is refused, and the others go in; a line beyond the limit
of a member is passed over without being held in memory.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from archive.errors import ParseError, quoted
from archive.formats import fields
from archive.formats.contract import Format, Refused

if TYPE_CHECKING:
    from archive.formats.contract import Member, Reading

FORMAT = Format(
    name="jsonl",
    title="JSON Lines",
    endings=(".jsonl", ".ndjson", ".json"),
    reader="json lines 1",
    many=True,
    obtained="Most scrapers and data sets write it: one record of JSON on each line.",
    read="Title, text, date, byline, category, publication, URL, id, identifier and language,"
    " from the fields that are usually called so ('headline', 'body', 'published_at', 'authors',"
    " ...), or as '--map' says. Each line of the text, or each item of a list, is a paragraph."
    " HTML in a text is kept as it is, with a warning.",
    rejected="A line that is no record of JSON, or that has no title, text or date. A summary is"
    " no text. Dates are ISO 8601 or RFC 2822, YYYYMMDD, or seconds since 1970; 01/02/2023 is"
    " none, for it may mean two days. When a record was made, changed or fetched is no date of"
    " publication.",
)

_SIGNATURE = 1 << 20
_BLOCK = 1 << 20
_HOLDS_RECORDS = re.compile(rb'":\s*\[\s*\{')


def recognises(file: BinaryIO) -> bool:
    """Whether the first line is a whole record."""
    head = file.read(_SIGNATURE).removeprefix(codecs.BOM_UTF8).lstrip()
    first, newline, rest = head.partition(b"\n")
    if not first.startswith(b"{"):
        return False
    if not newline and len(head) >= _SIGNATURE - 64:
        return _HOLDS_RECORDS.search(first[:4096]) is None
    try:
        found = record(first.decode(errors="replace"))
    except ParseError:
        return False
    # Alone on its line, a record that holds records is the answer of an API.
    return bool(rest.strip()) or fields.shows_articles(tuple(found), ()) or not _holds(found)


def _holds(found: dict[str, Any]) -> bool:
    """Whether a record holds an array of records, or a record that does."""
    return any(
        (isinstance(value, list) and any(isinstance(one, dict) for one in value))
        or (isinstance(value, dict) and _holds(value))
        for value in found.values()
    )


def members(file: BinaryIO, reading: Reading) -> Iterator[Member | Refused]:
    """The members of a file, and the lines that are none."""
    if reading.encoding.startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
        raise ParseError(f"JSON Lines in {reading.encoding} are not read: convert them to UTF-8")
    number = 0
    most = reading.largest_record
    while line := file.readline(most + 1):
        number += 1
        if len(line) > most and not line.endswith(b"\n"):
            _pass_over(file)
            yield Refused(f"a line over the limit of {most:,} bytes", line=number)
            continue
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if not line.isspace():
            yield _member(line, reading, number)


def _member(line: bytes, reading: Reading, number: int) -> Member | Refused:
    try:
        text = line.decode(reading.encoding)
    except UnicodeDecodeError as error:
        place = f"byte 0x{line[error.start]:02x} at {error.start}"
        return Refused(f"not {reading.encoding}: {place} of the line", line=number)
    try:
        found = record(text)
    except ParseError as error:
        return Refused(error.reason, line=number)
    return of_record(found, reading, number)


def of_record(found: dict[str, Any], reading: Reading, line: int | None) -> Member | Refused:
    """A record as a member, or why it is none."""
    try:
        return fields.member(found, reading, line)
    except ParseError as error:
        return Refused(error.reason, key=fields.key_of(found, reading), line=line)


def record(text: str) -> dict[str, Any]:
    """The record that a text of JSON is; `ParseError`."""
    try:
        found = json.loads(text, parse_constant=no_number, object_pairs_hook=without_doubles)
    except RecursionError:
        raise ParseError("JSON that is nested too deep") from None
    except json.JSONDecodeError as error:
        raise ParseError(f"no JSON: {error.msg} at character {error.pos + 1}") from None
    except ValueError as error:
        raise ParseError(f"no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ParseError("no record of JSON, which stands in braces")
    return found


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuses a name that stands twice in a record, of which Python takes the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"two fields are called {quoted(twice)}")
    return found


def no_number(name: str) -> NoReturn:
    """Refuses NaN and infinity, which Python takes for JSON."""
    raise ValueError(f"{name} is no number of JSON")


def _pass_over(file: BinaryIO) -> None:
    """Reads to the end of a line."""
    while (block := file.readline(_BLOCK)) and not block.endswith(b"\n"):
        pass
