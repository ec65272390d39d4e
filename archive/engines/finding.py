"""What may be asked of a database to find articles: a query tree -> counts, facets, ranked hits,
evidence. The part of the contract behind `Snapshot.index` and `Snapshot.replaced`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.address import Address
from archive.record_class import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Protocol

    from archive.engines.ranking import Known, Ranking
    from archive.query.matching import Span
    from archive.query.nodes import Node, Text
else:
    Protocol = object  # as in contract.py

Counts = list[tuple[str | None, int]]
"""Values and how many articles have each."""

ORDERS = ("relevance", "newest", "oldest", "random")


@record
class Found:
    """One article of a page of hits, without its text. `score` is higher for better hits and None
    where nothing was ranked; `whole` says that the article has all that was asked; `version` is
    None for the current one."""

    article_id: int
    published_on: str
    category: str | None
    byline: str | None
    title: str
    score: float | None
    whole: bool
    version: int | None = None
    publication: str | None = None
    url: str | None = None

    @property
    def address(self) -> Address:
        """The article, or the version of it."""
        return Address(self.article_id, self.version)


@record
class Marked:
    """The paragraphs of an article as written, and its evidence for a tree: in the title, and by
    position in each paragraph that has some."""

    texts: Sequence[str]
    title: Sequence[Span]
    paragraphs: Mapping[int, Sequence[Span]]


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

    def exceeds(self, most: int) -> bool:
        """Whether there are more hits than that, near enough."""

    def facets(self, names: Sequence[str]) -> dict[str, Counts]:
        """The counts over all hits by category, byline, publication, year, month or day: dates in
        order, else the commonest first; `UsageError`."""

    def cross(self, name: str, other: str) -> list[tuple[str | None, str | None, int]]:
        """(value, other value, number of articles) over all hits, both in the order of `facets`;
        pairs without articles are left out; `UsageError`."""

    def page(
        self, order: str, limit: int, offset: int, first: Sequence[int] = (), seed: int = 0
    ) -> Page:
        """A page of hits in one of `ORDERS`; by relevance, some articles may come `first`, and a
        random page is the same for the same seed."""

    def sooner(
        self, rare: Sequence[Text], limit: int, offset: int, first: Sequence[int] = ()
    ) -> Page:
        """A page of hits that are too many to score: those with one of the rare words, best first,
        then those whose title has what is asked, then the others, newest first; some articles may
        come `first`."""

    def every(self) -> Iterator[Found]:
        """All hits, oldest first."""


class Statistics(Protocol):
    """What ranking asks of an index."""

    @property
    def articles(self) -> int:
        """The number of articles, near enough."""

    def plan(self, tree: Node) -> Plan:
        """Returns how a tree is answered."""

    def counts(self, texts: Sequence[Text], most: int) -> list[int]:
        """The number of articles that hold each word, counted up to `most`."""

    def stems(self, words: Sequence[str]) -> list[list[str]]:
        """The terms under which each folded word is indexed."""

    def indexed_text(self, article_id: int, most: int | None = None) -> str:
        """The folded title and text of an article, or its first characters."""

    def best(self, ranking: Ranking, most: int) -> list[Known]:
        """The best articles of a ranking by its words, best first."""

    def ranked(self, tree: Node, ranking: Ranking, limit: int, offset: int) -> Page:
        """A page of articles as a ranking orders them; those for which the tree holds are whole."""


class Marker(Protocol):
    """What shows where articles match."""

    def mark(self, addresses: Iterable[Address], tree: Node) -> Iterator[Marked]:
        """The evidence of articles for a tree."""


class Index(Statistics, Marker, Protocol):
    """The full-text index, as of one moment."""


class Replaced(Protocol):
    """The replaced versions of all articles. For a plan each is an article of its own, unranked,
    and `addresses` says which version has the number 1 there, and so on. Of those that differ in
    bytes alone there is the last; none is there that has the text of the current version."""

    @property
    def addresses(self) -> Sequence[Address]:
        """Article and version, by number."""

    def plan(self, tree: Node) -> Plan:
        """Returns how a tree is answered."""

    def mark(self, addresses: Iterable[Address], tree: Node) -> Iterator[Marked]:
        """The evidence of versions for a tree."""
