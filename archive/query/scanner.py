"""A query as typed -> its tokens: words, phrases, fields, operators, brackets.

First step of reading a query; whatever is none of these is a word or nothing.
"""

from __future__ import annotations

import re

from archive.query.fields import FIELDS
from archive.record_class import record


@record
class Token:
    """A piece of a query: text[start:end] as typed."""

    kind: str  # ( ) word phrase field near not or and end
    text: str
    start: int
    end: int
    prefix: bool = False


_OPEN_QUOTES = '"“”„«»＂「『'
_CLOSE_QUOTES = '"“”«»＂」』'
_SCANNER = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<bracket>[()])
    | [{_OPEN_QUOTES}](?P<phrase>[^{_CLOSE_QUOTES}]*)[{_CLOSE_QUOTES}](?P<star>\*)?
    | [{_OPEN_QUOTES}]
    | (?P<field>{"|".join(FIELDS)}):(?=[^\s)])
    | (?P<word>[^\s(){_OPEN_QUOTES}{_CLOSE_QUOTES}]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def scan(text: str) -> list[Token]:
    """The tokens of a query, in order; the last one is its end."""
    tokens: list[Token] = []
    position, fresh = 0, True  # fresh: a minus sign here means NOT
    while position < len(text):
        if fresh and text[position] == "-" and re.match(r"-[^\s)]", text[position : position + 2]):
            tokens.append(Token("not", "-", position, position + 1))
            position += 1
            continue
        found = _SCANNER.match(text, position)
        if found is None:  # a closing quote of the kinds that do not open
            position, fresh = position + 1, True
            continue
        start, position = found.span()
        fresh = found.lastgroup in ("space", "bracket", "field")
        if found["bracket"]:
            tokens.append(Token(found["bracket"], found["bracket"], start, position))
        elif found["field"]:
            tokens.append(Token("field", found["field"].lower(), start, position))
        elif found["phrase"] is not None:
            phrase = re.sub(r"[\s*]+$", "", found["phrase"])
            starred = "*" in found["phrase"][len(phrase) :] or bool(found["star"])
            tokens.append(Token("phrase", phrase, start, position, starred))
        elif found["word"]:
            tokens.append(_word(found["word"], start, position))
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _word(word: str, start: int, end: int) -> Token:
    if word in ("AND", "OR", "NOT"):
        return Token(word.lower(), word, start, end)
    if re.fullmatch(r"(NEAR|ADJ)/[0-9]{1,3}", word):
        return Token("near", word, start, end)
    stem = word.rstrip("*")
    return Token("word", stem, start, end, stem not in (word, ""))
