"""The faults of the table that no other test shows, the table itself, and the page on limits."""

from __future__ import annotations

import ast
import contextlib
import gzip
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive import Archive
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import guard, lock, schema_revisions
from archive.engines.sqlite import sql as sqlroom
from archive.engines.sqlite import sql_child as sqlite_room
from archive.errors import ArchiveUnusable
from archive.formats.contract import Reading
from archive.formats.packing import LARGEST_FILE
from archive.ingest import files as find
from archive.ingest import tally
from archive.query import parser as query
from archive.records import MAX_HEADER
from archive.upkeep import verify
from conftest import ROOT, Cli, add_revision

sys.path.insert(0, str(ROOT / "tests" / "faults"))

import known
import mutants
import mutations
import run
import table
from harness import Result

DATA = ROOT / "tests" / "data"


def test_every_fault_has_tests_or_steps_that_exist() -> None:
    tests = {
        name
        for path in (ROOT / "tests").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    steps = set(run.STEPS)
    shown = {name for names in table.FAULTS.values() for name in names}
    assert shown <= tests | steps
    assert steps <= shown
    assert len(table.FAULTS) >= 40


def test_the_report_names_every_fault_and_every_case() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    for fault in table.FAULTS:
        assert f"\n| {fault} | " in page
    rows = re.findall(r"^\| (.+) \| ([\d,]+) \| (.+) \| .*\|$", page, re.MULTILINE)
    assert len(rows) >= 14
    failed = [case for case, _, failures in rows if failures != "0"]
    assert (f"**{run.FAILED}: {len(failed)} of " in page) == bool(failed)


def test_a_step_that_is_run_alone_keeps_the_rows_of_the_others(tmp_path: Path) -> None:
    rows = {case: run.row(Result(case, 1234)) for case in ("power cuts: some", "another")}
    page = run.page(rows)
    assert "no article was lost | 0 of 1,234 failed |\n" in page
    (tmp_path / "page.md").write_text(page)
    assert run.rows_of(tmp_path / "page.md") == rows


def test_a_report_with_a_failure_is_written_and_is_red() -> None:
    good, bad = Result("good", 4), Result("bad", 4, note="a note")
    bad.most(3, "hit")
    good.most(3, "hit")
    bad.most(2, "hit")
    page = run.page({result.case: run.row(result) for result in (good, bad)})
    assert "\n**🔴 FAILED: 1 of 2 cases, marked below.**\n" in page
    assert "\n| good | 4 | 0 |  |\n" in page
    assert "\n| bad | 4 | **1 🔴 FAILED** | a note; first: only 2 of 4 tries hit |\n" in page


def test_every_known_fault_fits_one_function() -> None:
    sources = mutants.modules(ROOT)
    made = {
        (fault.function, fault.what)
        for file, source in sources.items()
        for fault in mutations.mutations(file, source)
    }
    assert known.EQUIVALENT.keys() <= made
    for fault in known.FAULTS:
        fitting = [file for file, source in sources.items() if fault.put_into(source)]
        assert len(fitting) == 1, (fault.name, fitting)


SMALL = """
def least(values, most=3):
    '''The least.'''
    found = [value for value in values if value < most]
    if not found:
        raise ValueError(min(1, 2))
    return sorted(found, key=abs)[0]
"""


def test_small_faults_are_made_of_every_part_of_a_function() -> None:
    made = mutations.mutations("x.py", SMALL)
    assert {fault.function for fault in made} == {"least"}
    said = "\n".join(fault.what for fault in made)
    for part in (
        "`3` becomes `4`", "`value < most` becomes `value <= most`", "`value < most` becomes `value >= most`",
        "of a comprehension lost", "`if not found` inverted", "`if not found` never true", "`raise ValueError(min(1, 2))` removed",
        "`min` becomes `max`", "without `key`", "returns None", "`0` becomes `1`",
    ):  # fmt: skip
        assert part in said, part
    assert len({(fault.function, fault.what) for fault in made}) == len(made)
    for fault in made:
        changed = mutations.mutated(SMALL, fault.number)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(SMALL))
    source, blocks = mutations.watched(SMALL, 5)
    assert blocks == 3
    assert [f"_fault_map[{at}] = 1" in source for at in (4, 5, 6, 7, 8)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_the_page_on_limits_is_what_the_code_has() -> None:
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    for row in (
        f"| a file | {find.MAX_FILE_SIZE >> 20} MiB; `--max-size` sets another,"
        f" up to {LARGEST_FILE >> 20} MiB |",
        "| a record of JSON, a line of a table | a sixteenth of `--max-size`:"
        f" {Reading().largest_record >> 20} MiB |",
        f"| the header line | {MAX_HEADER:,} characters |",
        f"| rejections that a run lists | {tally.LISTED:,};",
        f"| a query | {query.MAX_LENGTH:,} characters |",
        f"| brackets in a query | {query.MAX_DEPTH} deep |",
        f"| `NEAR` between alternatives | {query.MAX_PAIRS} pairs |",
        f"| a statement of `archive sql` | {sqlite_room.LONGEST_STATEMENT:,} characters |",
        f"| its time | {sqlroom.DEFAULT_SECONDS:g} s;",
        f"| its memory | {sqlite_room.MEMORY >> 20} MB |",
        f"| a value in it | {sqlite_room.LONGEST_VALUE:,} bytes |",
        f"| a row of its answer | {sqlite_room.LONGEST_ROW >> 20} MiB |",
        f"| its answer | {sqlite_room.LONGEST_ANSWER >> 20} MiB,",
        f"| a value in an archive that is read | {guard.LONGEST_VALUE >> 20} MiB |",
        f"| problems that `verify` lists | {verify._MOST_PROBLEMS:,} |",  # noqa: SLF001
        f"| waiting for another writer | {lock.LOCK_SECONDS:g} s |",
        f"| waiting for another program's lock | {sqlite.BUSY_SECONDS:g} s |",
    ):
        assert f"\n{row}" in page, row


def test_what_is_beyond_a_limit_is_said_as_on_the_page(cli: Cli, db: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    header = tmp_path / "header.txt"
    header.write_text(" date 2023-01-31 " + "x" * 1985 + "\nTitle\nText\n")
    record = tmp_path / "record.jsonl"
    record.write_text('{"date": "2023-01-31", "title": "T", "text": "' + "x" * (4 << 20) + '"}\n')
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(70 << 20)
    near = f"({' OR '.join(f'a{n}' for n in range(21))}) NEAR/3 ({' OR '.join(f'b{n}' for n in range(21))})"
    for code, said, arguments in (
        (3, "larger than the limit", ["ingest", big]),
        (3, "over the limit of 4,194,304", ["ingest", record]),
        (3, "a header of 2,001 characters; the limit is 2,000", ["ingest", header]),
        (2, "the query has 20,001 characters; the limit is 20,000", ["search", "a" * 20_001]),
        (2, "too many words", ["search", near]),
        (2, "at most 1,000,000", ["sql", "-"]),
        (2, "string or blob too big", ["sql", "SELECT zeroblob(100000001)"]),
        (
            2,
            "a row of 20 MB: at most 17; take parts with substr()",
            ["sql", "SELECT zeroblob(20000000)"],
        ),
    ):
        statement = f"SELECT '{'x' * 1_000_000}'" if arguments[-1] == "-" else None
        path = tmp_path / "new.db" if arguments[0] == "ingest" else db
        result = cli(*arguments, "--db", path, input_=statement)
        assert result.returncode == code, (arguments[0], result.stderr[:300])
        assert said in result.stderr, (said, result.stderr[:300])
        assert said in page
        assert "Traceback" not in result.stderr


def test_the_archive_of_each_released_revision_is_upgraded(tmp_path: Path, cli: Cli) -> None:
    """The fixtures hold versions, copies, a source that is gone, a rejection; they were made with the
    program of that revision, their paths shortened to /news."""
    for revision in schema_revisions.REVISIONS:
        packed = DATA / f"archive-{revision}.db.gz"
        if revision == schema_revisions.REVISIONS[-1] and not packed.exists():
            continue  # not released yet
        path = tmp_path / f"{revision}.db"
        path.write_bytes(gzip.decompress(packed.read_bytes()))
        hashes = "SELECT id, content_hash, title FROM articles ORDER BY id"
        files = "SELECT path, article_id, revision, file_hash FROM sources ORDER BY id"
        cited = "SELECT article_id, position, text FROM paragraphs ORDER BY 1, 2"
        replaced = "SELECT article_id, number, title, text FROM revisions WHERE text IS NOT NULL"
        with contextlib.closing(sqlite3.connect(path)) as plain:
            before = [plain.execute(sql).fetchall() for sql in (hashes, files, cited)]
            versions = plain.execute(replaced).fetchall()
        assert len(before[0]) >= 3
        assert versions
        result = cli("upgrade", "--db", path)
        assert (result.returncode, result.stderr) == (0, "")
        assert Path(f"{path}.{revision}.backup").exists() == (
            revision != schema_revisions.REVISIONS[-1]
        )
        with Archive(path) as archive:
            assert archive.verify().problems == ()
            assert [list(archive.sql(sql).rows) for sql in (hashes, files, cited)] == before
            for article_id, number, title, text in versions:
                article = archive.article(article_id, number).article
                assert (article.title, "\n".join(article.paragraphs)) == (title, text)
            for article_id, content_hash, title in before[0]:
                cite = archive.cite(f"{article_id}:1")
                assert (cite.title, cite.content_hash) == (title, content_hash)
            assert archive.count("visit") == 2
            assert archive.history(1)


REBUILDS = """\
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9998", "{before}"
def upgrade() -> None:
    bind = op.get_bind()
    views = bind.execute(sa.text("SELECT name, sql FROM sqlite_schema WHERE type = 'view'")).all()
    for name, _ in views:
        op.execute(f"DROP VIEW {{name}}")
    with op.batch_alter_table("articles", recreate="always") as batch:
        batch.add_column(sa.Column("note", sa.Text))
    for _, sql in views:
        op.execute(sql)
"""


def test_a_migration_that_rebuilds_a_table_loses_no_rows(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch migration drops the old table: with foreign keys on, that would fail, or take rows of
    other tables with it."""
    before = schema_revisions.REVISIONS[-1]
    path = tmp_path / "a.db"
    shutil.copy(db, path)
    with Archive(db) as original:
        paragraphs = original.stats().paragraphs
    add_revision(tmp_path, monkeypatch, "9998", REBUILDS.format(before=before))
    with Archive(path) as archive:
        assert archive.upgrade()[:2] == (before, "9998")
        assert archive.verify().problems == ()
        assert archive.count("moscow") == 2
        assert archive.stats().paragraphs == paragraphs


def test_an_error_that_sqlalchemy_wraps_is_explained_as_sqlites_own() -> None:
    wrapped = sa.exc.OperationalError("SELECT 1", None, sqlite3.OperationalError("no luck"))
    with (
        pytest.raises(ArchiveUnusable, match=r"^a\.db cannot be used: no luck$"),
        sqlite.translated("a.db"),
    ):
        raise wrapped


def test_a_truncated_archive_is_reported(cli: Cli, db: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    size = os.path.getsize(db)
    for left in (size // 2, size - 1, size - sqlite.PAGE_SIZE, sqlite.PAGE_SIZE, 100, 1):
        shutil.copy(db, path)
        os.truncate(path, left)
        result = cli("verify", "--db", path)
        assert result.returncode == 4, left
        assert "Traceback" not in result.stderr
        assert os.path.getsize(path) == left


def test_a_backup_taken_during_an_ingest_is_a_whole_state(tmp_path: Path) -> None:
    news, path = tmp_path / "news", tmp_path / "a.db"
    news.mkdir()
    for at in range(1200):
        (news / f"{at}.txt").write_text(f" date 2023-01-31\nTitle {at}\nText {at}.\n")
        os.utime(news / f"{at}.txt", (1_600_000_000, 1_600_000_000))
    taken: list[int] = []

    def copy(done: int) -> bool:
        target = tmp_path / f"{len(taken)}.db"
        with Archive(path) as reader:
            reader.backup(target)
        with Archive(target) as backup:
            assert backup.verify().problems == ()
            taken.append(backup.stats().articles)
        return True

    def bring() -> None:
        with Archive(path) as writer:
            writer.ingest([news], progress=copy)

    thread = threading.Thread(target=bring)
    thread.start()
    thread.join()
    assert len(taken) == 3
    with Archive(path) as archive:
        assert archive.stats().articles == 1200
        archive.backup(tmp_path / "last.db")
    with Archive(tmp_path / "last.db") as backup:
        assert backup.stats().articles == 1200


def _as_nobody(run: Callable[[], int]) -> int:
    """Run in a child that may not do everything, even where the tests run as root; its exit code."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        code = 99
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            code = run()
        except BaseException:  # noqa: BLE001 - it is the end of the child
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_read_only_folder_works_or_says_why(db: str, folder: Path) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        shutil.copy(db, root / "a.db")
        program = (
            "import os, sys\nfrom archive import Archive\nfrom archive.ingest import run\nrun.COMMIT_BYTES = 1\n"
            "Archive(sys.argv[1]).ingest(sys.argv[2:], progress=lambda n: os.kill(os.getpid(), 9))\n"
        )
        killed = [sys.executable, "-c", program, str(root / "killed.db"), str(folder)]
        subprocess.run(killed, check=False)
        assert (root / "killed.db-wal").stat().st_size > 0
        (root / "killed.db-shm").unlink(missing_ok=True)
        for entry in root.iterdir():
            entry.chmod(0o444)
        root.chmod(0o555)
        before = {entry.name: entry.read_bytes() for entry in root.iterdir()}

        def look() -> int:
            with Archive(root / "a.db") as archive:
                if archive.count("moscow") != 2 or archive.verify().problems:
                    return 1
                may_start = os.access(sys.executable, os.X_OK)  # nobody may not look below /root
                if may_start and next(archive.sql("SELECT count(*) FROM articles").rows) != (10,):
                    return 2
                try:
                    archive.reindex()
                except ArchiveUnusable as error:
                    if "cannot be written" not in str(error):
                        return 3
                else:
                    return 4
            with Archive(root / "killed.db") as archive:
                try:
                    archive.count("moscow")
                except ArchiveUnusable as error:
                    return 0 if "copy the archive and its -wal file" in str(error) else 5
            return 6

        with Archive(db) as archive:  # loads what the child, who may read little, will need
            archive.verify()
            archive.count("moscow")
            list(archive.sql("SELECT 1").rows)
        code = _as_nobody(look)
        assert code == 0
        assert {entry.name: entry.read_bytes() for entry in root.iterdir()} == before
    finally:
        root.chmod(0o755)
        shutil.rmtree(root)


def test_an_unreadable_file_is_reported_and_the_rest_goes_in() -> None:
    root = Path(tempfile.mkdtemp())
    try:
        root.chmod(0o777)
        news = root / "news"
        news.mkdir()
        for name in ("a.txt", "b.txt"):
            (news / name).write_text(f" date 2023-01-31\nTitle {name}\nText.\n")
        (news / "b.txt").chmod(0)
        (news / "closed").mkdir(mode=0)

        def bring() -> int:
            with Archive(root / "a.db") as archive:
                report = archive.ingest([news])
            reasons = {Path(r.path).name: r.reason for r in report.rejections}
            denied = {"b.txt": "Permission denied", "closed": "Permission denied"}
            return 0 if (report.new, reasons) == (1, denied) else 1

        with Archive(root / "first.db") as archive:
            archive.ingest([news / "a.txt"])
        assert _as_nobody(bring) == 0
    finally:
        (root / "news" / "closed").chmod(0o755)
        shutil.rmtree(root)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_regular_file_is_no_archive_and_is_never_opened(
    tmp_path: Path, kind: str, db: str
) -> None:
    path = tmp_path / "x.db"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(os.devnull)
    with Archive(path) as archive:
        for asked in (archive.stats, archive.verify, archive.upgrade, lambda: archive.ingest([])):
            with pytest.raises(ArchiveUnusable, match="no regular file"):
                asked()
        assert len(archive.doctor()) > 1
    if kind != "folder":
        with Archive(db) as archive, pytest.raises(ArchiveUnusable, match="no regular file"):
            archive.backup(path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "x" * 19_000), ("search", "date:" + "x" * 19_000), ("search", "moscow", "--date", "x" * 19_000),
        ("search", "moscow", "--category", "x" * 19_000), ("show", "x" * 19_000), ("concordance", "x" * 19_000),
        ("sql", "select " + "x" * 19_000), ("sql", "x" * 19_000), ("ingest", "x" * 19_000), ("restore", "x" * 19_000),
        ("ingest", "--encoding", "x" * 19_000, "."), ("ingest", "--max-size", "x" * 19_000, "."),
    ],
    ids=lambda given: " ".join(given)[:24],
)  # fmt: skip
def test_what_an_error_echoes_is_short(cli: Cli, db: str, arguments: tuple[str, ...]) -> None:
    done = cli("--db", db, *arguments)
    assert done.returncode in (1, 2, 4)
    assert done.stderr.startswith("archive: ")
    assert max(map(len, done.stderr.splitlines())) < 460
