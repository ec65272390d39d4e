"""How long verify takes, against SQLite's own check and the index's run bare.

The bare checks are `PRAGMA integrity_check` and FTS5's `integrity-check` with its content, on one
connection. Prints the ratio of `verify` to them, and how much text `verify --quick` gets through in
a second; all in one process, alternating, minimum and median over the rounds.

    python benchmarks/verify.py [FOLDER] [--articles N] [--rounds N]

Without a folder, articles are generated from a seed.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ingest import generate, timed

from archive import Archive


def seconds(run: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Verify against SQLite's own checks.")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(given.folder).resolve() if given.folder else Path(scratch) / "news"
        if not given.folder:
            folder.mkdir()
            generate(folder, given.articles)
        path = f"{scratch}/archive.db"
        timed([sys.executable, "-m", "archive", "--db", path, "ingest", str(folder)])
        plain = sqlite3.connect(path, isolation_level=None)

        def bare() -> None:
            plain.execute("PRAGMA integrity_check").fetchall()
            plain.execute("INSERT INTO article_search (article_search, rank)"
                          " VALUES ('integrity-check', 1)")  # fmt: skip

        wholes, quicks, bares = [], [], []
        with Archive(path) as archive:
            text = archive.stats().text_size
            assert archive.verify().problems == ()  # noqa: S101 - also warms the cache
            for _ in range(given.rounds):
                bares.append(seconds(bare))
                wholes.append(seconds(archive.verify))
                quicks.append(seconds(lambda: archive.verify(quick=True)))
        ratios = [whole / alone for whole, alone in zip(wholes, bares, strict=True)]
        rates = [text / 1e6 / quick for quick in quicks]
        print(f"verify / bare checks      {min(wholes) / min(bares):6.2f} of the minima,"
              f" median {statistics.median(ratios):.2f}")  # fmt: skip
        print(f"verify --quick, MB/s      {max(rates):6.0f} at best,"
              f" median {statistics.median(rates):.0f}")  # fmt: skip
        plain.close()


if __name__ == "__main__":
    main()
