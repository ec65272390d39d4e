"""How the words of a query are ranked in this archive: what the index says -> `Blend`.

Stands between `ranking`, which is pure, and the engine: it asks the index for what ranking decides
by (frequencies, the best articles of a first ranking and their texts).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive.engines.contract import Blend, Plan, Statistics
from archive.query.nodes import Node, Or, Text
from archive.query.walk import conjunction, items_of, positive_texts
from archive.search import ranking

if TYPE_CHECKING:
    from archive.query.read import Asked

Best = Sequence[tuple[int, float]]
"""Ids and scores of articles, best first."""


def blend(index: Statistics, asked: Asked, plan: Plan) -> Blend | None:
    """How to rank a query of plain words, whose articles with all of them `plan` finds; None for
    any other query, and for a single word."""
    words = ranking.plain_words(asked.sought)
    if not words or not ranking.is_blended(words):
        return None
    whole = plan.count(ranking.POOL)
    if whole >= ranking.POOL or not ranking.goes_on(words, whole):
        wants_feedback = len(words) >= ranking.FEEDBACK_FROM
        best = plan.best(ranking.FEEDBACK_ARTICLES) if wants_feedback else []
        return _blend(index, asked, words, best, whole=asked.sought)
    written = [word for word in words if word.form != "any"]
    return _going_on(index, asked, words, written, whole=asked.sought if whole else None)


def loose_blend(index: Statistics, asked: Asked) -> Blend | None:
    """How to rank the articles that have any of the words of a query, whatever it is."""
    words = positive_texts(asked.sought)
    if not ranking.is_blended(words):
        return None
    written = [Or(tuple(words))] if any(word.form != "any" for word in words) else []
    return _going_on(index, asked, words, written, whole=None)


def _going_on(
    index: Statistics, asked: Asked, words: list[Text], written: Sequence[Node],
    *, whole: Node | None,
) -> Blend | None:  # fmt: skip
    """A blend of the articles with all of the words, if there are any, and those with some. Words
    are scored in any form; `written` is what must stand as written all the same."""
    some = ranking.any_of(_scored(index, ranking.in_any_form(words)), asked.sought)
    some = conjunction((*items_of(some), *written))
    best = index.plan(some).best(ranking.POOL)
    return _blend(index, asked, words, best, whole=whole, some=some)


def _blend(  # noqa: PLR0913 - what a blend is made of
    index: Statistics, asked: Asked, words: list[Text], best: Best,
    *, whole: Node | None, some: Node | None = None,
) -> Blend:  # fmt: skip
    related = _pairs(index, asked.tree)
    if len(words) >= ranking.FEEDBACK_FROM:
        related += _feedback(index, best[: ranking.FEEDBACK_ARTICLES])
    return Blend(
        whole,
        some,
        tuple(related),
        (1 - ranking.FEEDBACK_WEIGHT) / sum(map(ranking.times, words)),
        ranking.FEEDBACK_WEIGHT / ranking.FEEDBACK_WORDS,
        ranking.POOL,
        tuple(best) if some else (),
    )


def _scored(index: Statistics, words: list[Text]) -> list[Text]:
    """The words that are scored, each as often as it counts; in a large archive the commonest ones
    are left out."""
    scored = [
        part for word in words for _ in range(ranking.times(word)) for part in ranking.parts(word)
    ]
    kept = list(dict.fromkeys(scored))
    if len(kept) * index.articles > ranking.MOST_POSTINGS:
        frequencies = {word: index.frequency(word, ranking.COMMON_POSTINGS) for word in kept}
        kept = ranking.affordable(kept, frequencies)
    return [part for part in scored if part in kept]


def _pairs(index: Statistics, asked: Node) -> list[Text]:
    pairs = ranking.pairs(asked)
    if len(pairs) * index.articles > ranking.MOST_POSTINGS:
        rare = ranking.COMMON_POSTINGS
        pairs = [
            pair for pair in pairs if all(index.frequency(Text(word), rare) < rare for word in pair)
        ]
    return [Text(" ".join(pair)) for pair in pairs]


def _feedback(index: Statistics, best: Best) -> list[Text]:
    """The words that mark the best articles of a ranking."""
    if not best:
        return []
    counts = [ranking.word_counts(index.indexed_text(article_id)) for article_id, _ in best]
    shared = ranking.shared_words(counts)
    stems = {
        word: found[0]
        for word, found in zip(shared, index.stems(shared), strict=True)
        if len(found) == 1
    }
    found = ranking.candidates(counts, [score for _, score in best], stems)
    frequencies = {
        word.stem: index.frequency(Text(word.form), ranking.COMMON_POSTINGS) for word in found
    }
    return ranking.feedback(found, frequencies, index.articles)
