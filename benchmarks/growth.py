"""Whether an article costs the same in a large folder as in a small one.

First ingests of N and of N/10 articles in turn: time for each article, and peak memory.

    python benchmarks/growth.py FOLDER [--articles N] [--rounds N]
"""

from __future__ import annotations

import shutil

import measure
import news


def main() -> None:
    """Measure and print."""
    given = measure.arguments(__doc__ or "", articles=20_000, rounds=3).parse_args()
    with measure.scratch() as scratch:
        base = measure.base(given)
        large = news.prepare(base, given.articles, scratch)
        files = sorted(path for path in large.rglob("*") if path.is_file())
        sizes = {"large": len(files), "small": len(files) // 10}
        folders = {"large": large, "small": scratch / "small"}
        folders["small"].mkdir()
        for number, path in enumerate(files[:: len(files) // sizes["small"]][: sizes["small"]]):
            shutil.copy2(path, folders["small"] / f"{number:06}.txt")
        runs: dict[str, list[measure.Run]] = {name: [] for name in sizes}
        for turn in range(given.rounds):
            for name in measure.order(sizes, turn):
                db = scratch / "us.db"
                measure.remove(db)
                runs[name].append(measure.run(measure.archive(db, "ingest", str(folders[name]))))
        pairs = list(zip(runs["large"], runs["small"], strict=True))
        where = f"{sizes['large']:,} / {sizes['small']:,} articles"
        share = sizes["small"] / sizes["large"]
        each = tuple(share * big.seconds / small.seconds for big, small in pairs)
        memory = tuple(big.memory / small.memory for big, small in pairs)
        count = f"{measure.processes(runs['large'])} / {measure.processes(runs['small'])}"
        rows = [
            measure.Ratio(f"time for each article, {where}", each, 1.2, processes=count),
            measure.Ratio(f"peak memory, {where}", memory, processes=count),
        ]
        measure.report(rows, given)


if __name__ == "__main__":
    main()
