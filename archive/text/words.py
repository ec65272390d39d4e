"""What a word is: one definition for the whole program, that of the full-text index.

A word is a run of letters, digits, marks and private characters, as FTS5's `unicode61` has it with
`categories 'L* N* Co Mn Mc'`: whatever its table of characters does not name counts as a letter,
the newer emoji among them. Its table is older than Python's and does not change with Python, so it
stands here; tests/test_words.py compares every character with FTS5 itself.

On top of that, `joined` says how a word may be written in several parts (U.K.,
G-7, 1,250).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from archive.text.acronyms import AMBIGUOUS
from archive.text.folding import fold

_APART = (
    "\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6\xb7\xb8\xbb\xbf\xd7\xf7\u02c2-\u02c5"
    "\u02d2-\u02df\u02e5-\u02eb\u02ed\u02ef-\u02ff\u0375\u037e\u0384\u0385\u0387\u03f6\u0482"
    "\u0488\u0489\u055a-\u055f\u0589\u058a\u058f\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u0600-\u0604"
    "\u0606-\u060f\u061b\u061e\u061f\u066a-\u066d\u06d4\u06dd\u06de\u06e9\u06fd\u06fe"
    "\u0700-\u070d\u070f\u07f6-\u07f9\u0830-\u083e\u085e\u0964\u0965\u0970\u09f2\u09f3"
    "\u09fa\u09fb\u0af0\u0af1\u0b70\u0bf3-\u0bfa\u0c7f\u0d79\u0df4\u0e3f\u0e4f\u0e5a\u0e5b"
    "\u0f01-\u0f17\u0f1a-\u0f1f\u0f34\u0f36\u0f38\u0f3a-\u0f3d\u0f85\u0fbe-\u0fc5\u0fc7-\u0fcc"
    "\u0fce-\u0fda\u104a-\u104f\u109e\u109f\u10fb\u1360-\u1368\u1390-\u1399\u1400\u166d\u166e"
    "\u1680\u169b\u169c\u16eb-\u16ed\u1735\u1736\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u180e"
    "\u1940\u1944\u1945\u19de-\u19ff\u1a1e\u1a1f\u1aa0-\u1aa6\u1aa8-\u1aad\u1b5a-\u1b6a"
    "\u1b74-\u1b7c\u1bfc-\u1bff\u1c3b-\u1c3f\u1c7e\u1c7f\u1cc0-\u1cc7\u1cd3\u1fbd\u1fbf-\u1fc1"
    "\u1fcd-\u1fcf\u1fdd-\u1fdf\u1fed-\u1fef\u1ffd\u1ffe\u2000-\u2064\u206a-\u206f\u207a-\u207e"
    "\u208a-\u208e\u20a0-\u20b9\u20dd-\u20e0\u20e2-\u20e4\u2100\u2101\u2103-\u2106\u2108\u2109"
    "\u2114\u2116-\u2118\u211e-\u2123\u2125\u2127\u2129\u212e\u213a\u213b\u2140-\u2144"
    "\u214a-\u214d\u214f\u2190-\u23f3\u2400-\u2426\u2440-\u244a\u249c-\u24e9\u2500-\u26ff"
    "\u2701-\u2775\u2794-\u2b4c\u2b50-\u2b59\u2ce5-\u2cea\u2cf9-\u2cfc\u2cfe\u2cff\u2d70"
    "\u2e00-\u2e2e\u2e30-\u2e3b\u2e80-\u2e99\u2e9b-\u2ef3\u2f00-\u2fd5\u2ff0-\u2ffb\u3000-\u3004"
    "\u3008-\u3020\u3030\u3036\u3037\u303d-\u303f\u309b\u309c\u30a0\u30fb\u3190\u3191"
    "\u3196-\u319f\u31c0-\u31e3\u3200-\u321e\u322a-\u3247\u3250\u3260-\u327f\u328a-\u32b0"
    "\u32c0-\u32fe\u3300-\u33ff\u4dc0-\u4dff\ua490-\ua4c6\ua4fe\ua4ff\ua60d-\ua60f\ua670-\ua673"
    "\ua67e\ua6f2-\ua6f7\ua700-\ua716\ua720\ua721\ua789\ua78a\ua828-\ua82b\ua836-\ua839"
    "\ua874-\ua877\ua8ce\ua8cf\ua8f8-\ua8fa\ua92e\ua92f\ua95f\ua9c1-\ua9cd\ua9de\ua9df"
    "\uaa5c-\uaa5f\uaa77-\uaa79\uaade\uaadf\uaaf0\uaaf1\uabeb\ufb29\ufbb2-\ufbc1\ufd3e\ufd3f"
    "\ufdfc\ufdfd\ufe10-\ufe19\ufe30-\ufe52\ufe54-\ufe66\ufe68-\ufe6b\ufeff\uff01-\uff0f"
    "\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffe6\uffe8-\uffee\ufff9-\uffff"
    "\U00010100-\U00010102\U00010137-\U0001013f\U00010179-\U00010189\U00010190-\U0001019b"
    "\U000101d0-\U000101fc\U0001039f\U000103d0\U00010857\U0001091f\U0001093f\U00010a50-\U00010a58"
    "\U00010a7f\U00010b39-\U00010b3f\U00011047-\U0001104d\U000110bb-\U000110c1"
    "\U00011140-\U00011143\U000111c5-\U000111c8\U00012470-\U00012473\U0001d000-\U0001d0f5"
    "\U0001d100-\U0001d126\U0001d129-\U0001d164\U0001d16a-\U0001d16c\U0001d173-\U0001d17a"
    "\U0001d183\U0001d184\U0001d18c-\U0001d1a9\U0001d1ae-\U0001d1dd\U0001d200-\U0001d241"
    "\U0001d245\U0001d300-\U0001d356\U0001d6c1\U0001d6db\U0001d6fb\U0001d715\U0001d735\U0001d74f"
    "\U0001d76f\U0001d789\U0001d7a9\U0001d7c3\U0001eef0\U0001eef1\U0001f000-\U0001f02b"
    "\U0001f030-\U0001f093\U0001f0a0-\U0001f0ae\U0001f0b1-\U0001f0be\U0001f0c1-\U0001f0cf"
    "\U0001f0d1-\U0001f0df\U0001f110-\U0001f12e\U0001f130-\U0001f16b\U0001f170-\U0001f19a"
    "\U0001f1e6-\U0001f202\U0001f210-\U0001f23a\U0001f240-\U0001f248\U0001f250\U0001f251"
    "\U0001f300-\U0001f320\U0001f330-\U0001f335\U0001f337-\U0001f37c\U0001f380-\U0001f393"
    "\U0001f3a0-\U0001f3c4\U0001f3c6-\U0001f3ca\U0001f3e0-\U0001f3f0\U0001f400-\U0001f43e"
    "\U0001f440\U0001f442-\U0001f4f7\U0001f4f9-\U0001f4fc\U0001f500-\U0001f53d"
    "\U0001f540-\U0001f543\U0001f550-\U0001f567\U0001f5fb-\U0001f640\U0001f645-\U0001f64f"
    "\U0001f680-\U0001f6c5\U0001f700-\U0001f773\U000e0001\U000e0020-\U000e007f"
)
"""The characters that stand between words. U+00B6 is one in a text, though the index has it for a
word of its own between paragraphs."""

_MARKS = "\u0300-\u0304\u0306-\u030c\u030f\u0311\u031b\u0323-\u0328\u032d\u032e\u0330\u0331"
"""Marks that the index takes off: on their own they make a word without a letter."""

LETTER, ASCII_LETTER, APART = f"[^{_APART}]", "[0-9A-Za-z]", f"[{_APART}]"
"""One character of a word, one in ASCII text, and one between words, for patterns."""

_SIGNS = frozenset(("So", "Sk", "Sc", "Sm", "Cn"))

_MOST_PARTS = 6
_NUMBER_GOES_ON = re.compile("[.,][0-9]")
_BETWEEN = re.compile(r"\.?[-\u2010\u2011]|\.")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_LETTER = "(?![0-9_])W"
JOINERS = r"[-.,\u2010\u2011]"
"""What may stand between the parts of a word that is written in several."""


@cache
def _compiled(shape: str, letter: str) -> re.Pattern[str]:
    return re.compile(shape.replace("W", letter))


def pattern(shape: str, text: str) -> re.Pattern[str]:
    """A pattern in which `W` stands for a character of a word, for use on this text."""
    return _compiled(shape, ASCII_LETTER if text.isascii() else LETTER)


def words(folded: str) -> list[str]:
    """The words of a folded text."""
    return pattern("W+", folded).findall(folded)


def has_words(text: str) -> bool:
    """Whether there is anything in a query to search for. An emoji is nothing, although the index
    has the newer ones for letters."""
    folded = fold(text)
    letters = pattern(f"(?![{_MARKS}])W", folded).findall(folded)
    return any(unicodedata.category(letter) not in _SIGNS for letter in letters)


def plain_words(text: str) -> str:
    """The words of a short text without case and accents, joined by spaces: for comparing what no
    index holds, such as categories and bylines."""
    return " ".join(words(plain(fold(text))))


def plain(folded: str) -> str:
    """A folded text without case and accents."""
    lower = folded.casefold()
    if lower.isascii():
        return lower
    decomposed = unicodedata.normalize("NFKD", lower)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def joined(folded: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """The words that are written in several parts from `start` on, whose first part ends at `end`:
    in one piece, and where they end. U.K. is UK as well, G-7 is G7, 1,250 is 1250; 3.5 and 1990-91
    are numbers side by side. A function word is made so only where it is an acronym: not of u.s."""
    number = _THOUSANDS.match(folded, start)
    if number and not (start > 1 and folded[start - 1] in ".," and folded[start - 2].isdigit()):
        yield number[0].replace(",", ""), number.end()
        return
    within = start > 1 and pattern(rf"(?<!W){_LETTER}\.", folded).match(folded, start - 2)
    if within and end == start + 1:
        return  # in U.S.S.R.
    letters = pattern("W+", folded)
    found = left = folded[start:end]
    for _ in range(_MOST_PARTS - 1):
        between = _BETWEEN.match(folded, end)
        part = letters.match(folded, between.end()) if between else None
        if between is None or part is None or (left[-1].isdigit() and part[0][0].isdigit()):
            return
        if _NUMBER_GOES_ON.match(folded, part.end()) and part[0].isdigit():
            return
        dotted = between[0] == "." and _are_initials(left, part[0])
        if between[0] == "." and not dotted and not dot_joins(left, part[0]):
            return
        left = f"{left}.{part[0]}" if dotted else part[0]
        found, end = found + part[0], part.end()
        if dotted and pattern(rf"\.{_LETTER}(?!W)", folded).match(folded, end):
            continue
        if found.upper() not in AMBIGUOUS or (between[0] == "." and found.isupper()):
            yield found, end


def whole_word(folded: str, start: int, end: int) -> tuple[str, int]:
    """The longest word that begins at a place, in one piece, and where it ends."""
    return [(folded[start:end], end), *joined(folded, start, end)][-1]


def _are_initials(left: str, right: str) -> bool:
    return left[-2:-1] in ("", ".") and left[-1].isalpha() and len(right) == 1 and right.isalpha()


def dot_joins(left: str, right: str) -> bool:
    """Whether a dot between two parts is that of an abbreviation such as Ph.D., and neither that
    between two sentences nor that of a stock's symbol (BA.N)."""
    return max(len(left), len(right)) <= 2 and not (left.isupper() and right.isupper())
