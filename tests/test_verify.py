"""Verify: what it reads, what it says of an index that is gone, and archives that may not be written."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive, records
from archive.engines.sqlite import index as sqlite_index
from archive.errors import ArchiveUnusable
from archive.records import Article
from archive.upkeep.values import fault
from archive.upkeep.verify import words


def _broken(db: str, tmp_path: Path, *statements: str) -> Path:
    path = tmp_path / "a.db"
    shutil.copy(db, path)
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        for statement in statements:
            other.execute(statement)
    return path


OUT_OF_STEP = (
    "INSERT INTO article_search (article_search, rowid, title, body)"
    " SELECT 'delete', id, title, body FROM indexed_text WHERE id = 4"
)


def test_quick_leaves_out_the_index_against_its_text(db: str, tmp_path: Path) -> None:
    with Archive(_broken(db, tmp_path, OUT_OF_STEP)) as archive:
        assert archive.verify(quick=True).problems[:1] == (
            "the index article_search has 9 articles, the tables 10: run 'archive reindex'",
        )
        assert len(archive.verify().problems) == 2
    changed = "UPDATE paragraphs SET text = 'x', folded = NULL WHERE article_id = 1"
    with Archive(_broken(db, tmp_path, changed)) as archive:
        quick = archive.verify(quick=True).problems
        assert quick[0] == "article 1: the text is not what was stored"
        assert not any("does not match" in problem for problem in quick)
        assert "does not match" in archive.verify().problems[-1]


def test_an_index_that_was_dropped_is_made_again_by_reindex(db: str, tmp_path: Path) -> None:
    drops = (
        "DROP TABLE article_terms",
        "DROP TABLE article_search",
        "DROP TABLE article_vocabulary",
        "DROP TABLE article_words",
        "DROP VIEW indexed_text",
    )
    path = _broken(db, tmp_path, *drops)
    with Archive(path) as archive:
        assert any("not there" in problem for problem in archive.verify().problems)
        assert archive.reindex() == 10
        assert archive.verify().problems == ()
        assert archive.count("moscow") == 2
    named = "SELECT name, sql FROM sqlite_schema WHERE name IN ({}) ORDER BY 1".format(
        ", ".join(f"'{name}'" for name in sqlite_index.PARTS)
    )
    with (
        contextlib.closing(sqlite3.connect(path)) as mended,
        contextlib.closing(sqlite3.connect(db)) as migrated,
    ):
        made = mended.execute(named).fetchall()
        assert len(made) == 6
        assert [(name, sql.split()) for name, sql in made] == [
            (name, sql.split()) for name, sql in migrated.execute(named)
        ]
        for index in ("article_search", "article_words"):
            settings = f"SELECT k, v FROM {index}_config WHERE k <> 'version' ORDER BY 1"
            found = mended.execute(settings).fetchall()
            assert found == migrated.execute(settings).fetchall()
            assert found


def test_an_archive_that_may_not_be_written_is_compared_in_a_copy(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _broken(db, tmp_path, OUT_OF_STEP)
    monkeypatch.setattr(os, "access", lambda *_: False)
    before = path.read_bytes()
    found = sqlite_index.problem(str(path), lambda: None)
    assert found
    assert "does not match the text" in found
    assert sqlite_index.problem(db, lambda: None) is None
    assert path.read_bytes() == before


def test_no_room_for_that_copy_is_not_called_damage(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with (
        Archive(db) as archive,
        pytest.raises(ArchiveUnusable, match="in the folder for temporary"),
    ):
        archive.verify()
    program = (
        "import os, resource, sys\nfrom archive import Archive\n"
        "os.access = lambda *_: False\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "print(Archive(sys.argv[1]).verify().problems)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, db], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert "in the folder for temporary files" in done.stderr.splitlines()[-1]


def test_damaged_times_are_reported_and_do_not_stop_the_next_ingest(
    db: str, folder: Path, tmp_path: Path
) -> None:
    path = _broken(db, tmp_path, "UPDATE sources SET last_seen_at = 'x' || last_seen_at")
    with Archive(path) as archive:
        assert len(archive.verify().problems) == 10
        assert archive.ingest([folder]).unchanged == 10
        assert archive.verify().problems == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE ingests SET unchanged = unchanged - 1 WHERE id = 1", "ingest 1: its counts are no counts"),
        ("UPDATE ingests SET moved = 'x' WHERE id = 2", "ingest 2: its counts are no counts"),
        (
            "UPDATE sources SET first_seen_at = (SELECT max(started_at) FROM ingests) WHERE id = 1",
            "ingest 1: it brought 10 to 10 sources, but 9 are of it",
        ),
        ("UPDATE ingests SET copied = copied - 1 WHERE id = 2", "ingest 2: it brought 0 to 0 sources, but 1 are of it"),
        ("UPDATE sources SET mtime_ns = 'x' WHERE id = 3", "source {3}: its modification time is no number"),
        ("UPDATE revisions SET mtime_ns = 1.5", "version 1@1: its modification time is no number"),
        ("UPDATE rejections SET line = 0", "ingest 3: a rejection's line or text is none"),
        ("UPDATE rejections SET reason = x'00'", "ingest 3: a rejection's line or text is none"),
    ],
)  # fmt: skip
def test_bookkeeping_that_nothing_covers_is_held_against_what_it_counts(
    folder: Path, tmp_path: Path, change: str, problem: str
) -> None:
    news = tmp_path / "news"
    shutil.copytree(folder, news)
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        assert archive.ingest([news]).new == 10
        shutil.copy(news / "02" / "02-grain.txt", news / "copy.txt")
        assert archive.ingest([news]).copied == 1
        (news / "01" / "01-visit.txt").write_text(
            " date 2023-01-31\nXi plans a state visit to Moscow\nText.\n"
        )
        (news / "bad.txt").write_text("no header\n")
        report = archive.ingest([news])
        assert (report.changed, report.rejected) == (1, 1)
        assert archive.verify().problems == ()
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        third = other.execute("SELECT path FROM sources WHERE id = 3").fetchone()[0]
        other.execute(change)
    with Archive(path) as archive:
        assert problem.replace("{3}", third) in archive.verify(quick=True).problems


def test_a_busy_archive_is_verified_as_of_one_moment(tmp_path: Path) -> None:
    """Articles come in while it reads; none of them makes a sound archive look damaged."""
    news = tmp_path / "news"
    news.mkdir()
    for at in range(1500):
        (news / f"{at}.txt").write_text(f" date 2023-01-31\nTitle {at}\nText {at}.\n")
        os.utime(news / f"{at}.txt", (1_600_000_000, 1_600_000_000))
    path = str(tmp_path / "a.db")
    with Archive(path) as archive:
        archive.ingest([news / "0.txt"])

    def bring() -> None:
        with Archive(path) as writer:
            for at in range(1, 1500, 100):
                writer.ingest([news / f"{n}.txt" for n in range(at, min(at + 100, 1500))])

    seen = []
    with ThreadPoolExecutor(1) as pool:
        brought = pool.submit(bring)
        while not brought.done():
            with Archive(path) as reader:
                report = reader.verify(quick=True)
                assert report.problems == ()
                seen.append(report.articles)
        brought.result()
    assert seen == sorted(seen)
    done: list[tuple[int, int]] = []
    with Archive(path) as reader:
        assert reader.verify(lambda *so_far: done.append(so_far)).articles == 1500
    assert done == [(at, 1500) for at in (*range(256, 1500, 256), 1500)]


def test_a_bar_on_the_terminal(db: str) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "archive", "--db", db, "verify"],
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        text=True,
    ) as process:
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):
            while chunk := os.read(master, 4096):
                shown += chunk
        said, _ = process.communicate()
    os.close(master)
    assert b"10/10" in shown
    assert said.endswith("all as stored\n")


@given(st.lists(st.text(alphabet="ab \t\x0b\x1cé\u00a0\u2003"), min_size=1))
def test_words_are_what_split_sees(texts: list[str]) -> None:
    expected = sum(len(text.split()) for text in texts)
    article = Article("2023-01-31", "T", tuple(texts))
    assert article.word_count() == words(article) == expected


@given(st.lists(st.text(alphabet="ab \x1c\x85é", min_size=1), max_size=9))
def test_a_long_article_has_the_form_and_the_words_of_a_short_one(texts: list[str]) -> None:
    article = Article("2023-01-31", "Title", tuple(texts), "Politics")
    before = article.canonical(), article.content_hash(), article.word_count(), words(article)
    with pytest.MonkeyPatch.context() as long:
        long.setattr(records, "MANY", 2)
        after = article.canonical(), article.content_hash(), article.word_count(), words(article)
    assert after == before


def test_an_archive_cut_short_by_some_bytes_is_damaged(db: str, tmp_path: Path) -> None:
    path = shutil.copy(db, str(tmp_path / "cut.db"))
    os.truncate(path, os.path.getsize(path) - 100)
    with Archive(path) as archive:
        assert any("it was cut short" in problem for problem in archive.verify().problems)


def test_half_a_page_that_the_log_holds_whole_is_no_damage(db: str, tmp_path: Path) -> None:
    """As a full disk leaves it, where the log was being folded in."""
    busy, path = shutil.copy(db, str(tmp_path / "busy.db")), str(tmp_path / "full.db")
    with contextlib.closing(sqlite3.connect(busy)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute("CREATE TABLE own AS SELECT randomblob(100000) AS filler")
        for end in ("", "-wal"):
            shutil.copy(busy + end, path + end)
    with open(path, "ab") as file:
        file.write(b"\0" * 1000)
    with Archive(path) as archive:
        assert archive.verify().problems == ()


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("id", 1, 2**31 - 1),
        ("article_id", 1, 2**31 - 1),
        ("number", 1, 2**31 - 1),
        ("line", 1, 2**31 - 1),
        ("size", 0, 2**62),
        ("word_count", 0, 2**62),
        ("mtime_ns", -(2**63), 2**63 - 1),
    ],
)
def test_numbers_are_within_what_a_column_can_hold(name: str, least: int, most: int) -> None:
    for value in (least, 1, most):
        assert fault({name: value}, {name: int}) is None
    for value in (least - 1, most + 1):
        assert fault({name: value}, {name: int}) == f"{name}: no such number: '{value}'"


@pytest.mark.parametrize(
    ("name", "value", "kind", "said"),
    [
        ("title", "T", str, None),
        ("title", 5, str, "title: '5' is not text"),
        ("size", "5", int, "size: '5' is not a whole number"),
        ("size", True, int, "size: 'True' is not a whole number"),
        ("size", 5.0, int, "size: '5.0' is not a whole number"),
        ("byline", None, str | None, None),
        ("byline", None, str, "byline: 'None' is not text"),
        ("byline", b"x", str | None, "byline: \"b'x'\" is not text or null"),
        ("removed_at", None, str | None, None),
        ("removed_at", "2023-01-31T10:00:00Z", str, None),
        ("removed_at", "2023-01-31T10:00:00.000001Z", str, None),
        ("removed_at", "2023-01-31T10:00:00", str, "removed_at: no time: '2023-01-31T10:00:00'"),
        ("removed_at", "", str, "removed_at: no time: ''"),
        ("reason", "today", str, None),
    ],
)
def test_values_are_of_the_kind_of_their_column(
    name: str, value: object, kind: object, said: str | None
) -> None:
    assert fault({"id": 1, name: value}, {"id": int, name: kind}) == said
