"""How good the ranking is: test collections with judged queries, beside plain FTS5.

Each query goes through `Archive.search` as a user types it, and to FTS5 as an OR of its words
ranked by `bm25` with weights 1, 1, on the same archive in the same run. Prints nDCG@10, MAP and
recall@100 of both (the first 1,000 hits each), how ours stands to FTS5's, and the time of ten hits
by ours and of the bare statement (ratio of the sums; ours with paragraphs and marks).

    python benchmarks/quality.py [COLLECTION...] [--readme] [--beside PYTHON]
    python benchmarks/quality.py [COLLECTION...] --leave-one-out

`--beside` names the Python of an environment in which another version of the package is installed,
such as the first release: it is measured in the same run. `--leave-one-out` judges each number of
the ranking by collections that did not choose it (`choices.py`).

A collection is a folder, or a tar file of one, with `articles/`, `queries.jsonl` (`qid`, `text`)
and `qrels.tsv` (qid, document, grade; a document is the stem of a file's name). Without any, those
of `../shared/corpora` beside the checkout are taken; where there are none, that is an error.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sqlite3
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import measure
import metrics
from archive import Archive

if TYPE_CHECKING:
    import choices

ROOT = Path(__file__).resolve().parent.parent
CORPORA = ROOT.parent / "shared" / "corpora"
README = ROOT / "README.md"
BEGIN, END = "<!-- quality: written by benchmarks/quality.py -->", "<!-- end of quality -->"
DEPTH = 1000
MEASURES: tuple[tuple[str, Callable[[Sequence[str], metrics.Grades], float]], ...] = (
    ("nDCG@10", metrics.ndcg),
    ("MAP", metrics.average_precision),
    ("recall@100", metrics.recall),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Means over the judged queries of a collection, in the order of `MEASURES`; seconds in all."""

    name: str
    articles: int
    queries: int
    ours: tuple[float, ...]
    plain: tuple[float, ...]
    our_seconds: float
    plain_seconds: float
    other: tuple[float, ...] = ()
    """Of another version, where one was measured beside."""

    def other_ratios(self) -> tuple[float, ...]:
        """The other version's by plain FTS5, for each measure."""
        return tuple(it / them for it, them in zip(self.other, self.plain, strict=True))

    def ratios(self) -> tuple[float, ...]:
        """Ours by plain FTS5, for each measure, then for the time."""
        pairs = zip(self.ours, self.plain, strict=True)
        times = self.our_seconds / self.plain_seconds
        return (*(us / them if them else 1.0 for us, them in pairs), times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collections", nargs="*", type=Path)
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    parser.add_argument("--beside", metavar="PYTHON", help="of another version, measured as well")
    parser.add_argument("--leave-one-out", action="store_true", help="judge each number")
    parser.add_argument("--json", action="store_true", help="our means alone, a line a collection")
    parser.add_argument("--queries", type=int, help="no more than the first so many of each")
    given = parser.parse_args()
    results, collections = [], []
    with tempfile.TemporaryDirectory(prefix="quality-") as scratch:
        for at, path in enumerate(given.collections or sorted(CORPORA.glob("*.tar.gz"))):
            place = Path(scratch) / str(at)
            place.mkdir()
            folder = _unpacked(path, place)
            if not (folder / "qrels.tsv").is_file():
                if given.collections:
                    sys.exit(f"{path} has no judgements (qrels.tsv)")
                continue  # a corpus without queries lies beside the collections
            if given.leave_one_out:
                collections.append(_collection(folder, place / "archive.db"))
                continue
            result = measured(folder, place / "archive.db", given.queries)
            if given.beside:
                beside = _other_version(given.beside, folder, given.queries)
                result = replace(result, other=beside)
            results.append(result)
            print(json.dumps(result.ours) if given.json else _line(result), flush=True)
        if collections:
            import choices  # noqa: PLC0415 - it knows this version of the package, another runs here too

            print("\n".join(choices.leave_one_out(collections)))
            return
    if given.json:
        return
    if not results:
        sys.exit(f"no test collection in {CORPORA}: name a folder of one")
    lines = table(results)
    print("\n".join(lines))
    if given.readme:
        _write(lines)


def _unpacked(path: Path, place: Path) -> Path:
    """The folder of a collection."""
    if path.is_dir():
        return path
    with tarfile.open(path) as packed:
        packed.extractall(place, filter="data")
    return next(entry for entry in place.iterdir() if entry.is_dir())


def _judged_queries(folder: Path) -> list[tuple[str, dict[str, int]]]:
    judged = _judgements(folder)
    return [
        (query["text"], judged[query["qid"]])
        for query in map(json.loads, (folder / "queries.jsonl").read_text().splitlines())
        if query["qid"] in judged
    ]


def _collection(folder: Path, db: Path) -> choices.Collection:
    """A collection to judge the numbers of the ranking by."""
    import choices  # noqa: PLC0415 - it knows this version of the package, another runs here too

    with Archive(db) as archive:
        fts = _plain_connection(archive, folder)
    found = choices.Collection(
        folder.name, fts, dict(_names(fts)), _judged_queries(folder), (1.0, 1.0)
    )
    return replace(found, plain=found.means(lambda text: _plain(fts, text, DEPTH)))


def _other_version(python: str, folder: Path, most: int | None) -> tuple[float, ...]:
    """The means of the version of the package that another Python imports."""
    command = [python, __file__, str(folder), "--json"]
    command += ["--queries", str(most)] if most else []
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    return tuple(json.loads(run.stdout))


def measured(folder: Path, db: Path, most: int | None = None) -> Result:
    """Both rankings on one collection."""
    queries = _judged_queries(folder)[:most]
    with Archive(db) as archive, contextlib.closing(_plain_connection(archive, folder)) as fts:
        names = dict(_names(fts))
        ours: list[tuple[float, ...]] = []
        plain: list[tuple[float, ...]] = []
        seconds = [0.0, 0.0]
        for text, grades in queries:
            hits = [hit.article_id for hit in archive.search(text, limit=DEPTH)]
            rows = _plain(fts, text, DEPTH)
            for ids, scores in ((hits, ours), (rows, plain)):
                ranking = [names[article_id] for article_id in ids]
                scores.append(tuple(score(ranking, grades) for _, score in MEASURES))
            for side in measure.order((0, 1), len(ours)):
                began = time.perf_counter()
                if side == 0:
                    archive.search(text)
                else:
                    _plain(fts, text, 10)
                seconds[side] += time.perf_counter() - began
        return Result(
            folder.name, archive.stats().articles, len(queries), _means(ours), _means(plain),
            seconds[0], seconds[1],
        )  # fmt: skip


def _judgements(folder: Path) -> dict[str, dict[str, int]]:
    """Query -> document -> grade, for queries to which something is relevant."""
    found: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text().splitlines():
        query, document, grade = line.split("\t")
        found.setdefault(query, {})[document] = int(grade)
    return {query: grades for query, grades in found.items() if any(g > 0 for g in grades.values())}


def _plain_connection(archive: Archive, folder: Path) -> sqlite3.Connection:
    archive.ingest([folder / "articles"])
    return sqlite3.connect(f"file:{archive.path}?mode=ro", uri=True)


def _names(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Article -> document; the first file's name where several hold it."""
    rows = connection.execute("SELECT article_id, path FROM sources ORDER BY id DESC")
    return ((article_id, Path(path).stem) for article_id, path in rows)


def _plain(connection: sqlite3.Connection, text: str, limit: int) -> list[int]:
    """FTS5 as it is: any of the words, bm25 with its defaults."""
    words = dict.fromkeys(re.findall(r"\w+", text))
    rows = connection.execute(
        "SELECT rowid FROM article_search WHERE article_search MATCH ?"
        " ORDER BY bm25(article_search) LIMIT ?",
        (" OR ".join(f'"{word}"' for word in words), limit),
    )
    return [row[0] for row in rows]


def _means(scores: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(map(statistics.fmean, zip(*scores, strict=True)))


def _line(result: Result) -> str:
    return (
        f"{result.name}: {result.queries} queries over {result.articles:,} articles,"
        f" {1000 * result.our_seconds / result.queries:.1f} ms a query,"
        f" FTS5 {1000 * result.plain_seconds / result.queries:.1f} ms"
    )


def table(results: Sequence[Result]) -> list[str]:
    """Markdown: a row a collection, the last one for the means of the ratios."""
    heads = [name for name, _ in MEASURES]
    has_other = all(result.other for result in results)
    lines = [
        f"| collection | articles | queries | {' | '.join(heads)} | time |",
        f"|---|--:|--:|{'--:|' * (len(heads) + 1)}",
    ]
    if has_other:
        lines = [f"{line}{more}" for line, more in zip(lines, (" other |", "--:|"), strict=True)]
    for result in results:
        columns = zip(result.ours, result.plain, result.ratios(), strict=False)
        cells = [f"{us:.3f} ({them:.3f}) {ratio:.2f}" for us, them, ratio in columns]
        cells.append(f"{result.ratios()[-1]:.2f}")
        if has_other:
            cells.append(" / ".join(f"{ratio:.2f}" for ratio in result.other_ratios()[:2]))
        lines.append(
            f"| {result.name} | {result.articles:,} | {result.queries} | {' | '.join(cells)} |"
        )
    *means, times = map(statistics.fmean, zip(*(r.ratios() for r in results), strict=True))
    cells = [*(f"{mean:.3f}" for mean in means), f"{times:.2f}"]
    if has_other:
        others = zip(*(result.other_ratios()[:2] for result in results), strict=True)
        cells.append(" / ".join(f"{statistics.fmean(column):.3f}" for column in others))
    return [*lines, f"| mean ratio | | | {' | '.join(cells)} |"]


def _write(lines: Sequence[str]) -> None:
    before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit("README.md has no place for the table")
    text = "\n".join((begin, "", *lines, "", end))
    README.write_text(before + text + after, encoding="utf-8")


if __name__ == "__main__":
    main()
