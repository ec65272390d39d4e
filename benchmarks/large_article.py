"""Whether one article of 60 MB can be lived with: processor time and peak memory of every command.

Its paragraphs are drawn from a collection, or with `--one` all of that is one paragraph. A second
version, in which a few words differ, comes in halfway. A command should take no longer than
`SECONDS` and no more memory than `TIMES` its size; rows over that are marked.

    python benchmarks/large_article.py FOLDER [--size MB] [--one] [--only WORD]
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import random
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import measure
import news

SECONDS, TIMES = 20, 4
_QUERIES = [
    *("market", "market AND bank", '"stock market"', "bank NEAR/5 crisis", "bank ADJ/3 debt"),
    *("para:(bank AND debt)", "gov*", '"5 percent"', "US", "said OR the", "bank -zebra"),
]
_TITLE = "The whole wire of a year in one article"


def article(base: Path, size: int, *, one: bool) -> tuple[str, str]:
    """An article of about `size` bytes, and its correction: one word in some paragraphs is another,
    and a paragraph is gone."""
    chance = random.Random(news.SEED)  # noqa: S311 - the same article each time
    texts = (path.read_text(encoding="utf-8") for path in sorted(base.rglob("*.txt")))
    known = [line for text in texts for line in text.split("\n")[2:] if line.strip()]
    words = [line.split(" ", 1)[0] for line in known]
    lines: list[str] = []
    while size > 0:
        line = f"{chance.choice(words)} {chance.choice(known)}"
        lines.append(line)
        size -= len(line.encode()) + 1
    corrected = [
        line.replace(" the ", " this ", 1) if number % 500 == 0 else line
        for number, line in enumerate(lines)
        if number != len(lines) // 2
    ]
    between = " " if one else "\n"
    head = f" date 2012-03-04 Markets\n{_TITLE}\n"
    old, new = (head + between.join(text) + "\n" for text in (lines, corrected))
    return old, new


def commands(db: Path, file: Path, scratch: Path) -> Iterator[tuple[str, ...]]:
    """Every command that reads one version, the corrected version, and what comes after it."""
    out = str(scratch / "out")
    quoted = " ".join(file.read_text(encoding="utf-8")[5_000_000:5_000_400].split()[1:40])
    yield "ingest", str(file)
    for query in _QUERIES:
        yield "search", query
    for options in (("--json",), ("--csv",), ("--explain",), ("--sql",), ("--count",)):
        yield "search", "market bank", *options
    yield "search", "market bank", "--context", "2"
    yield "search", "market bank", "--facet", "month"
    yield "search", "governmant zzyzx"
    yield "list", "bank"
    yield ("list",)
    yield "timeline", "bank", "debt"
    for query in ("said", "gov*", "bank NEAR/5 crisis", "US"):
        yield "concordance", query
    for query in ("said", "s*"):
        for limit in ("100", "all"):
            yield "concordance", query, "--sort", "right", "--limit", limit
    yield "quote", quoted
    yield "quote", quoted.replace(" the ", " a ")
    yield "quote", "the star"
    yield "similar", "1"
    yield ("duplicates",)
    yield "show", "1"
    yield "show", "1", "--json"
    yield "show", "1", "--raw"
    yield "show", "1:1-2"
    yield "cite", "1:1"
    yield "history", "1"
    yield ("sources",)
    yield ("stats",)
    yield ("verify",)
    yield ("doctor",)
    yield "sql", "SELECT id, length(body) FROM article_text"
    yield "sql", "SELECT count(*) FROM article_search WHERE article_search MATCH 'bank'"
    yield ("reindex",)
    yield "CORRECTED", str(file)
    yield "diff", "1"
    yield "diff", "1", "--json"
    yield "history", "1"
    yield "show", "1@1"
    yield "show", "1@1", "--raw"
    yield "search", "market bank", "--versions"
    yield "concordance", "said", "--versions"
    yield "quote", quoted, "--versions"
    yield ("verify",)
    yield "export", out
    yield "dump", "--output", f"{out}.jsonl"
    yield "LOAD", f"{out}.jsonl"
    yield "backup", f"{out}.db"
    yield "restore", f"{out}.db"
    yield "MERGE", str(db)
    for page in (
        *("/", "/?q=market+bank", "/?q=s*", "/article/1", "/article/1?q=said", "/article/1@1"),
        *("/article/1/cite?p=1", "/article/1/history", "/article/1/diff", "/article/1/similar"),
        *("/article/1.json", "/concordance?q=said", "/timeline?q=bank", "/duplicates", "/about"),
        *("/search.json?q=bank", "/quote?text=the+star"),
    ):
        yield "PAGE", page
    yield "remove", "1", "--yes"


def measured(db: Path, command: Sequence[str], after: str, scratch: Path) -> measure.Run:
    """Run one of them; those in capitals are more than a call."""
    name, *rest = command
    match name:
        case "PAGE":
            return page(db, rest[0])
        case "CORRECTED":
            Path(rest[0]).write_text(after, encoding="utf-8")
            name = "ingest"
        case "LOAD":
            name, db = "load", scratch / "loaded.db"
        case "MERGE":
            name, db = "merge", scratch / "merged.db"
            (scratch / "small.txt").write_text(" date 2012-03-04\nTitle\nText.\n", encoding="utf-8")
            measure.run(measure.archive(db, "ingest", str(scratch / "small.txt")))
    return measure.run(measure.archive(db, "--no-pager", name, *rest), expect=(0, 1))


def page(db: Path, path: str) -> measure.Run:
    """A page of a server that has just been started."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port = int(any_port.getsockname()[1])
    command = measure.archive(db, "serve", "--port", str(port))
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=nowhere, stderr=nowhere) as server:
        try:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            began = time.perf_counter()
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            asked.request("GET", path)
            answer = asked.getresponse()
            while answer.read(1 << 16):
                pass
            seconds = time.perf_counter() - began
            if answer.status not in (200, 303):
                print(f"{path}: {answer.status}", file=sys.stderr)
            lines = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8").splitlines()
            peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
        finally:
            server.terminate()
    return measure.Run(seconds, peak / 1024, 1)


def processor() -> float:
    """Seconds of a processor that the processes which have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    measure.add_folder(parser)
    parser.add_argument("--size", type=int, default=60, metavar="MB")
    parser.add_argument("--one", action="store_true", help="all of it in one paragraph")
    parser.add_argument("--only", default="", help="only commands that hold this, and ingest")
    given = parser.parse_args()
    with measure.scratch() as scratch:
        base = measure.base(given) or news.prepare(None, 500, scratch)
        before, after = article(base, given.size * 1_000_000, one=given.one)
        file, db = scratch / "one.txt", scratch / "us.db"
        file.write_text(before, encoding="utf-8")
        print(f"one article of {file.stat().st_size / 1e6:.0f} MB: seconds of a processor, MB")
        for command in commands(db, file, scratch):
            shown = " ".join(part.replace(str(scratch), "") for part in command)
            if given.only not in shown and command[0] not in ("ingest", "CORRECTED"):
                continue
            began = processor()
            run = measured(db, command, after, scratch)
            seconds = processor() - began
            over = seconds > SECONDS or run.memory > TIMES * given.size
            row = f"{seconds:6.1f} {run.memory:5.0f}  {'OVER ' * over}{shown[:100]}"
            print(row, flush=True)


if __name__ == "__main__":
    main()
