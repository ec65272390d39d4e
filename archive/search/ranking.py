"""How plain words are ranked: which words matter, what else speaks for an article, how much.

Better than BM25 alone on judged collections; docs/ranking.md has the figures, and what was tried.
Three things are added to it, all in one statement (`Blend`) that anyone can run:

- function words are left out;
- pairs of words that stand side by side in the query count where they do so in an article;
- feedback: the words that mark the best articles of a first ranking count a little in the second
  (pseudo-relevance feedback; Robertson and Spärck Jones 1976; Lavrenko and Croft 2001).

Pure: what must be asked of the archive comes in as texts and frequencies (`feedback`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import assert_never

from archive.query.function_words import STOP_WORDS, is_function_word
from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words
from archive.query.walk import conjunction, items_of, positive_texts
from archive.record import record

FEEDBACK_ARTICLES = 15
FEEDBACK_WORDS = 20
FEEDBACK_WEIGHT = 0.4
"""Share of the related words in a score, the rest being that of the query's own."""

FEEDBACK_FROM = 3
"""Words from which a query gets feedback: for fewer it costs more than all the rest."""

SHARED, CANDIDATES = 150, 30
"""Words that the first articles share to consider, and to look up in the archive."""

COMMON_SHARE = 0.1
"""Feedback words that a larger share of all articles holds say nothing."""

MOST_WORDS = 60
"""Words up to which a query is ranked so; a longer one is ranked by BM25 alone."""

MOST_POSTINGS = 15_000
"""Articles that all words of one ranking may have together. In a large archive the commonest words
of a query are left out of the scores (not out of what must occur), so that it answers in time."""

COMMON_POSTINGS = 6_000
"""Articles up to which a word's are counted; one with more is common, however many it has."""

POOL = 500
"""Articles that each part of a blend ranks."""

_LONGEST_TEXT = 4_000


def plain_words(tree: Node) -> list[Text] | None:
    """The words of a query that has nothing but plain words and filters; None for any other."""
    words: list[Text] = []
    for item in items_of(tree):
        match item:
            case Text():
                if item.quoted or item.prefix or item.column:
                    return None
                words.append(item)
            case Words() | Dates() | Not():
                pass
            case Near() | Paragraph() | And() | Or():
                return None
            case _:
                assert_never(item)
    return words or None


def is_blended(words: Sequence[Text]) -> bool:
    """Whether so many words are ranked by a blend."""
    return 1 < len(words) <= MOST_WORDS


def filters(tree: Node) -> list[Node]:
    """What a tree demands beside words that must occur: fields, dates, exclusions."""
    return [item for item in items_of(tree) if isinstance(item, Not) or not positive_texts(item)]


def in_any_form(words: Sequence[Text]) -> list[Text]:
    """The words in any form, by which articles that lack some are scored; without acronyms that
    would be other words then."""
    kept = [word for word in words if word.form != "capitals"] or words
    return [replace(word, form="any") for word in kept]


def any_of(words: Iterable[Text], tree: Node) -> Node:
    """A tree with any of these words enough, filters and exclusions as they were."""
    return conjunction((Or(tuple(words)), *filters(tree)))


def loosened(tree: Node) -> Node | None:
    """The tree with any of its words enough, filters and exclusions as they were; None where there
    is only one word to begin with."""
    texts = positive_texts(tree)
    return any_of(texts, tree) if len(texts) > 1 else None


def goes_on(words: Sequence[Text], whole: int) -> bool:
    """Whether hits that lack some of the words follow the `whole` ones that have them all."""
    return len(words) > 2 or not whole


def times(word: Text) -> int:
    """How often a word counts: twice at most, however often it was written."""
    return min(word.times, 2)


def parts(word: Text) -> list[Text]:
    """The words of a compound such as `time-sharing`, which count one by one in a score; a plain
    word is its own part. What must occur is the compound as it stands."""
    found = [Text(part) for part in _PART.findall(word.words) if part.lower() not in STOP_WORDS]
    return found if len(found) > 1 else [word]


_PART = re.compile(r"\w{2,}")


def pairs(tree: Node) -> list[tuple[str, ...]]:
    """The words that stand side by side in a query, two by two (not across a function word), and
    the parts of each compound."""
    items = items_of(tree)
    compounds = [parts(item) for item in items if isinstance(item, Text)]
    found = [tuple(part.words for part in of) for of in compounds if len(of) > 1]
    for left, right in pairwise(items):
        if isinstance(left, Text) and isinstance(right, Text):
            plain = not (left.column or right.column or left.prefix or right.prefix)
            if plain and not (is_function_word(left) or is_function_word(right)):
                found.append((left.words, right.words))
    return found


def affordable(words: Sequence[Text], frequencies: Mapping[Text, int]) -> list[Text]:
    """The rarest words whose articles are within `MOST_POSTINGS`, at least one, in query order."""
    kept: set[Text] = set()
    total = 0
    for word in sorted(words, key=lambda word: frequencies[word]):
        total += frequencies[word] if frequencies[word] < COMMON_POSTINGS else MOST_POSTINGS
        if kept and total > MOST_POSTINGS:
            break
        kept.add(word)
    return [word for word in words if word in kept]


@record
class Candidate:
    """A word that the first articles have in common: its stem, a form that they write, and the
    weight that its occurrences in them give it."""

    stem: str
    form: str
    weight: float


_WORD = re.compile(r"\w{3,}")


def word_counts(text: str) -> Counter[str]:
    """Words of three letters or more in a folded text, and how often each occurs."""
    counts = Counter(_WORD.findall(text[:_LONGEST_TEXT].lower()))
    for word in STOP_WORDS & counts.keys():
        del counts[word]
    return counts


def shared_words(counts: Iterable[Counter[str]]) -> list[str]:
    """The words that most of the texts hold, at least two, at most `SHARED`."""
    texts = Counter(word for count in counts for word in count)
    shared = sorted((-number, word) for word, number in texts.items() if number > 1)
    return [word for _, word in shared[:SHARED]]


def candidates(
    counts: Sequence[Counter[str]], scores: Sequence[float], stems: Mapping[str, str]
) -> list[Candidate]:
    """The words that count most in the first articles, best first, at most `CANDIDATES`.

    `counts` are each article's words, `scores` their scores (higher is better), `stems` the stem of
    each word to consider. A word's weight is the mean of its saturated frequency (BM25's term
    frequency, k1 1.2, b 0.75), weighted by the scores.
    """
    lengths = [count.total() for count in counts]
    average = sum(lengths) / len(lengths) or 1
    total = sum(scores) or 1
    articles = [
        (count, score / total, 1.2 * (0.25 + 0.75 * length / average))
        for count, length, score in zip(counts, lengths, scores, strict=True)
    ]
    forms: dict[str, list[str]] = {}
    for word, stem in stems.items():
        forms.setdefault(stem, []).append(word)
    found = []
    for stem, words in forms.items():
        weight = 0.0
        for count, share, norm in articles:
            times = 0
            for word in words:
                times += count.get(word, 0)
            if times:
                weight += share * times * 2.2 / (times + norm)
        found.append(Candidate(stem, words[0], weight))
    return sorted(found, key=lambda word: (-word.weight, word.stem))[:CANDIDATES]


def feedback(
    found: Sequence[Candidate], frequencies: Mapping[str, int], articles: int
) -> list[Text]:
    """The candidates that tell the first articles from all `articles`, best first.

    `frequencies`, by stem, are the numbers of articles that hold each.
    """
    telling = [
        (candidate.weight * math.log(articles / frequencies[candidate.stem]), candidate)
        for candidate in found
        if 2 <= frequencies[candidate.stem] <= COMMON_SHARE * articles
    ]
    telling.sort(key=lambda pair: (-pair[0], pair[1].stem))
    chosen: list[Text] = []
    postings = 0
    for _, candidate in telling[:FEEDBACK_WORDS]:
        postings += frequencies[candidate.stem]
        if postings <= MOST_POSTINGS:
            chosen.append(Text(candidate.form))
    return chosen
