"""What a run takes when a tenth of a folder has changed: memory must not grow with the folder.

Makes N short articles and a tenth as many, ingests both folders, changes every tenth file and
ingests again. Of the files that change, half are corrected, a quarter renamed and corrected, and a
quarter come to hold another story. The counts must be right, and the archive sound.

    python benchmarks/changed.py [--articles 1000000]
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path

import measure

SYLLABLES = ("ba", "do", "ki", "lun", "mer", "po", "ra", "sti", "tor", "ve", "wan", "zu")
PER_FOLDER = 1000
KINDS = 4
OTHER = " instead"


def main() -> None:
    """Measure both folders and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000_000)
    largest: int = parser.parse_args().articles
    for count in (largest // 10, largest):
        with measure.scratch() as scratch:
            print(f"{count:,} files", flush=True)
            show(count, scratch)


def show(count: int, scratch: Path) -> None:
    """Both runs over a folder, and what verify says."""
    folder, db = scratch / "news", scratch / "us.db"
    for at in range(count):
        write(place(folder, at), at, "", 1_600_000_000)
    ingest = measure.archive(db, "ingest", "--json", str(folder))
    told("first ingest", ingest)
    for at in range(0, count, 10):
        change(folder, at)
    found = told("a tenth changed", ingest)
    expected = {"changed": count * 3 // 40, "split": count // 40, "unchanged": count * 9 // 10}
    if {name: found[name] for name in expected} != expected:
        raise SystemExit(f"expected {expected}, found {found}")
    told("nothing changed", ingest)
    told("verify", measure.archive(db, "verify", "--json"))


def place(folder: Path, at: int) -> Path:
    """The path of a file: a thousand in a folder."""
    return folder / f"{at // PER_FOLDER:04}" / f"{at:07}.txt"


def write(path: Path, at: int, more: str, moment: int) -> None:
    """An article of about 100 bytes that differs from all others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(at if more != OTHER else -at - 1)  # noqa: S311 - text, not a secret
    words = ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(10)]
    head = f" date 2023-01-{1 + at % 28:02} News\n{' '.join(words[:3])}\n"
    path.write_text(f"{head}{' '.join(words[3:])} {at}{more}.\n")
    os.utime(path, (moment, moment))


def change(folder: Path, at: int) -> None:
    """One of the kinds of change."""
    path, kind = place(folder, at), at // 10 % KINDS
    if kind == 2:
        path.unlink()
        path = path.with_stem(f"{path.stem}-corrected")
    write(path, at, OTHER if kind == 3 else " corrected", 1_650_000_000)


def told(what: str, command: list[str]) -> dict[str, int]:
    """Run a command and print what it took; its JSON."""
    answer = Path(command[4]).with_suffix(".json")
    run = measure.run([*command, "--output", str(answer)])
    print(f"  {what}: {run.seconds:,.0f} s, {run.memory:,.0f} MB", flush=True)
    found: dict[str, int] = json.loads(answer.read_text().splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
