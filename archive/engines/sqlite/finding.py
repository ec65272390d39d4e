"""Answers the questions of `engines.finding.Index` over a read-only connection.

tree -> plan.compiled -> statements -> rows of a page; marking -> where the words stand in them
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from archive.engines.finding import Counts, Found, Marked, Page
from archive.engines.sqlite import plan, scoring, tokenizer
from archive.engines.sqlite.connection import BETWEEN, folded_texts, stopped
from archive.engines.sqlite.match import any_of, term
from archive.engines.sqlite.statements import FACETS, ORDERS, Compiled, Statement
from archive.errors import UsageError, unknown

if TYPE_CHECKING:
    from archive.address import Address
    from archive.engines.ranking import Known, Ranking
    from archive.query.nodes import Near, Node, Text

WALKED = 100
"""Articles looked at one by one for hits by date, before all hits are sorted."""

_ALL = 2**30
"""More characters than a text has."""

SPARE = 20
"""Hits that are read beyond a page where some may be wrong."""

COMMON = 2000
"""Hits from which that is worth a try."""


class Index:
    """The full-text index of an archive."""

    def __init__(
        self, connection: sqlite3.Connection, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self._connection, self._stopped = connection, stopped
        self._compiler = plan.Compiler(connection)

    def plan(self, tree: Node) -> Plan:
        """Returns how a tree is answered."""
        return Plan(self._connection, *self._compiler.loosely(tree), self._compiler)

    def mark(self, addresses: Iterable[Address], tree: Node) -> Iterator[Marked]:
        """The evidence of articles for a tree."""
        from archive.engines.sqlite.marking import marked  # noqa: PLC0415 - a count needs it not

        return marked(self._connection, (place.article_id for place in addresses), tree)

    @cached_property
    def articles(self) -> int:
        """The number of articles, near enough: numbered from 1, and none is ever removed."""
        highest = self._connection.execute("SELECT max(id) FROM articles").fetchone()[0]
        return int(highest or 0)

    def counts(self, texts: Sequence[Text], most: int) -> list[int]:
        """The number of articles that hold each word, counted up to `most`."""
        rows = self._connection.execute(
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM article_search"
            " WHERE article_search MATCH value LIMIT ?)) FROM json_each(?)",
            (most, json.dumps([term(text) for text in texts])),
        )
        return [number for (number,) in rows]

    def stems(self, words: Sequence[str]) -> list[list[str]]:
        """The terms under which each folded word is indexed."""
        return tokenizer.stems(words)

    def indexed_text(self, article_id: int, most: int | None = None) -> str:
        """The folded title and text of an article, or its first characters, of which no more is
        read than is asked for. SQLite cannot be interrupted between short reads, so a question that
        was stopped ends here."""
        if self._stopped():
            raise stopped()
        left = most or _ALL
        texts = []
        for text in folded_texts(self._connection, article_id):
            texts.append(text[:left])
            left -= len(text)
            if left <= 0:
                break
        return f"{texts[0]} {BETWEEN.join(texts[1:])}"[:most]

    def best(self, ranking: Ranking, most: int) -> list[Known]:
        """The best articles of a ranking by its words, best first."""
        conditions = self._compiler.compiled(ranking.conditions)
        statement = scoring.best(self._spelled(ranking), conditions, self._exact(ranking), most)
        return self._connection.execute(statement.sql, statement.values).fetchall()

    def ranked(self, tree: Node, ranking: Ranking, limit: int, offset: int) -> Page:
        """A page of articles as a ranking orders them. The statement that runs is given the best
        articles that were asked for already; the one that is shown asks for them itself."""
        given = self._spelled(ranking)
        conditions, whole = map(self._compiler.compiled, (ranking.conditions, tree))
        exact = self._exact(ranking)
        run, shown = (
            scoring.page(asked, conditions, whole, exact, limit, offset)
            for asked in (given, replace(given, known=()))
        )
        return Plan(self._connection, whole).show(run, shown)

    def _exact(self, ranking: Ranking) -> str | None:
        """The expression for the words of a ranking as written."""
        return self._compiler.compiled(ranking.exact).match if ranking.exact else None

    def _spelled(self, ranking: Ranking) -> Ranking:
        """A ranking by its words in all the ways in which they may be written."""
        return replace(
            ranking,
            found_by=self._compiler.ways(ranking.found_by),
            words=self._compiler.ways(ranking.words),
        )


class Plan:
    """A compiled query over an open archive."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        query: Compiled,
        apart: Sequence[Near] = (),
        compiler: plan.Compiler | None = None,
    ) -> None:
        self._connection, self._loose = connection, query
        self._apart, self._compiler = apart, compiler or plan.Compiler(connection)

    @cached_property
    def _query(self) -> Compiled:
        """The query, once all is known that only texts tell."""
        return self._loose.without(self._compiler.across(self._apart))

    @property
    def ranked(self) -> bool:
        """Whether there are words to rank by."""
        return bool(self._loose.match or self._loose.ranking)

    def count(self, most: int | None = None) -> int:
        """The number of hits, counted up to `most`."""
        statement = self._query.count(most)
        return int(self._connection.execute(statement.sql, statement.values).fetchone()[0])

    def exceeds(self, most: int) -> bool:
        """Whether there are more hits than that, near enough."""
        statement = self._loose.count(most + 1)
        found = self._connection.execute(statement.sql, statement.values).fetchone()[0]
        return int(found) > most

    def facets(self, names: Sequence[str]) -> dict[str, Counts]:
        """The counts by each name over all hits: dates in order, else the commonest first."""
        found: dict[str, Counts] = {_known(name): [] for name in names}
        for name, value, articles in self._rows(self._query.facets(names)):
            found[name].append((value, articles))
        return found

    def cross(self, name: str, other: str) -> list[tuple[str | None, str | None, int]]:
        """(value, other value, number of articles) over all hits, both in the order of `facets`."""
        return self._rows(self._query.cross(_known(name), _known(other)))

    def page(
        self, order: str, limit: int, offset: int, first: Sequence[int] = (), seed: int = 0
    ) -> Page:
        """A page of hits by relevance, newest or oldest first, or in the random order of a seed; by
        relevance, some articles may come `first`."""
        if order == "relevance":

            def asked(query: Compiled, limit: int, offset: int) -> Statement:
                ids = query.ids(order, limit, offset)
                if first:
                    ids = query.led(order, first, limit, offset)
                return query.page(ids, "led" if first else order)

            return self._right(asked, limit, offset, first)
        query = self._query
        statement = query.page(query.ids(order, limit, offset, seed), order, seed)
        recent = self._walked(order, limit) if query.match and not offset else None
        run = statement if recent is None else query.page(query.these(recent), order)
        return self.show(run, statement)

    def sooner(
        self, rare: Sequence[Text], limit: int, offset: int, first: Sequence[int] = ()
    ) -> Page:
        """A page of hits that are too many to score: with rare words, by title, the newest."""
        if not self._loose.match:
            return self.page("newest", limit, offset, first)

        def asked(query: Compiled, limit: int, offset: int) -> Statement:
            return query.page(query.sooner(any_of(rare), limit, offset, first), "sooner")

        return self._right(asked, limit, offset, first)

    def _right(
        self,
        asked: Callable[[Compiled, int, int], Statement],
        limit: int,
        offset: int,
        first: Sequence[int],
    ) -> Page:
        """A page of hits. Where there may be wrong ones among them, a few more are read, and only
        of these the texts are looked at; the statement that is shown leaves out the wrong ones."""
        end, wrong = limit + offset, set[int]()
        if self._apart and end <= WALKED:
            rows = self._found(asked(self._loose, end + SPARE, 0))
            ids = [row.article_id for row in rows if row.article_id not in first]
            wrong = self._compiler.wrong(self._apart, ids)
            right = [row for row in rows if row.article_id not in wrong]
            if len(right) >= end or len(rows) < end + SPARE:
                shown = asked(self._loose.without(wrong), limit, offset)
                return self._page(right[offset:end], shown)
        statement = asked(self._query, limit, offset)
        return self.show(statement, statement)

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

    def show(self, run: Statement, shown: Statement) -> Page:
        """The page that one statement gives, said to come from another."""
        return self._page(self._found(run), shown)

    def _found(self, statement: Statement) -> list[Found]:
        return [_found(row) for row in self._rows(statement)]

    def _page(self, rows: Sequence[Found], shown: Statement) -> Page:
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


def _known(facet: str) -> str:
    if facet not in FACETS:
        raise unknown("facet", facet, FACETS)
    return facet


def _found(row: Any) -> Found:
    """A row of `Compiled.page`; bm25 is lower for better hits."""
    article_id, published_on, category, byline, title, publication, url, score, whole = row
    return Found(
        *(article_id, published_on, category, byline, title),
        score=None if score is None else -score,
        whole=bool(whole),
        publication=publication,
        url=url,
    )
