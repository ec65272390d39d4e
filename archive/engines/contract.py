"""What the rest of the program may ask of a database: narrow protocols and their frozen records.

An engine is a folder beside this file. `api.Archive` makes one from the path or address that it is
given; everything else sees these protocols alone and no connection, no SQL and no cursor.

    Engine      opens, locks, upgrades, copies and checks an archive      (keeping)
    Snapshot    one archive as of one moment, for reading:
      .articles   articles, versions, sources, citations                  (reading)
      .index      a query tree -> counts, facets, ranked hits, marks      (finding)
      .terms      the words of the index and how common they are          (finding)
      .tables     every row in order, for verify, dump, export, figures   (keeping)
    Writer      what ingest asks before it decides, and what it stores    (writing)

Each protocol has the methods that its callers need, and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from archive.query.nodes import Node, Text
else:
    Protocol = object  # a true one takes 0.1 ms to define, and a search meets this module


# Finding: a query tree -> counts, facets, ranked hits, marks

ORDERS = ("relevance", "newest", "oldest")


@record
class Found:
    """One article of a page of hits, without its text. `score` is higher for better hits and None
    where nothing was ranked; `whole` says that the article has all that was asked."""

    article_id: int
    published_on: str
    category: str | None
    byline: str | None
    title: str
    score: float | None
    whole: bool


@record
class Blend:
    """How plain words are ranked. Articles that satisfy `whole` come first, then those that satisfy
    `some`; either may be None. Within both a score decides: that of the words times `word_weight`
    plus that of the `related` words times `related_weight`. Each part ranks its best `pool`
    articles. `known` are those of `some`, with their scores, where they have been asked for."""

    whole: Node | None
    some: Node | None
    related: tuple[Text, ...]
    word_weight: float
    related_weight: float
    pool: int
    known: tuple[tuple[int, float], ...] = ()


@record
class Marked:
    """One article's paragraphs as written, and where it matches: the folded title, and by position
    each folded paragraph that has a match, with `MARK_START` and `MARK_END` around every match."""

    texts: Sequence[str]
    title: str
    paragraphs: Mapping[int, str]


@record
class Marks:
    """Where the words of a query stand in some articles. `words_of` gives for each marked stretch
    of text the numbers of the words that it is."""

    articles: Sequence[Marked]
    words_of: Mapping[str, frozenset[int]]


@record
class Page:
    """One page of hits, in order. `sql` is the statement that gives it, for a shell of the
    database; `steps` says how the database goes about that, and `count` counts all hits, not the
    page (`UsageError` once the archive is closed)."""

    rows: Sequence[Found]
    sql: str
    steps: Callable[[], tuple[str, ...]]
    count: Callable[[], int]


class Plan(Protocol):
    """How an engine answers one tree."""

    @property
    def ranked(self) -> bool:
        """Whether there are words to rank by."""

    def count(self, most: int | None = None) -> int:
        """The number of hits, counted up to `most`."""

    def facet(self, name: str) -> list[tuple[str | None, int]]:
        """(value, number of articles) over all hits, by category, byline, year, month or day: dates
        in order, else the commonest first; `UsageError`."""

    def page(self, order: str, limit: int, offset: int) -> Page:
        """A page of hits in one of `ORDERS`."""

    def blended(self, blend: Blend, limit: int, offset: int) -> Page:
        """A page of hits as a blend ranks them, under the filters of this tree."""

    def best(self, most: int) -> list[tuple[int, float]]:
        """The ids and scores of the best hits, best first."""

    def every(self) -> Iterator[Found]:
        """All hits, oldest first."""


class Statistics(Protocol):
    """What ranking asks of an index."""

    @property
    def articles(self) -> int:
        """The number of articles, near enough."""

    def plan(self, tree: Node) -> Plan:
        """Returns how a tree is answered."""

    def frequency(self, text: Text, most: int) -> int:
        """The number of articles that hold a word, counted up to `most`."""

    def stems(self, words: Sequence[str]) -> list[list[str]]:
        """The terms under which each folded word is indexed."""

    def indexed_text(self, article_id: int) -> str:
        """The folded title and text of an article."""


class Marker(Protocol):
    """What shows where articles match."""

    def mark(self, article_ids: Sequence[int], texts: Sequence[Text]) -> Marks:
        """Where words and phrases stand in articles."""


class Index(Statistics, Marker, Protocol):
    """The full-text index, as of one moment."""
