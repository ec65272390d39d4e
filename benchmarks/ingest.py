"""How long a first ingest takes, how large the archive gets, and how much memory it needs.

Whole processes, in turn: we, the floor (`peers/floor_ingest.py`), sqlite-utils, tantivy, and recoll
up to 20,000 articles.

    python benchmarks/ingest.py FOLDER [--articles N] [--rounds N]

Files are those of the folder, multiplied to N where they are fewer; `--invented` ones without a
folder. A peer that is not installed is an error; `--without recoll` leaves it out.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import measure
import news


def commands(given: argparse.Namespace, folder: Path, scratch: Path) -> dict[str, list[str]]:
    """What is run, by name; each leaves `scratch/NAME.db`."""
    news_folder = str(folder)
    found = {
        "us": measure.archive(scratch / "us.db", "ingest", news_folder),
        "the floor": measure.peer(
            "floor_ingest", news_folder, str(scratch / "the floor.db"), str(SCHEMA)
        ),
    }
    for name, module in (("sqlite-utils", "sqlite_utils"), ("tantivy", "tantivy")):
        if measure.takes_part(name, given, there=measure.installed(module)):
            found[name] = measure.peer(f"{module}_ingest", news_folder, str(scratch / f"{name}.db"))
    if news.count(folder) > RECOLL_MOST:
        print(f"without recoll, which takes minutes for more than {RECOLL_MOST:,} articles")
    elif measure.takes_part("recoll", given, there=bool(shutil.which("recollindex"))):
        found["recoll"] = ["recollindex", "-c", str(scratch / "recoll.db")]
    return found


def clean(scratch: Path, folder: Path, name: str) -> None:
    """Remove what a run left, and set up what it needs."""
    path = scratch / f"{name}.db"
    if path.is_dir():
        shutil.rmtree(path)
    measure.remove(path)
    if name == "recoll":
        path.mkdir()
        (path / "recoll.conf").write_text(
            f"topdirs = {folder}\nloglevel = 1\nnoaspell = 1\n", encoding="utf-8"
        )


SCHEMA = measure.HERE.parent / "migrations" / "head.sql"
RECOLL_MOST = 20_000
BOUNDS = {"the floor": 1.10, "sqlite-utils": 1.0, "tantivy": 1.3}


def main() -> None:
    """Measure and print."""
    given = measure.arguments(__doc__ or "").parse_args()
    with measure.scratch() as scratch:
        base = measure.base(given)
        folder = news.prepare(base, given.articles, scratch)
        text, articles = news.size(folder), news.count(folder)
        todo = commands(given, folder, scratch)
        runs: dict[str, list[measure.Run]] = {name: [] for name in todo}
        for at in range(given.rounds):
            for name in measure.order(todo, at):
                if name == "recoll" and at:
                    continue  # one round is enough for what takes twenty times as long
                clean(scratch, folder, name)
                runs[name].append(measure.run(todo[name]))
        where = f"{articles:,} articles"
        rows = [
            measure.ratio(f"first ingest / {name}, {where}", runs["us"], found, BOUNDS.get(name))
            for name, found in runs.items()
            if name != "us"
        ]
        rate = tuple(articles / run.seconds for run in runs["us"])
        memory = tuple(run.memory for run in runs["us"])
        ours = str(measure.processes(runs["us"]))
        rows += [
            measure.Ratio(f"first ingest, {where}", rate, unit="/s", processes=ours),
            measure.Ratio(f"archive / text, {where}", (_size(scratch / "us.db") / text,), 2.25),
            *(
                measure.Ratio(f"{name} / text, {where}", (_size(scratch / f"{name}.db") / text,))
                for name in todo
                if name not in {"us", "recoll"}
            ),
            measure.Ratio(f"peak memory of ingest, {where}", memory, 150, " MB", ours),
        ]
        measure.report(rows, given)


def _size(path: Path) -> int:
    return news.size(path) if path.is_dir() else path.stat().st_size


if __name__ == "__main__":
    main()
