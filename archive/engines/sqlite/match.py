"""A tree of words -> an expression of FTS5. Words go in as quoted strings, never as language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words
from archive.query.walk import conjunction, items_of
from archive.text.folding import fold


def string(folded: str) -> str:
    """Folded text as an FTS5 string, so that nothing in it is an operator: a word or a phrase."""
    return '"' + folded.replace('"', " ") + '"'


def term(text: Text) -> str:
    """The FTS5 expression for articles with a word or phrase."""
    found = string(fold(text.words)) + "*" * text.prefix
    return f"{text.column} : {found}" if text.column else found


def any_of(texts: Iterable[Text]) -> str:
    """The FTS5 expression for articles with any of the words."""
    return " OR ".join(map(term, texts))


def match_expression(node: Node) -> str | None:
    """The FTS5 expression for a tree of words; None where FTS5 cannot say it."""
    match node:
        case Text():
            return term(node)
        case Near():
            return None if node.ordered else _near(node)
        case Or():
            return _disjunction(node)
        case And():
            return _conjunction(node)
        case Paragraph() | Words() | Dates() | Not():
            return None
        case _:
            assert_never(node)


def _disjunction(node: Or) -> str | None:
    parts = [match_expression(item) for item in node.items]
    known = [part for part in parts if part is not None]
    if not parts or len(known) < len(parts):
        return None
    return "(" + " OR ".join(known) + ")"


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


def _near(node: Near) -> str:
    """FTS5's NEAR takes phrases alone, and one column for all of them."""
    pairs = []
    for left in node.left:
        for right in node.right:
            words = " ".join(term(replace(text, column=None)) for text in (left, right))
            near = f"NEAR({words}, {node.distance})"
            pairs.append(f"{left.column} : {near}" if left.column else near)
    return pairs[0] if len(pairs) == 1 else "(" + " OR ".join(pairs) + ")"


def split(node: Node) -> tuple[str | None, list[Node]]:
    """A conjunction as the FTS5 expression for what FTS5 can answer of it, None where that is
    nothing, and the items that are left."""
    words: list[Node] = []
    others: list[Node] = []
    for item in items_of(node):
        if match_expression(item.item if isinstance(item, Not) else item):
            words.append(item)
        else:
            others.append(item)
            if isinstance(item, Near | Paragraph):
                words.append(superset(item))
    if all(isinstance(item, Not) for item in words):
        return None, words + others
    return match_expression(And(tuple(words))), others


def words_of(node: Node) -> str | None:
    """The FTS5 expression for the words of a tree, without its filters."""
    return split(node)[0]


def superset(node: Node) -> Node:
    """The nearest tree that FTS5 can say and that holds for every article for which `node` does."""
    match node:
        case Near():
            return replace(node, ordered=False)
        case Paragraph():
            return superset(node.item)
        case Or():
            return Or(tuple(map(superset, node.items)))
        case And():
            return conjunction(superset(item) for item in node.items if not isinstance(item, Not))
        case Text() | Words() | Dates() | Not():
            return node
        case _:
            assert_never(node)
