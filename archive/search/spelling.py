"""Did you mean: the nearest indexed words to those that no article holds.

    word -> near terms of the index -> words as articles write them -> nearest first, then commonest

The index is sorted by its terms, which are stems: walking all of it would walk every list of
articles in it. So it is asked for two kinds of terms only: those of every word one slip away (a
letter dropped, put in, changed, or two changed over), and those that begin with the same letters.
Which real words stand behind a near term is read from articles that hold it. Runs over a plain
read-only connection; RapidFuzz is imported when a word is missing.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import terms as sqlite_terms
from archive.text.folding import fold

_SHORTEST, _LONGEST, _LONGEST_TEXT = 3, 40, 1000
_BEGINNINGS = (5, 4, 3, 2)
_SECONDS = 0.008
_LAST = "\U0010ffff"
_TWO_SLIPS_FROM = 5
"""Letters that a word must have for two slips in it to be looked for."""

_MOST_WORDS = 2
_LOOKED_AT = 10
_ARTICLES = 3
_TEXT = 50_000
_PART = re.compile(r"([^\0-/:-@\[-`{-\xbf\u2010-\u205e\u3000-\u3003]+)")


def suggest(
    connection: sqlite3.Connection, words: Sequence[str], most: int = 3
) -> dict[str, tuple[str, ...]]:
    """For each of the words that no article holds, the nearest words that one does, at most `most`:
    the nearest first, of equally near ones the one in more articles. A word is as near as its
    distance in slips (optimal string alignment): one, or two in words of five letters and more.

    `words` are as typed; of several words in one (a phrase, `e-mail`), those that are missing are
    replaced. Words that are held are not among the keys; numbers, words of one or two letters, and
    text written without spaces get no suggestion. Looks at the first two missing words.
    """
    folded = {text: fold(text[:_LONGEST_TEXT].encode(errors="replace").decode()) for text in words}
    missing = _missing(connection, [part for text in folded.values() for part in _parts(text)])
    near = {part: _nearest(connection, part, most) for part in missing[:_MOST_WORDS]}
    return {
        text: tuple(_replaced(folded[text], near))
        for text in words
        if any(part in missing for part in _parts(folded[text]))
    }


def _parts(folded: str) -> list[str]:
    return _PART.findall(folded)


def _replaced(text: str, near: dict[str, list[str]]) -> Iterator[str]:
    """The text with its missing words replaced: by the best of each, the second of each ..."""
    missing = [part for part in _parts(text) if near.get(part)]
    for chosen in zip(*(near[part] for part in missing), strict=False):
        words = dict(zip(missing, chosen, strict=True))
        pieces: list[str] = _PART.split(text)
        yield "".join(words.get(piece, piece) for piece in pieces).strip()


def _missing(connection: sqlite3.Connection, parts: Sequence[str]) -> list[str]:
    """The parts that no article holds in any form, each once."""
    distinct = list(dict.fromkeys(parts))
    terms = sqlite_terms.terms_of(distinct)
    held = set(_counts(connection, {term for found in terms for term in found}))
    return [part for part, found in zip(distinct, terms, strict=True) if not held.issuperset(found)]


def _nearest(connection: sqlite3.Connection, part: str, most: int) -> list[str]:
    """The nearest words to one that is missing, as articles write them; one for each term."""
    typed = _plain([part])[0]
    if not _SHORTEST <= len(typed) <= _LONGEST or not any(letter.isalpha() for letter in typed):
        return []
    slips = 1 if len(typed) < _TWO_SLIPS_FROM else 2
    written = Counter(
        form
        for text in _texts(connection, _near_terms(connection, typed, slips))
        for form in _PART.findall(text)
    )
    by_word: dict[str, list[str]] = {}
    for word, form in zip(_plain(list(written)), written, strict=True):
        by_word.setdefault(word, []).append(form)
    near = _near(typed, by_word, slips)
    forms = [_as_written(by_word[word], written) for word in near]
    terms = [found[0] if found else "" for found in sqlite_terms.terms_of([*map(fold, forms)])]
    counts = _counts(connection, terms)
    ranked = sorted(
        (distance, -counts.get(term, 0), form, term)
        for distance, form, term in zip(near.values(), forms, terms, strict=True)
    )
    best: dict[str, str] = {}
    for _, _, form, term in ranked:
        best.setdefault(term, form)
    return list(best.values())[:most]


def _plain(forms: Sequence[str]) -> list[str]:
    """The forms as the index compares them, but in full: without case and accents."""
    others = [form for form in forms if not form.isascii()]
    words = (
        " ".join(terms) for terms in sqlite_terms.terms_of([*map(fold, others)], stemmed=False)
    )
    plain = dict(zip(others, words, strict=True))
    return [plain[form] if form in plain else form.lower() for form in forms]


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


def _near_terms(connection: sqlite3.Connection, typed: str, slips: int) -> list[str]:
    """The terms to look at, likeliest first: those of words one slip away, and near ones that begin
    with the same letters."""
    alike, covered = _beginning_alike(connection, typed)
    stems, *variants = sqlite_terms.terms_of([typed, *_one_slip(typed)])
    near = {term for found in variants for term in found}
    counts = {term: alike[term] for term in near if term in alike}
    counts |= _counts(connection, {term for term in near if not term.startswith(covered)})
    distance = dict.fromkeys(counts, 1)
    for word in (typed, *stems):
        for term, found in _near(word, alike, slips).items():
            distance[term] = min(found, distance.get(term, found))
            counts[term] = alike[term]
    best = sorted(distance, key=lambda term: (distance[term], -counts[term], term))
    return best[:_LOOKED_AT]


def _beginning_alike(connection: sqlite3.Connection, typed: str) -> tuple[dict[str, int], str]:
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
            for term, articles in connection.execute(
                "SELECT term, doc FROM article_terms WHERE term >= ? AND term < ?", (first, last)
            ):
                alike[term] = articles
                if time.monotonic() > deadline:
                    return alike, covered
        covered, low, high = start, start, end
    return alike, covered


def _texts(connection: sqlite3.Connection, terms: Sequence[str]) -> Iterator[str]:
    """The texts of some articles that hold each term, the shorter ones of the first to do so."""
    sqlite.list_places(connection)
    ids: dict[int, None] = {}
    for term in terms:
        rows = connection.execute(
            "SELECT id FROM articles WHERE id IN"
            " (SELECT DISTINCT doc FROM temp.article_places WHERE term = ? LIMIT ?)"
            " ORDER BY word_count LIMIT ?",
            (term, 3 * _ARTICLES, _ARTICLES),
        )
        ids |= dict.fromkeys(row[0] for row in rows)
    for article_id in ids:
        for row in connection.execute(
            "SELECT title || ' ' || substr(body, 1, ?) FROM article_text WHERE id = ?",
            (_TEXT, article_id),
        ):
            yield row[0]


def _counts(connection: sqlite3.Connection, terms: Iterable[str]) -> dict[str, int]:
    """The terms that are indexed, with the number of articles that hold each."""
    rows = connection.execute(
        "SELECT t.term, t.doc FROM json_each(?) AS asked"
        " CROSS JOIN article_terms AS t ON t.term = asked.value",
        (json.dumps(sorted(terms)),),
    )
    return dict(rows.fetchall())


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
