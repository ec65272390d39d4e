"""The replaced versions as an archive of their own, in memory, made for the questions that ask for
them too.

No stored index has their text, because few questions want it. This one has the tables and indexes
of an archive, so that whatever finds an article finds a version in the same way.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from archive.address import Address
from archive.engines.sqlite import index, schema_revisions
from archive.engines.sqlite.finding import Index
from archive.engines.sqlite.in_memory import InMemory

_UNIQUE = re.compile(r"CONSTRAINT uq_articles_content_hash UNIQUE \(content_hash\),")

_ARTICLE = """
    INSERT INTO articles (id, published_on, category, byline, title, content_hash,
                          word_count, paragraph_count, added_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, 0, ?, '', '')"""
_SOURCE = """
    INSERT INTO sources (article_id, member, path, file_hash, size, mtime_ns, first_seen_at,
                         last_seen_at)
    VALUES (?1, ?1, ?2, x'', 0, 0, '', '')"""


class Replaced:
    """The replaced versions of an archive (`engines.finding.Replaced`). Of those that differ in
    bytes alone there is the last; there is none that has the text of the current version."""

    def __init__(self, archive: sqlite3.Connection) -> None:
        self._memory = InMemory()
        self.addresses: list[Address] = []
        connection = self._memory.connection
        connection.execute("BEGIN")
        for statement in schema_revisions.head_schema():
            # Two versions may have the same text, as where a correction was taken back.
            connection.execute(_UNIQUE.sub("", statement))
        rows = archive.execute(
            "SELECT article_id, number, published_on, category, byline, title, content_hash, text,"
            " path FROM revisions WHERE text IS NOT NULL ORDER BY article_id, number"
        )
        for row in rows:
            self._add(connection, *row)
        index.fill(connection)
        connection.execute("COMMIT")
        self.index = Index(connection)

    def _add(self, connection: sqlite3.Connection, article_id: int, *row: Any) -> None:
        version, *head, text, path = row
        self.addresses.append(Address(article_id, version))
        number, paragraphs = len(self.addresses), text.split("\n")
        connection.execute(_ARTICLE, (number, *head, len(paragraphs)))
        connection.executemany(
            "INSERT INTO paragraphs (article_id, position, text) VALUES (?, ?, ?)",
            ((number, position, text) for position, text in enumerate(paragraphs, 1)),
        )
        connection.execute(_SOURCE, (number, path))
