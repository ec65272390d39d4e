"""Keeping what an ingest replaces: the texts and bytes that rows are about to lose.

`Store` calls it before the rows change. A version whose text is that of the next one is kept
without a text of its own.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.engines.sqlite import connection as sqlite

# The current version of an article as a row of `revisions` without its text, with the bytes of a
# source that holds it, or of a version that had the same text.
_COPY = """
    INSERT INTO revisions (article_id, number, published_on, category, byline, title, publication,
                           content_hash, path, file_hash, size, mtime_ns, original, replaced_at)
    SELECT a.id, 1 + (SELECT coalesce(max(number), 0) FROM revisions WHERE article_id = a.id),
           a.published_on, a.category, a.byline, a.title, a.publication, a.content_hash, f.path,
           f.file_hash, f.size, f.mtime_ns, f.original, ?
      FROM {file} AS f JOIN articles AS a ON a.id = f.article_id"""
_KEEP = _COPY + " WHERE f.id = ?"
_KEEP_AGAIN = _COPY.format(file="revisions") + (
    " WHERE f.article_id = ? AND f.content_hash = ? ORDER BY f.number DESC LIMIT 1"
)


class Keeping:
    """Writes rows of `revisions`, replaced at the time `now`."""

    def __init__(self, connection: sqlite3.Connection, now: str) -> None:
        self._connection = connection
        self._now = now

    def bytes_of(self, source_id: int) -> None:
        """Keeps the bytes that a source is about to lose, if it holds the current version of its
        article and they stand in no other row. Those of a replaced version were kept with it."""
        row = self._connection.execute(
            "SELECT 1 FROM sources AS s JOIN articles AS a ON a.id = s.article_id"
            " WHERE s.id = ?1 AND s.revision IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM sources AS o WHERE o.article_id = a.id AND o.revision IS NULL"
            " AND o.file_hash = s.file_hash AND o.id <> ?1) AND NOT EXISTS"
            " (SELECT 1 FROM revisions AS r WHERE r.article_id = a.id"
            " AND r.content_hash = a.content_hash AND r.file_hash = s.file_hash)",
            (source_id,),
        ).fetchone()
        if row is not None:
            self._connection.execute(_KEEP.format(file="sources"), (self._now, source_id))

    def left(self) -> None:
        """The same for the sources that hold another text now: keeps what they held, where it is
        the current version of its article and no file holds these bytes."""
        left = self._connection.execute(
            "SELECT l.id FROM temp.lost AS l JOIN main.articles AS a"
            " ON a.id = l.article_id AND a.content_hash = l.content_hash"
            " WHERE NOT l.gone AND l.revision IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM main.sources AS o WHERE o.article_id = a.id AND o.revision IS NULL"
            " AND o.file_hash = l.file_hash) ORDER BY l.article_id, l.path"
        ).fetchall()
        for (source_id,) in left:
            kept = self._value(
                "SELECT 1 FROM temp.lost AS l JOIN main.revisions AS r"
                " ON r.article_id = l.article_id AND r.content_hash = l.content_hash"
                " AND r.file_hash = l.file_hash WHERE l.id = ?",
                source_id,
            )
            if kept is None:
                self._connection.execute(_KEEP.format(file="temp.lost"), (self._now, source_id))

    def current(self, article_id: int) -> None:
        """Keeps the current version of an article under the number that it had so far, once for
        each different bytes that its files have, and lets these files be sources of the numbers
        that it has from now on."""
        content = self._value("SELECT content_hash FROM articles WHERE id = ?", article_id)
        sources = self._connection.execute(
            "SELECT max(id), file_hash FROM sources WHERE article_id = ? AND revision IS NULL"
            " GROUP BY file_hash ORDER BY 1 DESC",
            (article_id,),
        ).fetchall()
        new = [one for one, held in sources if self._number(article_id, content, held) is None]
        for source_id in new:
            self._connection.execute(_KEEP.format(file="sources"), (self._now, source_id))
        if not new:  # the bytes were kept before, under other numbers
            self._connection.execute(_KEEP_AGAIN, (self._now, article_id, content))
        self._connection.execute(
            "UPDATE revisions SET text = (SELECT body FROM article_text WHERE id = ?1)"
            " WHERE article_id = ?1"
            " AND number = (SELECT max(number) FROM revisions WHERE article_id = ?1)",
            (article_id,),
        )
        for _, file_hash in sources:
            self._connection.execute(
                "UPDATE sources SET revision = ?"
                " WHERE article_id = ? AND revision IS NULL AND file_hash = ?",
                (self._number(article_id, content, file_hash), article_id, file_hash),
            )

    def newest(self, article_id: int, content: bytes) -> int:
        """The number of the newest replaced version that has a content."""
        number: int = self._value(
            "SELECT max(number) FROM revisions WHERE article_id = ? AND content_hash = ?",
            *(article_id, content),
        )
        return number

    def _number(self, article_id: int, content: bytes, file_hash: bytes) -> int | None:
        """The newest version with a content that has some bytes."""
        number: int | None = self._value(
            "SELECT max(number) FROM revisions"
            " WHERE article_id = ? AND content_hash = ? AND file_hash = ?",
            *(article_id, content, file_hash),
        )
        return number

    def _value(self, statement: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        return sqlite.value(self._connection, statement, *values)
