"""Replaced versions among the hits: search, list, counts, concordance and quote with --versions."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Archive
from archive.errors import UsageError
from archive.search import with_replaced

if TYPE_CHECKING:
    from conftest import Cli

FIRST = (
    " date 2023-01-01 Politics\nTalks in Paris\nThe minister came to Paris today.\nCheese, wine.\n"
)
SECOND = FIRST.replace("Cheese", "Butter")
THIRD = FIRST.replace("Cheese", "Bread").replace("2023-01-01", "2023-03-01")
OTHER = " date 2023-02-01 World\nSomething else\nParis is far away from here.\n"


def _ingest(archive: Archive, folder: Path, moment: int, **files: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text)
        os.utime(folder / f"{name}.txt", (moment, moment))
    archive.ingest([folder])


@pytest.fixture
def corrected(tmp_path: Path) -> str:
    """Article 1 in three versions, article 2 in one."""
    with Archive(tmp_path / "a.db") as archive:
        _ingest(archive, tmp_path / "news", 1_600_000_000, a=FIRST, b=OTHER)
        for day, text in enumerate((SECOND, THIRD), 1):
            _ingest(archive, tmp_path / "news", 1_600_000_000 + 86_400 * day, a=text)
    return str(tmp_path / "a.db")


@pytest.mark.parametrize(
    ("query", "sort", "cited"),
    [
        ("cheese", "auto", ["1@1"]),
        ("bread", "auto", ["1"]),
        ("minister", "auto", ["1", "1@2", "1@1"]),
        ("paris", "newest", ["1", "2", "1@2", "1@1"]),
        ("paris", "oldest", ["1@1", "1@2", "2", "1"]),
        ('"Butter, wine"', "auto", ["1@2"]),
        ("wine -bread", "auto", ["1@2", "1@1"]),
        ("para:(minister paris)", "auto", ["1", "1@2", "1@1"]),
        ("minister ADJ/3 paris", "auto", ["1", "1@2", "1@1"]),
        ("date:2023-01", "auto", ["1@2", "1@1"]),
        ("category:politics source:a.txt", "auto", ["1", "1@2", "1@1"]),
        ("nothing", "auto", []),
    ],
)  # fmt: skip
def test_each_version_is_a_hit_of_its_own(
    corrected: str, query: str, sort: str, cited: list[str]
) -> None:
    with Archive(corrected) as archive:
        found = archive.search(query, sort=sort, versions=True)
        assert [hit.citation for hit in found] == cited
        assert found.total == archive.count(query, versions=True) == len(cited)
        assert {hit.version for hit in archive.search(query, sort=sort)} <= {None}
        for at in range(len(cited)):
            (hit,) = archive.search(query, sort=sort, versions=True, offset=at, limit=1)
            assert hit.citation == cited[at]


def test_hits_in_versions_cite_and_mark_their_own_paragraphs(corrected: str, cli: Cli) -> None:
    with Archive(corrected) as archive:
        (hit,) = archive.search("cheese", versions=True)
        (passage,) = hit.paragraphs
        assert (passage.citation, passage.text, passage.marks) == (
            "1@1:2",
            "Cheese, wine.",
            ((0, 6),),
        )
        assert archive.paragraphs(passage.citation)[0].text == passage.text
    shown = cli("--db", corrected, "search", "cheese", "--versions").stdout
    assert shown.startswith("1@1  2023-01-01")
    assert "1@1:2  " in shown
    row = json.loads(cli("--db", corrected, "search", "cheese", "--versions", "--json").stdout)
    assert (row["id"], row["version"]) == (1, 1)
    assert cli("--db", corrected, "search", "cheese").returncode == 1
    said = cli("--db", corrected, "search", "paris", "--versions", "--sql").stdout
    assert said.splitlines()[-1].endswith("1@2, 1@1")
    with sqlite3.connect(corrected) as plain:
        assert sorted(row[0] for row in plain.execute(said)) == [1, 2]
    plain.close()


def test_what_a_partial_match_lacks_comes_behind_versions_that_lack_nothing(corrected: str) -> None:
    with Archive(corrected) as archive:
        found = archive.search("minister paris cheese", versions=True)
        assert [(hit.citation, hit.partial) for hit in found] == [
            ("1@1", False), ("1", True), ("2", True)
        ]  # fmt: skip
        assert not found.partial


def test_counts_are_of_versions(corrected: str) -> None:
    with Archive(corrected) as archive:
        assert archive.facet("paris", "category", versions=True) == [("Politics", 3), ("World", 1)]
        assert archive.facet("paris", "month", versions=True) == [
            ("2023-01", 2), ("2023-02", 1), ("2023-03", 1)
        ]  # fmt: skip
        assert archive.cross("paris", "category", "year", versions=True) == [
            ("Politics", "2023", 3), ("World", "2023", 1)
        ]  # fmt: skip


def test_concordance_and_quotations_name_versions(corrected: str) -> None:
    with Archive(corrected) as archive:
        lines = archive.concordance("minister OR cheese", versions=True)
        assert [line.citation for line in lines] == ["1@1:1", "1@1:2", "1@2:1", "1:1"]
        places = archive.quote("The minister came to Paris today", versions=True)
        assert [place.citation for place in places] == ["1:1", "1@1:1", "1@2:1"]
        assert [place.citation for place in archive.quote("The minister came to Paris")] == ["1:1"]


def test_a_text_that_came_back_and_one_whose_bytes_alone_changed(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.db") as archive:
        for day, text in enumerate((FIRST, SECOND, FIRST.replace("\n", "\r\n"), FIRST)):
            _ingest(archive, tmp_path / "news", 1_600_000_000 + 86_400 * day, a=text)
        assert [hit.citation for hit in archive.search("wine", versions=True)] == [
            "1",
            "1@2",
            "1@1",
        ]


def test_versions_are_not_drawn_at_random(corrected: str) -> None:
    with Archive(corrected) as archive, pytest.raises(UsageError, match="leave out --versions"):
        archive.search("paris", sort="random", versions=True)


def test_a_page_of_any_length_may_be_read_later(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.db") as archive:
        for day in range(2):
            texts = {f"n{n}": FIRST.replace("Cheese", f"Cheese {n} {day}") for n in range(150)}
            _ingest(archive, tmp_path / "news", 1_600_000_000 + 86_400 * day, **texts)
        found = archive.search("cheese", versions=True, limit=1000)
        cited = [hit.citation for hit in found]
        assert len(found) == len({*cited}) == 300
        assert all(hit.paragraphs[0].citation.startswith(f"{hit.citation}:") for hit in found)


WORDS = ("news", "new", "visit", "visits", "US", "us", "U.S.", "5", "percent", "café", "cafe")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@settings(deadline=None, max_examples=25)
@given(
    history=st.lists(TEXTS, min_size=1, max_size=5),
    queries=st.lists(st.sampled_from([*(f'"{word}"' for word in WORDS), "visi*", "news"]),
                     min_size=1, max_size=3),
)  # fmt: skip
def test_a_version_is_found_where_its_text_would_be_found_as_an_article(
    history: list[str], queries: list[str]
) -> None:
    """The model: an archive into which each version went as a file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with Archive(root / "a.db") as archive, Archive(root / "model.db") as model:
            for day, text in enumerate(history):
                article = f" date 2023-01-01\nOne title\n{text}\n"
                _ingest(archive, root / "news", 1_600_000_000 + 86_400 * day, a=article)
            versions = [
                archive.article(1, version.number).article.paragraphs[0]
                for version in archive.history(1)
            ]
            for at, text in enumerate(versions):
                _ingest(model, root / "all", 1_600_000_000, **{
                    f"v{at}": f" date 2023-01-01\nTitle {at}\n{text}\n"
                })  # fmt: skip
            for query in queries:
                hits = archive.search(query, versions=True, limit=100)
                texts = Counter(hit.paragraphs[0].text for hit in hits)
                wanted = Counter(hit.paragraphs[0].text for hit in model.search(query, limit=100))
                assert texts == wanted


def test_the_keys_of_rows_name_the_version(corrected: str, cli: Cli) -> None:
    for command in ("list", "concordance paris"):
        rows = cli("--db", corrected, *command.split(), "--versions", "--json").stdout.splitlines()
        assert {json.loads(row)["version"] for row in rows} == {None, 1, 2}
        cited = cli("--db", corrected, *command.split(), "--versions").stdout
        assert re.findall(r"^1@\d", cited, re.MULTILINE)


@pytest.mark.parametrize(("most", "count"), [(None, 7), (8, 7), (7, 7), (6, 6), (4, 4)])
def test_hits_of_all_versions_are_counted_up_to_a_number(most: int | None, count: int) -> None:
    def plan(hits: int) -> Any:
        return SimpleNamespace(count=lambda most: hits if most is None else min(hits, most))

    replaced: Any = SimpleNamespace(plan=lambda _: plan(3), addresses=[])
    tree: Any = None
    assert with_replaced._Plan(plan(4), replaced, tree).count(most) == count  # noqa: SLF001
