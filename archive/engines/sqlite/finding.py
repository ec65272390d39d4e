"""Answers the questions of `contract.Index` over a read-only connection.

tree -> plan.compiled -> statements -> rows of a page; marking -> where the words stand in them
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from archive.engines.contract import Blend, Found, Marked, Page
from archive.engines.sqlite import memory, plan
from archive.engines.sqlite.match import term
from archive.engines.sqlite.statements import FACETS, ORDERS, Compiled, Statement
from archive.errors import UsageError, unknown

if TYPE_CHECKING:
    from archive.query.nodes import Node, Text

WALKED = 100
"""Articles looked at one by one for hits by date, before all hits are sorted."""

COMMON = 2000
"""Hits from which that is worth a try."""


class Index:
    """The full-text index of an archive."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._compiler = plan.Compiler(connection)
        self._frequencies: dict[tuple[str, int], int] = {}

    def plan(self, tree: Node) -> Plan:
        """Returns how a tree is answered."""
        return Plan(self._connection, self._compiler.compiled(tree))

    def mark(self, article_ids: Iterable[int], tree: Node) -> Iterator[Marked]:
        """The evidence of articles for a tree."""
        from archive.engines.sqlite.marking import marked  # noqa: PLC0415 - a count needs it not

        return marked(self._connection, article_ids, tree)

    @cached_property
    def articles(self) -> int:
        """The number of articles, near enough: numbered from 1, and none is ever removed."""
        highest = self._connection.execute("SELECT max(id) FROM articles").fetchone()[0]
        return int(highest or 0)

    def frequency(self, text: Text, most: int) -> int:
        """The number of articles that hold a word, counted up to `most`. Each word is counted once,
        for words come alone, in pairs and as feedback."""
        asked = term(text), most
        if asked not in self._frequencies:
            only = Plan(self._connection, Compiled(asked[0], "", (), None))
            self._frequencies[asked] = only.count(most)
        return self._frequencies[asked]

    def stems(self, words: Sequence[str]) -> list[list[str]]:
        """The terms under which each folded word is indexed."""
        return memory.stems(words)

    def indexed_text(self, article_id: int) -> str:
        """The folded title and text of an article."""
        text = "SELECT title || ' ' || body FROM indexed_text WHERE id = ?"
        return str(self._connection.execute(text, (article_id,)).fetchone()[0])


class Plan:
    """A compiled query over an open archive."""

    def __init__(self, connection: sqlite3.Connection, query: Compiled) -> None:
        self._connection, self._query = connection, query

    @property
    def ranked(self) -> bool:
        """Whether there are words to rank by."""
        return bool(self._query.match or self._query.ranking)

    def count(self, most: int | None = None) -> int:
        """The number of hits, counted up to `most`."""
        statement = self._query.count(most)
        return int(self._connection.execute(statement.sql, statement.values).fetchone()[0])

    def facet(self, name: str) -> list[tuple[str | None, int]]:
        """(value, number of articles) over all hits: dates in order, else the commonest first."""
        if name not in FACETS:
            raise unknown("facet", name, FACETS)
        return self._rows(self._query.facet(name))

    def best(self, most: int) -> list[tuple[int, float]]:
        """The ids and scores of the best hits, best first."""
        rows = self._rows(self._query.ids("relevance", most, 0))
        return [(article_id, -score) for article_id, score, _ in rows]

    def page(self, order: str, limit: int, offset: int, first: Sequence[int] = ()) -> Page:
        """A page of hits by relevance, newest or oldest first; by relevance, some articles may come
        `first`."""
        query = self._query
        if first:
            led = query.page(query.led(first, limit, offset), "blend")
            return self._page(led, led)
        statement = query.page(query.ids(order, limit, offset), order)
        recent = self._walked(order, limit) if query.match and not offset else None
        run = statement if recent is None else query.page(query.these(recent), order)
        return self._page(run, statement)

    def blended(self, blend: Blend, limit: int, offset: int, first: Sequence[int] = ()) -> Page:
        """A page of hits as a blend ranks them. The statement that runs is given the best articles
        that were asked for already; the one that is shown asks for them itself."""
        run, shown = (
            self._query.page(self._query.blended(given, limit, offset, first), "blend")
            for given in (blend, replace(blend, known=()))
        )
        return self._page(run, shown)

    def every(self) -> Iterator[Found]:
        """All hits, oldest first."""
        statement = self._query.page(self._query.ids("oldest", -1, 0), "oldest")
        return map(_found, self._connection.execute(statement.sql, statement.values))

    def _walked(self, order: str, limit: int) -> list[int] | None:
        """The first hits by date, if they are among the first articles; None where they are not,
        or where another order is wanted."""
        if order not in ORDERS or not 0 < limit < WALKED or self.count(COMMON) < COMMON:
            return None
        statement = self._query.walk(order)
        found: list[int] = []
        with contextlib.closing(self._connection.cursor()) as walk:
            articles = walk.execute(statement.sql, statement.values)
            for article_id, is_hit in itertools.islice(articles, WALKED):
                if is_hit:
                    found.append(article_id)
                if len(found) == limit:
                    return found
        return None

    def _page(self, run: Statement, shown: Statement) -> Page:
        rows = [_found(row) for row in self._rows(run)]
        sql = shown.literal() + ";"
        return Page(rows, sql, partial(self._steps, sql), self._count_later)

    def _count_later(self) -> int:
        try:
            return self.count()
        except sqlite3.ProgrammingError:
            raise UsageError("the archive was closed: ask for the total before") from None

    def _steps(self, sql: str) -> tuple[str, ...]:
        """The steps of SQLite's query plan for a statement."""
        rows = self._connection.execute(f"EXPLAIN QUERY PLAN {sql}")
        return tuple(str(row[3]) for row in rows)

    def _rows(self, statement: Statement) -> list[Any]:
        return self._connection.execute(statement.sql, statement.values).fetchall()


def _found(row: Any) -> Found:
    """A row of `Compiled.page`; bm25 is lower for better hits."""
    article_id, published_on, category, byline, title, score, whole = row
    better = None if score is None else -score
    return Found(article_id, published_on, category, byline, title, better, bool(whole))
