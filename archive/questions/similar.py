"""Similar articles: copies of an article, others on the same matter, and all groups of copies.

    duplicates   all texts -> sketches -> likely pairs -> compared in full -> groups (text.likeness)
    similar      an article -> its most telling terms -> the index's best hits -> compared in full

The index is all that is stored for it, so the answer is always that of the text as it is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from archive.errors import UsageError
from archive.query.nodes import EVERYTHING, Or, Text
from archive.record_class import record
from archive.text import likeness as copies
from archive.text.folding import fold
from archive.text.words import words as words_of

if TYPE_CHECKING:
    from archive.engines.finding import Index
    from archive.engines.texts import Terms, Texts
    from archive.records import Article, StoredArticle

_TELLING = 40
_LOOKED_UP = 1000
_COMMON, _COMMON_SHARE = 500, 50
_MOST_MATCHES = 20_000
_COMPARED, _MOST_SHOWN = 100, 1000
_NAMED = 6
_HELD = 300
"""Texts that are held to be compared again."""


@record
class Copy:
    """An article of a group of copies; `share` is what it has in common with the group's first,
    from 0 to 1 (the first has 1)."""

    article_id: int
    published_on: str
    category: str | None
    title: str
    share: float


@record
class Similar:
    """An article that resembles another. `share` is the text in common for a copy, from 0 to 1, and
    None for an article on the same matter; `words` are the most telling ones that both hold."""

    article_id: int
    published_on: str
    category: str | None
    title: str
    share: float | None
    words: tuple[str, ...]


def duplicates(index: Index, texts: Texts, within: int | None = None) -> list[tuple[Copy, ...]]:
    """All groups of near-duplicates, the earliest article of each first, groups in order of time;
    with `within`, only copies at most that many days after it."""
    prints: dict[int, tuple[Sequence[int], int]] = {
        article_id: (copies.sketch(text), copies.whole(text)) for article_id, text in texts.folded()
    }
    days = {
        found.article_id: date.fromisoformat(found.published_on).toordinal()
        for found in index.plan(EVERYTHING).every()
    }
    likely = copies.candidates(
        (
            (article_id, day, *prints.pop(article_id, ((), article_id)))
            for article_id, day in days.items()
        ),
        within,
    )

    @lru_cache(maxsize=_HELD)
    def words(article_id: int) -> list[str]:
        return copies.words(index.indexed_text(article_id, copies.MOST_COMPARED))

    def share(first: int, other: int) -> float:
        if within is not None and days[other] - days[first] > within:
            return 0.0
        return copies.copied_share(words(first), words(other))

    groups = [
        tuple(
            Copy(copy.article_id, copy.published_on, copy.category, copy.title, share)
            for copy, (_, share) in zip(
                texts.current(article_id for article_id, _ in group.shares),
                group.shares,
                strict=True,
            )
        )
        for group in copies.group(copies.by_family(likely), share)
    ]
    return sorted(groups, key=lambda group: (group[0].published_on, group[0].article_id))


def similar(
    index: Index, terms: Terms, stored: StoredArticle, limit: int = 10
) -> tuple[Similar, ...]:
    """The articles most like this one, at most `limit` (1,000): copies first, by their share of
    common text, then those on the same matter, best first. The article itself is left out, and so
    are other versions of it."""
    if limit < 0:
        raise UsageError("limit counts from 0")
    limit = min(limit, _MOST_SHOWN)
    text = _folded(stored.article)
    telling = _telling(index, terms, text, own=stored.version == stored.versions)
    if not telling:
        return ()
    matter = index.plan(Or(tuple(Text(word) for word in telling)))
    page = matter.page("relevance", max(2 * limit, _COMPARED) + 1, 0)
    others = [found for found in page.rows if found.article_id != stored.id]
    ours = copies.words(text)
    shares = [
        copies.copied_share(
            ours, copies.words(index.indexed_text(other.article_id, copies.MOST_COMPARED))
        )
        for other in others
    ]
    # Stable: those that are no copies stay as the index ranked them.
    best = sorted(zip(shares, others, strict=True), key=lambda pair: -pair[0])
    found = (
        Similar(
            other.article_id,
            other.published_on,
            other.category,
            other.title,
            share or None,
            _common(index.indexed_text(other.article_id), terms, telling),
        )
        for share, other in best
    )
    return tuple(islice((other for other in found if other.share or other.words), limit))


def _folded(article: Article) -> str:
    return fold("\n".join((article.title, *article.paragraphs)))


def _telling(index: Index, terms: Terms, folded: str, *, own: bool) -> dict[str, bool]:
    """The words that tell a text from others, most telling first: frequent in it and in few others
    (tf-idf, Spärck Jones 1972, with damped tf). True for those that fewer than half of the articles
    hold: only they make a matter.

    Left out: what no other article holds (`own`: this text itself is in the index), numbers where
    there are words, and what is so common that ranking it would take long.
    """
    counts = Counter(copies.words(folded))
    frequent = (word for word, _ in counts.most_common(_LOOKED_UP))
    words = [word for word in frequent if len(words_of(word)) == 1]
    of_term: dict[str, str] = {}
    times: Counter[str] = Counter()
    for word, (_, term) in zip(words, terms.forms(words), strict=True):
        of_term.setdefault(term, word)
        times[term] += counts[word]
    articles = index.plan(EVERYTHING).count()
    common = max(_COMMON, articles // _COMMON_SHARE)
    counted = index.counts([Text(word) for word in of_term.values()], common)
    held = {
        term: articles if count == common else count
        for term, count in zip(of_term, counted, strict=True)
        if count > own
    }
    weights = {
        term: (1 + math.log(times[term])) * math.log((articles + 1) / count)
        for term, count in held.items()
    }
    chosen: dict[str, bool] = {}
    matches = 0
    for term in sorted(weights, key=lambda term: (term.isdigit(), -weights[term], term))[:_TELLING]:
        matches += held[term]
        if chosen and matches > _MOST_MATCHES:
            break
        chosen[of_term[term]] = held[term] < articles / 2
    return chosen


def _common(folded: str, terms: Terms, telling: Mapping[str, bool]) -> tuple[str, ...]:
    """Which words of a matter a text holds, in any form; the first few."""
    stems = {stem for _, stem in terms.forms(list(set(words_of(folded))))}
    matter = [word for word, of_matter in telling.items() if of_matter]
    found = zip(matter, terms.forms(matter), strict=True)
    return tuple(islice((word for word, (_, stem) in found if stem in stems), _NAMED))
