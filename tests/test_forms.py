"""The other ways to write words of a text, as a table."""

from __future__ import annotations

import pytest

from archive.query.acronyms import form_of
from archive.query.function_words import STOP_WORDS
from archive.text.acronyms import AMBIGUOUS, LONGEST, SHORTEST
from archive.text.folding import fold
from archive.text.forms import MARK, forms

FORMS = [
    ("The U.S. envoy of U.K.", "uk us"),
    ("U.S.-led, pro-U.S., U.S.S.R.", "prous us usled ussr"),
    ("G-7, COVID-19, e-mail, C-3PO", "c3po covid19 email g7"),
    ("1,250 of 12,345,678; 1,250.50, 1,25, 3.5 and 1990-91", "12345678 1250"),
    ("state-of-the-art", "ofthe oftheart stateof stateofthe stateoftheart theart"),
    ("J.P. Morgan, Ph.D., BA.N and BAC.N; the end.The start", "jp phd"),
    ("us and US and IT", "it us"),
    ("US AND IT", None),
    ("at 5 a.m. it's us", None),
    ("«US» and (US)", "us"),
    ("café-bar, l'état", "cafébar"),
    ("plain words, and a dash - here", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_the_other_forms_of_words(text: str, expected: str | None) -> None:
    found = forms([fold(text)])
    assert (" ".join(sorted(found.split())) if found else None) == expected


def test_no_text_holds_the_mark() -> None:
    assert MARK not in fold(f"{MARK}us")


def test_ambiguous_acronyms_are_the_short_function_words() -> None:
    words = {word.upper() for word in STOP_WORDS if word.isalpha()}
    assert {word for word in words if SHORTEST <= len(word) <= LONGEST} == AMBIGUOUS


def test_a_long_word_of_many_parts_has_few_forms() -> None:
    found = forms(["a1-" * 10_000 + "a"])
    assert found
    assert len(found) < 100


@pytest.mark.parametrize(
    ("words", "bare", "in_quotes"),
    [
        ("US", "capitals", "capitals"),
        ("U.S.", "capitals", "capitals"),
        ("(US", "capitals", "capitals"),
        ("US/", "capitals", "capitals"),
        ("US IT", "any", "capitals"),
        ("US Steel", "any", "capitals"),
        ("AIDS", "written", "written"),
        ("AIDS ", "written", "written"),
        ("AIDS virus", "any", "written"),
        ("us", "any", "written"),
        ("A", "any", "written"),
        ("ABCDEF", "any", "written"),
    ],
)
def test_acronyms_are_sought_as_written_and_some_in_capitals(
    words: str, bare: str, in_quotes: str
) -> None:
    assert form_of(words, quoted=False, acronyms=True) == bare
    assert form_of(words, quoted=True, acronyms=True) == in_quotes
    assert form_of(words, quoted=False, acronyms=False) == "any"
    assert form_of(words, quoted=True, acronyms=False) == "written"
