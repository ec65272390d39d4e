"""Where the words and phrases of a query stand in a text, exactly as the query language says.

    text -> folded -> places where a word may begin (one pattern) -> words compared -> phrases

A word is compared by its stem, or in full where it is to stand as written; what is written in
several parts (U.K., e-mail, 1,250) is also compared in one piece. Stems are those of the index: a
callable gives them, so that nothing here knows a database. Takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from archive.query.phrases import (
    FULL,
    STEM,
    FormsOf,
    Phrase,
    Unit,
    in_a_row,
    is_literal,
    read_phrase,
)
from archive.text import numbers
from archive.text.folding import SPACELESS, is_spaceless
from archive.text.words import JOINERS, joined, pattern

if TYPE_CHECKING:
    from archive.query.nodes import Text
    from archive.text.searched import Searched

_MOST = 100_000
_JOINING = frozenset(".,-\u2010\u2011")


Occurrence = tuple[int, int, int]
"""A word or phrase of a query: folded[start:end], and its number."""


class Finder:
    """Finds the words and phrases of a query; `number` counts them."""

    def __init__(self, texts: Sequence[Text], forms_of: FormsOf) -> None:
        self._forms_of = forms_of
        self._known: dict[str, tuple[str, str]] = {}
        self._likely: dict[str, tuple[tuple[int, ...], list[Phrase]]] = {}
        self._first: tuple[dict[str, list[Phrase]], ...] = ({}, {})
        self._open: list[Phrase] = []
        self._literal: list[tuple[re.Pattern[str], int]] = []
        beginnings: set[str] = set()
        for number, text in enumerate(texts):
            phrase = read_phrase(number, text, forms_of)
            if not phrase.units:
                continue
            if is_literal(phrase):
                self._literal.append((in_a_row(phrase), number))
                continue
            first = phrase.units[0]
            keys = {first.whole, first.parts[0]}
            beginnings |= {key[: max(1, len(key) - phrase.key)] for key in keys}
            if first.prefix:
                self._open.append(phrase)
                continue
            for key in keys:
                self._first[phrase.key].setdefault(key, []).append(phrase)
        self._beginnings = _beginnings(beginnings) if beginnings else None
        spaceless = any(is_spaceless(beginning[:1]) for beginning in beginnings)
        self._other = "(?![0-9A-Za-z])WW*" if spaceless else f"(?![0-9A-Za-z{SPACELESS}])WW*"

    def find(self, text: Searched) -> list[Occurrence]:
        """The occurrences in a text, which may overlap; at most about `_MOST` of them."""
        found: list[Occurrence] = []
        folded = text.folded
        for start, end in self._begun(text):
            if len(found) > _MOST:
                break
            word = folded[start:end]
            simple, likely = self._likely.get(word) or self._begun_by(word)
            found += [(start, end, number) for number in simple]
            if _may_go_on(folded, end):
                likely = self._joined(text, start, end)
            for phrase in likely:
                place = self._longest(text, phrase, start)
                if place:
                    found.append((*place, phrase.number))
        if not folded.isascii():
            found += [
                (at.start(), at.end(1), number)
                for literal, number in self._literal
                for at in islice(literal.finditer(folded), _MOST)
            ]
        return found

    def _begun(self, text: Searched) -> list[tuple[int, int]]:
        """The words with which an occurrence may begin; those that are met first are learned."""
        folded = text.folded
        if self._beginnings is None:
            return []
        lower = folded.replace("İ", "I").lower()  # the one letter that becomes two
        starts = [found.start() for found in self._beginnings.finditer(lower)]
        places = [(at, text.word_end(at)) for at in starts]
        if not folded.isascii() and (others := list(_others(text, self._other))):
            own = [place for place in places if not _goes_on(text, place[0])]
            places = sorted({*own, *others}) if own else others
        self._learn([folded[start:end] for start, end in places])
        return places

    def _joined(self, text: Searched, start: int, end: int) -> list[Phrase]:
        """The phrases whose first word may be one that is written in several parts."""
        simple, _ = self._begun_by(text.folded[start:end])
        likely = {phrase.number: phrase for phrase in self._open}
        for word, _ in self._variants(text, start, end):
            likely |= {phrase.number: phrase for phrase in self._begin_with(word)}
        return [p for n, p in likely.items() if n not in simple]

    def _begin_with(self, word: str) -> list[Phrase]:
        """The phrases whose first word is this, or begins so."""
        forms = self._forms(word)
        found = [p for key, value in enumerate(forms) for p in self._first[key].get(value, ())]
        return found + [p for p in self._open if forms[p.key].startswith(p.units[0].parts[0])]

    def _variants(self, text: Searched, start: int, end: int) -> Iterator[tuple[str, int]]:
        """The word that begins here, and what it is in one piece with the next ones."""
        yield text.folded[start:end], end
        if _may_go_on(text.folded, end):
            yield from joined(text.folded, start, end)

    def _longest(self, text: Searched, phrase: Phrase, start: int) -> tuple[int, int] | None:
        """The longest place of a phrase that begins here."""
        straight = self._straight(text, phrase, start) if phrase.straight else 0
        if straight != 0:
            return (start, straight) if straight else None
        first, *others = phrase.units
        ends = list(self._units(text, phrase, first, start))
        for unit in others:
            following = [
                (begin, last)
                for begin, end in ends
                if (at := text.next_word(end)) is not None
                for _, last in self._units(text, phrase, unit, at)
            ]
            ends = list(dict.fromkeys(following))
        return max(ends, key=lambda place: place[1] - place[0], default=None)

    def _straight(self, text: Searched, phrase: Phrase, start: int) -> int | None:
        """The end of a phrase whose words are all in one piece; None where they are others, and 0
        where a word may be one that is written in several parts."""
        folded, key, end = text.folded, phrase.key, start
        for unit in phrase.units:
            found = text.letters.search(folded, end)
            if found is None:
                return None
            end = found.end()
            if _may_go_on(folded, end):
                return 0
            word = found[0]
            if word[0].isascii() and word[0].lower() != unit.whole[:1] and word.isascii():
                return None
            if self._forms(word)[key] != unit.whole:
                return None
        return end

    def _units(
        self, text: Searched, phrase: Phrase, unit: Unit, start: int
    ) -> Iterator[tuple[int, int]]:
        """The places of a word of a phrase that begins here."""
        if unit.number is not None:
            place = numbers.place(text.folded, unit.number, start)
            if place:
                yield place
            return
        for word, end in self._variants(text, start, text.word_end(start)):
            if self._is(unit.whole, word, phrase.key, prefix=unit.prefix) and (
                not unit.capitals or _in_capitals(text, start, end)
            ):
                yield start, end
        if len(unit.parts) > 1:
            last = self._parts_end(text, phrase, unit, start)
            if last is not None and (not unit.capitals or _in_capitals(text, start, last)):
                yield start, last

    def _parts_end(self, text: Searched, phrase: Phrase, unit: Unit, start: int) -> int | None:
        """Where the parts of a word end that follow each other from here on."""
        at: int | None = start
        end = start
        for number, part in enumerate(unit.parts, 1):
            if at is None:
                return None
            end = text.word_end(at)
            prefix = unit.prefix and number == len(unit.parts)
            if not self._is(part, text.folded[at:end], phrase.key, prefix=prefix):
                return None
            at = text.next_word(end)
        return end

    def _is(self, sought: str, word: str, key: int, *, prefix: bool) -> bool:
        if word.isascii() and word[:1].lower() != sought[:1]:
            return False
        form = self._full(word) if key == FULL else self._forms(word)[STEM]
        return form.startswith(sought) if prefix else form == sought

    def _full(self, word: str) -> str:
        return word.lower() if word.isascii() else self._forms(word)[FULL]

    def _forms(self, word: str) -> tuple[str, str]:
        if word not in self._known:
            self._learn([word])
        return self._known[word]

    def _learn(self, found: Iterable[str]) -> None:
        """Ask for the forms of words, all at once."""
        new = [word for word in dict.fromkeys(found) if word not in self._known]
        if new:
            self._known |= zip(new, self._forms_of(new), strict=True)

    def _begun_by(self, word: str) -> tuple[tuple[int, ...], list[Phrase]]:
        """The phrases that are a word, by their numbers, and others that may begin with it."""
        if word not in self._likely:
            begun = self._begin_with(word)
            simple = tuple(p.number for p in begun if self._is_simple(p, word))
            self._likely[word] = simple, [p for p in begun if p.number not in simple]
        return self._likely[word]

    def _is_simple(self, phrase: Phrase, word: str) -> bool:
        """Whether a phrase is this one word, wherever it stands."""
        first, *others = phrase.units
        plain = first.number is None and not phrase.capitals and not others
        return plain and self._is(first.whole, word, phrase.key, prefix=first.prefix)


def _may_go_on(folded: str, end: int) -> bool:
    """Whether a word may be the first part of one that is written in several."""
    return folded[end : end + 1] in _JOINING and folded[end + 1 : end + 2] != " "


def _goes_on(text: Searched, at: int) -> bool:
    """Whether a word goes on before this place."""
    return at > 0 and text.letters.match(text.folded[at - 1]) is not None


def _others(text: Searched, shape: str) -> Iterator[tuple[int, int]]:
    """The words that have letters of a shape beyond those of ASCII."""
    folded = text.folded
    last = 0
    for found in pattern(shape, folded).finditer(folded):
        start, end = found.span()
        while start > last and folded[start - 1].isascii() and folded[start - 1].isalnum():
            start -= 1
        yield start, end
        last = end


def _beginnings(found: Iterable[str]) -> re.Pattern[str]:
    """Finds where words begin so, in a text in small letters; what a word is written in several
    parts with may stand between its letters."""
    by_initial: dict[str, set[str]] = {}
    for beginning in found:
        if beginning.isascii() and beginning:
            rest = f"{JOINERS}{{0,2}}".join(map(re.escape, beginning))
            by_initial.setdefault(beginning[0], set()).add(rest[len(re.escape(beginning[0])) :])
    initials = [
        f"{initial}(?<![0-9a-z]{initial})(?={'|'.join(sorted(rests))})"
        for initial, rests in sorted(by_initial.items())
    ]
    return re.compile("|".join(initials) or "(?!)")


def _in_capitals(text: Searched, start: int, end: int) -> bool:
    """Whether a word stands in capitals: with dots, or in a text that is not all in capitals."""
    ((first, last),) = text.as_written([(start, end)])
    word = text.written[first:last]
    return word.isupper() and ("." in word or not text.written.isupper())
