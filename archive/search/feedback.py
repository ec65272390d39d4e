"""Feedback: the words that mark the best articles of a first ranking, which count in the second.

Pseudo-relevance feedback (Robertson and Spärck Jones 1976; Lavrenko and Croft 2001). Each article
has a say by its score, which falls off steeply: where the first hit is right and the tenth is not,
the tenth must not decide. Pure: texts, stems and frequencies come in.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from archive.query.function_words import STOP_WORDS
from archive.record_class import record

if TYPE_CHECKING:
    from archive.search.ranking import Numbers

CANDIDATES = 30
"""Words of the best articles to look up in the archive."""

MOST_ARTICLES = 10_000
"""Articles that may hold a feedback word, however many there are."""

_WORD = re.compile(r"\w{3,}")


@record
class Candidate:
    """A word that the best articles have in common: its stem, a form that they write, and the
    weight that its occurrences in them give it."""

    stem: str
    form: str
    weight: float


def word_counts(text: str) -> Counter[str]:
    """Words of three letters or more in a folded text, and how often each occurs."""
    counts = Counter(_WORD.findall(text.lower()))
    for word in STOP_WORDS & counts.keys():
        del counts[word]
    return counts


def shares(scores: Sequence[float], sharpness: float) -> list[float]:
    """The say of each article, by its score; the first is the best."""
    return [math.exp(sharpness * (score - scores[0]) / scores[0]) for score in scores]


def weights(
    counts: Sequence[Counter[str]], scores: Sequence[float], numbers: Numbers
) -> dict[str, float]:
    """The words that stand in enough of the articles and weigh most there, at most `CANDIDATES`.

    A word's weight is its saturated frequency (that of bm25, k1 1.2, b 0.75) in each article, by
    the articles' shares.
    """
    texts = Counter(chain.from_iterable(counts))
    least = min(numbers.shared_by, len(counts))
    found = dict.fromkeys((word for word, number in texts.items() if number >= least), 0.0)
    average = sum(count.total() for count in counts) / len(counts) or 1
    for count, share in zip(counts, shares(scores, numbers.sharpness), strict=True):
        norm = 1.2 * (0.25 + 0.75 * count.total() / average)
        for word in count.keys() & found.keys():
            found[word] += share * count[word] / (count[word] + norm)
    best = sorted(found, key=lambda word: (-found[word], word))
    return {word: found[word] for word in best[:CANDIDATES]}


def by_stem(weights: Mapping[str, float], stems: Sequence[Sequence[str]]) -> list[Candidate]:
    """The words, those of one stem as one. `stems` are the terms that the index has for each."""
    found: dict[str, Candidate] = {}
    for (form, weight), terms in zip(weights.items(), stems, strict=True):
        if len(terms) == 1:
            known = found.get(terms[0], Candidate(terms[0], form, 0.0))
            found[terms[0]] = Candidate(known.stem, known.form, known.weight + weight)
    return list(found.values())


def most_articles(articles: int, numbers: Numbers) -> int:
    """The number of articles, of so many, that a feedback word may be in."""
    return max(2, min(int(numbers.common * articles), MOST_ARTICLES))


def telling(
    found: Sequence[Candidate], held_by: Sequence[int], articles: int, numbers: Numbers
) -> list[str]:
    """The candidates that tell the best articles from all `articles`, best first. `held_by` are the
    numbers of articles that hold each."""
    most = most_articles(articles, numbers)
    ranked = sorted(
        (-candidate.weight * math.log(articles / number), candidate.stem, candidate.form)
        for candidate, number in zip(found, held_by, strict=True)
        if 2 <= number <= most
    )
    return [form for _, _, form in ranked[: numbers.words]]
