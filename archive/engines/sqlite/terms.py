"""The words of the index: how common they are, and which articles hold them or a phrase of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from archive.engines.sqlite import tokenizer
from archive.engines.sqlite.written import string
from archive.text.folding import PARAGRAPH_BREAK

_ARTICLES, _TEXT = 3, 50_000
"""Articles that are read for a word, and characters of each."""
_SHORT = 12
"""Words of a phrase that is also looked for across the end of a paragraph."""
_LONG, _PARTS = 40, 12
"""Words of a phrase, and phrases, that are asked for at once."""


class Terms:
    """The words of a snapshot (`engines.texts.Terms`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def forms(self, words: Sequence[str]) -> list[tuple[str, str]]:
        """For each folded word how it is written without case and accents, and its stem."""
        return tokenizer.forms(words)

    def counts(self, stems: Iterable[str]) -> dict[str, int]:
        """The stems that are indexed, with the number of articles that hold each."""
        return self._counts("article_terms", stems)

    def written(self, words: Iterable[str]) -> dict[str, int]:
        """The words that are held, as `forms` gives them, with the number of articles."""
        return self._counts("article_vocabulary", words)

    def _counts(self, vocabulary: str, terms: Iterable[str]) -> dict[str, int]:
        rows = self._connection.execute(
            "SELECT t.term, t.doc FROM json_each(?) AS asked"
            f" CROSS JOIN {vocabulary} AS t ON t.term = asked.value",
            (json.dumps(sorted(terms)),),
        )
        return dict(rows.fetchall())

    def between(self, first: str, last: str) -> Iterator[tuple[str, int]]:
        """The words from one to before another, each with the number of articles that hold it;
        passing one takes longer the more articles hold it."""
        return self._connection.execute(
            "SELECT term, doc FROM article_vocabulary WHERE term >= ? AND term < ?", (first, last)
        )

    def examples(self, word: str) -> Iterator[str]:
        """The texts of some articles that hold a word, the shorter ones of the first to do so; of a
        long text its beginning."""
        rows = self._connection.execute(
            "SELECT id FROM articles WHERE id IN (SELECT rowid FROM article_words"
            " WHERE article_words MATCH ? LIMIT ?) ORDER BY word_count LIMIT ?",
            (f"{{body title}} : {string(word)}", 3 * _ARTICLES, _ARTICLES),
        )
        for (article_id,) in rows.fetchall():
            text, *_ = self._connection.execute(
                "SELECT title || ' ' || substr(body, 1, ?) FROM article_text WHERE id = ?",
                (_TEXT, article_id),
            ).fetchone()
            yield text

    def quoting(self, parts: Sequence[Sequence[str]], most: int) -> list[int]:
        """Articles that hold each of some phrases, in any form of their words, the oldest first. A
        short phrase may go on in the next paragraph; of a long one its beginning is looked for,
        since FTS5 takes time by the number of a phrase's words."""
        asked = [part[:_LONG] for part in parts[:_PARTS]]
        expression = " AND ".join(f"({' OR '.join(_phrases(part))})" for part in asked)
        rows = self._connection.execute(
            "SELECT a.id FROM article_search AS s CROSS JOIN articles AS a ON a.id = s.rowid"
            " WHERE article_search MATCH ? ORDER BY a.published_on, a.id LIMIT ?",
            (expression, most),
        )
        return [row for (row,) in rows]

    def holding(self, phrase: Sequence[str], most: int) -> list[int]:
        """Articles that hold a phrase, at most so many."""
        rows = self._connection.execute(
            "SELECT rowid FROM article_search WHERE article_search MATCH ? ORDER BY rowid LIMIT ?",
            (_phrase(phrase), most),
        )
        return [row for (row,) in rows]


def _phrases(words: Sequence[str]) -> Iterable[str]:
    yield _phrase(words)
    for at in range(1, len(words) if len(words) <= _SHORT else 0):
        yield _phrase([*words[:at], PARAGRAPH_BREAK, *words[at:]])


def _phrase(words: Sequence[str]) -> str:
    return string(" ".join(words))
