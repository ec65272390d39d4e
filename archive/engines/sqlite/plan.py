"""A query tree -> SQL for SQLite. Sees no raw user text: all values go in as parameters.

A conjunction is split into what the full-text index can answer (`match`, one FTS5 expression) and
conditions on the tables (`where`). Where words and filters are mixed under OR, the whole becomes a
condition with the words as subqueries. These shapes of statement come out, each checked for its
query plan by a test:

    words alone          MATCH, ordered by bm25 inside the index
    words and filters    the index first, each match looked up in `articles` (CROSS JOIN keeps the
                         planner from running MATCH again for each article)
    no words             `articles`, newest first along the index on dates
    plain words          a blend of three rankings (`Blend`; docs/ranking.md)

What FTS5 cannot say, words in this order (ADJ/n) or in one paragraph (para:), is found by
`archive.engines.sqlite.places` beforehand and comes in as a list of ids.
"""

from __future__ import annotations

import json
import re
from typing import Protocol

from archive.engines.sqlite.match import any_of, match_expression, superset
from archive.query.nodes import (
    And,
    Dates,
    Near,
    Node,
    Not,
    Or,
    Paragraph,
    Words,
    items_of,
    positive_texts,
)
from archive.record import record

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


class Lookup(Protocol):
    """What a plan must ask of the archive."""

    def values_with(self, column: str, words: str) -> list[str]:
        """The values of a column of few values that hold the words."""

    def placed(self, node: Near | Paragraph) -> list[int]:
        """The articles whose words stand as an ordered `Near` or a `Paragraph` wants them."""


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


POOL = 500
"""Articles that each part of a `Blend` ranks."""


@record
class Blend:
    """How plain words are ranked, by FTS5 expressions. Articles of `whole` (all words) come first;
    `some` are those with any of the words. Within both a score decides: bm25 of the words times
    `word_weight` plus bm25 of `related` (pairs of words, feedback words) times `related_weight`.
    None is for what is not wanted, or not there."""

    whole: str | None
    some: str | None
    related: str | None
    word_weight: float
    related_weight: float
    known: tuple[tuple[int, float], ...] = ()
    """The best `POOL` articles of `some` with their scores, where they have been asked for."""


@record
class Plan:
    """A query ready to run: an FTS5 expression or None, and a condition on `a` (articles).
    `ranking` is the expression to score with where `match` is None but words are sought."""

    match: str | None
    where: str
    values: tuple[Value, ...]
    ranking: str | None

    @property
    def ranked(self) -> bool:
        """Whether there are words to rank by."""
        return bool(self.match or self.ranking)

    def ids(self, order: str, limit: int, offset: int) -> Statement:
        """The hits of one page: id, score (lower is better, as bm25 gives it; NULL unranked) and 1,
        for an article that has all that is asked."""
        page = (limit, offset)
        sort = self._sort(order, "a.id")
        score = _BM25 if order == "relevance" else "NULL"
        if self.match and not self.where and order == "relevance":
            return Statement(
                f"SELECT rowid AS id, {score} AS score, 1 AS whole FROM article_search"
                f" WHERE article_search MATCH ? ORDER BY score, rowid LIMIT ? OFFSET ?",
                (self.match, *page),
            )
        if self.match:
            return Statement(
                f"SELECT a.id AS id, {score} AS score, 1 AS whole{_FROM_INDEX}"
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
            "SELECT a.id, EXISTS (SELECT 1 FROM article_search WHERE article_search MATCH ?"
            f" AND rowid = a.id){self._and_where()} FROM articles AS a ORDER BY {ORDERS[order]}",
            (self.match, *self.values),
        )

    def blended(self, blend: Blend, limit: int, offset: int) -> Statement:
        """As `ids`, ranked by a blend; 0 for an article that lacks some of the words."""
        words = f"{blend.word_weight!r} * "
        parts = []
        if blend.whole:
            parts.append(self._scored("1", words, blend.whole, -1))
        if blend.known:
            parts.append(
                Statement(
                    "SELECT value ->> 0 AS id, 0 AS whole,"
                    f" {words}(value ->> 1) AS score FROM json_each(?)",
                    (json.dumps(blend.known),),
                )
            )
        elif blend.some:
            parts.append(self._scored("0", words, blend.some, POOL))
        if blend.related:
            weight = f"{blend.related_weight!r} * "
            parts.append(self._scored("NULL", weight, blend.related, POOL))
        return Statement(
            "SELECT id, min(score) FILTER (WHERE whole IS NOT NULL)"
            " + coalesce(min(score) FILTER (WHERE whole IS NULL), 0) AS score,"
            f" max(whole) AS whole FROM ({' UNION ALL '.join(part.sql for part in parts)})"
            " GROUP BY id HAVING max(whole) IS NOT NULL"
            " ORDER BY max(whole) DESC, score, id LIMIT ? OFFSET ?",
            (*(value for part in parts for value in part.values), limit, offset),
        )

    def _scored(self, whole: str, weight: str, match: str, most: int) -> Statement:
        source = _FROM_INDEX if self.where else _INDEX
        return Statement(
            f"SELECT * FROM (SELECT article_search.rowid AS id, {whole} AS whole, {weight}{_BM25}"
            f" AS score{source}{self._and_where()} ORDER BY score, id LIMIT ?)",
            (match, *self.values, most),
        )

    @staticmethod
    def these(ids: list[int]) -> Statement:
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

    def count(self) -> Statement:
        """The number of all hits."""
        if self.match and not self.where:
            return Statement(
                "SELECT count(*) FROM article_search WHERE article_search MATCH ?", (self.match,)
            )
        if self.match:
            return Statement(
                f"SELECT count(*){_FROM_INDEX}{self._and_where()}", (self.match, *self.values)
            )
        return Statement(
            f"SELECT count(*) FROM articles AS a WHERE {self.where or 'TRUE'}", self.values
        )

    def facet(self, name: str) -> Statement:
        """(value, number of articles) over all hits, most first, dates in order."""
        value, sort = FACETS[name]
        source = _FROM_INDEX if self.match else " FROM articles AS a WHERE TRUE"
        values = (self.match, *self.values) if self.match else self.values
        return Statement(
            f"SELECT {value} AS value, count(*) AS articles{source}{self._and_where()}"
            f" GROUP BY value ORDER BY {sort}",
            values,
        )

    def _sort(self, order: str, key: str) -> str:
        if order == "relevance":
            return f"score, {key}" if self.match else f"score IS NULL, score, {key}"
        return ORDERS[order]

    def _and_where(self) -> str:
        return f" AND {self.where}" if self.where else ""


_BM25 = f"bm25(article_search, {BODY_WEIGHT}, {TITLE_WEIGHT})"
_INDEX = " FROM article_search WHERE article_search MATCH ?"
_FROM_INDEX = (
    " FROM article_search CROSS JOIN articles AS a ON a.id = article_search.rowid"
    " WHERE article_search MATCH ?"
)


def plan(node: Node, lookup: Lookup) -> Plan:
    """How to answer a tree; `lookup` answers what that depends on."""
    words: list[Node] = []
    others: list[Node] = []
    for item in items_of(node):
        pure = item.item if isinstance(item, Not) else item
        (words if match_expression(pure) else others).append(item)
        if isinstance(item, Near | Paragraph) and item in others:
            words.append(superset(item))
    if all(isinstance(item, Not) for item in words):
        others, words = words + others, []
    match = match_expression(And(tuple(words))) if words else None
    conditions = [_condition(item, lookup) for item in others]
    return Plan(
        match,
        " AND ".join(condition.sql for condition in conditions),
        tuple(value for condition in conditions for value in condition.values),
        None if match else any_of(positive_texts(node)) or None,
    )


def _condition(node: Node, lookup: Lookup) -> Statement:
    """A tree as a condition on `a`; never NULL, so that NOT may stand before it."""
    expression = match_expression(node)
    if expression is not None:
        return Statement(
            "a.id IN (SELECT rowid FROM article_search WHERE article_search MATCH ?)",
            (expression,),
        )
    if isinstance(node, Not):
        inner = _condition(node.item, lookup)
        return Statement(f"NOT {inner.sql}", inner.values)
    if isinstance(node, And | Or):
        parts = [_condition(item, lookup) for item in node.items]
        joined = (" AND " if isinstance(node, And) else " OR ").join(part.sql for part in parts)
        empty = "TRUE" if isinstance(node, And) else "FALSE"
        return Statement(
            f"({joined})" if parts else empty, tuple(v for part in parts for v in part.values)
        )
    if isinstance(node, Dates):
        return Statement("(a.published_on BETWEEN ? AND ?)", (node.first, node.last))
    if isinstance(node, Words):
        return _words_condition(node, lookup)
    if isinstance(node, Near | Paragraph):
        return Statement(
            "a.id IN (SELECT value FROM json_each(?))", (json.dumps(lookup.placed(node)),)
        )
    raise TypeError(node)  # pragma: no cover - a Text always has an expression


def _words_condition(node: Words, lookup: Lookup) -> Statement:
    if node.field == "source":
        return Statement(
            "a.id IN (SELECT article_id FROM sources WHERE path LIKE ? ESCAPE '\\')",
            ("%" + re.sub(r"([\\%_])", r"\\\1", node.words) + "%",),
        )
    values = lookup.values_with(node.field, node.words)
    column = f"a.{node.field}"
    if not values:
        return Statement("FALSE")
    if len(values) > _MOST_VALUES:
        return Statement(
            f"({column} IS NOT NULL AND {column} IN (SELECT value FROM json_each(?)))",
            (json.dumps(values),),
        )
    marks = ", ".join("?" * len(values))
    return Statement(f"({column} IS NOT NULL AND {column} IN ({marks}))", tuple(values))


_MOST_VALUES = 200
