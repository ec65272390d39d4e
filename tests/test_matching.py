"""What in a text is evidence for a query, as tables; and the same found by a plain scan."""

from __future__ import annotations

import random
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import cache

import pytest

from archive.engines.sqlite.connection import TOKENIZER
from archive.engines.sqlite.match import term
from archive.engines.sqlite.tokenizer import forms
from archive.query.matching import Matcher
from archive.query.nodes import And, Form, Near, Node, Not, Or, Paragraph, Text
from archive.query.occurrences import Finder
from archive.query.parser import parse
from archive.text import searched as searched_text
from archive.text.searched import Searched
from archive.text.words import has_words


def _marked(query: str | Node, text: str, form: Form = "any", *, title: bool = False) -> str:
    """The text with the evidence in brackets."""
    tree = _as(parse(query), form) if isinstance(query, str) else query
    matcher = Matcher(tree, forms)
    spans = matcher.title(text) if title else matcher.paragraph(text)
    for start, end, _ in reversed(spans):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


def _as(node: Node, form: Form) -> Node:
    """A tree whose words are of this form."""
    match node:
        case Text():
            return replace(node, form=form)
        case Near():
            left, right = (tuple(replace(text, form=form) for text in side)
                           for side in (node.left, node.right))  # fmt: skip
            return Near(left, right, node.distance, node.ordered)
        case Paragraph():
            return Paragraph(_as(node.item, form))
        case Not():
            return Not(_as(node.item, form))
        case And() | Or():
            return type(node)(tuple(_as(item, form) for item in node.items))
        case _:
            return node


ANY = [
    ("visit", "He visits, visited and revisits a visitor.", "He [visits], [visited] and revisits a visitor."),
    ("happy", "Happiness, happier, HAPPY", "[Happiness], happier, [HAPPY]"),
    ("relational hopping", "relate; relations; hop", "[relate]; [relations]; [hop]"),
    ("elan", "l’élan, E\u0301lans", "l’[élan], [E\u0301lans]"),
    ("office", "the oﬃces of Office‐X", "the [oﬃces] of [Office]‐X"),
    ("Straße", "in der STRASSE", "in der [STRASSE]"),
    ("习近平", "今天习近平说", "今天[习近平]说"),
    ("don't", "Don’t! don t", "[Don’t]! [don t]"),
    ("UK", "UK, U.K. and u.k.-led; duke", "[UK], [U.K]. and [u.k].-led; duke"),
    ("U.K.", "UK, U.K. and U. K.", "[UK], [U.K]. and [U. K]."),
    ("G7", "G-7, G7 and G 7", "[G-7], [G7] and G 7"),
    ("G-7", "G-7, G7 and G 7", "[G-7], [G7] and [G 7]"),
    ("COVID19", "COVID-19-related", "[COVID-19]-related"),
    ("email", "e-mails and e‑mail", "[e-mails] and [e‑mail]"),
    ("1250", "1,250 or 1250, not 1,2503", "[1,250] or [1250], not 1,2503"),
    ("1,250", "1,250 or 1250", "[1,250] or [1250]"),
    ('"state visit"', "State visits; the state, visited. Visit state", "[State visits]; the [state, visited]. Visit state"),
    ('"the U.S. army"', "the US Army of The U.S. army", "[the US Army] of [The U.S. army]"),
    ('"a a"', "a a a", "[a a a]"),
    ("xi NEAR/1 putin", "xi met putin; xi and never putin", "[xi] met [putin]; [xi] and never putin"),
    ("xi ADJ/1 putin", "putin, xi met putin", "putin, [xi] met [putin]"),
    ("xi NEAR/3 (putin OR moscow)", "xi in moscow. One two three four putin", "[xi] in [moscow]. One two three four putin"),
    ("para:(xi putin)", "xi and putin", "[xi] and [putin]"),
    ("para:(xi putin)", "xi alone", "xi alone"),
    ("para:(xi NOT putin)", "xi and putin", "xi and putin"),
    ("para:(xi NOT putin)", "xi alone", "[xi] alone"),
    ("xi -putin", "xi and putin", "[xi] and putin"),
    ("xi OR moscow", "xi, moscow", "[xi], [moscow]"),
    ("title:visit", "a visit", "a visit"),
    ("invad*", "invading invaders invoke", "[invading] [invaders] invoke"),
    ("a", "", ""),
]  # fmt: skip

WRITTEN = [
    ("visit", "He visits a VISIT.", "He visits a [VISIT]."),
    ("news", "new news, News-agency", "new [news], [News]-agency"),
    ("governmen*", "Governments govern", "[Governments] govern"),
    ("café", "Cafe, cafés", "[Cafe], cafés"),
    ('"5 percent"', "3.5 percent, 5 percent, 25 percent; 5, percent", "3.5 percent, [5 percent], 25 percent; [5, percent]"),
    ('"5 million"', "25 million or $5 million", "25 million or $[5 million]"),
    ('"$5 million"', "5 million, $5 million, ＄5 million, $ 5 million, $15 million", "5 million, [$5 million], [＄5 million], [$ 5 million], $15 million"),
    ('"5%"', "5 percent, 5%, 5 %, 15%, 2.5%", "5 percent, [5%], [5 %], 15%, 2.5%"),
    ('"3.5"', "3.5, 3,5, 3 5, 13.5 and 3.50", "[3.5], 3,5, 3 5, 13.5 and 3.50"),
    ('"1250"', "1,250; 1250; 1,250.5; 11,250; 1,250,000", "[1,250]; [1250]; 1,250.5; 11,250; 1,250,000"),
    ('"1,250.50"', "1250.50 and $1,250.50.", "[1250.50] and $[1,250.50]."),
    ('"5 percent"', "up .5 percent, or (.5 percent) at the end.5 percent", "up .5 percent, or (.5 percent) at the end.[5 percent]"),
    ('".5 percent"', "up .5 percent, 5 percent, 2.5 percent", "up .[5 percent], 5 percent, 2.5 percent"),
    ('"élan-3,5"', "élan-3,5 at élan-3", "[élan-3,5] at élan-3"),
    ('"1250.5"', "1,250.5 and 1250", "[1,250.5] and 1250"),
    ("ban", "BA.N rose; a ban. Ban", "BA.N rose; a [ban]. [Ban]"),
    ("sled", "a U.S.-led sled", "a U.S.-led [sled]"),
    ("ussr", "U.S.S.R.-led", "[U.S.S.R].-led"),
    ("ssr", "U.S.S.R., S.S.R.", "U.S.S.R., [S.S.R]."),
    ("phd", "a Ph.D. and a PhD", "a [Ph.D]. and a [PhD]"),
    ("it", "i-t, it", "i-t, [it]"),
    ('"20*"', "2023, 20th, 120", "[2023], [20th], 120"),
    ('"G-7"', "G-7, G7", "[G-7], [G7]"),
    ('"5th"', "5th, 15th", "[5th], 15th"),
]  # fmt: skip

CAPITALS = [
    ("US", "US and U.S. let us use it", "[US] and [U.S]. let us use it"),
    ("US", "THE US MET US", "THE US MET US"),
    ("US", "THE U.S. MET US", "THE [U.S]. MET US"),
    ("US", "let us, u.s.", "let us, u.s."),
    ("US", "the U.S.S.R. and the U.S. and US-led", "the U.S.S.R. and the [U.S]. and [US]-led"),
    ("WHO", "The WHO, who? Who!", "The [WHO], who? Who!"),
    ('"the US"', "the US; The us", "[the US]; The us"),
]


@pytest.mark.parametrize(("query", "text", "marked"), ANY)
def test_bare_words_and_operators(query: str, text: str, marked: str) -> None:
    assert _marked(query, text) == marked


@pytest.mark.parametrize(("query", "text", "marked"), WRITTEN)
def test_words_as_written(query: str, text: str, marked: str) -> None:
    assert _marked(query, text, "written") == marked


@pytest.mark.parametrize(("query", "text", "marked"), CAPITALS)
def test_words_in_capitals(query: str, text: str, marked: str) -> None:
    assert _marked(query, text, "capitals") == marked


def test_a_title_has_the_words_of_the_title_and_no_paragraph() -> None:
    assert _marked("title:visit xi", "Xi’s visit", title=True) == "[Xi]’s [visit]"
    assert _marked("para:visit xi", "Xi’s visit", title=True) == "[Xi]’s visit"


def test_a_place_names_all_words_that_it_is() -> None:
    matcher = Matcher(parse('"state visit" visit moscow'), forms)
    assert matcher.texts == (Text("state visit", form="written"), Text("visit"), Text("moscow"))
    assert matcher.paragraph("a state visit") == ((2, 13, frozenset({0, 1})),)


def test_places_in_a_long_text_are_those_of_the_text_as_written() -> None:
    text = "Der Spaß in der Straße, ﬁn. " * 2000
    assert [text[a:b] for a, b, _ in Matcher(parse("strasse"), forms).paragraph(text)] == [
        "Straße"
    ] * 2000
    text = "今天，习近平说。" * 3000
    assert [text[a:b] for a, b, _ in Matcher(parse("习近平"), forms).paragraph(text)] == [
        "习近平"
    ] * 3000


# The plain scan: every word of a text, compared one by one.


@cache
def _form(word: str, form: Form) -> str:
    full, stem = forms([word])[0]
    return stem if form == "any" else full


def _scan(text: Text, written: str) -> list[tuple[int, int]]:
    """Where a word or phrase without dots, hyphens and digits stands in a text of ASCII."""
    sought = [_form(word, text.form) for word in re.findall("[A-Za-z]+", text.words)]
    places = [(m[0], *m.span()) for m in re.finditer("[A-Za-z0-9]+", written)]
    found = []
    for at in range(len(places) - len(sought) + 1):
        here = [_form(word, text.form) for word, _, _ in places[at : at + len(sought)]]
        last = here[-1].startswith(sought[-1]) if text.prefix else here[-1] == sought[-1]
        if here[:-1] == sought[:-1] and last:
            found.append((places[at][1], places[at + len(sought) - 1][2]))
    return found


STEMS = [
    "relat",
    "hop",
    "nation",
    "conform",
    "sensib",
    "durab",
    "trouble",
    "happ",
    "pon",
    "gener",
    "oper",
    "commun",
    "tak",
    "ti",
    "fall",
    "fly",
    "di",
]
ENDINGS = ("", *["s", "es", "ed", "ing", "ings", "y", "ies", "ied", "ation", "ational", "ator", "ability", "ibility", "ably", "ize", "ization", "izer", "iveness", "ful", "fulness", "ness", "ment", "ous", "ously", "ence", "ency", "ance", "ancy", "al", "ally", "ical", "icate", "ion", "er", "or", "e", "le"])  # fmt: skip


def test_the_same_as_a_plain_scan() -> None:
    chosen = random.Random(11)  # noqa: S311 - the same in every run
    words = [stem + ending for stem in STEMS for ending in ENDINGS]

    def some(most: int) -> list[str]:
        return [chosen.choice(words) for _ in range(chosen.randint(1, most))]

    for _ in range(400):
        written = "".join(word + chosen.choice([" ", " ", ", ", ". ", "; "]) for word in some(60))
        form: Form = chosen.choice(["any", "written"])
        text = Text(" ".join(some(2)), prefix=chosen.random() < 0.2, form=form)
        if text.prefix:
            text = replace(text, words=text.words[: -chosen.randint(1, 3)])
        spans = Matcher(text, forms).paragraph(written)
        covered = {at for start, end, _ in spans for at in range(start, end)}
        assert covered == {at for start, end in _scan(text, written) for at in range(start, end)}


def _highlighted(folded: str, text: Text) -> set[int]:
    """The characters of a folded text that FTS5 itself marks for a word or phrase."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f'CREATE VIRTUAL TABLE t USING fts5(x, tokenize="{TOKENIZER}")')
        connection.execute("INSERT INTO t VALUES (?)", (folded,))
        sql = "SELECT highlight(t, 0, '\x01', '\x02') FROM t WHERE t MATCH ?"
        row = connection.execute(sql, (term(text),)).fetchone()
    marked, inside, at = set[int](), False, 0
    for character in row[0] if row else "":
        if character in "\x01\x02":
            inside = character == "\x01"
        else:
            marked |= {at} if inside else set()
            at += 1
    return marked


def test_the_same_as_the_index_marks_in_hostile_text() -> None:
    chosen = random.Random(13)  # noqa: S311 - the same in every run
    pieces = ["visit", "Visits", "VISITED", "vi", "é", "e\u0301", "É", "ﬁ", "fi", "习", "近", "平", "ß", "ss",
              "STRASSE", "İ", "i", "ı", "ไ", "ท", "\u0e31", "ｶﾞ", "ガ", "й", "й", "ё", "\u00ad", "\u200b",
              "5", "1", "½", "🙂", "😀", "\ufdd0", "¶", "\u0301", "'", "’", "_", "!", "(", "\x85"]  # fmt: skip
    spaced = [*pieces, *[" "] * 25]
    tried = 0
    while tried < 1000:
        written = "".join(chosen.choices(spaced, k=40))
        query = "".join(chosen.choices(spaced, k=chosen.randint(1, 5))).strip()
        if not has_words(query):
            continue
        tried += 1
        text = Text(query, prefix=chosen.random() < 0.2)
        searched = Searched(written)
        found = Finder([text], forms).find(searched)
        covered = {at for start, end, _ in found for at in range(start, end)}
        assert covered == _highlighted(searched.folded, text), (written, query)


def test_stems_begin_as_their_words_do() -> None:
    """What lets the matcher look for words by their first letters."""
    endings = [one + two for one in ENDINGS for two in ("", "s", "ly", "ing", "ed")]
    words = [stem + ending for stem in STEMS for ending in endings]
    stems = [stem for _, stem in forms(words)]
    different = [
        word
        for word, stem in zip(words, stems, strict=True)
        if not word.startswith(stem[: max(1, len(stem) - 1)])
    ]
    assert different == []


@pytest.mark.parametrize("piece", [1, 2, 5, 9])
def test_places_are_the_same_however_a_text_is_cut(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = "Große STRASSE ﬁnden, Visits ﬃ end"
    whole = Searched(written)
    monkeypatch.setattr(searched_text, "_PIECE", piece)
    cut = Searched(written)
    assert cut.folded == whole.folded
    size = len(whole.folded)
    places = [(start, end) for start in range(size) for end in range(start + 1, size + 1)]
    for place in places:
        assert cut.as_written([place]) == whole.as_written([place]), place
    assert cut.as_written(places) == whole.as_written(places)
