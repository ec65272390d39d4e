"""How fast and how well "did you mean" answers on an index of a given number of different words.

Makes an archive (generated from a seed, words as frequent as Zipf's law has them, each word in at
least one article), misspells words of it, and asks for suggestions: one slip anywhere, two slips
behind the first letters. Prints milliseconds for each call (median / 95th percentile / maximum; by
the clock, and of the processor where the machine has other work) and how often the word meant came
first, and among the three. The first call is one of them, and loads RapidFuzz.

    python benchmarks/spelling.py [--terms N] [--articles N] [--asked N] [--keep ARCHIVE]
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sqlite3
import statistics
import tempfile
import time
from itertools import accumulate
from pathlib import Path

from archive import Archive
from archive.engines.sqlite.terms import Terms
from archive.search.spelling import suggest

STARTS = ("b", "br", "c", "ch", "d", "f", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pr", "r",
          "s", "st", "t", "tr", "v", "w", "z", "")  # fmt: skip
MIDDLES = ("a", "e", "i", "o", "u", "ai", "ea", "ou", "an", "en", "in", "on", "er", "or", "al")
ENDS = ("", "", "s", "ed", "ing", "er", "ers", "tion", "ment", "ly", "al", "ist", "ity", "ous")


def vocabulary(chance: random.Random, size: int) -> list[str]:
    """Different pronounceable words with endings as English has them, shorter ones first."""
    words: dict[str, None] = {}
    while len(words) < size:
        syllables = 1 + len(words) * 4 // size
        stem = "".join(
            chance.choice(STARTS) + chance.choice(MIDDLES)
            for _ in range(chance.randint(syllables, syllables + 1))
        )
        words[stem + chance.choice(ENDS)] = None
    return list(words)


def build(path: str, terms: int, articles: int, words: int) -> list[str]:
    """An archive at the path, unless there is one; the words in it, commonest first."""
    chance = random.Random(11)  # noqa: S311 - text to measure with, not secrets
    # Stems make fewer terms than words.
    vocabulary_ = vocabulary(chance, terms * 13 // 10)
    if os.path.exists(path):
        return vocabulary_
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(vocabulary_))))
    rare = iter(vocabulary_)
    share = -(-len(vocabulary_) // articles)
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(articles):
            text = chance.choices(vocabulary_, cum_weights=weights, k=words - share)
            text += [word for word, _ in zip(rare, range(share), strict=False)]
            chance.shuffle(text)
            folder = Path(scratch) / f"{number // 1000}"
            folder.mkdir(exist_ok=True)
            half = len(text) // 2
            lines = [" date 2020-01-01", " ".join(text[:6]), " ".join(text[:half]),
                     " ".join(text[half:]), ""]  # fmt: skip
            (folder / f"{number}.txt").write_text("\n".join(lines))
        with Archive(path) as archive:
            archive.ingest([scratch])
    return vocabulary_


def slip(chance: random.Random, word: str, first: int = 0) -> str:
    """The word with one letter dropped, doubled, changed or changed over, at or after `first`."""
    at = chance.randrange(first, len(word) - 1)
    kind = chance.choice(["drop", "add", "change", "swap"])
    if kind == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    letter = "" if kind == "drop" else chance.choice("abcdefghijklmnopqrstuvwxyz")
    return word[:at] + letter + word[at + (kind != "add") :]


def _spread(times: list[float]) -> str:
    """Median, 95th percentile, maximum."""
    late = sorted(times)[len(times) * 95 // 100]
    return f"{statistics.median(times):.1f} / {late:.1f} / {max(times):.1f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Did you mean: time and hits.")
    parser.add_argument("--terms", type=int, default=300_000)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--words", type=int, default=250, help="words of an article")
    parser.add_argument("--asked", type=int, default=300, help="misspelt words to ask for")
    parser.add_argument("--keep", metavar="ARCHIVE", help="use this archive, or make it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = given.keep or f"{scratch}/words.db"
        words = build(path, given.terms, given.articles, given.words)
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        found = connection.execute("SELECT count(*) FROM article_terms").fetchone()[0]
        size = os.path.getsize(path) / 1e6
        print(f"{found:,} terms in {given.articles:,} articles, {size:,.0f} MB")
        chance = random.Random(5)  # noqa: S311 - as above
        gc.freeze()  # the words above are not the program's
        # People misspell common words more often than rare ones: half from the first tenth.
        long = [word for word in words if len(word) >= 6]
        common = long[: max(1, len(long) // 10)]
        for name, slips in (("one slip", 1), ("two slips", 2)):
            clock, processor, first, among = [], [], 0, 0
            for number in range(given.asked):
                meant = chance.choice(common if number % 2 else long)
                typed = slip(chance, meant)
                for _ in range(slips - 1):
                    typed = slip(chance, typed, min(3, len(typed) - 2))
                began, busy = time.perf_counter(), time.process_time()
                answer = suggest(Terms(connection), [typed])
                processor.append((time.process_time() - busy) * 1000)
                clock.append((time.perf_counter() - began) * 1000)
                near = answer.get(typed, (meant,))  # a slip can give another word that is there
                first += near[:1] == (meant,)
                among += meant in near
            print(
                f"{name}: ms {_spread(clock)}, of the processor {_spread(processor)};"
                f" the word meant came first {first / given.asked:.0%},"
                f" among three {among / given.asked:.0%}"
            )
        connection.close()


if __name__ == "__main__":
    main()
