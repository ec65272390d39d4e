"""A query tree -> `Compiled`: how SQLite finds its articles. All values go in as parameters.

A conjunction is split into what the full-text index can answer (one FTS5 expression) and conditions
on the tables. Where words and filters are mixed under OR, the whole becomes a condition with the
words as subqueries. What FTS5 cannot say, words in this order (ADJ/n) or in one paragraph (para:),
is found by `places` beforehand and goes in as a list of ids.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from archive.engines.sqlite.match import (
    STEMS,
    WRITTEN,
    Split,
    any_of,
    index_of,
    match_expression,
    near,
    spelled,
    split,
    superset,
    term,
    ways,
)
from archive.engines.sqlite.statements import Compiled, Statement, these
from archive.engines.sqlite.written import (
    Sought,
    found_alone,
    joined_forms,
    looked_at,
    sought,
    spellings,
    string,
)
from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words
from archive.query.walk import items_of, positive_texts
from archive.text.folding import PARAGRAPH_BREAK, fold
from archive.text.words import plain, plain_words

_NUMBER = re.compile("[0-9]{1,3}(?:,[0-9]{3})+")
_CLOSE = 3
"""Words between two that are looked for in a first step."""
_MOST_VALUES = 200
"""Values of a column that are named in the SQL one by one."""


class Compiler:
    """Compiles trees for one archive; what it has found of a word it keeps."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sought: dict[Text, Sought] = {}
        self._spellings: dict[str, list[str]] = {}
        self._wrong: dict[Near, list[int]] = {}
        self._ways: dict[Text, tuple[Text, ...]] = {}
        self._looked: dict[Text, list[int]] = {}
        self._left_out: set[Near] = set()

    def compiled(self, asked: Node) -> Compiled:
        """How to answer a tree in this archive."""
        loose, apart = self.loosely(asked)
        return loose.without(self.across(apart))

    def loosely(self, asked: Node) -> tuple[Compiled, list[Near]]:
        """The same but for what FTS5's NEAR finds although the words stand in two paragraphs, and
        the items of which it may."""
        tree = spelled(asked, self._all_ways)
        for item in items_of(tree):
            self._look(item.item if isinstance(item, Not) else item)
        apart = list(self._apart(tree))
        found = split(tree, self._lookup)
        looked = [item for item in found.others if isinstance(item, Text) and item.form != "any"]
        if found.match is None and looked:
            found = Split(WRITTEN, self._lookup(looked[0]).loose, found.others)
        conditions = list(map(self._condition, found.others))
        query = Compiled(
            found.match,
            " AND ".join(condition.sql for condition in conditions),
            tuple(value for condition in conditions for value in condition.values),
            None if found.match else any_of(positive_texts(tree)) or None,
            found.index,
        )
        return query, apart

    def across(self, apart: Iterable[Near]) -> set[int]:
        """All articles that were found by `loosely` alone."""
        return {article for item in apart for article in self._across(item)}

    def wrong(self, apart: Iterable[Near], ids: list[int]) -> set[int]:
        """Which of some articles were found by `loosely` alone."""
        right = (looked_at(self._connection, item, ids) for item in apart)
        return {article for found in right for article in {*ids} - {*found}}

    def ways(self, words: Iterable[Text]) -> tuple[Text, ...]:
        """Some words in all the ways in which they may be written."""
        return tuple(way for word in words for way in ways(word, self._spelled))

    def _all_ways(self, text: Text) -> tuple[Text, ...]:
        if text not in self._ways:
            self._ways[text] = self._true_ways(text)
        return self._ways[text]

    def _true_ways(self, text: Text) -> tuple[Text, ...]:
        """A word in all its ways. A phrase may find more than the word in several parts: `1 250` is
        also part of 1,250,000, and no policymakers are policy makers."""
        if text.form == "any" and _NUMBER.fullmatch(text.words):
            text = replace(text, words=text.words.replace(",", ""))
        found = ways(text, self._spelled)
        if len(found) > 1 and text.words.isalnum() and not found_alone(self._connection, found):
            joined = joined_forms(self._connection, text.words)
            return (text, *(replace(text, words=form, form="joined") for form in joined))
        return found

    def _lookup(self, node: Text | Near) -> Sought:
        if isinstance(node, Near):
            is_left_out = node in self._left_out or not self._across(node)
            return Sought(None, None if is_left_out else "beforehand")
        if node not in self._sought:
            self._sought[node] = sought(self._connection, node)
        return self._sought[node]

    def _look(self, node: Node) -> None:
        """Look at the texts that may hold a word beside those of which the index knows. Where none
        does, the index knows all."""
        if not isinstance(node, Text) or node.form == "any" or node in self._looked:
            return
        found = self._lookup(node)
        if found.look is not None:
            looked = self._looked_at(node, _in_index(WRITTEN, found.look))
            if looked and found.exact:
                known = _in_index(WRITTEN, found.exact)
                looked = sorted({*looked} - {*self._ids(known)})
            self._looked[node] = looked
            if not looked:
                self._sought[node] = Sought(found.exact, None)

    def _apart(self, tree: Node) -> Iterator[Near]:
        """The items of a conjunction for which FTS5's NEAR may stand, if what it finds of two
        paragraphs is left out of the whole. No title has two."""
        for item in items_of(tree):
            if isinstance(item, Near) and not item.ordered:
                self._left_out.add(item)
                if match_expression(item, self._lookup) is None:
                    self._left_out.remove(item)
                elif not any(text.column for text in item.left):
                    yield item

    def _across(self, node: Near) -> list[int]:
        """The articles that FTS5's NEAR finds although the words stand in two paragraphs."""
        if node not in self._wrong:
            index, pilcrow = index_of(node), string(PARAGRAPH_BREAK)
            beside, close = (replace(node, distance=most) for most in (0, _CLOSE))
            # Where no break is near to words that are, they stand in one paragraph.
            apart = f"{near(node, pilcrow)} NOT {near(beside)}"
            if node.distance > _CLOSE:
                apart = f"({apart}) NOT ({near(close)} NOT {near(close, pilcrow)})"
            found: list[int] = []
            if not any(text.column for text in node.left):
                found = self._ids(_in_index(index, apart))
            self._wrong[node] = sorted({*found} - {*looked_at(self._connection, node, found)})
        return self._wrong[node]

    def _spelled(self, word: str) -> list[str]:
        if word not in self._spellings:
            self._spellings[word] = spellings(self._connection, word)
        return self._spellings[word]

    def _condition(self, node: Node) -> Statement:  # noqa: PLR0911 - one for each kind of node
        """A tree as a condition on `a`; never NULL, so that NOT may stand before it."""
        expression = match_expression(node, self._lookup)
        if expression is not None:
            return _held(index_of(node), expression)
        match node:
            case Not():
                inner = self._condition(node.item)
                return Statement(f"NOT {inner.sql}", inner.values)
            case And():
                return self._joined(node.items, " AND ", "TRUE")
            case Or():
                return self._joined(node.items, " OR ", "FALSE")
            case Dates():
                return Statement("(a.published_on BETWEEN ? AND ?)", (node.first, node.last))
            case Words():
                return _words_condition(self._connection, node)
            case Near() if not node.ordered and self._wrong.get(node):
                return _but(_held(index_of(node), near(node)), these(self._wrong[node]))
            case Near() | Paragraph():
                return these(self._articles_where(node))
            case Text():
                self._look(node)
                found, looked = self._lookup(node), these(self._looked.get(node, []))
                return _either(_held(WRITTEN, found.exact), looked) if found.exact else looked
            case _:
                assert_never(node)

    def _joined(self, items: tuple[Node, ...], between: str, empty: str) -> Statement:
        parts = [self._condition(item) for item in items]
        joined = between.join(part.sql for part in parts)
        values = tuple(value for part in parts for value in part.values)
        return Statement(f"({joined})" if parts else empty, values)

    def _articles_where(self, node: Near | Paragraph) -> list[int]:
        """The articles for which words in order or in one paragraph hold."""
        if index_of(node) == STEMS:
            from archive.engines.sqlite import places  # noqa: PLC0415 - few queries need it

            return places.articles_where(self._connection, node)
        return self._looked_at(node, self._loose(superset(node)))

    def _loose(self, node: Node) -> Statement:
        """Every article for which a tree of words may hold."""
        match node:
            case Text():
                if node.form == "any":
                    return _in_index(STEMS, term(node))
                return _in_index(WRITTEN, self._lookup(node).loose)
            case Near():
                return self._loose(And((Or(node.left), Or(node.right))))
            case And() | Or():
                parts = [self._loose(item) for item in node.items]
                values = tuple(value for part in parts for value in part.values)
                within, among = (" AND ", " INTERSECT ")
                if isinstance(node, Or):
                    within, among = (" OR ", " UNION ")
                if len({part.sql for part in parts}) == 1 and len(values) == len(parts):
                    return Statement(parts[0].sql, (within.join(f"({v})" for v in values),))
                return Statement(
                    among.join(f"SELECT * FROM ({part.sql})" for part in parts), values
                )
            case Paragraph() | Not() | Words() | Dates():
                raise TypeError(node)  # pragma: no cover - `superset` leaves none of them
            case _:
                assert_never(node)

    def _looked_at(self, node: Node, candidates: Statement) -> list[int]:
        return looked_at(self._connection, node, self._ids(candidates))

    def _ids(self, found: Statement) -> list[int]:
        return [row for (row,) in self._connection.execute(found.sql, found.values).fetchall()]


def _in_index(index: str, expression: str) -> Statement:
    """The articles that an index finds."""
    return Statement(f"SELECT rowid FROM {index} WHERE {index} MATCH ?", (expression,))


def _held(index: str, expression: str) -> Statement:
    """Articles that an index finds. Without the plus sign SQLite may ask it anew for each one."""
    return Statement(f"+a.id IN (SELECT rowid FROM {index} WHERE {index} MATCH ?)", (expression,))


def _either(one: Statement, other: Statement) -> Statement:
    return Statement(f"({one.sql} OR {other.sql})", one.values + other.values)


def _but(one: Statement, other: Statement) -> Statement:
    return Statement(f"({one.sql} AND NOT {other.sql})", one.values + other.values)


def _source_condition(connection: sqlite3.Connection, column: str, words: str) -> Statement:
    """Articles with a source whose path or URL holds a text, ignoring case and accents: SQLite
    folds the case of ASCII alone, so the others are looked at here."""
    wanted = plain(fold(words))
    others = connection.execute(
        f"SELECT DISTINCT article_id, {column} FROM sources WHERE {column} GLOB '*[^ -~]*'"
    )
    found = these([article for article, path in others if wanted in plain(fold(path))])
    like = Statement(
        f"a.id IN (SELECT article_id FROM sources WHERE {column} LIKE ? ESCAPE '\\')",
        ("%" + re.sub(r"([\\%_])", r"\\\1", wanted) + "%",),
    )
    return _either(like, found) if found.values != ("[]",) else like


def _values_with(connection: sqlite3.Connection, node: Words) -> list[str]:
    """The distinct values of a small column that contain the words, ignoring case and accents; with
    a sign of equality before them, the value that they are."""
    if node.words.startswith("="):
        return [node.words[1:]]
    wanted = f" {plain_words(node.words)}" + " " * (not node.prefix)
    rows = connection.execute(
        f"SELECT DISTINCT {node.field} FROM articles WHERE {node.field} IS NOT NULL ORDER BY 1"
    )
    return [value for (value,) in rows if wanted in f" {plain_words(value)} "]


def _words_condition(connection: sqlite3.Connection, node: Words) -> Statement:
    if node.field in ("source", "url"):
        column = "path" if node.field == "source" else "url"
        return _source_condition(connection, column, node.words)
    if node.field == "hash":
        first, last = (node.words.ljust(64, digit) for digit in "0f")
        return Statement(f"(a.content_hash BETWEEN x'{first}' AND x'{last}')")
    values = _values_with(connection, node)
    column = f"a.{node.field}"
    if not values:
        return Statement("FALSE")
    if len(values) > _MOST_VALUES:
        return Statement(
            f"({column} IS NOT NULL AND {column} IN (SELECT value FROM json_each(?)))",
            (json.dumps(values),),
        )
    marks = ", ".join("?" * len(values))
    return Statement(f"({column} IS NOT NULL AND {column} IN ({marks}))", tuple(values))
