"""The replaced versions, found by reading them: no index has their text, because there are few and
few questions want them.

    texts of all versions -> which words hold where (query.matching) -> ids -> SQL for all else

What stands beside a text, such as its date, goes into tables of an archive in memory, so that
filters, facets and orders are those of articles.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, assert_never

from archive.address import Address
from archive.engines.sqlite import plan, schema_revisions
from archive.engines.sqlite.finding import Plan
from archive.engines.sqlite.in_memory import InMemory
from archive.engines.sqlite.marking import evidence
from archive.engines.sqlite.statements import Compiled, Statement, these
from archive.engines.sqlite.tokenizer import forms
from archive.query.matching import Matcher
from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words

if TYPE_CHECKING:
    from archive.engines import finding
    from archive.engines.finding import Marked

_UNIQUE = re.compile(r"CONSTRAINT uq_articles_content_hash UNIQUE \(content_hash\),")

_VERSIONS = "FROM revisions WHERE text IS NOT NULL ORDER BY article_id, number"
_ARTICLE = """
    INSERT INTO articles (id, published_on, category, byline, title, publication,
                          content_hash, word_count, paragraph_count, added_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, 0, 1, '', '')"""
_SOURCE = """
    INSERT INTO sources (article_id, member, path, file_hash, size, mtime_ns, first_seen_at,
                         last_seen_at)
    VALUES (?1, ?1, ?2, x'', 0, 0, '', '')"""


class Replaced:
    """The replaced versions of an archive (`engines.finding.Replaced`)."""

    def __init__(self, archive: sqlite3.Connection) -> None:
        self._archive, self._memory = archive, InMemory()
        self.addresses: list[Address] = []
        self._plans: dict[Node, Plan] = {}
        connection = self._memory.connection
        connection.execute("BEGIN")
        for statement in schema_revisions.head_schema():
            # Two versions may have the same text, as where a correction was taken back.
            connection.execute(_UNIQUE.sub("", statement))
        for article_id, version, *row, path in archive.execute(
            "SELECT article_id, number, published_on, category, byline, title, publication,"
            " content_hash, path " + _VERSIONS
        ):
            self.addresses.append(Address(article_id, version))
            connection.execute(_ARTICLE, (len(self.addresses), *row))
            connection.execute(_SOURCE, (len(self.addresses), path))
        connection.execute("COMMIT")

    def plan(self, tree: Node) -> finding.Plan:
        """Returns how a tree is answered. All texts are read for it, once."""
        if tree not in self._plans:
            compiled = _Compiler(self._memory.connection, self._holding(tree)).compiled(tree)
            self._plans[tree] = Plan(self._memory.connection, compiled)
        return self._plans[tree]

    def mark(self, addresses: Iterable[Address], tree: Node) -> Iterator[Marked]:
        """The evidence of versions for a tree."""
        matcher = Matcher(tree, forms)
        for place in addresses:
            title, text = self._archive.execute(
                "SELECT title, text FROM revisions WHERE article_id = ? AND number = ?",
                (place.article_id, place.version),
            ).fetchone()
            paragraphs = [(paragraph, None) for paragraph in text.split("\n")]
            yield evidence(matcher, (title, None), paragraphs)

    def _holding(self, tree: Node) -> dict[Node, list[int]]:
        """The versions for which each part of a tree holds that asks for words."""
        found: dict[Node, list[int]] = {part: [] for part in _asking_for_words(tree)}
        if found:
            matcher = Matcher(tree, forms)
            rows = self._archive.execute(f"SELECT title, text {_VERSIONS}")
            for number, (title, text) in enumerate(rows, 1):
                for part in matcher.held(found, title, text.split("\n")):
                    found[part].append(number)
        return found


class _Compiler(plan.Compiler):
    """Compiles a tree of which it is known where its words hold."""

    def __init__(self, connection: sqlite3.Connection, found: dict[Node, list[int]]) -> None:
        super().__init__(connection)
        self._found = found

    def compiled(self, asked: Node) -> Compiled:
        """How to answer the tree."""
        condition = self._condition(asked)
        return Compiled(None, condition.sql, condition.values, None)

    def _condition(self, node: Node) -> Statement:
        if node in self._found:
            return these(self._found[node])
        match node:
            case And():
                return self._joined(node.items, " AND ", "TRUE")
            case Or():
                return self._joined(node.items, " OR ", "FALSE")
            case _:
                return super()._condition(node)


def _asking_for_words(node: Node) -> Iterator[Node]:
    """The words, phrases, `Near` and `Paragraph` that a tree is made of."""
    match node:
        case Text() | Near() | Paragraph():
            yield node
        case Not():
            yield from _asking_for_words(node.item)
        case And() | Or():
            for item in node.items:
                yield from _asking_for_words(item)
        case Words() | Dates():
            pass
        case _:
            assert_never(node)
