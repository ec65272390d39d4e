"""Doctor: says what is so, in whatever state the archive is, and changes nothing."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive import Archive
from archive.engines.contract import Finding
from archive.engines.sqlite import health, lock, schema_revisions

if TYPE_CHECKING:
    from conftest import Cli


def _findings(path: str | Path) -> dict[str, Finding]:
    with Archive(path) as archive:
        return {finding.name: finding for finding in archive.doctor()}


def test_a_healthy_archive(db: str, cli: Cli, tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    shutil.copy(db, path)  # another test may have left a log beside the shared one
    found = _findings(path)
    assert found["schema"] == Finding("schema", schema_revisions.REVISIONS[-1])
    assert found["articles"].found == "10, from 10 files"
    assert found["journal"].found == "wal"
    assert found["SQLite"].found == sqlite3.sqlite_version
    assert found["Python"].found == ".".join(map(str, sys.version_info[:3]))
    assert found["lock"] == Finding("lock", "free")
    assert found["may be written"].advice is None
    assert "log" not in found
    shown = cli("doctor", "--db", path)
    assert shown.returncode == 0
    assert shown.stdout.count("\n") >= len(found)
    lines = [json.loads(line) for line in cli("doctor", "--json", "--db", path).stdout.splitlines()]
    assert {line["name"] for line in lines} == set(found)


def test_states_that_call_for_something(
    db: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "make one" in (_findings(tmp_path / "none.db")["file"].advice or "")
    text = tmp_path / "text.db"
    text.write_text("text " * 200)
    assert "not an article archive" in (_findings(text)["archive"].advice or "")
    newer = tmp_path / "newer.db"
    shutil.copy(db, newer)
    with contextlib.closing(sqlite3.connect(newer)) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "upgrade the program" in (_findings(newer)["schema"].advice or "")
    killed = tmp_path / "killed.db"
    program = (
        "import os, signal, sys\nfrom archive import Archive\n"
        "Archive(sys.argv[1]).ingest(sys.argv[2:], progress=lambda n: os.kill(os.getpid(), 9))\n"
    )
    subprocess.run([sys.executable, "-c", program, str(killed), str(folder)], check=False)
    found = _findings(killed)
    assert "killed.db-wal" in found["log"].found
    assert found["lock"].found == "free"
    copy = tmp_path / "copy.db"
    shutil.copy(db, copy)
    with lock.held(str(copy), create=True):
        assert f"process {os.getpid()}" in _findings(copy)["lock"].found
    monkeypatch.setattr(health, "LOW_SPACE", 10**18)
    assert "make room" in (_findings(copy)["free space"].advice or "")


def test_every_state_leaves_the_files_as_they_were(db: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for size in (None, 0, 100, 16384, os.path.getsize(db) // 2):
        shutil.copy(db, path)
        if size is not None:
            os.truncate(path, size)
        before = path.read_bytes()
        assert _findings(path)
        assert path.read_bytes() == before
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.db"]


@pytest.mark.parametrize(
    ("mounts", "kind"),
    [
        ("dev / ext4 rw 0 0\nhost:/x /mnt nfs4 rw 0 0\n", "nfs4"),
        ("dev / ext4 rw 0 0\ndev /mntx xfs rw 0 0\n", "ext4"),
        ("", None),
    ],
)
def test_the_file_system_is_that_of_the_longest_mount(
    monkeypatch: pytest.MonkeyPatch, mounts: str, kind: str | None
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: mounts)
    assert health._file_system("/mnt/news") == kind  # noqa: SLF001 - the table of mounts is the system's
