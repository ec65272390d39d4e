"""How often an article is found first by its own headline or first sentence, pasted as a query.

    python benchmarks/pasted.py FOLDER [--articles N] [--seed N]

Each is asked as it is written, all in capitals, and in small letters. An article with the same text
in front counts as the article itself.
"""

from __future__ import annotations

import argparse
import random
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from archive import Archive

WAYS: dict[str, Callable[[str], str]] = {
    "as written": str,
    "in capitals": str.upper,
    "in small letters": str.lower,
}


def sentence(text: str) -> str:
    """The first sentence of a paragraph."""
    found = re.match(r".{20,}?[^.\s][^.\s][.!?](?=\s|$)", text)
    return found[0] if found else text


def plain(text: str) -> str:
    """What two texts must have in common to be the same."""
    return " ".join(re.findall(r"\w+", text.lower()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "a.db"
        with Archive(path) as archive:
            archive.ingest([given.folder])
            with closing(sqlite3.connect(path)) as plain_sql:
                rows = plain_sql.execute(
                    "SELECT id, title, text FROM articles JOIN paragraphs"
                    " ON article_id = id AND position = 1 ORDER BY id"
                ).fetchall()
            random.Random(given.seed).shuffle(rows)  # noqa: S311 - the same in every run
            report(archive, rows[: given.articles])


def report(archive: Archive, rows: list[tuple[int, str, str]]) -> None:
    """Print a line for titles and one for first sentences, for each way to write them."""
    for what, asked in (
        ("titles", [(article_id, title) for article_id, title, _ in rows]),
        ("first sentences", [(article_id, sentence(text)) for article_id, _, text in rows]),
    ):
        for how, write in WAYS.items():
            missed = []
            began = time.perf_counter()
            for article_id, text in asked:
                hits = archive.search(write(text), limit=1)
                first = hits[0].article_id if hits else None
                if first != article_id:
                    other = archive.article(first).article if first else None
                    same = other and plain(text) in plain(
                        " ¶ ".join((other.title, *other.paragraphs))
                    )
                    if not same:
                        missed.append((article_id, first, text))
            each = (time.perf_counter() - began) / len(asked) * 1000
            share = 1 - len(missed) / len(asked)
            print(f"{what:16}{how:18}{share:8.2%} first   {each:6.1f} ms each")
            for article_id, first, text in missed[:5]:
                print(f"    {article_id} behind {first}: {text[:150]}")


if __name__ == "__main__":
    main()
