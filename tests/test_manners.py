"""What ingest remembers, passes over, groups and points out."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archive import Archive, IngestReport
from archive.formats.registry import READERS
from archive.incoming import Reassigned, Rejection, Remark
from archive.ingest import files, tally
from archive.ingest.options import USUAL, Options, read_again
from archive.render.grouped import by_reason

if TYPE_CHECKING:
    from conftest import Cli

HEAD = " date 2023-01-31 X\n"


def _write(path: Path, text: str = HEAD + "Title\nText of it.\n", at: int = 1_600_000_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (at, at))
    return path


def _ingest(path: Path, *given: Path, **options: Any) -> IngestReport:
    with Archive(path) as archive:
        return archive.ingest(given, options=Options(**options))


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_report_counts_all_and_lists_the_first_in_order_of_their_paths(
    monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    monkeypatch.setattr(tally, "LISTED", 3)
    run = tally.Tally()
    for number in (4, 3, 2, 1):
        path = f"/{number}"
        run.counts["new"] += 1
        run.reject(1, Rejection(path, "why"))
        run.remark(Remark(path, "odd"))
        run.reassign(Reassigned(path, number))
    run.reject(6)
    if dry_run:
        run.forget()
    found = run.report(relocated=None, seconds=0.5, dry_run=dry_run, stopped=True)
    assert (found.new, found.rejected, found.still_rejected) == (0 if dry_run else 4, 4, 6)
    for listed in (found.rejections, found.remarks, found.reassigned):
        assert [one.path for one in listed] == ["/2", "/3", "/4"]
    assert (found.dry_run, found.stopped, found.seconds) == (dry_run, True, 0.5)


def test_a_rejected_file_is_not_opened_again_while_it_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    news, db = tmp_path / "news", tmp_path / "a.db"
    bad = _write(news / "bad.txt", "no header\n")
    _write(news / "good.txt")
    opened: list[str] = []
    read = files.read

    def spy(path: str, *rest: Any) -> Any:
        opened.append(os.path.basename(path))
        return read(path, *rest)

    monkeypatch.setattr(files, "read", spy)

    def run(**options: Any) -> tuple[int, int, list[str]]:
        opened.clear()
        report = _ingest(db, news, **options)
        return report.rejected, report.still_rejected, sorted(opened)

    assert run() == (1, 0, ["bad.txt", "good.txt"])
    assert run() == (0, 1, [])
    assert run(encoding="cp1252") == (1, 0, ["bad.txt"])  # the other one is known
    assert run(encoding="cp1252") == (0, 1, [])
    assert run(max_size=1000) == (1, 0, ["bad.txt"])
    assert run() == (1, 0, ["bad.txt"])
    assert run(strict=True) == (1, 0, ["bad.txt"])  # which says all that is wrong
    _write(bad, "no header either\n", at=1_600_000_100)
    assert run() == (1, 0, ["bad.txt"])
    monkeypatch.setattr("archive.ingest.options.READERS", "another")
    assert run() == (0, 1, ["bad.txt"])  # read again, and no better
    assert run() == (0, 1, [])
    os.utime(bad, (1_600_000_100, 1_600_000_101))
    assert run() == (1, 0, ["bad.txt"])
    _write(bad, at=1_600_000_200)
    assert run() == (0, 0, ["bad.txt"])
    with Archive(db) as archive:
        assert list(archive.sql("SELECT count(*) FROM rejections").rows) == [(0,)]
        assert archive.verify().problems == ()


def test_a_known_file_that_became_none_keeps_its_article_and_is_not_opened_again(
    tmp_path: Path,
) -> None:
    news, db = tmp_path / "news", tmp_path / "a.db"
    _write(news / "a.txt")
    _ingest(db, news)
    _write(news / "a.txt", "", at=1_600_000_100)
    assert _ingest(db, news).rejected == 1
    again = _ingest(db, news)
    assert (again.rejected, again.still_rejected, again.files) == (0, 1, 1)
    with Archive(db) as archive:
        assert archive.article(1).versions == 1


def test_what_no_reader_saw_is_tried_each_time_but_said_once(tmp_path: Path, cli: Cli) -> None:
    news, db = tmp_path / "news", tmp_path / "a.db"
    _write(news / "a.txt")
    (news / "link.txt").symlink_to(news / "a.txt")
    assert cli("ingest", news, "--db", db).returncode == 3
    again = cli("ingest", news, "--db", db)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith("1 unchanged, 1 still rejected  (")


def test_no_path_means_the_folders_of_earlier_runs_with_their_options(
    tmp_path: Path, cli: Cli
) -> None:
    _write(tmp_path / "news" / "a.txt")
    _write(tmp_path / "old" / "b.txt", HEAD + "Title b\nText b.\n")
    (tmp_path / "old" / "c.md").write_text("notes\n")
    assert cli("ingest", "news", "--dry-run", cwd=tmp_path).returncode == 0
    assert cli("ingest", "news", cwd=tmp_path).returncode == 0
    old = ("ingest", "old", "--encoding", "cp1252", "--include", "*.txt", "--follow")
    assert cli(*old, cwd=tmp_path).stdout.startswith("1 new, 1 excluded  (")
    with Archive(tmp_path / "archive.db") as archive:
        assert archive.roots() == [
            ([f"{tmp_path}/news"], USUAL),
            ([f"{tmp_path}/old"], Options(encoding="cp1252", include=("*.txt",), follow=True)),
        ]
    _write(tmp_path / "news" / "d.txt", HEAD + "Title d\nText d.\n")
    again = cli("ingest", cwd=tmp_path)
    assert again.returncode == 0
    assert [line.split("  (")[0] for line in again.stdout.splitlines()] == [
        "1 new, 1 unchanged",
        "1 unchanged, 1 excluded",
    ]
    assert again.stderr.splitlines() == [
        f"archive: taking in again: {tmp_path}/news",
        f"archive: taking in again: {tmp_path}/old --encoding cp1252 --include '*.txt' --follow",
    ]
    shutil.rmtree(tmp_path / "news")
    lines = cli("ingest", "--json", cwd=tmp_path)
    assert f"not there now, left alone: {tmp_path}/news" in lines.stderr
    assert [json.loads(line)["unchanged"] for line in lines.stdout.splitlines()] == [1]
    shutil.rmtree(tmp_path / "old")
    none = cli("ingest", cwd=tmp_path)
    assert (none.returncode, none.stdout) == (2, "")
    assert "none of the folders of earlier runs is there" in none.stderr


def test_no_path_in_a_new_archive_means_the_seeds_here_or_the_sample(
    tmp_path: Path, cli: Cli
) -> None:
    first = cli("ingest", cwd=tmp_path)
    assert first.stdout.startswith("1 new  (")
    assert "there is no archive yet: taking in /" in first.stderr
    _write(tmp_path / "b" / "seeds" / "one.txt")
    _write(tmp_path / "b" / "seeds" / "two.txt", HEAD + "Two\nText.\n")
    seeds = cli("ingest", cwd=tmp_path / "b")
    assert seeds.stdout.startswith("2 new  (")
    assert seeds.stderr == (
        "archive: no folder is named, and there is no archive yet: taking in seeds\n"
    )
    assert cli("ingest", "b/seeds/one.txt", "--db", "c.db", cwd=tmp_path).returncode == 0
    files_only = cli("ingest", "--db", "c.db", cwd=tmp_path)
    assert files_only.returncode == 2
    assert "no earlier run was given a folder" in files_only.stderr


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ("{}", USUAL),
        ('{"encoding": "cp1252", "exclude": ["a"]}', Options(encoding="cp1252", exclude=("a",))),
        ('{"encoding": 5, "max_size": "x", "include": "abc", "later": 1}', USUAL),
        ('{"include": [1, "a"]}', Options(include=("a",))),
        ("[]", USUAL),
        ("{", USUAL),
        ("", USUAL),
    ],
)
def test_options_are_read_back_whatever_stands_there(written: str, options: Options) -> None:
    assert read_again(written) == options
    assert read_again(options.written()) == options


def test_odd_files_go_in_and_are_pointed_out(tmp_path: Path, cli: Cli) -> None:
    news, db = tmp_path / "news", tmp_path / "a.db"
    _write(news / "two.txt", HEAD + "One\nText.\ndate 2023-02-01 Y\nTwo\nText.\n")
    _write(news / "later.txt", " date 9999-01-31 X\nTitle\nText.\n")
    _write(news / "cafe.txt", HEAD + "Café\nText.\n")
    _write(news / "long.txt", HEAD + "Long\n" + "All the words. " * 20)
    first = cli("ingest", news, "--encoding", "cp1252", "--db", db)
    assert (first.returncode, first.stdout.split("  (")[0]) == (0, "4 new")
    assert set(first.stderr.splitlines()) == {
        f"warning: {news}/two.txt:4: a second article seems to begin here: write one article a"
        " file",
        f"warning: {news}/later.txt: its date is in the future: 9999-01-31",
        f"warning: {news}/cafe.txt: it is valid UTF-8 but was read as cp1252: right so?",
    }
    _write(news / "long.txt", HEAD + "Long\nAll the words.", at=1_600_000_100)
    short = cli("ingest", news, "--json", "--db", db)
    assert short.returncode == 0
    (warning,) = json.loads(short.stdout)["warnings"]
    assert warning["reason"] == ("the new version of article 3 is much shorter: 3 words, before 60")


def test_rejections_are_grouped_by_reason_with_three_examples_each() -> None:
    found = [
        *(Rejection(f"/{at}.pdf", "a PDF file: save it as plain text") for at in range(1000)),
        *(Rejection(f"/{at}", f"not a date: '{at}', expected", 1) for at in range(2)),
        Rejection("/x", "a NUL byte", 7),
    ]
    assert list(by_reason(found)) == [
        "1,000 files: a PDF file: save it as plain text",
        "  /0.pdf",
        "  /1.pdf",
        "  /2.pdf",
        "  ... and 997 more",
        "2 files: not a date: ..., expected",
        "  /0:1: not a date: '0', expected",
        "  /1:1: not a date: '1', expected",
        "/x:7: a NUL byte",
    ]
    assert list(by_reason([Remark("/a", "odd")])) == ["/a: odd"]
    records = [Rejection("/a.csv", "no text", at) for at in (2, 3)]
    assert list(by_reason(records)) == ["2 records: no text", "  /a.csv:2", "  /a.csv:3"]


def test_a_picture_a_page_and_the_like_are_called_that(tmp_path: Path, cli: Cli) -> None:
    news = tmp_path / "news"
    _write(news / "a.txt")
    (news / "scan.pdf").write_bytes(b"%PDF-1.4 \xff")
    (news / "page.htm").write_text("<!DOCTYPE html>\n<p>Text</p>\n")
    (news / "list.txt").write_text("no header\n")
    result = cli("ingest", news, "--db", tmp_path / "a.db")
    assert result.returncode == 3
    assert set(result.stderr.splitlines()) == {
        f"{news}/scan.pdf: a PDF file: save it as plain text",
        f"{news}/page.htm: no date of publication in its structured data (--date gives one)",
        f"{news}/list.txt:1: no header: expected '[byline] date YYYY-MM-DD [category]';"
        " see 'archive help format'",
    }


def test_the_archives_own_copies_are_passed_over_unless_named(tmp_path: Path, cli: Cli) -> None:
    _write(tmp_path / "a.txt")
    assert cli("ingest", ".", cwd=tmp_path).returncode == 0
    copy = cli("backup", ".", "--keep", "2", cwd=tmp_path).stdout.strip()
    other = cli("backup", "sub.db", cwd=tmp_path)
    assert (other.returncode, other.stderr) == (0, "")
    assert cli("restore", copy, cwd=tmp_path).returncode == 0
    result = cli("ingest", ".", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("1 unchanged, 3 own copies passed over  (")
    named = cli("ingest", "sub.db", cwd=tmp_path)
    assert named.returncode == 3
    assert "sub.db: an SQLite database: save it as plain text" in named.stderr
    found = {line["name"]: line for line in map(
        json.loads, cli("doctor", "--json", cwd=tmp_path).stdout.splitlines())}  # fmt: skip
    assert found["last backup"]["found"].endswith(f"Z, {tmp_path}/sub.db")
    assert found["kept beside it"]["found"].startswith("archive.db.replaced (")


def test_the_reader_has_a_version() -> None:
    assert USUAL.read_as.reader == READERS
