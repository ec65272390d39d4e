"""Tables: the rows of `sql`, and cross tables. On a terminal they fit its width; elsewhere nothing
is cut. Rows stream: a table is as wide as its first hundred rows need."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from archive.render.cells import cells, head, pad, terminal_width
from archive.render.screen import inert

_LOOKED_AT = 100
_LEAST = 20
"""Cells that a column keeps where a table is too wide; if that is not enough, each field gets a
line."""
_GAP = "  "


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, thousands: bool = False
) -> None:
    """Writes rows as a table, or as one field a line where the table would be too wide. Numbers
    that are counts have commas with `thousands`."""
    names = [_cell(name) for name in columns]
    rows = iter(rows)
    first = [*islice(rows, _LOOKED_AT)]
    shown = [[_cell(value, thousands=thousands) for value in row] for row in first]
    widths = [max(map(cells, column)) for column in zip(names, *shown, strict=True)]
    if sys.stdout.isatty():
        fitted = _fitted(widths, terminal_width() - len(_GAP) * (len(widths) - 1))
        if fitted is None:
            _write_fields(names, chain(first, rows))
            return
        widths = fitted
    right = [_numbers(column) for column in zip(*first, strict=True)] or [False] * len(names)
    for line in chain((names, ["-" * width for width in widths]), shown):
        _write(line, widths, right)
    for row in rows:
        _write([_cell(value, thousands=thousands) for value in row], widths, right)


def _fitted(widths: Sequence[int], room: int) -> list[int] | None:
    """Returns the widths with the widest made narrower until all fit; None if they cannot."""
    if sum(min(width, _LEAST) for width in widths) > room:
        return None
    widest = max(widths, default=0)
    while sum(min(width, widest) for width in widths) > room:
        widest -= 1
    return [min(width, widest) for width in widths]


def _numbers(column: Sequence[Any]) -> bool:
    """Whether a column holds numbers, which stand on the right."""
    return all(isinstance(value, int | float | None) for value in column) and any(
        value is not None for value in column
    )


def _write(line: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> None:
    padded = (
        pad(_cut(text, width), width, right=at_right)
        for text, width, at_right in zip(line, widths, right, strict=True)
    )
    sys.stdout.write(_GAP.join(padded).rstrip() + "\n")


def _cut(text: str, width: int) -> str:
    if cells(text) <= width or not sys.stdout.isatty():
        return text
    return head(text, width - 1) + "…"


def _write_fields(names: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    width = max(map(cells, names))
    room = max(_LEAST, terminal_width() - width - 2 * len(_GAP))
    for number, row in enumerate(rows, 1):
        sys.stdout.write(f"{'' if number == 1 else chr(10)}row {number:,}\n")
        for name, value in zip(names, row, strict=True):
            lines = _wrapped(_cell(value), room)
            sys.stdout.write(f"{_GAP}{pad(name, width)}{_GAP}{next(lines, '')}".rstrip() + "\n")
            sys.stdout.writelines(f"{' ' * width}{_GAP * 2}{line}\n" for line in lines)


def _wrapped(text: str, room: int) -> Iterator[str]:
    while text:
        line = head(text, room)
        yield line
        text = text[len(line) :].lstrip()


def _cell(value: Any, *, thousands: bool = False) -> str:
    if thousands and isinstance(value, int):
        return f"{value:,}"
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return "x'" + value[:64].hex() + ("…'" if len(value) > 64 else "'")
    return inert(str(value)).replace("\n", "\\n").replace("\t", " ")
