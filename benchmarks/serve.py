"""How fast the pages of `archive serve` are, beside Datasette on the same file.

From the start of the process to the first answer; a page of hits beside the search alone, in
process; the page of an article; fifty readers at once, each with a connection of its own; the
memory after all that. Datasette is asked for ten rows of the same search.

    python benchmarks/serve.py FOLDER [--articles N] [--rounds N]
"""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import measure
import news
import search
from archive import Archive

READERS, PAGES = 50, 10
"""Readers at once, and the pages that each asks for."""


def main() -> None:
    """Measure and print."""
    given = measure.arguments(__doc__ or "", articles=20_000, rounds=3).parse_args()
    with measure.scratch() as scratch:
        base = measure.base(given)
        folder, db = news.prepare(base, given.articles, scratch), scratch / "us.db"
        where = f"{news.count(folder):,} articles"
        measure.run(measure.archive(db, "ingest", str(folder)))
        queries = search.queries(db, 60)
        peers: dict[str, Peer] = {"us": _Us(db)}
        if measure.takes_part("datasette", given, there=measure.installed("datasette")):
            peers["datasette"] = _Datasette(db, scratch)
        rounds = [
            {name: _round(peers[name], queries) for name in measure.order(peers, turn)}
            for turn in range(given.rounds)
        ]
        alone = _alone(db, queries, given.rounds)
        measure.report(list(_rows(rounds, alone, where)), given)


class _Us:
    """`archive serve`."""

    def __init__(self, db: Path) -> None:
        self._db = db

    def command(self, port: int) -> list[str]:
        return measure.archive(self._db, "serve", "--port", str(port))

    def hits(self, query: str) -> str:
        return f"/?q={quote(query)}"

    def article(self, number: int) -> str:
        return f"/article/{number}"


class _Datasette:
    """Datasette, told of the index by our metadata."""

    def __init__(self, db: Path, scratch: Path) -> None:
        self._db, self._told = db, scratch / "metadata.json"
        told = subprocess.run(
            measure.archive(db, "datasette-metadata"), capture_output=True, check=True
        )
        self._told.write_bytes(told.stdout)

    def command(self, port: int) -> list[str]:
        return [
            *(sys.executable, "-W", "ignore", "-m", "datasette", str(self._db)),
            *("-m", str(self._told), "--port", str(port)),
        ]

    def hits(self, query: str) -> str:
        return f"/us/articles?_size=10&_search={quote(query)}"

    def article(self, number: int) -> str:
        return f"/us/article_text?id={number}"


Peer = _Us | _Datasette
Figures = dict[str, float]
"""Milliseconds, and megabytes of memory."""


def _round(peer: Peer, queries: Sequence[str]) -> Figures:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port = int(any_port.getsockname()[1])
    with _serving(peer.command(port), port) as (pid, start):
        chance = random.Random(news.SEED)  # noqa: S311 - the same pages each time
        articles = [peer.article(chance.randrange(1, 200)) for _ in range(60)]
        hits = [peer.hits(query) for query in queries]
        _median(port, hits[:5] + articles[:5])  # warms the cache
        return {
            "start": start,
            "hits": _median(port, hits),
            "article": _median(port, articles),
            "readers": _readers(port, hits + articles),
            "memory": _memory(pid),
        }


@contextlib.contextmanager
def _serving(command: Sequence[str], port: int) -> Iterator[tuple[int, float]]:
    """The number of the process, and the ms from its start to the first answer."""
    began = time.perf_counter()
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=nowhere, stderr=nowhere) as process:
        try:
            while True:
                with contextlib.suppress(OSError):
                    _median(port, ["/"])
                    break
                if process.poll() is not None:
                    sys.exit(f"ended at once: {' '.join(command[:6])}")
                time.sleep(0.005)
            yield process.pid, 1000 * (time.perf_counter() - began)
        finally:
            process.terminate()


def _median(port: int, paths: Sequence[str]) -> float:
    """The median of the ms that the answers take, one after the other on one connection."""
    took = []
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        for path in paths:
            began = time.perf_counter()
            client.request("GET", path)
            answer = client.getresponse()
            answer.read()
            if answer.status != 200:
                sys.exit(f"{path}: {answer.status}")
            took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def _readers(port: int, paths: Sequence[str]) -> float:
    """The ms for each page while all readers ask at once."""
    chance = random.Random(news.SEED)  # noqa: S311
    chosen = [chance.choices(paths, k=PAGES) for _ in range(READERS)]
    readers = [threading.Thread(target=_median, args=(port, mine)) for mine in chosen]
    began = time.perf_counter()
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return 1000 * (time.perf_counter() - began) / (READERS * PAGES)


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _alone(db: Path, queries: Sequence[str], rounds: int) -> list[float]:
    """The median ms of the same searches in process, once a round."""
    medians = []
    with Archive(db) as archive:
        for _ in range(rounds + 1):
            took = []
            for query in queries:
                began = time.perf_counter()
                list(archive.search(query, limit=10))
                took.append(1000 * (time.perf_counter() - began))
            medians.append(statistics.median(took))
    return medians[1:]


def _rows(
    rounds: Sequence[dict[str, Figures]], alone: Sequence[float], where: str
) -> Iterator[measure.Ratio]:
    ours = [found["us"] for found in rounds]

    def row(what: str, values: Iterator[float], bound: float | None, unit: str) -> measure.Ratio:
        return measure.Ratio(f"serve: {what}, {where}", tuple(values), bound, unit)

    yield row("start to the first answer", (one["start"] for one in ours), 800, " ms")
    beyond = (one["hits"] - search for one, search in zip(ours, alone, strict=True))
    yield row("page of hits beyond the search itself", beyond, 60, " ms")
    yield row("page of hits", (one["hits"] for one in ours), None, " ms")
    yield row("page of an article", (one["article"] for one in ours), 30, " ms")
    yield row("a page, 50 readers at once", (one["readers"] for one in ours), 10, " ms")
    yield row("memory", (one["memory"] for one in ours), 250, " MB")
    if "datasette" in rounds[0]:
        for key in ("start", "hits", "article", "readers", "memory"):
            ratios = (found["us"][key] / found["datasette"][key] for found in rounds)
            yield measure.Ratio(f"serve / Datasette: {key}, {where}", tuple(ratios))


if __name__ == "__main__":
    main()
