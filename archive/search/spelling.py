"""Did you mean: the nearest indexed words to those that no article holds.

    word -> near words of the index, nearest first, then commonest -> as articles write them

The index of words as written is sorted by them: walking all of it would walk every list of articles
in it. So it is asked for two kinds of words only: those one slip away (a letter dropped, put in,
changed, or two changed over), and those that begin with the same letters. Capitals and accents are
read from articles that hold a word. RapidFuzz is imported when a word is missing.
"""

from __future__ import annotations

import itertools
import time
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


def suggest(terms: Terms, words: Sequence[str], most: int = 3) -> dict[str, tuple[str, ...]]:
    """For each of the words that no article holds, the nearest words that one does, at most `most`:
    the nearest first, of equally near ones the one in more articles. A word is as near as its
    distance in slips (optimal string alignment): one, or two in words of five letters and more.

    `words` are as typed; of several words in one (a phrase, `e-mail`), those that are missing are
    replaced. Words that are held as written are not among the keys; numbers, words of one or two
    letters, and text written without spaces get no suggestion. Looks at the first two missing
    words.
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
    """The parts that no article holds as they are written, each once."""
    distinct = list(dict.fromkeys(parts))
    plain = [word for word, _ in terms.forms(distinct)]
    held = {"", *terms.written(plain)}
    return [part for part, word in zip(distinct, plain, strict=True) if word not in held]


def _nearest(terms: Terms, part: str, most: int) -> list[str]:
    """The nearest words to one that is missing, as articles write them; one for each stem."""
    typed = terms.forms([part])[0][0]
    if not _SHORTEST <= len(typed) <= _LONGEST or not any(letter.isalpha() for letter in typed):
        return []
    near = _near_words(terms, typed, slips=1 if len(typed) < _TWO_SLIPS_FROM else 2)
    best: dict[str, str] = {}
    for word, stem in terms.forms(near):
        best.setdefault(stem, word)
    return [_as_written(terms, word) for word in itertools.islice(best.values(), most)]


def _as_written(terms: Terms, word: str) -> str:
    """A way in which articles write a word; one that is not capitalised, as at the beginning of a
    sentence, if there is any."""
    forms = {form for text in terms.examples(word) for form in parts_of(text)}
    single = [form for form in forms if len(parts_of(fold(form))) == 1]
    plain = terms.forms([fold(form) for form in single])
    ways = [form for form, (same, _) in zip(single, plain, strict=True) if same == word]
    return min(ways, key=lambda form: (form[0].isupper(), form), default=word)


def _near(word: str, others: Iterable[str], slips: int) -> dict[str, int]:
    """Which of the other words are at most so many slips away, and how many they are."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - needed only where a word is missing
    from rapidfuzz.process import extract  # noqa: PLC0415

    found = extract(word, list(others), scorer=OSA.distance, score_cutoff=slips, limit=None)
    return {other: int(distance) for other, distance, _ in found}


def _near_words(terms: Terms, typed: str, *, slips: int) -> list[str]:
    """The words to look at, nearest first, of equally near ones the one in more articles."""
    alike, covered = _beginning_alike(terms, typed)
    variants = set(_one_slip(typed))
    counts = {word: alike[word] for word in variants if word in alike}
    counts |= terms.written(word for word in variants if not word.startswith(covered))
    distance = dict.fromkeys(counts, 1)
    for word, found in _near(typed, alike, slips).items():
        distance.setdefault(word, found)
        counts[word] = alike[word]
    return sorted(distance, key=lambda word: (distance[word], -counts[word], word))


def _beginning_alike(terms: Terms, typed: str) -> tuple[dict[str, int], str]:
    """Words that begin as one does, with the number of articles that hold each, and the beginning
    of which all words were seen. First those with the same five letters, then four, three and two,
    until time is up: passing a word takes longer the more articles hold it."""
    deadline = time.monotonic() + _SECONDS
    alike: dict[str, int] = {}
    covered = low = high = typed[: _BEGINNINGS[0]]
    covered += _LAST
    for size in _BEGINNINGS:
        start, end = typed[:size], typed[:size] + _LAST
        for first, last in ((start, low), (high, end)):
            for word, articles in terms.between(first, last):
                alike[word] = articles
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
