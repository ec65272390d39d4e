"""How far ingest is from the bare floor, side by side in one run.

The floor is a script with stdlib sqlite3 that does the same work without any of our conveniences:
it reads the same files, hashes them, and writes the same tables and the same full-text index, in
one transaction. Prints the ratio of times (whole process against whole process; minimum, median and
maximum over the rounds), the size of the archive against the text's, and peak memory.

    python benchmarks/ingest.py [FOLDER] [--articles N] [--rounds N]

Without a folder, articles are generated from a seed.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLOOR = """
import hashlib, os, sqlite3, sys, time
folder, path, page_size = sys.argv[1:]
c = sqlite3.connect(path, isolation_level=None)
c.executescript(f"PRAGMA page_size = {page_size}; PRAGMA synchronous = FULL;" + sys.stdin.read())
c.execute("BEGIN")
now, n = "2026-01-01T00:00:00.000000Z", 0
for where, folders, names in os.walk(folder):
    folders.sort()
    for name in sorted(names):
        file = os.path.join(where, name)
        with open(file, "rb") as f:
            data = f.read()
            status = os.fstat(f.fileno())
        head, title, *texts = data.decode().rstrip("\\n").split("\\n")
        _, date, category = head.split(None, 2)
        digest = hashlib.sha256(data).digest()
        n += 1
        c.execute("INSERT INTO articles VALUES (?,?,?,NULL,?,NULL,?,?,?,?,?)", (n, date, category,
            title, sum(len(t.split()) for t in texts), len(texts), digest, now, now))
        c.executemany("INSERT INTO paragraphs VALUES (?,?,?,NULL)",
            [(n, at, text) for at, text in enumerate(texts, 1)])
        c.execute("INSERT INTO sources VALUES (?,?,NULL,?,?,?,?,NULL,?,?)", (n, n, file, digest,
            status.st_size, status.st_mtime_ns, now, now))
        c.execute("INSERT INTO article_search (rowid, title, body) VALUES (?,?,?)",
            (n, title, "\\n\\u00b6 ".join(texts)))
c.execute("COMMIT")
c.close()
"""

WORDS = (
    *("market", "shares", "profit", "company", "president", "minister", "oil", "price", "bank"),
    *("rate", "growth", "report", "week", "government", "union", "plan", "trade", "china"),
    *("europe", "dollar", "percent", "analyst", "quarter", "year", "said", "new"),
)


def generate(folder: Path, articles: int) -> None:
    """Dated-text articles of about 3 kB with a vocabulary that grows, the same for each call."""
    chance = random.Random(7)  # noqa: S311 - text to measure with, not secrets
    rare = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("an", "el", "or", "ith") for c in WORDS]
    for number in range(articles):
        lines = [f" date {2000 + number % 24}-{1 + number % 12:02}-{1 + number % 28:02} Business"]
        lines.append(" ".join(chance.choices(WORDS, k=7)) + f" {number}")
        for _ in range(6):
            words = chance.choices(WORDS, k=60) + chance.choices(rare, k=20)
            chance.shuffle(words)
            lines.append(" ".join(words) + ".")
        path = folder / f"{number // 1000:04}" / f"{number:07}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")


def timed(command: list[str], given: str = "") -> tuple[float, float]:
    """Seconds and peak memory (MB) of a process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin  # noqa: S101 - it is a pipe
    process.stdin.write(given.encode())
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {command[:4]}")
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return time.perf_counter() - began, usage.ru_maxrss / unit


def schema_of(path: str) -> str:
    """The DDL of an archive, without the tables that the index makes itself."""
    import sqlite3  # noqa: PLC0415

    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'article_search_*'"
        " ORDER BY type = 'index', rowid"
    ).fetchall()
    connection.close()
    return ";\n".join(sql for (sql,) in rows) + ";"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Ingest against the bare floor.")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(given.folder).resolve() if given.folder else Path(scratch) / "news"
        if not given.folder:
            folder.mkdir()
            generate(folder, given.articles)
        text = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        archive = [sys.executable, "-m", "archive", "--db"]
        model, ours, floor = (f"{scratch}/{name}.db" for name in ("model", "ours", "floor"))
        (Path(scratch) / "empty").mkdir()
        timed([*archive, model, "ingest", f"{scratch}/empty"])
        ddl = schema_of(model)
        ratios, again, memory = [], [], 0.0
        for _ in range(given.rounds):
            for path in (ours, floor):
                Path(path).unlink(missing_ok=True)
            seconds, memory = timed([*archive, ours, "ingest", str(folder)])
            bare, _ = timed([sys.executable, "-c", FLOOR, str(folder), floor, "16384"], ddl)
            repeated, _ = timed([*archive, ours, "ingest", str(folder)])
            ratios.append(seconds / bare)
            again.append(repeated / bare)
        for name, values in (("first ingest / floor", ratios), ("second ingest / floor", again)):
            print(f"{name:<24}{min(values):6.2f} {statistics.median(values):6.2f}"
                  f" {max(values):6.2f}   (minimum, median, maximum)")  # fmt: skip
        print(f"{'archive / text':<24}{os.path.getsize(ours) / text:6.2f}")
        print(f"{'floor / text':<24}{os.path.getsize(floor) / text:6.2f}")
        print(f"{'peak memory, MB':<24}{memory:6.0f}")


if __name__ == "__main__":
    main()
