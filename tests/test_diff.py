"""What changed between versions: as records, and as the commands show it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records import Article
from archive.text.diff import NEW, OLD, SAME, Difference, compare

if TYPE_CHECKING:
    from conftest import Cli


def _article(*paragraphs: str, title: str = "T", category: str | None = None) -> Article:
    return Article("2023-01-31", title, paragraphs, category)


@pytest.mark.parametrize(
    ("old", "new", "differences"),
    [
        (_article("a b"), _article("a b"), []),
        (
            _article("one two three."),
            _article("one 2 three."),
            [("paragraph", 1, 1, [(SAME, "one "), (OLD, "two "), (NEW, "2 "), (SAME, "three.")])],
        ),
        (
            _article("a", "b", "c"),
            _article("a", "c", "d"),
            [("paragraph", 2, None, [(OLD, "b")]), ("paragraph", None, 3, [(NEW, "d")])],
        ),
        (
            _article("a", title="Old title"),
            _article("a", title="New title", category="C"),
            [
                ("category", None, None, [(NEW, "C")]),
                ("title", None, None, [(OLD, "Old "), (NEW, "New "), (SAME, "title")]),
            ],
        ),
    ],
)
def test_compares(old: Article, new: Article, differences: list[tuple[object, ...]]) -> None:
    found = [(d.field, d.old, d.new, list(d.pieces)) for d in compare(old, new)]
    assert found == differences


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("2023-01-31", "2023-02-01", [(OLD, "2023-01-31"), (NEW, "2023-02-01")]),
        ("2023-01-31", "2023-01-31", None),
    ],
)
def test_compares_dates(old: str, new: str, pieces: list[tuple[str, str]] | None) -> None:
    """Whole, and before all other fields; a date alone is a difference."""
    changed = compare(Article(old, "T", ("a",)), Article(new, "U", ("a",), "C", "B"))
    names = [difference.field for difference in changed]
    assert names == [*(["date"] if pieces else []), "category", "byline", "title"]
    alone = compare(Article(old, "T", ("a",)), Article(new, "T", ("a",)))
    assert [list(difference.pieces) for difference in alone] == ([pieces] if pieces else [])
    assert all((found.field, found.old, found.new) == ("date", None, None) for found in alone)


def _text(difference: Difference, without: str) -> str:
    return "".join(text for kind, text in difference.pieces if kind != without)


PARAGRAPHS = st.lists(st.text("ab \u3000", min_size=1, max_size=8), min_size=1, max_size=6)


@given(PARAGRAPHS, PARAGRAPHS)
def test_the_pieces_give_both_texts_back(before: list[str], after: list[str]) -> None:
    differences = compare(_article(*before), _article(*after))
    for difference in differences:
        if difference.old is not None:
            assert _text(difference, NEW) == before[difference.old - 1]
        if difference.new is not None:
            assert _text(difference, OLD) == after[difference.new - 1]
    assert bool(differences) == (before != after)


@pytest.fixture
def versions(cli: Cli, tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    texts = ["One two.\nKept.", "One 2.\nKept.", "One 2.\nKept.\n"]
    for at, text in enumerate(texts):
        path.write_text(f" date 2023-01-31\nTitle\n{text}\n")
        os.utime(path, (1_600_000_000 + at, 1_600_000_000 + at))
        cli("ingest", path, "--db", tmp_path / "a.db")
    return tmp_path / "a.db"


def test_history_shows_each_version(cli: Cli, versions: Path) -> None:
    shown = cli("history", "1", "--db", versions).stdout.splitlines()
    assert [line.split("  ")[0] for line in shown[::2]] == ["1@1", "1@2", "1@3"]
    assert "until 20" in shown[0]
    assert "current" in shown[4]
    assert shown[5] == f"    {versions.parent}/a.txt; the text is the same"
    rows = [
        json.loads(row)
        for row in cli("history", "1", "--json", "--db", versions).stdout.split("\n")
        if row
    ]
    assert [row["same_text"] for row in rows] == [False, False, True]
    assert cli("history", "9", "--db", versions).returncode == 1


def test_diff_shows_what_changed_word_by_word(cli: Cli, versions: Path) -> None:
    for arguments in (["1@1"], ["1@1", "1@2"], ["1@1", "1"]):
        shown = cli("diff", *arguments, "--db", versions)
        place = shown.stdout.splitlines()[0]
        assert place.startswith("1@1:1 -> 1@")
        assert shown.stdout.splitlines()[1] == "    One [-two.-]{+2.+}"
    same = cli("diff", "1", "--db", versions)
    assert (same.returncode, same.stdout) == (1, "")
    assert "do not differ" in same.stderr
    assert cli("diff", "1@0", "--db", versions).returncode == 1
    paragraph = cli("diff", "1:1", "1:2", "--db", versions)
    assert (paragraph.returncode, "is a paragraph" in paragraph.stderr) == (2, True)
    record = json.loads(cli("diff", "1@1", "--json", "--db", versions).stdout)
    assert record["places"] == ["1@1:1", "1@2:1"]
    assert record["pieces"] == [["=", "One "], ["-", "two."], ["+", "2."]]


def test_diff_shows_a_date_that_was_corrected(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for at, day in enumerate(("2023-01-31", "2023-02-01")):
        path.write_text(f" date {day} World\nTitle\nText.\n")
        os.utime(path, (1_600_000_000 + at, 1_600_000_000 + at))
        cli("ingest", path, "--db", tmp_path / "a.db")
    shown = cli("diff", "1", "--db", tmp_path / "a.db")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == "1@1 -> 1@2  date\n    [-2023-01-31-]{+2023-02-01+}\n"
    record = json.loads(cli("diff", "1", "--json", "--db", tmp_path / "a.db").stdout)
    assert (record["field"], record["places"]) == ("date", ["1@1", "1@2"])
    assert record["pieces"] == [["-", "2023-01-31"], ["+", "2023-02-01"]]
