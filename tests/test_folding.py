"""Folding: what the index sees of a text, and the way back."""

from __future__ import annotations

import contextlib
import sqlite3
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.engines.sqlite.schema_revisions import head_schema
from archive.text.folding import (
    fold,
    offsets,
    unfolded,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("plain", "plain"),
        ("don’t — “quote” …", "don’t — “quote” …"),
        ("café", "café"),
        ("ﬁnal ofﬁce", "final office"),
        ("hy\u00adphen", "hyphen"),
        ("ze\u200bro", "zero"),
        ("ＦＵＬＬ １２", "FULL 12"),
        ("Straße Wałęsa Øresund Œuvre", "Strasse Walęsa Oresund OEuvre"),
        ("CO₂ m²", "CO2 m2"),
        ("3½ Nike™", "3½ Nike™"),
        ("习近平", " 习 近 平 "),
        ("ABC习X", "ABC 习 X"),
        ("ｶﾞ ﾊﾟｰ", " ガ  パ  ー "),
        ("한국", " 한 국 "),
        (normalize("NFD", "한국"), " 한 국 "),
        ("ที่", " ท ี ่ "),
        ("مُحَمَّد", "محمد"),
        ("\ufe77x", "x"),
        ("§ ¶ 5", "§   5"),
        ("a\ufdd0b\ufdd1", "a b "),
        ("ﬁ e\u0301", "fi é"),
        ("ΟΙΚΟΝΟΜΊΑ οικονομία ᾠδή", "ΟΙΚΟΝΟΜΙΑ οικονομια ωδη"),
        ("ёлка Ёж, но мой край", "елка Еж, но мой край"),
        (normalize("NFD", "ёлка мой"), "елка мой"),
        ("أحمد إلى آمن مؤتمر ﻷ", "احمد الى امن موتمر لا"),
        (normalize("NFD", "أحمد"), "احمد"),
        ("\u095b", "\u091c\u093c"),
        ("\u1c90\u1c91", "\u10d0\u10d1"),
        ("пʼять п’ять", "п'ять п’ять"),
        ("Ǽ", "AE"),
        ("Nike™\ufe0f x", "Nike™ x"),
    ],
)
def test_folds(text: str, folded: str) -> None:
    assert fold(text).split() == folded.split()


def test_english_is_the_very_same_object() -> None:
    for text in ("plain", "don’t — “quote” … 5 €", "naïve café", "e\u0301tude", "Мой край"):
        assert fold(text) is text


def test_composed_and_taken_apart_every_letter_is_the_same_word() -> None:
    letters = [
        chr(code)
        for code in (*range(0xA0, 0xAC00), *range(0xF900, 0x1E000))
        if len(normalize("NFD", chr(code))) > 1
    ]
    assert len(letters) > 900
    found = [_words([f"q{normalize(form, c)}" for c in letters]) for form in ("NFC", "NFD")]
    assert found[0] == found[1]


def _words(texts: list[str]) -> list[str]:
    """The word that the index makes of each text."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        create = next(statement for statement in head_schema() if "USING fts5(" in statement)
        connection.execute(create)
        connection.execute("CREATE VIRTUAL TABLE words USING fts5vocab(article_search, instance)")
        rows = [(fold(text),) for text in texts]
        connection.executemany("INSERT INTO article_search (body) VALUES (?)", rows)
        return [term for (term,) in connection.execute("SELECT term FROM words ORDER BY doc")]


ANY = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    "aé\u0301άёйأﬁﬃ习近ｶﾞ한ᄒ\u1161\u11abßก\u0e35¶²½\u00ad\u200b\u0627\u064e ™" + "\ufdd0"
)


@given(ANY)
def test_each_folded_character_comes_from_somewhere(text: str) -> None:
    places = offsets(text)
    assert len(places) == len(fold(text)) + 1
    assert places == sorted(places)
    assert places[-1] == len(text)
    assert all(0 <= place <= len(text) for place in places)


@pytest.mark.parametrize("text", ["ß\u09c7\u09be", "ß\u1025\u102e", "ﬁ\u0bc6\u0bbe"])
def test_vowel_signs_that_compose_keep_their_places(text: str) -> None:
    assert len(offsets(text)) == len(fold(text)) + 1


@pytest.mark.parametrize(
    ("text", "word"),
    [("край мой", "край"), ("한국 x", "한국"), ("οδού ﬁ", "οδού"), ("x of ﬁ", "ﬁ")],
)
def test_a_word_is_unfolded_with_its_last_accent(text: str, word: str) -> None:
    text, word = normalize("NFD", text), normalize("NFD", word)
    folded, wanted = fold(text), fold(word).strip()
    start = folded.index(wanted)
    begin, end = unfolded(offsets(text), start, start + len(wanted))
    assert text[begin:end] == word


@given(ANY)
def test_no_mark_and_no_paragraph_break_is_left(text: str) -> None:
    assert not set(fold(text)) & {"\ufdd0", "\ufdd1", "¶"}


@given(ANY)
@example("0\u1100\u00ad\u1161")
@example("e\u00ad\u0301\u200b\u0301x")
@example("\u03aa\u0300")
def test_folding_twice_finds_the_same_words(text: str) -> None:
    assert _words([text]) == _words([fold(text)])
