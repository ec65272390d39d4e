"""Articles to measure with: a real collection multiplied, or an invented one, always the same.

A multiplied article is a real one at another date with a share of its words exchanged: each is
replaced by a word of the same shape (capitals, figures, lower case) from anywhere in the
collection, so frequencies stay those of the language; now and then by one that nobody wrote yet, so
that the vocabulary goes on growing as it does in news. One copy in fifty is left nearly as it was:
the near-duplicates that agencies send out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

SEED = 7
_SYLLABLES = (
    *("an", "bor", "cal", "den", "el", "fer", "gor", "hil", "is", "kan", "lor", "mar", "nev"),
    *("ost", "par", "quin", "ros", "sel", "tor", "und", "var", "wil", "yar", "zan"),
)
_EXCHANGED, _COINED, _NEAR = 0.15, 0.03, 0.02


def prepare(base: Path | None, articles: int, target: Path) -> Path:
    """A folder with this many articles, made from those below `base`, or from invented ones; the
    folder `base` itself where it has as many."""
    if base is None:
        base = target / "base"
        _invent(base, min(articles, 500))
    elif count(base) >= articles:
        return base
    folder = target / "news"
    texts = [path.read_text(encoding="utf-8") for path in sorted(base.rglob("*.txt"))]
    for number, text in enumerate(_multiplied(texts, articles)):
        path = folder / f"{number // 1000:04}" / f"{number:07}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def further(base: Path, articles: int, target: Path) -> Path:
    """A folder of articles that `prepare` does not make from the same base."""
    target.mkdir(parents=True)
    texts = [path.read_text(encoding="utf-8") for path in sorted(base.rglob("*.txt"))[:articles]]
    for number, text in enumerate(_multiplied(texts * 2, len(texts) * 2, seed=SEED + 1)):
        if number >= len(texts):
            (target / f"further-{number:07}.txt").write_text(text, encoding="utf-8")
    return target


def count(folder: Path) -> int:
    """Number of files."""
    return sum(path.is_file() for path in folder.rglob("*"))


def size(folder: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _multiplied(texts: list[str], articles: int, seed: int = SEED) -> Iterator[str]:
    """The texts, and from then on varied ones."""
    chance = random.Random(seed)  # noqa: S311 - text to measure with, not secrets
    pools = _pools(texts, chance)
    for number in range(articles):
        text = texts[number % len(texts)]
        yield text if number < len(texts) else _varied(text, number // len(texts), pools, chance)


def _pools(texts: list[str], chance: random.Random) -> dict[str, list[str]]:
    """Words as often as they are written, by shape; a sample, so that the list stays short."""
    pools: dict[str, list[str]] = {"": ["it"], "A": ["Monday"], "1": ["2"]}
    for text in chance.sample(texts, min(len(texts), 1500)):
        for word in text.split("\n", 1)[1].split():
            if word.isalnum():
                pools[_shape(word)].append(word)
    return pools


def _shape(word: str) -> str:
    return "1" if word[0].isdigit() else "A" if word[0].isupper() else ""


def _varied(text: str, copy: int, pools: dict[str, list[str]], chance: random.Random) -> str:
    header, *lines = text.rstrip("\n").split("\n")
    words = header.split(" ")
    at = words.index("date") + 1
    day = date.fromisoformat(words[at]) + timedelta(days=chance.randrange(-300, 300))
    words[at] = day.isoformat()
    share = _EXCHANGED if chance.random() > _NEAR else 0.02
    varied = [_exchanged(line, share, copy, pools, chance) for line in lines]
    return "\n".join((" ".join(words), *varied, ""))


def _exchanged(
    line: str, share: float, copy: int, pools: dict[str, list[str]], chance: random.Random
) -> str:
    words = line.split(" ")
    for _ in range(max(1, round(len(words) * share))):
        at = int(chance.random() * len(words))
        word = words[at]
        if word.isalnum():
            shape = _shape(word)
            if shape and chance.random() < _COINED:
                words[at] = _coined(shape, copy, chance)
            else:
                pool = pools[shape]
                words[at] = pool[int(chance.random() * len(pool))]
    return " ".join(words)


def _coined(shape: str, copy: int, chance: random.Random) -> str:
    if shape == "1":
        return str(int(chance.random() * 10_000 * (copy + 1)))
    count = 2 + (chance.random() < 0.5)
    return "".join(chance.choices(_SYLLABLES, k=count)).capitalize()


def _invent(folder: Path, articles: int) -> None:
    """Articles where there is no real collection: a vocabulary with few common and many rare
    words (Zipf's law), six paragraphs of about 80 words."""
    chance = random.Random(SEED)  # noqa: S311 - as above
    words = [a + b for a in _SYLLABLES for b in _SYLLABLES] + [
        a + b + c for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES
    ]
    chance.shuffle(words)
    weights = [1 / (rank + 2) for rank in range(len(words))]
    folder.mkdir(parents=True)
    for number in range(articles):
        day = date(2000, 1, 1) + timedelta(days=number % 8000)
        title = " ".join(chance.choices(words, weights, k=7)).capitalize()
        lines = [f" date {day} Business", f"{title} {number}"]
        paragraphs = (" ".join(chance.choices(words, weights, k=80)) for _ in range(6))
        lines += [f"{paragraph.capitalize()}." for paragraph in paragraphs]
        (folder / f"{number:07}.txt").write_text("\n".join((*lines, "")), encoding="utf-8")
