"""The nodes of a query tree, and what walks any tree.

The parser makes trees of text and never sees a database; an engine answers trees and never sees
text. Whatever treats nodes by their kind is a `match` that ends in `assert_never`, so that mypy
names every place to look at when a kind is added (docs/design.md).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from typing import assert_never

from archive.record import record


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """A word or a phrase of the full text; `column` is None or `title`, `prefix` for `invad*`.
    `words` are as the user wrote them, `quoted` says that quotes stood around them, and `times`
    how often they stood in the query; neither makes another word of it."""

    words: str
    prefix: bool = False
    column: str | None = None
    quoted: bool = field(default=False, compare=False)
    times: int = field(default=1, compare=False)


@record
class Near:
    """One of `left` and one of `right` in the same column with at most `distance` words between
    them, in this order where `ordered`, else in either."""

    left: tuple[Text, ...]
    right: tuple[Text, ...]
    distance: int
    ordered: bool = False


@record
class Paragraph:
    """A tree of words that one paragraph must satisfy."""

    item: Node


@record
class Words:
    """Words that a column (`category`, `byline`) or a source's path must hold."""

    field: str
    words: str


@record
class Dates:
    """Published between two ISO dates, both included."""

    first: str
    last: str


@record
class Not:
    """All articles but those of `item`."""

    item: Node


@record
class And:
    """Articles in every one of `items`; none at all for no item is `EVERYTHING`."""

    items: tuple[Node, ...]


@record
class Or:
    """Articles in any of `items`."""

    items: tuple[Node, ...]


Node = Text | Near | Paragraph | Words | Dates | Not | And | Or

NOTHING = Or(())
"""Matches no article: a query of punctuation only, such as `"..."`."""

EVERYTHING = And(())
"""Matches every article: an empty query."""


def items_of(node: Node) -> tuple[Node, ...]:
    """The parts that must all hold."""
    return node.items if isinstance(node, And) else (node,)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below one, in order."""
    match node:
        case Text() | Words() | Dates():
            return ()
        case Near():
            return node.left + node.right
        case Paragraph() | Not():
            return (node.item,)
        case And() | Or():
            return node.items
        case _:
            assert_never(node)


def positive_texts(node: Node) -> list[Text]:
    """The words and phrases that make an article match, in order, each once."""
    return list(dict.fromkeys(_texts(node, excluded=False)))


def all_texts(node: Node) -> list[Text]:
    """The words and phrases of a tree, excluded ones as well, in order, each once."""
    return list(dict.fromkeys(_texts(node, excluded=True)))


def _texts(node: Node, *, excluded: bool) -> Iterator[Text]:
    if isinstance(node, Text):
        yield node
    elif excluded or not isinstance(node, Not):
        for child in children(node):
            yield from _texts(child, excluded=excluded)


def together(kind: type[And | Or], items: Iterable[Node]) -> Node | None:
    """One node of some, flat; equal ones once. None for none."""
    flat: dict[Node, Node] = {}
    for item in items:
        for part in item.items if isinstance(item, kind) else (item,):
            known = flat.get(part)
            if isinstance(known, Text) and isinstance(part, Text):
                flat[part] = replace(
                    known, times=known.times + part.times, quoted=known.quoted or part.quoted
                )
            else:
                flat[part] = part
    if len(flat) == 1:
        return next(iter(flat.values()))
    return kind(tuple(flat.values())) if flat else None


def conjunction(items: Iterable[Node]) -> Node:
    """All of some parts as one tree; `EVERYTHING` for none."""
    kept = tuple(items)
    return kept[0] if len(kept) == 1 else And(kept)
