"""Bringing another archive in: nothing is lost, nothing here changes its meaning."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import Archive
from archive.errors import ArchiveMissing, ArchiveUnusable, UsageError
from conftest import Cli, Interrupted

LONG_AGO = 1_600_000_000
STORIES = {
    name: " ".join(f"{name}{number}" for number in range(12))
    for name in ("grain", "vote", "rain", "bank")
}


class Desk:
    """A folder of files and the archive of it; each change of a file has a time of its own."""

    def __init__(self, folder: Path, name: str, news: str = "news") -> None:
        self.db = folder / f"{name}.db"
        self.news = folder / news
        self.changes = 0

    def write(self, name: str, story: str, correction: str = "", end: str = "\n") -> None:
        self.changes += 1
        path = self.news / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f" date 2023-01-31 X\nOn {story}\n{STORIES[story]}\nSaid {correction or 'nobody'}.\n"
        path.write_bytes(text.replace("\n", end).encode())
        os.utime(path, (LONG_AGO + self.changes, LONG_AGO + self.changes))

    def ingest(self) -> None:
        with Archive(self.db) as archive:
            archive.ingest(self.news)

    def contents(self) -> dict[str, str]:
        """Each citation of a version, and the fingerprint of what it means."""
        with Archive(self.db) as archive:
            numbers = [int(str(row[0])) for row in archive.sql("SELECT id FROM articles").rows]
            return {
                f"{number}@{version.number}": archive.article(
                    number, version.number
                ).content_hash.hex()
                for number in numbers
                for version in archive.history(number)
            }

    def bytes(self) -> set[bytes]:
        """All bytes of all versions and sources."""
        with Archive(self.db) as archive:
            rows = archive.sql(
                "SELECT file_hash FROM sources UNION SELECT file_hash FROM revisions"
            )
            return {bytes(row[0]) for row in rows.rows}

    def check(self) -> None:
        with Archive(self.db) as archive:
            assert archive.verify().problems == ()


@pytest.fixture
def two(tmp_path: Path) -> tuple[Desk, Desk]:
    """Two archives of two folders, with different stories."""
    one, other = Desk(tmp_path, "one", "m1"), Desk(tmp_path, "other", "m2")
    for desk, story in ((one, "grain"), (other, "vote")):
        desk.write("a", story)
        desk.ingest()
        desk.write("a", story, "the minister")
        desk.ingest()
    return one, other


def test_another_archive_comes_in_with_its_history(two: tuple[Desk, Desk], cli: Cli) -> None:
    one, other = two
    before = one.contents()
    told = cli("merge", other.db, "--dry-run", "--db", one.db)
    assert told.stdout.splitlines() == [
        "article 1 there is 2 here",
        "would be: 1 article, 0 versions, 1 source, 2 runs, 0 removals",
    ]
    assert one.contents() == before
    done = cli("merge", other.db, "--db", one.db)
    assert done.stdout.splitlines()[-1] == "1 article, 0 versions, 1 source, 2 runs, 0 removals"
    there = other.contents()
    assert one.contents() == before | {f"2@{n}": there[f"1@{n}"] for n in (1, 2)}
    with Archive(one.db) as archive:
        assert archive.count("vote1") == archive.count("minister grain1") == 1
        assert archive.ingest([one.news, other.news]).unchanged == 2
        assert archive.raw(2, 1) != archive.raw(2)
    one.check()
    other.check()


def test_a_merge_done_again_brings_nothing(two: tuple[Desk, Desk]) -> None:
    one, other = two
    with Archive(one.db) as archive:
        archive.merge(other.db)
        before = one.contents()
        again = archive.merge(other.db)
        assert (again.articles, again.versions, again.sources, again.runs) == (0, 0, 0, 0)
        assert (again.renumbered, again.kept, again.withheld) == ((), (), ())
    assert one.contents() == before
    one.check()


def test_a_copy_that_went_on_gives_what_is_newer(two: tuple[Desk, Desk]) -> None:
    one, _ = two
    copy = replace_db(one, "copy")
    copy.write("a", "grain", "the prime minister")
    copy.ingest()
    with Archive(one.db) as archive:
        report = archive.merge(copy.db)
        assert (report.articles, report.versions, report.runs) == (0, 1, 1)
        assert [version.number for version in archive.history(1)] == [1, 2, 3]
        assert "prime" in archive.article(1).article.paragraphs[1]
    one.check()


def replace_db(desk: Desk, name: str) -> Desk:
    """A copy of a desk's archive, over the same folder."""
    copy = Desk(desk.news.parent, name, desk.news.name)
    copy.changes = desk.changes + 100
    shutil.copy(desk.db, copy.db)
    return copy


def test_of_two_corrections_the_one_here_stays_current(two: tuple[Desk, Desk]) -> None:
    one, _ = two
    copy = replace_db(one, "copy")
    copy.write("a", "grain", "the farmers")
    copy.ingest()
    one.write("a", "grain", "the millers, as all know")
    one.ingest()
    before, theirs = one.contents(), copy.contents()
    with Archive(one.db) as archive:
        report = archive.merge(copy.db)
        assert (report.articles, report.versions) == (0, 1)
        assert [kept.article_id for kept in report.kept] == [1]
        assert "millers" in archive.article(1).article.paragraphs[1]
    after = one.contents()
    assert before.items() <= after.items()
    assert set(theirs.values()) <= set(after.values())
    one.check()


def test_a_path_that_both_know_stays_as_it_is_here(tmp_path: Path) -> None:
    one, other = Desk(tmp_path, "one"), Desk(tmp_path, "other")
    one.write("a", "grain")
    one.ingest()
    other.write("a", "vote", "the deputies")
    other.ingest()
    with Archive(one.db) as archive:
        report = archive.merge(other.db)
        assert [(kept.path, kept.article_id) for kept in report.kept] == [
            (str(one.news / "a.txt"), 1)
        ]
        assert [(file.article_id, file.version) for file in archive.sources()] == [(1, None)]
        with Archive(other.db) as theirs:
            assert archive.raw(2) == theirs.raw(1)
        lines = [f"{line}\n".encode() for line in archive.dump()]
        with Archive(tmp_path / "loaded.db") as loaded:
            assert loaded.load(lines) == 2
            assert loaded.verify().problems == ()
    one.check()


def test_what_was_removed_here_stays_out_and_what_was_removed_there_is_said(
    two: tuple[Desk, Desk], cli: Cli
) -> None:
    one, other = two
    for desk in two:
        desk.write("b", "rain")
        desk.write("c", "bank")
        desk.ingest()
    with Archive(one.db) as archive:
        archive.remove([2], reason="court order")
    with Archive(other.db) as archive:
        archive.remove([3], reason="by mistake")
        archive.remove([1])
    shown = cli("merge", other.db, "--db", one.db)
    assert shown.stdout == "0 articles, 0 versions, 0 sources, 3 runs, 2 removals\n"
    assert "article 2 there was removed here: kept out\n" in shown.stderr
    assert "article 3 here was removed there: 'archive remove 3' takes it out\n" in shown.stderr
    with Archive(one.db) as archive:
        assert archive.count("rain1") == archive.count("vote1") == 0
        assert len(archive.ingest([one.news, other.news]).kept_out) == 3
        archive.remove([3])
        assert archive.merge(other.db).removals == 0
    one.check()


@pytest.mark.parametrize("what", ["itself", "none", "damaged", "older"])
def test_what_cannot_be_merged_changes_nothing(two: tuple[Desk, Desk], what: str) -> None:
    one, other = two
    before = one.db.read_bytes()
    error: type[Exception] = ArchiveUnusable
    if what == "itself":
        other, error = replace_db(one, "link"), UsageError
        other.db.unlink()
        other.db.symlink_to(one.db)
    elif what == "none":
        other.db.unlink()
        error = ArchiveMissing
    else:
        data = bytearray(other.db.read_bytes())
        at = data.index(b"minister")
        data[at : at + 8] = b"MINISTER"
        other.db.write_bytes(data)
    with Archive(one.db) as archive, pytest.raises(error):
        archive.merge(other.db)
    assert one.db.read_bytes() == before


@pytest.mark.parametrize("command", ["merge", "relocate"])
def test_what_is_stopped_anywhere_is_done_whole_or_not_at_all(
    two: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    one, other = two
    before, held = one.db.read_bytes(), one.contents()

    def do() -> None:
        with Archive(one.db) as archive:
            if command == "merge":
                archive.merge(other.db)
            else:
                archive.relocate(one.news, other.news)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Interrupted, **k))
    monkeypatch.setattr(Interrupted, "limit", 0)
    monkeypatch.setattr(Interrupted, "statements", 0)
    do()
    total, whole = Interrupted.statements, (one.contents(), _paths(one))
    for limit in range(2, total + 1, 5):
        one.db.write_bytes(before)
        Interrupted.statements, Interrupted.limit = 0, limit
        with contextlib.suppress(KeyboardInterrupt):
            do()
        Interrupted.limit = 0
        one.check()
        assert (one.contents(), _paths(one)) in (whole, (held, [str(one.news / "a.txt")])), limit


def _paths(desk: Desk) -> list[str]:
    with Archive(desk.db) as archive:
        return [file.path for file in archive.sources()]


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "ingest", "delete", "remove", "copy"]),
        st.integers(0, 1),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(sorted(STORIES)),
        st.sampled_from(["", "the minister", "two people at the gate", "all"]),
        st.sampled_from(["\n", "\r\n"]),
    ),
    max_size=12,
)


@settings(
    max_examples=int(os.environ.get("MERGE_EXAMPLES", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(actions=ACTIONS, apart=st.booleans())
def test_nothing_is_lost_and_no_citation_changes(
    tmp_path_factory: pytest.TempPathFactory,
    actions: list[tuple[str, int, str, str, str, str]],
    apart: bool,
) -> None:
    folder = tmp_path_factory.mktemp("merging")
    desks = [Desk(folder, "one", "m1"), Desk(folder, "other", "m2" if apart else "m1")]
    for desk in desks:
        desk.write("start", "grain")
        desk.ingest()
    for action, which, name, story, correction, end in actions:
        desk = desks[which]
        if action == "write":
            desk.changes += 100 * which
            desk.write(name, story, correction, end)
        elif action == "ingest":
            desk.ingest()
        elif action == "delete":
            (desk.news / f"{name}.txt").unlink(missing_ok=True)
        elif action == "copy":
            with Archive(desk.db) as archive:
                shutil.copy(archive.backup(folder / f"copy-{which}.db"), desks[1 - which].db)
        elif numbers := sorted({int(cited.split("@")[0]) for cited in desk.contents()}):
            with Archive(desk.db) as archive:
                archive.remove([numbers[len(name + story) % len(numbers)]])
    one, other = desks
    before, theirs = one.contents(), other.contents()
    held = one.bytes()
    with Archive(one.db) as archive:
        gone = {
            bytes(row[0]).hex() for row in archive.sql("SELECT content_hash FROM removals").rows
        }
        told = archive.merge(other.db, dry_run=True)
        done = archive.merge(other.db)
        assert replace(told, dry_run=False) == done
    after = one.contents()
    assert before.items() <= after.items()
    withheld = {
        content for cited, content in theirs.items() if int(cited.split("@")[0]) in done.withheld
    }
    assert set(theirs.values()) - withheld <= set(after.values())
    assert not gone & set(after.values())
    assert held <= one.bytes()
    one.check()
    with Archive(one.db) as archive:
        again = archive.merge(other.db)
        assert (again.articles, again.versions, again.sources, again.removals) == (0, 0, 0, 0)
        lines = [f"{line}\n".encode() for line in archive.dump()]
        with Archive(folder / "loaded.db") as loaded:
            loaded.load(lines)
            assert loaded.verify().problems == ()
    one.ingest()
    one.check()
    assert before.keys() <= one.contents().keys()
    shutil.rmtree(folder)
