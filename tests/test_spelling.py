"""Did you mean: what a misspelt word is taken for, as a table."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import Archive
from archive.engines.sqlite import schema_revisions
from archive.engines.sqlite.terms import Terms
from archive.search import spelling
from archive.search.spelling import suggest

TEXTS = (
    "The government said that unemployment in Britain fell. Governments elsewhere took notice.",
    "Government bonds rose; the president of Microsoft spoke to Mr. Gorbachev about invasion.",
    "The Kremlin received the accommodation bill from Zelensky. Moscow, Moscow, Moscow!",
    "A bill on housing: houses are dear, he believes. Mortgage lenders were relieved.",
    "Ships from Odessa. The ship Mortar sailed on. Believe it or not, GOOG fell, Google rose.",
    "Café owners met in Zürich. The façade of the Straße was naïve. A billion, said the bank.",
    "Кремль объявил о визите. Сергей Лавров прибыл в Москву.",
    "习近平访问莫斯科，普京欢迎。 ภาษาไทย हिन्दी समाचार 서울",
    "The e-mail of the committee said 12345 committed crimes, and the bank held its banker.",
    "The bank of the Rhine. The band played on. Trade unions.",
)


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terms]:
    root = tmp_path_factory.mktemp("words")
    for number, text in enumerate(TEXTS):
        path = root / f"{number}.txt"
        path.write_text(f" date 2023-01-31\nNumber {number}\n{text}\n")
        os.utime(path, (1_600_000_000, 1_600_000_000))
    path = tmp_path_factory.mktemp("archive") / "a.db"
    with Archive(path) as archive:
        archive.ingest([root])
    with contextlib.closing(schema_revisions.open_for_reading(str(path))) as opened:
        yield Terms(opened)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        # one slip: dropped, put in, changed, changed over; at the beginning, within, at the end
        ("goverment", "government"),
        ("overnment", "government"),
        ("government's", None),
        ("unempoyment", "unemployment"),
        ("presidnet", "president"),
        ("persident", "president"),
        ("Microsft", "Microsoft"),
        ("mircosoft", "Microsoft"),
        ("Kermlin", "Kremlin"),
        ("remlin", "Kremlin"),
        ("Zelenskyy", "Zelensky"),
        ("gorbachov", "Gorbachev"),
        ("morgage", "Mortgage"),
        ("recieved", "received"),
        ("beleive", "Believe"),
        ("comittee", "committee"),
        ("Moskow", "Moscow"),
        ("MOSOCW", "Moscow"),
        # two slips, where the word is long enough
        ("acomodation", "accommodation"),
        ("gouvernement", "government"),
        ("Brittian", "Britain"),
        ("invvassion", "invasion"),
        ("bnak", "bank"),
        ("bnakk", None),
        # the commoner of equally near words
        ("banq", "bank"),
        # in any case and accent, and with accents
        ("Zurihc", "Zürich"),
        ("facadde", "façade"),
        ("naiive", "naïve"),
        ("Strasze", "Straße"),
        # other scripts
        ("Кремьл", "Кремль"),
        ("Серге", "Сергей"),
        ("Лавроов", "Лавров"),
        ("हिन्द", "हिन्दी"),
        # more than one word in one
        ("e-mial", "e-mail"),
        ("goverment bonts", "government bonds"),
        ("trade “unoins”", "trade “unions”"),
        # a word of which another form is held, which in quotes finds nothing
        ("invasions", "invasion"),
        # words that are held
        ("governments", None),
        ("MOSCOW", None),
        ("zurich", None),
        ("of", None),
        # nothing is near, or nothing to be near to
        ("xylophone", ()),
        ("qq", ()),
        ("99999", ()),
        ("习大大", ()),
        ("ภาษาลาว", ()),
        ("부산", ()),
        ("x" * 5000, ()),
        ("", None),
        ("'\" - …", None),
        ("\ud800", None),
        ("\0", None),
    ],
)  # fmt: skip
def test_suggests(terms: Terms, typed: str, first: str | tuple[()] | None) -> None:
    found = suggest(terms, [typed])
    if first is None:
        assert not found or not found[typed]
    elif not isinstance(first, str):
        assert found == {typed: ()}
    else:
        assert found[typed][0] == first


def test_at_most_so_many_each_of_another_term(terms: Terms) -> None:
    assert suggest(terms, ["banc"], most=2) == {"banc": ("bank", "band")}
    assert suggest(terms, ["banc"], most=1) == {"banc": ("bank",)}
    found = suggest(terms, ["governmint", "moscow", "shps"])
    assert list(found) == ["governmint", "shps"]
    assert "governments" not in str(found).lower()


def test_an_empty_archive_suggests_nothing(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path / "none"])
    with contextlib.closing(schema_revisions.open_for_reading(str(tmp_path / "a.db"))) as opened:
        assert suggest(Terms(opened), ["goverment", "x"]) == {"goverment": (), "x": ()}
    assert sorted(os.listdir(tmp_path)) == ["a.db", "none"]


def test_terms_that_begin_alike_are_looked_at_until_time_is_up(
    terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = dict(terms.between("mo", "mp"))
    assert len(every) > 1
    monkeypatch.setattr(spelling, "_SECONDS", 60)
    assert spelling._beginning_alike(terms, "moscwo") == (every, "mo")  # noqa: SLF001
    monkeypatch.setattr(spelling, "_SECONDS", -1)
    alike, covered = spelling._beginning_alike(terms, "moscwo")  # noqa: SLF001
    assert len(alike) == 1
    assert covered == "moscw"  # what was not seen to its end is not covered


@pytest.mark.parametrize("word", ["a", "ab", "abcd"])
def test_a_slip_puts_in_leaves_out_exchanges_or_swaps_a_letter_anywhere(word: str) -> None:
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    places = range(len(word))
    slips = (
        {word[:at] + letter + word[at:] for at in range(len(word) + 1) for letter in letters}
        | {word[:at] + letter + word[at + 1 :] for at in places for letter in letters}
        | {word[:at] + word[at + 1 :] for at in places}
        | {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places[:-1]}
    )
    assert set(spelling._one_slip(word)) == slips  # noqa: SLF001
