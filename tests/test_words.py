"""A word is what the full-text index takes for one, whatever the character."""

from __future__ import annotations

import random
import re
import sqlite3
import unicodedata
from contextlib import closing

import pytest

from archive.engines.sqlite.connection import TOKENIZER
from archive.text.folding import fold
from archive.text.words import LETTER, has_words, joined, plain_words, words


def _index(texts: list[str]) -> list[list[str | None]]:
    """The tokens of each text as FTS5 has them; None for one without a letter."""
    unstemmed = TOKENIZER.removeprefix("porter ")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f'CREATE VIRTUAL TABLE t USING fts5(x, tokenize="{unstemmed}")')
        connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
        connection.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", enumerate(texts))
        found: list[list[str | None]] = [[] for _ in texts]
        for row, term in connection.execute("SELECT doc, term FROM v ORDER BY doc, offset"):
            found[row].append(term)
        return found


EVERY = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]


def test_every_character_is_a_letter_where_the_index_has_it_for_one() -> None:
    found = dict(zip(EVERY, _index(EVERY), strict=True))
    letters = {c for c, tokens in found.items() if tokens and c != "¶"}
    assert set(re.findall(LETTER, "".join(EVERY))) == letters
    asked = [c for c in EVERY[:0x500] if fold(c) == c and unicodedata.category(c) != "Cn"]
    assert [c for c in asked if c != "¶" and has_words(c) != any(found[c])] == []


def test_random_texts_have_the_words_of_the_index() -> None:
    chosen = random.Random(7)  # noqa: S311 - no secret
    near = [*map(chr, range(1, 0x500)), *"aaaaabcdez019.,-’'¶ ­ ﬁßł习近평ไ٠ा\u0301"]
    texts = [
        "".join(chosen.choice(near if chosen.random() < 0.8 else EVERY) for _ in range(40))
        for _ in range(1500)
    ]
    folded = [fold(text) for text in texts]
    for text, tokens in zip(folded, _index(folded), strict=True):
        assert len(words(text)) == len(tokens), text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("U.K.", ["UK"]),
        ("U.S.-led", ["US", "USled"]),
        ("G-7", ["G7"]),
        ("COVID-19", ["COVID19"]),
        ("e‑mail", ["email"]),
        ("state-of-the-art", ["stateof", "stateofthe", "stateoftheart"]),
        ("1,250", ["1250"]),
        ("1,250,000.5", ["1250000"]),
        ("1,25", []),
        ("3.5", []),
        ("1990-91", []),
        ("U. K.", []),
        ("don't", []),
        ("word", []),
    ],
)
def test_what_is_written_in_parts_in_one_piece(text: str, found: list[str]) -> None:
    first = len(words(text)[0])
    assert [word for word, _ in joined(text, 0, first)] == found


@pytest.mark.parametrize(
    ("text", "start", "found"),
    [
        ("5.1,250", 2, []),  # the end of a number
        ("5,1,250", 2, []),
        ("x5,1,250", 3, []),
        ("x.1,250", 2, ["1250"]),
        ("5:1,250", 2, ["1250"]),
        (".1,250", 1, ["1250"]),
        (",,1,250", 2, ["1250"]),
        ("U.S.S.R.", 2, []),  # within an acronym
        ("U.S.S.R.", 4, []),
        ("x U.S.", 2, ["US"]),
        ("xU.S.-led", 3, ["Sled"]),
    ],
)
def test_what_stands_before_it_says_where_a_word_in_parts_begins(
    text: str, start: int, found: list[str]
) -> None:
    end = start + len(words(text[start:])[0])
    assert [word for word, _ in joined(text, start, end)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", False),
        ("!?", False),
        ("🙂", False),
        ("a", True),
        ("5", True),
        ("习", True),
        ("’s", True),
        ("ʼ", False),
        ("\u0301", False),
    ],
)
def test_has_words(text: str, *, found: bool) -> None:
    assert has_words(text) is found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("US Politics", "us politics"),
        ("Culture & Arts", "culture arts"),
        ("Zoë Müller", "zoe muller"),
        ("ПОЛИТИКА", "политика"),
        ("国际", "国 际"),
        ("...", ""),
    ],
)
def test_plain_words(text: str, words: str) -> None:
    assert plain_words(text) == words
