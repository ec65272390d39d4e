"""How the words of a query are ranked in this archive: what the index says -> `Ranking`.

    count the words -> the best articles by their words -> the texts of the best -> feedback words

Stands between `ranking` and `feedback`, which are pure, and the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.engines.ranking import Known, Ranking
from archive.query.nodes import Text
from archive.search import feedback
from archive.search.ranking import (
    Numbers,
    Pair,
    Sought,
    affordable,
    as_written,
    counted,
    in_any_form,
    joined,
)

if TYPE_CHECKING:
    from archive.engines.finding import Statistics


def ranking(index: Statistics, sought: Sought, most: int, numbers: Numbers) -> Ranking | None:
    """How to rank what is sought, `most` articles of it; None where each word is in too many
    articles to tell them apart by."""
    bare = in_any_form(sought.words)
    scored = counted(bare, numbers.repeats)
    held_by = _counts(index, list(dict.fromkeys(scored)), numbers)
    few, some = (affordable(held_by, limit) for limit in (numbers.found, numbers.scored))
    if not any(held_by[word] for word in few) and any(held_by.values()):
        return None
    has_feedback = len(held_by) > 1 and bool(numbers.feedback)
    length = len(scored) * (1 + numbers.exact)
    found = Ranking(
        conditions=sought.conditions,
        found_by=(*(word for word in scored if word in few), *joined(bare)),
        words=(*(word for word in scored if word in some), *joined(bare)),
        pairs=_pairs(sought.pairs, held_by, numbers),
        related=(),
        title=numbers.title,
        near=numbers.near,
        pair_weight=numbers.pairs,
        exact_weight=numbers.exact,
        word_weight=(1 - numbers.feedback * has_feedback) / length,
        related_weight=numbers.feedback / numbers.words,
        whole=numbers.whole,
        pool=numbers.pool,
        exact=as_written(sought.words, numbers.first),
    )
    if not has_feedback:
        return found
    known = index.best(found, max(most, numbers.pool))
    return replace(found, known=known, related=_related(index, known, numbers))


def rare_words(index: Statistics, words: Sequence[Text], numbers: Numbers) -> list[Text]:
    """Those of some words that are in so few articles together that these can be scored."""
    kept = affordable(_counts(index, words, numbers), numbers.found)
    return [word for word in words if word in kept]


def _counts(index: Statistics, words: Sequence[Text], numbers: Numbers) -> dict[Text, int]:
    """The number of articles that hold each word, counted only where it could matter; one that more
    than half of all hold, which bm25 gives nothing, has more than are ever scored."""
    if len(words) * index.articles <= numbers.found:
        return dict.fromkeys(words, 1)
    most = min(numbers.counted, index.articles // 2)
    counts = zip(words, index.counts(words, most), strict=True)
    return {word: n if n < most else numbers.scored + n for word, n in counts}


def _pairs(pairs: Sequence[Pair], held_by: dict[Text, int], numbers: Numbers) -> tuple[Pair, ...]:
    """Neighbours in a query, the rarest of them in a large archive."""
    if not numbers.pairs:
        return ()
    counts = {word.words: count for word, count in held_by.items()}
    found = {pair: sum(counts.get(word, 1) for word in pair) for pair in pairs}
    kept = affordable(found, numbers.found)
    return tuple(pair for pair in found if pair in kept)


def _related(index: Statistics, known: Sequence[Known], numbers: Numbers) -> tuple[str, ...]:
    """The words that mark the best articles of a ranking."""
    best = known[: min(numbers.articles, numbers.pool)]
    if not best:
        return ()
    texts = (index.indexed_text(article_id, numbers.characters) for article_id, _, _ in best)
    counts = list(map(feedback.word_counts, texts))
    weights = feedback.weights(counts, [score for _, score, _ in best], numbers)
    found = feedback.by_stem(weights, index.stems(list(weights)))
    most = feedback.most_articles(index.articles, numbers)
    held_by = index.counts([Text(candidate.form) for candidate in found], most + 1)
    return tuple(feedback.telling(found, held_by, index.articles, numbers))
