"""What the rest of the program may ask of a database: narrow protocols and their frozen records.

An engine is a folder beside this file. `api.Archive` makes one from the path or address that it is
given; everything else sees these protocols alone and no connection, no SQL and no cursor.

    Engine      opens, locks, upgrades, copies and checks an archive      (keeping)
    Snapshot    one archive as of one moment, for reading:
      .articles   articles, versions, sources, citations                  (reading)
      .index      a query tree -> counts, facets, ranked hits, marks      (finding)
      .terms      the words of the index and how common they are          (finding)
      .texts      what articles say, many at a time                       (reading)
      .tables     every row in order, for verify, dump, export, figures   (keeping)
    Writer      what ingest asks before it decides, and what it stores    (writing)

Each protocol has the methods that its callers need, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from archive.record import record

if TYPE_CHECKING:
    from archive.query.nodes import Node, Text

# Finding: a query tree -> counts, facets, ranked hits, marks

ORDERS = ("relevance", "newest", "oldest")
FACETS = ("category", "year", "month", "day", "byline")
"""What hits can be counted by."""


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


class Page(Protocol):
    """One page of hits, in order."""

    @property
    def rows(self) -> Sequence[Found]:
        """The articles of the page."""

    @property
    def total(self) -> int:
        """The number of all hits, counted on first use; `UsageError` once the archive is closed."""

    @property
    def sql(self) -> str:
        """The statement that gives the page, for a shell of the database."""

    def steps(self) -> tuple[str, ...]:
        """How the database goes about that statement."""


class Plan(Protocol):
    """How an engine answers one tree."""

    @property
    def ranked(self) -> bool:
        """Whether there are words to rank by."""

    def count(self, most: int | None = None) -> int:
        """The number of hits, counted up to `most`."""

    def facet(self, name: str) -> list[tuple[str | None, int]]:
        """(value, number of articles) over all hits: dates in order, else the commonest first."""

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


class Index(Statistics, Protocol):
    """The full-text index, as of one moment."""

    def mark(self, article_ids: Sequence[int], texts: Sequence[Text]) -> Marks:
        """Where words and phrases stand in articles."""


# Words and texts


@record
class Written:
    """The text of one version of an article as it was written; `version` is None for the current
    one."""

    article_id: int
    version: int | None
    published_on: str
    category: str | None
    title: str
    paragraphs: tuple[str, ...]


class Texts(Protocol):
    """The texts of articles, many at a time."""

    def current(self, article_ids: Iterable[int]) -> Iterator[Written]:
        """The current versions of articles."""

    def paragraphs(self, article_id: int) -> tuple[str, ...]:
        """The paragraphs of an article's current version."""

    def replaced(self) -> Iterator[Written]:
        """Every replaced version."""

    def folded(self) -> Iterator[tuple[int, str]]:
        """Every article, by number, with its folded paragraphs."""


class Forms(Protocol):
    """What the index makes of words."""

    def forms(self, words: Sequence[str]) -> Sequence[tuple[str, str]]:
        """For each folded word how it is written without case and accents, and its stem."""


class Terms(Forms, Protocol):
    """The words of the index."""

    def counts(self, stems: Iterable[str]) -> dict[str, int]:
        """The stems that are indexed, with the number of articles that hold each."""

    def between(self, first: str, last: str) -> Iterator[tuple[str, int]]:
        """The stems from one to before another, each with the number of articles that hold it."""

    def examples(self, stems: Iterable[str]) -> Iterator[str]:
        """The texts of some articles that hold each stem."""

    def quoting(self, parts: Sequence[Sequence[str]], most: int) -> list[int]:
        """Articles that hold each of some phrases, in any form of their words, the oldest first; a
        short phrase may go on in the next paragraph."""

    def holding(self, phrase: Sequence[str], most: int) -> list[int]:
        """Articles that hold a phrase, at most so many."""
