"""The read path: query text -> query tree -> SQL -> hits.

    parse -> plan (engine) -> ids of one page -> metadata, matches and best paragraphs of each

Runs over a plain read-only `sqlite3` connection and imports neither SQLAlchemy nor Rich.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archive import query, snippets
from archive.article import Hit, Passage
from archive.dates import date_range
from archive.engines import sqlite, sqlite_query
from archive.engines.sqlite_query import FACETS
from archive.errors import QueryError, UsageError
from archive.folding import MARK_END, MARK_START, has_words, plain_words
from archive.query import FIELDS, And, Dates, Node, Not, Or, Text, Words

if TYPE_CHECKING:
    from archive.engines.sqlite_query import Plan, Statement

SORTS = ("auto", "relevance", "newest", "oldest")
PARAGRAPHS = 3
"""Most paragraphs shown of a hit."""

_MOST = 2**31

MARKED_WORDS = 100
"""Words of a query that are marked in its hits; further ones are searched all the same."""

LONG_TEXT = 30_000
"""Characters from which an article is marked in pieces: FTS5's highlight copies what it has for
each mark, so its time grows with the square of the length."""


class Results(Sequence[Hit]):
    """One page of hits, in order.

    `partial` says that no article holds all that was asked and these hold some of it; `total`
    counts all hits, not the page (asked of the database on first use); `sql` is the statement that
    gives the page, for any SQLite shell.
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
        """Number of all hits."""
        return _count(self._connection, self._plan)

    def __len__(self) -> int:
        return len(self._hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._hits)

    def __getitem__(self, index: Any) -> Any:
        return self._hits[index]


@dataclass(frozen=True, slots=True)
class _Matched:
    """What FTS5 marked in one article: the title and each paragraph, folded, with marks."""

    title: str
    paragraphs: tuple[str, ...]


class Searcher:
    """Answers queries over one open archive."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def search(
        self, text: str, *, filters: Mapping[str, str] | None = None, sort: str = "auto",
        limit: int = 10, offset: int = 0,
    ) -> Results:  # fmt: skip
        """The hits of a query, `limit` of them from `offset`; see `Results`.

        `filters` are fields of the query language by name, each a further condition. `sort` is one
        of `SORTS`. Raises `QueryError` and `UsageError`.
        """
        if sort not in SORTS:
            raise UsageError(f"unknown sort {sort!r}: choose {', '.join(SORTS)}")
        if limit < 0 or offset < 0:
            raise UsageError("limit and offset count from 0")
        limit, offset = min(limit, _MOST), min(offset, _MOST)
        tree = _tree(text, filters or {})
        plan = self._planned(tree)
        rows, order = self._page(plan, sort, limit, offset)
        loose = _loosened(tree)
        partial = False
        if not rows and loose is not None and limit and not (offset and self._finds(plan)):
            loose_plan = self._planned(loose)
            loose_rows, loose_order = self._page(loose_plan, sort, limit, offset)
            if loose_rows:
                tree, plan, rows, order, partial = loose, loose_plan, loose_rows, loose_order, True
        hits = self._hits(rows, tree, partial=partial)
        statement = plan.page(order, limit, offset)
        return Results(hits, plan, statement, self._connection, partial=partial)

    def count(self, text: str, *, filters: Mapping[str, str] | None = None) -> int:
        """Number of articles that a query finds, whole matches only."""
        return _count(self._connection, self._planned(_tree(text, filters or {})))

    def facet(
        self, text: str, name: str, *, filters: Mapping[str, str] | None = None
    ) -> list[tuple[str | None, int]]:
        """(value, number of articles) over all hits of a query, whole matches only.

        `name` is one of `FACETS`: category and byline come with the commonest value first (None
        for articles that have none), year and month in order of time.
        """
        if name not in FACETS:
            raise UsageError(f"unknown facet {name!r}: choose {', '.join(FACETS)}")
        statement = self._planned(_tree(text, filters or {})).facet(name)
        return self._connection.execute(statement.sql, statement.values).fetchall()

    def _page(self, plan: Plan, sort: str, limit: int, offset: int) -> tuple[list[Any], str]:
        """The rows of a page, and the order they are in."""
        order = sort
        if sort in ("auto", "relevance"):
            order = "relevance" if plan.ranked else "newest"
        statement = plan.page(order, limit, offset)
        return self._connection.execute(statement.sql, statement.values).fetchall(), order

    def _finds(self, plan: Plan) -> bool:
        return _count(self._connection, plan) > 0

    def _planned(self, tree: Node) -> Plan:
        return sqlite_query.plan(tree, self._values_with)

    def _values_with(self, column: str, words: str) -> list[str]:
        """The values of a column of few values that hold the words, in any case and accent."""
        wanted = f" {plain_words(words)} "
        rows = self._connection.execute(
            f"SELECT DISTINCT {column} FROM articles WHERE {column} IS NOT NULL ORDER BY 1"
        )
        return [value for (value,) in rows if wanted in f" {plain_words(value)} "]

    def _hits(self, rows: list[Any], tree: Node, *, partial: bool) -> list[Hit]:
        texts = query.positive_texts(tree)[:MARKED_WORDS]
        matched = [self._matched(row[0], texts) for row in rows]
        terms = _Terms(texts)
        terms.learn(matched)
        return [
            self._hit(row, found, terms, partial=partial)
            for row, found in zip(rows, matched, strict=True)
        ]

    def _matched(self, article_id: int, texts: list[Text]) -> _Matched | None:
        if not texts:
            return None
        size = "SELECT sum(length(text)) FROM paragraphs WHERE article_id = ?"
        if self._connection.execute(size, (article_id,)).fetchone()[0] > LONG_TEXT:
            return self._matched_in_pieces(article_id, texts)
        row = self._connection.execute(
            "SELECT highlight(article_search, 0, ?2, ?3), highlight(article_search, 1, ?2, ?3)"
            " FROM article_search WHERE article_search MATCH ?1 AND rowid = ?4",
            (sqlite_query.any_of(texts), MARK_START, MARK_END, article_id),
        ).fetchone()
        return row and _Matched(row[0], tuple(sqlite.split_body(row[1])))

    def _matched_in_pieces(self, article_id: int, texts: list[Text]) -> _Matched:
        """As `_matched` for a long article: its best pieces are marked, the others are not."""
        folded = "SELECT title, body FROM indexed_text WHERE id = ?"
        title, body = self._connection.execute(folded, (article_id,)).fetchone()
        paragraphs = [snippets.pieces(text) for text in sqlite.split_body(body)]
        every = [title, *(piece for paragraph in paragraphs for piece in paragraph)]
        words = [replace(text, column=None) for text in texts]
        marked = sqlite.highlight_in_memory(every, sqlite_query.any_of(words))
        shown = iter([marked.get(number, piece) for number, piece in enumerate(every)])
        return _Matched(
            next(shown),
            tuple("".join(itertools.islice(shown, len(pieces))) for pieces in paragraphs),
        )

    def _hit(self, row: Any, matched: _Matched | None, terms: _Terms, *, partial: bool) -> Hit:
        article_id, published_on, category, byline, title, score = row
        title_spans = _spans(matched.title) if matched else []
        spans = [_spans(paragraph) for paragraph in matched.paragraphs] if matched else []
        words = [terms.of(found) for found in spans]
        chosen = snippets.best_paragraphs(words, [len(found) for found in spans], PARAGRAPHS)
        seen = frozenset().union(terms.of(title_spans, title=True), *words)
        return Hit(
            article_id=article_id,
            published_on=published_on,
            category=category,
            byline=byline,
            title=title,
            title_marks=_marks(title, matched.title if matched else title),
            score=None if score is None else -score,
            paragraphs=self._passages(article_id, chosen, matched),
            missing=terms.missing(seen) if partial else (),
        )

    def _passages(
        self, article_id: int, chosen: list[int], matched: _Matched | None
    ) -> tuple[Passage, ...]:
        """The chosen paragraphs as written, with marks; the first where none was chosen."""
        positions = [index + 1 for index in chosen] or [1]
        texts = dict(
            self._connection.execute(
                "SELECT position, text FROM paragraphs"
                f" WHERE article_id = ? AND position IN ({', '.join('?' * len(positions))})",
                (article_id, *positions),
            )
        )
        return tuple(
            Passage(
                article_id,
                position,
                texts[position],
                _marks(texts[position], matched.paragraphs[position - 1] if matched else ""),
            )
            for position in positions
        )

    def occurrences(
        self, text: str, *, filters: Mapping[str, str] | None = None
    ) -> tuple[list[Text], Iterator[Any]]:
        """The words of a query that can be marked, and the rows of its hits, whole matches only,
        oldest first: id, date, category, byline, title."""
        tree = _tree(text, filters or {})
        statement = self._planned(tree).page("oldest", _MOST, 0)
        rows = self._connection.execute(statement.sql, statement.values)
        return query.positive_texts(query.parse(text))[:MARKED_WORDS], rows


class _Terms:
    """Which of a query's words each marked span is: asked of FTS5 itself, in an index in memory
    that holds the spans, so that stems and phrases count exactly as they do in the archive."""

    def __init__(self, texts: list[Text]) -> None:
        self._texts = texts
        self._of: dict[str, set[int]] = {}

    def learn(self, matched: list[_Matched | None]) -> None:
        """Take in the spans of these articles."""
        spans = {
            span
            for found in matched
            if found
            for text in (found.title, *found.paragraphs)
            for span in _spans(text)
        }
        if len(self._texts) == 1:
            self._of = {span: {0} for span in spans}
            return
        ordered = sorted(spans)
        expressions = [sqlite_query.term(replace(text, column=None)) for text in self._texts]
        self._of = {span: set() for span in ordered}
        for number, rows in enumerate(sqlite.matches_in_memory(ordered, expressions)):
            for row in rows:
                self._of[ordered[row]].add(number)

    def of(self, spans: list[str], *, title: bool = False) -> frozenset[int]:
        """The numbers of the query's words that are among the spans."""
        found = frozenset().union(*(self._of.get(span, ()) for span in spans))
        return found if title else frozenset(n for n in found if not self._texts[n].column)

    def missing(self, seen: frozenset[int]) -> tuple[str, ...]:
        """The query's words that are not among `seen`."""
        return tuple(text.words for n, text in enumerate(self._texts) if n not in seen)


def _spans(highlighted: str) -> list[str]:
    """The marked stretches of a highlighted text."""
    return [piece.partition(MARK_END)[0] for piece in highlighted.split(MARK_START)[1:]]


def _marks(text: str, highlighted: str) -> snippets.Marks:
    return snippets.unfold_marks(text, snippets.read_marks(highlighted)[1])


def _count(connection: sqlite3.Connection, plan: Plan) -> int:
    statement = plan.count()
    return int(connection.execute(statement.sql, statement.values).fetchone()[0])


def _tree(text: str, filters: Mapping[str, str]) -> Node:
    """The query and the filters given beside it, as one conjunction."""
    tree = query.parse(text)
    parts = [tree] + [_filter(name, value) for name, value in filters.items()]
    items: list[Node] = []
    for part in parts:
        items.extend(part.items if isinstance(part, And) else (part,))
    return items[0] if len(items) == 1 else And(tuple(items))


def _filter(name: str, value: str) -> Node:
    if name not in FIELDS:
        raise UsageError(f"unknown filter {name!r}: choose {', '.join(FIELDS)}")
    kind = FIELDS[name].kind
    value = value[: query.MAX_LENGTH].replace("\0", " ").encode(errors="replace").decode()
    if kind == "date":
        try:
            return Dates(*date_range(name, value))
        except ValueError as error:
            raise QueryError(f"{name}: {error}", value, 0, len(value)) from None
    if kind != "path" and not has_words(value):
        return query.NOTHING  # FTS5 passes over a phrase without words
    return Text(value, column=name) if kind == "text" else Words(name, value)


def _loosened(tree: Node) -> Node | None:
    """The tree with any of its words enough, filters and exclusions as they were; None where there
    is only one word to begin with."""
    items = tree.items if isinstance(tree, And) else (tree,)
    wanted = [item for item in items if not isinstance(item, Not) and query.positive_texts(item)]
    texts = query.positive_texts(And(tuple(wanted)))
    if len(wanted) < 2 or len(texts) < 2:
        return None
    others = tuple(item for item in items if item not in wanted)
    return And((Or(tuple(texts)), *others)) if others else Or(tuple(texts))
