"""What is reported survives a power cut: a file is on the disk before it gets its name, and the name
is on the disk before the command ends. A recorder of calls shows the order."""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive import Archive
from archive.upkeep import export
from conftest import ROOT

FULL = 2
"""`PRAGMA synchronous`: at least this, and what is committed survives a power cut."""


class Recorder:
    """The calls that decide what a power cut leaves, in their order, and how the connections that
    wrote were set."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, str, tuple[int, int, int]]] = []
        self.settings: list[int] = []
        self._names: dict[int, str] = {}
        for name in ("fsync", "fdatasync"):
            patch.setattr(os, name, self._syncing(getattr(os, name)))
        for name in ("rename", "replace", "link"):
            patch.setattr(os, name, self._naming(getattr(os, name)))
        patch.setattr(sqlite3, "connect", self._connecting(sqlite3.connect))

    def _syncing(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def sync(descriptor: int) -> None:
            real(descriptor)
            self.calls.append(("sync", "", _state(os.fstat(descriptor))))

        return sync

    def _naming(self, real: Callable[..., None]) -> Callable[..., None]:
        def name(old: str, new: str) -> None:
            state = _state(os.stat(old))
            real(old, new)
            self.calls.append((real.__name__, os.path.realpath(new), state))

        return name

    def _connecting(self, real: Callable[..., Any]) -> Callable[..., Any]:
        settings = self.settings

        class Connection(sqlite3.Connection):
            def close(self) -> None:
                if self.total_changes:
                    settings.append(self.execute("PRAGMA synchronous").fetchone()[0])
                super().close()

        return lambda *given, **options: real(*given, factory=Connection, **options)

    def named(self) -> list[str]:
        """The paths that got a file, in their order, each checked for what must come before and
        after it."""
        found = []
        for at, (call, path, state) in enumerate(self.calls):
            if call == "sync":
                continue
            before = [synced for name, _, synced in self.calls[:at] if name == "sync"]
            if ".replaced" not in path:  # a second name of what has been there for long
                assert state in before, f"{path} got its name before its content was synced"
            folder = os.stat(os.path.dirname(path)).st_ino
            after = [synced for name, _, synced in self.calls[at:] if name == "sync"]
            assert folder in [inode for inode, *_ in after], f"the folder of {path} was not synced"
            found.append(path)
        return found


def _state(stat: os.stat_result) -> tuple[int, int, int]:
    """Which file it is, and what changes when it is written to."""
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


def test_a_new_archive(folder: Path, tmp_path: Path, recorder: Recorder) -> None:
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        archive.ingest([folder])
    assert recorder.named() == [str(path)]


def test_a_loaded_archive(db: str, tmp_path: Path, recorder: Recorder) -> None:
    path = tmp_path / "a.db"
    with Archive(db) as archive:
        lines = [f"{line}\n".encode() for line in archive.dump()]
    with Archive(path) as archive:
        archive.load(lines)
    assert recorder.named() == [str(path)]


@pytest.mark.parametrize("over", [False, True], ids=["new", "over an earlier copy"])
def test_a_backup(db: str, tmp_path: Path, recorder: Recorder, over: bool) -> None:
    target = tmp_path / "copy.db"
    with Archive(db) as archive:
        if over:
            archive.backup(target)
            recorder.calls.clear()
        archive.backup(target)
    assert recorder.named() == [str(target)]


def test_a_copy_in_a_folder_of_copies(db: str, tmp_path: Path, recorder: Recorder) -> None:
    with Archive(db) as archive:
        copies = [archive.backup(tmp_path / "copies", keep=1) for _ in range(2)]
    assert recorder.named() == copies
    assert os.listdir(tmp_path / "copies") == [os.path.basename(copies[1])]


def test_a_restored_archive_and_what_it_replaces(
    db: str, folder: Path, tmp_path: Path, recorder: Recorder
) -> None:
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        archive.ingest([folder / "01"])
        recorder.calls.clear()
        kept = archive.restore(db).replaced
    assert recorder.named() == [kept, str(path)]


def test_the_copy_that_an_upgrade_makes(tmp_path: Path, recorder: Recorder) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(gzip.decompress((ROOT / "tests/data/archive-0001.db.gz").read_bytes()))
    with Archive(path) as archive:
        _, _, backup = archive.upgrade()
    assert recorder.named() == [backup]
    assert min(recorder.settings) >= FULL


def test_all_that_writes_waits_for_the_disk(
    db: str, folder: Path, tmp_path: Path, recorder: Recorder
) -> None:
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        archive.ingest([folder / "01"])
        archive.ingest([folder])
        archive.reindex()
    with Archive(db) as archive:
        lines = [f"{line}\n".encode() for line in archive.dump()]
    with Archive(tmp_path / "loaded.db") as archive:
        archive.load(lines)
    assert len(recorder.settings) >= 4
    assert min(recorder.settings) >= FULL


def test_exported_files_and_their_folders_are_synced_a_few_at_a_time(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recorder: Recorder
) -> None:
    batches: list[list[str]] = []
    sync = export._sync  # noqa: SLF001

    def noted(names: list[str]) -> None:
        batches.append(list(names))
        recorder.calls.clear()
        sync(names)
        synced = [state for _, _, state in recorder.calls]
        for path in (*batches[-1], *map(os.path.dirname, batches[-1])):
            assert _state(os.stat(path)) in synced

    monkeypatch.setattr(export, "_sync", noted)
    monkeypatch.setattr(export, "_BATCH", 4)
    with Archive(db) as archive:
        report = archive.export(tmp_path / "out")
    assert [len(names) for names in batches[:-1]] == [4] * (len(batches) - 1)
    assert sum(map(len, batches)) == report.files > 4
