"""Which form of a word is meant: any, the word as written, or that in capitals alone.

Quotes and a star say that a word is as written; so do capitals, where they tell an acronym.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from archive.query.fields import FIELDS
from archive.text.acronyms import AMBIGUOUS, LONGEST, SHORTEST
from archive.text.folding import fold
from archive.text.words import has_words

if TYPE_CHECKING:
    from archive.query.nodes import Form

BARE = re.compile(
    rf"(?!(?:AND|OR|NOT|(?:NEAR|ADJ)/[0-9]{{1,3}})$|-|(?i:{'|'.join(FIELDS)}):.)[^\s()\"“”„«»＂「『」』]+(?<!\*)"
)
"""A word that can stand without quotes."""

_CAPITALS = re.compile(r"[A-Z](?:\.?[A-Z])+\.?")
_APART = re.compile(r"[^\w.\-\u2010\u2011]+")
_OPERATORS = ("NEAR", "ADJ")
_MOST_WORDS = 3
"""Words of a query all in capitals that may be acronyms."""


def has_acronyms(words: Iterable[str]) -> bool:
    """Whether words in capitals are acronyms: among words in small letters, or in a short query."""
    every = [word for text in words for word in text.split() if has_words(word)]
    return len(every) <= _MOST_WORDS or any(map(str.islower, "".join(every)))


def form_of(words: str, *, quoted: bool, acronyms: bool) -> Form:
    """The form of a word or a phrase of a query."""
    found = [_acronym(word) for word in _APART.split(fold(words)) if word] if acronyms else []
    if any(word in AMBIGUOUS for word in found) and (quoted or len(found) == 1):
        return "capitals"
    return "written" if quoted or (len(found) == 1 and found[0]) else "any"


def _acronym(word: str) -> str | None:
    """The letters of an acronym; None for any other word."""
    if not _CAPITALS.fullmatch(word) or word in _OPERATORS:
        return None
    letters = word.replace(".", "")
    return letters if SHORTEST <= len(letters) <= LONGEST else None
