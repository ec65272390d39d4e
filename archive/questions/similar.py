"""Similar articles: copies of an article, others on the same matter, and all groups of copies.

    duplicates   all texts -> sketches -> likely pairs -> compared in full -> groups (text.likeness)
    similar      an article -> its most telling terms -> the index's best hits -> compared in full

Runs over a plain read-only connection; the index is all that is stored for it, so the answer is
always that of the text as it is.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from archive.engines.sqlite import terms as sqlite_terms
from archive.errors import UsageError
from archive.record import record
from archive.text import likeness as copies
from archive.text.folding import fold

if TYPE_CHECKING:
    from archive.records import Article, StoredArticle

_TELLING = 40
_LOOKED_UP = 1000
_COMMON, _COMMON_SHARE = 500, 50
_MOST_MATCHES = 20_000
_COMPARED, _MOST_SHOWN = 100, 1000
_NAMED = 6


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


def duplicates(connection: sqlite3.Connection, within: int | None = None) -> list[tuple[Copy, ...]]:
    """All groups of near-duplicates, the earliest article of each first, groups in order of time;
    with `within`, only copies at most that many days after it."""
    sketches: dict[int, Sequence[int]] = {
        article_id: copies.sketch(text)
        for article_id, text in connection.execute(
            "SELECT article_id, group_concat(coalesce(folded, text), char(10))"
            " FROM paragraphs GROUP BY article_id"
        )
    }
    days: dict[int, int] = dict(
        connection.execute(
            "SELECT id, coalesce(CAST(julianday(published_on) AS INTEGER), 0)"
            " FROM articles ORDER BY published_on, id"
        ).fetchall()
    )
    likely = copies.candidates(
        ((article_id, day, sketches.pop(article_id, ())) for article_id, day in days.items()),
        within,
    )

    @lru_cache(maxsize=64)
    def words(article_id: int) -> list[str]:
        return _words(connection, article_id)

    def share(first: int, other: int) -> float:
        if within is not None and days[other] - days[first] > within:
            return 0.0
        return copies.copied_share(words(first), words(other))

    groups = copies.group(likely, share)
    found = [
        tuple(
            Copy(article_id, *_head(connection, article_id), share)
            for article_id, share in ((group.first, 1.0), *group.members)
        )
        for group in groups
    ]
    return sorted(found, key=lambda group: (group[0].published_on, group[0].article_id))


def similar(
    connection: sqlite3.Connection, stored: StoredArticle, limit: int = 10
) -> tuple[Similar, ...]:
    """The articles most like this one, at most `limit` (1,000): copies first, by their share of
    common text, then those on the same matter, best first. The article itself is left out, and so
    are other versions of it."""
    if limit < 0:
        raise UsageError("limit counts from 0")
    limit = min(limit, _MOST_SHOWN)
    text = _folded(stored.article)
    telling = _telling(connection, text, own=stored.version == stored.versions)
    if not telling:
        return ()
    rows = connection.execute(
        "SELECT a.id, a.published_on, a.category, a.title FROM (SELECT rowid, rank"
        " FROM article_search WHERE article_search MATCH ? AND rowid <> ? ORDER BY rank LIMIT ?"
        ") AS hit CROSS JOIN articles AS a ON a.id = hit.rowid ORDER BY hit.rank",
        (sqlite_terms.any_word(list(telling)), stored.id, max(2 * limit, _COMPARED)),
    ).fetchall()
    ours = copies.words(text)
    shares = [copies.copied_share(ours, _words(connection, row[0])) for row in rows]
    # Stable: those that are no copies stay as the index ranked them.
    best = sorted(zip(shares, rows, strict=True), key=lambda pair: -pair[0])
    found = (
        Similar(
            article_id,
            published_on,
            category,
            title,
            share or None,
            _common(connection, article_id, telling),
        )
        for share, (article_id, published_on, category, title) in best
    )
    return tuple(islice((other for other in found if other.share or other.words), limit))


def _folded(article: Article) -> str:
    return fold("\n".join((article.title, *article.paragraphs)))


def _words(connection: sqlite3.Connection, article_id: int) -> list[str]:
    """The words of an article's current version, title included, as `copies.words`."""
    row = connection.execute(
        "SELECT title || char(10) || coalesce(body, '') FROM indexed_text WHERE id = ?",
        (article_id,),
    ).fetchone()
    return copies.words(row[0])


def _head(connection: sqlite3.Connection, article_id: int) -> tuple[str, str | None, str]:
    row: tuple[str, str | None, str] = connection.execute(
        "SELECT published_on, category, title FROM articles WHERE id = ?", (article_id,)
    ).fetchone()
    return row


def _telling(connection: sqlite3.Connection, folded: str, *, own: bool) -> dict[str, bool]:
    """The words that tell a text from others, most telling first: frequent in it and in few others
    (tf-idf, Spärck Jones 1972, with damped tf). True for those that fewer than half of the articles
    hold: only they make a matter.

    Left out: what no other article holds (`own`: this text itself is in the index), numbers where
    there are words, and what is so common that ranking it would take long.
    """
    counts = Counter(copies.words(folded))
    words = [word for word, _ in counts.most_common(_LOOKED_UP)]
    of_term: dict[str, str] = {}
    times: Counter[str] = Counter()
    for word, terms in zip(words, sqlite_terms.terms_of(words), strict=True):
        if len(terms) == 1:
            of_term.setdefault(terms[0], word)
            times[terms[0]] += counts[word]
    articles = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    common = max(_COMMON, articles // _COMMON_SHARE)
    counted = sqlite_terms.article_counts(connection, list(of_term.values()), common)
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


def _common(
    connection: sqlite3.Connection, article_id: int, telling: Mapping[str, bool]
) -> tuple[str, ...]:
    """Which words of a matter an article holds, in any form; the first few."""
    find = "SELECT 1 FROM article_search WHERE article_search MATCH ? AND rowid = ?"
    held = (
        word
        for word, of_matter in telling.items()
        if of_matter
        and connection.execute(find, (sqlite_terms.any_word([word]), article_id)).fetchone()
    )
    return tuple(islice(held, _NAMED))
