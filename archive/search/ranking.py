"""How plain words are ranked: which words matter, what else speaks for an article, how much.

Better than BM25 alone on judged collections; docs/ranking.md has the figures, and what was tried.
Three things are added to it, all in one SQL statement (`Blend`) that anyone can run:

- function words are left out;
- pairs of words that stand side by side in the query count where they do so in an article;
- feedback: the words that mark the best articles of a first ranking count a little in the second
  (pseudo-relevance feedback; Robertson and Spärck Jones 1976; Lavrenko and Croft 2001).

Pure: what must be asked of the archive comes in as texts and frequencies (`relevance`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from archive.query.nodes import (
    Dates,
    Node,
    Not,
    Or,
    Text,
    Words,
    conjunction,
    items_of,
    positive_texts,
)
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

_LONGEST_TEXT = 4_000

# English: articles, pronouns, prepositions, conjunctions, auxiliaries and question words.
_FUNCTION_WORDS = """
a about after against all also am among an and any anybody anyone anything are aren't as at be
because been before being between both but by can cannot can't could couldn't did didn't do does
doesn't doing don't during each either else ever every everyone everything few for from had has
hasn't have haven't having he hence her here hers herself him himself his how however i i'd i'll
i'm i've if in into is isn't it it's its itself may me might more most much must my myself neither
no nobody nor not nothing of off often on only onto or other others our ours ourselves out over
own per perhaps quite rather same shall she should shouldn't since so some somebody someone
something such than that that's the their theirs them themselves then there thereby therefore
these they this those though through thus to too toward towards unless until up upon us very via
was wasn't we were weren't what whatever what's when where whereas whether which while who whoever
whole whom whose why will with within without won't would wouldn't yet you your yours yourself
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())


def is_function_word(text: Text) -> bool:
    """Whether a word decides nothing: a plain one of the list, not an acronym such as US or WHO."""
    word = text.words
    acronym = word.isupper() and len(word) > 1
    plain = not (text.quoted or text.prefix or text.column or acronym)
    return plain and word.lower().replace("’", "'").strip("'\".,;:!?") in STOP_WORDS


def without_function_words(tree: Node) -> Node:
    """The tree without plain function words, where other words are left to search."""
    items = items_of(tree)
    kept = [item for item in items if not (isinstance(item, Text) and is_function_word(item))]
    if len(kept) == len(items) or not any(isinstance(item, Text) for item in kept):
        return tree
    return conjunction(kept)


def plain_words(tree: Node) -> list[Text] | None:
    """The words of a query that has nothing but plain words and filters; None for any other."""
    words = [item for item in items_of(tree) if isinstance(item, Text)]
    others = [item for item in items_of(tree) if not isinstance(item, Text)]
    if not all(isinstance(item, Words | Dates | Not) for item in others):
        return None
    if not words or any(word.quoted or word.prefix or word.column for word in words):
        return None
    return words


def filters(tree: Node) -> list[Node]:
    """What a tree demands beside words that must occur: fields, dates, exclusions."""
    return [item for item in items_of(tree) if isinstance(item, Not) or not positive_texts(item)]


def any_of(words: Iterable[Text], tree: Node) -> Node:
    """A tree with any of these words enough, filters and exclusions as they were."""
    return conjunction((Or(tuple(words)), *filters(tree)))


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
