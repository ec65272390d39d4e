"""Current and replaced versions together, as one index: what `--versions` searches.

    plan, count, facet, page   of the current index + of the replaced versions' -> one answer

Whatever asks an `Index` may ask this one. By date, versions stand where their own dates put them.
By relevance a version stands behind the current text of its article; those of articles that are no
hits come behind all that have everything that was asked, newest first, since no index scores them.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import tee
from typing import TYPE_CHECKING, Any

from archive.engines.finding import Counts, Found, Index, Marked, Page, Plan, Replaced
from archive.errors import UsageError

if TYPE_CHECKING:
    from archive.address import Address
    from archive.engines.ranking import Known, Ranking
    from archive.query.nodes import Node, Text

_ALL = 2**31
_DATES = ("year", "month", "day")


class WithReplaced:
    """An index of all versions (`engines.finding.Index`). Ranking goes by what the current ones say
    of words."""

    def __init__(self, current: Index, replaced: Replaced) -> None:
        self._current, self._replaced = current, replaced

    @property
    def articles(self) -> int:
        """The number of articles, near enough."""
        return self._current.articles

    def plan(self, tree: Node) -> _Plan:
        """Returns how a tree is answered."""
        return _Plan(self._current.plan(tree), self._replaced, tree)

    def counts(self, texts: Sequence[Text], most: int) -> list[int]:
        """The number of current articles that hold each word, counted up to `most`."""
        return self._current.counts(texts, most)

    def stems(self, words: Sequence[str]) -> list[list[str]]:
        """The terms under which each folded word is indexed."""
        return self._current.stems(words)

    def indexed_text(self, article_id: int, most: int | None = None) -> str:
        """The folded title and text of an article, or its first characters."""
        return self._current.indexed_text(article_id, most)

    def best(self, ranking: Ranking, most: int) -> list[Known]:
        """The best articles of a ranking by its words, best first."""
        return self._current.best(ranking, most)

    def ranked(self, tree: Node, ranking: Ranking, limit: int, offset: int) -> Page:
        """A page of articles as a ranking orders them, and of the versions for which the tree
        holds."""
        page = self._current.ranked(tree, ranking, limit + offset, 0)
        return self.plan(tree).joined(page, "relevance", limit, offset)

    def mark(self, addresses: Iterable[Address], tree: Node) -> Iterator[Marked]:
        """The evidence of versions for a tree."""
        order, current, replaced = tee(addresses, 3)
        marks = self._current.mark((place for place in current if place.version is None), tree)
        others = self._replaced.mark((place for place in replaced if place.version), tree)
        for place in order:
            yield next(marks if place.version is None else others)


class _Plan:
    """A tree over all versions (`engines.finding.Plan`)."""

    def __init__(self, current: Plan, replaced: Replaced, tree: Node) -> None:
        self._current, self._replaced = current, replaced.plan(tree)
        self._addresses = replaced.addresses

    @property
    def ranked(self) -> bool:
        """Whether there are words to rank by."""
        return self._current.ranked

    def count(self, most: int | None = None) -> int:
        """The number of hits, counted up to `most`."""
        both = self._current.count(most) + self._replaced.count(most)
        return both if most is None else min(most, both)

    def exceeds(self, most: int) -> bool:
        """Whether there are more hits than that, near enough."""
        return self._current.exceeds(most) or self.count(most + 1) > most

    def facets(self, names: Sequence[str]) -> dict[str, Counts]:
        """The numbers of versions by each name over all hits."""
        current, replaced = self._current.facets(names), self._replaced.facets(names)
        return {
            name: sorted(
                (Counter(dict(current[name])) + Counter(dict(replaced[name]))).items(),
                key=lambda found: _order(name, *found),
            )
            for name in names
        }

    def cross(self, name: str, other: str) -> list[tuple[str | None, str | None, int]]:
        """(value, other value, number of versions) over all hits."""
        counts: Counter[tuple[str | None, str | None]] = Counter()
        rows, columns = Counter[str | None](), Counter[str | None]()
        for value, beside, number in (
            *self._current.cross(name, other),
            *self._replaced.cross(name, other),
        ):
            counts[value, beside] += number
            rows[value] += number
            columns[beside] += number

        def order(pair: tuple[str | None, str | None]) -> Any:
            value, beside = pair
            return _order(name, value, rows[value]), _order(other, beside, columns[beside])

        return [(*pair, counts[pair]) for pair in sorted(counts, key=order)]

    def page(
        self, order: str, limit: int, offset: int, first: Sequence[int] = (), seed: int = 0
    ) -> Page:
        """A page of hits; `UsageError` for a random order."""
        if order == "random":
            raise UsageError("replaced versions cannot be drawn at random: leave out --versions")
        page = self._current.page(order, limit + offset, 0, first, seed)
        return self.joined(page, order, limit, offset)

    def sooner(
        self, rare: Sequence[Text], limit: int, offset: int, first: Sequence[int] = ()
    ) -> Page:
        """A page of hits that are too many to score."""
        page = self._current.sooner(rare, limit + offset, 0, first)
        return self.joined(page, "relevance", limit, offset)

    def every(self) -> Iterator[Found]:
        """All hits, oldest first."""
        return heapq.merge(self._current.every(), self._versions("oldest"), key=_age)

    def joined(self, page: Page, order: str, limit: int, offset: int) -> Page:
        """The page from `offset` of the first hits in the current versions and all in replaced
        ones."""
        versions = list(self._versions(order))
        if order == "relevance":
            rows = list(_behind(page.rows, versions))
        else:
            rows = sorted((*page.rows, *versions), key=_age, reverse=order == "newest")
        return Page(
            rows[offset : offset + limit],
            page.sql + _comment(versions),
            page.steps,
            lambda: page.count() + len(versions),
        )

    def _versions(self, order: str) -> Iterator[Found]:
        """The replaced versions that are hits, in an order."""
        by_date = "newest" if order == "relevance" else order
        for row in self._replaced.page(by_date, _ALL, 0).rows:
            place = self._addresses[row.article_id - 1]
            yield replace(row, article_id=place.article_id, version=place.version, score=None)


def _behind(rows: Sequence[Found], versions: Sequence[Found]) -> Iterator[Found]:
    """Versions behind the current text of their article, the others before what is partial."""
    whole = [row for row in rows if row.whole]
    among = {row.article_id for row in whole}
    of_article: dict[int, list[Found]] = {}
    for version in sorted(versions, key=lambda found: -(found.version or 0)):
        of_article.setdefault(version.article_id, []).append(version)
    for row in whole:
        yield row
        yield from of_article.get(row.article_id, ())
    yield from (version for version in versions if version.article_id not in among)
    yield from rows[len(whole) :]


def _age(found: Found) -> tuple[str, int, float]:
    """Orders hits from the oldest on; the versions of an article come before its current text."""
    return found.published_on, found.article_id, found.version or float("inf")


def _order(name: str, value: str | None, number: int) -> tuple[Any, ...]:
    """The order of `Plan.facets`: dates in order, else the commonest first."""
    return (0 if name in _DATES else -number, value is not None, value or "")


def _comment(versions: Sequence[Found]) -> str:
    """What a shell cannot find, beside the statement for what it can."""
    if not versions:
        return ""
    named = ", ".join(str(found.address) for found in versions)
    return f"\n-- and these replaced versions, found beforehand: {named}"
