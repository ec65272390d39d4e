"""Numbers that are meant as written: whole, and with the currency or percent sign beside them."""

from __future__ import annotations

import re
import unicodedata

from archive.record_class import record
from archive.text.words import pattern

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_THOUSANDS = re.compile(r",(?=[0-9]{3}(?![0-9]))")
_POINT = re.compile(r"(?:\A|[\s(+\-\u2212$£€¥])\.\Z")
"""What stands before a number that begins with its point: .5 is not 5."""
_PERCENT = "%‰"
_DASHES = "\\-\u2010\u2011\u2013\u2212\uff0d"
_PLUS_OR_MINUS = rf"(?<!W)(?<![){_PERCENT}{_DASHES}])[+\uff0b±{_DASHES}]"
"""Not a hyphen, nor the dash of a range: 2019-20, 5%-6%."""


@record
class Number:
    """A number without the commas of its thousands, and the signs beside it."""

    value: str
    before: str
    after: str

    @property
    def beginning(self) -> str:
        """The digits up to the first point or comma."""
        return self.groups[0]

    @property
    def groups(self) -> tuple[str, ...]:
        """The digits between its points and commas."""
        return tuple(filter(None, re.split("[.,]", self.value)))


def read(folded: str, start: int) -> tuple[Number, int] | None:
    """The number that begins at a place, and where it ends; None where there is none."""
    found = _NUMBER.match(folded, start)
    if found is None or pattern("W", folded).match(folded, found.end()):
        return None
    value = _THOUSANDS.sub("", found[0])
    if _POINT.search(folded, max(0, start - 2), start):
        value, start = f".{value}", start - 1
    before, after = _sign_before(folded, start)[0], _sign_after(folded, found.end())[0]
    return Number(value, before, after), found.end()


def place(folded: str, sought: Number, start: int) -> tuple[int, int] | None:
    """Where a number stands with the signs it is sought with, if it begins here."""
    found = read(folded, start)
    if found is None or found[0].value != sought.value or _goes_on(folded, start):
        return None
    number, end = found
    if sought.before not in ("", number.before) or sought.after not in ("", number.after):
        return None
    first = _sign_before(folded, start)[1] if sought.before else start
    return first, _sign_after(folded, end)[1] if sought.after else end


def signed(folded: str, start: int, end: int) -> tuple[str, int]:
    """The number at a place with its signs in one form (-$5, 5%), and where they begin."""
    sign, first = _plus_or_minus(folded, start)
    currency, first = _sign_before(folded, first)
    if not sign:
        sign, first = _plus_or_minus(folded, first)
    return sign + currency + folded[start:end] + _sign_after(folded, end)[0], first


def _goes_on(folded: str, start: int) -> bool:
    """Whether a number goes on before this place: 5 is none in 3.5."""
    return start > 1 and folded[start - 1] in ".," and folded[start - 2].isdigit()


def _plus_or_minus(folded: str, start: int) -> tuple[str, int]:
    """The plus or minus that stands right before a place, or nothing, and where it begins."""
    found = pattern(_PLUS_OR_MINUS, folded).match(folded, start - 1) if start else None
    if found is None:
        return "", start
    return re.sub(f"[{_DASHES}]", "-", found[0]).replace("\uff0b", "+"), start - 1


def _sign_before(folded: str, start: int) -> tuple[str, int]:
    """The currency sign that stands before a place, or nothing, and where it begins."""
    at = start - 2 if folded[start - 1 : start] == " " else start - 1
    sign = _sign(folded[at]) if at >= 0 else ""
    return (sign, at) if sign and sign not in _PERCENT else ("", start)


def _sign_after(folded: str, end: int) -> tuple[str, int]:
    """The percent or currency sign that stands behind a place, or nothing, and where it ends."""
    after = folded[end : end + 2]
    lead = len(after) - len(after.lstrip())
    sign = _sign(after[lead : lead + 1])
    return (sign, end + lead + 1) if sign else ("", end)


def _sign(character: str) -> str:
    """A currency or percent sign, whatever its width; nothing for any other character."""
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain and (plain in _PERCENT or unicodedata.category(plain[0]) == "Sc") else ""
