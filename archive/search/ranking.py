"""How plain words are ranked: which of them count, how often, and how much each thing speaks for an
article.

The score of an article is made of four: bm25 of the words, of neighbouring words, of the words as
written, and of words that mark the best articles (`feedback`). docs/ranking.md has the formula, the
figures, and what was tried. Pure: `relevance` asks the archive for what must be known of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar, assert_never

from archive.query.function_words import STOP_WORDS, is_function_word
from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words
from archive.query.walk import conjunction, items_of, positive_texts
from archive.record_class import record

MOST_WORDS = 60
"""Words up to which a query is ranked so; a longer one is ranked by bm25 of its words alone."""

Pair = tuple[str, str]


@record
class Numbers:
    """All that was chosen by experiment; benchmarks/choices.py tries other values.

    `title` is the weight of the title, that of the text being 1. `pairs`, `exact` weigh neighbours
    (at most `near` words apart) and words as written beside the words themselves; `feedback` is the
    share of the feedback words in the whole, `whole` the factor for an article with every word; of
    up to `first` words, articles that have all as written come before the others. The best `pool`
    articles are scored; words are counted at most `repeats` times. The others are those
    of `feedback` and of `affordable`.
    """

    title: float = 1.5
    repeats: int = 2
    pairs: float = 0.1
    near: int = 8
    exact: float = 0.3
    articles: int = 10
    sharpness: float = 8.0
    shared_by: int = 2
    common: float = 0.1
    words: int = 20
    feedback: float = 0.4
    whole: float = 1.25
    first: int = 2
    pool: int = 300
    characters: int = 2_000
    found: int = 40_000
    scored: int = 200_000
    counted: int = 100_000


NUMBERS = Numbers()


@record
class Sought:
    """What is ranked: articles with any of some words, which satisfy the conditions as well; words
    of `pairs` stand side by side in the query."""

    words: tuple[Text, ...]
    pairs: tuple[Pair, ...]
    conditions: Node


def sought(tree: Node, words: Iterable[Text], written: Iterable[Node]) -> Sought:
    """A tree with any of some words enough; `written` is what must stand as written all the
    same."""
    return Sought(tuple(words), tuple(pairs(tree)), conjunction((*filters(tree), *written)))


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


def filters(tree: Node) -> list[Node]:
    """What a tree demands beside words that must occur: fields, dates, exclusions."""
    return [item for item in items_of(tree) if isinstance(item, Not) or not positive_texts(item)]


def in_any_form(words: Iterable[Text]) -> list[Text]:
    """The words in any form, by which articles are scored; without acronyms that would be other
    words then."""
    return [replace(word, form="any") for word in words if word.form != "capitals"]


def as_written(words: Sequence[Text], most: int) -> Node | None:
    """All words as written, of a query that has few. Numbers have no other forms."""
    written = [replace(word, form="written") for word in words
               if word.form == "any" and not any(map(str.isdigit, word.words))]  # fmt: skip
    return conjunction(written) if written and len(words) <= most else None


def loosened(tree: Node) -> Node | None:
    """The tree with any of its words enough, filters and exclusions as they were; None where there
    is only one word to begin with."""
    texts = tuple(positive_texts(tree))
    return conjunction((Or(texts), *filters(tree))) if len(texts) > 1 else None


def counted(words: Iterable[Text], repeats: int) -> list[Text]:
    """The words that are scored, each as often as it counts; a compound by its parts."""
    times: Counter[Text] = Counter()
    for word in words:
        for part in parts(word):
            times[_in_small_letters(part)] += word.times
    return [word for word, often in times.items() for _ in range(min(often, repeats))]


def _in_small_letters(word: Text) -> Text:
    return replace(word, words=word.words.lower())


def parts(word: Text) -> list[Text]:
    """The words of a compound such as `time-sharing`, which count one by one in a score; a plain
    word is its own part. What must occur is the compound as it stands."""
    if word.prefix or word.quoted or word.column or word.words.isalnum():
        return [word]
    found = [Text(part) for part in _PART.findall(word.words) if part.lower() not in STOP_WORDS]
    return found if len(found) > 1 else [word]


_PART = re.compile(r"\w{2,}")


def joined(words: Iterable[Text]) -> list[Text]:
    """Compounds in one piece, by which articles are found as well: covid19 for COVID-19."""
    compounds = [found for word in words if len(found := parts(word)) > 1]
    return [Text("".join(part.words for part in of).lower()) for of in compounds]


def pairs(tree: Node) -> list[Pair]:
    """The words that stand side by side in a query, two by two (not across a function word), and
    the parts of each compound."""
    runs: list[list[str]] = [[]]
    for item in items_of(tree):
        if isinstance(item, Text) and not (item.column or item.prefix or is_function_word(item)):
            runs[-1] += [part.words.lower() for part in parts(item)]
        else:
            runs.append([])
    return list(dict.fromkeys(pair for run in runs for pair in pairwise(run)))


Key = TypeVar("Key")


def affordable(counts: Mapping[Key, int], most: int) -> set[Key]:
    """The rarest of some words or pairs whose articles are together not more than that."""
    kept: set[Key] = set()
    total = 0
    for key in sorted(counts, key=lambda key: counts[key]):
        total += counts[key]
        if total > most:
            break
        kept.add(key)
    return kept
