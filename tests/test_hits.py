"""Hits made of what an index says, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from archive.engines.finding import Found, Marked
from archive.query.nodes import And, Node, Text
from archive.record_class import record
from archive.search.hits import hits

if TYPE_CHECKING:
    from archive.address import Address

TREE = And((Text("xi"), Text("grain"), Text("visit", column="title")))
ROW = Found(7, "2023-01-31", None, None, "Xi's visit", 2.5, whole=True)
TEXTS = ("Nothing here.", "Xi came.", "Grain, said Xi.", "The end: a visit.")
XI, GRAIN, VISIT = (frozenset((number,)) for number in range(3))
MARKED = Marked(
    TEXTS,
    ((0, 2, XI), (5, 10, VISIT)),
    {2: ((0, 2, XI),), 3: ((0, 5, GRAIN), (12, 14, XI))},
)


@record
class _Index:
    """Holds one article under every number, and says where the words stand in it."""

    marked: Marked

    def mark(self, addresses: Iterable[Address], tree: Node) -> Iterator[Marked]:
        assert tree == TREE
        return (self.marked for _ in addresses)


@pytest.mark.parametrize(
    ("marked", "context", "shown"),
    [
        (MARKED, 0, [3]),
        (MARKED, 1, [2, 3, 4]),
        (MARKED, 99, [1, 2, 3, 4]),
        (Marked(TEXTS, (), {}), 0, [1]),
        (Marked(TEXTS, (), {}), 1, [1, 2]),
    ],
)
def test_the_best_paragraphs_are_shown_and_what_stands_around_them(
    marked: Marked, context: int, shown: list[int]
) -> None:
    (hit,) = hits(_Index(marked), TREE, [ROW], loose=False, context=context)
    assert [passage.position for passage in hit.paragraphs] == shown
    assert [passage.text for passage in hit.paragraphs] == [TEXTS[at - 1] for at in shown]
    assert (hit.partial, hit.missing, hit.score) == (False, (), 2.5)


@pytest.mark.parametrize("loose", [True, False])
def test_a_partial_hit_names_the_words_that_neither_title_nor_text_has(loose: bool) -> None:
    row = Found(7, "2023-01-31", None, None, "Xi's visit", 2.5, whole=loose)
    for marked, missing in [(MARKED, ()), (Marked(TEXTS, (), {2: MARKED.paragraphs[2]}), ("grain", "visit")),
                            (Marked(TEXTS, (), {}), ("xi", "grain", "visit"))]:  # fmt: skip
        (hit,) = hits(_Index(marked), TREE, [row], loose=loose, context=0)
        assert (hit.partial, hit.missing) == (True, missing)


def test_marks_are_places_in_the_text_as_written() -> None:
    (hit,) = hits(_Index(MARKED), TREE, [ROW], loose=False, context=0)
    assert hit.title_marks == ((0, 2), (5, 10))
    assert [hit.paragraphs[0].text[a:b] for a, b in hit.paragraphs[0].marks] == ["Grain", "Xi"]


def test_pages_of_many_hits_come_whole_and_in_order() -> None:
    rows = [Found(n, "2023-01-31", None, None, "T", None, whole=True) for n in range(450)]
    found = hits(_Index(MARKED), TREE, rows, loose=False, context=0)
    assert [hit.article_id for hit in found] == list(range(450))
