"""How a query was read, what each part of it finds alone, and which part leaves nothing.

Asks the search of every word and filter by itself. `archive search --explain` shows all of it; a
search that finds nothing shows, unasked, what is to blame (`blame`).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping

from archive.query.dates import FIRST_DAY, LAST_DAY
from archive.query.nodes import (
    And,
    Dates,
    Near,
    Node,
    Not,
    Or,
    Paragraph,
    Text,
    Words,
    conjunction,
    items_of,
    positive_texts,
)
from archive.record import record
from archive.search import ranking
from archive.search.searcher import Searcher, read
from archive.search.spelling import suggest

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
    and the steps of SQLite's query plan for the first page of hits."""

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


def explain(
    connection: sqlite3.Connection, text: str, *, filters: Mapping[str, str] | None = None
) -> Explanation:
    """See `Explanation`; raises `QueryError`."""
    searcher = Searcher(connection)
    asked = read(text, filters)
    tree = ranking.without_function_words(asked)
    results = searcher.search(text, filters=filters)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {results.sql}")
    return Explanation(
        describe(tree) or "(everything)",
        tuple(Part(describe(part), searcher.count_of(part)) for part in _parts(tree)),
        searcher.count_of(tree),
        tuple(describe(item) for item in items_of(asked) if item not in items_of(tree)),
        tuple(str(row[3]) for row in rows),
        results.sql,
    )


def blame(
    connection: sqlite3.Connection, text: str, *, filters: Mapping[str, str] | None = None
) -> Blame:
    """See `Blame`; meant for a query that finds nothing."""
    searcher = Searcher(connection)
    tree = ranking.without_function_words(read(text, filters))
    missing = [part for part in _parts(tree) if not searcher.count_of(part)]
    words = [part.words for part in missing if isinstance(part, Text)]
    suggestions = {word: near for word, near in suggest(connection, words).items() if near}
    found = tuple(describe(part) for part in missing)
    if missing:
        return Blame(found, None, 0, None, suggestions)
    items = sorted(items_of(tree)[:_MOST_PARTS], key=lambda item: isinstance(item, Not))
    before, articles = None, searcher.count_of(And(()))
    for number, item in enumerate(items, 1):
        left = searcher.count_of(conjunction(items[:number]))
        if not left:
            return Blame((), before, articles, describe(item), {})
        before, articles = describe(conjunction(items[:number])), left
    return Blame((), None, 0, None, {})


def _parts(tree: Node) -> list[Node]:
    """The words and filters of a tree, each once, at most 50; of an exclusion, what it excludes."""

    def walk(node: Node) -> Iterator[Node]:
        if isinstance(node, And | Or):
            for item in node.items:
                yield from walk(item)
        elif isinstance(node, Near | Paragraph):
            yield from positive_texts(node)
            yield node
        elif not isinstance(node, Not):
            yield node

    return list(dict.fromkeys(walk(tree)))[:_MOST_PARTS]


# A word that reads as itself outside quotes.
_BARE = re.compile(r"(?!(?:AND|OR|NOT|(?:NEAR|ADJ)/.*)$)\w[\w'’./-]*")


def describe(node: Node) -> str:  # noqa: PLR0911 - one for each kind of node
    """A tree in the language's own terms."""
    if isinstance(node, Text):
        bare = not node.quoted and _BARE.fullmatch(node.words)
        words = node.words if bare else f'"{node.words}"'
        return (f"{node.column}:" if node.column else "") + words + ("*" if node.prefix else "")
    if isinstance(node, Near):
        sides = [_any_of(side) for side in (node.left, node.right)]
        return f" {'ADJ' if node.ordered else 'NEAR'}/{node.distance} ".join(sides)
    if isinstance(node, Paragraph):
        return f"para:({describe(node.item)})"
    if isinstance(node, Words):
        return f'{node.field}:"{node.words}"'
    if isinstance(node, Dates):
        first = "" if node.first == FIRST_DAY else node.first
        last = "" if node.last == LAST_DAY else node.last
        return f"date:{first}" if first == last else f"date:{first}..{last}"
    if isinstance(node, Not):
        inner = describe(node.item)
        return f"-({inner})" if isinstance(node.item, And | Or | Near) else f"-{inner}"
    if isinstance(node, Or):
        return _any_of(node.items) if node.items else "(no word)"
    return " ".join(
        f"({describe(item)})" if isinstance(item, Near) else describe(item) for item in node.items
    )


def _any_of(items: tuple[Node, ...]) -> str:
    parts = [f"({describe(i)})" if isinstance(i, And | Near) else describe(i) for i in items]
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"
