"""Runs of several chunks and queries of many hits, with the sizes that ship."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archive import Archive

if TYPE_CHECKING:
    from archive.incoming import IngestReport
    from conftest import Cli

ARTICLES = 2100
CHUNK = 512
OLDEST = date(2000, 1, 1)
RECENT = 100
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
        text = f"{_words(number)}.\n" + "Filler.\n" * (20 if number >= 2 * CHUNK else 0)
        path.write_text(f" date {_day(number)}{category}\nTitle {number}\n{text}")
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return root


@pytest.fixture(scope="module")
def many(news: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An archive of those articles, which have the ids 1 to 2,100 in order of date."""
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

        connection: sqlite3.Connection = connect(*arguments, **options)
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
    assert few * 5 < walked


Advance = Callable[[int], bool]


@contextlib.contextmanager
def _each_chunk(monkeypatch: pytest.MonkeyPatch, after: Callable[[int], None]) -> Iterator[None]:
    """While it lasts, ingests of the command line call `after` with the files dealt with, each time
    that they have told the command."""
    real = Archive.ingest

    def ingest(self: Archive, *given: Any, progress: Advance, **options: Any) -> IngestReport:
        def advance(done: int) -> bool:
            goes_on = progress(done)
            after(done)
            return goes_on

        return real(self, *given, progress=advance, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Archive, "ingest", ingest)
        yield


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_ends_the_run_after_the_chunk(
    cli: Cli, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    def send(done: int) -> None:
        if done == CHUNK:
            os.kill(os.getpid(), number)

    with _each_chunk(monkeypatch, send):
        stopped = cli("ingest", news, "--json", "--db", tmp_path / "a.db")
    assert stopped.returncode == code
    assert json.loads(stopped.stdout)["new"] == 2 * CHUNK
    assert stopped.stderr == (
        "archive: stopped: all of the above is stored, the next run goes on from there\n"
    )
    report = json.loads(cli("ingest", news, "--json", "--db", tmp_path / "a.db").stdout)
    assert (report["unchanged"], report["new"]) == (2 * CHUNK, ARTICLES - 2 * CHUNK)


def test_a_second_signal_ends_the_run_at_once(
    cli: Cli, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(_: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with _each_chunk(monkeypatch, send):
        stopped = cli("ingest", news, "--db", tmp_path / "a.db")
    assert (stopped.returncode, stopped.stdout, stopped.stderr) == (130, "", "")
    with Archive(tmp_path / "a.db") as archive:
        assert archive.verify().problems == ()
        assert archive.ingest([news]).files == ARTICLES


def test_a_dry_run_sees_the_archive_as_of_one_moment(news: Path, many: str, tmp_path: Path) -> None:
    """Another program takes out all that is known of the files while the run is under way."""
    path = tmp_path / "a.db"
    path.write_bytes(Path(many).read_bytes())
    with contextlib.closing(sqlite3.connect(path)) as other, Archive(path) as archive:
        other.execute("PRAGMA journal_mode = WAL")

        def take_out(_: int) -> bool:
            other.execute("DELETE FROM sources")
            other.commit()
            return True

        report = archive.ingest([news], dry_run=True, progress=take_out)
        assert (report.unchanged, report.files) == (ARTICLES, ARTICLES)
        assert archive.ingest([news], dry_run=True).unchanged == 0


MOMENTS = {
    "before its first job": 0,
    "while it reads": CHUNK,
    "between two jobs": CHUNK,
    "while it answers": 2 * CHUNK,
}
"""Files that have been dealt with when the second process is met."""

SECOND = [(moment, number) for moment in MOMENTS for number in (signal.SIGKILL, signal.SIGSTOP)]


@pytest.mark.parametrize(
    ("moment", "number"), SECOND, ids=[f"{moment}-{number.name}" for moment, number in SECOND]
)
def test_an_ingest_goes_on_alone_without_its_second_process(
    cli: Cli, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    moment: str, number: signal.Signals,
) -> None:  # fmt: skip
    """Killed, as by a system that is short of memory, or stopped. It answers the second chunk with
    less than a pipe holds, and then waits for a job, the third one with more."""
    popen = subprocess.Popen
    started: list[int] = []

    def start(*given: Any, **options: Any) -> subprocess.Popen[bytes]:
        process = popen(*given, **options)
        started.append(process.pid)
        meet(0)
        return process

    def meet(done: int) -> None:
        if done == MOMENTS[moment]:
            time.sleep(0.3 if moment in ("between two jobs", "while it answers") else 0)
            with contextlib.suppress(
                ProcessLookupError
            ):  # on a busy machine it is given up by then
                os.kill(started[0], number)

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("archive.ingest.ahead.PATIENCE", 0.3)
    with _each_chunk(monkeypatch, meet):
        done = cli("ingest", news, "--json", "--db", tmp_path / "a.db")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["new"] == ARTICLES
    with Archive(tmp_path / "a.db") as archive:
        assert archive.count("common") == ARTICLES
