"""The writing commands, each with what it starts from, and the system calls that they make: for runs
that are killed at each of these (kills.py) and that lose their power between them (power.py).

Needs strace (Linux).
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import Child, Result, command, complain_to, content, write_articles

from archive import Archive

CALLS = ("pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "rename", "link", "mkdir")
"""The system calls that change files, in the way this program and SQLite use them."""

DATA = Path(__file__).parent.parent / "data"
ARCHIVES = re.compile(
    r"[ab]\.db(\.backups)?|a\.db\.replaced(-\d+)?|a\.db\.\d{4}\.backup(-\d+)?|bk|out"
)
"""What may lie in the folder of an archive once a command is done."""


@dataclass
class Case:
    """A command: its words, the files that it finds, and what there is when it is done."""

    name: str
    words: list[str]
    files: dict[str, Path]
    gone: bytes = b""
    """What no file may hold when it is done."""
    again: tuple[int, ...] = (0,)
    """How the same command may end when it has nothing left to do."""
    before: Any = None
    after: Any = None
    calls: list[tuple[str, int]] = field(default_factory=list)
    """Each call and which one of that name it is."""

    def fresh(self, folder: Path) -> Path:
        """The files in a new folder; the archive's path."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, file in self.files.items():
            shutil.copy(file, folder / name)
        return folder / "a.db"


def cases(root: Path) -> Iterator[Case]:
    """All of them, each run once."""
    news, base, other = root / "news", root / "base.db", root / "other.db"
    write_articles(news, 12)
    _write_records(news, (1, 2, 3))
    assert _quietly(base, "ingest", news) == 0
    for at in (0, 5, 7):
        path = news / f"{at:05}.txt"
        path.write_text(f" date 2023-01-01\nTitle {at}, changed\nText of moscow, changed.\n")
        os.utime(path, (1_650_000_000, 1_650_000_000))
    write_articles(news, 8, seed=2, first=100)
    _write_records(news, (4, 3, 1), corrected=3)
    shutil.copy(base, other)
    assert _quietly(other, "ingest", news) == 0
    with Archive(other) as archive:
        (root / "dump").write_text("".join(f"{line}\n" for line in archive.dump()))
    older = root / "older.db"
    older.write_bytes(gzip.decompress((DATA / "archive-0001.db.gz").read_bytes()))
    foreign = root / "foreign.db"
    write_articles(root / "elsewhere", 6, seed=3, first=200)
    assert _quietly(foreign, "ingest", root / "elsewhere", news) == 0
    assert _quietly(foreign, "remove", "2", "--yes") == 0
    moved = root / "moved"
    shutil.copytree(news, moved)
    found = [
        Case("first ingest", ["ingest", str(news)], {}),
        Case("ingest", ["ingest", str(news)], {"a.db": base}),
        Case("reindex", ["reindex"], {"a.db": base}),
        Case("upgrade", ["upgrade"], {"a.db": older}),
        Case("backup", ["backup", "b.db"], {"a.db": other}),
        Case("backup over a copy", ["backup", "b.db"], {"a.db": other, "b.db": base}),
        Case("backup --keep", ["backup", "bk", "--keep", "2"], {"a.db": base}),
        Case("restore", ["restore", str(other)], {"a.db": base}),
        Case("load", ["load", str(root / "dump")], {}),
        Case("export", ["export", "out"], {"a.db": base}),
        Case("remove", ["remove", "3", "--yes"], {"a.db": other}, b"Title 2", again=(0, 1)),
        Case("relocate", ["relocate", str(news), str(moved)], {"a.db": other}, again=(0, 1)),
        Case("merge", ["merge", str(foreign)], {"a.db": base}),
        Case(
            "ingest --reread",
            ["ingest", "--reread", "--encoding", "latin-1", str(news)],
            {"a.db": other},
        ),
    ]
    for case in found:
        path = case.fresh(root / "work")
        case.before = content(path) if path.exists() else None
        _trace(case, root / "work", root / f"{case.name}.trace")
        case.after = content(path)
        yield case


def _write_records(folder: Path, numbers: tuple[int, ...], corrected: int = 0) -> None:
    """A file of many articles: it grows, loses one and has one corrected from state to state."""
    path = folder / "many.jsonl"
    rows = (
        {
            "id": str(number),
            "date": "2023-05-01",
            "title": f"Record {number}",
            "text": f"The ferry of moscow number {number}.{' Corrected.' * (number == corrected)}",
        }
        for number in numbers
    )
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    os.utime(path, (1_650_000_000 + len(numbers) + corrected,) * 2)


def _quietly(path: Path, *words: object) -> int:
    return Child(lambda _: command("--db", path, *words)).end()


def traced(words: list[str], *options: str) -> list[str]:
    """The command line that runs a command of ours under strace."""
    program = [sys.executable, "-B", "-m", "archive", "--db", "a.db", *words]
    return ["strace", "-y", "-xx", "-s", "100000", *options, *program]


def _trace(case: Case, folder: Path, to: Path) -> None:
    wanted = ",".join((*CALLS, "openat", "write"))
    run = traced(case.words, "-o", str(to), "-e", f"trace={wanted}")
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = {}
    for line in to.read_text().splitlines():
        name = line.split("(")[0]
        if name in CALLS:
            counts[name] = counts.get(name, 0) + 1
            case.calls.append((name, counts[name]))


def survived(result: Result, case: Case, folder: Path, label: str, *, done: bool = False) -> None:
    """The next command finds a whole state; the same command again ends as if nothing had been."""
    path = folder / "a.db"
    result.check(path.exists() or case.before is None, f"{label}: the archive is gone")
    copy = folder / "b.db"
    for archive in (path, copy):
        if archive.exists() and not (case.name == "upgrade" and archive == path):
            _sound(result, archive, label)
    if path.exists() and case.name != "upgrade":
        whole = content(path)
        empty = case.before is None and not any(whole.values())  # a new one, nothing taken in yet
        result.check(empty or whole in (case.before, case.after), f"{label}: neither old nor new")
        result.check(not done or whole == case.after, f"{label}: what was reported is lost")
    result.check(not done or "b.db" not in case.words or copy.exists(), f"{label}: no copy")
    result.check("b.db" not in case.files or copy.exists(), f"{label}: the copy is gone")
    if case.name == "export":
        shutil.rmtree(folder / "out", ignore_errors=True)
    loaded = case.name == "load" and path.exists()
    again = _said(path, *(["reindex"] if loaded else case.words))
    result.check(again[0] in case.again, f"{label}: again: {again}")
    for file in folder.glob("*.db*"):
        held = bool(case.gone) and case.gone in file.read_bytes()
        result.check(not held, f"{label}: {file.name} holds what was taken out")
    if path.exists():
        result.check(content(path) == case.after, f"{label}: other content in the end")
        _sound(result, path, f"{label}, in the end")
    left = [name for name in os.listdir(folder) if not ARCHIVES.fullmatch(name)]
    result.check(not left, f"{label}: left {left}")


def _sound(result: Result, path: Path, label: str) -> None:
    code, said = _said(path, "verify")
    result.check(code == 0 and not said, f"{label}: {path.name}: {code} {said}")


def _said(path: Path, *words: str) -> tuple[int, str]:
    """The exit code of a command, and what it says of errors."""

    def inside(report: int) -> int:
        complain_to(report)
        os.chdir(path.parent)
        return command("--db", path.name, *words)

    child = Child(inside)
    return child.end(), child.said.decode(errors="replace")
