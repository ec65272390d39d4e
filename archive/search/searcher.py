"""Searching: a query as it was read -> plan -> one page of articles found -> hits.

    read (query) -> plan (engine) -> ranking (relevance) -> page (engine) -> hits

Each step is a function of what the step before gave. `relevance` says how plain words are ranked,
`hits` which paragraphs are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archive.engines.finding import ORDERS, Found, Index, Page, Plan
from archive.errors import UsageError, unknown
from archive.query.nodes import NOTHING, Near, Node, Or, Text
from archive.query.walk import items_of, positive_texts
from archive.record_class import record
from archive.records import Hit
from archive.search import relevance
from archive.search.hits import hits
from archive.search.ranking import MOST_WORDS, NUMBERS, Sought, loosened, plain_words, sought

if TYPE_CHECKING:
    from archive.query.read import Asked

SORTS = ("auto", *ORDERS)

_MOST_VERBATIM = 50
"""Articles that come first because the whole query stands in them."""

WORD_FOR_WORD = (
    "the whole query stands word for word in what is shown first; for the rest its operators count"
)

_HELD = 200
"""Hits that are made at once, and kept."""

GOES_ON_FROM = 3
"""Plain words from which a query is ranked together with the articles that lack some of them; for
fewer, these come only where no article has all."""

_MOST = 2**31
"""What a database takes for a limit."""


@record
class _Wanted:
    """Which page of the hits is wanted; some articles may come first."""

    sort: str
    limit: int
    offset: int
    seed: int
    first: tuple[int, ...] = ()

    @property
    def by_relevance(self) -> bool:
        return self.sort in ("auto", "relevance")


class Results(Sequence[Hit]):
    """One page of hits, in order. Those of a long page are made as they are asked for, from the
    texts as they are then (`Archive.snapshot` holds them as they were).

    `partial` says that no article holds all that was asked and these hold some of it; `total`
    counts the hits that have all of it, not the page (asked of the database on first use); `sql` is
    the statement that gives the page, for any shell of the database. `notices` are lines for the
    reader on how the query was read.
    """

    def __init__(
        self, page: Page, hits: Callable[[Sequence[Found]], Iterator[Hit]],
        *, partial: bool, notices: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.page, self._made, self.partial, self.notices = page, hits, partial, notices
        self._hits = tuple(hits(page.rows)) if len(page.rows) <= _HELD else None

    @property
    def sql(self) -> str:
        """The statement that gives the page, its values written in."""
        return self.page.sql

    @cached_property
    def total(self) -> int:
        """Number of all hits; `UsageError` if the archive was closed before it was asked for."""
        return self.page.count()

    @property
    def mixed(self) -> bool:
        """Whether some of the hits have all that was asked and others lack some of it."""
        return not self.partial and not all(found.whole for found in self.page.rows)

    def __len__(self) -> int:
        return len(self.page.rows)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._hits) if self._hits is not None else self._made(self.page.rows)

    def __getitem__(self, index: Any) -> Any:
        if self._hits is not None:
            return self._hits[index]
        if isinstance(index, slice):
            return tuple(self._made(self.page.rows[index]))
        return next(self._made([self.page.rows[index]]))


def search(  # noqa: PLR0913 - as many as the command has options
    index: Index, asked: Asked, reading: Callable[[], AbstractContextManager[Index]],
    *, sort: str = "auto", limit: int = 10, offset: int = 0, context: int = 0,
    seed: int = 0,
) -> Results:  # fmt: skip
    """Returns the hits of a query, `limit` of them from `offset`; see `Results`. `reading` opens
    the index again for the hits of a long page, when they are asked for.

    `sort` is one of `SORTS`; a random order is the same for the same `seed`. With `context`, each
    hit's paragraphs come with that many on either side of them, in the article's order. Raises
    `UsageError`.
    """
    if sort not in SORTS:
        raise unknown("sort", sort, SORTS)
    if min(limit, offset, context) < 0:
        raise UsageError("limit, offset and context count from 0")
    wanted = _Wanted(sort, min(limit, _MOST), min(offset, _MOST), seed)
    plan = index.plan(asked.sought)
    if wanted.by_relevance and wanted.limit:
        wanted = replace(wanted, first=_verbatim(index, asked))
    page, tree = _page(index, asked, plan, wanted), asked.sought
    if not page.rows and limit and not offset:
        loose = loosened(asked.sought)
        other = _loose_page(index, asked, loose, wanted) if loose else page
        if loose and other.rows:
            page, tree = other, loose
    is_loose = tree is not asked.sought
    lacking = is_loose or not any(row.whole for row in page.rows)

    def made(rows: Sequence[Found]) -> Iterator[Hit]:
        with reading() as at_hand:
            yield from hits(at_hand, tree, rows, loose=is_loose, context=context)

    return Results(
        page,
        made,
        partial=bool(page.rows) and lacking and not plan.count(1),
        notices=(*asked.notices, *([WORD_FOR_WORD] if wanted.first and asked.operators else [])),
    )


def _verbatim(index: Index, asked: Asked) -> tuple[int, ...]:
    """The articles in which the whole query stands word for word: they come first, however it is
    read."""
    if asked.verbatim is None:
        return ()
    page = index.plan(asked.verbatim).page("relevance", _MOST_VERBATIM, 0)
    return tuple(found.article_id for found in page.rows if found.version is None)


def _page(index: Index, asked: Asked, plan: Plan, wanted: _Wanted) -> Page:
    """A page of the articles that have all that is asked, or for several plain words some of it."""
    if wanted.by_relevance and wanted.limit and plan.ranked:
        words = plain_words(asked.sought) or []
        written: list[Node] = [word for word in words if word.form != "any"]
        if len(words) < GOES_ON_FROM:
            written = [asked.sought]
        some = sought(asked.tree, words, written)
        page = _ranked(index, some, asked.sought, wanted)
        return page or _by_words(index, asked.sought, plan, wanted)
    return _ordered(plan, wanted)


def _loose_page(index: Index, asked: Asked, loose: Node, wanted: _Wanted) -> Page:
    """A page of the articles with any of the words."""
    if wanted.by_relevance:
        words = positive_texts(loose)
        written = [Or(tuple(words))] if any(word.form != "any" for word in words) else []
        page = _ranked(index, sought(asked.tree, words, written), NOTHING, wanted)
        return page or _by_words(index, loose, index.plan(loose), wanted)
    return _ordered(index.plan(loose), wanted)


def _ranked(index: Index, some: Sought, whole: Node, wanted: _Wanted) -> Page | None:
    """A page of the articles with any of some words, ranked by them in any form. None where there
    are too many words, too many articles for every one of them, or no word in any form."""
    if len(some.words) > MOST_WORDS or all(word.form != "any" for word in some.words):
        return None
    ranking = relevance.ranking(index, some, wanted.limit + wanted.offset, NUMBERS)
    if not ranking:
        return None
    led = replace(ranking, first=wanted.first)
    return index.ranked(whole, led, wanted.limit, wanted.offset)


def _by_words(index: Index, tree: Node, plan: Plan, wanted: _Wanted) -> Page:
    """A page of hits by bm25 of the words alone, or where they are too many, by what is found
    sooner."""
    most = NUMBERS.found
    few = index.articles <= most or _rarest(index, tree, most + 1) <= most
    if not few and plan.exceeds(most):
        rare = relevance.rare_words(index, positive_texts(tree), NUMBERS)
        return plan.sooner(rare, wanted.limit, wanted.offset, wanted.first)
    return plan.page("relevance", wanted.limit, wanted.offset, wanted.first)


def _rarest(index: Index, tree: Node, most: int) -> int:
    """The number of articles, up to `most`, that hold the rarest word which every hit holds: so to
    count takes less than to count the hits."""
    sides = [
        side for item in items_of(tree)
        for side in ((item.left, item.right) if isinstance(item, Near) else ((item,),))
    ]  # fmt: skip
    words = [word for (word, *others) in sides if not others and isinstance(word, Text)]
    return min(index.counts([word for word in words if word.form == "any"], most), default=most)


def _ordered(plan: Plan, wanted: _Wanted) -> Page:
    order = wanted.sort
    if wanted.by_relevance:
        order = "relevance" if plan.ranked else "newest"
    return plan.page(order, wanted.limit, wanted.offset, seed=wanted.seed)
