"""Checking a quotation: where it comes from, and word by word what differs.

    quotation -> words -> articles that may hold it (index) -> alignment of each -> the best places

Words are compared without case, accents, punctuation and quote marks, and where the index folds
text (archive/text/folding.py); a Chinese, Japanese, Korean or Thai character counts as a word. A
number is one word with its sign, currency and percent sign, a word keeps its apostrophes: such a
difference is shown, but it never decides whether a place is close. An
ellipsis in the quotation stands for any text of the same article; what stands before and behind it
must be found in this order, half of each part's words at least.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archive.errors import UsageError
from archive.questions.candidates import by_rare_words
from archive.questions.likely import BREAK, Piece, Sought, joined, passages
from archive.questions.quoted_words import Word, as_compared, words_of
from archive.record_class import record
from archive.text.alignment import Alignment, align
from archive.text.diff import NEW, OLD, SAME
from archive.text.folding import fold

if TYPE_CHECKING:
    from archive.engines.finding import Index
    from archive.engines.texts import Terms, Texts, Written

LONGEST = 20_000
"""Characters of a quotation."""

CLOSE_SHARE, CLOSE_WORDS = 0.75, 5
"""A place is close where this share of the words agrees but for signs and apostrophes, and at least
so many: four words of which three are right are found by chance. benchmarks/log.md has the
figures."""

GAP = "[…] "
_ELLIPSIS = re.compile(r"[\[(]\s*(?:\.\s?\.\s?\.|…)\s*[\])]|\.\s?\.\s?\.+|…+")
_CANDIDATES, _PHRASES = 25, 5000
_LOOKED_AT = 20
_PROBES = 40


@record
class Quotation:
    """A place that a quotation may come from. `version` is None for the current one; `first` and
    `last` are positions of paragraphs, 0 for the title. `agreeing` of `words` words are the same,
    `words` being those of the quotation or of the place, whichever has more. `pieces` are those of
    `archive.text.diff`: SAME, OLD (in the article alone), NEW (in the quotation alone)."""

    article_id: int
    version: int | None
    published_on: str
    category: str | None
    title: str
    first: int
    last: int
    agreeing: int
    words: int
    pieces: tuple[tuple[str, str], ...]

    @property
    def exact(self) -> bool:
        """Whether every word agrees."""
        return self.agreeing == self.words

    @property
    def share(self) -> float:
        """Share of agreeing words, 0 to 1."""
        return self.agreeing / self.words

    @property
    def citation(self) -> str:
        """`12:7`, `12:7-8`, `12@1:7` in a replaced version; `12` where it is the title alone."""
        version = "" if self.version is None else f"@{self.version}"
        if not self.last:
            return f"{self.article_id}{version}"
        first = max(self.first, 1)
        end = f"-{self.last}" if self.last > first else ""
        return f"{self.article_id}{version}:{first}{end}"


def check(  # noqa: PLR0913 - as many as the command has options
    index: Index, terms: Terms, texts: Texts, text: str, limit: int = 3, *, versions: bool = False
) -> tuple[Quotation, ...]:
    """The places that a quotation comes from, best first, of equal ones the oldest first; none
    where nothing comes close. Replaced versions count where no current one has the exact words, and
    in any case with `versions`.

    `UsageError` for a text without words or over `LONGEST`.
    """
    if len(text) > LONGEST:
        raise UsageError(f"a quotation of {len(text):,} characters: give at most {LONGEST:,}")
    parts = [words_of(part) for part in _ELLIPSIS.split(text.replace("\0", " "))]
    parts = [part for part in parts if part]
    if not parts:
        raise UsageError("the quotation holds no words")
    words = [[word.term for word in part] for part in parts]
    sought = _sought(parts)
    ids = terms.quoting(words, _PHRASES)
    found = list(itertools.islice(_exact_places(parts, sought, texts.current(ids)), limit))
    if not found:
        rare = by_rare_words(index, terms, words, _CANDIDATES)
        likely = dict.fromkeys([*ids[:_CANDIDATES], *rare])
        found = list(_places(parts, _read(sought, texts.current(likely))))
    if versions or not any(place.exact for place in found):
        found += _places(parts, _read(sought, _replaced(texts, parts)))
    if any(place.exact for place in found):
        found = [place for place in found if place.exact]
    found.sort(key=lambda p: (-p.share, p.version is not None, p.published_on, p.article_id))
    return tuple(found[:limit])


def _replaced(texts: Texts, parts: Sequence[list[Word]]) -> Iterator[Written]:
    """Replaced versions that lack no more of the quotation's words than a close place may. No index
    has their text, so all are read."""
    stems = {re.split("['’ʼ]", word.term.lower())[0] for part in parts for word in part}
    probes = sorted(stems, key=lambda stem: (-len(stem), stem))[:_PROBES]
    most = min((1 - CLOSE_SHARE) * sum(map(len, parts)), _PROBES / 2)
    for version in texts.replaced():
        lacking = set(probes)
        for text in _texts(version):
            if lacking:
                folded = fold(text).lower()
                lacking = {probe for probe in lacking if probe not in folded}
        if len(lacking) <= most:
            yield version


def _texts(version: Written) -> tuple[str, ...]:
    """The texts of a version, the title before the paragraphs."""
    return version.title, *version.paragraphs


def _sought(parts: Sequence[list[Word]]) -> Sought:
    """What a long version is searched for before its words are compared."""
    terms = (re.escape(word.term) for word in max(parts, key=len)[:_LOOKED_AT])
    phrase = r"[\W_]*".join(re.sub("['’ʼ]", "['’ʼ]", term) for term in terms)
    return Sought(
        tuple(tuple(word.bare for word in part) for part in parts),
        re.compile(rf"(?<!\d)(?<!\d[.,]){phrase}(?!(?<=\d)[.,]?\d)", re.IGNORECASE),
        int(sum(map(len, parts)) * (1 - CLOSE_SHARE) / CLOSE_SHARE),
    )


_Read = tuple["Written", Sequence[Piece]]
"""A version, and the passages of it that may hold the quotation."""


def _read(sought: Sought, versions: Iterable[Written]) -> Iterator[_Read]:
    return ((version, passages(sought, _texts(version))) for version in versions)


def _exact_places(
    parts: Sequence[list[Word]], sought: Sought, versions: Iterable[Written]
) -> Iterator[Quotation]:
    """The exact places of versions that hold a quotation's words in some form. A phrase of common
    words stands in many of them, so a quick look comes before the alignment."""
    read = _read(sought, versions)
    likely = (each for each in read if sought.phrase.search(joined(each[1])))
    places = _places(parts, itertools.islice(likely, _CANDIDATES * 4))
    return (place for place in places if place.exact)


def _places(parts: Sequence[list[Word]], versions: Iterable[_Read]) -> Iterator[Quotation]:
    found = (_place(parts, *read) for read in versions)
    return (place for place in found if place is not None)


def _place(
    parts: Sequence[list[Word]], version: Written, pieces: Sequence[Piece]
) -> Quotation | None:
    """The place of a version that comes closest; None where it is not close. Nothing goes on where
    text was left out: there stand more words that agree with none than the quotation has."""
    length = sum(map(len, parts))
    none = [("", "", 0, "")] * (length + 1)
    read = [
        word for at, text in pieces for word in (none if at == BREAK else as_compared(fold(text)))
    ]
    compared, bare = [word[0] for word in read], [word[1] for word in read]
    quoted = [[word.plain for word in part] for part in parts]
    bare_quoted = [[word.bare for word in part] for part in parts]
    shared = Counter(bare) & Counter(itertools.chain(*bare_quoted))
    if shared.total() < CLOSE_SHARE * length:
        return None
    aligned = _aligned(quoted, compared)
    if any(found.edits for found in aligned):
        aligned = _aligned(bare_quoted, bare)
    if any(2 * found.edits > len(part) for part, found in zip(parts, aligned, strict=True)):
        return None
    count = max(length, sum(found.end - found.start for found in aligned))
    alike = count - sum(found.edits for found in aligned)
    close = alike >= CLOSE_SHARE * count and alike >= CLOSE_WORDS
    if alike < count and not close:
        return None
    edits = sum(
        place is None or at is None or compared[place] != part[at]
        for part, found in zip(quoted, aligned, strict=True)
        for place, at in found.steps
    )
    nothing = [Word("", "", "", "", 0)] * (length + 1)
    words = [
        (at, word) for at, text in pieces for word in (nothing if at == BREAK else words_of(text))
    ]
    positions = [words[at][0] for found in aligned for at in range(found.start, found.end)]
    return Quotation(
        article_id=version.article_id,
        version=version.version,
        published_on=version.published_on,
        category=version.category,
        title=version.title,
        first=min(positions),
        last=max(positions),
        agreeing=count - edits,
        words=count,
        pieces=_trimmed(list(_joined(_pieces(parts, words, aligned)))),
    )


def _aligned(parts: Sequence[list[str]], text: Sequence[str]) -> list[Alignment]:
    """Each part in its place: the longest first, then those behind it, each as near as it fits
    best, then those before it likewise."""
    longest = max(range(len(parts)), key=lambda number: len(parts[number]))
    found = [align(parts[longest], text)]
    for part in parts[longest + 1 :]:
        found.append(align(part, text, found[-1].end))
    for part in reversed(parts[:longest]):
        found.insert(0, align(part, text, 0, found[0].start, last=True))
    return found


def _pieces(
    parts: Sequence[list[Word]],
    words: Sequence[tuple[int, Word]],
    aligned: Sequence[Alignment],
) -> Iterator[tuple[str, str]]:
    """A piece a word, with what stands between it and the next of its text."""
    for number, (part, found) in enumerate(zip(parts, aligned, strict=True)):
        if number:
            yield SAME, GAP
        for place, at in found.steps:
            quoted = None if at is None else part[at]
            new = "" if at is None else _with_space(part[at], part[at + 1 : at + 2])
            if place is None:
                yield NEW, new
                continue
            position, word = words[place]
            beside = words[place + 1 : place + 2]
            old = _with_space(word, [each for _, each in beside if each.text is word.text])
            if place + 1 < found.end and words[place + 1][0] != position:
                old += " ¶ "
            if quoted is not None and quoted.plain == word.plain:
                yield SAME, old
                continue
            yield OLD, old
            if quoted is not None:
                yield NEW, new


def _with_space(word: Word, following: Sequence[Word]) -> str:
    """A word as written, with what stands between it and the next one or the end of its text."""
    return word.text[word.start : following[0].start if following else len(word.text)]


def _joined(pieces: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Neighbours of one kind joined; between words that agree, first all that is in the article
    alone, then all that is in the quotation alone."""
    kept = {SAME: "", OLD: "", NEW: ""}

    def out() -> Iterator[tuple[str, str]]:
        for kind in (SAME, OLD, NEW):
            if kept[kind]:
                yield kind, kept[kind]
                kept[kind] = ""

    for kind, text in pieces:
        if kind == SAME and (kept[OLD] or kept[NEW]):
            yield from out()
        kept[kind] += text
    yield from out()


def _trimmed(pieces: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The pieces without white space at their end."""
    both = len(pieces) > 1 and (pieces[-2][0], pieces[-1][0]) == (OLD, NEW)
    for at in range(len(pieces) - 1 - both, len(pieces)):
        pieces[at] = (pieces[at][0], pieces[at][1].rstrip())
    return tuple(pieces)
