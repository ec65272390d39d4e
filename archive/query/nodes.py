"""The query tree: what the parser makes of a query, and the engine turns into SQL.

Stands between `query.py` (which sees text, never SQL) and `engines/` (which see trees, never text).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import field, replace

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
"""A query that asks for words but holds none, such as `"..."`: no article has them."""

EVERYTHING = And(())
"""An empty query."""


def items_of(node: Node) -> tuple[Node, ...]:
    """The parts that must all hold."""
    return node.items if isinstance(node, And) else (node,)


def positive_texts(node: Node) -> list[Text]:
    """The words and phrases that make an article match, in order, each once."""
    found: dict[Text, None] = {}

    def walk(node: Node) -> None:
        if isinstance(node, Text):
            found[node] = None
        elif isinstance(node, Near):
            found.update(dict.fromkeys(node.left + node.right))
        elif isinstance(node, And | Or):
            for item in node.items:
                walk(item)
        elif isinstance(node, Paragraph):
            walk(node.item)

    walk(node)
    return list(found)


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
