"""Bars for a template to draw as SVG: geometry alone, without colours and without words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from archive.record_class import record

WIDTH, HEIGHT = 1000, 100
_GAP = 0.22
_LEAST = 1.5


@record
class Bar:
    """One bar: its period, its count, its place, and where a click on it leads."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float
    href: str = ""


def bars(
    counts: Sequence[tuple[str, int]], most: int, href: Callable[[str], str] = lambda _: ""
) -> list[Bar]:
    """Returns a bar for each count on a scale that ends at `most`; anything above nothing can be
    seen."""
    step = WIDTH / max(len(counts), 1)
    found = []
    for at, (label, count) in enumerate(counts):
        height = max(HEIGHT * count / most, _LEAST) if count else 0
        x, width = round(at * step, 2), round(step * (1 - _GAP), 2)
        found.append(
            Bar(label, count, x, round(HEIGHT - height, 2), width, round(height, 2), href(label))
        )
    return found


_DAYS, _MONTHS = 70, 120
"""Most bars for days and for months."""


def periods(days: Sequence[tuple[str | None, int]]) -> list[tuple[str, int]]:
    """Returns counts by day, gathered to days, months or years as there is room, with the empty
    periods between the first and the last."""
    counted = [(day, articles) for day, articles in days if day]
    if not counted:
        return []
    first, last = (date.fromisoformat(day) for day in (counted[0][0], counted[-1][0]))
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if (last - first).days < _DAYS:
        length = 10
        labels = [
            date.fromordinal(at).isoformat()
            for at in range(first.toordinal(), last.toordinal() + 1)
        ]
    elif months <= _MONTHS:
        length = 7
        begin = first.year * 12 + first.month - 1
        labels = [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(begin, begin + months)]
    else:
        length = 4
        labels = [f"{year:04}" for year in range(first.year, last.year + 1)]
    gathered: Counter[str] = Counter()
    for day, articles in counted:
        gathered[day[:length]] += articles
    return [(label, gathered[label]) for label in labels]


def by_year(days: Sequence[tuple[str | None, int]]) -> list[tuple[str, int]]:
    """Returns counts by day as counts by year, the latest first."""
    gathered: Counter[str] = Counter()
    for day, articles in days:
        gathered[str(day)[:4]] += articles
    return sorted(gathered.items(), reverse=True)
