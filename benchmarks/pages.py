"""How well saved pages are read, held against output that others have checked.

Three collections of real pages, none of which is part of this project; fetch those that you want:

    git clone --depth 1 https://github.com/flairNLP/fundus          FOLDER/tests/resources
    git clone --depth 1 https://github.com/adbar/trafilatura        FOLDER/tests
    git clone --depth 1 https://github.com/AndyTheFactory/newspaper4k FOLDER/tests/data

    python benchmarks/pages.py FOLDER... [--countries a-l] [--differences]

fundus: title and authors as its parsers for each paper give them (names as a set), day of
publication, paragraphs (recall: share of theirs that stand in ours; precision: share of ours that
stand in theirs) and words (F1). trafilatura: its own measure, F1 of pieces that must and must not
be in the text. newspaper4k: title, day and words. Pages without a structured date are read with an
invented one, and counted. Milliseconds are those of the processor.

The rules were chosen on the pages of fundus from at, au, be, ca, ch, cn and de; `--countries`
names others. `--differences` shows each page that differs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.errors import ParseError
from archive.formats import page_reading
from archive.formats.contract import Member, Reading

NO_DATE = "1900-01-01"


class Score:
    """Shares and means by name, with the differences as they come."""

    def __init__(self, *, differences: bool) -> None:
        self.values: dict[str, list[float]] = defaultdict(list)
        self._differences = differences

    def add(self, name: str, value: float, page: str, ours: Any = "", theirs: Any = "") -> None:
        """Count a value; one under .8 is a difference."""
        self.values[name].append(value)
        if self._differences and value < 0.8:
            print(f"  {name} {value:.2f} {page}: {ours!r}, expected {theirs!r}")

    def show(self, title: str, pages: int) -> None:
        """Print the means."""
        means = (f"{name} {statistics.fmean(found):.3f}" for name, found in self.values.items())
        print(f"{title}: {pages} pages; {'; '.join(means)}")


def words(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return re.findall(r"\w+", text.casefold())


def plain(text: str) -> str:
    """A text as its words."""
    return " ".join(words(text))


def f1(ours: list[str], theirs: list[str]) -> float:
    """The F1 of two bags of words."""
    common = (Counter(ours) & Counter(theirs)).total()
    return 2 * common / (len(ours) + len(theirs)) if ours or theirs else 1.0


def names(texts: list[str]) -> list[str]:
    """The names in bylines, parted at commas and at the word for and."""
    parts = (part for text in texts for part in re.split(r"[,;]| (?:and|und|et|y|e|og|en) ", text))
    return sorted(filter(None, map(plain, parts)))


def read(data: bytes, page: str, score: Score) -> Member | None:
    """The page, read; None for one that is rejected."""
    began = time.process_time()
    try:
        member = page_reading.read(data, Reading(date=NO_DATE))
    except ParseError as error:
        print(f"  rejected {page}: {error.reason}")
        member = None
    score.add("ms", 1000 * (time.process_time() - began), page)
    score.add("read", member is not None, page)
    return member


def day(member: Member, expected: str, page: str, score: Score) -> None:
    """Whether a page has a date, and of those whether it is the right one: the same day, or the
    same moment."""
    found = member.article.published_on
    score.add("dated", found != NO_DATE, page, theirs=expected)
    if found != NO_DATE:
        score.add("day right", found == expected[:10], page, member.published_at or found, expected)


def fundus(folder: Path, countries: str, score: Score) -> int:
    """Pages of fundus; how many."""
    first, last = countries.split("-")
    count = 0
    for page, data, expected in _fundus_pages(folder):
        if not first <= page[: len(first)] or not page[: len(last)] <= last:
            continue
        count += 1
        member = read(data, page, score)
        body = expected.get("body") or {}
        texts = list(body.get("summary") or [])
        for section in body.get("sections") or []:
            texts += section["headline"] + section["paragraphs"]
        theirs = list(filter(None, map(plain, texts)))
        ours = list(map(plain, member.article.paragraphs)) if member else []
        if theirs:
            all_theirs, all_ours = " ".join(theirs), " ".join(ours)
            score.add("recall", _share(theirs, all_ours), page)
            score.add("precision", _share(ours, all_theirs), page)
            score.add("word F1", f1(all_ours.split(), all_theirs.split()), page)
        if member is None:
            continue
        title, byline = member.article.title, member.article.byline
        if "title" in expected:
            score.add(
                "title", plain(title) == plain(expected["title"]), page, title, expected["title"]
            )
        if "authors" in expected:
            same = names([byline or ""]) == names(expected["authors"])
            score.add("authors", same, page, byline, expected["authors"])
        if expected.get("publishing_date"):
            day(member, expected["publishing_date"], page, score)
    return count


def _share(parts: list[str], whole: str) -> float:
    return sum(part in whole for part in parts) / len(parts) if parts else 0.0


def _fundus_pages(folder: Path) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    """Each page with the output of the parser that was right at its time: they are named in the
    same order. Where there are fewer, the last belongs to the last page."""
    for listing in sorted(folder.glob("parser/test_data/*/meta.info")):
        papers: dict[str, list[str]] = defaultdict(list)
        for name in sorted(json.loads(listing.read_text(encoding="utf-8"))):
            papers[name.rsplit("_", 3)[0]].append(name)
        for paper, pages in sorted(papers.items()):
            output = json.loads((listing.parent / f"{paper}.json").read_text(encoding="utf-8"))
            outputs = list(output.values())
            count = len(pages) if len(outputs) == len(pages) else 1
            for page, expected in zip(pages[-count:], outputs[-count:], strict=True):
                data = gzip.decompress((listing.parent / page).read_bytes())
                yield f"{listing.parent.name}/{page}", data, expected


def trafilatura(folder: Path, score: Score) -> int:
    """Pages of trafilatura's evaluation; how many. Their texts are measured with its own rule, by
    pieces of text that must be there and others that must not."""
    right = wrong = missing = 0
    pages = json.loads((folder / "evaldata.json").read_text(encoding="utf-8"))
    for page in pages.values():
        places = (folder / kind / page["file"] for kind in ("cache", "eval"))
        data = next(place for place in places if place.is_file()).read_bytes()
        member = read(data, page["file"], score)
        if member is None:
            continue
        text = _spaced("\n".join(member.article.paragraphs))
        found = sum(_spaced(piece) in text for piece in page["with"])
        right, missing = right + found, missing + len(page["with"]) - found
        wrong += sum(_spaced(piece) in text for piece in page["without"])
    score.add("piece F1", 2 * right / (2 * right + wrong + missing), "all")
    return len(pages)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def newspaper4k(folder: Path, score: Score) -> int:
    """Pages of newspaper4k that have expected output; how many."""
    listed = sorted((folder / "metadata").glob("*.json"))
    for path in listed:
        expected = json.loads(path.read_text(encoding="utf-8"))
        member = read((folder / "html" / f"{path.stem}.html").read_bytes(), path.stem, score)
        if member is None:
            continue
        title = member.article.title
        score.add(
            "title", plain(title) == plain(expected["title"]), path.stem, title, expected["title"]
        )
        text = folder / "txt" / f"{path.stem}.txt"
        if text.is_file():
            theirs = words(text.read_text(encoding="utf-8"))
            score.add("word F1", f1(words(" ".join(member.article.paragraphs)), theirs), path.stem)
        if expected.get("publish_date"):
            day(member, expected["publish_date"], path.stem, score)
    return len(listed)


def main() -> None:
    """Measure each folder that is given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--countries", default="a-z", help="of fundus, from-to: a-l, cz-lu")
    parser.add_argument("--differences", action="store_true", help="show each page that differs")
    given = parser.parse_args()
    page_reading.prepare()
    for folder in given.folders:
        score = Score(differences=given.differences)
        if (folder / "parser" / "test_data").is_dir():
            score.show(f"fundus {given.countries}", fundus(folder, given.countries, score))
        elif (folder / "evaldata.json").is_file():
            score.show("trafilatura", trafilatura(folder, score))
        elif (folder / "metadata").is_dir():
            score.show("newspaper4k", newspaper4k(folder, score))
        else:
            print(
                f"{folder}: none of the three collections; see --help for how to fetch them",
                file=sys.stderr,
            )
            raise SystemExit(2)


if __name__ == "__main__":
    main()
