"""What is asked of a compiled query -> SQL: a page of ids, its rows, a count, a facet.

These shapes of statement come out, each checked for its query plan by a test:

    words alone          MATCH, ordered by bm25 inside the index
    words and filters    the index first, each match looked up in `articles` (CROSS JOIN keeps the
                         planner from running MATCH again for each article)
    no words             `articles`, newest first along the index on dates
    plain words          a blend of three rankings (`Blend`; docs/ranking.md)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive.engines.sqlite.match import STEMS, any_of, in_any_form
from archive.record import record

if TYPE_CHECKING:
    from archive.engines.contract import Blend

TITLE_WEIGHT, BODY_WEIGHT = 2.0, 1.0
"""Weights of the columns for bm25."""

ORDERS = {"newest": "a.published_on DESC, a.id DESC", "oldest": "a.published_on, a.id"}

_MOST_FIRST = "articles DESC, value"
FACETS = {
    "category": ("a.category", _MOST_FIRST),
    "year": ("substr(a.published_on, 1, 4)", "value"),
    "month": ("substr(a.published_on, 1, 7)", "value"),
    "day": ("a.published_on", "value"),
    "byline": ("a.byline", _MOST_FIRST),
}
"""What hits can be counted by: the SQL of the value, and the order."""

Value = str | int | float | None


@record
class Statement:
    """SQL with `?` and the values for them; `literal` is the same for a plain SQLite shell."""

    sql: str
    values: tuple[Value, ...] = ()

    def literal(self) -> str:
        """The statement with its values written in."""
        parts = self.sql.split("?")
        written = [quote(value) for value in self.values] + [""]
        return "".join(part + value for part, value in zip(parts, written, strict=True))


def quote(value: Value) -> str:
    """A value as an SQL literal."""
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int | float) else "'" + value.replace("'", "''") + "'"


@record
class Compiled:
    """A query as FTS5 and SQL: an FTS5 expression or None, and a condition on `a` (articles).
    `ranking` is the expression to score with where `match` is None but words are sought; `index` is
    the one that `match` is of."""

    match: str | None
    where: str
    values: tuple[Value, ...]
    ranking: str | None
    index: str = STEMS

    def ids(self, order: str, limit: int, offset: int) -> Statement:
        """The hits of one page: id, score (lower is better, as bm25 gives it; NULL unranked) and 1,
        for an article that has all that is asked."""
        page = (limit, offset)
        sort = self._sort(order, "a.id")
        score = _bm25(self.index if self.match else STEMS) if order == "relevance" else "NULL"
        if self.match and not self.where and order == "relevance":
            return Statement(
                f"SELECT rowid AS id, {score} AS score, 1 AS whole FROM {self.index}"
                f" WHERE {self.index} MATCH ? ORDER BY score, rowid LIMIT ? OFFSET ?",
                (self.match, *page),
            )
        if self.match:
            return Statement(
                f"SELECT a.id AS id, {score} AS score, 1 AS whole{_from_index(self.index)}"
                f"{self._and_where()} ORDER BY {sort} LIMIT ? OFFSET ?",
                (self.match, *self.values, *page),
            )
        if self.ranking and order == "relevance":
            return Statement(
                f"WITH s AS MATERIALIZED (SELECT rowid AS id, {score} AS score FROM article_search"
                " WHERE article_search MATCH ?)"
                " SELECT a.id AS id, s.score AS score, 1 AS whole FROM articles AS a"
                f" LEFT JOIN s ON s.id = a.id WHERE {self.where} ORDER BY {sort} LIMIT ? OFFSET ?",
                (self.ranking, *self.values, *page),
            )
        return Statement(
            "SELECT a.id AS id, NULL AS score, 1 AS whole FROM articles AS a"
            f" WHERE {self.where or 'TRUE'} ORDER BY {sort} LIMIT ? OFFSET ?",
            (*self.values, *page),
        )

    def walk(self, order: str) -> Statement:
        """Articles by date: id, and whether it is a hit. Stopping early, where hits are common, is
        much faster than sorting them all."""
        return Statement(
            f"SELECT a.id, EXISTS (SELECT 1 FROM {self.index} WHERE {self.index} MATCH ?"
            f" AND rowid = a.id){self._and_where()} FROM articles AS a ORDER BY {ORDERS[order]}",
            (self.match, *self.values),
        )

    def led(self, first: Sequence[int], limit: int, offset: int) -> Statement:
        """As `ids` by relevance, behind some articles that come first."""
        found = self.ids("relevance", limit + offset, 0)
        leading = _leading(first)
        return Statement(
            "SELECT id, min(score) AS score, max(whole) AS whole"
            f" FROM (SELECT id, whole, score FROM ({found.sql}) UNION ALL {leading.sql})"
            " GROUP BY id ORDER BY max(whole) DESC, score, id LIMIT ? OFFSET ?",
            (*found.values, *leading.values, limit, offset),
        )

    def blended(
        self, blend: Blend, limit: int, offset: int, first: Sequence[int] = ()
    ) -> Statement:
        """As `ids`, ranked by a blend; 0 for an article that lacks some of the words. Some articles
        may come `first`."""
        words = f"{blend.word_weight!r} * "
        parts = [_leading(first)] if first else []
        if blend.whole:
            parts.append(self._scored("1", words, self.match, -1, self.index))
        if blend.known:
            parts.append(
                Statement(
                    "SELECT value ->> 0 AS id, 0 AS whole,"
                    f" {words}(value ->> 1) AS score FROM json_each(?)",
                    (json.dumps([(article_id, -score) for article_id, score in blend.known]),),
                )
            )
        elif blend.some:
            parts.append(self._scored("0", words, in_any_form(blend.some), blend.pool))
        if blend.related:
            weight = f"{blend.related_weight!r} * "
            parts.append(self._scored("NULL", weight, any_of(blend.related), blend.pool))
        return Statement(
            "SELECT id, min(score) FILTER (WHERE whole IS NOT NULL)"
            " + coalesce(min(score) FILTER (WHERE whole IS NULL), 0) AS score,"
            f" max(whole) AS whole FROM ({' UNION ALL '.join(part.sql for part in parts)})"
            " GROUP BY id HAVING max(whole) IS NOT NULL"
            " ORDER BY max(whole) DESC, score, id LIMIT ? OFFSET ?",
            (*(value for part in parts for value in part.values), limit, offset),
        )

    def _scored(
        self, whole: str, weight: str, match: str | None, most: int, index: str = STEMS
    ) -> Statement:
        source = _from_index(index) if self.where else f" FROM {index} WHERE {index} MATCH ?"
        return Statement(
            f"SELECT * FROM (SELECT {index}.rowid AS id, {whole} AS whole, {weight}{_bm25(index)}"
            f" AS score{source}{self._and_where()} ORDER BY score, id LIMIT ?)",
            (match, *self.values, most),
        )

    @staticmethod
    def these(ids: Sequence[int]) -> Statement:
        """As `ids`, for a page that is known."""
        return Statement(
            "SELECT value AS id, NULL AS score, 1 AS whole FROM json_each(?)", (json.dumps(ids),)
        )

    def page(self, ids: Statement, order: str) -> Statement:
        """The hits of one page, given by id, with what is shown of an article, in order."""
        sort = (
            "hit.whole DESC, hit.score, hit.id" if order == "blend" else self._sort(order, "hit.id")
        )
        return Statement(
            "SELECT a.id, a.published_on, a.category, a.byline, a.title, hit.score, hit.whole\n"
            f"FROM ({ids.sql}) AS hit\nJOIN articles AS a ON a.id = hit.id\n"
            f"ORDER BY {sort}",
            ids.values,
        )

    def count(self, most: int | None = None) -> Statement:
        """The number of all hits, counted up to `most`."""
        values = (self.match, *self.values) if self.match else self.values
        if most is None:
            return Statement(f"SELECT count(*){self._source()}", values)
        return Statement(
            f"SELECT count(*) FROM (SELECT 1{self._source()} LIMIT ?)", (*values, most)
        )

    def facet(self, name: str) -> Statement:
        """(value, number of articles) over all hits, most first, dates in order."""
        value, sort = FACETS[name]
        source = _from_index(self.index) + self._and_where() if self.match else self._source()
        return Statement(
            f"SELECT {value} AS value, count(*) AS articles{source} GROUP BY value ORDER BY {sort}",
            (self.match, *self.values) if self.match else self.values,
        )

    def _source(self) -> str:
        """FROM and WHERE of all hits; `articles` comes in only where something is asked of it."""
        if self.match:
            if self.where:
                return _from_index(self.index) + self._and_where()
            return f" FROM {self.index} WHERE {self.index} MATCH ?"
        return f" FROM articles AS a WHERE {self.where or 'TRUE'}"

    def _sort(self, order: str, key: str) -> str:
        if order == "relevance":
            return f"score, {key}" if self.match else f"score IS NULL, score, {key}"
        return ORDERS[order]

    def _and_where(self) -> str:
        return f" AND {self.where}" if self.where else ""


def _leading(first: Sequence[int]) -> Statement:
    """Articles that come before all others, in the order given."""
    return Statement(
        "SELECT value AS id, 2 AS whole, key - 1e9 AS score"
        " FROM json_each(?) /* ids found beforehand */",
        (json.dumps(list(first)),),
    )


def _bm25(index: str) -> str:
    return f"bm25({index}, {BODY_WEIGHT}, {TITLE_WEIGHT})"


def _from_index(index: str) -> str:
    return f" FROM {index} CROSS JOIN articles AS a ON a.id = {index}.rowid WHERE {index} MATCH ?"
