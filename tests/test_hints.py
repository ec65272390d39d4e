"""What is said of a query that may have meant something else."""

from __future__ import annotations

import pytest

from archive.query.fields import FIELDS
from archive.query.hints import lost_quotes, near_misses
from archive.query.scanner import scan

EIGHT = "or b c d e f g"
OR = "'or' is searched as a word: for articles with either write OR"
NEAR = "'near' is searched as a word: for words close by write NEAR/5"
NOT = "'not' is searched as a word: to leave articles out write -word or NOT"
JOKER = "* stands at the end of a word alone, and ? for nothing"


def close(word: str, distance: int) -> str:
    return f"'{word}' is searched as a word: for words close by write NEAR/{distance}"


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("a b", []),
        ("a && b", ["'&&' is passed over: all words must occur anyway; AND says so"]),
        ("a & b", ["'&' is passed over: all words must occur anyway; AND says so"]),
        ("a || b", ["'||' is passed over: for articles with either write OR"]),
        ("a | b", ["'|' is passed over: for articles with either write OR"]),
        ("a !b", ["'!' is passed over: to leave articles out write -b"]),
        ("a !", []),
        ("a near/5 b", [close("near/5", 5)]),
        ("a within/3 b", [close("within/3", 3)]),
        ("a w/12 b", [close("w/12", 12)]),
        ("a adj4 b", [close("adj4", 4)]),
        ("a w/1234 b", []),
        ('"a b" ~7', ["'~7' is searched as a word: for words close by write a NEAR/7 b"]),
        ("wom*n", [f"'wom*n': {JOKER}"]),
        ("wom?n", [f"'wom?n': {JOKER}"]),
        ("wom*", []),
        ("why?", []),
        ("a or b", [OR]),
        ("or b", []),
        ("a or", []),
        (f"a {EIGHT}", [OR]),
        (f"a {EIGHT} h", []),
        ("(a or b)", [OR]),
        ('a "or" b', []),
        ("a near b", [NEAR]),
        ("a not b", [NOT]),
        ("a b not c", [NOT]),
        ("a b not c d", []),
        ("a b c and not d e", [NOT]),
        ("not a b", []),
        ("a or b not c or d", [OR]),
        ("a or b or c", [OR]),
        ("http://x.example/a", []),
        ("title:x", []),
    ],
)  # fmt: skip
def test_what_looks_like_an_operator_and_is_none_is_pointed_out(
    query: str, lines: list[str]
) -> None:
    assert near_misses(scan(query)) == lines


def test_a_field_that_there_is_not_lists_those_there_are() -> None:
    known = ", ".join(f"{name}:" for name in FIELDS)
    (line,) = near_misses(scan("section:world"))
    assert line == f"there is no field 'section:': it is searched as a word; fields are {known}"


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["state visit", "moscow"], '"state visit"'),
        (["moscow", "state visit"], '"state visit"'),
        (["state visit"], None),
        (["title:state visit"], 'title:"state visit"'),
        (["Title:state visit"], 'Title:"state visit"'),
        (["xi title:state visit"], None),
        (["xi title:state visit", "moscow"], 'xi title:"state visit"'),
        (["title:visit", "moscow"], None),
        (["note:state visit"], None),
        (["a:b state visit", "x"], '"a:b state visit"'),
        (['"state visit"', "x"], None),
        (["state OR visit", "x"], None),
        (["state NEAR visit", "x"], None),
        (["state -visit", "x"], None),
        (["(state visit)", "x"], None),
        (["„state visit", "x"], None),
        (["state ", "visit"], None),
        (["state", "visit"], None),
        ([], None),
    ],
)
def test_quotes_that_the_shell_took_are_pointed_out(
    arguments: list[str], phrase: str | None
) -> None:
    said = phrase and f"the shell has taken the quotes: for a phrase write '{phrase}'"
    assert lost_quotes(arguments) == said
