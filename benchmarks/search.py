"""How long a search takes in a program: ten hits with snippets, two hundred queries.

`Archive.search` against the raw FTS5 statement with plain ranking and FTS5's own snippets, on one
archive, query by query in turn. Queries are words that stand side by side in titles, drawn from a
seed: what a reader who remembers a headline types.

    python benchmarks/search.py [FOLDER] [--articles N] [--rounds N]
"""

from __future__ import annotations

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


def main() -> None:
    """Measure and print."""
    given = measure.arguments(__doc__ or "", articles=20_000).parse_args()
    with measure.scratch() as scratch:
        base = Path(given.folder).resolve() if given.folder else None
        folder, db = news.prepare(base, given.articles, scratch), scratch / "us.db"
        articles = news.count(folder)
        measure.run(measure.archive(db, "ingest", str(folder)))
        asked = queries(db)
        raw = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
        ratios: dict[str, list[float]] = {"p50": [], "p95": []}
        medians: list[float] = []
        with Archive(db) as archive:
            for query in asked:
                archive.search(query)
            for _ in range(given.rounds):
                ours, theirs = [], []
                gc.collect()
                for query in asked:
                    began = time.perf_counter()
                    list(archive.search(query))
                    middle = time.perf_counter()
                    raw.execute(RAW, (" ".join(f'"{word}"' for word in query.split()),)).fetchall()
                    theirs.append(time.perf_counter() - middle)
                    ours.append(middle - began)
                for name, at in (("p50", 49), ("p95", 94)):
                    us, them = (statistics.quantiles(t, n=100)[at] for t in (ours, theirs))
                    ratios[name].append(us / them)
                medians.append(1000 * statistics.median(ours))
        where = f"{articles:,} articles"
        rows = [
            measure.Ratio(f"search in process / raw FTS5, {name}, {where}", tuple(values), 1.25)
            for name, values in ratios.items()
        ]
        rows.append(
            measure.Ratio(
                f"search in process, p50 in µs, {where}",
                tuple(1000 * value for value in medians),
                unit=" µs",
            )
        )
        measure.report(rows, given)


if __name__ == "__main__":
    main()
