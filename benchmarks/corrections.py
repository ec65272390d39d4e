"""How well likeness tells corrections from other stories: shares of real and of made pairs.

Pairs of a real collection: two articles at random, neighbours in time, two under one title. Made
corrections of its articles: a share of the words exchanged, the first paragraphs cut away, a report
grown from its first paragraphs; each under another title, so that the text alone counts.

    python benchmarks/corrections.py [FOLDER | --invented] [--pairs N]
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import measure
import news
from archive.formats.dated_text import parse
from archive.ingest.identity import Text, alike, marks
from archive.text.folding import fold

SEED = 7


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    measure.add_folder(parser)
    parser.add_argument("--pairs", type=int, default=2000)
    given = parser.parse_args()
    chance = random.Random(SEED)  # noqa: S311 - a sample, not secrets
    with measure.scratch() as scratch:
        base = measure.base(given)
        folder = base or news.prepare(None, 500, scratch)
        texts = [_text(path) for path in sorted(folder.rglob("*.txt"))]
    by_date = sorted(texts, key=lambda text: text.published_on)
    titles: dict[str, list[Text]] = defaultdict(list)
    for text in by_date:
        titles[fold(text.title).casefold()].append(text)
    words = [
        word for text in chance.sample(texts, min(200, len(texts))) for word in text.body.split()
    ]
    sample = chance.sample(texts, min(given.pairs, len(texts)))
    print(f"{'pairs':38} {'alike':>7} {'found':>7}  of")
    began, compared = time.perf_counter(), 0
    kinds: list[tuple[str, list[tuple[Text, Text]]]] = [
        ("two at random", _at_random(texts, given.pairs, chance)),
        ("neighbours in time", chance.choices(list(pairwise(by_date)), k=given.pairs)),
        ("one title, other dates", [p for group in titles.values() for p in pairwise(group)]),
        *(
            (f"{share:.0%} of the words exchanged", _made(sample, _exchanged(share, words, chance)))
            for share in (0.05, 0.2, 0.4, 0.5, 0.6)
        ),
        ("the first third cut away", _made(sample, lambda lines: lines[len(lines) // 3 :])),
        ("grown from the first third", [(b, a) for a, b in _made(sample, _first_third)]),
    ]
    for name, pairs in kinds:
        like = sum(alike(old, new, same_place=False) > 0 for old, new in pairs)
        found = sum(not marks(old).isdisjoint(marks(new)) for old, new in pairs)
        compared += len(pairs)
        print(f"{name:38} {like:7,} {found:7,}  {len(pairs):,}")
    seconds = time.perf_counter() - began
    print(f"{seconds / compared * 1000:.2f} ms a pair, marks of both included")


def _at_random(texts: list[Text], pairs: int, chance: random.Random) -> list[tuple[Text, Text]]:
    found = (chance.sample(texts, 2) for _ in range(pairs))
    return [(one, other) for one, other in found]


def _text(path: Path) -> Text:
    article = parse(path.read_bytes())
    return Text(article.published_on, article.title, "\n".join(article.paragraphs))


def _made(sample: list[Text], change: Callable[[list[str]], list[str]]) -> list[tuple[Text, Text]]:
    return [
        (text, Text(text.published_on, "Other", "\n".join(change(text.body.split("\n")))))
        for text in sample
    ]


def _first_third(lines: list[str]) -> list[str]:
    return lines[: max(1, len(lines) // 3)]


def _exchanged(
    share: float, words: list[str], chance: random.Random
) -> Callable[[list[str]], list[str]]:
    def change(lines: list[str]) -> list[str]:
        return [
            " ".join(
                chance.choice(words) if chance.random() < share else word for word in line.split()
            )
            for line in lines
        ]

    return change


if __name__ == "__main__":
    main()
