"""Did you mean: the nearest indexed words to those that no article holds.

    word -> near terms of the index -> words as articles write them -> nearest first, then commonest

The index is sorted by its terms, which are stems: walking all of it would walk every list of
articles in it. So it is asked for two kinds of terms only: those of every word one slip away (a
letter dropped, put in, changed, or two changed over), and those that begin with the same letters.
Which real words stand behind a near term is read from articles that hold it. RapidFuzz is imported
when a word is missing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archive.text.folding import fold
from archive.text.words import pattern
from archive.text.words import words as parts_of

if TYPE_CHECKING:
    from archive.engines.texts import Terms

_SHORTEST, _LONGEST, _LONGEST_TEXT = 3, 40, 1000
_BEGINNINGS = (5, 4, 3, 2)
_SECONDS = 0.008
_LAST = "\U0010ffff"
_TWO_SLIPS_FROM = 5
"""Letters that a word must have for two slips in it to be looked for."""

_MOST_WORDS = 2
_LOOKED_AT = 10


def suggest(terms: Terms, words: Sequence[str], most: int = 3) -> dict[str, tuple[str, ...]]:
    """For each of the words that no article holds, the nearest words that one does, at most `most`:
    the nearest first, of equally near ones the one in more articles. A word is as near as its
    distance in slips (optimal string alignment): one, or two in words of five letters and more.

    `words` are as typed; of several words in one (a phrase, `e-mail`), those that are missing are
    replaced. Words that are held are not among the keys; numbers, words of one or two letters, and
    text written without spaces get no suggestion. Looks at the first two missing words.
    """
    folded = {text: fold(text[:_LONGEST_TEXT].encode(errors="replace").decode()) for text in words}
    missing = _missing(terms, [part for text in folded.values() for part in parts_of(text)])
    near = {part: _nearest(terms, part, most) for part in missing[:_MOST_WORDS]}
    return {
        text: tuple(_replaced(folded[text], near))
        for text in words
        if any(part in missing for part in parts_of(folded[text]))
    }


def _replaced(text: str, near: dict[str, list[str]]) -> Iterator[str]:
    """The text with its missing words replaced: by the best of each, the second of each ..."""
    missing = [part for part in parts_of(text) if near.get(part)]
    for chosen in zip(*(near[part] for part in missing), strict=False):
        words = dict(zip(missing, chosen, strict=True))
        pieces: list[str] = pattern("(W+)", text).split(text)
        yield "".join(words.get(piece, piece) for piece in pieces).strip()


def _missing(terms: Terms, parts: Sequence[str]) -> list[str]:
    """The parts that no article holds in any form, each once."""
    distinct = list(dict.fromkeys(parts))
    stems = [stem for _, stem in terms.forms(distinct)]
    held = {"", *terms.counts(stems)}
    return [part for part, stem in zip(distinct, stems, strict=True) if stem not in held]


def _nearest(terms: Terms, part: str, most: int) -> list[str]:
    """The nearest words to one that is missing, as articles write them; one for each term."""
    typed = terms.forms([part])[0][0]
    if not _SHORTEST <= len(typed) <= _LONGEST or not any(letter.isalpha() for letter in typed):
        return []
    slips = 1 if len(typed) < _TWO_SLIPS_FROM else 2
    examples = terms.examples(_near_terms(terms, typed, slips))
    written = Counter(form for text in examples for form in parts_of(text))
    folded = {form: parts_of(fold(form)) for form in written}
    single = [form for form in written if len(folded[form]) == 1]
    by_word: dict[str, list[str]] = {}
    stems: dict[str, str] = {}
    for form, (word, stem) in zip(
        single, terms.forms([folded[form][0] for form in single]), strict=True
    ):
        by_word.setdefault(word, []).append(form)
        stems[word] = stem
    near = _near(typed, by_word, slips)
    counts = terms.counts({stems[word] for word in near})
    ranked = sorted(
        (distance, -counts.get(stems[word], 0), _as_written(by_word[word], written), stems[word])
        for word, distance in near.items()
    )
    best: dict[str, str] = {}
    for _, _, form, stem in ranked:
        best.setdefault(stem, form)
    return list(best.values())[:most]


def _as_written(forms: Sequence[str], times: Counter[str]) -> str:
    """Of the ways to write a word that occur, the commonest; one that is not capitalised, as at the
    beginning of a sentence, if there is any."""
    return max(forms, key=lambda form: (not form[0].isupper(), times[form], form))


def _near(word: str, others: Iterable[str], slips: int) -> dict[str, int]:
    """Which of the other words are at most so many slips away, and how many they are."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - needed only where a word is missing
    from rapidfuzz.process import extract  # noqa: PLC0415

    found = extract(word, list(others), scorer=OSA.distance, score_cutoff=slips, limit=None)
    return {other: int(distance) for other, distance, _ in found}


def _near_terms(terms: Terms, typed: str, slips: int) -> list[str]:
    """The terms to look at, likeliest first: those of words one slip away, and near ones that begin
    with the same letters."""
    alike, covered = _beginning_alike(terms, typed)
    (_, own), *variants = terms.forms([typed, *_one_slip(typed)])
    near = {stem for _, stem in variants}
    counts = {term: alike[term] for term in near if term in alike}
    counts |= terms.counts(term for term in near if not term.startswith(covered))
    distance = dict.fromkeys(counts, 1)
    for word in (typed, own):
        for term, found in _near(word, alike, slips).items():
            distance[term] = min(found, distance.get(term, found))
            counts[term] = alike[term]
    best = sorted(distance, key=lambda term: (distance[term], -counts[term], term))
    return best[:_LOOKED_AT]


def _beginning_alike(terms: Terms, typed: str) -> tuple[dict[str, int], str]:
    """Terms that begin as the word does, with the number of articles that hold each, and the
    beginning of which all terms were seen. First those with the same five letters, then four, three
    and two, until time is up: passing a term takes longer the more articles hold it."""
    deadline = time.monotonic() + _SECONDS
    alike: dict[str, int] = {}
    covered = low = high = typed[: _BEGINNINGS[0]]
    covered += _LAST
    for size in _BEGINNINGS:
        start, end = typed[:size], typed[:size] + _LAST
        for first, last in ((start, low), (high, end)):
            for term, articles in terms.between(first, last):
                alike[term] = articles
                if time.monotonic() > deadline:
                    return alike, covered
        covered, low, high = start, start, end
    return alike, covered


def _one_slip(word: str) -> Iterator[str]:
    """Every word that one slip makes of a word, with the letters of its alphabet."""
    letters = _alphabet(word)
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (before + letter + after for letter in letters)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in letters)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def _alphabet(word: str) -> str:
    """The small letters that stand near a word's own in Unicode: those of its script."""
    blocks = {ord(letter) & ~0x3F for letter in word if letter.isalpha()}
    near = (chr(block + at) for block in sorted(blocks) for at in range(64))
    return "".join(letter for letter in near if letter.isalpha() and letter == letter.lower())
