"""The other ways in which the words of a text are written: U.K. is UK, e-mail is email, 1,250 is
1250. A word such as US, which would be a function word in small letters, has itself as a form where
it stands in capitals.

Ingest stores them beside an article (`articles.forms`), and the index of words as written holds
them, so that a query in one of the ways finds the texts written in the others. A pure function of
the folded text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from archive.text.acronyms import AMBIGUOUS
from archive.text.words import dot_joins, pattern

MARK = "ℵ"
"""Stands before each form in the index. A letter that folding takes away, so that no text holds
it."""

MOST_PARTS = 6
"""Parts of a word that are joined; a longer one is joined piece by piece."""

SHAPE = (
    r"(?<!W)(?:(?<![0-9][.,])[0-9]{1,3}(?:,[0-9]{3})++(?![0-9])W*+"
    r"|W++(?:(?:\.?[-‐‑]|\.)(?![0-9]++[.,][0-9])W++)++)"
)
"""A word with dots, hyphens or thousands' commas in it (`words.pattern`)."""
_PART = re.compile(r"(?<![^-.‐‑])[^\W\d_](?:\.[^\W\d_])+(?![^-.‐‑])|[^-.‐‑]+|[-.‐‑]+")
_CAPITALS = re.compile(r"[A-Z]{2,5}(?!\w)(?!['’][a-z]{2})")
_SMALL = re.compile("[a-z]")


_BYTES = [chr(code) for code in range(256)]
_JOINTS = "".join("-" if c in "-.," else "a" if c.isalnum() or c == "?" else " " for c in _BYTES)
_UPPER = "".join("A" if "A" <= c <= "Z" else " " for c in _BYTES)
"""The shape of a text, byte for byte: where two parts of a word meet, and where a word begins with
two capitals. Nearly all words do neither, and to find them so takes a tenth of the time."""


def forms(texts: Iterable[str]) -> str | None:
    """All forms in some folded texts, each once; None where there are none."""
    found: dict[str, None] = {}
    for text in texts:
        for form in forms_of(text):
            found[form] = None
    return " ".join(found) or None


def forms_of(folded: str) -> Iterator[str]:
    """The forms in one title or paragraph, in small letters."""
    for word in jointed(folded):
        yield from joined(word)
    for at in _places(folded.encode("ascii", "replace").translate(_UPPER.encode()), b"AA"):
        match = None if _goes_on(folded, at) else _CAPITALS.match(folded, at)
        if match and match[0] in AMBIGUOUS:
            if not _SMALL.search(folded):
                return
            yield match[0].lower()


def jointed(folded: str) -> Iterator[str]:
    """The words of a folded text that have dots, hyphens or thousands' commas in them."""
    shape = (
        folded.replace("‐", "-")
        .replace("‑", "-")
        .encode("ascii", "replace")
        .translate(_JOINTS.encode())
    )
    done = 0
    for at in _places(shape, b"a-a"):
        if at >= done:  # look at what stands between two spaces
            start = folded.rfind(" ", done, at) + 1 or done
            done = folded.find(" ", at) % (len(folded) + 1)
            piece = folded[start:done]
            for match in pattern(SHAPE, piece).finditer(piece):
                yield match[0]


def _places(shape: bytes, wanted: bytes) -> Iterator[int]:
    at = shape.find(wanted)
    while at >= 0:
        yield at
        at = shape.find(wanted, at + 1)


def _goes_on(folded: str, start: int) -> bool:
    """Whether a word goes on before a place."""
    return start > 0 and (folded[start - 1].isalnum() or folded[start - 1] in "'’_")


def joined(word: str) -> Iterator[str]:
    """The forms of one word that has dots, hyphens or thousands' commas in it. The letters of an
    acronym are one part: U.S.-led is US and USled, but never sled. Other dots join short parts
    alone: Ph.D. is PhD, but the end of a sentence, or BA.N, is no word. A function word is never
    made so, but for an acronym in capitals: `us` is a form of U.S., not of "u.s."."""
    if "," in word:
        yield word.replace(",", "").lower()
        return
    parts = _PART.findall(word)
    for start in range(0, len(parts), 2):
        part = parts[start].replace(".", "")
        together = part.lower()
        if part != parts[start] and (part in AMBIGUOUS or part.upper() not in AMBIGUOUS):
            yield together
        for at in range(start + 2, min(start + 2 * MOST_PARTS, len(parts)), 2):
            joint, other = parts[at - 1], parts[at].replace(".", "").lower()
            if together[-1].isdigit() and other[0].isdigit():
                break
            if joint == "." and not dot_joins(parts[at - 2], parts[at]):
                break
            together += other
            if together.upper() not in AMBIGUOUS:
                yield together
