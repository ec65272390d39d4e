"""What every benchmark here shares: timing processes in turn, and showing and keeping the ratios.

A benchmark asks one question. It runs us and the others in alternating rounds on the same files,
so that whatever else the machine does meets all of them, divides within each round, and hands
`Ratio`s to `report`, which prints them, writes them into the README's table (`--readme`) and adds
them to `benchmarks/history.csv` (`--record`).
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
README, HISTORY = HERE.parent / "README.md", HERE / "history.csv"
BEGIN, END = "<!-- benchmarks: written by benchmarks/*.py -->", "<!-- end of benchmarks -->"
PEERS = HERE / "peers"
COLUMNS = ("what", "to reach", "minimum", "median", "maximum")


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds from start to end, and its peak memory in MB, its children's added."""

    seconds: float
    memory: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """A thing measured once a round; `bound` is the most it may be, None for mere information."""

    what: str
    values: tuple[float, ...]
    bound: float | None = None
    unit: str = ""

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        middle = (min(self.values), statistics.median(self.values), max(self.values))
        digits = 0 if self.unit else 2
        bound = "" if self.bound is None else f"{self.bound:.{digits}f}{self.unit}"
        return (self.what, bound, *(f"{value:,.{digits}f}{self.unit}" for value in middle))


def arguments(question: str, *, articles: int = 5000, rounds: int = 5) -> argparse.ArgumentParser:
    """The options that all have."""
    parser = argparse.ArgumentParser(description=question)
    parser.add_argument("folder", nargs="?", help="real articles to measure on or to multiply")
    parser.add_argument(
        "--articles", type=int, default=articles, help="at least this many: fewer are multiplied"
    )
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--readme", action="store_true", help="write the rows into README.md")
    parser.add_argument("--record", action="store_true", help="append them to history.csv")
    return parser


def run(command: Sequence[str], expect: tuple[int, ...] = (0,)) -> Run:
    """Run a process, what it prints thrown away."""
    nowhere = subprocess.DEVNULL
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    memory = _Memory(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in expect:
        sys.exit(f"failed ({process.returncode}): {' '.join(command[:4])}")
    own = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return Run(seconds, memory.peak() or own)


class _Memory(threading.Thread):
    """Watches the peak memory of a process and its children, by Linux's own high-water marks. What
    `wait4` says is no use there: it counts our own memory too, as it was when the process began."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = str(pid)
        self._peaks: dict[str, float] = {}
        self._done = threading.Event()
        self.start()

    def run(self) -> None:
        """Look fifty times a second."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children")
        while not self._done.wait(0.02):
            try:
                for pid in (self._pid, *children.read_text().split()):
                    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                        if line.startswith("VmHWM:"):
                            self._peaks[pid] = int(line.split()[1]) / 1024
            except OSError:
                continue

    def peak(self) -> float:
        """The sum of their peaks, in MB; 0 where nothing was seen."""
        self._done.set()
        self.join()
        return sum(self._peaks.values())


def in_turn(
    rounds: int, commands: Mapping[str, Sequence[str]], expect: tuple[int, ...] = (0,)
) -> dict[str, list[Run]]:
    """Each command once a round, beginning with another one each time."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    names = list(commands)
    for at in range(rounds):
        for name in names[at % len(names) :] + names[: at % len(names)]:
            runs[name].append(run(commands[name], expect))
    return runs


def ratio(
    what: str, ours: Sequence[Run], others: Sequence[Run], bound: float | None = None
) -> Ratio:
    """Our time by the others', round by round, for the rounds that both ran."""
    pairs = zip(ours, others, strict=False)
    return Ratio(what, tuple(us.seconds / them.seconds for us, them in pairs), bound)


def archive(db: Path | str, *rest: str) -> list[str]:
    """A call of our command line, as the installed command runs it."""
    program = "import sys; from archive.cli.main import main; sys.exit(main())"
    return [sys.executable, "-c", program, "--db", str(db), *rest]


def peer(name: str, *rest: str) -> list[str]:
    """A call of one of the scripts in `peers/`."""
    return [sys.executable, str(PEERS / f"{name}.py"), *rest]


def has(module: str) -> bool:
    """Whether a peer is installed; says so where it is not."""
    found = subprocess.run(
        [sys.executable, "-c", f"import {module}"], capture_output=True, check=False
    )
    if found.returncode:
        print(f"{module} is not installed (pip install -e '.[bench]'): skipped")
    return not found.returncode


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder)


def remove(*paths: Path) -> None:
    """Remove databases and what SQLite keeps beside them."""
    for path in paths:
        for end in ("", "-wal", "-shm", "-journal", ".lock"):
            Path(f"{path}{end}").unlink(missing_ok=True)


def report(ratios: Sequence[Ratio], given: argparse.Namespace) -> None:
    """Print the ratios, and keep them where the caller asked."""
    rows = [found.cells() for found in ratios]
    wide = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    for row in (COLUMNS, *rows):
        cells = (f"{cell:>{width}}" for cell, width in zip(row[1:], wide[1:], strict=True))
        print(f"{row[0]:<{wide[0]}}  " + "  ".join(cells))
    if given.readme:
        _write_readme(rows)
    if given.record:
        _append(ratios)


def _write_readme(rows: Sequence[tuple[str, ...]]) -> None:
    """Put rows into the table between the markers: known ones anew, others at the end."""
    before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit("README.md has no place for the table")
    lines = [line.strip("| ").split(" | ") for line in old.strip().splitlines()[2:]]
    table = {line[0].strip(): line for line in lines} | {row[0]: list(row) for row in rows}
    shown = [f"| {' | '.join(COLUMNS)} |", "|---|--:|--:|--:|--:|"]
    shown += [f"| {' | '.join(cell.strip() for cell in row)} |" for row in table.values()]
    text = "\n".join((begin, "", *shown, "", end))
    README.write_text(before + text + after, encoding="utf-8")


def _append(ratios: Sequence[Ratio]) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git there is
        cwd=HERE, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    fresh = not HISTORY.exists()
    with HISTORY.open("a", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        if fresh:
            head = ("day", "commit", "python", "sqlite", "processors")
            table.writerow((*head, "what", "bound", "rounds", "minimum", "median", "maximum"))
        for found in ratios:
            middle = (min(found.values), statistics.median(found.values), max(found.values))
            table.writerow(
                (
                    time.strftime("%Y-%m-%d", time.gmtime()),
                    *(commit, platform.python_version(), sqlite3.sqlite_version, os.cpu_count()),
                    *(found.what, found.bound or "", len(found.values)),
                    *(f"{value:.4g}" for value in middle),
                )
            )
