"""Folding of text for the index: what is indexed and searched, never what is stored or shown.

FTS5's `unicode61` tokenizer already folds case and accents. What it leaves unfolded would hide a
word from its reader: ligatures, full-width letters, soft hyphens, zero-width characters, letters
such as "ß" or "ł" that do not decompose, Arabic and Hebrew vowel points, the accents of Greek. And
it takes a run of Chinese, Japanese, Korean or Thai text for one long word; here each such character
becomes a word, so that a query of any length is a phrase of them. Both the store and the query go
through `fold`.

Method: Unicode compatibility decomposition (UAX #15) of single characters, only where the result
is letters and digits: "3½" must not become "31/2", nor "Nike™" "NikeTM".
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

PARAGRAPH_BREAK = "¶"
"""Stands between the paragraphs in the index, as a word of its own, so that no phrase spans two."""

_RESERVED = "\ufdd0\ufdd1"
"""Noncharacters that are folded away: earlier versions framed matches with them."""

SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Written without spaces between words: Thai, Lao, Khmer, Myanmar, Kana, Han, Hangul."""
# Written over or under letters by some and left out by others: Hebrew points, Arabic vowels.
_POINTS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u0640\u064b-\u065f\u0670"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\ufe00-\ufe0f\ufeff"
)
_UNSEEN = re.compile(f"[{_INVISIBLE}{_POINTS}]")
"""Goes before anything is composed: a soft hyphen must not part the letters of a syllable."""
_LETTERS = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
    "ħ": "h", "Ħ": "H", "ı": "i", "ʼ": "'", "ʻ": "'",
}  # fmt: skip
_ACCENTED = (
    "ЀЁЍѐёѝ\u01e0-\u01e3\u01ee\u01ef\u01fc-\u01ff"
    "\u0386-\u0390\u03aa-\u03b0\u03ca-\u03ce\u03d3\u03d4\u1f00-\u1fff\u0622-\u0626\u06c0-\u06d3"
)
"""Letters with an accent that FTS5 does not take off: Greek headlines in capitals have none, Arabic
hamzas and the dots of "ё" are left out by many. "й", "ї" and "ў" are letters of their own."""
_GEORGIAN_CAPITALS = "\u1c90-\u1cbf"
_LATIN = re.compile("[\0-\u01df\u0200-\u036f\u1e00-\u1eff\u2000-\u20cf]*")
"""Text whose combining accents FTS5 folds itself, as it folds the letters composed with them."""
_VOICED = "[\uff73\uff76-\uff84\uff8a-\uff8e][\uff9e\uff9f]"
"""Half-width Kana and the voice mark behind it: one letter."""
_COMPATIBLE = ("<compat>", "<wide>", "<narrow>", "<font>", "<super>", "<sub>", "<initial>",
               "<medial>", "<final>", "<isolated>", "<circle>")  # fmt: skip


def _bare(character: str) -> str:
    """A letter without its marks, in the letters that stand for it."""
    bare = "".join(c for c in unicodedata.normalize("NFD", character) if not _is_mark(c))
    return _LETTERS.get(bare, bare)


def is_spaceless(word: str) -> bool:
    """Whether a word is one character of a script that is written without spaces."""
    return not word.isascii() and re.fullmatch(f"[{SPACELESS}]", word) is not None


@cache
def _fold_character(character: str) -> str:
    if re.match(f"[{_ACCENTED}{''.join(_LETTERS)}]", character):
        return _bare(character)
    if character in (PARAGRAPH_BREAK, *_RESERVED):
        return " "
    if _UNSEEN.match(character):
        return ""
    if is_spaceless(character):
        return f" {character} "
    if re.match(f"[{_GEORGIAN_CAPITALS}]", character):
        return character.lower()
    tag = unicodedata.decomposition(character).partition(" ")[0]
    folded = character
    if tag in _COMPATIBLE and unicodedata.category(character)[0] in "LN":
        folded = unicodedata.normalize("NFKC", character)
        folded = _UNSEEN.sub("", folded)
        folded = re.sub(f"[{_ACCENTED}ʼ]", lambda found: _bare(found[0]), folded)
    return re.sub(f"([{SPACELESS}])", r" \1 ", folded)


# ASCII and the usual dashes and quotes: nearly all of English, told apart without the full pattern.
_PLAIN = re.compile("[\0-\x9f\u2010-\u2027\u2030-\u2038€]*")


def _plain(text: str) -> bool:
    return text.isascii() or _PLAIN.fullmatch(text) is not None


@cache
def _pattern() -> re.Pattern[str]:
    """Finds every character that folding changes. Built from the ranges above and from the
    compatibility letters of the blocks that hold them; the rest of Unicode is never visited."""
    blocks = ((0xA0, 0x250), (0x2B0, 0x2FF), (0x370, 0x460), (0x620, 0x6D5), (0x1C90, 0x1CC0),
              (0x1D00, 0x1DC0), (0x1F00, 0x2000), (0x2070, 0x20A0), (0x2100, 0x2190),
              (0x2460, 0x2500), (0xFB00, 0xFE00), (0xFE70, 0xFF00), (0xFF00, 0xFFF0),
              (0x1D400, 0x1D800))  # fmt: skip
    changed = [
        chr(code)
        for low, high in blocks
        for code in range(low, min(high, sys.maxunicode))
        if _fold_character(chr(code)) != chr(code)
    ]
    # Characters above U+FFFF in a class are tried one by one, those below are looked up at once; so
    # the far ones stand apart, behind a look at their block.
    near = "".join(re.escape(character) for character in changed if character < "\U00010000")
    far = "".join(character for character in changed if character >= "\U00010000")
    far = f"(?=[{far[0]}-{far[-1]}])[{far}]"
    marks = f"{PARAGRAPH_BREAK}{_RESERVED}ẞ"
    return re.compile(f"[{SPACELESS}]+|{_VOICED}|[{near}{marks}{_INVISIBLE}{_POINTS}]|{far}")


def fold(text: str) -> str:
    """The text as the index sees it; the very same object where folding changes nothing."""
    if _plain(text):
        return text
    visible = _UNSEEN.sub("", text)
    composed = unicodedata.normalize("NFC", visible)
    if visible == text and not _pattern().search(composed):
        # To compose Latin letters alone is no reason to keep a second copy.
        return text if composed == text or _LATIN.fullmatch(composed) else composed
    return _pattern().sub(_replacement, composed)


def offsets(text: str) -> list[int]:
    """For each character of `fold(text)`, and for its end, the offset in `text` it came from."""
    if fold(text) is text:
        return list(range(len(text) + 1))
    places: list[int] = []
    composed, origin = _composed_offsets(text)
    end = 0
    for found in _pattern().finditer(composed):
        places.extend(range(end, found.start()))
        start, end = found.span()
        size = len(_replacement(found))
        if size == 2 * (end - start) + 1:  # a run of spaceless characters, one space before each
            places += [at for at in range(start, end) for _ in (0, 1)]
            places.append(end - 1)
        else:
            places += [start] * (size - 1) + [end - 1] * (size > 0)
    places.extend(range(end, len(composed) + 1))
    return [origin[place] for place in places]


def unfolded(places: list[int], start: int, end: int) -> tuple[int, int]:
    """A piece of the folded text as a piece of the text that `places` are the `offsets` of, with
    all marks that were composed with its last letter."""
    last = places[end - 1]
    while places[end] <= last:
        end += 1
    return places[start], places[end]


def _replacement(found: re.Match[str]) -> str:
    run = found[0]
    if re.match(_VOICED, run):
        run = unicodedata.normalize("NFKC", run)
    return f" {' '.join(run)} " if len(run) > 1 else _fold_character(run)


def _composed_offsets(text: str) -> tuple[str, list[int]]:
    """The text in NFC, and for each of its characters, and its end, the offset it came from."""
    if unicodedata.is_normalized("NFC", text) and not _UNSEEN.search(text):
        return text, list(range(len(text) + 1))
    pieces: list[str] = []
    origin: list[int] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and _joins(text[end]):
            end += 1
        piece = unicodedata.normalize("NFC", _UNSEEN.sub("", text[start:end]))
        pieces.append(piece)
        origin.extend(start + min(index, end - start - 1) for index in range(len(piece)))
        start = end
    return "".join(pieces), [*origin, len(text)]


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _joins(character: str) -> bool:
    """Whether NFC may compose this character with the one before it, once what nobody sees between
    them is gone."""
    return (
        _is_mark(character)
        or "\u1160" <= character <= "\u11ff"
        or _UNSEEN.match(character) is not None
    )
