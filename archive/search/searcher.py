"""Searching: a query as it was read -> plan -> one page of articles found -> hits.

    read (query) -> plan (engine) -> blend (feedback, ranking) -> page (engine) -> hits

Each step is a function of what the step before gave. `feedback` says how plain words are ranked,
`hits` which paragraphs are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archive.engines.contract import ORDERS, Blend, Index, Page, Plan
from archive.errors import UsageError, unknown
from archive.record import record
from archive.records import Hit
from archive.search import feedback, ranking
from archive.search.hits import hits

if TYPE_CHECKING:
    from archive.query.nodes import Node
    from archive.query.read import Asked

SORTS = ("auto", *ORDERS)

_MOST_VERBATIM = 50
"""Articles that come first because the whole query stands in them."""

WORD_FOR_WORD = (
    "the whole query stands word for word in what is shown first; for the rest its operators count"
)

_MOST = 2**31
"""What a database takes for a limit."""


@record
class _Wanted:
    """Which page of the hits is wanted."""

    sort: str
    limit: int
    offset: int

    @property
    def by_relevance(self) -> bool:
        return self.sort in ("auto", "relevance")


class Results(Sequence[Hit]):
    """One page of hits, in order.

    `partial` says that no article holds all that was asked and these hold some of it; `total`
    counts the hits that have all of it, not the page (asked of the database on first use); `sql` is
    the statement that gives the page, for any shell of the database. `notices` are lines for the
    reader on how the query was read.
    """

    def __init__(
        self, hits: Sequence[Hit], page: Page, *, partial: bool, notices: tuple[str, ...] = ()
    ) -> None:
        self._hits, self.page, self.partial = tuple(hits), page, partial
        self.notices = notices

    @property
    def sql(self) -> str:
        """The statement that gives the page, its values written in."""
        return self.page.sql

    @cached_property
    def total(self) -> int:
        """Number of all hits; `UsageError` if the archive was closed before it was asked for."""
        return self.page.count()

    def __len__(self) -> int:
        return len(self._hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._hits)

    def __getitem__(self, index: Any) -> Any:
        return self._hits[index]


def search(  # noqa: PLR0913 - as many as the command has options
    index: Index, asked: Asked, *, sort: str = "auto", limit: int = 10, offset: int = 0,
    context: int = 0,
) -> Results:  # fmt: skip
    """Returns the hits of a query, `limit` of them from `offset`; see `Results`.

    `sort` is one of `SORTS`. With `context`, each hit's paragraphs come with that many on either
    side of them, in the article's order. Raises `UsageError`.
    """
    if sort not in SORTS:
        raise unknown("sort", sort, SORTS)
    if min(limit, offset, context) < 0:
        raise UsageError("limit, offset and context count from 0")
    wanted = _Wanted(sort, min(limit, _MOST), min(offset, _MOST))
    plan = index.plan(asked.sought)
    first = _verbatim(index, asked) if wanted.by_relevance and wanted.limit else []
    page, tree = _page(index, asked, plan, wanted, first), asked.sought
    if not page.rows and limit and not (offset and plan.count()):
        loose = ranking.loosened(asked.sought)
        other = _loose_page(index, asked, loose, wanted) if loose else page
        if loose and other.rows:
            page, tree = other, loose
    loosened = tree is not asked.sought
    lacking = bool(page.rows) and (loosened or not page.rows[0].whole)
    found = hits(index, tree, page.rows, loose=loosened, context=context)
    return Results(
        found,
        page,
        partial=lacking and not (offset and plan.count()),
        notices=(*asked.notices, *([WORD_FOR_WORD] if first and asked.operators else [])),
    )


def _verbatim(index: Index, asked: Asked) -> list[int]:
    """The articles in which the whole query stands word for word: they come first, however it is
    read."""
    if asked.verbatim is None:
        return []
    return [article_id for article_id, _ in index.plan(asked.verbatim).best(_MOST_VERBATIM)]


def _page(
    index: Index, asked: Asked, plan: Plan, wanted: _Wanted, first: Sequence[int] = ()
) -> Page:
    """A page of the articles that have all that is asked, or for plain words some of it."""
    blend = None
    if wanted.by_relevance and wanted.limit and plan.ranked:
        blend = feedback.blend(index, asked, plan)
    return _ordered(plan, blend, wanted, first)


def _loose_page(index: Index, asked: Asked, loose: Node, wanted: _Wanted) -> Page:
    """A page of the articles with any of the words."""
    blend = feedback.loose_blend(index, asked) if wanted.by_relevance else None
    return _ordered(index.plan(loose), blend, wanted)


def _ordered(plan: Plan, blend: Blend | None, wanted: _Wanted, first: Sequence[int] = ()) -> Page:
    if blend:
        return plan.blended(blend, wanted.limit, wanted.offset, first)
    order = wanted.sort
    if wanted.by_relevance:
        order = "relevance" if plan.ranked else "newest"
    return plan.page(order, wanted.limit, wanted.offset, first)
