"""Tables for the screen: the rows of `sql`, inert, and written as they come."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from archive.render.screen import inert


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows as a table as wide as its first hundred need, so that the rest can stream."""
    rows = iter(rows)
    first = [[_cell(value) for value in row] for row, _ in zip(rows, range(100), strict=False)]
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
