"""A tree of words -> an expression of FTS5. Words go in as quoted strings, never as language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archive.query.nodes import And, Near, Node, Not, Or, Paragraph, Text, conjunction
from archive.text.folding import fold


def term(text: Text) -> str:
    """A word or phrase as an FTS5 string: quoted, so that nothing in it is an operator."""
    string = '"' + fold(text.words).replace('"', " ") + '"' + ("*" if text.prefix else "")
    return f"{text.column} : {string}" if text.column else string


def match_expression(node: Node) -> str | None:
    """The FTS5 expression for a tree of words; None where FTS5 cannot say it."""
    if isinstance(node, Text):
        return term(node)
    if isinstance(node, Near) and not node.ordered:
        pairs = [_near(a, b, node.distance) for a in node.left for b in node.right]
        return pairs[0] if len(pairs) == 1 else "(" + " OR ".join(pairs) + ")"
    if isinstance(node, Or) and node.items:
        parts = [match_expression(item) for item in node.items]
        known = [part for part in parts if part is not None]
        return "(" + " OR ".join(known) + ")" if len(known) == len(parts) else None
    return _conjunction(node) if isinstance(node, And) else None


def _conjunction(node: And) -> str | None:
    wanted = [match_expression(item) for item in node.items if not isinstance(item, Not)]
    unwanted = [match_expression(item.item) for item in node.items if isinstance(item, Not)]
    if not wanted or None in wanted or None in unwanted:
        return None
    expression = " AND ".join(part for part in wanted if part)
    expression = f"({expression})" if len(wanted) > 1 else expression
    if not unwanted:
        return expression
    # FTS5's NOT is binary and binds tighter than AND.
    return f"({expression} NOT ({' OR '.join(part for part in unwanted if part)}))"


def _near(left: Text, right: Text, distance: int) -> str:
    """FTS5's NEAR takes phrases alone, and one column for all of them."""
    words = " ".join(term(replace(text, column=None)) for text in (left, right))
    near = f"NEAR({words}, {distance})"
    return f"{left.column} : {near}" if left.column else near


def any_of(texts: Iterable[Text]) -> str:
    """The FTS5 expression for articles with any of the words."""
    return " OR ".join(map(term, texts))


def superset(node: Node) -> Node:
    """The nearest tree that FTS5 can say and that holds for every article for which `node` does."""
    if isinstance(node, Near):
        return replace(node, ordered=False)
    if isinstance(node, Paragraph):
        return superset(node.item)
    if isinstance(node, Or):
        return Or(tuple(superset(item) for item in node.items))
    if isinstance(node, And):
        return conjunction(superset(item) for item in node.items if not isinstance(item, Not))
    return node
