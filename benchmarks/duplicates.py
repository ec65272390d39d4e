"""How well and how fast copies are found, and what that costs an ingest.

Edited copies of articles are planted among them, seeded: one word in twenty is changed, dropped or
put in (`--edits`). Then `duplicates` is asked for all groups. Prints how many of the planted copies
are in a group with their original; how many groups hold an article that was not planted there
(`--show` prints those: real copies, or faults); the seconds it took, by the clock, and of the
processor where the machine has other work; and `similar`'s milliseconds. And the share of an
ingest's time that is spent on finding copies later: the time in the modules for it, which is none,
since nothing is stored for it.

    python benchmarks/duplicates.py FOLDER [--articles N] [--planted N] [--edits PERCENT] [--show]

With `--invented` instead, articles are generated from a seed. Where a folder has fewer files than
`--articles`, further articles are made of the same words in another order.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import measure
from archive import Archive
from archive.formats import dated_text
from archive.records import Article

if TYPE_CHECKING:
    from archive.questions.similar import Copy


SYLLABLES = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "ol")]


def generated(chance: random.Random, number: int) -> Article:
    """An article of 20 to 600 words in sentences."""
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(400)]
    size, sentences = chance.choice([20, 100, 300, 600]), []
    while size > 0:
        length = chance.randint(6, 25)
        sentence = chance.choices(words, k=length)
        sentence[length // 2] += ","
        sentences.append(" ".join(sentence).capitalize() + ".")
        size -= length
    half = len(sentences) // 2 + 1
    paragraphs = tuple(" ".join(part) for part in (sentences[:half], sentences[half:]) if part)
    return Article(f"{2000 + number % 20}-01-{1 + number % 28:02}", f"Number {number}", paragraphs)


def shuffled(chance: random.Random, article: Article) -> Article:
    """The same words in another order."""
    paragraphs = tuple(
        " ".join(chance.sample(words, len(words))) for words in map(str.split, article.paragraphs)
    )
    return Article(article.published_on, article.title, paragraphs, article.category)


def edited(chance: random.Random, article: Article, rate: float, words: list[str]) -> Article:
    """A copy in which so many of the words, the title's too, are changed, dropped or put in."""

    def edit(text: str) -> str:
        found: list[str] = []
        for word in text.split():
            if chance.random() >= rate:
                found.append(word)
            elif (kind := chance.choice(["change", "drop", "add"])) != "drop":
                found += [word] * (kind == "add") + [chance.choice(words)]
        return " ".join(found) or chance.choice(words)

    published_on = f"{2000 + chance.randrange(20)}-{chance.randint(1, 12):02}-15"
    return Article(published_on, edit(article.title), tuple(map(edit, article.paragraphs)))


def articles(folder: Path | None, most: int, chance: random.Random) -> list[Article]:
    """The articles of a folder, and as many more as are wanted."""
    if folder is None:
        return [generated(chance, number) for number in range(most)]
    files = sorted(path for path in folder.rglob("*") if path.is_file())[:most]
    real = [dated_text.parse(path.read_bytes(), "utf-8") for path in files]
    return real + [shuffled(chance, chance.choice(real)) for _ in range(most - len(real))]


def ingest_share(folder: Path, scratch: Path) -> float:
    """The share of an ingest's time spent in the modules that find copies (profiled)."""
    program = (
        "import cProfile, pstats, sys\nfrom archive import Archive\n"
        "profile = cProfile.Profile()\n"
        "with Archive(sys.argv[1]) as archive:\n"
        "    profile.runcall(archive.ingest, [sys.argv[2]])\n"
        "stats = pstats.Stats(profile)\n"
        "ours = sum(row[2] for (file, _, _), row in stats.stats.items()\n"
        "           if file.endswith(('likeness.py', 'similar.py')))\n"
        "print(ours / stats.total_tt)\n"
    )
    command = [sys.executable, "-c", program, str(scratch / "share.db"), str(folder)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Copies found, and the time it takes.")
    measure.add_folder(parser)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--planted", type=int, default=200)
    parser.add_argument("--edits", type=float, default=5, help="per cent of words")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - text to measure with, not secrets
    every = articles(measure.base(given), given.articles, chance)
    words = [
        word for article in every[:200] for text in article.paragraphs for word in text.split()
    ]
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        news = scratch / "news"
        for number, article in enumerate(every):
            path = news / f"{number // 1000}" / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(article.canonical())
        copies = {}
        for number in chance.sample(range(len(every)), given.planted):
            path = news / "planted" / f"{number}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(edited(chance, every[number], given.edits / 100, words).canonical())
            copies[str(path.resolve())] = str(
                news.resolve() / f"{number // 1000}" / f"{number}.txt"
            )
        with Archive(scratch / "a.db") as archive:
            print(f"{archive.ingest([news]).new:,} articles")
            report(archive, copies, show=given.show)
        small = news / "planted"
        print(f"share of an ingest's time: {ingest_share(small, scratch):.1%}")


def report(archive: Archive, copies: dict[str, str], *, show: bool) -> None:
    """Ask, compare with what was planted, and print."""
    ids: dict[str, int] = dict(archive.sql("SELECT path, article_id FROM sources").rows)
    planted = {ids[copy]: ids[original] for copy, original in copies.items()}
    began, busy = time.perf_counter(), time.process_time()
    groups = archive.duplicates()
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    of = [{copy.article_id for copy in group} for group in groups]
    found = {
        copy for copy, original in planted.items() if any({copy, original} <= group for group in of)
    }
    others = [
        group for group, ids_ in zip(groups, of, strict=True) if not _as_planted(ids_, planted)
    ]
    print(f"found {len(found)} of {len(planted)} planted; {len(groups)} groups")
    print(f"duplicates: {seconds:.2f} s, {busy:.2f} of the processor")
    print(f"groups with an article that was not planted there: {len(others)}")
    if show:
        for group in others:
            _show(group)
    missed = sorted(planted.keys() - found)
    if missed:
        print("missed:", *missed[:20])
    times = []
    for copy in sorted(planted)[:50]:
        began = time.perf_counter()
        archive.similar(archive.article(copy))
        times.append((time.perf_counter() - began) * 1000)
    print(f"similar: {statistics.median(times):.0f} ms (median), {max(times):.0f} ms (maximum)")


def _as_planted(group: set[int], planted: dict[int, int]) -> bool:
    return len({planted.get(article, article) for article in group}) == 1


def _show(group: tuple[Copy, ...]) -> None:
    for copy in group:
        print(f"  {copy.share:.1%}  {copy.article_id}  {copy.published_on}  {copy.title}")
    print()


if __name__ == "__main__":
    main()
