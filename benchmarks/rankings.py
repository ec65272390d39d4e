"""The ranking of plain words as a function of its numbers, over FTS5 itself.

What `quality.py --leave-one-out` chooses among: each number of `Numbers` can be changed, and a
collection searched with the change. docs/ranking.md says what each step is for. Works on any
archive with plain `sqlite3`.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from archive.engines.sqlite import memory
from archive.query.function_words import STOP_WORDS
from archive.search.feedback import word_counts
from archive.text.folding import fold

Scores = dict[int, float]
"""Score by article, higher is better."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """All that can be chosen. `pairs`, `exact` weigh neighbouring words and words as written beside
    the words (1); `feedback` is the share of the feedback words in the whole."""

    title: float = 1.5
    repeats: int = 2
    pairs: float = 0.1
    near: int = 8
    exact: float = 0.3
    articles: int = 10
    sharpness: float = 8.0
    shared_by: int = 2
    common: float = 0.1
    words: int = 20
    feedback: float = 0.4
    whole: float = 1.25
    pool: int = 300
    text: int = 2_000
    scored: int = 40_000
    rescored: int = 200_000


@dataclass(frozen=True, slots=True)
class Query:
    """The words that count, with how often each is written, and which stand side by side."""

    words: dict[str, int]
    pairs: tuple[tuple[str, str], ...]


_POSSESSIVE = re.compile(r"(?<=\w)['’][sS]?(?!\w)")
_PART = re.compile(r"\w{2,}")


def read(text: str, *, function_words: bool = False) -> Query:
    """The query of a text as typed: function words part neighbours and count for nothing, a
    possessive is its noun, a compound counts by its parts."""
    shouted = text.isupper()
    runs: list[list[str]] = [[]]
    for written in text.split():
        plain = _POSSESSIVE.sub("", written.strip("\"'“”()[]?!.,;:"))
        acronym = plain.isupper() and len(plain) > 1 and not shouted
        said = written.lower().replace("’", "'").strip("\"'“”()[]?!.,;:")
        if not function_words and not acronym and {said, plain.lower()} & STOP_WORDS:
            runs.append([])
            continue
        parts = [part for part in _PART.findall(plain) if part.lower() not in STOP_WORDS]
        for word in parts if len(parts) > 1 else [plain]:
            if re.search(r"\w", word):
                runs[-1].append(fold(word).lower().replace('"', " "))
    words = Counter(word for run in runs for word in run)
    if not words and not function_words:
        return read(text, function_words=True)
    pairs = dict.fromkeys(pair for run in runs for pair in pairwise(run))
    return Query(dict(words), tuple(pairs))


def any_of(words: Iterable[str]) -> str:
    """FTS5's expression for any of some words or phrases."""
    return " OR ".join(f'"{word}"' for word in words)


def all_of(words: Iterable[str]) -> str:
    """FTS5's expression for all of some words."""
    return " AND ".join(f'"{word}"' for word in words)


Key = TypeVar("Key")


def within(counts: Mapping[Key, int], most: int) -> set[Key]:
    """The rarest of some words whose articles are together not more than that."""
    kept: set[Key] = set()
    total = 0
    for key in sorted(counts, key=lambda key: counts[key]):
        total += counts[key]
        if total > most:
            break
        kept.add(key)
    return kept


CANDIDATES = 30
"""Words of the best articles to look up in the archive."""

COMMON_POSTINGS, FEEDBACK_POSTINGS = 100_000, 10_000
"""Articles up to which those of a word, or of a feedback word, are counted."""


class Ranker:
    """Ranks over one open archive."""

    def __init__(self, connection: sqlite3.Connection, numbers: Numbers = Numbers()) -> None:
        self.connection, self.numbers = connection, numbers
        self.total = int(connection.execute("SELECT max(id) FROM articles").fetchone()[0] or 0)
        self.exact_index = "article_words"

    def search(self, text: str, limit: int) -> list[int]:
        """The best articles for a text as it is typed."""
        asked, numbers = read(text), self.numbers
        times = {word: min(count, numbers.repeats) for word, count in asked.words.items()}
        if not times:
            return []
        counts = self.counts(list(times))
        few, some = within(counts, numbers.scored), within(counts, numbers.rescored)
        if not any(counts[word] for word in few) and any(counts.values()):
            return self.common(times, limit)

        def written(words: set[str]) -> str:
            return any_of(word for word in times if word in words for _ in range(times[word]))

        found = self.best(written(few), max(numbers.pool, limit))
        if not found:
            return []
        scores = dict(found[: numbers.pool])
        if few != some:
            scores = self.scored("article_search", written(some), json.dumps(list(scores)))
        self.rank_anew(scores, asked, written(some), self.near(asked, counts))
        ranked = sorted(scores, key=lambda article: (-scores[article], -article))
        return [*ranked, *(article for article, _ in found[numbers.pool :])][:limit]

    def rank_anew(self, scores: Scores, asked: Query, words: str, near: str) -> None:
        """Add to the scores of a pool all that is not bm25 of the words."""
        numbers, pool = self.numbers, json.dumps(list(scores))
        if near:
            self.add(scores, numbers.pairs, "article_search", near, pool)
        if numbers.exact:
            self.add(scores, numbers.exact, self.exact_index, words, pool)
        if len(asked.words) == 1:
            return
        related = any_of(self.feedback(scores)) if numbers.feedback else ""
        if related:
            length = sum(min(times, numbers.repeats) for times in asked.words.values())
            own = length * (1 + numbers.exact)
            weight = numbers.feedback / (1 - numbers.feedback) * own / numbers.words
            self.add(scores, weight, "article_search", related, pool)
        for article in self.matching(all_of(asked.words), pool):
            scores[article] *= numbers.whole

    def add(self, scores: Scores, weight: float, index: str, match: str, pool: str) -> None:
        """Add to the scores of a pool what its articles have for another expression."""
        for article, score in self.scored(index, match, pool).items():
            scores[article] += weight * score

    def common(self, words: Iterable[str], limit: int) -> list[int]:
        """The articles with all of some words that are each too common to score: by bm25 where few
        have all of them, else those with all in the title first, then the others, newest first."""
        match = all_of(words)
        [together] = self.count_matches([match], self.numbers.scored + 1)
        if together <= self.numbers.scored:
            return [article for article, _ in self.best(match, limit)]
        newest = "ORDER BY a.published_on DESC, a.id DESC LIMIT ?"
        titles = self.connection.execute(
            "SELECT a.id FROM article_search CROSS JOIN articles AS a"
            f" ON a.id = article_search.rowid WHERE article_search MATCH ? {newest}",
            (f"title : ({match})", limit),
        )
        found = [article for (article,) in titles]
        others = self.connection.execute(
            "SELECT a.id FROM articles AS a WHERE EXISTS (SELECT 1 FROM article_search"
            f" WHERE article_search MATCH ? AND rowid = a.id) {newest}",
            (match, limit if len(found) < limit else 0),
        )
        return list(dict.fromkeys([*found, *(article for (article,) in others)]))[:limit]

    def near(self, asked: Query, counts: dict[str, int]) -> str:
        """FTS5's expression for neighbours of the query, side by side or near each other."""
        sizes = {pair: counts[pair[0]] + counts[pair[1]] for pair in asked.pairs}
        kept = within(sizes, self.numbers.scored) if self.numbers.pairs else set()
        pairs = [pair for pair in asked.pairs if pair in kept]
        phrases = [f'"{left} {right}"' for left, right in pairs]
        near = self.numbers.near
        apart = [f'NEAR("{left}" "{right}", {near})' for left, right in pairs]
        return " OR ".join(phrases + apart if near else phrases)

    def counts(self, words: Sequence[str]) -> dict[str, int]:
        """The number of articles that hold each word, counted only where it could matter; one that
        more than half of all hold, which bm25 gives nothing, has more than are ever scored."""
        if len(words) * self.total <= self.numbers.scored:
            return dict.fromkeys(words, 1)
        most = min(COMMON_POSTINGS, self.total // 2)
        counts = dict(zip(words, self.count(words, most), strict=True))
        return {word: n if n < most else self.numbers.rescored + n for word, n in counts.items()}

    def feedback(self, base: Scores) -> list[str]:
        """The words that mark the best articles."""
        numbers = self.numbers
        best = sorted(base, key=lambda article: (-base[article], -article))[: numbers.articles]
        first = base[best[0]]
        shares = [math.exp(numbers.sharpness * (base[a] - first) / first) for a in best]
        counts = [word_counts(text) for text in self.texts(best)]
        average = sum(count.total() for count in counts) / len(counts) or 1
        weights: dict[str, float] = {}
        texts: Counter[str] = Counter()
        for count, share in zip(counts, shares, strict=True):
            norm = 1.2 * (0.25 + 0.75 * count.total() / average)
            texts.update(count.keys())
            for word, often in count.items():
                weights[word] = weights.get(word, 0.0) + share * often / (often + norm)
        least = min(numbers.shared_by, len(best))
        shared = sorted(
            (word for word in weights if texts[word] >= least),
            key=lambda word: (-weights[word], word),
        )[:CANDIDATES]
        by_stem: dict[str, float] = {}
        forms: dict[str, str] = {}
        for word, stems in zip(shared, memory.stems(shared), strict=True):
            if len(stems) == 1:
                forms.setdefault(stems[0], word)
                by_stem[stems[0]] = by_stem.get(stems[0], 0.0) + weights[word]
        most = max(2, min(int(numbers.common * self.total), FEEDBACK_POSTINGS))
        found = self.count([forms[stem] for stem in by_stem], most + 1)
        telling = sorted(
            (-by_stem[stem] * math.log(self.total / number), stem)
            for stem, number in zip(by_stem, found, strict=True)
            if 2 <= number <= most
        )
        return [forms[stem] for _, stem in telling[: numbers.words]]

    def best(self, match: str, most: int) -> list[tuple[int, float]]:
        """The articles that match, the best by bm25 first."""
        rows = self.connection.execute(
            f"SELECT rowid, bm25(article_search, 1.0, {self.numbers.title}) AS score"
            " FROM article_search WHERE article_search MATCH ? ORDER BY score LIMIT ?",
            (match, most),
        )
        return [(article, -score) for article, score in rows]

    def scored(self, index: str, match: str, pool: str) -> Scores:
        """The articles of a pool that match, with their bm25. The plus keeps SQLite from running
        MATCH once for each article; those outside the pool are passed over unscored."""
        rows = self.connection.execute(
            f"SELECT rowid, bm25({index}, 1.0, {self.numbers.title}) FROM {index}"
            f" WHERE {index} MATCH ? AND +rowid IN (SELECT value FROM json_each(?))",
            (match, pool),
        )
        return {article: -score for article, score in rows}

    def matching(self, match: str, pool: str) -> list[int]:
        """The articles of a pool that match."""
        rows = self.connection.execute(
            "SELECT rowid FROM article_search WHERE article_search MATCH ?"
            " AND +rowid IN (SELECT value FROM json_each(?))",
            (match, pool),
        )
        return [article for (article,) in rows]

    def count(self, words: Iterable[str], most: int) -> list[int]:
        """The number of articles that hold each word, counted up to `most`."""
        return self.count_matches([f'"{word}"' for word in words], most)

    def count_matches(self, expressions: Sequence[str], most: int) -> list[int]:
        """The number of articles that match each expression, counted up to `most`."""
        rows = self.connection.execute(
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM article_search"
            " WHERE article_search MATCH value LIMIT ?)) FROM json_each(?)",
            (most, json.dumps(expressions)),
        )
        return [number for (number,) in rows]

    def texts(self, articles: Sequence[int]) -> list[str]:
        """The first 4,000 characters of articles, their title included."""
        asked = "SELECT substr(title || ' ' || body, 1, ?) FROM indexed_text WHERE id = ?"
        return [
            self.connection.execute(asked, (self.numbers.text, id_)).fetchone()[0]
            for id_ in articles
        ]
