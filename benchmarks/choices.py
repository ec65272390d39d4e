"""Whether the numbers of the ranking hold where they were not chosen: whole collections left out.

Each number is tried alone at each of its values on every collection. For each collection, the
values are then taken that the *other* collections like best (mean of nDCG@10 and MAP, as ratios to
plain FTS5), all at once, and it is measured with those. `quality.py --leave-one-out` runs this.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import metrics
from archive.engines.sqlite.finding import Index
from archive.query.read import read
from archive.search import searcher
from archive.search.ranking import Numbers

VALUES: dict[str, tuple[float, ...]] = {
    "title": (1.0, 1.5, 2.0, 3.0),
    "repeats": (1, 2, 3),
    "pairs": (0.0, 0.05, 0.1, 0.2, 0.3),
    "near": (0, 8, 15),
    "exact": (0.0, 0.15, 0.3, 0.5),
    "articles": (5, 10, 15),
    "sharpness": (2.0, 4.0, 8.0, 12.0),
    "shared_by": (1, 2, 3),
    "common": (0.05, 0.1, 0.2),
    "words": (10, 20, 30),
    "feedback": (0.0, 0.2, 0.3, 0.4, 0.5),
    "whole": (1.0, 1.25, 2.0),
    "pool": (100, 300, 1000),
}
"""What is tried for each number."""

Pair = tuple[float, float]
"""nDCG@10 and MAP; of a ranking by those of plain FTS5."""


@dataclass(frozen=True, slots=True)
class Collection:
    """An ingested collection, its judged queries, and what plain FTS5 reaches."""

    name: str
    connection: sqlite3.Connection
    documents: dict[int, str]
    queries: Sequence[tuple[str, metrics.Grades]]
    plain: Pair

    def ratios(self, numbers: Numbers) -> Pair:
        """How a ranking by these numbers stands to plain FTS5."""
        with mock.patch.object(searcher, "NUMBERS", numbers):
            ndcg, precision = self.means(self._ranked)
        return ndcg / self.plain[0], precision / self.plain[1]

    def _ranked(self, text: str) -> list[int]:
        """The articles that the search finds."""
        index = Index(self.connection)
        found = searcher.search(index, read(text), lambda: nullcontext(index), limit=1000)
        return [row.article_id for row in found.page.rows]

    def means(self, search: Callable[[str], Sequence[int]]) -> Pair:
        """nDCG@10 and MAP of a search, over all queries."""
        found = []
        for text, grades in self.queries:
            ranking = [self.documents[article] for article in search(text)]
            found.append(
                (metrics.ndcg(ranking, grades), metrics.average_precision(ranking, grades))
            )
        ndcg, precision = (statistics.fmean(column) for column in zip(*found, strict=True))
        return ndcg, precision


def leave_one_out(collections: Sequence[Collection]) -> list[str]:
    """Markdown: the means by number and value, then each collection as the others would have it."""
    usual = [collection.ratios(Numbers()) for collection in collections]
    lines = [_line("as it is", usual)]
    tried: dict[str, dict[float, list[Pair]]] = {}
    for name, values in VALUES.items():
        tried[name] = {}
        for value in values:
            same = value == getattr(Numbers(), name)
            numbers = _changed({name: value})
            found = usual if same else [collection.ratios(numbers) for collection in collections]
            tried[name][value] = found
            lines.append(_line(f"{name} {value:g}{' (kept)' if same else ''}", found))
            print(lines[-1], file=sys.stderr)
    left: list[Pair] = []
    for out, collection in enumerate(collections):
        chosen = {name: _favourite(by_value, out) for name, by_value in tried.items()}
        left.append(collection.ratios(_changed(chosen)))
        changed = [f"{n} {v:g}" for n, v in chosen.items() if v != getattr(Numbers(), n)]
        lines.append(f"| {collection.name}: the others choose {', '.join(changed)} | | |")
    lines.append(_line("left out", left))
    names = " | ".join(collection.name for collection in collections)
    count = len(collections)
    head = [f"| | mean | worst | {names} |", f"|---|--:|--:|{'--:|' * count}"]
    return [*head, *lines]


def _changed(numbers: Mapping[str, Any]) -> Numbers:
    return replace(Numbers(), **numbers)


def _favourite(tried: dict[float, list[Pair]], out: int) -> float:
    """The value with the best mean over all collections but one."""
    return max(tried, key=lambda value: sum(map(sum, tried[value][:out] + tried[value][out + 1 :])))


def _line(what: str, found: Sequence[Pair]) -> str:
    ndcg, precision = (statistics.fmean(column) for column in zip(*found, strict=True))
    cells = " | ".join(f"{a:.2f} / {b:.2f}" for a, b in found)
    return f"| {what} | {ndcg:.3f} / {precision:.3f} | {min(map(min, found)):.3f} | {cells} |"
