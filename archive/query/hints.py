"""What is likely to be meant otherwise: a sentence in capitals, operators of other programs.

    query as typed -> the query to parse, and a line for each thing that the reader should know

Pure; a line says what was read, and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from archive.query.fields import FIELDS

if TYPE_CHECKING:
    from archive.query.scanner import Token

_SENTENCE, _LONG_WORD = 4, 6
_SHORT_QUERY = 8
"""Words up to which a small `or`, `not` or `near` may be meant as an operator."""

_NEAR = re.compile(r"(?:near|adj|w|n|pre|within)/?([0-9]{1,3})", re.IGNORECASE)
_LIKE_A_FIELD = re.compile(r"([a-z]{3,12}):(?!//)\S", re.IGNORECASE)
_JOKER = re.compile(r"\w[*?]+\w")


def sentence_in_capitals(tokens: Sequence[Token]) -> bool:
    """Whether a query is a sentence or a headline in capitals: four words and more, one of them
    long, and no sign of the query language but AND, OR and NOT, which do not part all of them."""
    kinds = [token.kind for token in tokens if token.kind != "end"]
    words = [token for token in tokens if token.kind == "word"]
    letters = "".join(token.text for token in words)
    if set(kinds) - {"word", "and", "or", "not"} or any(token.prefix for token in words):
        return False
    if len(words) < _SENTENCE or letters != letters.upper() or letters == letters.lower():
        return False
    together = any(left == right == "word" for left, right in pairwise(kinds))
    return together and any(sum(map(str.isalpha, word.text)) >= _LONG_WORD for word in words)


def near_misses(tokens: Sequence[Token]) -> list[str]:
    """A line for each word that looks like an operator or a field and is none."""
    found = [_near_miss(token.text) for token in tokens if token.kind == "word"]
    lines = [line for line in found if line]
    words = [token for token in tokens if token.kind not in ("end", "(", ")")]
    if len(words) <= _SHORT_QUERY:
        inner = [token.text for token in words[1:-1] if token.kind == "word"]
        if "or" in inner:
            lines.append("'or' is searched as a word: for articles with either write OR")
        if "near" in inner:
            lines.append("'near' is searched as a word: for words close by write NEAR/5")
        texts = [token.text for token in words]
        if "not" in inner and (len(words) <= _SENTENCE or "and not" in " ".join(texts)):
            lines.append("'not' is searched as a word: to leave articles out write -word or NOT")
    return list(dict.fromkeys(lines))


def _near_miss(word: str) -> str | None:  # noqa: PLR0911 - one for each kind
    if word in ("&&", "&"):
        return f"'{word}' is passed over: all words must occur anyway; AND says so"
    if word in ("||", "|"):
        return f"'{word}' is passed over: for articles with either write OR"
    if word.startswith("!") and len(word) > 1:
        return f"'!' is passed over: to leave articles out write -{word[1:]}"
    near = _NEAR.fullmatch(word)
    if near:
        return f"'{word}' is searched as a word: for words close by write NEAR/{near[1]}"
    slop = re.fullmatch(r"~([0-9]{1,3})", word)
    if slop:
        return f"'{word}' is searched as a word: for words close by write a NEAR/{slop[1]} b"
    if _JOKER.search(word):
        return f"'{word}': * stands at the end of a word alone, and ? for nothing"
    field = _LIKE_A_FIELD.match(word)
    if field and field[1].lower() not in FIELDS:
        known = ", ".join(f"{name}:" for name in FIELDS)
        return f"there is no field '{field[1]}:': it is searched as a word; fields are {known}"
    return None


def lost_quotes(arguments: Sequence[str]) -> str | None:
    """A line for arguments of a command whose quotes the shell has taken away, or None."""
    for argument in arguments:
        field, colon, value = argument.rpartition(":")
        in_field = colon and field.lower().split()[-1:] and field.lower().split()[-1] in FIELDS
        spaced = " " in (value if in_field else argument).strip()
        marked = re.search(r"[\"“”„«»()]|\b(?:AND|OR|NOT|NEAR|ADJ)\b| -", argument)
        if spaced and not marked and (len(arguments) > 1 or (in_field and " " not in field)):
            phrase = f'{field}:"{value}"' if in_field else f'"{argument}"'
            return f"the shell has taken the quotes: for a phrase write '{phrase}'"
    return None
