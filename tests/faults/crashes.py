"""Being killed, at random moments and before every statement; damaged logs."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import (
    SIGNALS,
    Child,
    Result,
    articles,
    command,
    complete,
    content,
    problems,
    scratch,
    small_steps,
    write_articles,
)

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import schema_revisions

DATA = Path(__file__).parent.parent / "data"


def killed(number: int, tries: int, files: int = 500) -> Result:
    """A signal at a random moment of an ingest: what was reported is there, whole and once."""
    name = signal.Signals(number).name
    result = Result(f"{name} at a random moment of an ingest of {files} files", tries)
    chance = random.Random(number)
    middle = kept = 0
    with scratch() as root:
        write_articles(root / "news", files)

        def run(path: Path) -> Callable[[int], int]:
            def inside(report: int) -> int:
                small_steps(report)
                return command("--db", path, "ingest", root / "news", "--json")

            return inside

        whole = root / "whole.db"
        began = time.monotonic()
        Child(run(whole)).end()
        lasts = time.monotonic() - began
        expected = content(whole)
        for at in range(tries):
            path = root / f"{at}.db"
            # One in five at any time; the others somewhere after a commit, so that a busy machine
            # does not shift them all to one end.
            child = Child(run(path))
            if at % 5 == 0:
                time.sleep(lasts * chance.random())
            else:
                child.wait_for(chance.randrange(1, files // 10))
                time.sleep(lasts / 50 * chance.random())
            child.kill(number)
            sent = time.monotonic()
            code = child.end()
            took = time.monotonic() - sent
            said = child.said.decode(errors="replace").split()
            reported = max((int(word) for word in said if word.isdigit()), default=0)
            if said and "end" not in said:
                middle += 1
            label = f"{name} {at}: "
            result.check("!" not in child.said.decode(errors="replace"), f"{label}{said}")
            finished = code == 0 and "end" in said
            unbegun = code == -number and not said  # before the program minds signals
            usual = code == SIGNALS[signal.Signals(number)]
            result.check(usual or finished or unbegun, f"{label}exit {code}")
            if number != signal.SIGKILL:
                result.check(took < 2, f"{label}took {took:.1f} s to end")
                result.check(not Path(f"{path}.lock").exists(), f"{label}left its lock")
            kept += _kept(result, path, reported, label)
            result.check(complete(path, root / "news") == 0, f"{label}the next run failed")
            result.check(content(path) == expected, f"{label}other content in the end")
            result.sound(path, label)
            path.unlink()
    result.note = f"{middle} in the middle of it; {kept:,} articles stored by then"
    result.most(middle, "were in the middle of the run")
    return result


def _kept(result: Result, path: Path, reported: int, label: str) -> int:
    """The articles that are there after a kill: whole, and all that were reported."""
    stored = 0
    if path.exists():
        stored = articles(path)
        result.sound(path, label)
    result.check(stored >= reported, f"{label}{reported} reported, {stored} stored")
    return stored


def before_every_statement(step: int = 1) -> list[Result]:
    """SIGKILL before statement n, for every n (or every `step`-th): first ingest, an ingest of every
    kind of change, and each migration."""
    found = []
    with scratch() as root:
        news = root / "news"
        write_articles(news, 5)
        found.append(_statements("the first ingest of 5 files, migration included", step,
                                 lambda path: command("--db", path, "ingest", news), None))  # fmt: skip
        old = root / "old.db"
        write_articles(news, 12)
        shutil.copy(news / "00007.txt", news / "copy.txt")
        complete(old, news)
        for name in ("00000.txt", "00007.txt"):  # changed, and split from its copy
            (news / name).write_text(f" date 2023-01-01\nChanged {name}\nText.\n")
            os.utime(news / name, (1_650_000_000, 1_650_000_000))
        (news / "00003.txt").rename(news / "moved.txt")
        (news / "00004.txt").write_bytes((news / "00005.txt").read_bytes())
        os.utime(news / "00004.txt", (1_650_000_000, 1_650_000_000))
        (news / "bad.txt").write_text("no header")
        found.append(_statements("an ingest with every kind of change", step,
                                 lambda path: command("--db", path, "ingest", news), old))  # fmt: skip
        older_ones: tuple[str, ...] = schema_revisions.REVISIONS[:-1]
        for revision in older_ones:
            packed = DATA / f"archive-{revision}.db.gz"
            older = root / f"{revision}.db"
            older.write_bytes(gzip.decompress(packed.read_bytes()))
            found.append(_statements(f"the migration of an archive of schema {revision}", step,
                                     lambda path: command("--db", path, "upgrade"), older))  # fmt: skip
    return found


class _Counting(sqlite3.Connection):
    """Counts statements of all connections, SQLite's own included, and ends the process at one."""

    seen = 0
    fatal = 0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.set_trace_callback(_Counting.count)

    @staticmethod
    def count(_: str) -> None:
        _Counting.seen += 1
        if _Counting.seen == _Counting.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def _statements(name: str, step: int, run: Callable[[Path], int], old: Path | None) -> Result:
    connect = sqlite3.connect

    def inside(path: Path, fatal: int) -> Callable[[int], int]:
        def counted(report: int) -> int:
            def counting(*given: Any, **named: Any) -> Any:
                return connect(*given, factory=_Counting, **named)

            sqlite3.connect = sqlite3.dbapi2.connect = counting
            _Counting.seen, _Counting.fatal = 0, fatal
            code = run(path)
            os.write(report, str(_Counting.seen).encode())
            return code

        return counted

    result = Result(f"SIGKILL before every statement of {name}")
    with scratch() as root:

        def fresh(at: object) -> Path:
            path = root / str(at) / "a.db"
            path.parent.mkdir()
            if old:
                shutil.copy(old, path)
            return path

        whole = fresh("whole")
        child = Child(inside(whole, 0))
        usual = child.end()
        result.check(usual in (0, 3), f"the whole run: exit {usual}, {child.said!r}")
        expected = content(whole)
        total = int(child.said or 0)
        result.check(total > 20, f"only {total} statements were seen")
        for at in range(1, total + 1, step):
            path = fresh(at)
            code = Child(inside(path, at)).end()
            result.tries += 1
            result.check(code == -9, f"{at}: not killed, exit {code}")
            again = Child(lambda _, path=path: run(path)).end()  # type: ignore[misc]
            result.check(again in {0, usual}, f"{at}: the next run ended with {again}")
            result.check(content(path) == expected, f"{at}: other content")
            result.sound(path, f"{at}: ")
            left = {entry.name for entry in path.parent.iterdir() if "backup" not in entry.name}
            result.check(left == {"a.db"}, f"{at}: left {left}")
            shutil.rmtree(path.parent)
    result.note = f"{total} statements, SQLite's own included"
    return result


def damaged_logs(tries: int) -> Result:
    """A copy's write-ahead log cut, zeroed, torn or flipped: the archive opens in a whole state."""
    result = Result("damaged write-ahead logs", tries)
    chance = random.Random(3)
    states: Counter[int] = Counter()
    with scratch() as root:
        write_articles(root / "news", 200)
        path = root / "a.db"

        def cut_short(report: int) -> int:
            small_steps(report)
            setattr(sqlite, "settle", lambda _: os.kill(os.getpid(), 9))  # noqa: B010 - typed
            return command("--db", path, "ingest", root / "news")

        write_articles(root / "first", 20, seed=2, first=1000)
        complete(path, root / "first")
        Child(cut_short).end()
        database_bytes, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
        result.check(len(log) > 200_000, f"a log of only {len(log)} bytes")
        copy = root / "copy.db"
        for at in range(tries):
            for end in ("", "-wal", "-shm"):
                Path(f"{copy}{end}").unlink(missing_ok=True)
            copy.write_bytes(database_bytes)
            Path(f"{copy}-wal").write_bytes(_damage(log, chance))
            try:
                found = problems(copy, quick=at % 10 != 0)
                count = articles(copy)
            except Exception as error:  # any error is a failure here
                found, count = (f"{type(error).__name__}: {error}",), -1
            result.check(not found, f"{at}: {found[:1]}")
            result.check(20 <= count <= 220 and count % 10 == 0, f"{at}: {count} articles")
            states[count] += 1
    middle = sum(times for count, times in states.items() if 20 < count < 220)
    result.most(middle, "gave a state in the middle of the log")
    result.note = f"{len(states)} different states, from {min(states)} to {max(states)} articles"
    return result


def _damage(log: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(log))
    kind = chance.randrange(4)
    if kind == 0:
        return log[:at]
    data = bytearray(log)
    size = min(chance.choice((1, 8, 512, 4096, 100_000)), len(log) - at)
    if kind == 1:
        data[at : at + size] = bytes(size)
    elif kind == 2:
        data[at : at + size] = chance.randbytes(size)
    else:
        data[at] ^= 1 << chance.randrange(8)
    return bytes(data)
