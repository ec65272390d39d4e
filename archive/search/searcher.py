"""The read path: query text -> query tree -> SQL -> hits.

    parse -> plan (engine) -> ids of one page -> metadata, matches and best paragraphs of each

How plain words are ranked stands in `ranking` and `relevance`, where a query matches in `marking`.
Runs over a plain read-only `sqlite3` connection and imports neither SQLAlchemy nor Rich.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archive.engines.sqlite import marking
from archive.engines.sqlite import places as positions
from archive.engines.sqlite import plan as sqlite_query
from archive.engines.sqlite.plan import FACETS
from archive.errors import QueryError, UsageError, unknown
from archive.query import parser as query
from archive.query.dates import date_range
from archive.query.manual import FIELDS
from archive.query.nodes import (
    NOTHING,
    Dates,
    Near,
    Node,
    Paragraph,
    Text,
    Words,
    conjunction,
    items_of,
    positive_texts,
)
from archive.record import record
from archive.records import Hit, Passage
from archive.search import ranking
from archive.search.feedback import Relevance
from archive.text import passages as snippets
from archive.text.folding import has_words, plain_words

if TYPE_CHECKING:
    from archive.engines.sqlite.plan import Blend, Plan, Statement

SORTS = ("auto", "relevance", "newest", "oldest")
PARAGRAPHS = 3
"""Most paragraphs shown of a hit."""

_MOST = 2**31

WALKED = 100
"""Articles looked at one by one for hits by date, before all hits are sorted."""

COMMON = 2000
"""Hits from which that is worth a try."""


@record
class _Wanted:
    """A page of hits as it was asked for."""

    asked: Node
    sort: str
    limit: int
    offset: int


@record
class _Page:
    """Rows of one page, the statement that gives them, and the tree that was searched."""

    tree: Node
    plan: Plan
    statement: Statement
    rows: list[Any]


class Results(Sequence[Hit]):
    """One page of hits, in order.

    `partial` says that no article holds all that was asked and these hold some of it; `total`
    counts the hits that have all of it, not the page (asked of the database on first use); `sql` is
    the statement that gives the page, for any SQLite shell.
    """

    def __init__(
        self, hits: Sequence[Hit], plan: Plan, statement: Statement, connection: sqlite3.Connection,
        *, partial: bool,
    ) -> None:  # fmt: skip
        self._hits, self._plan, self._connection = tuple(hits), plan, connection
        self.partial = partial
        self._statement = statement

    @property
    def sql(self) -> str:
        """The statement that gives the page, its values written in."""
        return self._statement.literal() + ";"

    @cached_property
    def total(self) -> int:
        """Number of all hits; `UsageError` if the archive was closed before it was asked for."""
        try:
            return _count(self._connection, self._plan)
        except sqlite3.ProgrammingError:
            raise UsageError("the archive was closed: ask for the total before") from None

    def __len__(self) -> int:
        return len(self._hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._hits)

    def __getitem__(self, index: Any) -> Any:
        return self._hits[index]


class Searcher:
    """Answers queries over one open archive."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._relevance = Relevance(connection, self.plan)

    def search(  # noqa: PLR0913 - as many as the command has options
        self, text: str, *, filters: Mapping[str, str] | None = None, sort: str = "auto",
        limit: int = 10, offset: int = 0, context: int = 0,
    ) -> Results:  # fmt: skip
        """The hits of a query, `limit` of them from `offset`; see `Results`.

        `filters` are fields of the query language by name, each a further condition. `sort` is one
        of `SORTS`. With `context`, each hit's paragraphs come with that many on either side of
        them, in the article's order. Raises `QueryError` and `UsageError`.
        """
        if sort not in SORTS:
            raise unknown("sort", sort, SORTS)
        if min(limit, offset, context) < 0:
            raise UsageError("limit, offset and context count from 0")
        limit, offset, context = min(limit, _MOST), min(offset, _MOST), min(context, _MOST)
        asked = read(text, filters)
        wanted = _Wanted(asked, sort, limit, offset)
        page = self._page(ranking.without_function_words(asked), wanted)
        plan = page.plan
        if not page.rows and limit and not (offset and self._finds(plan)):
            page = self._loosely(page, wanted)
        partial = bool(page.rows) and not page.rows[0][-1] and not (offset and self._finds(plan))
        hits = self._hits(page.rows, page.tree, context)
        return Results(hits, page.plan, page.statement, self._connection, partial=partial)

    def count(self, text: str, *, filters: Mapping[str, str] | None = None) -> int:
        """Number of articles that a query finds, whole matches only."""
        return self.count_of(ranking.without_function_words(read(text, filters)))

    def count_of(self, tree: Node) -> int:
        """Number of articles for which a tree holds."""
        return _count(self._connection, self.plan(tree))

    def facet(
        self, text: str, name: str, *, filters: Mapping[str, str] | None = None
    ) -> list[tuple[str | None, int]]:
        """(value, number of articles) over all hits of a query, whole matches only.

        `name` is one of `FACETS`: category and byline come with the commonest value first (None
        for articles that have none), year and month in order of time.
        """
        if name not in FACETS:
            raise unknown("facet", name, FACETS)
        tree = ranking.without_function_words(read(text, filters))
        return self._rows(self.plan(tree).facet(name))

    def plan(self, tree: Node) -> Plan:
        """How the engine answers a tree."""
        return sqlite_query.plan(tree, self)

    def values_with(self, column: str, words: str) -> list[str]:
        """The values of a column of few values that hold the words, in any case and accent."""
        wanted = f" {plain_words(words)} "
        rows = self._connection.execute(
            f"SELECT DISTINCT {column} FROM articles WHERE {column} IS NOT NULL ORDER BY 1"
        )
        return [value for (value,) in rows if wanted in f" {plain_words(value)} "]

    def placed(self, node: Near | Paragraph) -> list[int]:
        """The articles whose words stand as an ordered `Near` or a `Paragraph` wants them."""
        return positions.articles_where(self._connection, node)

    def _rows(self, statement: Statement) -> list[Any]:
        return self._connection.execute(statement.sql, statement.values).fetchall()

    def _page(self, tree: Node, wanted: _Wanted) -> _Page:
        """One page of hits: (id, date, category, byline, title, score, 1 for a whole match)."""
        plan = self.plan(tree)
        limit, offset = wanted.limit, wanted.offset
        order = wanted.sort
        if order in ("auto", "relevance"):
            order = "relevance" if plan.ranked else "newest"
        if order == "relevance" and limit:
            blend = self._relevance.blend(tree, wanted.asked)
            if blend:
                return self._blended(tree, plan, blend, wanted)
        statement = plan.page(plan.ids(order, limit, offset), order)
        recent = self._walked(plan, order, limit) if plan.match and not offset else None
        rows = self._rows(statement if recent is None else plan.page(plan.these(recent), order))
        return _Page(tree, plan, statement, rows)

    def _walked(self, plan: Plan, order: str, limit: int) -> list[int] | None:
        """The first hits by date, if they are among the first articles; None where they are not,
        or where another order is wanted."""
        if order not in sqlite_query.ORDERS or not 0 < limit < WALKED:
            return None
        if self._relevance.count_up_to(plan, COMMON) < COMMON:
            return None
        statement = plan.walk(order)
        found: list[int] = []
        with contextlib.closing(self._connection.cursor()) as walk:
            for article_id, is_hit in itertools.islice(
                walk.execute(statement.sql, statement.values), WALKED
            ):
                if is_hit:
                    found.append(article_id)
                if len(found) == limit:
                    return found
        return None

    def _loosely(self, page: _Page, wanted: _Wanted) -> _Page:
        """Instead of an empty page, the best articles with some of the words, if there are any."""
        loose = _loosened(page.tree)
        if loose is None:
            return page
        blend = None
        if wanted.sort in ("auto", "relevance"):
            blend = self._relevance.loose_blend(page.tree, wanted.asked)
        if blend:
            other = self._blended(loose, self.plan(loose), blend, wanted)
        else:
            other = self._page(loose, wanted)
        return replace(other, rows=[(*row[:-1], 0) for row in other.rows]) if other.rows else page

    def _blended(self, tree: Node, plan: Plan, blend: Blend, wanted: _Wanted) -> _Page:
        def statement(blend: Blend) -> Statement:
            return plan.page(plan.blended(blend, wanted.limit, wanted.offset), "blend")

        rows = self._rows(statement(blend))
        return _Page(tree, plan, statement(replace(blend, known=())), rows)

    def _finds(self, plan: Plan) -> bool:
        return _count(self._connection, plan) > 0

    def _hits(self, rows: list[Any], tree: Node, context: int) -> list[Hit]:
        texts = positive_texts(tree)[: marking.MARKED_WORDS]
        found = [self._found(row[0], texts) for row in rows]
        terms = marking.Terms(texts)
        terms.learn([matched for matched, _ in found])
        return [
            self._hit(row, *article, terms, context)
            for row, article in zip(rows, found, strict=True)
        ]

    def _found(self, article_id: int, texts: list[Text]) -> tuple[marking.Matched, dict[int, str]]:
        """Where an article matches, and the paragraphs that do so as written, by position; the
        first where none does."""
        every = self._connection.execute(
            "SELECT text FROM paragraphs WHERE article_id = ? ORDER BY position", (article_id,)
        ).fetchall()
        length = sum(len(text) for (text,) in every)
        matched = marking.matched(self._connection, article_id, texts, length)
        shown = matched.paragraphs or (1,)
        return matched, {position: every[position - 1][0] for position in shown}

    def _hit(
        self, row: Any, matched: marking.Matched, texts: dict[int, str],
        terms: marking.Terms, context: int,
    ) -> Hit:  # fmt: skip
        article_id, published_on, category, byline, title, score, whole = row
        marked = matched.paragraphs
        spans = {position: snippets.spans(text) for position, text in marked.items()}
        words = {position: terms.of(found) for position, found in spans.items()}
        chosen = snippets.best_paragraphs(words, spans, PARAGRAPHS) or [1]
        missing: tuple[str, ...] = ()
        if not whole:
            title_words = terms.of(snippets.spans(matched.title), title=True)
            missing = terms.missing(title_words.union(*words.values()))
        if context:
            texts = self._around(article_id, chosen, context)
            chosen = sorted(texts)
        return Hit(
            article_id=article_id,
            published_on=published_on,
            category=category,
            byline=byline,
            title=title,
            title_marks=marking.marks(title, matched.title),
            score=None if score is None else -score,
            paragraphs=tuple(
                Passage(article_id, at, texts[at], marking.marks(texts[at], marked.get(at, "")))
                for at in chosen
            ),
            missing=missing,
            partial=not whole,
        )

    def _around(self, article_id: int, chosen: list[int], context: int) -> dict[int, str]:
        """The chosen paragraphs as written and as many on either side of each, by position."""
        found: dict[int, str] = {}
        for position in chosen:
            found |= self._connection.execute(
                "SELECT position, text FROM paragraphs WHERE article_id = ?"
                " AND position BETWEEN ? AND ?",
                (article_id, position - context, position + context),
            )
        return found

    def occurrences(
        self, text: str, *, filters: Mapping[str, str] | None = None
    ) -> tuple[list[Text], Iterator[Any]]:
        """The words of a query that can be marked, and the rows of its hits, whole matches only,
        oldest first: id, date, category, byline, title."""
        plan = self.plan(ranking.without_function_words(read(text, filters)))
        statement = plan.page(plan.ids("oldest", _MOST, 0), "oldest")
        rows = self._connection.execute(statement.sql, statement.values)
        texts = positive_texts(ranking.without_function_words(query.parse(text)))
        return texts[: marking.MARKED_WORDS], rows


def _count(connection: sqlite3.Connection, plan: Plan) -> int:
    statement = plan.count()
    return int(connection.execute(statement.sql, statement.values).fetchone()[0])


def read(text: str, filters: Mapping[str, str] | None = None) -> Node:
    """The tree of a query and of the filters given beside it, as one conjunction."""
    tree = query.parse(text)
    parts = [tree] + [_filter(name, value) for name, value in (filters or {}).items()]
    return conjunction(item for part in parts for item in items_of(part))


def _filter(name: str, value: str) -> Node:
    if name not in FIELDS:
        raise unknown("filter", name, FIELDS)
    kind = FIELDS[name].kind
    value = value[: query.MAX_LENGTH].replace("\0", " ").encode(errors="replace").decode()
    if kind == "date":
        try:
            return Dates(*date_range(name, value))
        except ValueError as error:
            raise QueryError(f"{name}: {error}", value, 0, len(value)) from None
    if kind != "path" and not has_words(value):
        return NOTHING  # FTS5 passes over a phrase without words
    if kind == "paragraph":
        return Paragraph(query.parse(value))
    return Text(value, column=name) if kind == "text" else Words(name, value)


def _loosened(tree: Node) -> Node | None:
    """The tree with any of its words enough, filters and exclusions as they were; None where there
    is only one word to begin with."""
    texts = positive_texts(tree)
    if len(texts) < 2:
        return None
    return ranking.any_of(texts, tree)
