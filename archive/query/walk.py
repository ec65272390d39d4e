"""What walks any query tree, and what puts trees together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from archive.query.dates import FIRST_DAY, LAST_DAY
from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words


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


def days_asked(node: Node) -> tuple[str, str]:
    """The first and the last ISO day that every article of a tree must lie between."""
    dates = [item for item in items_of(node) if isinstance(item, Dates)]
    first = max((item.first for item in dates), default=FIRST_DAY)
    return first, min((item.last for item in dates), default=LAST_DAY)
