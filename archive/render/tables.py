"""Tables for the screen: the rows of `sql`, inert, and written as they come."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from archive.render.screen import inert

_HELD = 1_000_000
"""Characters that are held before the first line is written."""


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows as a table as wide as its first hundred need (or fewer, where they are long), so
    that the rest can stream."""
    rows = iter(rows)
    first: list[list[str]] = []
    size = 0
    for row in itertools.islice(rows, 100):
        first.append([_cell(value) for value in row])
        size += sum(map(len, first[-1]))
        if size > _HELD:
            break
    names = [inert(name) for name in columns]
    widths = [
        min(60, max([len(name), *(len(row[at]) for row in first)])) for at, name in enumerate(names)
    ]

    def write(cells: Sequence[str]) -> None:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        sys.stdout.write("  ".join(padded).rstrip() + "\n")

    write(names)
    write(["-" * width for width in widths])
    for cells in first:
        write(cells)
    for row in rows:
        write([_cell(value) for value in row])


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return "x'" + value[:64].hex() + ("…'" if len(value) > 64 else "'")
    return inert(str(value)).replace("\n", "\\n").replace("\t", " ")
