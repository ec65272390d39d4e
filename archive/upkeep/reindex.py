"""Folding all text anew and building the full-text index from it, for `archive reindex`.

Mends an index that is out of step with the text, or gone altogether. Writes.
"""

from __future__ import annotations

import sqlite3

from archive.engines.sqlite import index as sqlite_index
from archive.engines.sqlite.files import head_schema
from archive.text.folding import fold


def reindex(connection: sqlite3.Connection) -> int:
    """Fold all text anew and rebuild the full-text index from it; the number of articles. In one
    transaction, the one that is open if there is one."""
    if not connection.in_transaction:
        connection.execute("BEGIN IMMEDIATE")
    sqlite_index.make_if_missing(connection, head_schema())
    for table, text, folded, keys in (
        ("paragraphs", "text", "folded", ("article_id", "position")),
        ("articles", "title", "folded_title", ("id",)),
    ):
        rows = connection.execute(f"SELECT {text}, {folded}, {', '.join(keys)} FROM {table}")
        changed = [
            (None if fold(row[0]) == row[0] else fold(row[0]), *row[2:])
            for row in rows
            if fold(row[0]) != (row[0] if row[1] is None else row[1])
        ]
        where = " AND ".join(f"{key} = ?" for key in keys)
        connection.executemany(f"UPDATE {table} SET {folded} = ? WHERE {where}", changed)
    connection.execute("INSERT INTO article_search (article_search) VALUES ('rebuild')")
    articles = int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    connection.commit()
    return articles
