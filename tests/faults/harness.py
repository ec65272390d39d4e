"""What the fault runs share: articles to ingest, children to kill, and what an archive holds.

Children are forks of this process, which has loaded everything: a try then takes the time of the
ingest alone, and the moments drawn fall into it.
"""

from __future__ import annotations

import contextlib
import os
import pkgutil
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import archive
from archive import Archive
from archive.cli import main as cli
from archive.engines.sqlite.store import Store
from archive.ingest import run as ingest
from archive.ingest import walk

for _found in pkgutil.walk_packages(archive.__path__, "archive."):
    if not _found.name.endswith("__main__"):
        import_module(_found.name)  # so that no child has to

WORDS = [
    "moscow",
    "grain",
    "bank",
    "visit",
    "invasion",
    "state",
    "price",
    "oil",
    "minister",
    "shares",
    "€5",
    "don't",
]


@dataclass
class Result:
    """One case: how often it was tried, what failed (a line each), and a remark."""

    case: str
    tries: int = 0
    failures: list[str] = field(default_factory=list)
    note: str = ""

    def check(self, good: object, what: str) -> None:
        if not good:
            self.failures.append(what)

    def most(self, hit: int, what: str) -> None:
        """More than half of the tries must have hit what they were aimed at: else they show little."""
        self.check(2 * hit > self.tries, f"only {hit} of {self.tries} tries {what}")

    def sound(self, path: str | Path, label: str = "") -> None:
        """Note what verify finds."""
        self.failures += [f"{label}{found}" for found in problems(path)[:1]]


def write_articles(folder: Path, count: int, seed: int = 1, first: int = 0) -> None:
    """Articles that all differ; some with CRLF, so that bytes of their own are kept."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(first, first + count):
        lines = [f" date 20{at % 24:02}-0{1 + at % 9}-1{at % 10} Politics", f"Title {at}"]
        lines += [" ".join(chance.choices(WORDS, k=30)) + f" {at}." for _ in range(1 + at % 4)]
        if at % 20 == 0:
            lines.append("Café, 中国国家主席, ﬁnal.")  # folded, which takes longer
        end = "\r\n" if at % 5 == 0 else "\n"
        path = folder / f"{at:05}.txt"
        path.write_bytes((end.join(lines) + end).encode())
        os.utime(path, (1_600_000_000, 1_600_000_000))


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder of its own, emptied afterwards; in memory where there is room, for a killed process
    leaves the same there as on a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - a name of its own is made in it
    room = memory.is_dir() and shutil.disk_usage(memory).free > 1_000_000_000
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir=memory if room else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Child:
    """A fork that runs something and reports through a pipe; the parent may kill it."""

    def __init__(self, run: Callable[[int], int], quiet: bool = True) -> None:
        self._read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 70
            try:
                os.close(self._read)
                if quiet:
                    nothing = os.open(os.devnull, os.O_RDWR)
                    os.dup2(nothing, 1)
                    os.dup2(nothing, 2)
                code = run(write)
                sys.stdout.flush()
            except BaseException as error:  # whatever it is, the parent is to hear of it
                with contextlib.suppress(OSError):
                    os.write(write, f"!{type(error).__name__}: {error}".encode()[:2000])
            finally:
                os._exit(code)
        os.close(write)
        self.said = b""
        self.seconds = self.peak = 0.0
        """The time of the processor that it took, and the most memory that it had beyond what it
        shares with this process, in MB."""
        self._shared = _resident()

    def kill(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait_for(self, words: int) -> None:
        """Wait until it has said so many words, or has ended."""
        while self.said.count(b" ") < words and (chunk := os.read(self._read, 65536)):
            self.said += chunk

    def end(self) -> int:
        """Wait; the exit code, or minus the signal."""
        while chunk := os.read(self._read, 65536):
            self.said += chunk
        os.close(self._read)
        _, status, used = os.wait4(self.pid, 0)
        most = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)
        self.peak = max(0.0, most - self._shared)
        self.seconds = used.ru_utime + used.ru_stime
        return os.waitstatus_to_exitcode(status)


def _resident() -> float:
    """The memory that this process has, in MB; 0 where the system does not say."""
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    return 0.0


def complain_to(descriptor: int) -> None:
    """In a child: let standard error lead there."""
    os.dup2(descriptor, 2)
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115 - for good


def command(*arguments: object) -> int:
    """The command line, in this process; its exit code."""
    sys.argv = ["archive", *map(str, arguments)]
    return cli.run()


def small_steps(report: int) -> None:
    """In a child: chunks of 10 files, each committed, and each commit reported by its count."""
    walk.CHUNK_FILES = 10
    ingest.COMMIT_BYTES = 1
    commit, begin, end = Store.commit, Store.__init__, Store.end

    def told(store: Store, counts: Mapping[str, int]) -> None:
        commit(store, counts)
        os.write(report, f"{sum(counts.values())} ".encode())

    def began(store: Store, *given: Any) -> None:
        os.write(report, b"0 ")
        begin(store, *given)

    def ended(store: Store, counts: Mapping[str, int], *, finished: bool) -> None:
        end(store, counts, finished=finished)
        if finished:
            os.write(report, b"end ")

    for name, method in (("commit", told), ("__init__", began), ("end", ended)):
        setattr(Store, name, method)


CONTENT = {
    "articles": "id, published_on, category, byline, title, word_count, paragraph_count, content_hash",
    "paragraphs": "article_id, position, text, folded",
    "sources": "id, article_id, revision, path, file_hash, size, original",
    "revisions": "article_id, number, published_on, category, byline, title, text, content_hash,"
    " path, file_hash, size, original",
    "removals": "article_id, content_hash, reason",
}
TIMES = {"articles": "added_at, updated_at", "sources": "first_seen_at, last_seen_at",
         "revisions": "replaced_at"}  # fmt: skip


def content(path: str | Path, *, times: bool = False) -> dict[str, list[Any]]:
    """All that an archive holds of articles, by table; without the times of the runs unless asked."""
    found = {}
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as plain:
        there = {name for (name,) in plain.execute("SELECT name FROM sqlite_master")}
        for table, columns in CONTENT.items():
            if table not in there:  # in an archive of an earlier schema
                continue
            named = f"{columns}, {TIMES[table]}" if times and table in TIMES else columns
            found[table] = plain.execute(f"SELECT {named} FROM {table} ORDER BY 1, 2").fetchall()
    return found


def problems(path: str | Path, *, quick: bool = False) -> tuple[str, ...]:
    """What verify says."""
    with Archive(path) as archive:
        return archive.verify(quick=quick).problems


def articles(path: str | Path) -> int:
    with Archive(path) as archive:
        return archive.stats().articles


def complete(path: Path, folder: Path) -> int:
    """A further ingest, in a child; its exit code."""
    return Child(lambda _: command("--db", path, "ingest", folder)).end()


SIGNALS = {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}
