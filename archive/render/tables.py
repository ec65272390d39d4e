"""Rows of SQL: as a table, as CSV, as JSON records; inert, and streamed."""

from __future__ import annotations

import csv
import io
import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from archive.render.screen import inert


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as a table: widths from the first hundred, so that the rest can stream."""
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


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as CSV (RFC 4180). Cells that a spreadsheet would run as a formula get a `'` in front,
    and control characters are written out."""
    sys.stdout.write(_csv_line(columns))
    for row in rows:
        sys.stdout.write(_csv_line(row))


def _csv_line(row: Sequence[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([_safe_cell(value) for value in row])
    return buffer.getvalue()


def _safe_cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if not isinstance(value, str):
        return value
    text = inert(value)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\\x0d")) else text


def sql_record(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row of `sql --json`; bytes as hexadecimal text, infinities (JSON has none) as text too. Of
    columns with one name, the last."""
    return dict(zip(columns, map(_json_value, row), strict=True))


def _json_value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, float) and math.isinf(value) else value
