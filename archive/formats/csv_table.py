"""CSV and TSV: a line of names, then a record on each row (RFC 4180), read row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Literal, TextIO

from archive.errors import ParseError, counted
from archive.formats import fields
from archive.formats.contract import Format, Refused
from archive.formats.json_lines import of_record

if TYPE_CHECKING:
    from archive.formats.contract import Member, Reading

FORMAT = Format(
    name="csv",
    title="CSV and TSV",
    endings=(".csv", ".tsv", ".tab"),
    reader="csv 1",
    many=True,
    obtained="Spreadsheets, data frames and databases export it. The first line names the columns.",
    read="As of JSON Lines, from columns. Columns stand apart by commas, semicolons, tabs or"
    " upright bars, as the first line shows, or a line 'sep=;' before it says.",
    rejected="A row with too many or too few cells, and as of JSON Lines. A quotation mark that is"
    " never closed, or that something follows, ends the file there; the rows before it go in.",
)

_DELIMITERS = ",;\t|"
_SAMPLE = 1 << 18


def recognises(file: BinaryIO) -> bool:
    """Whether the first line names columns of which one is the title and one the text."""
    head = file.read(_SAMPLE)
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            text = head[: head.rfind(b"\n") + 1 or None].decode(encoding)
        except UnicodeDecodeError:
            continue
        names, _ = _header(text, ())
        return fields.shows_articles(names, ())
    return False


def members(file: BinaryIO, reading: Reading) -> Iterator[Member | Refused]:
    """The members of a file, and the rows that are none."""
    csv.field_size_limit(max(reading.largest_record, 1 << 17))
    encoding = "utf-8-sig" if reading.encoding == "utf-8" else reading.encoding
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        yield from _rows(text, reading)
    except UnicodeError as error:
        raise fields.not_text(error, reading) from None
    finally:
        text.detach()


def _rows(text: TextIO, reading: Reading) -> Iterator[Member | Refused]:
    sample = text.read(_SAMPLE)
    if sample.endswith("\r"):
        sample += text.read(1)
    names, delimiter = _header(sample, reading.fields)
    if wrong := fields.lacking(names, reading.fields, dated=reading.date is not None):
        raise ParseError(wrong, 1)
    if len(set(names)) < len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise ParseError(f"two columns are called {twice}", 1)
    quoting = _quoting(sample, delimiter, len(names))
    rows = csv.reader(
        _lines(sample, text, reading.largest_record),
        delimiter=delimiter,
        strict=True,
        quoting=quoting,
    )
    line = 1
    try:
        for number, row in enumerate(rows):
            first, line = line, rows.line_num + 1
            is_head = number == 0 or (number == 1 and _separator(sample))
            if is_head or not row:
                continue
            if len(row) != len(names):
                cells = counted(len(row), "cell")
                yield Refused(f"{cells} in a table of {len(names):,} columns", line=first)
                continue
            if any(_is_row(line, names, delimiter, reading) for line in _inner_lines(row)):
                yield Refused("a quotation mark is open, and rows stand in a cell", line=first)
                continue
            yield of_record(dict(zip(names, row, strict=True)), reading, first)
    except csv.Error as error:
        raise ParseError(f"a row that does not end: {error}", line) from None


def _inner_lines(row: list[str]) -> Iterator[str]:
    """The lines in cells but the first of each, which may be rows that a cell has swallowed."""
    for cell in row:
        if "\n" in cell or "\r" in cell:
            yield from cell.splitlines()[1:]


def _is_row(line: str, names: list[str], delimiter: str, reading: Reading) -> bool:
    """Whether a line is a row by itself: as many cells, with a date where dates stand."""
    if line.count(delimiter) + 1 < len(names):
        return False
    try:
        row = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return False
    if len(row) != len(names):
        return False
    return fields.has_date(dict(zip(names, row, strict=True)), reading)


def _lines(sample: str, text: TextIO, most: int) -> Iterator[str]:
    """The lines of a text of which the beginning was read; `ParseError` for one over the limit."""
    before = io.StringIO(sample, newline="")
    last = ""
    for line in before:
        if len(line) > most:
            raise ParseError(f"a line over the limit of {most:,} characters")
        if line.endswith(("\n", "\r")):
            yield line
        else:
            last = line
    while line := text.readline(most + 1):
        if len(last) + len(line) > most:
            raise ParseError(f"a line over the limit of {most:,} characters")
        yield last + line
        last = ""
    if last:
        yield last


def _separator(sample: str) -> str | None:
    """The delimiter that a first line of Excel names."""
    first = sample[:8].splitlines()[:1]
    return first[0][4] if first and len(first[0]) == 5 and first[0].startswith("sep=") else None


def _header(sample: str, given: tuple[tuple[str, str], ...]) -> tuple[list[str], str]:
    """The names of the columns, and what stands between them."""
    said = _separator(sample)
    start = sample.partition("\n")[2] if said else sample
    best: tuple[bool, int, list[str], str] = (False, 0, [], ",")
    for delimiter in said or _DELIMITERS:
        try:
            row = next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), [])
        except csv.Error:
            continue
        names = [name.strip() for name in row]
        fits = fields.shows_articles(names, given)
        if (fits, len(names)) > best[:2]:
            best = (fits, len(names), names, delimiter)
    return best[2], best[3]


def _quoting(sample: str, delimiter: str, columns: int) -> Literal[0, 3]:
    """Whether quotation marks enclose cells. In a TSV they may be text: there, where cells that
    begin with one do not all end with one, and every line is a row as it stands."""
    if delimiter != "\t":
        return csv.QUOTE_MINIMAL
    rows = [line.rstrip("\r").split("\t") for line in sample.split("\n")[:-1]]
    marked = [cell for row in rows for cell in row if cell.startswith('"')]
    enclosed = all(
        len(cell) > 1 and cell.endswith('"') and '"' not in cell[1:-1].replace('""', "")
        for cell in marked
    )
    whole = all(len(row) == columns for row in rows)
    return csv.QUOTE_NONE if marked and whole and not enclosed else csv.QUOTE_MINIMAL
