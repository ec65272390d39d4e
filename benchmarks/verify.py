"""How long verify takes, against SQLite's own check and those of the indexes run bare.

The bare checks are `PRAGMA integrity_check` and FTS5's `integrity-check` of each index with its
content, on one connection; all in one process, in turn, by processor time. `verify --quick` leaves
those of the indexes out; its speed is in megabytes of text a second.

    python benchmarks/verify.py FOLDER [--articles N] [--rounds N]
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable

import measure
import news
from archive import Archive


def main() -> None:
    """Measure and print."""
    given = measure.arguments(__doc__ or "").parse_args()
    with measure.scratch() as scratch:
        base = measure.base(given)
        folder = news.prepare(base, given.articles, scratch)
        path = scratch / "archive.db"
        measure.run(measure.archive(path, "ingest", str(folder)))
        ratios: list[float] = []
        rates: list[float] = []
        with (
            contextlib.closing(sqlite3.connect(path, isolation_level=None)) as plain,
            Archive(path) as archive,
        ):
            text = archive.stats().text_size / 1e6
            archive.verify()  # also warms the cache
            both: dict[str, Callable[[], object]] = {
                "us": archive.verify, "bare": lambda: check(plain),
            }  # fmt: skip
            for turn in range(given.rounds):
                took = {name: seconds(both[name]) for name in measure.order(both, turn)}
                ratios.append(took["us"] / took["bare"])
                rates.append(text / seconds(lambda: archive.verify(quick=True)))
    measure.report(
        (
            measure.Ratio("verify by SQLite's and FTS5's own checks", tuple(ratios), 1.5),
            measure.Ratio("verify --quick, text a second", tuple(rates), None, " MB"),
        ),
        given,
    )  # fmt: skip


def check(plain: sqlite3.Connection) -> None:
    """SQLite's own check, and FTS5's of both indexes against their text."""
    plain.execute("PRAGMA integrity_check").fetchall()
    for index in ("article_search", "article_words"):
        plain.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")


def seconds(run: Callable[[], object]) -> float:
    """How long a call takes, of a processor."""
    began = time.process_time()
    run()
    return time.process_time() - began


if __name__ == "__main__":
    main()
