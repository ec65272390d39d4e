"""A tree -> text in the language's own terms, which reads back as the same tree."""

from __future__ import annotations

from typing import assert_never

from archive.query.acronyms import BARE
from archive.query.dates import FIRST_DAY, LAST_DAY
from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words


def describe(node: Node) -> str:  # noqa: PLR0911 - one for each kind of node
    """Returns the text of a tree; empty for `EVERYTHING`."""
    match node:
        case Text():
            bare = (node.form == "any" or node.prefix) and BARE.fullmatch(
                node.words + "x" * node.prefix
            )
            words = node.words if bare else f'"{node.words}"'
            return (f"{node.column}:" if node.column else "") + words + "*" * node.prefix
        case Near():
            operator = f" {'ADJ' if node.ordered else 'NEAR'}/{node.distance} "
            return operator.join(_any_of(side) for side in (node.left, node.right))
        case Paragraph():
            return f"para:({describe(node.item)})"
        case Words():
            return f'{node.field}:"{node.words}"' + "*" * node.prefix
        case Dates():
            first = "" if node.first == FIRST_DAY else node.first
            last = "" if node.last == LAST_DAY else node.last
            return f"date:{first}" if first == last else f"date:{first}..{last}"
        case Not():
            inner = describe(node.item)
            return f"-({inner})" if isinstance(node.item, And | Or | Near | Not) else f"-{inner}"
        case Or():
            return _any_of(node.items) if node.items else "(no word)"
        case And():
            parts = (f"({describe(i)})" if isinstance(i, Near) else describe(i) for i in node.items)
            return " ".join(parts)
        case _:
            assert_never(node)


def _any_of(items: tuple[Node, ...]) -> str:
    parts = [f"({describe(i)})" if isinstance(i, And | Near) else describe(i) for i in items]
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"
