"""What a further ingest of a folder costs: nothing changed, and a hundred files more.

The floor is a walk with a stat of each file and one reading of the table of sources
(`peers/floor_walk.py`), on the same folder and archive.

    python benchmarks/again.py FOLDER [--articles N] [--rounds N]
"""

from __future__ import annotations

import os
import shutil
import time

import measure
import news

FURTHER = 100


def main() -> None:
    """Measure and print."""
    given = measure.arguments(__doc__ or "").parse_args()
    with measure.scratch() as scratch:
        base = measure.base(given)
        folder, db = news.prepare(base, given.articles, scratch), scratch / "us.db"
        articles = news.count(folder)
        more = news.further(folder, FURTHER, scratch / "more")
        time.sleep(2.1)  # files younger than two seconds are read twice
        arrived = scratch / "arrived"
        arrived.mkdir()
        ingest = measure.archive(db, "ingest", str(folder), str(arrived))
        walk = [str(db), str(folder), str(arrived)]
        measure.run(ingest)
        both = {"us": ingest, "walk": measure.peer("floor_walk", *walk)}
        same = measure.in_turn(given.rounds, both)
        before = scratch / "before.db"
        shutil.copy(db, before)
        added: dict[str, list[measure.Run]] = {name: [] for name in both}
        for turn in range(given.rounds):
            shutil.copytree(more, arrived, dirs_exist_ok=True)
            for name in measure.order(both, turn):
                shutil.copy(before, db)
                os.sync()  # else making our commit durable would mean to write out this whole copy
                added[name].append(measure.run(both[name]))
            shutil.rmtree(arrived)
            arrived.mkdir()
        where = f"{articles:,} articles"
        rows = [
            measure.ratio(f"ingest again / walk, {where}", same["us"], same["walk"], 3.0),
            measure.ratio(
                f"ingest of {FURTHER} new / walk, {where}", added["us"], added["walk"], 2.0
            ),
        ]
        measure.report(rows, given)


if __name__ == "__main__":
    main()
