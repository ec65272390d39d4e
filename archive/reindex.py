"""Folding all text anew and building the full-text index from it, for `archive reindex`.

Mends an index that is out of step with the text, or gone altogether. Writes, through SQLAlchemy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.engines import sqlite_index
from archive.folding import fold

if TYPE_CHECKING:
    from sqlalchemy import Connection


def reindex(connection: Connection) -> int:
    """Fold all text anew and rebuild the full-text index from it; the number of articles."""
    with connection.begin():
        sqlite_index.make_if_missing(connection)
        for table, text, folded, keys in (
            ("paragraphs", "text", "folded", ("article_id", "position")),
            ("articles", "title", "folded_title", ("id",)),
        ):
            rows = connection.exec_driver_sql(
                f"SELECT {text}, {folded}, {', '.join(keys)} FROM {table}"
            )
            changed = [
                (None if fold(row[0]) == row[0] else fold(row[0]), *row[2:])
                for row in rows
                if fold(row[0]) != (row[0] if row[1] is None else row[1])
            ]
            if changed:
                where = " AND ".join(f"{key} = ?" for key in keys)
                connection.exec_driver_sql(
                    f"UPDATE {table} SET {folded} = ? WHERE {where}", changed
                )
        connection.exec_driver_sql("INSERT INTO article_search (article_search) VALUES ('rebuild')")
        return int(connection.exec_driver_sql("SELECT count(*) FROM articles").scalar_one())
