"""What `--facet` shows: counts by one value, or by two in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from archive.render.screen import screen
from archive.render.tables import show_table


def show_facets(names: Sequence[str], found: Sequence[tuple[Any, ...]]) -> None:
    """Shows counts by value, one a line; those of two facets as a cross table."""
    if len(names) == 2:
        _show_cross_table(names, found)
        return
    out = screen()
    for value, count in found:
        out.line((f"{count:>10,}  ", ""), (value or f"(no {names[0]})", "category"))


def _show_cross_table(
    names: Sequence[str], found: Sequence[tuple[str | None, str | None, int]]
) -> None:
    """Shows a row for each value of the facet that has more of them and a column for each of the
    other, with the sums of both."""
    if not found:
        return
    name, other = names
    counts = {(value, beside): count for value, beside, count in found}
    if len({beside for _, beside in counts}) > len({value for value, _ in counts}):
        name, other = other, name
        counts = {(beside, value): count for (value, beside), count in counts.items()}
    rows, columns = Counter[str | None](), Counter[str | None]()
    for (value, beside), count in counts.items():
        rows[value] += count
        columns[beside] += count
    order = _in_order(other, columns)
    lines = [
        [value or f"(no {name})", *(counts.get((value, at), 0) for at in order), rows[value]]
        for value in _in_order(name, rows)
    ]
    show_table(
        [name, *(value or f"(no {other})" for value in order), "all"],
        [*lines, ["all", *(columns[value] for value in order), rows.total()]],
        thousands=True,
    )


def _in_order(name: str, values: Counter[str | None]) -> list[str | None]:
    """Returns the values as a facet has them: dates in order, else the commonest first."""
    if name in ("year", "month", "day"):
        return sorted(values, key=str)
    return [value for value, _ in values.most_common()]
