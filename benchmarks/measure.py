"""What every benchmark here shares: timing processes in turn, and showing and keeping the ratios.

A benchmark asks one question. It runs us and the others in alternating rounds on the same files,
so that whatever else the machine does meets all of them, divides within each round, and hands
`Ratio`s to `report`, which prints them, writes them into docs/performance.md and the README
(`--write`) and adds them to `benchmarks/history.csv` (`--record`).
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

HERE = Path(__file__).resolve().parent
README, PERFORMANCE = HERE.parent / "README.md", HERE.parent / "docs" / "performance.md"
HISTORY = HERE / "history.csv"
BEGIN, END = "<!-- benchmarks: written by benchmarks/*.py -->", "<!-- end of benchmarks -->"
PEERS = HERE / "peers"
COLUMNS = ("what", "to reach", "minimum", "median", "maximum", "rounds", "processes")
MISSED = "MISSED"
"""Stands in front of a median that is over its bound."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """A command: seconds from start to end, its peak memory in MB, its children's added, and how
    many processes it was, its children among them."""

    seconds: float
    memory: float
    processes: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """A thing measured once a round; `bound` is the most it may be, None for mere information;
    `processes` is how many ran, ours and the others'."""

    what: str
    values: tuple[float, ...]
    bound: float | None = None
    unit: str = ""
    processes: str = "1"

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        digits = 0 if self.unit else 2
        low, middle, high = (f"{value:,.{digits}f}{self.unit}" for value in self.spread())
        bound = "" if self.bound is None else f"{self.bound:.{digits}f}{self.unit}"
        if self.missed():
            middle = f"{MISSED} {middle}"
        return (self.what, bound, low, middle, high, str(len(self.values)), self.processes)

    def spread(self) -> tuple[float, float, float]:
        """Minimum, median, maximum."""
        return min(self.values), statistics.median(self.values), max(self.values)

    def missed(self) -> bool:
        """Whether the median is over the bound."""
        return self.bound is not None and statistics.median(self.values) > self.bound


def arguments(question: str, *, articles: int = 5000, rounds: int = 5) -> argparse.ArgumentParser:
    """The options that all have."""
    parser = argparse.ArgumentParser(description=question)
    add_folder(parser)
    parser.add_argument(
        "--articles", type=int, default=articles, help="at least this many: fewer are multiplied"
    )
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument(
        "--without", metavar="PEER", nargs="+", default=[], help="others that are left out"
    )
    parser.add_argument(
        "--write", action="store_true", help="write the rows into docs/performance.md and README.md"
    )
    parser.add_argument("--record", action="store_true", help="append them to history.csv")
    return parser


def add_folder(parser: argparse.ArgumentParser) -> None:
    """The options that say on what to measure."""
    parser.add_argument("folder", nargs="?", help="real articles to measure on or to multiply")
    parser.add_argument("--invented", action="store_true", help="measure on invented articles")


def base(given: argparse.Namespace) -> Path | None:
    """The folder to measure on, None for invented articles; without either the program ends."""
    if given.invented and not given.folder:
        return None
    if not given.folder:
        sys.exit("name a folder of articles to measure on, or give --invented")
    folder = Path(given.folder).resolve()
    if not any(path.is_file() for path in folder.rglob("*.txt")):
        sys.exit(f"{given.folder}: no articles (*.txt) there to measure on")
    return folder


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
    return Run(seconds, memory.peak() or own, memory.processes())


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

    def processes(self) -> int:
        """How many were seen, the first among them."""
        return max(1, len(self._peaks))


def order(names: Iterable[T], turn: int) -> list[T]:
    """The names as they come in a round: each round begins with another one."""
    every = list(names)
    first = turn % len(every)
    return every[first:] + every[:first]


def in_turn(
    rounds: int, commands: Mapping[str, Sequence[str]], expect: tuple[int, ...] = (0,)
) -> dict[str, list[Run]]:
    """Each command once a round, beginning with another one each time."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(rounds):
        for name in order(commands, turn):
            runs[name].append(run(commands[name], expect))
    return runs


def ratio(
    what: str, ours: Sequence[Run], others: Sequence[Run], bound: float | None = None
) -> Ratio:
    """Our time by the others', round by round, for the rounds that both ran."""
    pairs = zip(ours, others, strict=False)
    values = tuple(us.seconds / them.seconds for us, them in pairs)
    return Ratio(what, values, bound, processes=f"{processes(ours)} / {processes(others)}")


def processes(runs: Sequence[Run]) -> int:
    """How many processes the command takes: the most that were seen in any round."""
    return max(run.processes for run in runs)


def archive(db: Path | str, *rest: str) -> list[str]:
    """A call of our command line, as the installed command runs it."""
    program = "import sys; from archive.cli.main import main; sys.exit(main())"
    return [sys.executable, "-c", program, "--db", str(db), *rest]


def peer(name: str, *rest: str) -> list[str]:
    """A call of one of the scripts in `peers/`."""
    return [sys.executable, str(PEERS / f"{name}.py"), *rest]


def takes_part(peer: str, given: argparse.Namespace, *, there: bool) -> bool:
    """Whether a peer is measured: it must be there, unless it is left out on purpose."""
    if peer in given.without:
        return False
    if not there:
        sys.exit(f"{peer} is not installed (docs/performance.md): install it, or --without {peer}")
    return True


def installed(module: str) -> bool:
    """Whether a module can be imported."""
    return importlib.util.find_spec(module) is not None


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
    print(f"{os.cpu_count()} processors; processes: ours / the others'")
    for row in (COLUMNS, *rows):
        cells = (f"{cell:>{width}}" for cell, width in zip(row[1:], wide[1:], strict=True))
        print(f"{row[0]:<{wide[0]}}  " + "  ".join(cells))
    if given.write:
        write_table(PERFORMANCE, rows)
        write_table(README, rows, known_only=True)
    if given.record:
        _append(ratios)


def write_table(page: Path, rows: Sequence[tuple[str, ...]], *, known_only: bool = False) -> None:
    """Replace the rows that the page's table has already, and append the others unless only the
    known ones are wanted. The first cell names a row."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{page.name} has no place for the table")
    lines = [line.strip("|").split("|") for line in old.strip().splitlines()[2:]]
    table = {line[0].strip(): line for line in lines}
    for row in rows:
        if row[0] in table or not known_only:
            table[row[0]] = [cell.replace(MISSED, f"**{MISSED}**") for cell in row]
    shown = [f"| {' | '.join(COLUMNS)} |", "|---" + "|--:" * (len(COLUMNS) - 1) + "|"]
    for line in table.values():
        cells = [cell.strip() for cell in line] + [""] * (len(COLUMNS) - len(line))
        shown.append(f"| {' | '.join(cells)} |")
    text = "\n".join((begin, "", *shown, "", end))
    page.write_text(before + text + after, encoding="utf-8")


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
            spread = ("minimum", "median", "maximum")
            table.writerow((*head, "what", "bound", "rounds", *spread, "processes"))
        for found in ratios:
            table.writerow(
                (
                    time.strftime("%Y-%m-%d", time.gmtime()),
                    *(commit, platform.python_version(), sqlite3.sqlite_version, os.cpu_count()),
                    *(found.what, found.bound or "", len(found.values)),
                    *(f"{value:.4g}" for value in found.spread()),
                    found.processes,
                )
            )
