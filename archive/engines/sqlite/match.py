"""A tree of words -> an expression of FTS5. Words go in as quoted strings, never as language.

Words in any form are those of one index, words as written those of another; an expression is of one
of them. `Lookup` says how a word as written is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import assert_never

from archive.engines.sqlite.written import Sought, string
from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words
from archive.query.walk import all_texts, conjunction, items_of
from archive.record_class import record
from archive.text.folding import fold

STEMS, WRITTEN = "article_search", "article_words"

Lookup = Callable[[Text | Near], Sought]
"""How the index finds a word as written; of words near each other, whether texts must be looked
at."""


def term(text: Text) -> str:
    """The FTS5 expression for articles with a word or phrase in any form."""
    found = string(fold(text.words)) + "*" * text.prefix
    return f"{text.column} : {found}" if text.column else found


def any_of(texts: Iterable[Text]) -> str:
    """The FTS5 expression for articles with any of the words, in any form."""
    return " OR ".join(map(term, texts))


def index_of(node: Node) -> str:
    """The index that may answer a tree: that of the form of its words."""
    written = any(text.form != "any" for text in all_texts(node))
    return WRITTEN if written else STEMS


def match_expression(node: Node, lookup: Lookup) -> str | None:
    """The FTS5 expression for a tree of words, of the index `index_of` it; None where FTS5 cannot
    say it."""
    if len({text.form == "any" for text in all_texts(node)}) > 1:
        return None
    return _expression(node, lookup)


def _expression(node: Node, lookup: Lookup) -> str | None:
    match node:
        case Text():
            if node.form == "any":
                return term(node)
            found = lookup(node)
            return f"({found.exact or string('')})" if found.look is None else None
        case Near():
            return None if node.ordered else _near(node, lookup)
        case Or():
            return _disjunction(node, lookup)
        case And():
            return _conjunction(node, lookup)
        case Paragraph() | Words() | Dates() | Not():
            return None
        case _:
            assert_never(node)


def _disjunction(node: Or, lookup: Lookup) -> str | None:
    parts = [_expression(item, lookup) for item in node.items]
    known = [part for part in parts if part is not None]
    if not parts or len(known) < len(parts):
        return None
    return "(" + " OR ".join(known) + ")"


def _conjunction(node: And, lookup: Lookup) -> str | None:
    wanted = [_expression(item, lookup) for item in node.items if not isinstance(item, Not)]
    unwanted = [_expression(item.item, lookup) for item in node.items if isinstance(item, Not)]
    if not wanted or None in wanted or None in unwanted:
        return None
    expression = " AND ".join(part for part in wanted if part)
    expression = f"({expression})" if len(wanted) > 1 else expression
    if not unwanted:
        return expression
    # FTS5's NOT is binary and binds tighter than AND.
    return f"({expression} NOT ({' OR '.join(part for part in unwanted if part)}))"


def _near(node: Near, lookup: Lookup) -> str | None:
    """FTS5's NEAR takes phrases alone, and one column for all of them; None where a word is written
    in other ways as well, or where it finds words of two paragraphs."""
    if any(text.form != "any" and not lookup(text).plain for text in node.left + node.right):
        return None
    return near(node) if lookup(node).look is None else None


def near(node: Near, between: str = "") -> str:
    """FTS5's expression for words near each other, and a phrase between them or beside."""
    pairs = []
    for left in node.left:
        for right in node.right:
            words = (term(replace(text, column=None)) for text in (left, right))
            found = f"NEAR({between.join((' ', ' ')).join(words)}, {node.distance})"
            pairs.append(f"{left.column} : {found}" if left.column else found)
    return pairs[0] if len(pairs) == 1 else "(" + " OR ".join(pairs) + ")"


@record
class Split:
    """A conjunction: the expression of one of the indexes for what it can answer, None where that
    is nothing, and the items that are left."""

    index: str
    match: str | None
    others: list[Node]


def split(node: Node, lookup: Lookup) -> Split:
    """Divides a conjunction; see `Split`."""
    words: dict[str, list[Node]] = {STEMS: [], WRITTEN: []}
    others: list[Node] = []
    for item in items_of(node):
        if match_expression(item.item if isinstance(item, Not) else item, lookup):
            words[index_of(item)].append(item)
        else:
            others.append(item)
            if isinstance(item, Near | Paragraph) and index_of(item) == STEMS:
                words[STEMS].append(_loose(item))
    index = STEMS if any(not isinstance(item, Not) for item in words[STEMS]) else WRITTEN
    if all(isinstance(item, Not) for item in words[index]):
        return Split(STEMS, None, words[STEMS] + words[WRITTEN] + others)
    others += words[WRITTEN if index == STEMS else STEMS]
    return Split(index, match_expression(And(tuple(words[index])), lookup), others)


def spelled(node: Node, ways: Callable[[Text], tuple[Text, ...]]) -> Node:
    """The tree in which each word stands in all its ways: `e mail` for email as well."""
    match node:
        case Text():
            found = ways(node)
            return Or(found) if len(found) > 1 else found[0]
        case Near():
            left, right = (
                tuple(way for text in side for way in ways(text))
                for side in (node.left, node.right)
            )
            return replace(node, left=left, right=right)
        case Paragraph() | Not():
            return replace(node, item=spelled(node.item, ways))
        case And() | Or():
            return replace(node, items=tuple(spelled(item, ways) for item in node.items))
        case Words() | Dates():
            return node
        case _:
            assert_never(node)


def ways(text: Text, spellings: Callable[[str], list[str]]) -> tuple[Text, ...]:
    """A bare word, and the other ways in which it may be written."""
    if text.form != "any" or text.prefix or " " in text.words:
        return (text,)
    return (text, *(replace(text, words=way) for way in spellings(text.words)))


def in_any_form(node: Node) -> str | None:
    """The FTS5 expression for the words of a tree in any form, without its filters."""
    return split(stemmed(node), lambda _: Sought(None, None)).match


def stemmed(node: Node) -> Node:
    """The tree with every word in any form."""
    match node:
        case Text():
            return replace(node, form="any")
        case Near():
            sides = [tuple(replace(text, form="any") for text in side)
                     for side in (node.left, node.right)]  # fmt: skip
            return replace(node, left=sides[0], right=sides[1])
        case Paragraph() | Not():
            return replace(node, item=stemmed(node.item))
        case And() | Or():
            return replace(node, items=tuple(map(stemmed, node.items)))
        case Words() | Dates():
            return node
        case _:
            assert_never(node)


def _loose(node: Near | Paragraph) -> Node:
    """What FTS5 can say of words near each other or in one paragraph where they must be looked
    at."""
    if isinstance(node, Near) and not node.ordered:
        return And((Or(node.left), Or(node.right)))
    return superset(node)


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
