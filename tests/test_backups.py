"""Backup, restore, export, dump and load: what went in comes out, and what was there is kept."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archive import Archive, ArchiveError
from archive.engines.sqlite import lock
from archive.schema import metadata
from archive.upkeep.dump import TABLES
from conftest import ROOT, Cli


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """An archive with everything in it: versions, copies, a source that is gone, other line ends,
    another encoding, a rejection, several runs. And the folder as it is now."""
    root = tmp_path_factory.mktemp("full")
    news = root / "news"
    (news / "deep").mkdir(parents=True)
    path = str(root / "archive.db")
    clock = iter(range(1_500_000_000, 1_600_000_000, 1000))

    def write(name: str, data: bytes) -> None:
        (news / name).write_bytes(data)
        moment = next(clock)
        os.utime(news / name, (moment, moment))

    with Archive(path) as archive:
        write("a.txt", b" date 2023-01-31 World\nA\nFirst text.\nSecond.\n")
        write("copy.txt", (news / "a.txt").read_bytes())
        write("crlf.txt", " Zoë date 2023-02-01\r\nCafé 中\r\n\r\nText.\r\n".encode())
        write("gone.txt", b" date 2020-01-01\nGone\nText.\n")
        write("deep/bad.txt", b"no header")
        record = {
            "id": "1",
            "date": "2023-03-01",
            "title": "Many",
            "text": "Of one.",
            "source": "P",
        }
        write("many.jsonl", f"{json.dumps(record)}\n".encode())
        archive.ingest([news])
        write("a.txt", b" date 2023-01-31 World\nA\nFirst text, changed.\n")
        write("crlf.txt", " Zoë date 2023-02-01\nCafé 中\nText.\n".encode())
        write("gone.txt", b" date 2020-01-01\nGone\nOther text.\n")
        archive.ingest([news])
        (news / "gone.txt").rename(news / "deep" / "moved.txt")
        archive.ingest([news])
        write("deep/moved.txt", b" date 2020-01-01\nGone\nThird text.  \n")
        archive.ingest([news])
        (news / "deep" / "bad.txt").unlink()
    with contextlib.closing(sqlite3.connect(path)) as plain, plain:  # what no command writes yet
        plain.execute("INSERT INTO removals VALUES (99, x'00ff', '2026-01-01T00:00:00Z', 'asked')")
    with Archive(path) as archive:
        assert archive.verify().problems == ()
    return path, news


def rows(path: str | Path) -> dict[str, list[tuple[Any, ...]]]:
    with contextlib.closing(sqlite3.connect(path)) as plain:
        tables = [name for (name,) in plain.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            " AND name <> 'sqlite_schema'")]  # fmt: skip
        return {name: sorted(plain.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}


def test_a_dump_is_every_table_and_loads_to_the_same(
    full: tuple[str, Path], cli: Cli, tmp_path: Path
) -> None:
    path, _ = full
    assert {*TABLES, "paragraphs"} == set(metadata.tables)
    dumped = subprocess.run(
        [sys.executable, "-m", "archive", "--db", path, "dump"], capture_output=True, check=True
    ).stdout
    (tmp_path / "dump.jsonl").write_bytes(dumped)
    loaded = tmp_path / "b.db"
    result = cli("load", tmp_path / "dump.jsonl", "--db", loaded)
    assert (result.returncode, result.stderr) == (0, "")
    assert rows(loaded) == rows(path)
    assert all(rows(loaded).values())
    with Archive(loaded) as archive, Archive(path) as original:
        assert archive.verify().problems == ()
        assert archive.count("changed") == original.count("changed") == 1
        assert "".join(f"{line}\n" for line in archive.dump()).encode() == dumped
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["b.db", "dump.jsonl"]
    again = cli("load", tmp_path / "dump.jsonl", "--db", loaded)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)


def test_the_page_on_dumps_has_every_kind_and_key(full: tuple[str, Path]) -> None:
    page = (ROOT / "docs" / "dump.md").read_text(encoding="utf-8")
    with Archive(full[0]) as archive:
        records = [json.loads(line) for line in archive.dump()]
    assert {record["kind"] for record in records} == {
        "dump", "archive", "ingest", "root", "rejection", "removal", "article", "revision",
        "source", "piece", "container", "container_piece", "end",
    }  # fmt: skip
    for record in records:
        section = page.split(f"\n`{record['kind']}`")[1].split("\n\n")[0]
        for key in set(record) - {"kind"}:
            assert f"`{key}`" in section, (record["kind"], key)


def _ended(lines: list[str]) -> list[str]:
    digest = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    return [*lines, json.dumps({"kind": "end", "lines": len(lines), "sha256": digest})]


def test_a_damaged_dump_is_refused_with_the_line_and_nothing_is_made(
    full: tuple[str, Path], cli: Cli, tmp_path: Path
) -> None:
    with Archive(full[0]) as archive:
        lines = list(archive.dump())
    article = next(at for at, line in enumerate(lines) if '"article"' in line)
    source = next(at for at, line in enumerate(lines) if '"source"' in line)
    rejection = next(at for at, line in enumerate(lines) if '"rejection"' in line)
    for name, broken, said in (
        ("cut", lines[:-1], f"cut short after line {len(lines) - 1}"),
        ("half a line", [*lines[:5], lines[5][:20]], "6: not a line of a dump"),
        (
            "text",
            [line.replace("text, changed", "text, chanced") for line in lines],
            "content_hash",
        ),
        ("reason", [line.replace("no header", "no heater") for line in lines], "not those that"),
        ("order", [*lines[:article], lines[source], *lines[article:]], "there is no article"),
        ("twice", [*lines[: article + 1], *lines[article:]], "does not fit the rest"),
        ("first", lines[1:], "1: not a line of a dump: the first line"),
        ("kind", [lines[0], '{"kind": "x"}'], "unknown kind 'x'"),
        ("key", [lines[0], lines[1].replace('"made_at"', '"old"')], "unknown key 'old'"),
        ("newer", [lines[0].replace('"version": 3', '"version": 4')], "upgrade the program"),
        ("list", ["[]"], "1: not a line of a dump"),
        ("empty", [], "cut short after line 0"),
        ("bytes", [line.replace('"bytes": "', '"bytes": "AAAA') for line in lines], "file_hash"),
        ("no run", _ended([lines[0], lines[rejection]]), "a row of rejections refers to one"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        with Archive(folder / "b.db") as archive, pytest.raises(ArchiveError) as refused:
            archive.load([f"{line}\n".encode() for line in broken], "x.jsonl")
        assert said in str(refused.value), name
        assert refused.value.exit_code == 4
        assert "\n" not in str(refused.value)
        assert list(folder.iterdir()) == [], name
    text = "".join(f"{line}\n" for line in lines[:-1])
    result = cli("load", "-", "--db", tmp_path / "b.db", input_=text)
    assert (result.returncode, result.stdout) == (4, "")
    assert f"standard input: cut short after line {len(lines) - 1}" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_export_gives_every_file_back(full: tuple[str, Path], cli: Cli, tmp_path: Path) -> None:
    path, news = full
    out = tmp_path / "out"
    result = cli("export", out, "--db", path)
    assert (result.returncode, result.stderr) == (0, "")
    files = {file.relative_to(news) for file in news.rglob("*") if file.is_file()}
    given = {file.relative_to(out) for file in out.rglob("*") if file.is_file()}
    assert given == files | {Path("gone.txt")}
    for file in files:
        assert (out / file).read_bytes() == (news / file).read_bytes()
        assert (out / file).stat().st_mtime_ns == (news / file).stat().st_mtime_ns
    assert (out / "gone.txt").read_bytes() == b" date 2020-01-01\nGone\nOther text.\n"
    assert cli("export", out, "--db", path).returncode == 2
    with Archive(tmp_path / "again.db") as archive:
        assert archive.ingest([out]).rejected == 0


def test_a_forged_path_does_not_lead_out_of_the_folder(db: str, cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    shutil.copy(db, path)
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE sources SET path = '/x/../../../../' || ? || '/evil' WHERE id = 1",
                      (str(tmp_path)[1:],))  # fmt: skip
        other.execute("UPDATE sources SET path = '/x/clash' WHERE id = 2")
        other.execute("UPDATE sources SET path = '/x/clash/b' WHERE id = 3")
    result = cli("export", tmp_path / "out" / "deep", "--db", path)
    assert result.returncode in (0, 4)
    outside = [file for file in tmp_path.rglob("*") if file.is_file() and "out" not in file.parts]
    assert outside == [path]
    assert not (tmp_path / "evil").exists()


def test_backups_rotate_and_only_our_own(db: str, cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "archive-notes.db").write_text("mine")
    made = [cli("backup", folder, "--keep", "2", "--db", db).stdout.strip() for _ in range(4)]
    assert len(set(made)) == 4
    left = sorted(entry.name for entry in folder.iterdir())
    assert left == sorted([*(Path(name).name for name in made[2:]), "archive-notes.db"])
    for name in made[2:]:
        assert cli("verify", "--db", name).returncode == 0
    assert cli("backup", folder, "--keep", "0", "--db", db).returncode == 2


def _news(folder: Path, *numbers: int) -> Path:
    folder.mkdir(exist_ok=True)
    for at in numbers:
        (folder / f"{at}.txt").write_text(f" date 2023-01-31\nTitle {at}\nText {at}.\n")
        os.utime(folder / f"{at}.txt", (1_600_000_000, 1_600_000_000))
    return folder


def _archive(path: Path, *folders: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    for folder in folders:
        with Archive(path) as archive:
            archive.ingest([folder])
    return path


def test_a_backup_replaces_nothing_but_an_earlier_copy_of_its_archive(
    cli: Cli, tmp_path: Path
) -> None:
    news, more = _news(tmp_path / "news", 1, 2, 3), _news(tmp_path / "more", 4)
    path, copy = _archive(tmp_path / "a.db", news), tmp_path / "copy.db"
    for _ in range(2):  # one more copy of the same state
        assert cli("backup", copy, "--db", path).returncode == 0
    early = copy.read_bytes()
    (news / "1.txt").write_text(" date 2023-01-31\nTitle 1\nText 1, corrected.\n")
    _archive(path, news, more)
    assert cli("backup", copy, "--db", path).returncode == 0
    assert rows(copy) == rows(path)
    same_news = _archive(tmp_path / "b.db", news, more)
    (tmp_path / "early.db").write_bytes(early)
    (tmp_path / "notes").write_text("notes " * 200)
    newer = tmp_path / "newer.db"
    shutil.copy(copy, newer)
    with contextlib.closing(sqlite3.connect(newer)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    for source, target, code, said in (
        (
            same_news,
            copy,
            2,
            f"{copy} holds another archive, begun 20",
        ),  # begun anew, or another archive
        (tmp_path / "early.db", copy, 2, f"which {tmp_path / 'early.db'} lacks"),
        (path, same_news, 2, "name another place, or move it away"),
        (path, tmp_path / "notes", 4, "is not an article archive"),
        (path, newer, 4, "is from a newer version"),
    ):
        before = target.read_bytes()
        result = cli("backup", target, "--db", source)
        assert (result.returncode, result.stdout) == (code, "")
        assert said in result.stderr
        assert len(result.stderr.splitlines()) == 1
        assert target.read_bytes() == before
    names = {"a.db", "b.db", "copy.db", "early.db", "newer.db", "notes", "news", "more"}
    assert set(os.listdir(tmp_path)) == {*names, "a.db.backups"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("INSERT INTO ingests (id, started_at, new, changed, moved, copied, split, unchanged, rejected)"
         " VALUES (9, '2099', 0, 0, 0, 0, 0, 0, 0)", "the ingest of 2099"),
        ("UPDATE articles SET content_hash = x'01' WHERE id = 2", "article 2"),
        ("UPDATE revisions SET content_hash = x'01' WHERE article_id = 1", "version 1@1"),
        ("UPDATE sources SET path = '/other', id = 9 WHERE id = 3", "the file /other"),
    ],
)  # fmt: skip
def test_what_a_copy_holds_and_the_archive_lacks_is_named(
    cli: Cli, tmp_path: Path, change: str, said: str
) -> None:
    news = _news(tmp_path / "news", 1, 2, 3)
    path, copy = _archive(tmp_path / "a.db", news), tmp_path / "copy.db"
    (news / "1.txt").write_text(" date 2023-01-31\nTitle 1\nText 1, corrected.\n")
    _archive(path, news)
    assert cli("backup", copy, "--db", path).returncode == 0
    with contextlib.closing(sqlite3.connect(copy)) as other, other:
        assert other.execute(change).rowcount == 1
    result = cli("backup", copy, "--db", path)
    assert result.returncode == 2
    assert f"{copy} holds {said}, which {path} lacks" in result.stderr


def test_rotation_keeps_the_new_copy_and_counts_those_of_this_archive_alone(
    cli: Cli, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    path = _archive(tmp_path / "p1" / "s.db", _news(tmp_path / "news", 1))
    other = _archive(tmp_path / "p2" / "s.db", _news(tmp_path / "news", 1, 2))
    theirs = [cli("backup", folder, "--keep", "2", "--db", other).stdout.strip() for _ in range(2)]
    future = folder / "s-2099-01-01T000000Z.db"
    shutil.copy(path, future)
    made = cli("backup", folder, "--keep", "1", "--db", path).stdout.strip()
    assert {str(entry) for entry in folder.iterdir()} == {*theirs, made}
    kept = _archive(path, _news(tmp_path / "more", 3))
    shutil.copy(kept, future)
    shutil.copy(tmp_path / made, path)  # back to the state before; the other copy holds more
    last = cli("backup", folder, "--keep", "1", "--db", path).stdout.strip()
    assert {str(entry) for entry in folder.iterdir()} == {*theirs, str(future), last}


def test_a_copy_that_holds_more_counts_as_one_of_this_archive(cli: Cli, tmp_path: Path) -> None:
    """It is kept, and does not make room for others: what tells archives apart are their runs."""
    folder = tmp_path / "copies"
    path = _archive(tmp_path / "s.db", _news(tmp_path / "news", 1))
    first, second, more = (
        cli("backup", folder, "--keep", "9", "--db", path).stdout.strip() for _ in range(3)
    )
    with contextlib.closing(sqlite3.connect(more)) as other, other:
        other.execute("UPDATE sources SET id = 77, path = '/elsewhere'")
    last = cli("backup", folder, "--keep", "2", "--db", path).stdout.strip()
    assert {str(entry) for entry in folder.iterdir()} == {more, last}
    assert first != second


def test_a_copy_is_as_private_as_its_archive(cli: Cli, tmp_path: Path) -> None:
    path, copy = _archive(tmp_path / "a.db", _news(tmp_path / "news", 1)), tmp_path / "copy.db"
    path.chmod(0o600)
    assert cli("backup", copy, "--db", path).returncode == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    copy.chmod(0o644)
    assert cli("restore", copy, "--db", path).returncode == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert cli("restore", copy, "--db", tmp_path / "new.db").returncode == 0
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o644


def test_a_backup_waits_for_whoever_writes_its_target_and_clears_left_overs(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, folder = tmp_path / "copy.db", tmp_path / "copies"
    folder.mkdir()
    for left in (
        tmp_path / "copy.db.new",
        tmp_path / "copy.db.new-wal",
        folder / "archive-backup.db.new",
    ):
        left.write_text("half of a copy")
    with Archive(db) as archive:
        archive.backup(copy)
        archive.backup(folder, keep=1)
        assert sorted(os.listdir(tmp_path)) == ["copies", "copy.db"]
        assert len(os.listdir(folder)) == 1
        monkeypatch.setattr(lock, "LOCK_SECONDS", 0.1)
        with (
            lock.held(str(copy), create=True),
            pytest.raises(ArchiveError, match="is being written by"),
        ):
            archive.backup(copy)


def test_an_upgrade_never_replaces_what_has_the_name_of_its_backup(
    cli: Cli, tmp_path: Path
) -> None:
    path, notes = tmp_path / "u.db", tmp_path / "u.db.0001.backup"
    packed = (ROOT / "tests" / "data" / "archive-0001.db.gz").read_bytes()
    notes.write_text("notes")
    for _ in range(2):  # the second time there is the same copy already
        path.write_bytes(gzip.decompress(packed))
        result = cli("upgrade", "--db", path)
        assert result.stdout.endswith(f"{notes}-2\n")
        assert sorted(os.listdir(tmp_path)) == ["u.db", notes.name, f"{notes.name}-2"]
    assert notes.read_text() == "notes"
    first = Path(f"{notes}-2").read_bytes()
    path.write_bytes(gzip.decompress(packed))
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute("PRAGMA user_version = 7")  # an earlier state of what it is now
    assert cli("upgrade", "--db", path).stdout.endswith(f"{notes}-3\n")
    assert Path(f"{notes}-2").read_bytes() == first


def test_a_damaged_archive_never_pushes_out_a_good_backup(
    db: str, cli: Cli, tmp_path: Path
) -> None:
    path, folder = tmp_path / "a.db", tmp_path / "backups"
    shutil.copy(db, path)
    good = cli("backup", folder, "--keep", "1", "--db", path).stdout.strip()
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE paragraphs SET text = 'x' WHERE article_id = 1")
    result = cli("backup", folder, "--keep", "1", "--db", path)
    assert result.returncode == 4
    assert "article 1: the text is not what was stored" in result.stderr
    assert [str(entry) for entry in folder.iterdir()] == [good]


def test_restore_wins_over_a_killed_archive_and_keeps_what_was_there(
    db: str, folder: Path, cli: Cli, tmp_path: Path
) -> None:
    path, copy = tmp_path / "a.db", tmp_path / "copy.db"
    shutil.copy(db, copy)
    killed = (
        "import os, signal, sys\n"
        "from archive import Archive\n"
        "a = Archive(sys.argv[1])\n"
        "a.ingest(sys.argv[2:], progress=lambda n: os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    with Archive(path) as archive:
        archive.ingest([folder / "01"])
    subprocess.run([sys.executable, "-c", killed, str(path), str(folder)], check=False)
    assert Path(f"{path}-wal").exists()
    result = cli("restore", copy, "--db", path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{path} is now {copy}; what was there: {path}.replaced\n"
    assert rows(path) == rows(db)
    assert not Path(f"{path}-wal").exists()
    with Archive(f"{path}.replaced") as old:
        assert old.stats().articles == 1
        assert old.verify().problems == ()
    with Archive(path) as archive:
        assert archive.verify().problems == ()
    assert cli("restore", copy, "--db", path).stdout.endswith(".replaced-2\n")
    assert cli("restore", copy, "--db", tmp_path / "new.db").stdout == (
        f"{tmp_path / 'new.db'} is now {copy}\n"
    )


@pytest.mark.parametrize("kind", ["text", "damaged", "newer", "itself", "missing"])
def test_restore_refuses_what_is_no_sound_backup(
    db: str, cli: Cli, tmp_path: Path, kind: str
) -> None:
    path, source = tmp_path / "a.db", tmp_path / "source.db"
    shutil.copy(db, path)
    shutil.copy(db, source)
    change = {
        "damaged": "UPDATE paragraphs SET text = 'x'",
        "newer": "UPDATE alembic_version SET version_num = '9999'",
    }.get(kind)
    if change:
        with contextlib.closing(sqlite3.connect(source)) as other, other:
            other.execute(change)
    elif kind == "text":
        source.write_text("text " * 200)
    elif kind == "missing":
        source.unlink()
    elif kind == "itself":
        source.unlink()
        source.symlink_to(path)
    before = path.read_bytes()
    result = cli("restore", source, "--db", path)
    assert result.returncode == (2 if kind == "itself" else 4)
    assert len(result.stderr.splitlines()) == 1
    assert path.read_bytes() == before
    names = {entry.name for entry in tmp_path.iterdir()}
    assert names <= {"a.db", "source.db"}


def test_a_link_to_an_archive_has_the_same_lock(db: str, tmp_path: Path) -> None:
    path, link = tmp_path / "a.db", tmp_path / "link.db"
    shutil.copy(db, path)
    link.symlink_to(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lock, "LOCK_SECONDS", 0.1)
        with lock.held(str(link), create=True):
            assert (tmp_path / "a.db.lock").exists()
            with Archive(path) as archive, pytest.raises(ArchiveError, match="is being written by"):
                archive.reindex()
