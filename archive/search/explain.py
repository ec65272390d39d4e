"""How a query was read, what each part of it finds alone, and which part leaves nothing.

Asks the search of every word and filter by itself. `archive search --explain` shows all of it; a
search that finds nothing shows, unasked, what is to blame (`blame`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, assert_never

from archive.query.describe import describe
from archive.query.nodes import EVERYTHING, And, Dates, Near, Node, Not, Or, Paragraph, Text, Words
from archive.query.walk import conjunction, items_of, positive_texts
from archive.record_class import record
from archive.search.searcher import search

if TYPE_CHECKING:
    from archive.engines.finding import Index
    from archive.query.read import Asked

Suggest = Callable[[Sequence[str]], Mapping[str, tuple[str, ...]]]

_MOST_PARTS = 50


@record
class Part:
    """A word, phrase or filter as it was read, and the number of articles for which it holds."""

    text: str
    articles: int


@record
class Explanation:
    """How a query was read: all of it in the language's own terms, its parts with what each finds
    alone (the first 50), how many articles hold all of it, the function words that do not decide,
    and the steps that the database takes for the first page of hits."""

    read_as: str
    parts: tuple[Part, ...]
    articles: int
    ignored: tuple[str, ...]
    plan: tuple[str, ...]
    sql: str


@record
class Blame:
    """Why a query finds nothing. `missing` are parts that no article has; where there are none,
    `leaves_nothing` is the part that left nothing of the articles that have all `before` it.
    `suggestions`: for words that no article holds, the nearest that one does."""

    missing: tuple[str, ...]
    before: str | None
    articles: int
    leaves_nothing: str | None
    suggestions: Mapping[str, tuple[str, ...]]


def explain(index: Index, asked: Asked) -> Explanation:
    """See `Explanation`."""
    page = search(index, asked, lambda: nullcontext(index)).page
    return Explanation(
        describe(asked.sought) or "(everything)",
        tuple(Part(describe(part), index.plan(part).count()) for part in _parts(asked.sought)),
        index.plan(asked.sought).count(),
        tuple(map(describe, asked.ignored)),
        page.steps(),
        page.sql,
    )


def blame(index: Index, asked: Asked, suggest: Suggest) -> Blame:
    """See `Blame`; meant for a query that finds nothing. `suggest` gives near words for missing
    ones."""
    missing = [part for part in _parts(asked.sought) if not index.plan(part).count()]
    if missing:
        words = [part.words for part in missing if isinstance(part, Text)]
        suggestions = {word: near for word, near in suggest(words).items() if near}
        return Blame(tuple(map(describe, missing)), None, 0, None, suggestions)
    items = sorted(items_of(asked.sought)[:_MOST_PARTS], key=lambda item: isinstance(item, Not))
    before, articles = None, index.plan(EVERYTHING).count()
    for number, item in enumerate(items, 1):
        both = conjunction(items[:number])
        left = index.plan(both).count()
        if not left:
            return Blame((), before, articles, describe(item), {})
        before, articles = describe(both), left
    return Blame((), None, 0, None, {})


def _parts(tree: Node) -> list[Node]:
    """The words and filters of a tree, each once, at most 50; exclusions are left out."""
    return list(dict.fromkeys(_walked(tree)))[:_MOST_PARTS]


def _walked(node: Node) -> Iterator[Node]:
    match node:
        case And() | Or():
            for item in node.items:
                yield from _walked(item)
        case Near() | Paragraph():
            yield from positive_texts(node)
            yield node
        case Text() | Words() | Dates():
            yield node
        case Not():
            pass
        case _:
            assert_never(node)
