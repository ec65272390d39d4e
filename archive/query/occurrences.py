"""Where the words and phrases of a query stand in a text, exactly as the query language says.

    text -> folded -> places where a word may begin (one pattern) -> words compared -> phrases

A word is compared by its stem, or in full where it is to stand as written; what is written in
several parts (U.K., e-mail, 1,250) is also compared in one piece. Stems are those of the index: a
callable gives them, so that nothing here knows a database. Takes time in proportion to the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from archive.record import record
from archive.text.folding import fold, offsets, unfolded
from archive.text.words import JOINERS, is_whole, joined, pattern, words

if TYPE_CHECKING:
    from archive.query.nodes import Text

FormsOf = Callable[[Sequence[str]], Sequence[tuple[str, str]]]
"""For each folded word how it is written without case and accents, and its stem."""

_FULL, _STEM = 0, 1
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_JOINING = frozenset(".,-\u2010\u2011")
_THOUSANDS = re.compile(r",(?=[0-9]{3}(?![0-9]))")
_PERCENT = "%‰"
_PIECE, _CUT = 4000, re.compile("[ 。，、]")


Occurrence = tuple[int, int, int]
"""A word or phrase of a query: folded[start:end], and its number."""


@record
class _Unit:
    """A word of a query: in one piece, and in its parts. A `number` is compared as such, with the
    signs that stand beside it."""

    whole: str
    parts: tuple[str, ...]
    prefix: bool = False
    number: str | None = None
    before: str = ""
    after: str = ""


@record
class _Phrase:
    number: int
    units: tuple[_Unit, ...]
    key: int
    capitals: bool


class Paragraph:
    """A text as written and as it is searched. A long one is folded in pieces, so that places in it
    are found again without going through all of it."""

    def __init__(self, written: str) -> None:
        self.written = written
        self.folded = fold(written)
        self._pieces = [(0, 0)]
        self._kept: tuple[int, list[int]] = (-1, [])
        if self.folded is not written and len(written) > _PIECE:
            folded = []
            self._pieces = []
            at = 0
            for start, end in _cuts(written):
                self._pieces.append((start, at))
                folded.append(fold(written[start:end]))
                at += len(folded[-1])
            self.folded = "".join(folded)
        self.letters = pattern("W+", self.folded)

    def word_end(self, start: int) -> int:
        """The end of the word that begins at a place."""
        found = self.letters.match(self.folded, start)
        return found.end() if found else start

    def next_word(self, end: int) -> int | None:
        """Where the next word begins."""
        found = self.letters.search(self.folded, end)
        return found.start() if found else None

    @cached_property
    def begins(self) -> list[int]:
        """Where the words begin."""
        return [found.start() for found in self.letters.finditer(self.folded)]

    def words(self, found: Occurrence) -> tuple[int, int]:
        """The numbers of the first and the last word of an occurrence, from 0."""
        return bisect_left(self.begins, found[0]), bisect_left(self.begins, found[1]) - 1

    def as_written(self, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Places in the folded text as places in the text as written."""
        if self.folded is self.written:
            return list(places)
        return [
            (self._unfolded(start, start + 1)[0], self._unfolded(end - 1, end)[1])
            for start, end in places
        ]

    def _unfolded(self, start: int, end: int) -> tuple[int, int]:
        """A character of the folded text as a place in the text as written."""
        number = bisect_right(self._pieces, start, key=lambda piece: piece[1]) - 1
        written, folded = self._pieces[number]
        first, last = unfolded(self._offsets(number), start - folded, end - folded)
        return written + first, written + last

    def _offsets(self, number: int) -> list[int]:
        """The offsets of a piece; those of one piece are kept."""
        if self._kept[0] != number:
            ends = [*(start for start, _ in self._pieces[1:]), len(self.written)]
            piece = self.written[self._pieces[number][0] : ends[number]]
            self._kept = (number, offsets(piece))
        return self._kept[1]


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    """A long text cut between words."""
    start = 0
    while start < len(text):
        found = _CUT.search(text, start + _PIECE)
        end = found.start() if found else len(text)
        yield start, end
        start = end


class Finder:
    """Finds the words and phrases of a query; `number` counts them."""

    def __init__(self, texts: Sequence[Text], forms_of: FormsOf) -> None:
        self._forms_of = forms_of
        self._known: dict[str, tuple[str, str]] = {}
        self._likely: dict[str, tuple[tuple[int, ...], list[_Phrase]]] = {}
        self._first: tuple[dict[str, list[_Phrase]], ...] = ({}, {})
        self._open: list[_Phrase] = []
        beginnings: set[str] = set()
        for number, text in enumerate(texts):
            phrase = self._phrase(number, text)
            if not phrase.units:
                continue
            first = phrase.units[0]
            keys = {first.whole, first.parts[0]}
            beginnings |= {key[: max(1, len(key) - phrase.key)] for key in keys}
            if first.prefix:
                self._open.append(phrase)
                continue
            for key in keys:
                self._first[phrase.key].setdefault(key, []).append(phrase)
        self._beginnings = _beginnings(beginnings)

    def find(self, text: Paragraph) -> list[Occurrence]:
        """All occurrences in a text, in order of their starts; they may overlap."""
        found: list[Occurrence] = []
        folded = text.folded
        for start, end in self._begun(text):
            word = folded[start:end]
            simple, likely = self._begun_by(word)
            found += [(start, end, number) for number in simple]
            if folded[end : end + 1] in _JOINING:
                likely = self._joined(text, start, end)
            for phrase in likely:
                place = self._longest(text, phrase, start)
                if place:
                    found.append((*place, phrase.number))
        return found

    def _begun(self, text: Paragraph) -> list[tuple[int, int]]:
        """The words with which an occurrence may begin; those that are met first are learned."""
        folded = text.folded
        lower = folded.replace("İ", "I").lower()  # the one letter that becomes two
        starts = [found.start() for found in self._beginnings.finditer(lower)]
        if not folded.isascii():
            others = list(_others(text))
            starts = [at for at in starts if not at or not text.letters.match(folded[at - 1])]
            starts = sorted({*starts, *others}) if others else starts
        places = [(start, text.word_end(start)) for start in starts]
        self._learn([folded[start:end] for start, end in places])
        return places

    def _joined(self, text: Paragraph, start: int, end: int) -> list[_Phrase]:
        """The phrases whose first word may be one that is written in several parts."""
        simple, _ = self._begun_by(text.folded[start:end])
        likely = {phrase.number: phrase for phrase in self._open}
        for word, _ in self._variants(text, start, end):
            likely |= {phrase.number: phrase for phrase in self._begin_with(word)}
        return [p for n, p in likely.items() if n not in simple]

    def _begin_with(self, word: str) -> list[_Phrase]:
        """The phrases whose first word is this, or begins so."""
        forms = self._forms(word)
        found = [p for key, value in enumerate(forms) for p in self._first[key].get(value, ())]
        return found + [p for p in self._open if forms[p.key].startswith(p.units[0].parts[0])]

    def _variants(self, text: Paragraph, start: int, end: int) -> Iterator[tuple[str, int]]:
        """The word that begins here, and what it is in one piece with the next ones."""
        yield text.folded[start:end], end
        if text.folded[end : end + 1] in _JOINING:
            yield from joined(text.folded, start, end)

    def _longest(self, text: Paragraph, phrase: _Phrase, start: int) -> tuple[int, int] | None:
        """The longest place of a phrase that begins here."""
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

    def _units(
        self, text: Paragraph, phrase: _Phrase, unit: _Unit, start: int
    ) -> Iterator[tuple[int, int]]:
        """The places of a word of a phrase that begins here."""
        if unit.number is not None:
            place = _number_place(text.folded, unit, start)
            if place:
                yield place
            return
        for word, end in self._variants(text, start, text.word_end(start)):
            if self._is(unit.whole, word, phrase.key, prefix=unit.prefix) and (
                not phrase.capitals or _in_capitals(text, start, end)
            ):
                yield start, end
        if len(unit.parts) > 1:
            last = self._parts_end(text, phrase, unit, start)
            if last is not None and (not phrase.capitals or _in_capitals(text, start, last)):
                yield start, last

    def _parts_end(self, text: Paragraph, phrase: _Phrase, unit: _Unit, start: int) -> int | None:
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
        form = self._full(word) if key == _FULL else self._forms(word)[_STEM]
        return form.startswith(sought) if prefix else form == sought

    def _full(self, word: str) -> str:
        return word.lower() if word.isascii() else self._forms(word)[_FULL]

    def _forms(self, word: str) -> tuple[str, str]:
        if word not in self._known:
            self._learn([word])
        return self._known[word]

    def _learn(self, found: Iterable[str]) -> None:
        """Ask for the forms of words, all at once."""
        new = [word for word in dict.fromkeys(found) if word not in self._known]
        if new:
            self._known |= zip(new, self._forms_of(new), strict=True)

    def _begun_by(self, word: str) -> tuple[tuple[int, ...], list[_Phrase]]:
        """The phrases that are a word, by their numbers, and others that may begin with it."""
        if word not in self._likely:
            begun = self._begin_with(word)
            simple = tuple(p.number for p in begun if self._is_simple(p, word))
            self._likely[word] = simple, [p for p in begun if p.number not in simple]
        return self._likely[word]

    def _is_simple(self, phrase: _Phrase, word: str) -> bool:
        """Whether a phrase is this one word, wherever it stands."""
        first, *others = phrase.units
        plain = first.number is None and not phrase.capitals and not others
        return plain and self._is(first.whole, word, phrase.key, prefix=first.prefix)

    def _phrase(self, number: int, text: Text) -> _Phrase:
        """A word or phrase of a query, as it is compared."""
        key = _STEM if text.form == "any" else _FULL
        folded = fold(text.words)
        units = list(self._read(folded, key))
        if units and text.prefix:
            last = units[-1]
            units[-1] = _Unit(last.whole, last.parts, prefix=True)
        return _Phrase(number, tuple(units), key, text.form == "capitals")

    def _read(self, folded: str, key: int) -> Iterator[_Unit]:
        """The words of a query, those written in several parts as one."""
        at = 0
        while (found := pattern("W+", folded).search(folded, at)) is not None:
            start, at = found.span()
            number = _NUMBER.match(folded, start)
            if key == _FULL and number and number.end() >= at:
                at = number.end()
                yield _number(folded, start, at)
                continue
            whole, at = [(found[0], at), *joined(folded, start, at)][-1]
            parts = [self._forms(part)[key] for part in words(folded[start:at])]
            yield _Unit(self._forms(whole)[key], tuple(parts))


def _others(text: Paragraph) -> Iterator[int]:
    """Where the words begin that have letters beyond those of ASCII."""
    folded = text.folded
    other = pattern("(?![0-9A-Za-z])W", folded)
    end = 0
    while (found := other.search(folded, end)) is not None:
        start = found.start()
        while start > end and folded[start - 1].isascii() and folded[start - 1].isalnum():
            start -= 1
        yield start
        end = text.word_end(start)


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


def _in_capitals(text: Paragraph, start: int, end: int) -> bool:
    """Whether a word stands in capitals, in a text that is not all in capitals."""
    ((first, last),) = text.as_written([(start, end)])
    return text.written[first:last].isupper() and not text.written.isupper()


def _number(folded: str, start: int, end: int) -> _Unit:
    """A number of a query, with the signs beside it."""
    written = folded[start:end]
    value = _THOUSANDS.sub("", written)
    before, after = _sign_before(folded, start)[0], _sign_after(folded, end)[0]
    parts = (re.split("[.,]", written)[0],)
    return _Unit(re.split("[.,]", value)[0], parts, number=value, before=before, after=after)


def _number_place(folded: str, unit: _Unit, start: int) -> tuple[int, int] | None:
    """The place of a whole number with its signs."""
    found = _NUMBER.match(folded, start)
    if found is None or _THOUSANDS.sub("", found[0]) != unit.number:
        return None
    end = found.end()
    if not is_whole(folded, start, end) or pattern("W", folded).match(folded, end):
        return None
    if unit.before:
        sign, start = _sign_before(folded, start)
        if sign != unit.before:
            return None
    if unit.after:
        sign, end = _sign_after(folded, end)
        if sign != unit.after:
            return None
    return start, end


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
