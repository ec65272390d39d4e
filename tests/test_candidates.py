"""Which articles may be those that a quotation comes from: words and pairs vote, rare ones more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archive.query.nodes import Text
from archive.questions.candidates import by_rare_words
from archive.record_class import record

HOLDING = {
    "budget": [1, 2, 3, 4, 5, 6, 7, 8],
    "minister": [1, 2, 3],
    "resigned": [1, 9],
    "budget minister": [1],
    "minister resigned": [1],
}
"""The articles, of ten, that hold each word and pair."""


@record
class _Plan:
    hits: int

    def count(self) -> int:
        return self.hits


class _Archive:
    """An index and its terms, as a table has them."""

    def plan(self, tree: Any) -> _Plan:
        return _Plan(len(HOLDING.get(tree.words, ())) if isinstance(tree, Text) else 10)

    def holding(self, phrase: Sequence[str], most: int) -> list[int]:
        return HOLDING.get(" ".join(phrase), [])[:most]


def _likely(words: str, most: int = 10) -> list[int]:
    archive: Any = _Archive()
    return by_rare_words(archive, archive, [words.split()], most)


def test_an_article_with_few_of_the_votes_is_no_candidate() -> None:
    assert _likely("budget minister resigned") == [1]


def test_articles_with_as_many_votes_stand_by_their_numbers() -> None:
    assert _likely("minister") == [1, 2, 3]
    assert _likely("minister", most=2) == [1, 2]
    assert _likely("unknown") == []
