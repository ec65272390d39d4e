"""A small index in memory: what words the full-text index of an archive makes of a text.

Asked of FTS5 itself, so that stems and folding are exactly those of the archive. Made once a thread
and emptied by rolling back, since making one takes as long as a small search.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence

from archive.engines.sqlite.connection import BETWEEN, TOKENIZER
from archive.engines.sqlite.in_memory import InMemory
from archive.text.folding import PARAGRAPH_BREAK

_STEMS, _WORDS = "stems", "words"
_MOST_KEPT = 100_000

_thread = threading.local()
_known: dict[str, tuple[str, str]] = {}


def _index() -> sqlite3.Connection:
    held: InMemory | None = getattr(_thread, "held", None)
    if held is None:
        held = _thread.held = InMemory()  # closed when the thread ends
        for table, tokenizer in ((_STEMS, TOKENIZER), (_WORDS, TOKENIZER.removeprefix("porter "))):
            held.connection.execute(
                f'CREATE VIRTUAL TABLE {table} USING fts5(x, tokenize="{tokenizer}")'
            )
            held.connection.execute(
                f"CREATE VIRTUAL TABLE {table}_v USING fts5vocab({table}, instance)"
            )
    return held.connection


def _terms(texts: Iterable[str], table: str) -> list[list[str]]:
    connection = _index()
    found: list[list[str]] = [[]]
    connection.execute("BEGIN")
    try:
        connection.execute(f"INSERT INTO {table} (x) VALUES (?)", (BETWEEN.join(texts),))
        for (term,) in connection.execute(f"SELECT term FROM {table}_v ORDER BY offset"):
            if term == PARAGRAPH_BREAK:
                found.append([])
            else:
                found[-1].append(term or "")  # NULL for a word of nothing but accents
    finally:
        connection.execute("ROLLBACK")
    return found


def stems(texts: Sequence[str]) -> list[list[str]]:
    """The words of each folded text as they are indexed, in order."""
    return _terms(texts, _STEMS)[: len(texts)]


def forms(words: Sequence[str]) -> list[tuple[str, str]]:
    """For each word of a folded text how it is written without case and accents, and its stem."""
    new = [word for word in dict.fromkeys(words) if word not in _known]
    if new:
        if len(_known) > _MOST_KEPT:
            _known.clear()
            new = list(dict.fromkeys(words))
        others = [word for word in new if not word.isascii()]
        full = {}
        if others:
            full = dict(zip(others, (found[0] for found in _terms(others, _WORDS)), strict=False))
        for word, found in zip(new, stems(new), strict=True):
            _known[word] = (full[word] if word in full else word.lower(), found[0])
    return [_known[word] for word in words]
