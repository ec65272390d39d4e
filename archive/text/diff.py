"""What differs between two articles, or two versions of one, word by word.

Paragraphs are aligned first, then the words within those that changed: so the cost is that of the
change, and every difference has a place that can be cited. Pure: knows no SQL and no screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING

from archive.record_class import record

if TYPE_CHECKING:
    from archive.records import Article

SAME, OLD, NEW = "=", "-", "+"


@record
class Difference:
    """One field or paragraph that differs. `field` is date, category, byline, title or paragraph;
    `old` and `new` are positions of paragraphs, None where there is no counterpart. `pieces` are
    (SAME, OLD or NEW, text); the texts without the OLD ones are the new text, and the other way."""

    field: str
    old: int | None
    new: int | None
    pieces: tuple[tuple[str, str], ...]


def compare(old: Article, new: Article) -> tuple[Difference, ...]:
    """The differences, in the order of the text; none for equal articles."""
    fields = (
        ("date", old.published_on, new.published_on),
        ("category", old.category or "", new.category or ""),
        ("byline", old.byline or "", new.byline or ""),
        ("title", old.title, new.title),
    )
    found = [
        Difference(name, None, None, tuple(_words(before, after)))
        for name, before, after in fields
        if before != after
    ]
    matcher = SequenceMatcher(None, old.paragraphs, new.paragraphs, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind != "equal":
            before = range(old_from, old_to)
            after = range(new_from, new_to)
            found += [
                _paragraph(old.paragraphs, a, new.paragraphs, b)
                for a, b in zip_longest(before, after)
            ]
    return tuple(found)


def _paragraph(
    old: Sequence[str], before: int | None, new: Sequence[str], after: int | None
) -> Difference:
    pieces = _words(
        "" if before is None else old[before],
        "" if after is None else new[after],
    )
    return Difference(
        "paragraph",
        None if before is None else before + 1,
        None if after is None else after + 1,
        tuple(pieces),
    )


def _words(old: str, new: str) -> Iterator[tuple[str, str]]:
    """The pieces of two texts, cut between words; white space goes with the word before it."""
    before, after = (re.findall(r"\s*\S+\s*|\s+", text) for text in (old, new))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            yield SAME, "".join(before[old_from:old_to])
            continue
        if old_from < old_to:
            yield OLD, "".join(before[old_from:old_to])
        if new_from < new_to:
            yield NEW, "".join(after[new_from:new_to])
