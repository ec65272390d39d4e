"""How often something was written about: hits of each query by day, week, month, quarter or year.

    queries -> hits by day (search) -> periods, from the first to the last that was asked for

Weeks are those of ISO 8601, from Monday; the first week of a year
is the one with its first Thursday, so `2023-W01` begins on 2 January and `2020-W53` ends in 2021.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from archive.errors import unknown
from archive.query.dates import FIRST_DAY, LAST_DAY
from archive.query.nodes import EVERYTHING
from archive.query.read import read
from archive.query.walk import days_asked
from archive.record_class import record

if TYPE_CHECKING:
    from archive.engines.finding import Index
    from archive.query.read import Filters

Days = Sequence[tuple[str | None, int]]
"""(ISO day, articles), as `facet` gives them; every article has a day."""

PERIODS = ("day", "week", "month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@record
class Period:
    """One period: `2023-01-31`, `2023-W05`, `2023-01`, `2023-Q1` or `2023`; the hits of each query
    in it, and all the articles of the archive in it."""

    label: str
    counts: tuple[int, ...]
    total: int

    @property
    def shares(self) -> tuple[float | None, ...]:
        """Hits by article, 0 to 1, for each query; None where the archive has no article."""
        return tuple(count / self.total if self.total else None for count in self.counts)


@record
class Timeline:
    """The periods, made while they are read: from 1 to 9999, days are 3.6 million."""

    queries: tuple[str, ...]
    by: str
    _counts: tuple[Counter[str], ...]
    _totals: Counter[str]
    _ends: tuple[str, str] | None

    def __iter__(self) -> Iterator[Period]:
        for label in _labels(*self._ends, self.by) if self._ends else ():
            counts = tuple(counter[label] for counter in self._counts)
            yield Period(label, counts, self._totals[label])

    @property
    def most(self) -> int:
        """The most hits of any query in any period; 0 where nothing was found."""
        return max(max(counter.values(), default=0) for counter in self._counts)


def timeline(
    index: Index, queries: Sequence[str], by: str, filters: Filters | None = None
) -> Timeline:
    """Counts the hits of each query, or of a single one, and all articles of the archive, from the
    first to the last day that any query asks for; where that is open, to the end of the archive."""
    if by not in PERIODS:
        raise unknown("period", by, PERIODS)
    queries = [queries] if isinstance(queries, str) else queries
    trees = [read(query, filters).sought for query in queries]
    days = [index.plan(tree).facets(["day"])["day"] for tree in trees]
    all_days = index.plan(EVERYTHING).facets(["day"])["day"]
    known = sorted(day for day, _ in all_days if day)
    first, last = (known[0], known[-1]) if known else (LAST_DAY, FIRST_DAY)
    asked = list(map(days_asked, trees))
    begin = min((first if day == FIRST_DAY else day for day, _ in asked), default=first)
    end = max((last if day == LAST_DAY else day for _, day in asked), default=last)
    return Timeline(
        tuple(queries),
        by,
        tuple(_gathered(counted, by) for counted in days),
        _gathered([one for one in all_days if begin <= str(one[0]) <= end], by),
        (begin, end) if begin <= end else None,
    )


def _gathered(days: Days, by: str) -> Counter[str]:
    counter: Counter[str] = Counter()
    for day, count in days:
        counter[_label(date.fromisoformat(str(day)), by)] += count
    return counter


def _label(day: date, by: str) -> str:
    if by == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if by == "quarter":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[by]]


def _labels(first: str, last: str, by: str) -> Iterator[str]:
    """Every period from that of the first ISO day to that of the last."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    if by in ("day", "week"):
        step = 7 if by == "week" else 1
        start = begin.toordinal() - (begin.weekday() if by == "week" else 0)
        for ordinal in range(start, end.toordinal() + 1, step):
            yield _label(date.fromordinal(ordinal), by)
        return
    step = _MONTHS[by]
    start = begin.year * 12 + (begin.month - 1) // step * step
    for month in range(start, end.year * 12 + end.month, step):
        yield _label(date(month // 12, month % 12 + 1, 1), by)
