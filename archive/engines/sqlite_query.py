"""A query tree -> SQL for SQLite. Sees no raw user text: words go in as quoted FTS5 strings, and
all values as parameters.

A conjunction is split into what the full-text index can answer (`match`, one FTS5 expression) and
conditions on the tables (`where`). Where words and filters are mixed under OR, the whole becomes a
condition with the words as subqueries. Three shapes of statement come out, each checked for its
query plan by a test:

    words alone          MATCH, ordered by bm25 inside the index
    words and filters    the index first, each match looked up in `articles` (CROSS JOIN keeps the
                         planner from running MATCH again for each article)
    no words             `articles`, newest first along the index on dates
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from archive.folding import fold
from archive.query import And, Dates, Near, Node, Not, Or, Text, Words, positive_texts

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
Lookup = Callable[[str, str], list[str]]
"""(column, words) -> the values of the column that hold the words."""


@dataclass(frozen=True, slots=True)
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


def term(text: Text) -> str:
    """A word or phrase as an FTS5 string: quoted, so that nothing in it is an operator."""
    string = '"' + fold(text.words).replace('"', " ") + '"' + ("*" if text.prefix else "")
    return f"{text.column} : {string}" if text.column else string


def match_expression(node: Node) -> str | None:
    """The FTS5 expression for a tree of words; None where FTS5 cannot say it."""
    if isinstance(node, Text):
        return term(node)
    if isinstance(node, Near):
        pairs = [_near(a, b, node.distance) for a in node.left for b in node.right]
        return pairs[0] if len(pairs) == 1 else "(" + " OR ".join(pairs) + ")"
    if isinstance(node, Or) and node.items:
        parts = [match_expression(item) for item in node.items]
        known = [part for part in parts if part is not None]
        return "(" + " OR ".join(known) + ")" if len(known) == len(parts) else None
    return _conjunction(node) if isinstance(node, And) else None


def _conjunction(node: And) -> str | None:
    wanted = [match_expression(item) for item in node.items if not isinstance(item, Not)]
    unwanted = [match_expression(item.item) for item in node.items if isinstance(item, Not)]
    if not wanted or None in wanted or None in unwanted:
        return None
    expression = " AND ".join(part for part in wanted if part)
    expression = f"({expression})" if len(wanted) > 1 else expression
    if not unwanted:
        return expression
    # FTS5's NOT is binary and binds tighter than AND.
    return f"({expression} NOT ({' OR '.join(part for part in unwanted if part)}))"


def _near(left: Text, right: Text, distance: int) -> str:
    """FTS5's NEAR takes phrases alone, and one column for all of them."""
    words = " ".join(term(replace(text, column=None)) for text in (left, right))
    near = f"NEAR({words}, {distance})"
    return f"{left.column} : {near}" if left.column else near


def any_of(texts: Iterable[Text]) -> str:
    """The FTS5 expression for articles with any of the words."""
    return " OR ".join(map(term, texts))


@dataclass(frozen=True, slots=True)
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
        """The hits of one page: id and score (lower is better, as bm25 gives it; NULL unranked)."""
        page = (limit, offset)
        sort = self._sort(order, "a.id")
        weights = f"bm25(article_search, {TITLE_WEIGHT}, {BODY_WEIGHT})"
        score = weights if order == "relevance" else "NULL"
        if self.match and not self.where and order == "relevance":
            return Statement(
                f"SELECT rowid AS id, {score} AS score FROM article_search"
                f" WHERE article_search MATCH ? ORDER BY score, rowid LIMIT ? OFFSET ?",
                (self.match, *page),
            )
        if self.match:
            return Statement(
                f"SELECT a.id AS id, {score} AS score{_FROM_INDEX}"
                f"{self._and_where()} ORDER BY {sort} LIMIT ? OFFSET ?",
                (self.match, *self.values, *page),
            )
        if self.ranking and order == "relevance":
            return Statement(
                f"WITH s AS MATERIALIZED (SELECT rowid AS id, {score} AS score FROM article_search"
                " WHERE article_search MATCH ?)"
                " SELECT a.id AS id, s.score AS score FROM articles AS a"
                f" LEFT JOIN s ON s.id = a.id WHERE {self.where} ORDER BY {sort} LIMIT ? OFFSET ?",
                (self.ranking, *self.values, *page),
            )
        return Statement(
            "SELECT a.id AS id, NULL AS score FROM articles AS a"
            f" WHERE {self.where or 'TRUE'} ORDER BY {sort} LIMIT ? OFFSET ?",
            (*self.values, *page),
        )

    def page(self, order: str, limit: int, offset: int) -> Statement:
        """The hits of one page with what is shown of an article, in order."""
        ids = self.ids(order, limit, offset)
        return Statement(
            "SELECT a.id, a.published_on, a.category, a.byline, a.title, hit.score\n"
            f"FROM ({ids.sql}) AS hit\nJOIN articles AS a ON a.id = hit.id\n"
            f"ORDER BY {self._sort(order, 'hit.id')}",
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


_FROM_INDEX = (
    " FROM article_search CROSS JOIN articles AS a ON a.id = article_search.rowid"
    " WHERE article_search MATCH ?"
)


def plan(node: Node, lookup: Lookup) -> Plan:
    """How to answer a tree; `lookup` finds the values of small columns."""
    words: list[Node] = []
    others: list[Node] = []
    for item in node.items if isinstance(node, And) else (node,):
        pure = item.item if isinstance(item, Not) else item
        (words if match_expression(pure) else others).append(item)
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
    raise TypeError(node)  # pragma: no cover - a Text always has an expression


def _words_condition(node: Words, lookup: Lookup) -> Statement:
    if node.field == "source":
        return Statement(
            "a.id IN (SELECT article_id FROM sources WHERE path LIKE ? ESCAPE '\\')",
            ("%" + re.sub(r"([\\%_])", r"\\\1", node.words) + "%",),
        )
    values = lookup(node.field, node.words)
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
