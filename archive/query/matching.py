"""The evidence of a query: which words of an article make it a hit, and where they stand.

    tree + title + paragraphs -> occurrences of its words (occurrences) -> those that stand so

Of NEAR and ADJ only the words that stand near, of `para:` only those of paragraphs in which all of
it holds, of `title:` only those of the title. Pure: marks, concordances and checks of candidates
rest on this, whatever found the article.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, assert_never

from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words
from archive.query.occurrences import Finder, Occurrence
from archive.query.walk import all_texts, positive_texts
from archive.record_class import record
from archive.text.searched import Searched

if TYPE_CHECKING:
    from archive.query.phrases import FormsOf

Span = tuple[int, int, frozenset[int]]
"""text[start:end] as written, and the numbers of the query's words and phrases that it is."""


@record
class _Place:
    """A title or a paragraph, and the occurrences in it of each word of the tree."""

    text: Searched
    is_title: bool
    found: dict[Text, list[Occurrence]]


class Matcher:
    """Finds the evidence of one tree; `texts` are its words in the order of their numbers."""

    def __init__(self, tree: Node, forms_of: FormsOf) -> None:
        self._tree = tree
        self.texts = tuple(dict.fromkeys([*positive_texts(tree), *all_texts(tree)]))
        self._finder = Finder(self.texts, forms_of)
        self._singles = [frozenset((number,)) for number in range(len(self.texts))]

    def title(self, written: str, folded: str | None = None) -> tuple[Span, ...]:
        """The evidence in a title; `folded` is its folded text where that is known."""
        return self._spans(Searched(written, folded), is_title=True)

    def paragraph(self, written: str, folded: str | None = None) -> tuple[Span, ...]:
        """The evidence in a paragraph, in order, without overlaps."""
        return self._spans(Searched(written, folded), is_title=False)

    def held(self, parts: Iterable[Node], title: str, paragraphs: Iterable[str]) -> Iterator[Node]:
        """Which of some words, phrases, `Near` and `Paragraph` of the tree an article satisfies."""
        places = [
            place
            for number, written in enumerate((title, *paragraphs))
            if (place := self._place(Searched(written), is_title=not number))
        ]
        for part in parts:
            if any(next(_evidence(part, place), None) for place in places):
                yield part

    def _place(self, text: Searched, *, is_title: bool) -> _Place | None:
        """A text that has some of the words."""
        found: dict[Text, list[Occurrence]] = {}
        for occurrence in self._finder.find(text):
            found.setdefault(self.texts[occurrence[2]], []).append(occurrence)
        return _Place(text, is_title, found) if found else None

    def _spans(self, text: Searched, *, is_title: bool) -> tuple[Span, ...]:
        place = self._place(text, is_title=is_title)
        if place is None:
            return ()
        merged = _merged(list(_evidence(self._tree, place)), self._singles)
        if text.folded is text.written:
            return tuple(merged)
        places = text.as_written([(start, end) for start, end, _ in merged])
        return tuple(
            (start, end, numbers)
            for (start, end), (_, _, numbers) in zip(places, merged, strict=True)
        )


def _merged(evidence: list[Occurrence], singles: Sequence[frozenset[int]]) -> list[Span]:
    """Occurrences in order, those that overlap as one."""
    merged: list[Span] = []
    last = -1
    for start, end, number in sorted(evidence):
        if start < last:
            begin, last, numbers = merged[-1]
            last = max(last, end)
            merged[-1] = (begin, last, numbers | singles[number])
        else:
            last = end
            merged.append((start, end, singles[number]))
    return merged


def _evidence(node: Node, place: _Place) -> Iterator[Occurrence]:
    """What in a place makes its article satisfy a tree."""
    match node:
        case Text() | Near():
            yield from _holding(node, place) or ()
        case Paragraph():
            if not place.is_title:
                yield from _holding(node.item, place) or ()
        case And() | Or():
            for item in node.items:
                yield from _evidence(item, place)
        case Not() | Words() | Dates():
            pass
        case _:
            assert_never(node)


def _holding(node: Node, place: _Place) -> list[Occurrence] | None:
    """The words with which a place satisfies a tree, which may be none; None if it does not."""
    match node:
        case Text():
            in_scope = node.column is None or place.is_title
            return (place.found.get(node) or None) if in_scope else None
        case Near():
            return _near(node, place) or None
        case Paragraph():
            return _holding(node.item, place)
        case Not():
            return [] if _holding(node.item, place) is None else None
        case And():
            parts = [_holding(item, place) for item in node.items]
            return None if None in parts else [found for part in parts if part for found in part]
        case Or():
            held = [
                part for part in (_holding(item, place) for item in node.items) if part is not None
            ]
            return [found for part in held for found in part] if held else None
        case Words() | Dates():
            raise TypeError(node)  # pragma: no cover - the parser lets neither into para:
        case _:
            assert_never(node)


def _near(node: Near, place: _Place) -> list[Occurrence]:
    """The words of `left` and `right` that stand near each other."""
    sides = [
        [found for text in side for found in _holding(text, place) or ()]
        for side in (node.left, node.right)
    ]
    if not all(sides):
        return []
    left, right = (
        [(place.text.numbers(found[0], found[1]), found) for found in side] for side in sides
    )
    near = _following(left, right, node.distance)
    if not node.ordered:
        near += _following(right, left, node.distance)
    return list(dict.fromkeys(near))


_Counted = Sequence[tuple[tuple[int, int], Occurrence]]
"""Occurrences with the numbers of their first and last words."""


def _following(left: _Counted, right: _Counted, distance: int) -> list[Occurrence]:
    """The occurrences of `left` that one of `right` follows with at most `distance` words between
    them, and those of `right` that follow one so."""
    begins = sorted(first for (first, _), _ in right)
    ends = sorted(last for (_, last), _ in left)
    found = [
        at for (_, last), at in left
        if bisect_right(begins, last) < bisect_right(begins, last + distance + 1)
    ]  # fmt: skip
    found += [
        at for (first, _), at in right
        if bisect_left(ends, first - distance - 1) < bisect_left(ends, first)
    ]  # fmt: skip
    return found
