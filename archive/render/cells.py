"""How wide text is on a terminal, and how to cut and pad it to a width.

A terminal is a grid of cells: East Asian wide characters take two, combining marks and other
zero-width characters none (Unicode, UAX #11). Without Rich, which plain output does not load.
Text must come in `inert`, without control characters.
"""

from __future__ import annotations

import shutil
import unicodedata


def terminal_width() -> int:
    """Returns the cells in a line: $COLUMNS, else the terminal's, else 100."""
    return shutil.get_terminal_size((100, 24)).columns


def terminal_height() -> int:
    """Returns the lines of a screen: $LINES, else the terminal's, else 24."""
    return shutil.get_terminal_size((100, 24)).lines


def cells(text: str) -> int:
    """Returns the number of cells that a text takes."""
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if character.isascii():
        return 1
    if character == "\xad":  # a soft hyphen, which terminals show
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    if "\u1160" <= character <= "\u11ff":  # Hangul vowels and finals join the syllable before
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Returns the text filled with spaces to a width: after it, or before it with `right`."""
    spaces = " " * (width - cells(text))
    return spaces + text if right else text + spaces


def head(text: str, width: int) -> str:
    """Returns the beginning of a text that fits a width. Cuts between words, or between characters
    where one word fills the width, but never between a letter and its mark."""
    fit = _fitting(text, width)
    if fit == len(text):
        return text
    ends = (end for end in range(fit, 0, -1) if _parts(text, end))
    return text[: next(ends, fit)].rstrip()


def tail(text: str, width: int) -> str:
    """Returns the end of a text that fits a width, cut in the same way."""
    first = len(text) - _fitting(text[::-1], width)
    if first == 0:
        return text
    starts = (start for start in range(first, len(text)) if _parts(text, start))
    letters = (start for start in range(first, len(text)) if _cells_of(text[start]))
    return text[next(starts, next(letters, len(text))) :].lstrip()


def _fitting(text: str, width: int) -> int:
    """How many characters from the first one on fit a width."""
    if text.isascii():
        return min(len(text), max(width, 0))
    taken = 0
    for at, character in enumerate(text):
        taken += _cells_of(character)
        if taken > width:
            return at
    return len(text)


def _parts(text: str, at: int) -> bool:
    """Whether two words meet here: at a space, or beside a character of a script without spaces."""
    before, after = text[at - 1], text[at]
    if before.isspace() or after.isspace():
        return True
    return _cells_of(after) > 0 and 2 in (_cells_of(before), _cells_of(after))
