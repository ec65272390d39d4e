"""What is asked of a compiled query -> SQL: a page of ids, its rows, a count, a facet.

These shapes of statement come out, each checked for its query plan by a test:

    words alone          MATCH, ordered by bm25 inside the index
    words and filters    the index first, each match looked up in `articles` (CROSS JOIN keeps the
                         planner from running MATCH again for each article)
    no words             `articles`, newest first along the index on dates
    too many to score    by the rare words, by title, by date (docs/ranking.md)

How plain words are ranked stands in `scoring`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from archive.engines.sqlite.match import STEMS, WRITTEN
from archive.record_class import record

TITLE_WEIGHT, BODY_WEIGHT = 1.5, 1.0
"""Weights of the columns for bm25."""

FEW = 1000
"""Hits up to which the newest of many are looked for among the newest articles."""

ORDERS = {"newest": "a.published_on DESC, a.id DESC", "oldest": "a.published_on, a.id"}

_MOST_FIRST = "articles DESC, value"
FACETS = {
    "category": ("a.category", _MOST_FIRST),
    "year": ("substr(a.published_on, 1, 4)", "value"),
    "month": ("substr(a.published_on, 1, 7)", "value"),
    "day": ("a.published_on", "value"),
    "byline": ("a.byline", _MOST_FIRST),
    "publication": ("a.publication", _MOST_FIRST),
}
"""What hits can be counted by: the SQL of the value, and the order."""

SHOWN = """a.id, a.published_on, a.category, a.byline, a.title, a.publication,
       (SELECT s.url FROM sources AS s WHERE s.article_id = a.id AND s.revision IS NULL
           AND s.url IS NOT NULL ORDER BY s.id LIMIT 1) AS url"""
"""What is shown of a hit `a`, whatever found it."""

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

    def without(self, ids: Iterable[int]) -> Compiled:
        """The same, some articles left out."""
        left_out = these(sorted(ids))
        if left_out.values == ("[]",):
            return self
        where = " AND ".join(filter(None, (self.where, f"NOT {left_out.sql}")))
        return replace(self, where=where, values=(*self.values, *left_out.values))

    def ids(self, order: str, limit: int, offset: int, seed: int = 0) -> Statement:
        """The hits of one page: id, score (lower is better, as bm25 gives it; NULL unranked) and 1,
        for an article that has all that is asked."""
        page = (limit, offset)
        sort = self._sort(order, "a.id", seed)
        score = _bm25(self.index if self.match else STEMS) if order == "relevance" else "NULL"
        if self.match and not self.where and order == "relevance":
            return Statement(
                f"SELECT rowid AS id, {score} AS score, 1 AS whole FROM {self.index}"
                f" WHERE {self.index} MATCH ? ORDER BY score, rowid DESC LIMIT ? OFFSET ?",
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

    def scored(self, match: str, title: float, most: int, exact: str | None) -> Statement:
        """The best articles that an expression finds under these conditions, those before the
        others that `exact` finds among the words as written: id and score."""
        source = f" FROM {STEMS} WHERE {STEMS} MATCH ?"
        if self.where:
            source = _from_index(STEMS)
        among, asked = "", tuple[str, ...]()
        if self.index == STEMS and self.match in (match, f"({match.replace(' OR ', ' AND ')})"):
            match = self.match  # the same articles in half the time, and bm25 is the same
        elif self.match:
            found = f"SELECT rowid FROM {self.index} WHERE {self.index} MATCH ?"
            among = f" AND +{STEMS}.rowid IN ({found})"
            asked = (self.match,)
        before = f"{STEMS}.rowid IN (SELECT rowid FROM {WRITTEN} WHERE {WRITTEN} MATCH ?) DESC, "
        return Statement(
            f"SELECT {STEMS}.rowid AS id, bm25({STEMS}, {BODY_WEIGHT}, {title}) AS score"
            f"{source}{among}{self._and_where()}"
            f" ORDER BY {before if exact else ''}score, {STEMS}.rowid DESC LIMIT ?",
            (match, *asked, *self.values, *([exact] if exact else []), most),
        )

    def among(self, ids: str) -> Statement:
        """The hits among some articles, given as SQL."""
        if not self.match:
            return Statement(f"SELECT a.id AS id{self._source()} AND a.id IN ({ids})", self.values)
        return Statement(
            f"SELECT {self.index}.rowid AS id{self._source()} AND +{self.index}.rowid IN ({ids})",
            (self.match, *self.values),
        )

    def led(self, order: str, first: Sequence[int], limit: int, offset: int) -> Statement:
        """As `ids`, behind some articles that come first."""
        found, leading = self.ids(order, limit + offset, 0), leaders(first)
        return Statement(
            "SELECT id, min(score) AS score, 1 AS whole, max(first) AS first"
            f" FROM (SELECT id, score, 0 AS first FROM ({found.sql})"
            f" UNION ALL SELECT id, NULL, first FROM ({leading.sql}))"
            " GROUP BY id ORDER BY first DESC, score, id DESC LIMIT ? OFFSET ?",
            (*found.values, *leading.values, limit, offset),
        )

    def sooner(self, rare: str, limit: int, offset: int, first: Sequence[int]) -> Statement:
        """As `ids`, of hits that are too many to score: with a rare word by bm25, then with a title
        that has what is asked, then the others, both newest first."""
        wanted = limit + offset
        hits = _from_index(self.index)
        by_date = f"{self._and_where()} ORDER BY {ORDERS['newest']} LIMIT ?"
        in_title, newest = (
            f"SELECT a.id, NULL AS score, {place} AS place, a.published_on{hits}{by_date}"
            for place in (1, 2)
        )
        if wanted <= FEW:
            newest = (
                "SELECT a.id, NULL AS score, 2 AS place, a.published_on FROM articles AS a"
                f" WHERE EXISTS (SELECT 1 FROM {self.index} WHERE {self.index} MATCH ?"
                f" AND rowid = a.id){by_date}"
            )
        parts = [
            Statement(in_title, (f"title : ({self.match})", *self.values, wanted)),
            Statement(newest, (self.match, *self.values, wanted)),
        ]
        if rare:
            scored = f"SELECT a.id, {_bm25(self.index)} AS score, 0 AS place, a.published_on{hits}"
            scored += f"{self._and_where()} ORDER BY score, a.id DESC LIMIT ?"
            match = f"({self.match}) AND ({rare})"
            parts.append(Statement(scored, (match, *self.values, wanted)))
        if first:
            leading = leaders(first)
            led = f"SELECT id, NULL, -first, NULL FROM ({leading.sql})"
            parts.append(Statement(led, leading.values))
        union = " UNION ALL ".join(f"SELECT * FROM ({part.sql})" for part in parts)
        return Statement(
            "SELECT id, min(score) AS score, 1 AS whole, min(place) AS place,"
            " max(published_on) AS published_on"
            f" FROM ({union}) GROUP BY id"
            " ORDER BY place, score, published_on DESC, id DESC LIMIT ? OFFSET ?",
            (*(value for part in parts for value in part.values), limit, offset),
        )

    @staticmethod
    def these(ids: Sequence[int]) -> Statement:
        """As `ids`, for a page that is known."""
        return Statement(
            "SELECT value AS id, NULL AS score, 1 AS whole FROM json_each(?)", (json.dumps(ids),)
        )

    def page(self, ids: Statement, order: str, seed: int = 0) -> Statement:
        """The hits of one page, given by id, with what is shown of an article, in order."""
        sort = self._sort(order, "hit.id", seed)
        return Statement(
            f"SELECT {SHOWN}, hit.score, hit.whole\n"
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

    def facets(self, names: Sequence[str]) -> Statement:
        """(name, value, number of articles) over all hits by each name, most first, dates in order.
        Words are looked up once for all of them."""
        found = self._of_articles("SELECT a.published_on, a.category, a.byline, a.publication", "")
        counted = [
            f"SELECT '{name}', value, articles FROM (SELECT {FACETS[name][0]} AS value, count(*)"
            f" AS articles FROM hit AS a GROUP BY value ORDER BY {FACETS[name][1]} LIMIT -1)"
            for name in names
        ]
        how = "MATERIALIZED" if self.match and len(names) > 1 else "NOT MATERIALIZED"
        return Statement(
            f"WITH hit AS {how} ({found.sql}) {' UNION ALL '.join(counted)}", found.values
        )

    def cross(self, name: str, other: str) -> Statement:
        """(value, other value, number of articles) over all hits, both in the order of `facets`."""
        (value, sort), (beside, order) = FACETS[name], FACETS[other]
        orders = [
            f"sum(count(*)) OVER (PARTITION BY {column}) DESC, {column}"
            if sorting == _MOST_FIRST
            else column
            for column, sorting in ((value, sort), (beside, order))
        ]
        return self._of_articles(
            f"SELECT {value} AS value, {beside} AS other, count(*) AS articles",
            f"GROUP BY 1, 2 ORDER BY {', '.join(orders)}",
        )

    def _of_articles(self, select: str, rest: str) -> Statement:
        """A statement over the rows of all hits in `articles`."""
        source = _from_index(self.index) + self._and_where() if self.match else self._source()
        values = (self.match, *self.values) if self.match else self.values
        return Statement(f"{select}{source} {rest}", values)

    def _source(self) -> str:
        """FROM and WHERE of all hits; `articles` comes in only where something is asked of it."""
        if self.match:
            if self.where:
                return _from_index(self.index) + self._and_where()
            return f" FROM {self.index} WHERE {self.index} MATCH ?"
        return f" FROM articles AS a WHERE {self.where or 'TRUE'}"

    def _sort(self, order: str, key: str, seed: int) -> str:
        if order == "relevance":
            return f"score, {key} DESC" if self.match else f"score IS NULL, score, {key} DESC"
        if order == "led":
            return f"hit.first DESC, hit.score, {key} DESC"
        if order == "sooner":
            return f"hit.place, hit.score, {ORDERS['newest']}"
        return _shuffled(seed) if order == "random" else ORDERS[order]

    def _and_where(self) -> str:
        return f" AND {self.where}" if self.where else ""


def these(ids: Sequence[int]) -> Statement:
    """A condition for articles that were found beforehand."""
    return Statement(
        "+a.id IN (SELECT value FROM json_each(?) /* ids found beforehand */)", (json.dumps(ids),)
    )


def leaders(first: Sequence[int]) -> Statement:
    """Articles that come before all others: id, and a number that is higher for earlier ones."""
    return Statement(
        f"SELECT value AS id, {len(first)} - key AS first FROM json_each(?)"
        " /* ids found beforehand */",
        (json.dumps(list(first)),),
    )


def _bm25(index: str) -> str:
    return f"bm25({index}, {BODY_WEIGHT}, {TITLE_WEIGHT})"


def _from_index(index: str) -> str:
    return f" FROM {index} CROSS JOIN articles AS a ON a.id = {index}.rowid WHERE {index} MATCH ?"


def _shuffled(seed: int) -> str:
    """The order of a seed: a cubic polynomial of the id over a prime, which any shell of SQLite
    computes alike. No product leaves the range of an integer."""
    import random  # noqa: PLC0415 - nothing else needs it

    drawn = random.Random(seed)  # noqa: S311 - a sample, no secret
    factor, summand = drawn.randrange(1, _PRIME), drawn.randrange(_PRIME)
    mixed = f"((a.id * {factor} + {summand}) % {_PRIME})"
    return f"{mixed} * {mixed} % {_PRIME} * {mixed} % {_PRIME}, a.id"


_PRIME = 2**31 - 1
