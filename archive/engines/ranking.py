"""How search tells an engine to rank articles, and what it is told of the best of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.record_class import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.query.nodes import Node, Text


Known = tuple[int, float, int]
"""An article with any of the words that are ranked, its score by those words, and 1 where it is
scored by more than that, else 0."""


@record
class Ranking:
    """How articles that hold any of some words are ranked (docs/ranking.md).

    `conditions` must hold as well. The best `pool` by bm25 of `found_by` (each word as often as it
    counts) are scored: by `words`, by `pairs` of neighbours at most `near` words apart, by `words`
    as written, all three together times `word_weight`, and by the `related` words; then times
    `whole` where an article has all that is asked. The others follow. Articles with `exact`,
    words as written, come before those that do not. `known` are all of them where
    they have been asked for; the articles `first` come before all.
    """

    conditions: Node
    found_by: tuple[Text, ...]
    words: tuple[Text, ...]
    pairs: tuple[tuple[str, str], ...]
    related: tuple[str, ...]
    title: float
    near: int
    pair_weight: float
    exact_weight: float
    word_weight: float
    related_weight: float
    whole: float
    pool: int
    exact: Node | None = None
    known: Sequence[Known] = ()
    first: Sequence[int] = ()
