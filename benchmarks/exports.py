"""Source formats: what becomes of files that people have, and how much a large one takes.

With a FOLDER of exports (yours, or samples that were fetched; none come with the project): for each
file its format, how many articles it gives, and why other records are refused. Without one: a made
JSON Lines file through `archive ingest`, with its peak memory and rate.

    python benchmarks/exports.py FOLDER
    python benchmarks/exports.py --megabytes 1000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import measure
from archive.errors import ParseError
from archive.formats import choosing
from archive.formats.contract import Reading, Refused

_WORDS = [
    f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("a", "e", "io", "u") for c in ("", "n", "s")
]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What becomes of exports, or a large file.")
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    parser.add_argument("--megabytes", type=int, default=100, help="of the made file (100)")
    given = parser.parse_args()
    if given.folder is None:
        large(given.megabytes)
    else:
        for path in sorted(one for one in given.folder.rglob("*") if one.is_file()):
            print(of_file(path), flush=True)


def of_file(path: Path) -> str:
    """A line on a file, and one for each reason why records of it are refused."""
    reading, reasons, articles = Reading(), Counter[str](), 0
    try:
        with path.open("rb") as file:
            found = choosing.by_signature(file)
            if found is None:
                return f"{path.name}: no format but dated text"
            file.seek(0)
            format_, module = found
            if format_.many:
                for one in module.members(file, reading):
                    if isinstance(one, Refused):
                        reasons[re.sub(r"\d+", "N", one.reason)] += 1
                    else:
                        articles += 1
            else:
                module.parse(file.read(), reading)
                articles = 1
    except ParseError as error:
        reasons[error.reason] += 1
    refused = "".join(f"\n    {number:,} refused: {reason}" for reason, number in reasons.items())
    return f"{path.name}: {format_.title}, {articles:,} articles{refused}"


def large(megabytes: int) -> None:
    """A made file through the command: seconds, articles a second, peak memory."""
    chance = random.Random(7)  # noqa: S311 - texts, not secrets
    with measure.scratch() as scratch:
        path = scratch / "large.jsonl"
        articles = 0
        with path.open("w") as file:
            while file.tell() < megabytes * 1_000_000:
                articles += 1
                text = "\n".join(" ".join(chance.choices(_WORDS, k=60)) + "." for _ in range(8))
                row = {"id": articles, "date": "2024-05-01", "title": f"Report {articles}"}
                file.write(json.dumps(row | {"text": text}) + "\n")
        began = time.monotonic()
        command = [
            sys.executable,
            "-m",
            "archive",
            "--db",
            str(scratch / "a.db"),
            "ingest",
            str(path),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)
        size = os.path.getsize(path) / 1_000_000
        print(f"{size:,.0f} MB of JSON Lines, {articles:,} articles: {seconds:.0f} s"
              f" ({used.ru_utime + used.ru_stime:.0f} s of the processor),"
              f" {articles / seconds:,.0f} articles/s, at most {peak:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main()
