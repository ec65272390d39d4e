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
from typing import assert_never

from archive.engines.sqlite.match import any_of, match_expression, split
from archive.engines.sqlite.statements import Compiled, Statement
from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words
from archive.query.walk import positive_texts
from archive.text.words import plain_words

_MOST_VALUES = 200
"""Values of a column that are named in the SQL one by one."""


def compiled(connection: sqlite3.Connection, tree: Node) -> Compiled:
    """How to answer a tree in this archive."""
    match, others = split(tree)
    conditions = [_condition(connection, item) for item in others]
    return Compiled(
        match,
        " AND ".join(condition.sql for condition in conditions),
        tuple(value for condition in conditions for value in condition.values),
        None if match else any_of(positive_texts(tree)) or None,
    )


def _condition(  # noqa: PLR0911 - one for each kind of node
    connection: sqlite3.Connection, node: Node
) -> Statement:
    """A tree as a condition on `a`; never NULL, so that NOT may stand before it."""
    expression = match_expression(node)
    if expression is not None:
        return Statement(
            "a.id IN (SELECT rowid FROM article_search WHERE article_search MATCH ?)",
            (expression,),
        )
    match node:
        case Not():
            inner = _condition(connection, node.item)
            return Statement(f"NOT {inner.sql}", inner.values)
        case And():
            return _joined(connection, node.items, " AND ", "TRUE")
        case Or():
            return _joined(connection, node.items, " OR ", "FALSE")
        case Dates():
            return Statement("(a.published_on BETWEEN ? AND ?)", (node.first, node.last))
        case Words():
            return _words_condition(connection, node)
        case Near() | Paragraph():
            from archive.engines.sqlite import places  # noqa: PLC0415 - few queries need it

            ids = json.dumps(places.articles_where(connection, node))
            return Statement("a.id IN (SELECT value FROM json_each(?))", (ids,))
        case Text():
            raise TypeError(node)  # pragma: no cover - a Text always has an expression
        case _:
            assert_never(node)


def _joined(
    connection: sqlite3.Connection, items: tuple[Node, ...], between: str, empty: str
) -> Statement:
    parts = [_condition(connection, item) for item in items]
    joined = between.join(part.sql for part in parts)
    values = tuple(value for part in parts for value in part.values)
    return Statement(f"({joined})" if parts else empty, values)


def _values_with(connection: sqlite3.Connection, column: str, words: str) -> list[str]:
    """The distinct values of a small column that contain the words, ignoring case and accents."""
    wanted = f" {plain_words(words)} "
    rows = connection.execute(
        f"SELECT DISTINCT {column} FROM articles WHERE {column} IS NOT NULL ORDER BY 1"
    )
    return [value for (value,) in rows if wanted in f" {plain_words(value)} "]


def _words_condition(connection: sqlite3.Connection, node: Words) -> Statement:
    if node.field == "source":
        return Statement(
            "a.id IN (SELECT article_id FROM sources WHERE path LIKE ? ESCAPE '\\')",
            ("%" + re.sub(r"([\\%_])", r"\\\1", node.words) + "%",),
        )
    values = _values_with(connection, node.field, node.words)
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
