"""A text as written and as it is searched, with the way from one to the other."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

from archive.text.folding import fold, offsets, unfolded
from archive.text.words import pattern

_PIECE, _CUT = 4000, re.compile("[ 。，、]")


class Searched:
    """A text as written and as it is searched. A long one is folded in pieces, so that places in it
    are found again without going through all of it."""

    def __init__(self, written: str, folded: str | None = None) -> None:
        self.written = written
        self.folded = folded if folded is not None else fold(written)
        self._pieces = [(0, 0)]
        self._kept: tuple[int, list[int]] = (-1, [])
        if self.folded is not written and len(written) > _PIECE:
            pieces: list[str] = []
            self._pieces = []
            at = 0
            for start, end in _cuts(written):
                self._pieces.append((start, at))
                pieces.append(fold(written[start:end]))
                at += len(pieces[-1])
            self.folded = "".join(pieces)
        self.letters = pattern("W+", self.folded)

    def word_end(self, start: int) -> int:
        """The end of the word that begins at a place."""
        found = self.letters.match(self.folded, start)
        return found.end() if found else start

    def next_word(self, end: int) -> int | None:
        """Where the next word begins."""
        found = self.letters.search(self.folded, end)
        return found.start() if found else None

    @cached_property
    def begins(self) -> list[int]:
        """Where the words begin."""
        return [found.start() for found in self.letters.finditer(self.folded)]

    def numbers(self, start: int, end: int) -> tuple[int, int]:
        """The numbers of the first and the last word of a stretch, from 0."""
        return bisect_left(self.begins, start), bisect_left(self.begins, end) - 1

    def as_written(self, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Places in the folded text, in order, as places in the text as written."""
        if self.folded is self.written:
            return list(places)
        found = []
        ends = [folded for _, folded in self._pieces[1:]]
        begin, end_of_piece = 0, -1
        for start, end in places:
            if end > end_of_piece:
                number = bisect_right(ends, start)
                written, begin, of_piece = self._piece(number)
                end_of_piece = ends[number] if number < len(ends) else len(self.folded)
            if end <= end_of_piece:
                first, last = unfolded(of_piece, start - begin, end - begin)
                found.append((written + first, written + last))
                continue
            first = written + of_piece[start - begin]
            written, begin, of_piece = self._piece(bisect_right(ends, end - 1))
            end_of_piece = -1
            last = unfolded(of_piece, end - begin - 1, end - begin)[1]
            found.append((first, written + last))
        return found

    def _piece(self, number: int) -> tuple[int, int, list[int]]:
        """Where a piece begins as written and folded, and its offsets; those of one are kept."""
        written, folded = self._pieces[number]
        if self._kept[0] != number:
            following = self._pieces[number + 1 : number + 2]
            end = following[0][0] if following else len(self.written)
            self._kept = (number, offsets(self.written[written:end]))
        return written, folded, self._kept[1]


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    """A long text cut between words."""
    start = 0
    while start < len(text):
        found = _CUT.search(text, start + _PIECE)
        end = found.start() if found else len(text)
        yield start, end
        start = end
