"""Runs of several chunks and queries of many hits, with the sizes that ship."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archive import Archive

if TYPE_CHECKING:
    from archive.article import IngestReport
    from conftest import Cli

ARTICLES = 2400
CHUNK = 512
OLDEST = date(2000, 1, 1)
RECENT = 150
"""The newest articles, which lack the word `frequent` but for every thirtieth."""


def _day(number: int) -> str:
    """Three articles a day, so that the order within a day is asked for as well."""
    return (OLDEST + timedelta(days=number // 3)).isoformat()


def _words(number: int) -> str:
    words = ["common"]
    if number < ARTICLES - RECENT or number % 30 == 0:
        words.append("frequent")
    if number % 400 == 7:
        words.append("seldom")
    return " ".join(words)


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles in a folder of a long name: the paths of a chunk are more than a pipe holds."""
    root = tmp_path_factory.mktemp("long") / ("n" * 200)
    root.mkdir()
    for number in range(ARTICLES):
        path = root / f"{number:04}.txt"
        category = " Odd" if number % 2 else " Even"
        path.write_text(f" date {_day(number)}{category}\nTitle {number}\n{_words(number)}.\n")
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return root


@pytest.fixture(scope="module")
def many(news: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An archive of those articles, which have the ids 1 to 2,400 in order of date."""
    path = str(tmp_path_factory.mktemp("many") / "a.db")
    with Archive(path) as archive:
        assert archive.ingest([news]).new == ARTICLES
    return path


@pytest.mark.parametrize("sort", ["newest", "oldest"])
@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("common", 10), ("common", 99), ("common", 100), ("common", 1), ("common", 2500),
        ("frequent", 3), ("frequent", 10), ("frequent", 60), ("seldom", 10),
        ("common category:odd", 10), ("frequent category:even", 20), ("common -frequent", 10),
    ],
)  # fmt: skip
def test_hits_by_date_are_the_first_of_all_hits(
    many: str, query: str, limit: int, sort: str
) -> None:
    """The same order, by day and id, whether a few articles are looked at or all hits sorted."""
    words, _, condition = query.partition(" ")
    hits = [
        number
        for number in range(ARTICLES)
        if words in _words(number)
        and (not condition.startswith("category") or (number % 2 == 1) == ("odd" in condition))
        and (condition != "-frequent" or "frequent" not in _words(number))
    ]
    if sort == "newest":
        hits.reverse()
    with Archive(many) as archive:
        found = archive.search(query, sort=sort, limit=limit)
        assert [hit.title for hit in found] == [f"Title {number}" for number in hits[:limit]]
        assert all(hit.published_on == _day(hit.article_id - 1) for hit in found)
        assert found.total == len(hits)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], int]:
    """How many hundreds of steps SQLite takes over what is asked: a measure that does not depend
    on the machine."""
    taken = [0]
    connect = sqlite3.connect

    def counted(*arguments: Any, **options: Any) -> sqlite3.Connection:
        def count() -> None:
            taken[0] += 1

        connection = connect(*arguments, **options)
        connection.set_progress_handler(count, 100)
        return connection

    def measure(ask: Callable[[], object]) -> int:
        before = taken[0]
        ask()
        return taken[0] - before

    monkeypatch.setattr(sqlite3, "connect", counted)
    return measure


def test_the_first_of_many_hits_are_found_without_sorting_all(
    many: str, steps: Callable[[Callable[[], object]], int]
) -> None:
    """By date from the oldest on, the first articles all hold the word; the newest hold it too
    seldom for that, and all hits are sorted. Where hits are few, that is done at once."""
    with Archive(many) as archive:
        archive.search("frequent", limit=1)
        walked = steps(lambda: archive.search("frequent", sort="oldest", limit=10))
        sorted_ = steps(lambda: archive.search("frequent", sort="newest", limit=10))
        few = steps(lambda: archive.search("seldom", sort="newest", limit=10))
    assert walked * 2 < sorted_
    assert few * 10 < walked
