"""What becomes of files: identity, versions, sources, rejections, and that no byte is ever lost."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from archive import Archive, IngestReport, Options
from archive.errors import ArchiveOutdated, ArchiveUnusable, UsageError
from archive.formats.dated_text import parse
from archive.ingest import files as find
from archive.ingest.tally import COUNTED
from conftest import SEEDS, Interrupted

if TYPE_CHECKING:
    from archive.incoming import FoundFile

clock = iter(range(1_000_000_000, 2_000_000_000, 60))


def article(title: str, text: str = "Text.") -> bytes:
    return f" date 2023-01-31 Politics\n{title}\n{text}\n".encode()


class News:
    """A folder and its archive; every file written has an old time of its own."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "news"
        self.folder.mkdir()
        self.path = str(root / "archive.db")
        self.archive = Archive(self.path)

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        moment = next(clock)
        os.utime(path, (moment, moment))
        return path

    def ingest(self, **options: Any) -> IngestReport:
        return self.archive.ingest([self.folder], options=Options(**options))

    def foretold(self) -> IngestReport:
        """Ingest the folder; a dry run before says the same of it."""
        foretold = self.archive.ingest([self.folder], dry_run=True)
        report = self.ingest()
        assert replace(foretold, seconds=0, dry_run=False) == replace(report, seconds=0)
        return report

    def counts(self, **options: Any) -> dict[str, int]:
        report = self.ingest(**options)
        found = {name: getattr(report, name) for name in COUNTED}
        assert sum(found.values()) == report.files
        return {name: count for name, count in found.items() if count}

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as plain:
            return plain.execute(statement).fetchall()

    def check(self) -> None:
        assert self.archive.verify().problems == ()


@pytest.fixture
def news(tmp_path: Path) -> Iterator[News]:
    made = News(tmp_path)
    yield made
    made.archive.close()


def test_the_seed_goes_in(tmp_path: Path) -> None:
    with Archive(tmp_path / "a.db") as archive:
        assert archive.ingest([SEEDS]).new == 1
        stored = archive.article(1)
        (seed,) = SEEDS.glob("*.txt")
        assert stored.article.published_on == "2023-01-31"
        assert stored.content_hash == hashlib.sha256(seed.read_bytes()).digest()
        assert [source.path for source in stored.sources] == [str(seed)]
        assert archive.raw(1) == seed.read_bytes()


def test_a_second_run_opens_no_file_and_changes_nothing(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(5):
        news.write(f"{at}.txt", article(f"T{at}"))
    assert news.counts() == {"new": 5}
    tables = ("articles", "paragraphs", "sources", "revisions")
    before = [news.sql(f"SELECT * FROM {table}") for table in tables]

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(find, "read", never)
    assert news.counts() == {"unchanged": 5}
    assert [news.sql(f"SELECT * FROM {table}") for table in tables] == before


def test_a_touched_file_is_read_again_and_is_unchanged(news: News) -> None:
    path = news.write("a.txt", article("A"))
    news.ingest()
    os.utime(path, (1_500_000_000, 1_500_000_000))
    assert news.counts() == {"unchanged": 1}
    assert news.sql("SELECT mtime_ns FROM sources") == [(1_500_000_000_000_000_000,)]
    assert news.sql("SELECT count(*) FROM revisions") == [(0,)]


def test_a_file_changed_within_the_clocks_grain_is_noticed(news: News) -> None:
    path = news.folder / "a.txt"
    path.write_bytes(article("A", "One."))
    status = path.stat()
    news.ingest()
    path.write_bytes(article("A", "Two."))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.utime(path, ns=(0, news.sql("SELECT mtime_ns FROM sources")[0][0]))
    # A time in the future of the run that read it is as little proof as one of the same moment.
    future = int(4e18)
    os.utime(path, ns=(future, future))
    assert news.counts() == {"changed": 1}
    path.write_bytes(article("A", "Six."))
    os.utime(path, ns=(future, future))
    assert news.counts() == {"changed": 1}


def test_a_correction_of_the_same_size_whose_time_was_put_back_is_noticed(news: News) -> None:
    path = news.write("a.txt", article("Fire", "12 people."))
    status = path.stat()
    news.ingest()
    time.sleep(0.05)
    path.write_bytes(article("Fire", "21 people."))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert news.counts() == {"changed": 1}


def test_a_changed_file_is_a_new_version_of_its_article(news: News) -> None:
    versions = [article("A", text) for text in ("One.", "Two.\nMore.", "One.", "Three.")]
    for at, data in enumerate(versions):
        news.write("a.txt", data)
        assert news.counts() == ({"changed": 1} if at else {"new": 1})
        assert [hit.article_id for hit in news.archive.search(data.split()[-1].decode())] == [1]
    stored = news.archive.article(1)
    assert (stored.version, stored.versions) == (4, 4)
    assert stored.article.paragraphs == ("Three.",)
    assert news.archive.article(1, 2).article.paragraphs == ("Two.", "More.")
    assert [news.archive.raw(1, version) for version in (1, 2, 3, 4)] == versions
    assert news.archive.raw(1) == versions[3]
    (passage,) = news.archive.paragraphs("1@2:2")
    assert (passage.text, passage.citation) == ("More.", "1@2:2")
    assert not news.archive.search("two")
    news.check()


def test_a_moved_file_and_a_copied_file_are_further_sources(news: News) -> None:
    path = news.write("a.txt", article("A"))
    news.ingest()
    path.rename(news.folder / "b.txt")
    assert news.counts() == {"moved": 1}
    shutil.copy2(news.folder / "b.txt", news.folder / "c.txt")
    assert news.counts() == {"copied": 1, "unchanged": 1}
    assert news.sql("SELECT count(*) FROM articles") == [(1,)]
    assert [source.path[-5:] for source in news.archive.article(1).sources] == [
        "a.txt", "b.txt", "c.txt",
    ]  # fmt: skip
    news.check()


def test_copies_in_one_run_are_one_article(news: News) -> None:
    news.write("a.txt", article("A"))
    news.write("b.txt", article("A"))
    news.write("c.txt", article("A").replace(b"\n", b"\r\n"))
    assert news.counts() == {"new": 1, "copied": 2}
    (crlf,) = news.sql("SELECT length(original) FROM sources WHERE path LIKE '%c.txt'")
    assert 0 < crlf[0] < 60
    news.check()


def test_a_corrected_file_whose_copy_is_still_there_is_a_new_version(news: News) -> None:
    news.write("a.txt", article("A"))
    news.write("b.txt", article("A"))
    news.ingest()
    news.write("a.txt", article("A", "Edited."))
    assert news.counts() == {"changed": 1, "unchanged": 1}
    assert (news.archive.raw(1, 1), news.archive.raw(1)) == (
        article("A"), article("A", "Edited."),
    )  # fmt: skip
    assert news.sql("SELECT path LIKE '%b.txt', revision FROM sources ORDER BY 1") == [
        (0, None), (1, 1),
    ]  # fmt: skip
    assert news.counts() == {"unchanged": 2}
    news.check()


def test_a_correction_follows_the_lost_text_that_is_more_alike_than_the_one_at_its_path(
    news: News,
) -> None:
    """A story stands in two articles, since both texts were there from the start; the second text
    goes, a copy of the first is left, and the first file is overwritten with a correction of the
    second."""
    first, second, third = (
        " ".join(f"{'new' if n < new else 'old'}{n}" for n in range(40)) for new in (0, 4, 8)
    )
    news.write("0.txt", article("First title", first))
    news.write("copy.txt", article("First title", first))
    gone = news.write("1.txt", article("Second title", second))
    news.ingest()
    where = "SELECT article_id FROM sources WHERE gone_at IS NULL ORDER BY path"
    (was,), (other,), (copy,) = news.sql(where)
    assert was == copy != other
    gone.unlink()
    news.write("0.txt", article("Third title", third))
    report = news.foretold()
    assert (report.new, report.changed) == (0, 1)
    assert news.sql(where) == [(other,), (copy,)]
    news.check()


def test_a_file_overwritten_with_another_story_is_another_article(news: News) -> None:
    path = news.write("latest.txt", article("Quake in the east"))
    news.ingest()
    news.write("latest.txt", article("Bank raises rates", "On Wednesday."))
    report = news.foretold()
    assert (report.split, report.changed) == (1, 0)
    assert [(given.path, given.article_id) for given in report.reassigned] == [(str(path), 1)]
    assert news.archive.raw(1) == article("Quake in the east")
    assert news.archive.history(1)[0].path == str(path)
    news.check()


def test_a_moved_then_edited_file_is_a_new_version(news: News) -> None:
    path = news.write("a.txt", article("A").replace(b"\n", b"\r\n"))
    news.ingest()
    path.rename(news.folder / "b.txt")
    news.ingest()
    news.write("b.txt", article("A", "Edited."))
    assert news.counts() == {"changed": 1}
    assert news.sql("SELECT path LIKE '%a.txt', revision FROM sources ORDER BY id") == [
        (1, 1), (0, None),
    ]  # fmt: skip
    assert news.archive.raw(1, 1) == article("A").replace(b"\n", b"\r\n")
    assert [source.path[-5:] for source in news.archive.article(1, 1).sources] == ["a.txt"]
    news.check()
    news.write("a.txt", article("A").replace(b"\n", b"\r\n"))  # the old file comes back
    assert news.counts() == {"unchanged": 2}
    assert news.sql("SELECT article_id, revision, gone_at FROM sources ORDER BY id") == [
        (1, 1, None), (1, None, None),
    ]  # fmt: skip
    news.check()


def test_a_file_is_missed_though_a_file_of_elsewhere_is_given_beside_its_folder(
    tmp_path: Path, news: News
) -> None:
    news.write("a.txt", article("A"))
    gone = news.write("b.txt", article("B", "The second story is told here."))
    beside = tmp_path / "beside.txt"
    beside.write_bytes(article("C"))
    given = [news.folder, beside]
    news.archive.ingest(given)
    gone.unlink()
    news.write("d.txt", article("B", "The second story is told here, corrected."))
    report = news.archive.ingest(given)
    assert (report.new, report.changed) == (0, 1)
    assert [file.path for file in news.archive.sources() if file.gone_at] == [str(gone)]
    news.check()


def test_a_text_that_left_its_path_and_came_back_keeps_its_number_when_it_is_corrected(
    news: News,
) -> None:
    news.write("latest.txt", article("A"))
    news.ingest()
    news.write("latest.txt", article("Bank raises rates", "On Wednesday."))
    news.ingest()
    news.write("a.txt", article("A"))
    news.ingest()
    cited = news.archive.cite("1")
    news.write("a.txt", article("A", "Corrected."))
    assert news.counts()["changed"] == 1
    then = news.archive.cite(f"1@{cited.version}")
    assert then.content_hash == cited.content_hash
    assert news.archive.raw(1, cited.version) == article("A")
    assert news.archive.cite("1").version == cited.version + 1
    news.check()


def test_a_version_number_never_comes_to_mean_another_text(news: News) -> None:
    crlf = article("X").replace(b"\n", b"\r\n")
    news.write("a.txt", article("X"))
    news.write("b.txt", crlf)
    news.ingest()
    (news.folder / "b.txt").unlink()
    news.write("a.txt", article("X", "Y"))
    assert news.counts() == {"changed": 1}
    before = [(v.number, v.title) for v in news.archive.history(1)]
    assert before == [(1, "X"), (2, "X"), (3, "X")]
    assert {news.archive.raw(1, 1), news.archive.raw(1, 2)} == {article("X"), crlf}
    news.write("b.txt", article("Z", "Another story."))
    assert news.counts() == {"split": 1, "unchanged": 1}
    assert [(v.number, v.title) for v in news.archive.history(1)] == before
    news.check()


def test_a_folder_that_has_moved_is_pointed_out(news: News) -> None:
    for name in ("a.txt", "b.txt", "deep/c.txt"):
        news.write(f"old/{name}", article(f"Story {name}"))
    news.write("other.txt", article("Other"))
    assert news.foretold().relocated is None
    (news.folder / "old").rename(news.folder / "new")
    news.write("new/b.txt", article("Story b.txt", "Corrected."))
    shutil.copy2(news.folder / "other.txt", news.folder / "copy.txt")
    report = news.foretold()
    assert report.relocated == (f"{news.folder}/old", f"{news.folder}/new")
    assert (report.new, report.copied) == (1, 3)  # what was away has lost nothing


def test_mistakes_in_a_call_are_archive_errors(news: News) -> None:
    with pytest.raises(UsageError, match="unknown encoding"):
        news.ingest(encoding="klingon")
    report = news.archive.ingest(["a\0b"])
    assert (report.rejected, report.new) == (1, 0)


def test_two_copies_edited_the_same_way_end_up_as_one_article(news: News) -> None:
    crlf = article("A").replace(b"\n", b"\r\n")
    news.write("a.txt", article("A"))
    news.write("b.txt", crlf)
    news.ingest()
    for name in ("a.txt", "b.txt"):
        news.write(name, article("A", "Edited."))
    assert news.counts() == {"changed": 2}
    assert news.archive.raw(1) == article("A", "Edited.")
    assert news.sql("SELECT count(*) FROM articles") == [(1,)]
    kept = {news.archive.raw(1, version) for version in (1, 2)}
    assert kept == {article("A"), crlf}
    news.check()


def test_other_line_ends_are_a_version_that_keeps_the_old_bytes(news: News) -> None:
    crlf = article("A").replace(b"\n", b"\r\n")
    news.write("a.txt", crlf)
    news.ingest()
    news.write("a.txt", article("A"))
    assert news.counts() == {"rewritten": 1}
    assert (news.archive.raw(1, 1), news.archive.raw(1)) == (crlf, article("A"))
    assert news.archive.article(1, 1).article == news.archive.article(1).article
    assert news.sql("SELECT count(*) FROM articles") == [(1,)]
    assert news.sql("SELECT text FROM revisions") == [(None,)]  # no second text
    news.check()


def test_a_file_that_disappears_changes_nothing(news: News) -> None:
    path = news.write("a.txt", article("A"))
    news.ingest()
    path.unlink()
    assert news.counts() == {}
    assert news.archive.raw(1) == article("A")
    news.check()


def test_another_encoding_gives_back_the_same_bytes(news: News) -> None:
    data = " date 2023-01-31 Économie\nÉlysée\n“Voilà”\n".encode("cp1252")
    path = news.write("a.txt", data)
    assert news.counts() == {"rejected": 1}
    assert news.counts(encoding="cp1252") == {"new": 1}
    assert news.archive.raw(1) == data
    assert news.archive.article(1).article.paragraphs == ("“Voilà”",)
    os.utime(path, (1_500_000_000, 1_500_000_000))
    assert news.counts() == {"unchanged": 1}  # the bytes are known, whatever they are read as
    news.check()


def test_rejections_are_recorded_with_line_and_reason(news: News) -> None:
    news.write("bad.txt", b"\n date 2023-02-30\nT\nText\n")
    news.write("good.txt", article("A"))
    report = news.ingest()
    assert (report.new, report.rejected) == (1, 1)
    columns = "first_ingest_id, last_ingest_id, size, encoding, path, line, reason"
    known = (f"{news.folder}/bad.txt", 2, "no such date: 2023-02-30")
    assert news.sql(f"SELECT {columns} FROM rejections") == [(1, 1, 25, "utf-8", *known)]
    runs = news.sql("SELECT new, rejected, finished_at > started_at FROM ingests")
    assert runs == [(1, 1, 1)]
    again = news.ingest()
    assert (again.rejected, again.still_rejected, again.files) == (0, 1, 2)
    assert news.sql(f"SELECT {columns} FROM rejections") == [(1, 1, 25, "utf-8", *known)]
    news.write("bad.txt", b"\n date 2023-02-30\nT\nOther text\n")
    news.ingest()
    assert news.sql(f"SELECT {columns} FROM rejections") == [(3, 3, 31, "utf-8", *known)]
    news.check()
    news.write("bad.txt", article("T"))
    assert news.counts() == {"new": 1, "unchanged": 1}
    assert news.sql("SELECT * FROM rejections") == []


def test_a_rejected_change_keeps_the_last_good_version(news: News) -> None:
    news.write("a.txt", article("A"))
    news.ingest()
    news.write("a.txt", b"")
    assert news.counts() == {"rejected": 1}
    assert news.archive.raw(1) == article("A")
    news.write("a.txt", article("A", "Mended."))
    assert news.counts() == {"changed": 1}
    news.check()


def test_a_dry_run_writes_nothing_and_foretells_the_run(news: News) -> None:
    for name, title in (("a", "A"), ("b", "A"), ("c", "C"), ("d", "D"), ("m", "M")):
        news.write(f"{name}.txt", article(title))
    foretold = news.archive.ingest([news.folder], dry_run=True)
    assert (foretold.new, foretold.copied, foretold.dry_run) == (4, 1, True)
    assert not Path(news.path).exists()
    assert news.counts() == {"new": 4, "copied": 1}
    before = Path(news.path).read_bytes()
    news.write("a.txt", article("A", "Edited."))
    news.write("c.txt", article("C", "Edited."))
    news.write("d.txt", article("D").replace(b"\n", b"\r\n"))
    news.write("e.txt", b"bad")
    (news.folder / "m.txt").rename(news.folder / "n.txt")
    foretold = news.archive.ingest([news.folder], dry_run=True)
    assert Path(news.path).read_bytes() == before
    report = news.ingest()
    for name in ("new", "changed", "rewritten", "split", "moved", "copied", "unchanged"):
        assert getattr(foretold, name) == getattr(report, name), name
    assert (report.rewritten, report.changed, report.moved, report.rejected) == (1, 2, 1, 1)


def test_a_dry_run_foretells_changes_that_depend_on_each_other(news: News) -> None:
    for name in "abc":
        news.write(f"{name}.txt", article("One"))
    news.write("d.txt", article("Two"))
    news.ingest()
    news.write("a.txt", article("Three"))
    news.write("b.txt", article("Four"))
    news.write("c.txt", article("Five"))
    news.write("d.txt", article("One"))
    news.write("e.txt", article("Five"))
    report = news.foretold()
    assert (report.split, report.moved, report.copied) == (3, 1, 1)
    news.check()


def test_a_dry_run_foretells_that_a_file_takes_over_what_another_leaves(news: News) -> None:
    news.write("a.txt", article("One"))
    news.write("b.txt", article("Two"))
    news.ingest()
    news.write("a.txt", article("Two"))
    news.write("b.txt", article("Three"))
    report = news.foretold()
    assert (report.moved, report.split) == (1, 1)


def test_strict_stores_nothing_but_the_record(news: News) -> None:
    news.write("a.txt", article("A"))
    news.ingest()
    news.write("a.txt", article("A", "Edited."))
    news.write("b.txt", article("B"))
    news.write("c.txt", b"bad")
    news.write("d.txt", b"worse")
    (news.folder / "e.txt").symlink_to("a.txt")
    assert news.counts(strict=True) == {"rejected": 3}
    assert news.sql("SELECT count(*) FROM articles") == [(1,)]
    assert news.archive.raw(1) == article("A")
    assert news.sql("SELECT count(reason) FROM rejections") == [(3,)]
    news.check()
    for name in "cde":
        (news.folder / f"{name}.txt").unlink()
    assert news.counts(strict=True) == {"new": 1, "changed": 1}


def test_an_error_in_mid_run_leaves_whole_articles_and_the_next_run_completes(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.ingest.walk.CHUNK_FILES", 4)
    monkeypatch.setattr("archive.ingest.run.COMMIT_SECONDS", 0.0)
    for at in range(20):
        news.write(f"{at:02}.txt", article(f"T{at}"))
    read = find.read

    def failing(path: str, max_size: int) -> tuple[FoundFile, bytes]:
        if path.endswith("10.txt"):
            raise KeyboardInterrupt
        return read(path, max_size)

    monkeypatch.setattr(find, "read", failing)
    with pytest.raises(KeyboardInterrupt):
        news.ingest()
    assert not Path(f"{news.path}.lock").exists()
    assert news.sql("SELECT count(*) FROM articles") == [(8,)]
    assert news.sql("SELECT new, finished_at FROM ingests") == [(8, None)]
    news.check()
    monkeypatch.setattr(find, "read", read)
    assert news.counts() == {"new": 12, "unchanged": 8}
    news.check()


def test_a_run_stopped_anywhere_leaves_nothing_by_which_the_next_decides_otherwise(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbered files that all moved up by one and were corrected at once, one in front: who
    was whom can be told only as long as no path has been given on."""
    monkeypatch.setattr("archive.ingest.run.COMMIT_SECONDS", 0.0)
    monkeypatch.setattr("archive.ingest.walk.CHUNK_FILES", 2)
    stories = [f"Story {letter}|{' '.join(f'{letter}{n}' for n in range(40))}" for letter in "pqrs"]
    texts = [article(*story.split("|")) for story in stories]
    for at, text in enumerate(texts):
        news.write(f"{at}.txt", text)
    news.ingest()
    news.archive.close()
    before = Path(news.path).read_bytes()
    for at, text in enumerate([article("New", "Front."), *texts]):
        news.write(f"{at}.txt", text.replace(b"5", b"x"))

    def look() -> list[Any]:
        news.check()
        return [
            news.sql("SELECT id, title, body FROM article_text WHERE id < 5"),
            news.sql(
                "SELECT path, article_id, revision FROM sources WHERE article_id < 5 ORDER BY path"
            ),
            news.sql("SELECT article_id, number, title FROM revisions ORDER BY 1, 2"),
        ]

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Interrupted, **k))
    monkeypatch.setattr(Interrupted, "statements", 0)
    monkeypatch.setattr(Interrupted, "limit", 0)
    assert news.counts() == {"changed": 4, "split": 1}
    total, expected = Interrupted.statements, look()
    assert [row[1] for row in expected[0]] == [story.split("|")[0] for story in stories]
    for limit in range(1, total, 3):
        news.archive.close()
        Path(news.path).write_bytes(before)
        Interrupted.statements, Interrupted.limit = 0, limit
        with contextlib.suppress(KeyboardInterrupt):
            news.ingest()
        Interrupted.limit = 0
        news.ingest()
        assert look() == expected, limit


def test_progress_may_end_the_run_and_what_was_done_is_stored(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.ingest.walk.CHUNK_FILES", 4)
    for at in range(20):
        news.write(f"{at:02}.txt", article(f"T{at}"))
    report = news.archive.ingest([news.folder], progress=lambda done: done < 8)
    assert (report.new, report.stopped) == (8, True)
    assert news.sql("SELECT count(*), max(id) FROM articles") == [(8, 8)]
    assert news.sql("SELECT finished_at FROM ingests") == [(None,)]
    assert news.counts() == {"new": 12, "unchanged": 8}


def test_an_archive_removed_meanwhile_is_an_error(news: News) -> None:
    news.write("a.txt", article("A"))

    def remove(_: int) -> bool:
        for name in (news.path, f"{news.path}-wal", f"{news.path}-shm"):
            with contextlib.suppress(OSError):
                os.unlink(name)
        return True

    with pytest.raises(ArchiveUnusable):
        news.archive.ingest([news.folder], progress=remove)


@pytest.mark.parametrize("data", [b"", b"just text " * 200, b"SQLite format 3\0 broken" * 100])
def test_what_is_no_archive_is_never_written_to(news: News, data: bytes) -> None:
    Path(news.path).write_bytes(data)
    news.write("a.txt", article("A"))
    with pytest.raises(ArchiveUnusable):
        news.ingest()
    assert Path(news.path).read_bytes() == data
    assert sorted(os.listdir(Path(news.path).parent)) == ["archive.db", "news"]


def test_a_newer_archive_is_never_written_to(news: News) -> None:
    news.write("a.txt", article("A"))
    news.ingest()
    with contextlib.closing(sqlite3.connect(news.path)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    before = Path(news.path).read_bytes()
    with pytest.raises(ArchiveOutdated, match="upgrade the program"):
        news.ingest()
    assert Path(news.path).read_bytes() == before


def test_readers_see_whole_articles_while_an_ingest_runs(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.ingest.walk.CHUNK_FILES", 5)
    monkeypatch.setattr("archive.ingest.run.COMMIT_SECONDS", 0.0)
    for at in range(50):
        news.write(f"{at:02}.txt", article(f"T{at}", "One.\nTwo.\nThree."))
    seen: list[int] = []

    def look(_: int) -> bool:
        with Archive(news.path) as reader:
            seen.append(reader.count("three"))
            rows = reader.sql("SELECT sum(paragraph_count) FROM articles").rows
            assert next(iter(rows))[0] == 3 * seen[-1]
        return True

    news.archive.ingest([news.folder], progress=look)
    assert seen == list(range(5, 51, 5))
    assert sorted(os.listdir(Path(news.path).parent)) == ["archive.db", "news"]


def test_a_file_rewritten_while_read_is_never_torn(news: News) -> None:
    versions = [article("A", letter * 200_000) for letter in "xyz"]
    path = news.folder / "a.txt"
    path.write_bytes(versions[0])
    done = threading.Event()

    def rewrite() -> None:
        at = 0
        while not done.is_set():
            at += 1
            with path.open("r+b") as file:  # in place, in two steps: the worst way to write
                file.write(versions[at % 3][:100_000])
                file.flush()
                done.wait(0.01)
                file.write(versions[at % 3][100_000:])
            done.wait(0.03)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(12):
            news.ingest()
    finally:
        done.set()
        writer.join()
    news.ingest()
    stored = {(row[0].encode()) for row in news.sql("SELECT body FROM article_text")}
    stored |= {(row[0].encode()) for row in news.sql("SELECT text FROM revisions")}
    assert stored <= {version.split(b"\n", 2)[2].rstrip() for version in versions}
    assert stored
    news.check()


def test_the_archive_itself_is_never_read_as_a_file(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening and closing it would drop SQLite's locks: readers then see a malformed file."""
    inside = Archive(news.folder / "archive.db")
    news.write("a.txt", article("A"))
    assert inside.ingest([news.folder]).new == 1
    os.link(news.folder / "archive.db", news.folder / "link.db")
    opened: list[str] = []
    read = find.read

    def noting(path: str, max_size: int) -> tuple[FoundFile, bytes]:
        opened.append(os.path.basename(path))
        return read(path, max_size)

    monkeypatch.setattr(find, "read", noting)
    news.write("b.txt", article("B"))
    report = inside.ingest([news.folder])
    assert (report.new, report.unchanged, report.rejected) == (1, 1, 0)
    assert set(opened) == {"b.txt"}
    assert inside.verify().problems == ()
    inside.close()


CONTENTS = [
    article("A"),
    article("A").replace(b"\n", b"\r\n"),
    article("A") + b"\n",
    article("A", "Edited."),
    article("B", "习近平 ﬁnal"),
    b"\xef\xbb\xbf" + article("B"),
    b"no article",
]
NAMES = st.sampled_from(["a.txt", "b.txt", "c/a.txt"])


class Life(RuleBasedStateMachine):
    """A folder's life: files come, change, move, are copied and go, with an ingest after each."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = contextlib.ExitStack()
        import tempfile  # noqa: PLC0415

        root = self.scratch.enter_context(tempfile.TemporaryDirectory())
        self.news = News(Path(root))
        self.stored: set[bytes] = set()

    def teardown(self) -> None:
        self.news.archive.close()
        self.scratch.close()

    @rule(name=NAMES, data=st.sampled_from(CONTENTS))
    def write(self, name: str, data: bytes) -> None:
        self.news.write(name, data)

    @rule(source=NAMES, to=NAMES, keep=st.booleans())
    def move(self, source: str, to: str, keep: bool) -> None:
        path = self.news.folder / source
        if path.exists() and source != to:
            data = path.read_bytes()
            if not keep:
                path.unlink()
            self.news.write(to, data)

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        (self.news.folder / name).unlink(missing_ok=True)

    @invariant()
    def nothing_is_lost(self) -> None:
        present = {path.read_bytes() for path in self.news.folder.rglob("*.txt")}
        foretold = self.news.archive.ingest([self.news.folder], dry_run=True)
        report = self.news.ingest()
        assert replace(foretold, seconds=0, dry_run=False) == replace(report, seconds=0)
        self.stored |= present - {b"no article"}
        self.news.check()
        again = self.news.ingest()
        assert again.unchanged + again.still_rejected == again.files == report.files
        kept = self.news.sql(
            "SELECT content_hash FROM articles UNION SELECT content_hash FROM revisions"
        )
        assert {parse(data).content_hash() for data in self.stored} <= {found for (found,) in kept}
        for path in self.news.folder.rglob("*.txt"):
            data = path.read_bytes()
            if data == b"no article":
                continue
            ((article_id, revision, digest),) = self.news.sql(
                f"SELECT article_id, revision, file_hash FROM sources WHERE path = '{path}'"
            )
            assert digest == hashlib.sha256(data).digest()
            texts = self.news.archive.article(article_id, revision).article.paragraphs
            assert "\n".join(texts) in data.decode().replace("\r", "")


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=10, deadline=None)


def test_one_question_is_answered_as_of_one_moment(tmp_path: Path) -> None:
    """Another connection commits an article before each statement of a question."""
    news = News(tmp_path)
    news.write("first.txt", article("First"))
    news.ingest()
    with (
        contextlib.closing(sqlite3.connect(news.path, isolation_level=None)) as other,
        Archive(news.path) as reader,
    ):
        other.execute("PRAGMA journal_mode = WAL")  # as while an ingest runs
        assert reader.stats().articles == 1

        def bring(statement: str) -> None:
            other.executescript(
                "BEGIN; INSERT INTO articles (id, published_on, category, title, word_count,"
                " paragraph_count, content_hash, added_at, updated_at) SELECT max(id) + 1,"
                " published_on, category, title, word_count, 1, randomblob(32), added_at, updated_at"
                " FROM articles;"
                "INSERT INTO paragraphs SELECT max(id), 1, 'Text.', NULL FROM articles; COMMIT"
            )

        reader._engine.reader.set_trace_callback(bring)  # noqa: SLF001 - between its statements
        seen = reader.stats()
        assert seen.articles == seen.paragraphs == dict(seen.categories)["Politics"] > 1
        (year,) = reader.timeline([""], "year")
        assert year.counts == (year.total,)
        reader._engine.reader.set_trace_callback(None)  # noqa: SLF001
        assert reader.stats().articles > year.total > seen.articles


def test_a_file_that_grows_old_while_it_is_looked_at_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fresh when first asked, no longer fresh when asked again: it belonged to neither list."""
    news = News(tmp_path)
    news.write("a.txt", article("One"))
    answers = iter([True])
    monkeypatch.setattr(find, "is_fresh", lambda _: next(answers, False))
    assert news.ingest().new == 1
