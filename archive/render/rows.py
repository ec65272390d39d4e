"""The one way out for every command that gives rows: to the screen, as JSON lines, or as CSV.

The keys of the rows come from `render/records.py`. Rows are written as they are made, so that an
answer may be of any length.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from archive.render.output import paged
from archive.render.screen import inert

if TYPE_CHECKING:
    from archive.render.records import Record

_Found = TypeVar("_Found")

_LONG = 1_000_000

Form = Literal["screen", "json", "csv"]
"""What the user asked for: an answer to read, or rows for another program."""


def put(
    form: Form,
    records: Iterable[Record],
    show: Callable[[], object],
    columns: Sequence[str] = (),
) -> None:
    """Writes the records in the form asked for, or calls `show` where that is the screen.

    `columns` heads a CSV without rows; otherwise the keys of the first row do.
    """
    with paged():
        if form == "screen":
            show()
        elif form == "json":
            for line in json_lines(records):
                _put_line(line)
        else:
            sys.stdout.writelines(csv_lines(records, columns))


def _put_line(line: str) -> None:
    """Writes a line with its end, for which a very long one is not copied."""
    if len(line) > _LONG:
        sys.stdout.write(line)
        line = ""
    sys.stdout.write(line + "\n")


def put_each(
    form: Form,
    found: Sequence[_Found],
    record: Callable[[_Found], Record],
    show: Callable[[Sequence[_Found]], object],
    columns: Sequence[str] = (),
) -> None:
    """Writes a record of each thing that was found, or shows all of them; see `put`."""
    put(form, map(record, found), lambda: show(found), columns)


def json_lines(records: Iterable[Record]) -> Iterator[str]:
    """Returns each record as an object, without line end."""
    return map(json.dumps, records)


def csv_lines(records: Iterable[Record], columns: Sequence[str] = ()) -> Iterator[str]:
    """Returns the lines of a CSV, with the keys of the first record as its head; `columns` where
    there is none."""
    rows = iter(records)
    first = [*islice(rows, 1)]
    yield _csv_line(list(first[0] if first else columns))
    for row in chain(first, rows):
        yield _csv_line(list(row.values()))


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets a
    `'` in front, and control characters are written out."""
    sys.stdout.write(_csv_line(columns))
    sys.stdout.writelines(map(_csv_line, rows))


def _csv_line(row: Sequence[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([_safe_cell(value) for value in row])
    return buffer.getvalue()


def _safe_cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | Mapping):
        value = _in_a_cell(value)
    if not isinstance(value, str):
        return value
    text = inert(value)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\\x0d")) else text


def _in_a_cell(value: Sequence[Any] | Mapping[str, Any]) -> str:
    """Returns what JSON has as a list, in one cell: words side by side, paragraphs one below the
    other with their citations, and all else as JSON."""
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    if all(isinstance(item, str) for item in value):
        return "; ".join(value)
    if all(isinstance(item, Mapping) and {"cite", "text"} <= item.keys() for item in value):
        return "\n".join(f"{item['cite']} {item['text']}" for item in value)
    return json.dumps(value, ensure_ascii=False)
