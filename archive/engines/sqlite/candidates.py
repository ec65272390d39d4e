"""Which articles may hold a quotation: asked of the full-text index by what is rare in it.

First the words as they stand, as a phrase; a short one also across the end of a paragraph. Where
that is not enough, the rarest words and the rarest pairs of neighbours vote, each with the more
weight the fewer articles have it. Pairs matter: where three quarters of a text's words are right,
two right ones stand side by side, however common each is alone.
"""

from __future__ import annotations

import itertools
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence

from archive.engines.sqlite.match import string
from archive.text.folding import PARAGRAPH_BREAK

_COUNTED = 60
"""Most words whose articles are counted: the longest ones."""
_VOTES = 12
"""Words, and pairs, that vote."""
_LEAST = 0.4
"""Share of the most votes that an article must have."""
_SHORT = 12
"""Words of a phrase that is also looked for across the end of a paragraph."""
_LONG, _PARTS = 40, 12
"""Words of a phrase, and parts of a quotation, that are asked for word for word."""
_VOTERS = 50_000
"""Most articles that one word or pair votes for."""


def word_for_word(
    connection: sqlite3.Connection, parts: Sequence[Sequence[str]], most: int
) -> list[int]:
    """Articles that hold each part of a quotation as a phrase, in any form of its words, the oldest
    first; of a long one its beginning, since FTS5 takes time by the number of a phrase's words."""
    asked = [part[:_LONG] for part in parts[:_PARTS]]
    expression = " AND ".join(f"({' OR '.join(_phrases(part))})" for part in asked)
    rows = connection.execute(
        "SELECT a.id FROM article_search CROSS JOIN articles AS a ON a.id = article_search.rowid"
        " WHERE article_search MATCH ? ORDER BY a.published_on, a.id LIMIT ?",
        (expression, most),
    )
    return [row for (row,) in rows]


def by_rare_words(
    connection: sqlite3.Connection, parts: Sequence[Sequence[str]], most: int
) -> list[int]:
    """Articles that hold some of the rarest words of a quotation, the likeliest first."""
    total = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    longest = sorted({word for part in parts for word in part}, key=lambda word: (-len(word), word))
    counts = {word: _count(connection, _phrase([word])) for word in longest[:_COUNTED]}
    rare = sorted((word for word in counts if counts[word]), key=counts.__getitem__)[:_VOTES]
    pairs = {(a, b) for part in parts for a, b in itertools.pairwise(part)}
    rarest = sorted(
        (min(counts.get(a, total), counts.get(b, total)), a, b)
        for a, b in pairs
        if counts.get(a, 1) and counts.get(b, 1)
    )[:_VOTES]
    votes: defaultdict[int, float] = defaultdict(float)
    for words in [[word] for word in rare] + [[a, b] for _, a, b in rarest]:
        found = _articles(connection, _phrase(words), _VOTERS)
        weight = math.log((total + 1) / (len(found) + 0.5))
        for article in found:
            votes[article] += weight
    enough = _LEAST * max(votes.values(), default=0)
    likely = [article for article in votes if votes[article] >= enough]
    return sorted(likely, key=lambda article: (-votes[article], article))[:most]


def _phrases(words: Sequence[str]) -> Iterable[str]:
    yield _phrase(words)
    for at in range(1, len(words) if len(words) <= _SHORT else 0):
        yield _phrase([*words[:at], PARAGRAPH_BREAK, *words[at:]])


def _phrase(words: Sequence[str]) -> str:
    return string(" ".join(words))


def _articles(connection: sqlite3.Connection, expression: str, most: int) -> list[int]:
    rows = connection.execute(
        "SELECT rowid FROM article_search WHERE article_search MATCH ? ORDER BY rowid LIMIT ?",
        (expression, most),
    )
    return [row for (row,) in rows]


def _count(connection: sqlite3.Connection, expression: str) -> int:
    found = "SELECT count(*) FROM article_search WHERE article_search MATCH ?"
    return int(connection.execute(found, (expression,)).fetchone()[0])
