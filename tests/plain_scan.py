"""Which articles hold a word, prefix, phrase or number: by a scan of their texts that shares nothing
with the program but FTS5's stems, and by the program. `python tests/plain_scan.py FOLDER` compares
them on random pieces of the articles of a folder; test_plain_scan.py does so on a few hostile ones.

The scan reads a text as words, each a run of letters and digits, or one sign of a script without
spaces. What stands between words says which may be read as one: U.K., G-7, 1,250.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from archive import Archive
from archive.engines.sqlite.tokenizer import forms
from archive.text.acronyms import AMBIGUOUS

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
JOINT = re.compile(r"\.?[-\u2010\u2011]|\.")
NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")

GAPS = [" "] * 12 + [
    ", ",
    ". ",
    " - ",
    "; ",
    "\u00a0",
    "-",
    ".",
    " (",
    ") ",
    "’ ",
    " $",
    "/",
    "\u2010",
]
HOSTILE = [
    "news", "new", "visit", "visits", "visited", "state", "states", "aid", "AIDS", "US", "us",
    "U.S.", "u.s.", "UK", "U.K.", "uk", "IT", "it", "WHO", "who", "G7", "G-7", "COVID-19",
    "COVID19", "e-mail", "email", "e‑mail", "state-owned", "stateowned", "U.S.-led", "Ph.D.",
    "PhD", "a.m.", "am", "don't", "don’t", "dont", "l'élan", "élan", "élan", "Elan", "café",
    "Cafe", "café", "naïve", "ﬁne", "fine", "oﬃce", "office", "Straße", "strasse",
    "İstanbul", "istanbul", "ıstanbul", "Ångström", "Å", "5", "25", "2.5", "3.5", "3,5",
    "1,250", "1250", "1,250.50", "1250.5", "11,250", "1,250,000", "$5", "$", "5", "£5", "＄5",
    "5%", "5", "%", "5％", "５", "-5", "+5", "1990-91", "1990", "91", "20th", "2023", "percent",
    "billion", "习近平", "习", "近平", "ガス", "ガス", "ｶﾞｽ", "Ёлка", "елка", "Й", "й", "x²", "naïf",
    "co-op", "coop", "re-elect", "A.I.", "AI", "B-52", "b52", "F.B.I.", "FBI", "F-B-I", "007",
    "0.5", ".5",
]  # fmt: skip
MOST_LISTED = 200
"""Articles of a query for which a concordance is made as well."""


@dataclass(frozen=True)
class Word:
    """A word of a text: without case and accents; in capitals or not; text[start:end]."""

    plain: str
    upper: bool
    start: int
    end: int


class Scanned:
    """A text, normalised, and its words."""

    def __init__(self, written: str) -> None:
        kept = re.sub("[^\\W_]|[\uff9e\uff9f\uff00-\uffef]", lambda c: _letters(c[0]), written)
        decomposed = unicodedata.normalize("NFD", INVISIBLE.sub("", kept))
        decomposed = SPACELESS.sub(lambda c: f" {c[0]} ", decomposed)
        self.text = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
        self.words = list(self._words())
        self.has_small = any(c.islower() for c in self.text)

    def _words(self) -> Iterator[Word]:
        for found in re.finditer(r"[^\W_]+", self.text):
            at = found.start()
            for piece in re.findall(f"{SPACELESS.pattern}|(?:(?!{SPACELESS.pattern}).)+", found[0]):
                yield Word(piece.casefold(), piece.isupper(), at, at + len(piece))
                at += len(piece)

    def gap(self, at: int) -> str:
        """What stands between a word and the next."""
        return self.text[self.words[at].end : self.words[at + 1].start]

    def readings(self, at: int) -> Iterator[tuple[str, int, bool]]:
        """What begins at a word, in one piece: the word, how many words it is, whether it is in
        capitals that tell an acronym."""
        first = self.words[at]
        yield first.plain, 1, first.upper and self.has_small
        joined, dots, upper = first.plain, False, first.upper
        thousands: tuple[str, int, bool] | None = None
        for last in range(at + 1, min(at + 12, len(self.words))):
            gap, part, left = self.gap(last - 1), self.words[last], self.words[last - 1]
            if gap == "," and joined.isdigit() and re.fullmatch("[0-9]{3}", part.plain):
                joined += part.plain
                thousands = joined, last - at + 1, False
                continue
            if thousands:
                break
            if not JOINT.fullmatch(gap) or (joined[-1].isdigit() and part.plain[0].isdigit()):
                return
            if gap == "." and not _abbreviated(left, part):
                return
            if re.match("[0-9]+[.,][0-9]", self.text[part.start :]):
                return
            dots |= "." in gap
            joined, upper = joined + part.plain, upper and part.upper
            if joined.upper() not in AMBIGUOUS or (dots and upper):
                yield joined, last - at + 1, upper and (dots or self.has_small)

        if thousands and not re.search(
            "[0-9][.,]$", self.text[max(0, first.start - 2) : first.start]
        ):
            yield thousands

    def number(self, at: int) -> tuple[str, str, str, int] | None:
        """The number that begins at a word: value, signs before and after, how many words."""
        start = self.words[at].start
        found = NUMBER.match(self.text, start)
        if not found or self.text[found.end() : found.end() + 1].isalnum():
            return None
        if re.search("[0-9][.,]$", self.text[max(0, start - 2) : start]):
            return None
        value = re.sub(",(?=[0-9]{3}(?![0-9]))", "", found[0])
        if re.search(r"(^|[\s($£€+-])\.$", self.text[max(0, start - 2) : start]):
            value = f".{value}"
            start -= 1
        before = re.search(r"(\S)\s?$", self.text[max(0, start - 2) : start])
        after = re.match(r"\s?(\S)", self.text[found.end() : found.end() + 2])
        first, last = (
            unicodedata.normalize("NFKC", sign[1]) if sign else "" for sign in (before, after)
        )
        count = len(re.findall("[0-9]+", found[0]))
        currency = first if first and unicodedata.category(first[0]) == "Sc" else ""
        behind = last if last and (last in "%‰" or unicodedata.category(last[0]) == "Sc") else ""
        return value, currency, behind, count


def _letters(character: str) -> str:
    """A letter or digit in the letters and digits that stand for it."""
    found = unicodedata.normalize("NFKC", character).replace("ı", "i")
    return found if all(c.isalnum() or unicodedata.combining(c) for c in found) else character


def _abbreviated(left: Word, right: Word) -> bool:
    """Whether a dot between two words is that of an abbreviation: U.S., Ph.D., and not BA.N."""
    sizes = len(left.plain), len(right.plain)
    return sizes == (1, 1) or (max(sizes) <= 2 and not (left.upper and right.upper))


@dataclass(frozen=True)
class Sought:
    """A word of a query: its parts and all of it in one piece, or a number."""

    parts: tuple[str, ...]
    whole: str
    number: tuple[str, str, str] | None = None
    capitals: bool = False


def sought(query: str, *, written: bool, acronyms: bool) -> list[Sought]:
    """The words of a query."""
    text = Scanned(query)
    found = []
    at = 0
    while at < len(text.words):
        number = text.number(at) if written else None
        if number:
            at += number[3]
            found.append(Sought((number[0],), number[0].lstrip("."), number[:3]))
            continue
        whole, count, _ = list(text.readings(at))[-1]
        parts = tuple(word.plain for word in text.words[at : at + count])
        parts = (whole,) if whole.isdigit() else parts
        upper = all(word.upper for word in text.words[at : at + count])
        capitals = acronyms and upper and whole.upper() in AMBIGUOUS
        found.append(Sought(parts, whole, None, capitals))
        at += count
    return found


def holds(text: Scanned, query: Sequence[Sought], *, prefix: bool, stems: bool) -> bool:
    """Whether a text holds the words of a query one after another."""
    first = query[0].whole[0]
    return any(
        word.plain[0] == first and _from(text, at, query, prefix=prefix, stems=stems)
        for at, word in enumerate(text.words)
    )


def _from(text: Scanned, at: int, query: Sequence[Sought], *, prefix: bool, stems: bool) -> bool:
    if not query:
        return True
    if at >= len(text.words):
        return False
    last = prefix and len(query) == 1
    return any(
        _from(text, at + count, query[1:], prefix=prefix, stems=stems)
        for count in _here(text, at, query[0], prefix=last, stems=stems)
    )


def _here(text: Scanned, at: int, unit: Sought, *, prefix: bool, stems: bool) -> Iterator[int]:
    """How many words of a text, from one on, are a word of a query."""
    if unit.number and not prefix:
        number = text.number(at)
        if number and all(
            own == sign or not (sign or place == 0)
            for place, (own, sign) in enumerate(zip(number[:3], unit.number, strict=True))
        ):
            yield number[3]
        return
    for reading, count, capitals in text.readings(at):
        same = _same(reading, unit.whole, prefix=prefix, stems=stems)
        if same and (capitals or not unit.capitals):
            yield count
    if len(unit.parts) > 1 and not unit.capitals:
        words = text.words[at : at + len(unit.parts)]
        if len(words) == len(unit.parts) and all(
            _same(word.plain, part, prefix=prefix and n == len(words), stems=stems)
            for n, (word, part) in enumerate(zip(words, unit.parts, strict=True), 1)
        ):
            yield len(words)


def _same(word: str, wanted: str, *, prefix: bool, stems: bool) -> bool:
    if prefix:
        return word.startswith(wanted)
    return _stem(word) == _stem(wanted) if stems else word == wanted


@cache
def _stem(word: str) -> str:
    return forms([word])[0][1]


def pieces(
    chosen: random.Random, texts: Sequence[Sequence[str]]
) -> Iterator[tuple[str, str, bool]]:
    """Random queries from texts: as asked, the words in it, whether they are as written."""
    while True:
        words = chosen.choice(chosen.choice(texts)).split()
        if not words:
            continue
        start = chosen.randrange(len(words))
        piece = " ".join(words[start : start + chosen.choice((1, 1, 1, 2, 3))])
        piece = re.sub('["“”„«»＂「『」』*]', " ", piece).strip(".,;:!?()[] -'’‘")
        if not any(c.isalnum() for c in piece):
            continue
        kind = chosen.randrange(4)
        if kind == 0:
            yield f'"{piece}"', piece, True
        elif kind == 1 and piece[-4:].isalpha():
            cut = piece[: -chosen.randrange(1, 3)]
            if re.search(r"\w{4}$" if " " in cut else r"\w{2}$", cut):
                yield f'"{cut}*"', cut, True
        elif kind == 2:
            yield f'title:"{piece}"', piece, True
        elif re.fullmatch(r"\w+|[0-9][0-9.,]*|(\w\.)+\w?", piece) and piece not in (
            "AND",
            "OR",
            "NOT",
        ):
            yield piece, piece, False


def compared(archive: Archive, chosen: random.Random, queries: int) -> list[str]:
    """A line for each of some random queries that the program and the scan answer differently."""
    ids = [hit.article_id for hit in archive.search("", limit=10**6)]
    written = {}
    for article_id in ids:
        article = archive.article(article_id).article
        written[article_id] = (article.title, *article.paragraphs)
    scanned = {key: [Scanned(text) for text in texts] for key, texts in written.items()}
    differing = []
    asked = pieces(chosen, list(written.values()))
    for _ in range(queries):
        query, piece, exact = next(asked)
        expected = set(expected_in(scanned, query, piece, exact=exact))
        got = {
            hit.article_id
            for hit in archive.search(query, limit=10**6, sort="newest")
            if not hit.partial
        }
        for how, found in (("search", got), *everywhere(archive, query, got)):
            if found != (expected if how == "search" else got):
                lacking, extra = sorted(expected - found)[:3], sorted(found - expected)[:3]
                differing.append(
                    f"{how} {query!r}: {len(found)} articles, {len(expected)} by the scan; lacks {lacking}, has {extra} more"
                )
    return differing


def expected_in(
    scanned: dict[int, list[Scanned]], query: str, piece: str, *, exact: bool
) -> Iterator[int]:
    """The articles that a query should find."""
    prefix = query.endswith('*"')
    words = piece.split()
    acronyms = len(words) <= 3 or any(map(str.islower, piece))
    units = sought(piece, written=exact, acronyms=acronyms)
    stems = not exact and not (acronyms and re.fullmatch(r"[A-Z](?:\.?[A-Z]){1,4}\.?", piece))
    for article_id, texts in scanned.items():
        for text in texts[:1] if query.startswith("title:") else texts:
            if holds(text, units, prefix=prefix, stems=stems):
                yield article_id
                break


def everywhere(archive: Archive, query: str, got: set[int]) -> Iterator[tuple[str, set[int]]]:
    """What other commands make of a query: the articles of a concordance; those of the search, or
    none where a number of them differs."""
    if len(got) < MOST_LISTED:
        yield "concordance", {line.article_id for line in archive.concordance(query, limit=10**6)}
    for how, number in (
        ("count", archive.count(query)),
        ("facet", sum(count for _, count in archive.facet(query, "month"))),
        ("timeline", sum(period.counts[0] for period in archive.timeline([query]))),
    ):
        yield how, got if number == len(got) else set()


def hostile(chosen: random.Random, folder: Path, articles: int = 40) -> None:
    """Writes articles of hostile words, in every order and with every kind of space and joint."""
    for number in range(articles):
        lines = []
        for length in (3, 25, 25):
            words = [_hostile_word(chosen) for _ in range(length)]
            gaps = [chosen.choice(GAPS) for _ in words]
            lines.append("small " + "".join(w + g for w, g in zip(words, gaps, strict=True)))
        (folder / f"{number:03}.txt").write_text("\n".join((" date 2023-01-31", *lines)) + "\n")


def _hostile_word(chosen: random.Random) -> str:
    word = chosen.choice(HOSTILE)
    if chosen.random() < 0.1:
        at = chosen.randrange(len(word) + 1)
        word = word[:at] + chosen.choice(("\u00ad", "\u200b", "\u2060", "\ufeff")) + word[at:]
    return word.upper() if chosen.random() < 0.1 else word


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="hostile text without it")
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chosen = random.Random(given.seed)  # noqa: S311 - the same in every run
    with tempfile.TemporaryDirectory() as scratch, Archive(Path(scratch) / "a.db") as archive:
        if not given.folder:
            hostile(chosen, Path(scratch), 100)
        archive.ingest([given.folder or Path(scratch)])
        differing = compared(archive, chosen, given.queries)
    differing.append(f"{given.queries} queries, {len(differing)} differences")
    sys.stdout.write("\n".join(differing) + "\n")
    return len(differing) > 1


if __name__ == "__main__":
    sys.exit(main())
