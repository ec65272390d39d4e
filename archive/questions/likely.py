"""Of a long version, the passages that may hold a quotation.

    texts -> pieces -> which of the quotation's words stand in each -> runs of pieces with enough

Comparing words takes a microsecond or two each, and some bytes; looking for a word in a text hardly
any. So a version longer than `LONG` is cut into pieces, and only those are compared of which one,
or neighbours, hold as many of the words of a part as a close place must. Of more than `MOST`
characters of such pieces those count that hold the phrase itself, then those with the most words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archive.record_class import record
from archive.text.folding import fold
from archive.text.words import plain

LONG, MOST = 300_000, 1_500_000
"""Characters."""

_PIECE = 4000
_CUT = re.compile(r"(?<=[^\W\d])\s(?=[^\W\d])|[。，、]")
_APOSTROPHES = re.compile("['’ʼ]")
_LETTERS = 40
"""More characters than a word has on average."""

BREAK = -1
"""Stands for the position of what was left out."""

Piece = tuple[int, str]
"""The position of a text, 0 for the title, and the text or a part of it."""


@record
class Sought:
    """The words of a quotation's parts without signs, apostrophes, case and accents, and a pattern
    of its phrase; `edits` is how many words of it may differ."""

    parts: tuple[tuple[str, ...], ...]
    phrase: re.Pattern[str]
    edits: int


def passages(sought: Sought, texts: Sequence[str]) -> list[Piece]:
    """The texts as they are, or of long ones the pieces that may hold the quotation, in order, with
    a `BREAK` wherever something was left out."""
    if sum(map(len, texts)) <= LONG:
        return list(enumerate(texts))
    places = list(_places(texts))
    kept = _kept(sought, texts, places)
    found: list[Piece] = []
    last = -1
    for number in sorted(kept):
        position, start, end = places[number]
        if number > last + 1:
            found.append((BREAK, ""))
        found.append((position, texts[position][start:end]))
        last = number
    return found


def joined(pieces: Sequence[Piece]) -> str:
    """Pieces as one text, with a line for each text that they are of."""
    found = []
    before = 0
    for position, text in pieces:
        found.append(text if position == before else "\n" + text)
        before = position
    return "".join(found)


def _places(texts: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """The texts cut into pieces: position, start, end."""
    for position, text in enumerate(texts):
        start = 0
        while start < len(text):
            found = _CUT.search(text, start + _PIECE)
            end = found.end() if found else len(text)
            yield position, start, end
            start = end


def _kept(sought: Sought, texts: Sequence[str], places: Sequence[tuple[int, int, int]]) -> set[int]:
    """The numbers of the pieces to compare."""
    number_of = {word: n for n, word in enumerate(dict.fromkeys(sum(sought.parts, ())))}
    parts = []
    for part in sought.parts:
        bits = sum(1 << number_of[word] for word in set(part))
        edits = min(sought.edits, len(part) // 2)
        parts.append((bits, max(1, bits.bit_count() - edits), len(part) + edits))
    held = []
    for position, start, end in places:
        text = _APOSTROPHES.sub("", plain(fold(texts[position][start:end])))
        held.append(sum(1 << n for word, n in number_of.items() if word in text))
    windows: dict[tuple[int, int], int] = {}
    for bits, least, words in parts:
        for first, last, count in _windows(held, bits, least, words, texts, places):
            windows[first, last] = max(count, windows.get((first, last), 0))

    def rank(window: tuple[int, int]) -> tuple[bool, int]:
        pieces = [
            (at, texts[at][start:end]) for at, start, end in places[window[0] : window[1] + 1]
        ]
        return not sought.phrase.search(joined(pieces)), -windows[window]

    order = sorted(windows)
    if sum(_size(places, first, last) for first, last in windows) > MOST:
        order.sort(key=rank)
    kept: set[int] = set()
    room = MOST
    for first, last in order:
        kept.update(range(first, last + 1))
        room -= _size(places, first, last)
        if room < 0:
            break
    return kept


def _windows(  # noqa: PLR0913, PLR0917
    held: Sequence[int], bits: int, least: int, words: int,
    texts: Sequence[str], places: Sequence[tuple[int, int, int]],
) -> Iterator[tuple[int, int, int]]:  # fmt: skip
    """Neighbouring pieces with enough of some words, and with how many: (first, last, count). Those
    between the first and the last have no more words than a place may."""
    for first, start in enumerate(held):
        found, between = start & bits, 0
        if not found:
            continue
        last = first
        while found.bit_count() < least and last + 1 < len(held) and between <= words:
            if last > first:
                between += _word_count(texts, places[last], words)
            last += 1
            found |= held[last] & bits
        if found.bit_count() >= least:
            yield first, last, found.bit_count()


def _word_count(texts: Sequence[str], place: tuple[int, int, int], most: int) -> int:
    """The number of words of a piece; of a long one, more than `most`."""
    position, start, end = place
    if end - start > _LETTERS * most:
        return most + 1
    return len(texts[position][start:end].split())


def _size(places: Sequence[tuple[int, int, int]], first: int, last: int) -> int:
    return sum(end - start for _, start, end in places[first : last + 1])
