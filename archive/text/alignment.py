"""Where a short list of words stands in a long one, though some of them differ.

Method: approximate matching by the bit-vectors of Myers (1999, JACM 46:3), in the form of Hyyrö
(2003): one step a word of the text, on integers with one bit for each word sought, whatever the
number of differences. The columns that the alignment needs are kept, and it is read back from them.
Distances are Levenshtein's, in words: one for each word changed, left out or put in.

Pure: words are any strings; equal ones agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archive.record_class import record

Step = tuple[int | None, int | None]
"""(index in the text, index in the words sought); None for a word that the other side lacks."""


@record
class Alignment:
    """The words sought stand in text[start:end], but for so many `edits`; `steps` pair them up."""

    edits: int
    start: int
    end: int
    steps: tuple[Step, ...]


def align(
    sought: Sequence[str], text: Sequence[str], start: int = 0, end: int | None = None,
    *, last: bool = False,
) -> Alignment:  # fmt: skip
    """The place in text[start:end] with the fewest edits; of equal ones the first, or the `last`.

    Takes one step a word of the text, of some microseconds for up to a thousand words sought.
    """
    end = len(text) if end is None else end
    best, at = _best_end(sought, text, start, end, last=last)
    begin = max(start, at - len(sought) - best)  # no such place is longer
    window = text[begin:at]
    columns = [((1 << len(sought)) - 1, 0)]
    columns += [(plus, minus) for plus, minus, _ in _columns(sought, window)]
    steps = tuple(
        (None if place is None else begin + place, number)
        for place, number in _steps(sought, window, columns)
    )
    first = next((place for place, _ in steps if place is not None), at)
    return Alignment(best, first, at, steps)


def _best_end(
    sought: Sequence[str], text: Sequence[str], start: int, end: int, *, last: bool
) -> tuple[int, int]:
    """The fewest edits, and where in the text such a place ends."""
    best, found = len(sought), start
    for at, (_, _, edits) in enumerate(_columns(sought, text[start:end]), start + 1):
        # A place that goes on at the same cost ends in a changed word, rather than lacking one.
        goes_on = edits > 0 and at == found + 1
        if edits < best or (edits == best and (last or goes_on)):
            best, found = edits, at
    return best, found


def _columns(sought: Sequence[str], text: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """For each word of the text: where going down the column of distances adds one, where it takes
    one away, and the distance at its foot."""
    places: dict[str, int] = {}
    for number, word in enumerate(sought):
        places[word] = places.get(word, 0) | 1 << number
    every, foot = (1 << len(sought)) - 1, 1 << len(sought) >> 1
    plus, minus, distance = every, 0, len(sought)
    for word in text:
        equal = places.get(word, 0) | minus
        diagonal = (((equal & plus) + plus) ^ plus) | equal
        right_plus, right_minus = minus | ~(diagonal | plus), diagonal & plus
        distance += bool(right_plus & foot) - bool(right_minus & foot)
        right_plus, right_minus = right_plus << 1, right_minus << 1
        plus = (right_minus | ~(diagonal | right_plus)) & every
        minus = right_plus & diagonal & every
        yield plus, minus, distance


def _steps(
    sought: Sequence[str], text: Sequence[str], columns: Sequence[tuple[int, int]]
) -> list[Step]:
    """The alignment that ends at the foot of the last column, in order of the text."""

    def distance(row: int, column: int) -> int:
        plus, minus = columns[column]
        above = (1 << row) - 1
        return (plus & above).bit_count() - (minus & above).bit_count()

    steps: list[Step] = []
    row, column = len(sought), len(text)
    while row:
        here = distance(row, column)
        same = column > 0 and sought[row - 1] == text[column - 1]
        if same:
            row, column = row - 1, column - 1
            steps.append((column, row))
        elif column and distance(row, column - 1) == here - 1:  # leaves more words to agree
            column -= 1
            steps.append((column, None))
        elif column and distance(row - 1, column - 1) == here - 1:
            row, column = row - 1, column - 1
            steps.append((column, row))
        else:
            row -= 1
            steps.append((None, row))
    return steps[::-1]
