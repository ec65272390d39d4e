"""The ranking of plain words as a function of its numbers, over FTS5 itself.

What `quality.py --leave-one-out` chooses among: each number of `Numbers` can be changed, and a
collection searched with the change. docs/ranking.md says what each step is for. Works on any
archive with plain `sqlite3`; `article_words`, the index of words as written, is made for the time
of the connection where an archive has none.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archive.engines.sqlite import TOKENIZER, tokens_in_memory
from archive.folding import fold
from archive.ranking import STOP_WORDS, word_counts

SHARED, CANDIDATES = 50, 50
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
    pool: int = 500
    postings: int = 60_000


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


class Ranker:
    """Ranks over one open archive."""

    def __init__(self, connection: sqlite3.Connection, numbers: Numbers = Numbers()) -> None:  # noqa: B008 - frozen
        self.connection, self.numbers = connection, numbers
        self.total = int(connection.execute("SELECT max(id) FROM articles").fetchone()[0] or 0)
        self.exact_index = "article_words"
        tables = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'article_words'")
        if numbers.exact and not tables.fetchone():
            self._make_exact_index()

    def _make_exact_index(self) -> None:
        self.connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.article_words USING fts5"
            f"(body, title, content='', tokenize=\"{TOKENIZER.removeprefix('porter ')}\")"
        )
        if not self.connection.execute("SELECT 1 FROM article_words LIMIT 1").fetchone():
            self.connection.execute(
                "INSERT INTO article_words (rowid, body, title)"
                " SELECT id, body, title FROM indexed_text"
            )

    def search(self, text: str, limit: int) -> list[int]:
        """The best articles for a text as it is typed."""
        asked, numbers = read(text), self.numbers
        times = {word: min(count, numbers.repeats) for word, count in asked.words.items()}
        length = sum(times.values())
        if not length:
            return []
        every = [word for word in times for _ in range(times[word])]
        kept = self.affordable(list(times))
        found = self.best([word for word in every if word in kept], max(numbers.pool, limit))
        if not found:
            return []
        base = dict(found[: numbers.pool])
        pool = json.dumps(list(base))
        if len(kept) < len(times):
            base = self.scored("article_search", any_of(every), pool)
        if numbers.pairs and asked.pairs:
            for article, score in self.scored("article_search", self.near(asked), pool).items():
                base[article] += numbers.pairs * score
        if numbers.exact:
            for article, score in self.scored(self.exact_index, any_of(every), pool).items():
                base[article] += numbers.exact * score
        weight = 1 / length / (1 + numbers.exact)
        scores = {article: weight * score for article, score in base.items()}
        if len(times) > 1:
            related = self.feedback(base) if numbers.feedback else []
            if related:
                scores = {a: (1 - numbers.feedback) * score for a, score in scores.items()}
                weight = numbers.feedback / numbers.words
                for article, score in self.scored("article_search", any_of(related), pool).items():
                    scores[article] += weight * score
            for article in self.matching(all_of(times), pool):
                scores[article] *= numbers.whole
        ranked = sorted(scores, key=lambda article: (-scores[article], -article))
        return [*ranked, *(article for article, _ in found[numbers.pool :])][:limit]

    def near(self, asked: Query) -> str:
        """FTS5's expression for neighbours of the query, side by side or near each other."""
        phrases = any_of(" ".join(pair) for pair in asked.pairs)
        near = self.numbers.near
        apart = (f'NEAR("{left}" "{right}", {near})' for left, right in asked.pairs)
        return " OR ".join((phrases, *apart)) if near else phrases

    def affordable(self, words: Sequence[str]) -> set[str]:
        """The rarest words whose articles are not too many to score, at least one."""
        most = self.numbers.postings
        if len(words) * self.total <= most:
            return set(words)
        counts = {word: self.count(f'"{word}"', most) for word in words}
        kept: set[str] = set()
        total = 0
        for word in sorted(words, key=lambda word: counts[word]):
            total += counts[word]
            if any(counts[other] for other in kept) and total > most:
                break
            kept.add(word)
        return kept

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
        shared = sorted((word for word in weights if texts[word] >= least), key=lambda word: (-weights[word], word))[:SHARED]
        by_stem: dict[str, float] = {}
        forms: dict[str, str] = {}
        for word, stems in zip(shared, tokens_in_memory(shared), strict=True):
            if len(stems) == 1:
                forms.setdefault(stems[0], word)
                by_stem[stems[0]] = by_stem.get(stems[0], 0.0) + weights[word]
        weighed = [(weight, stem, forms[stem]) for stem, weight in by_stem.items()]
        weighed.sort(key=lambda word: (-word[0], word[1]))
        most = max(2, int(numbers.common * self.total))
        telling = []
        for weight, stem, written in weighed[: CANDIDATES]:
            found = self.count(f'"{written}"', most + 1)
            if 2 <= found <= most:
                telling.append((-weight * math.log(self.total / found), stem, written))
        return [word for _, _, word in sorted(telling)[: numbers.words]]

    def best(self, words: Sequence[str], most: int) -> list[tuple[int, float]]:
        """The best articles with any of the words, by bm25."""
        rows = self.connection.execute(
            f"SELECT rowid, bm25(article_search, 1.0, {self.numbers.title}) AS score"
            " FROM article_search WHERE article_search MATCH ? ORDER BY score LIMIT ?",
            (any_of(words), most),
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

    def count(self, match: str, most: int) -> int:
        """The number of articles that match, counted up to `most`."""
        rows = self.connection.execute(
            "SELECT count(*) FROM"
            " (SELECT 1 FROM article_search WHERE article_search MATCH ? LIMIT ?)",
            (match, most),
        )
        return int(rows.fetchone()[0])

    def texts(self, articles: Sequence[int]) -> list[str]:
        """The first 4,000 characters of articles, their title included."""
        asked = "SELECT substr(title || ' ' || body, 1, 4000) FROM indexed_text WHERE id = ?"
        return [self.connection.execute(asked, (id_,)).fetchone()[0] for id_ in articles]
