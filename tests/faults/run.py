"""The fault run: kills, damage, crowds and nonsense, with a report of what was tried.

    python tests/faults/run.py [--short] [--only WORD] [--report docs/reliability.md]

The whole takes about half an hour on two cores, `--short` a few minutes (the build runs that). Steps
`kills` and `power` need strace. A step fails too where most of its tries missed what they were aimed
at. Ends with exit code 1 if anything failed; the report then says so in red letters, and can be
written all the same. `--report` writes the page: the figures of this run (with `--only`, in place of
that step's earlier ones), and the table of faults with the test or step that shows each
(tests/faults/table.py).
"""

from __future__ import annotations

import argparse
import platform
import re
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import attacks
import crashes
import crowd
import damage
import formats
import full
import fuzz
import hostile
import hostile_dumps
import kills
import mutants
import power
import table
from harness import Result  # noqa: TC002 - as the other steps

Step = Callable[[bool], "Result | list[Result]"]

FAILED = "🔴 FAILED"
STEPS: dict[str, Step] = {
    "sigkill": lambda short: crashes.killed(signal.SIGKILL, 12 if short else 200),
    "sigint": lambda short: crashes.killed(signal.SIGINT, 6 if short else 50),
    "sigterm": lambda short: crashes.killed(signal.SIGTERM, 6 if short else 50),
    "statements": lambda short: crashes.before_every_statement(11 if short else 1),
    "logs": lambda short: crashes.damaged_logs(100 if short else 1000),
    "disk": lambda short: full.disk_full(6 if short else 20),
    "tmpfs": lambda short: full.disk_full_tmpfs(3 if short else 20),
    "flips": lambda short: damage.bit_flips(200 if short else 2000),
    "crowd": lambda short: crowd.readers_and_writers(5 if short else 60),
    "first": lambda short: crowd.first_opens(5 if short else 50),
    "lock": lambda short: crowd.lock_held(3 if short else 60),
    "tiny": lambda short: crowd.tiny_files(5000 if short else 100_000),
    "sql": lambda short: attacks.on_sql(6 if short else 1),
    "kills": lambda short: kills.at_every_call(24 if short else 600),
    "power": lambda short: power.cuts(36 if short else 1000),
    "archives": lambda short: hostile.on_archives(8 if short else 75),
    "dumps": lambda short: hostile_dumps.on_load(30 if short else 300),
    "files": lambda short: fuzz.files(2000 if short else 20_000),
    "formats": lambda short: formats.on_formats(200 if short else 10_000),
    "queries": lambda short: fuzz.queries(1000 if short else 20_000),
    "command": lambda short: fuzz.through_the_command(10 if short else 300),
}


def main() -> None:
    """Run the steps, print and perhaps write the report."""
    parser = argparse.ArgumentParser(description="Kill, damage and confuse the archive.")
    parser.add_argument("--short", action="store_true", help="a part, of at most 3 minutes")
    parser.add_argument("--only", metavar="WORD", help=f"one step of: {', '.join(STEPS)}")
    parser.add_argument("--report", metavar="FILE", help="write the page docs/reliability.md")
    given = parser.parse_args()
    began = time.monotonic()
    results: list[Result] = []
    for name, step in STEPS.items():
        if given.only and name != given.only:
            continue
        started = time.monotonic()
        found = step(given.short)
        for result in found if isinstance(found, list) else [found]:
            results.append(result)
            print(f"{result.tries:>7,} tries {len(result.failures):>4} failures  {result.case}"
                  f"  ({result.note}; {time.monotonic() - started:.0f} s)", flush=True)  # fmt: skip
            for failure in result.failures[:5]:
                print(f"        {failure[:300]}", flush=True)
    seconds = time.monotonic() - began
    print(f"{seconds:.0f} s")
    if given.report:
        report = Path(given.report)
        rows = rows_of(report) if given.only and report.exists() else {}
        rows |= {result.case: row(result) for result in results}
        kept = mutants.kept_section(report)
        report.write_text(page(rows) + kept, encoding="utf-8")
    sys.exit(any(result.failures for result in results))


def row(result: Result) -> str:
    """A case as a row of the report; what failed first stands in it."""
    count, note = f"{len(result.failures):,}", result.note
    if result.failures:
        first = " ".join(result.failures[0].split()).replace("|", "¦")[:200]
        count, note = f"**{count} {FAILED}**", f"{note}; first: {first}"
    return f"| {result.case} | {result.tries:,} | {count} | {note} |"


def rows_of(report: Path) -> dict[str, str]:
    """The rows that a report has, by case."""
    text = report.read_text(encoding="utf-8")
    found = re.findall(r"^(\| (.+?) \| [\d,]+ \| .*)$", text, re.MULTILINE)
    return {case: line for line, case in found}


def page(rows: dict[str, str]) -> str:
    """The report as Markdown."""
    failed = sum(FAILED in line for line in rows.values())
    lines = [
        "# Reliability: what was tried, and what failed",
        "",
        "Written by `python tests/faults/run.py --report docs/reliability.md`; not by hand.",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" {platform.system()}.",
        "",
        *([f"**{FAILED}: {failed} of {len(rows)} cases, marked below.**", ""] if failed else []),
        "| case | tries | failures | |",
        "|---|---:|---:|---|",
    ]
    lines += rows.values()
    lines += [
        "",
        "## Beside the first release",
        "",
        "| case | first release | now |",
        "|---|---|---|",
    ]
    for start, then in table.FIRST.items():
        for case, line in rows.items():
            if case.startswith(start):
                tries, failures = line.split(" | ")[1:3]
                lines.append(f"| {case} | {then} | {failures} of {tries} failed |")
    lines += [
        "",
        "## The table of faults",
        "",
        "Each fault with the tests (`pytest`) and steps of the fault run (`run.py --only STEP`) that"
        " show that it is survived. A test of the suite checks that all of these exist.",
        "",
        "| fault | shown by |",
        "|---|---|",
    ]
    for fault, shown in table.FAULTS.items():
        named = ", ".join(f"step `{name}`" if name in STEPS else f"`{name}`" for name in shown)
        lines.append(f"| {fault} | {named} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
