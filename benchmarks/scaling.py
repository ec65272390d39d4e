"""How an archive behaves as it grows to a million articles: a study, by its own command.

One archive grows step by step; after each step, the rate of the articles that were new, the size of
the file by the text's, and how long searches take in a program (p50 and p95 of ten hits): one word,
two words, a phrase, two words near each other, one word or the other, two words newest first.
Writes a table and its plot, and says where one machine stops being pleasant.

    python benchmarks/scaling.py FOLDER [--steps 10000 30000 100000] [--out docs]
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import time
from pathlib import Path

import measure
import news
import search
from archive import Archive

STEPS = (10_000, 30_000, 100_000, 300_000, 1_000_000)
KINDS = ("one word", "two words", "phrase", "NEAR", "OR", "newest first")
PLEASANT_MS = 200


def questions(db: Path) -> dict[str, list[str]]:
    """Forty queries of each kind, of neighbouring words of titles."""
    asked = search.queries(db, 600)
    ones, twos = ([q for q in asked if q.count(" ") == spaces][:40] for spaces in (0, 1))
    pairs = zip(ones, ones[1:] + ones[:1], strict=True)
    return {
        "one word": ones,
        "two words": twos,
        "phrase": [f'"{query}"' for query in twos],
        "NEAR": [query.replace(" ", " NEAR/10 ") for query in twos],
        "OR": [f"{left} OR {right}" for left, right in pairs],
        "newest first": twos,
    }


def latency(db: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """p50 and p95 in ms, by kind; each query counts with its best of some rounds."""
    found = {}
    with Archive(db) as archive:
        for kind, queries in questions(db).items():
            best = [float("inf")] * len(queries)
            order = list(range(len(queries)))
            for _ in range(rounds):
                random.Random(news.SEED).shuffle(order)  # noqa: S311 - an order, not a secret
                for at in order:
                    began = time.perf_counter()
                    sort = "newest" if kind == "newest first" else "auto"
                    list(archive.search(queries[at], sort=sort))
                    best[at] = min(best[at], 1000 * (time.perf_counter() - began))
            cuts = statistics.quantiles(best, n=100)
            found[kind] = (cuts[49], cuts[94])
    return found


def grow(base: Path | None, steps: list[int], scratch: Path, rounds: int) -> list[dict[str, float]]:
    """One row for each step."""
    folder, db = news.prepare(base, steps[-1], scratch), scratch / "us.db"
    parts = sorted(folder.iterdir())
    rows: list[dict[str, float]] = []
    text, done = 0, 0
    for step in steps:
        fresh = parts[done // 1000 : -(-step // 1000)]
        text += sum(map(news.size, fresh))
        run = measure.run(measure.archive(db, "ingest", *map(str, fresh)))
        row: dict[str, float] = {
            "articles": step,
            "ingest, articles/s": round((step - done) / run.seconds),
            "archive / text": round(db.stat().st_size / text, 3),
        }
        for kind, (middle, high) in latency(db, rounds).items():
            row[f"{kind}, p50 ms"], row[f"{kind}, p95 ms"] = round(middle, 2), round(high, 2)
        print(row, flush=True)
        rows.append(row)
        done = step
    return rows


def limits(rows: list[dict[str, float]]) -> str:
    """Where one machine stops being pleasant: by kind, the first step whose p95 is too long."""
    found = []
    for kind in KINDS:
        over = [row["articles"] for row in rows if row[f"{kind}, p95 ms"] > PLEASANT_MS]
        found.append(f"{kind}: " + (f"{over[0]:,.0f}" if over else "not reached"))
    return f"p95 over {PLEASANT_MS} ms from this many articles on: " + "; ".join(found)


def plot(rows: list[dict[str, float]], out: Path) -> None:
    """Rate, size and latency by number of articles, as PNG and SVG."""
    import matplotlib as mpl  # noqa: PLC0415 - the table is written by then

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "scaling"  # the same file for the same figures
    from matplotlib import pyplot as plt  # noqa: PLC0415

    articles = [row["articles"] for row in rows]
    figure, (rate, size, times) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
    rate.plot(articles, [row["ingest, articles/s"] for row in rows], marker="o")
    rate.set_title("ingest, articles/s")
    size.plot(articles, [row["archive / text"] for row in rows], marker="o")
    size.set_title("archive / text")
    for kind in KINDS:
        high, middle = ([row[f"{kind}, {cut} ms"] for row in rows] for cut in ("p95", "p50"))
        (line,) = times.plot(articles, high, marker="o", label=kind)
        times.plot(articles, middle, linestyle=":", color=line.get_color())
    times.axhline(PLEASANT_MS, color="grey", linewidth=0.8)
    times.set_title("search, ms (p95, dotted p50)")
    times.set_yscale("log")
    times.legend(fontsize="small")
    for axes in (rate, size, times):
        axes.set_xscale("log")
        axes.set_xticks(articles, [f"{number:,.0f}" for number in articles])
        axes.minorticks_off()
        axes.set_xlabel("articles")
        if axes is not times:
            axes.set_ylim(0, 1.1 * max(axes.lines[0].get_ydata()))
    figure.suptitle(limits(rows), fontsize="small")
    for ending in ("png", "svg"):
        metadata = {"Date": None} if ending == "svg" else None
        figure.savefig(out / f"scaling.{ending}", metadata=metadata)


def main() -> None:
    """Measure, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    measure.add_folder(parser)
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=measure.HERE.parent / "docs")
    parser.add_argument("--redraw", action="store_true", help="draw the table that is there")
    given = parser.parse_args()
    table = given.out / "scaling.csv"
    if given.redraw:
        with table.open(encoding="utf-8", newline="") as file:
            rows = [{key: float(cell) for key, cell in row.items()} for row in csv.DictReader(file)]
    else:
        base = measure.base(given)
        with measure.scratch() as scratch:
            rows = grow(base, sorted(given.steps), scratch, given.rounds)
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    print(limits(rows))
    plot(rows, given.out)


if __name__ == "__main__":
    main()
