"""What a command costs as a process: help, and a search of ten hits.

Against a minimal Typer program that runs the same MATCH over stdlib sqlite3
(`peers/floor_search.py`) and against `sqlite-utils search`.

    python benchmarks/startup.py FOLDER [--articles N] [--rounds N]
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from pathlib import Path

import measure
import news

QUERY = "market shares"


def _words_of_a_title(db: Path) -> str:
    with contextlib.closing(sqlite3.connect(db)) as connection:
        title = connection.execute("SELECT title FROM articles WHERE id = 1").fetchone()[0]
    return " ".join(title.split()[:2])


def main() -> None:
    """Measure and print."""
    given = measure.arguments(__doc__ or "", rounds=30).parse_args()
    with measure.scratch() as scratch:
        base = measure.base(given)
        folder, db = news.prepare(base, given.articles, scratch), scratch / "us.db"
        measure.run(measure.archive(db, "ingest", str(folder)))
        query = QUERY if base else _words_of_a_title(db)
        commands = {
            "help": measure.archive(db, "--help"),
            "floor help": measure.peer("floor_search", "--help"),
            "us": measure.archive(db, "search", query),
            "floor": measure.peer("floor_search", "search", str(db), query),
        }
        if measure.takes_part("sqlite-utils", given, there=measure.installed("sqlite_utils")):
            theirs = scratch / "theirs.db"
            measure.run(measure.peer("sqlite_utils_ingest", str(folder), str(theirs)))
            program = "import sys; from sqlite_utils.cli import cli; sys.exit(cli())"
            commands["sqlite-utils"] = [
                *(sys.executable, "-c", program),
                *("search", str(theirs), "articles", query, "--limit", "10"),
            ]
        runs = measure.in_turn(given.rounds, commands)
        rows = [
            measure.ratio("archive --help / minimal", runs["help"], runs["floor help"], 1.3),
            measure.ratio("archive search / minimal", runs["us"], runs["floor"], 1.35),
        ]
        if "sqlite-utils" in runs:
            theirs_runs = runs["sqlite-utils"]
            rows.append(
                measure.ratio("archive search / sqlite-utils search", runs["us"], theirs_runs, 1.0)
            )
        rows += [
            measure.Ratio(
                f"{name}, process", tuple(1000 * run.seconds for run in runs[key]), unit=" ms"
            )
            for name, key in (("archive --help", "help"), ("archive search", "us"))
        ]
        measure.report(rows, given)


if __name__ == "__main__":
    main()
