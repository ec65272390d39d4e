"""How long a search takes in a program: ten hits with snippets, two hundred queries.

`Archive.search` against the raw FTS5 statement with plain ranking and FTS5's own snippets, on one
archive, query by query in turn, by processor time. Queries are words that stand side by side in
titles, drawn from a seed: what a reader who remembers a headline types. Asked with AND they are
ranked plainly by both; as they are typed, ours ranks them better (docs/ranking.md), which takes
longer.

    python benchmarks/search.py FOLDER [--articles N] [--rounds N]
"""

from __future__ import annotations

import contextlib
import gc
import random
import sqlite3
import statistics
import time
from pathlib import Path

import measure
import news
from archive import Archive

RAW = """
    SELECT rowid, title, snippet(article_search, 0, '*', '*', '...', 20)
      FROM article_search WHERE article_search MATCH ? ORDER BY rank LIMIT 10"""


def queries(db: Path, count: int = 200) -> list[str]:
    """One to three neighbouring words of a title each."""
    chance = random.Random(news.SEED)  # noqa: S311 - the same queries each time
    with sqlite3.connect(db) as connection:
        titles = [row[0] for row in connection.execute("SELECT title FROM articles ORDER BY id")]
    found: list[str] = []
    while len(found) < count:
        title = chance.choice(titles)
        words = [word for word in title.split() if word.isalpha() and len(word) > 2]
        length = 1 + len(found) % 3
        if len(words) >= length:
            at = chance.randrange(len(words) - length + 1)
            found.append(" ".join(words[at : at + length]).lower())
    return found


Cuts = tuple[float, float]
"""p50 and p95 in ms."""


def _round(
    archive: Archive, raw: sqlite3.Connection, mine: list[str], theirs: list[str]
) -> tuple[Cuts, Cuts]:
    """Each query once by us and once raw, one time we first, the next time the other."""
    took: dict[str, list[float]] = {"us": [], "raw": []}
    gc.collect()
    for turn, (query, words) in enumerate(zip(mine, theirs, strict=True)):
        match = " ".join(f'"{word}"' for word in words.split())
        for name in measure.order(took, turn):
            began = time.process_time()
            if name == "us":
                list(archive.search(query))
            else:
                raw.execute(RAW, (match,)).fetchall()
            took[name].append(1000 * (time.process_time() - began))
    return _cuts(took["us"]), _cuts(took["raw"])


def _cuts(times: list[float]) -> Cuts:
    cuts = statistics.quantiles(times, n=100)
    return cuts[49], cuts[94]


def main() -> None:
    """Measure and print."""
    given = measure.arguments(__doc__ or "", articles=20_000).parse_args()
    with measure.scratch() as scratch:
        base = measure.base(given)
        folder, db = news.prepare(base, given.articles, scratch), scratch / "us.db"
        where = f"{news.count(folder):,} articles"
        measure.run(measure.archive(db, "ingest", str(folder)))
        asked = queries(db)
        rows: list[measure.Ratio] = []
        with Archive(db) as archive, contextlib.closing(sqlite3.connect(db)) as raw:
            for kind, between, bound in (("AND", " AND ", 1.25), ("as typed", " ", None)):
                mine = [between.join(query.split()) for query in asked]
                cuts = [_round(archive, raw, mine, asked) for _ in range(1 + given.rounds)][1:]
                for at, name in enumerate(("p50", "p95")):
                    us, them = ([found[side][at] for found in cuts] for side in (0, 1))
                    what = f"search in process {kind} / raw FTS5, {name}, {where}"
                    ratios = tuple(a / b for a, b in zip(us, them, strict=True))
                    rows.append(measure.Ratio(what, ratios, bound))
                middle = tuple(1000 * found[0][0] for found in cuts)
                what = f"search in process {kind}, p50, {where}"
                rows.append(measure.Ratio(what, middle, unit=" µs"))
        measure.report(rows, given)


if __name__ == "__main__":
    main()
