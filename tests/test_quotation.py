"""Checked quotations: what is found, what must not be, and what is shown of the difference."""

from __future__ import annotations

import json
import os
import random
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive
from archive.errors import UsageError
from archive.questions import likely
from archive.questions.quotation import CLOSE_SHARE, CLOSE_WORDS, LONGEST
from archive.text.alignment import align

if TYPE_CHECKING:
    from conftest import Cli

# --- alignment, against the textbook ---

WORDS = st.lists(st.sampled_from("abcd"), max_size=14)


def _distance(sought: list[str], text: list[str]) -> int:
    """The fewest edits that make `sought` of any stretch of `text` (Sellers 1980), cell by cell."""
    row = [0] * (len(text) + 1)
    for number, word in enumerate(sought, 1):
        below = [number]
        for at, other in enumerate(text, 1):
            below.append(min(row[at - 1] + (word != other), row[at] + 1, below[at - 1] + 1))
        row = below
    return min(row)


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=9), WORDS, st.booleans())
def test_no_place_has_fewer_edits(sought: list[str], text: list[str], last: bool) -> None:
    found = align(sought, text, last=last)
    assert found.edits == _distance(sought, text)
    changed = [(a, b) for a, b in found.steps if a is None or b is None or text[a] != sought[b]]
    assert len(changed) == found.edits
    assert [b for _, b in found.steps if b is not None] == list(range(len(sought)))
    assert [a for a, _ in found.steps if a is not None] == list(range(found.start, found.end))


@pytest.mark.parametrize(
    ("sought", "text", "last", "place"),
    [
        ("b c", "a b c d b c", False, (0, 1, 3)),
        ("b c", "a b c d b c", True, (0, 4, 6)),
        ("a b x", "0 a b y 0", False, (1, 1, 4)),
        ("x b c", "0 y b c 0", False, (1, 1, 4)),
        ("a b c", "a 0 b c", False, (1, 0, 4)),
        ("a b c", "", False, (3, 0, 0)),
    ],
)
def test_of_equal_places(sought: str, text: str, last: bool, place: tuple[int, int, int]) -> None:
    found = align(sought.split(), text.split(), last=last)
    assert (found.edits, found.start, found.end) == place


# --- what is found ---

LONG = " ".join(f"{word}{number}" for number, word in enumerate(
    random.Random(7).choices(["market", "price", "growth", "oil", "the", "of", "bank", "said", "year"], k=600)  # noqa: S311
))  # fmt: skip
CURRENT = {
    "1": "State visit\n"
    "The Chinese president will travel to Moscow on Friday for a state visit, officials said.\n"
    "“We don’t expect a breakthrough,” a senior aide told reporters before the talks began.\n"
    "Both sides agreed to meet again in the spring.\n",
    "2": "Shares in Alpha rose\n"
    "Shares of Alpha Corp rose 3.6 percent on Friday after it posted a profit of $30 million.\n"
    "It was on the same day that the minister of finance of the country had to leave.\n",
    "3": "习近平访问莫斯科\n中国国家主席习近平星期一抵达莫斯科，对俄罗斯进行国事访问。\n双方签署了联合声明。\n",
    "4": "昨日のニュース\n首相は記者会見で、来年度の予算案について説明した。\n",
    "5": f"Long\n{LONG}\n",
    "6": "Changed\nThe second wording of this statement replaced what stood here before today.\n"
    "An untouched paragraph stays as it was.\n",
    "7": "हिन्दी\nप्रधानमंत्री ने सोमवार को नई दिल्ली में संसद को संबोधित किया।\n",
    "8": "Wire copy\nBoth sides agreed to meet again in the spring.\n",
}
FIRST = {
    "6": "Original\nThe first wording of this statement held a secret that nobody was to read.\n"
    "An untouched paragraph stays as it was.\n"
}


@pytest.fixture(scope="module")
def quotes(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("quotes")
    path = str(root / "q.db")
    for later, texts in enumerate(({**CURRENT, **FIRST}, CURRENT)):
        for number, text in texts.items():
            file = root / f"{number}.txt"
            file.write_text(f" date 2023-01-{20 - int(number):02} World\n{text}", encoding="utf-8")
            os.utime(file, (1_600_000_000 + later, 1_600_000_000 + later))
        with Archive(path) as archive:
            archive.ingest([root])
    return path


EXACT, CLOSE = True, False
TABLE = [
    # exact, but for case, quote marks, accents, punctuation
    ("We don't expect a breakthrough", "1:2", EXACT),
    ("“WE DON’T EXPECT A BREAKTHROUGH”", "1:2", EXACT),
    ("the Chinese president, will travel; to Moscow", "1:1", EXACT),
    ("for a state visit", "1:1", EXACT),
    ("state", "1", EXACT),
    ("profit of $30 million", "2:1", EXACT),
    ("rose 3.6 percent", "2:1", EXACT),
    ("Shares in Alpha rose", "2", EXACT),
    # the oldest of several
    ("Both sides agreed to meet again in the spring.", "8:1", EXACT),
    # across paragraphs
    ("officials said. “We don’t expect a breakthrough", "1:1-2", EXACT),
    ("before the talks began. Both sides agreed", "1:2-3", EXACT),
    ("began Both", "1:2-3", EXACT),
    ("leave", "2:2", EXACT),
    # words left out
    ("The Chinese president [...] for a state visit", "1:1", EXACT),
    ("The Chinese president … told reporters ... in the spring", "1:1-3", EXACT),
    ("the minister (...) had to leave", "2:2", EXACT),
    ("... travel to Moscow ...", "1:1", EXACT),
    # a few words differ
    ("The Chinese leader will travel to Moscow on Friday", "1:1", CLOSE),
    ("The Chinese president will soon travel to Moscow on Friday", "1:1", CLOSE),
    ("The president will travel to Moscow on Friday", "1:1", CLOSE),
    ("Shares of Alpha Corp fell 3.6 percent on Friday after it posted a loss", "2:1", CLOSE),
    ("it was at the same day that the minister of finance", "2:2", CLOSE),
    ("We did not expect a breakthrough, a senior aide told reporters", "1:2", CLOSE),
    ("The Chinese leader [...] for a state visit, officials said", "1:1", CLOSE),
    # no spaces between words
    ("习近平星期一抵达莫斯科", "3:1", EXACT),
    ("習近平", None, None),
    ("习近平星期二抵达莫斯科", "3:1", CLOSE),
    ("国事访问。双方签署了", "3:1-2", EXACT),
    ("来年度の予算案について", "4:1", EXACT),
    ("來年度の予算案について説明した", "4:1", CLOSE),
    ("सोमवार को नई दिल्ली में", "7:1", EXACT),
    ("सोमवार को नया दिल्ली में संसद", "7:1", CLOSE),
    # replaced versions
    ("held a secret that nobody was to read", "6@1:1", EXACT),
    ("held a secret that nobody was ever to read", "6@1:1", CLOSE),
    ("an untouched paragraph stays as it was", "6:2", EXACT),
    ("this statement replaced what stood here", "6:1", EXACT),
    ("Original", "6@1", EXACT),
    # long
    (LONG, "5:1", EXACT),
    (" ".join(LONG.split()[50:550]), "5:1", EXACT),
    (" ".join(w if n % 8 else "changed" for n, w in enumerate(LONG.split()[50:550])), "5:1", CLOSE),
    (" ".join([*LONG.split()[:100], "[...]", *LONG.split()[400:]]), "5:1", EXACT),
    # near misses
    ("for a state dinner", None, None),
    ("The Chinese president will visit Berlin on Sunday", None, None),
    ("Shares of Omega Corp rose 4.1 percent on Monday after it", None, None),
    ("rose 3.7 percent", None, None),
    ("We expect a breakthrough", None, None),
    ("breakthrough a expect don't We", None, None),
    ("the president of the country", None, None),
    ("told reporters ... The Chinese president will travel to", None, None),
    ("it rains cats and dogs in the middle of nowhere", None, None),
    (" ".join(w if n % 3 else "changed" for n, w in enumerate(LONG.split()[50:550])), None, None),
    ("zzzz", None, None),
    ("星期天习近平抵达北京", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "citation", "exact"), TABLE, ids=[row[0][:40] for row in TABLE])
def test_table(quotes: str, text: str, citation: str | None, exact: bool | None) -> None:
    with Archive(quotes) as archive:
        found = archive.quote(text)
    if citation is None:
        assert not found
        return
    best = found[0]
    assert (best.citation, best.exact) == (citation, exact)
    assert all(place.exact == exact for place in found)
    assert exact or (best.share >= CLOSE_SHARE and best.agreeing >= CLOSE_WORDS)


@pytest.mark.parametrize("text", [text for text, citation, _ in TABLE if citation])
def test_pieces_give_both_texts(quotes: str, text: str) -> None:
    def words(text: str) -> str:
        return re.sub(r"[\W_]+", "", text).lower()

    with Archive(quotes) as archive:
        best = archive.quote(text)[0]
        versions = [archive.article(best.article_id, best.version).article]
    source = words(versions[0].title + "".join(versions[0].paragraphs))
    there = [words(part) for part in "".join(t for k, t in best.pieces if k != "+").split("[…]")]
    assert all(part in source for part in there)
    quoted = words("".join(t for k, t in best.pieces if k != "-"))
    assert quoted == words(text) or re.search("[’']|[\u0900-\u097f]", text)


SIGNS = (
    "The company made $5 million in profit, up 5% on the year.\n"
    "Sales fell -0.5 percent and we can't recover, he said; a share costs $.50 or 30 € (£9m)\n"
    "It gained 3.5 points from 2019-20 to 5%-6% of COVID-19 cases, ₺ 7 and more.\n"
)


@pytest.fixture(scope="module")
def signs(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("signs")
    (root / "a.txt").write_text(f" date 2023-01-31\nResults\n{SIGNS}", encoding="utf-8")
    with Archive(root / "a.db") as archive:
        archive.ingest([root])
    return str(root / "a.db")


@pytest.mark.parametrize(
    ("text", "differs"),
    [
        # quote marks, case, points, width and the form of a sign are free
        ("the company “made $5 million” in profit!", []),
        ("made $ 5 million", []),
        ("made $5 million", []),
        ("UP 5 % on the year", []),
        ("Sales fell −0.5 percent", []),
        ("fell –0.5 percent", []),
        ("Sales fell -0.5 percent? And we can’t recover!", []),
        ("30€ (£ 9m)", []),
        ("₺ 7 and", []),
        ("from 2019–20 to 5%–6% of COVID‑19 cases", []),
        # currency
        ("The company made £5 million in profit", ["$5", "£5"]),
        ("The company made 5 million in profit", ["$5", "5"]),
        ("made 5 million", ["$5", "5"]),
        ("30 € ($9m)", ["£9m", "$9m"]),
        ("or 30 $ (£9m)", ["30 €", "30 $"]),
        # sign
        ("The company made -$5 million", ["$5", "-$5"]),
        ("The company made $-5 million", ["$5", "$-5"]),
        ("The company made -€5 million in profit", ["$5", "-€5"]),
        ("Sales fell 0.5 percent", ["-0.5", "0.5"]),
        ("Sales fell +0.5 percent", ["-0.5", "+0.5"]),
        # percent
        ("up 5 on the year", ["5%", "5"]),
        ("up 5‰ on the year", ["5%", "5‰"]),
        # apostrophe
        ("we cant recover", ["can't", "cant"]),
        # point
        ("a share costs $50 or 30 €", ["$.50", "$50"]),
        ("share costs $50", None),
        ("It gained 5 points from", None),
        ("It gained 35 points from", None),
        ("It gained 5 points from 2019-20 to 5%-6%", ["3.5", "5"]),
    ],
)
def test_a_number_counts_with_its_signs_and_a_word_with_its_apostrophe(
    signs: str, text: str, differs: list[str] | None
) -> None:
    with Archive(signs) as archive:
        found = archive.quote(text)
    if differs is None:
        assert not found
        return
    (place,) = found
    assert [piece.strip(" ()") for kind, piece in place.pieces if kind != "="] == differs
    assert place.exact == (not differs)
    assert place.agreeing == place.words - len(differs) // 2


def test_an_exact_place_comes_before_one_with_another_sign(tmp_path: Path) -> None:
    for number in range(120):
        text = "It rose 5 percent." if number == 110 else f"It rose {number % 3 + 1}.5 percent."
        day = f"2023-{1 + number // 28:02}-{1 + number % 28:02}"
        text += " A fee of £5 or $5 is due." if number in {7, 9} else " A fee of £5 is due."
        (tmp_path / f"{number}.txt").write_text(f" date {day}\nT {number}\n{text}\n")
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path])
        assert [place.title for place in archive.quote("5 percent")] == ["T 110"]
        assert [place.title for place in archive.quote("$5 is due")] == ["T 7", "T 9"]


def test_all_places_with_the_exact_words_the_oldest_first(quotes: str) -> None:
    with Archive(quotes) as archive:
        found = archive.quote("both sides agreed to meet again in the spring", limit=10)
        assert [place.citation for place in found] == ["8:1", "1:3"]
        assert len(archive.quote("both sides agreed", limit=1)) == 1


def test_random_quotations_are_found_again(quotes: str) -> None:
    chance = random.Random(11)  # noqa: S311 - the same in every run
    words = LONG.split()
    with Archive(quotes) as archive:
        for _ in range(25):
            size = chance.randint(8, 80)
            start = chance.randrange(len(words) - size)
            taken = words[start : start + size]
            for at in chance.sample(range(size), size // 5):
                taken[at] = chance.choice(["one", "two", chance.choice(words)])
            (best,) = archive.quote(" ".join(taken))
            assert best.citation == "5:1"
            assert best.agreeing >= size - size // 5


def test_the_exact_words_are_found_behind_many_other_forms_of_them(tmp_path: Path) -> None:
    for number in range(60):
        text = "The companies said so." if number == 50 else "The company says so."
        day = f"2023-{1 + number // 28:02}-{1 + number % 28:02}"
        (tmp_path / f"{99 - number}.txt").write_text(f" date {day}\nT {number}\n{text}\n")
    with Archive(tmp_path / "a.db") as archive:
        assert archive.ingest([tmp_path]).new == 60
        (found,) = archive.quote("the companies said")
        assert found.title == "T 50"
        assert [place.title for place in archive.quote("the company says")] == ["T 0", "T 1", "T 2"]
        assert archive.quote("the companies say") == ()


@pytest.mark.parametrize(
    "text",
    ["the of said " * 1600, "国" * 19_000, "of the ... " * 1800, "a " * 9_000, "Mr… " * 4000],
)
def test_odd_quotations_end_soon(quotes: str, text: str) -> None:
    began = time.perf_counter()
    with Archive(quotes) as archive:
        archive.quote(text)
    assert time.perf_counter() - began < 10


def test_mistakes_from_python(quotes: str) -> None:
    with Archive(quotes) as archive:
        for text in ("", " ... ", "“”", "[...]", "\0"):
            with pytest.raises(UsageError, match="holds no words"):
                archive.quote(text)
        with pytest.raises(UsageError, match="at most 20,000"):
            archive.quote("x" * (LONGEST + 1))
        assert archive.quote("x " * (LONGEST // 2)) == ()
        assert archive.quote('" OR * NEAR( \0 col: ^') == ()


# --- the command ---


def test_an_exact_and_a_close_quotation(cli: Cli, quotes: str) -> None:
    shown = cli("quote", "travel to MOSCOW on Friday", "--db", quotes)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == (
        "1:1  2023-01-19  World  State visit\n"
        "    exact: all 5 words agree\n"
        "    travel to Moscow on Friday\n"
    )
    shown = cli(
        "quote",
        "-",
        "--db",
        quotes,
        input_="The leader will travel to Moscow on Friday ... visit\n",
    )
    assert shown.stdout == (
        "1:1  2023-01-19  World  State visit\n"
        "    close: 8 of 10 words agree (80%)\n"
        "    The [-Chinese president -]{+leader +}will travel to Moscow on Friday […] visit,\n"
    )  # fmt: skip


def test_an_earlier_version_is_cited_as_such(cli: Cli, quotes: str) -> None:
    shown = cli("quote", "held a secret", "--db", quotes).stdout
    cited, rest = shown.split("  ", 1)
    assert rest.startswith("2023-01-14  World  Original\n")
    assert "held a secret" in cli("show", cited, "--db", quotes).stdout


def test_json(cli: Cli, quotes: str) -> None:
    shown = cli("quote", "The Chinese leader will travel to Moscow", "--json", "--db", quotes)
    assert json.loads(shown.stdout) == {
        "cite": "1:1", "exact": False, "share": 0.8571, "agreeing": 6, "words": 7, "id": 1,
        "version": None, "date": "2023-01-19", "category": "World", "title": "State visit",
        "pieces": [["=", "The Chinese "], ["-", "president "], ["+", "leader "],
                   ["=", "will travel to Moscow"]],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("it rains cats and dogs", 1, "archive: nothing comes close to this quotation\n"),
        ("...", 2, "archive: the quotation holds no words\n"),
        ("x" * 20_001, 2, "archive: a quotation of 20,001 characters: give at most 20,000\n"),
    ],
)
def test_mistakes(cli: Cli, quotes: str, text: str, code: int, message: str) -> None:
    result = cli("quote", text, "--db", quotes)
    assert (result.returncode, result.stdout, result.stderr) == (code, "", message)


def test_input_that_is_no_utf8(cli: Cli, quotes: str) -> None:
    result = cli("quote", "-", "--db", quotes, input_="travel to Moscow\udcff on Friday")
    assert (result.returncode, result.stderr) == (0, "")


def test_hostile_text_is_inert(cli: Cli, db: str) -> None:
    for form in ([], ["--json"]):
        shown = cli("quote", "a 52 z eA title trick", *form, "--db", db)
        assert shown.returncode == 0
        assert "52;z" in shown.stdout
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown.stdout)


# --- long articles, of which only some passages are compared ---

_VOCABULARY = ["the", "star", "Can't", "3.5", "market", "of", "Élan", "fell", "-$5", "zoo."]


def _texts_to_quote(chance: random.Random, count: int) -> list[str]:
    return [" ".join(chance.choices(_VOCABULARY, k=chance.randrange(1, 40))) for _ in range(count)]


@pytest.mark.parametrize("seed", range(25))
def test_a_long_article_is_quoted_as_a_short_one(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # noqa: S311
    paragraphs = _texts_to_quote(chance, 30)
    file = tmp_path / "1.txt"
    file.write_text("\n".join([" date 2023-01-31", "A title", *paragraphs, ""]), encoding="utf-8")
    words = " ".join(paragraphs).split()
    with Archive(tmp_path / "archive.db") as archive:
        archive.ingest([file])
        for _ in range(12):
            at, length = chance.randrange(len(words) - 20), chance.randrange(1, 20)
            quoted = words[at : at + length]
            for _ in range(chance.randrange(3)):
                quoted[chance.randrange(length)] = chance.choice([*_VOCABULARY, "zebra"])
            text = " ".join(quoted[: length // 2] + ["..."] * (at % 2) + quoted[length // 2 :])
            whole = archive.quote(text)
            with monkeypatch.context() as long:
                long.setattr(likely, "LONG", 0)
                long.setattr(likely, "_PIECE", 25)
                assert archive.quote(text) == whole, text


def test_of_many_passages_that_hold_common_words_those_with_the_phrase_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = ["the zoo fell and a star of the market fell"] * 200
    file = tmp_path / "1.txt"
    lines = [" date 2023-01-31", "A title", *others, "so the star fell", *others, ""]
    file.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(likely, "LONG", 0)
    monkeypatch.setattr(likely, "MOST", 500)
    with Archive(tmp_path / "archive.db") as archive:
        archive.ingest([file])
        assert [place.citation for place in archive.quote("the star fell")] == ["1:201"]
