"""Concordances: every occurrence, in line with its neighbours whatever the script."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from archive import Archive
from archive.errors import QueryError, UsageError
from archive.render.cells import cells, head, pad, tail

if TYPE_CHECKING:
    from conftest import Cli


def _found(db: str, query: str, **given: str) -> list[tuple[str, str]]:
    sort = given.pop("sort", "date")
    with Archive(db) as archive:
        lines = archive.concordance(query, filters=given, sort=sort)
    return [(line.citation, line.key) for line in lines]


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("visit", [("3:3", "visit"), ("1", "visit"), ("1:2", "visit")]),
        ("visits moscow", [("1", "visit"), ("1", "Moscow"), ("1:1", "Moscow"), ("1:2", "visit")]),
        ('"state visit"', [("1", "state visit"), ("1:2", "state visit")]),
        ("inva*", [("2", "invasion"), ("2:1", "invaded")]),
        ("title:visit moscow", [("1", "visit"), ("1", "Moscow"), ("1:1", "Moscow")]),
        ("visit -auditors", [("1", "visit"), ("1:2", "visit")]),
        ("wheat OR needle", [("8:1", "needle"), ("2:1", "Wheat")]),
        ("visit needle", []),
        ("习近平", [("5", "习近平"), ("5:1", "习近平")]),
        ("平", [("5", "平"), ("5:1", "平")]),
        ("office strasse", [("4:1", "Straße"), ("4:2", "ofﬁce")]),
        ("hyphen", [("9", "hy\u00adphen")]),
    ],
)
def test_every_form_that_the_search_finds_is_a_line(
    db: str, query: str, lines: list[tuple[str, str]]
) -> None:
    assert _found(db, query) == lines


def test_filters_narrow_and_give_no_lines_of_their_own(db: str) -> None:
    assert _found(db, "visit", category="business") == [("3:3", "visit")]
    assert _found(db, "moscow", title="state") == [("1", "Moscow"), ("1:1", "Moscow")]


def test_offsets_and_context_are_those_of_the_text_as_written(db: str) -> None:
    with Archive(db) as archive:
        for query in ("office", "习近平", "visit", "hyphen", "wide"):
            for line in archive.concordance(query):
                article = archive.article(line.article_id).article
                text = article.paragraphs[line.position - 1] if line.position else article.title
                assert text[line.start : line.end] == line.key
                assert text[: line.start].endswith(line.left)
                assert text[line.end :].startswith(line.right)


WORDS = ["alpha", "beta", "gamma", "delta,", "running", "Runs", "éclair", "— ", "x" * 40]


@pytest.fixture(scope="module")
def long_db(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[str]]:
    """An archive with an article of 180,000 characters, some of them without spaces; its texts."""
    root = tmp_path_factory.mktemp("long")
    chance = random.Random(5)  # noqa: S311 - the same article in every run and order
    latin = " ".join(chance.choice(WORDS) for _ in range(8_000))
    chinese = "".join(chance.choice("习近平莫斯科，。") for _ in range(8_000))
    short = [" ".join(chance.choice(WORDS) for _ in range(50)) for _ in range(300)]
    texts = [latin, chinese, *short]
    (root / "a.txt").write_text(" date 2023-01-31\nT\n" + "\n".join(texts) + "\n", encoding="utf-8")
    path = str(root / "a.db")
    with Archive(path) as archive:
        assert archive.ingest([root / "a.txt"]).new == 1
    return path, texts


@pytest.mark.parametrize(
    ("query", "pattern"),
    [
        ("run", r"running|Runs"),
        ('"alpha beta"', r"alpha (— +)*beta"),
        ('"beta gamma delta"', r"beta (— +)*gamma (— +)*delta"),
        ("alpha-beta", r"alpha (— +)*beta"),
        ("eclair", "éclair"),
        ('"习近平"', "习[，。]*近[，。]*平"),
    ],
)
def test_nothing_is_missed_in_a_long_article(
    long_db: tuple[str, list[str]], query: str, pattern: str
) -> None:
    path, texts = long_db
    expected = [
        (position, *found.span())
        for position, text in enumerate(texts, 1)
        for found in re.finditer(pattern, text)
    ]
    with Archive(path) as archive:
        lines = archive.concordance(query, limit=10**6)
    assert len(expected) > 10
    assert [(line.position, line.start, line.end) for line in lines] == expected


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower().replace("é", "e"))


def test_sorted_by_neighbours_and_bounded(long_db: tuple[str, list[str]]) -> None:
    path, _ = long_db
    with Archive(path) as archive:
        every = archive.concordance("gamma", limit=10**6)
        for sort in ("left", "right"):

            def words(line: object, sort: str = sort) -> list[str]:
                text = re.sub("é", "e", getattr(line, sort).lower())
                found = re.findall(r"\w+", text)
                return found[::-1][:8] if sort == "left" else found[:8]

            lines = archive.concordance("gamma", sort=sort, limit=300)
            assert [words(line) for line in lines] == sorted(map(words, every))[:300]
        assert archive.concordance("gamma", limit=7) == every[:7]
        assert archive.concordance("gamma", limit=0) == ()


def test_mistakes_from_python(db: str) -> None:
    with Archive(db) as archive:
        for query in ("", "category:politics", "-visit", "..."):
            with pytest.raises(UsageError, match="needs a word"):
                archive.concordance(query)
        with pytest.raises(UsageError, match="choose date, left, right"):
            archive.concordance("visit", sort="up")
        with pytest.raises(QueryError):
            archive.concordance("visit date:2023-99")


# --- cells ---

TEXT = st.lists(st.sampled_from(["a", "b", "習", "ｱ", "e\u0301", "\u0e01\u0e31", " ", "한"])).map(
    "".join
)


@given(TEXT, st.integers(0, 20))
def test_cuts_keep_to_the_width_and_take_what_fits(text: str, width: int) -> None:
    for cut, whole in ((head(text, width), text.startswith), (tail(text, width), text.endswith)):
        assert cells(cut) <= width
        assert cut in text
        if cells(text) <= width:
            assert whole(cut)
            assert cut == text
        assert not cut or cut == text or not unicodedata.combining(cut[0])
    assert cells(pad(text, 60)) == cells(pad(text, 60, right=True)) == 60


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cn", "Co")), max_size=30)
)
def test_widths_are_those_that_rich_counts(text: str) -> None:
    text = "".join(c for c in text if unicodedata.category(c) in ("Lu", "Ll", "Lo", "Nd", "Po"))
    text = "".join(
        c for c in text if not "\u1160" <= c <= "\u11ff" and not "\ud7b0" <= c <= "\ud7ff"
    )
    assert cells(text) == cell_len(text)


@pytest.mark.parametrize(
    ("cut", "text", "width", "expected"),
    [
        (head, "one two three", 9, "one two"),
        (head, "one two three", 7, "one two"),
        (head, "unbreakable", 5, "unbre"),
        (head, "中国国家主席", 5, "中国"),
        (head, "said 中国国家", 8, "said 中"),
        (head, "e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301"),
        (tail, "one two three", 9, "two three"),
        (tail, "one two three", 8, "three"),
        (tail, "unbreakable", 5, "kable"),
        (tail, "中国国家主席", 5, "主席"),
        (tail, "中国x said", 8, "国x said"),
        (tail, "ae\u0301e\u0301e\u0301", 2, "e\u0301e\u0301"),
        (tail, "", 5, ""),
        (head, "", 0, ""),
    ],
)  # fmt: skip
def test_cuts(cut: object, text: str, width: int, expected: str) -> None:
    assert callable(cut)
    assert cut(text, width) == expected


# --- the command ---


@pytest.fixture(scope="module")
def kwic_db(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("kwic")
    texts = [
        "A plain grain of wheat in a sentence that is quite long enough to be cut on both sides of it.",
        "小麦と中国国家主席習近平抵達莫斯科会見後 grain 中国国家主席習近平抵達莫斯科会見後に発表した。",
        "Cafe\u0301 re\u0301sume\u0301 nai\u0308ve e\u0301cole de\u0301ja\u0300 vu grain of salt",
        "grain",
        "=GRAIN \x1b]52;c;eA==\x07\u202e grain\tof \x9b2J sand",
    ]  # fmt: skip
    for number, text in enumerate(texts, 1):
        (root / f"{number}.txt").write_text(
            f" date 2023-01-0{number}\nT\n{text}\n", encoding="utf-8"
        )
    path = str(root / "k.db")
    with Archive(path) as archive:
        assert archive.ingest([root]).new == len(texts)
    return path


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_key_stands_in_one_column(cli: Cli, kwic_db: str, width: int) -> None:
    shown = cli("concordance", "grain", "--width", width, "--db", kwic_db)
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert len(lines) == 6
    assert {cell_len(re.split(r"\*(?=grain|GRAIN)", line)[0]) for line in lines} == {
        18 + (width - 19) * 2 // 5 - 1
    }
    assert all(cell_len(line) <= width for line in lines)
    assert lines[3].rstrip().endswith("*grain*")


def test_a_line(cli: Cli, kwic_db: str) -> None:
    first = cli("concordance", "grain", "--width", "70", "-n", "1", "--db", kwic_db)
    assert first.stdout == "1:1  2023-01-01              A plain *grain* of wheat in a sentence\n"
    assert first.stderr == "archive: the first 1; --limit for more\n"


def test_hostile_text_is_inert(cli: Cli, kwic_db: str) -> None:
    for form in ([], ["--json"]):
        shown = cli("concordance", "grain", *form, "--db", kwic_db)
        assert "52;c" in shown.stdout
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown.stdout)


def test_json(cli: Cli, db: str) -> None:
    shown = cli("concordance", "wheat", "OR", "grain", "--json", "--db", db, "--sort", "left")
    assert [json.loads(line) for line in shown.stdout.splitlines()] == [
        {"cite": "2", "id": 2, "version": None, "position": None, "date": "2022-02-24", "left": "", "key": "Grain",
         "right": " prices rise after the invasion", "mark": [0, 5]},
        {"cite": "2:1", "id": 2, "version": None, "position": 1, "date": "2022-02-24", "left": "", "key": "Wheat",
         "right": " rose as Russia invaded Ukraine.", "mark": [0, 5]},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["zzzz"], 1, "archive: nothing found for 'zzzz'\n"),
        (["visit", "needle"], 1, "archive: nothing found for 'visit needle'\n"),
        (["category:politics"], 2, "archive: a concordance needs a word or a phrase to look for\n"),
        (["visit", "--date", "2023-99"], 2, "there is no date"),
        (["visit", "--width", "3"], 2, "--width"),
    ],
)
def test_mistakes(cli: Cli, db: str, arguments: list[str], code: int, message: str) -> None:
    result = cli("concordance", *arguments, "--db", db)
    assert (result.returncode, result.stdout) == (code, "")
    assert message in result.stderr


def test_a_missing_archive_is_not_made(cli: Cli, tmp_path: Path) -> None:
    result = cli("concordance", "visit", "--db", tmp_path / "no.db")
    assert result.returncode == 4
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_left_out_is_said(cli: Cli, db: str) -> None:
    lines = len(cli("concordance", "visit", "--db", db).stdout.splitlines())
    assert lines == 3
    whole = cli("concordance", "visit", "--limit", str(lines), "--db", db)
    assert (len(whole.stdout.splitlines()), whole.stderr) == (lines, "")
    part = cli("concordance", "visit", "--limit", str(lines - 1), "--db", db)
    assert (len(part.stdout.splitlines()), part.stderr) == (
        lines - 1, "archive: the first 2; --limit for more\n"
    )  # fmt: skip
