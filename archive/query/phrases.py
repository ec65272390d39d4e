"""The words and phrases of a query as texts are compared with them (`occurrences`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from archive.record_class import record
from archive.text import numbers
from archive.text.acronyms import AMBIGUOUS
from archive.text.folding import fold, is_spaceless
from archive.text.words import APART, JOINERS, pattern, whole_word, words

if TYPE_CHECKING:
    from archive.query.nodes import Text
    from archive.text.numbers import Number

FormsOf = Callable[[Sequence[str]], Sequence[tuple[str, str]]]
"""For each folded word how it is written without case and accents, and its stem."""

FULL, STEM = 0, 1
_FEW = 40


@record
class Unit:
    """A word of a query: in one piece, and in its parts; a whole number is compared as such."""

    whole: str
    parts: tuple[str, ...]
    prefix: bool = False
    number: Number | None = None
    capitals: bool = False


@record
class Phrase:
    """A word or phrase of a query. It is `straight` where its words may be compared one by one,
    wherever they stand."""

    number: int
    units: tuple[Unit, ...]
    key: int
    capitals: bool
    straight: bool


def read_phrase(number: int, text: Text, forms_of: FormsOf) -> Phrase:
    """A word or phrase of a query, as it is compared."""
    key = STEM if text.form == "any" else FULL
    folded = fold(text.words)
    capitals = text.form == "capitals"
    units = list(_units(folded, key, forms_of, capitals=capitals))
    if units and text.prefix:
        last = units[-1]
        units[-1] = Unit(last.whole, last.parts, prefix=True)
    straight = not capitals and not any(
        len(unit.parts) > 1 or unit.prefix or unit.number is not None for unit in units
    )
    return Phrase(number, tuple(units), key, capitals, straight)


def _units(folded: str, key: int, forms_of: FormsOf, *, capitals: bool) -> Iterator[Unit]:
    """The words of a query, those written in several parts as one."""
    at = 0
    while (found := pattern("W+", folded).search(folded, at)) is not None:
        start, at = found.span()
        number = numbers.read(folded, start) if key == FULL else None
        if number:
            at = number[1]
            yield Unit(number[0].beginning, (words(folded[start:at])[0],), number=number[0])
            continue
        whole, at = whole_word(folded, start, at)
        parts = [form[key] for form in forms_of(words(folded[start:at]))]
        acronym = re.sub(JOINERS, "", folded[start:at]) in AMBIGUOUS
        yield Unit(forms_of([whole])[0][key], tuple(parts), capitals=capitals and acronym)


def is_literal(phrase: Phrase) -> bool:
    """Whether a phrase is a few characters of scripts that are written without spaces."""
    few = phrase.straight and len(phrase.units) <= _FEW
    return few and all(is_spaceless(unit.whole) for unit in phrase.units)


def in_a_row(phrase: Phrase) -> re.Pattern[str]:
    """Finds a phrase of such characters, the rest of it as a group."""
    first, *others = (unit.whole for unit in phrase.units)
    return re.compile(f"{first}(?=({''.join(f'{APART}*{other}' for other in others)}))")
