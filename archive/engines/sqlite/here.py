"""What a merge asks of the archive that it brings another into, and puts there."""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.engines.sqlite import connection as sqlite

_HIGHEST = """
    SELECT max(coalesce((SELECT max(id) FROM articles), 0),
               coalesce((SELECT max(article_id) FROM removals), 0))"""


class Here:
    """The archive that gets what another one has."""

    def __init__(self, ours: sqlite3.Connection, theirs: sqlite3.Connection) -> None:
        self._connection = ours
        self._next = 1 + max(one.execute(_HIGHEST).fetchone()[0] for one in (ours, theirs))

    def value(self, statement: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        return sqlite.value(self._connection, statement, *values)

    def insert(self, table: str, row: dict[str, Any]) -> int:
        """Puts a row into a table; its number."""
        columns, places = ", ".join(row), ", ".join("?" * len(row))
        added = self._connection.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({places})", tuple(row.values())
        )
        return int(added.lastrowid or 0)

    def new_number(self) -> int:
        """A number that no article here or there ever had."""
        number: int = self._next
        self._next += 1
        return number

    def has_number(self, article_id: int) -> bool:
        """Whether an article has or had a number."""
        return bool(
            self.value(
                "SELECT 1 FROM articles WHERE id = ?1 UNION"
                " SELECT 1 FROM removals WHERE article_id = ?1",
                article_id,
            )
        )

    def is_removed(self, content: bytes) -> bool:
        """Whether a content was taken out."""
        return bool(self.value("SELECT 1 FROM removals WHERE content_hash = ?", content))

    def holder(self, content: bytes) -> int | None:
        """The article that has a content, as it is now or else in an earlier version."""
        found: int | None = self.value(
            "SELECT id FROM articles WHERE content_hash = ?1 UNION ALL"
            " SELECT min(article_id) FROM revisions WHERE content_hash = ?1",
            content,
        )
        return found

    def has_bytes(self, article_id: int, file_hash: bytes) -> bool:
        """Whether a version of an article has these bytes."""
        return bool(
            self.value(
                "SELECT 1 FROM sources WHERE article_id = ?1 AND file_hash = ?2 UNION ALL"
                " SELECT 1 FROM revisions WHERE article_id = ?1 AND file_hash = ?2",
                *(article_id, file_hash),
            )
        )


def rows_of(connection: sqlite3.Connection, statement: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a statement by column."""
    cursor = connection.execute(statement, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def one_of(connection: sqlite3.Connection, statement: str, *values: Any) -> dict[str, Any]:
    """The first row of a statement."""
    return rows_of(connection, statement, *values)[0]
