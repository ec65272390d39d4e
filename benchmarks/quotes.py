"""How well, and how fast, `archive quote` finds where words come from.

    python benchmarks/quotes.py FOLDER [--rounds N] [--seed N]

Three tables on the articles of a folder. Quotations of several lengths, with none to a fifth of
their words replaced by words of other articles: how many are found in their article, and the time
of each. Sentences put together by chance, any three neighbours of which stand somewhere, as
machines invent them: how many are called exact or close. And the stretch of an article with the
fewest edits: how often difflib and RapidFuzz give another, and the time.
Times are of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from itertools import pairwise

from rapidfuzz import fuzz

from archive import Archive
from archive.text.alignment import align

SIZES = (4, 8, 15, 30, 100, 500)
RATES = (0.0, 0.1, 0.2)
CHANCE_SIZES = (6, 8, 12, 20)
ALIGNED_SIZES = (8, 20, 100, 400)


def texts(archive: Archive) -> list[tuple[int, list[str]]]:
    """(article, words) of every paragraph of some length."""
    rows = archive.sql(
        "SELECT article_id, text FROM paragraphs WHERE length(text) > 200", timeout=1e6
    ).rows
    return [(article_id, text.split()) for article_id, text in rows]


def found_again(
    archive: Archive, places: list[tuple[int, list[str]]], rounds: int, chance: random.Random
) -> None:
    """Quotations with some of their words replaced."""
    others = [word for _, words in chance.sample(places, min(200, len(places))) for word in words]
    print("words  replaced  found      median ms  longest ms (processor)")
    for size in SIZES:
        long_enough = [place for place in places if len(place[1]) >= size]
        for rate in RATES if long_enough else ():
            found, times = 0, []
            for _ in range(rounds):
                article_id, words = chance.choice(long_enough)
                start = chance.randrange(len(words) - size + 1)
                quoted = words[start : start + size]
                for at in chance.sample(range(size), int(size * rate)):
                    quoted[at] = chance.choice(others)
                began = time.process_time()
                answer = archive.quote(" ".join(quoted), limit=50)
                times.append((time.process_time() - began) * 1000)
                found += any(place.article_id == article_id for place in answer)
            middle = statistics.median(times)
            print(
                f"{size:5}  {rate:8.0%}  {found:4}/{rounds:<4}  {middle:9.0f}  {max(times):10.0f}"
            )


def by_chance(
    archive: Archive, places: list[tuple[int, list[str]]], rounds: int, chance: random.Random
) -> None:
    """Sentences in which any three neighbours stand somewhere, the whole perhaps nowhere."""
    follow: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for _, words in places:
        for (first, second), third in zip(pairwise(words), words[2:], strict=False):
            follow[first, second].append(third)
    pairs = list(follow)
    print("\nwords  exact by chance  close by chance")
    for size in CHANCE_SIZES:
        exact = close = 0
        for _ in range(rounds):
            sentence = list(chance.choice(pairs))
            while len(sentence) < size:
                after = follow.get((sentence[-2], sentence[-1])) or chance.choice(pairs)
                sentence.append(chance.choice(after))
            answer = archive.quote(" ".join(sentence))
            exact += bool(answer) and answer[0].exact
            close += bool(answer) and not answer[0].exact
        print(f"{size:5}  {exact:7}/{rounds:<8} {close:7}/{rounds}")


Place = tuple[int, int]


def _ours(sought: list[str], text: list[str]) -> Place:
    found = align(sought, text)
    return found.start, found.end


def _difflib(sought: list[str], text: list[str]) -> Place:
    blocks = SequenceMatcher(None, sought, text, autojunk=False).get_matching_blocks()[:-1]
    return (blocks[0].b, blocks[-1].b + blocks[-1].size) if blocks else (0, 0)


def _rapidfuzz(sought: list[str], text: list[str]) -> Place:
    found = fuzz.partial_ratio_alignment(sought, text)
    return (found.dest_start, found.dest_end) if found else (0, 0)


def _methods() -> Iterator[tuple[str, Callable[[list[str], list[str]], Place]]]:
    yield "ours", _ours
    yield "difflib", _difflib
    yield "rapidfuzz", _rapidfuzz


def aligned(places: list[tuple[int, list[str]]], rounds: int) -> None:
    """Where other methods put words of which a quarter was replaced or put in."""
    print("\nwords  method     ms      another stretch than that with the fewest edits")
    for size in ALIGNED_SIZES:
        long_enough = [words for _, words in places if len(words) >= size * 2]
        for name, method in _methods() if long_enough else ():
            again = random.Random(size)  # noqa: S311 - the same trials for each
            elsewhere, times = 0, []
            for _ in range(rounds):
                text = again.choice(long_enough)
                start = again.randrange(len(text) - size + 1)
                sought = text[start : start + size]
                for at in again.sample(range(size), size // 6):
                    sought[at] = "(replaced)"
                for _ in range(size // 12):
                    sought.insert(again.randrange(size), "(put in)")
                began = time.process_time()
                place = method(sought, text)
                times.append((time.process_time() - began) * 1000)
                elsewhere += place != _ours(sought, text)
            middle = statistics.mean(times)
            print(f"{size:5}  {name:<9}  {middle:6.2f}  {elsewhere}/{rounds}")


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - the same quotations in every run
    with tempfile.TemporaryDirectory() as folder, Archive(f"{folder}/archive.db") as archive:
        archive.ingest([given.folder])
        places = texts(archive)
        if not places:
            sys.exit("no paragraph is long enough")
        found_again(archive, places, given.rounds, chance)
        by_chance(archive, places, given.rounds, chance)
        aligned(places, given.rounds)


if __name__ == "__main__":
    main()
