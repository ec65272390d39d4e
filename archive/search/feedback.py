"""What the ranking of plain words needs to know of an archive: frequencies, and its best articles.

Stands between `ranking`, which is pure, and the engine: it asks the index what ranking decides by,
and gives the engine a `Blend`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import match as sqlite_match
from archive.engines.sqlite.plan import POOL, Blend
from archive.query.nodes import Node, Text, positive_texts
from archive.search import ranking

if TYPE_CHECKING:
    from archive.engines.sqlite.plan import Plan


class Relevance:
    """Ranks over one open archive; `plan` is how its engine answers a tree."""

    def __init__(self, connection: sqlite3.Connection, plan: Callable[[Node], Plan]) -> None:
        self._connection, self._plan = connection, plan
        self._frequencies: dict[str, int] = {}

    def blend(self, tree: Node, asked: Node) -> Blend | None:
        """How to rank a tree of plain words, which was `asked` with its function words; None for
        any other tree, and for a single word."""
        words = ranking.plain_words(tree)
        if not words:
            return None
        plan = self._plan(tree)
        whole = self.count_up_to(plan, POOL)
        if whole >= POOL or not ranking.goes_on(words, whole):
            return self._blend(words, asked, whole=plan, some=None)
        some = self._plan(self._any_of(words, tree))
        return self._blend(words, asked, whole=plan if whole else None, some=some)

    def loose_blend(self, tree: Node, asked: Node) -> Blend | None:
        """How to rank the articles that have any of the words of a tree, whatever it is."""
        words = positive_texts(tree)
        return self._blend(words, asked, whole=None, some=self._plan(self._any_of(words, tree)))

    def _blend(
        self, words: list[Text], asked: Node, *, whole: Plan | None, some: Plan | None
    ) -> Blend | None:
        first = some or whole
        if first is None or not 1 < len(words) <= ranking.MOST_WORDS:
            return None
        related = self._pairs(asked)
        best: list[Any] = []
        wants_feedback = len(words) >= ranking.FEEDBACK_FROM
        if some or wants_feedback:
            statement = first.ids("relevance", POOL if some else ranking.FEEDBACK_ARTICLES, 0)
            best = self._connection.execute(statement.sql, statement.values).fetchall()
        if wants_feedback:
            related += self._feedback(best[: ranking.FEEDBACK_ARTICLES])
        return Blend(
            whole.match if whole else None,
            some.match if some else None,
            sqlite_match.any_of(related) or None,
            (1 - ranking.FEEDBACK_WEIGHT) / sum(map(ranking.times, words)),
            ranking.FEEDBACK_WEIGHT / ranking.FEEDBACK_WORDS,
            tuple((row[0], row[1]) for row in best) if some else (),
        )

    def _any_of(self, words: list[Text], tree: Node) -> Node:
        """A tree with any of its words enough, filters and exclusions as they were."""
        scored = [
            part
            for word in words
            for _ in range(ranking.times(word))
            for part in ranking.parts(word)
        ]
        kept = self._affordable(list(dict.fromkeys(scored)))
        return ranking.any_of((part for part in scored if part in kept), tree)

    def _affordable(self, words: list[Text]) -> list[Text]:
        if len(words) * self._articles <= ranking.MOST_POSTINGS:
            return words
        return ranking.affordable(words, {word: self._frequency(word) for word in words})

    def _pairs(self, asked: Node) -> list[Text]:
        pairs = ranking.pairs(asked)
        if len(pairs) * self._articles <= ranking.MOST_POSTINGS:
            return [Text(" ".join(pair)) for pair in pairs]
        rare = ranking.COMMON_POSTINGS
        return [
            Text(" ".join(pair))
            for pair in pairs
            if all(self._frequency(Text(word)) < rare for word in pair)
        ]

    def _feedback(self, best: list[Any]) -> list[Text]:
        """The words that mark the best articles, given as rows of (id, score), of a ranking."""
        if not best:
            return []
        texts = "SELECT title || ' ' || body FROM indexed_text WHERE id = ?"
        counts = [
            ranking.word_counts(self._connection.execute(texts, row[:1]).fetchone()[0])
            for row in best
        ]
        shared = ranking.shared_words(counts)
        stems = {
            word: found[0]
            for word, found in zip(shared, sqlite.tokens_in_memory(shared), strict=True)
            if len(found) == 1
        }
        found = ranking.candidates(counts, [-row[1] for row in best], stems)
        frequencies = {word.stem: self._frequency(Text(word.form)) for word in found}
        return ranking.feedback(found, frequencies, self._articles)

    @cached_property
    def _articles(self) -> int:
        """The number of articles, near enough: numbered from 1, and none is ever removed."""
        highest = self._connection.execute("SELECT max(id) FROM articles").fetchone()[0]
        return int(highest or 0)

    def _frequency(self, text: Text) -> int:
        """The number of articles that hold a word, counted up to `COMMON_POSTINGS`, and once: words
        come alone, in pairs and as feedback."""
        term = sqlite_match.term(text)
        if term not in self._frequencies:
            self._frequencies[term] = self._count_matches(term, ranking.COMMON_POSTINGS)
        return self._frequencies[term]

    def _count_matches(self, expression: str, most: int) -> int:
        counted = self._connection.execute(
            "SELECT count(*) FROM"
            " (SELECT 1 FROM article_search WHERE article_search MATCH ? LIMIT ?)",
            (expression, most),
        )
        return int(counted.fetchone()[0])

    def count_up_to(self, plan: Plan, most: int) -> int:
        """The number of hits of a plan, counted up to `most` where that is faster."""
        if plan.match and not plan.where:
            return self._count_matches(plan.match, most)
        statement = plan.count()
        return int(self._connection.execute(statement.sql, statement.values).fetchone()[0])
