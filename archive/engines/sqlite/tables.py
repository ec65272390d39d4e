"""The tables as a whole: all rows for dump and export, figures for stats and doctor.

The statements of dump and export come from `engines.statements`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import starmap
from typing import Any

from archive.engines.contract import Finding, Stats
from archive.engines.sqlite import guard, schema_revisions
from archive.engines.sqlite.connection import INDEXES
from archive.engines.taking_back import SourceFile


class Tables:
    """The rows of a snapshot (`engines.contract.Tables`)."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def rows(self, table: str, by: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """The rows of a table in the order of the columns `by`, or of its key."""
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - dump and export alone wait for it

        from archive.engines import statements  # noqa: PLC0415

        statement = str(statements.every_row(table, by).compile(dialect=sqlite.dialect()))
        cursor = self._connection.execute(statement)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

    def files(self) -> Iterator[SourceFile]:
        """Each file that was read, by path."""
        return starmap(
            SourceFile,
            self._connection.execute(
                "SELECT path, member, article_id, revision, size, first_seen_at, last_seen_at,"
                " gone_at, url, identifier FROM sources ORDER BY path, member"
            ),
        )

    def figures(self) -> Stats:
        """Counts, dates, categories and sizes."""
        articles, words, first, last = self._connection.execute(
            "SELECT count(*), coalesce(sum(word_count), 0), min(published_on), max(published_on)"
            " FROM articles"
        ).fetchone()
        categories = self._connection.execute(
            "SELECT category, count(*) FROM articles GROUP BY category ORDER BY 2 DESC, 1"
        ).fetchall()
        return Stats(
            articles=articles,
            paragraphs=self._value("SELECT count(*) FROM paragraphs"),
            words=words,
            sources=self._value("SELECT count(*) FROM sources"),
            revisions=self._value("SELECT count(*) FROM revisions"),
            first_date=first,
            last_date=last,
            categories=tuple(categories),
            size=os.path.getsize(self._path),
            text_size=self._value("SELECT coalesce(sum(size), 0) FROM sources"),
            index_size=sum(
                self._value(f"SELECT coalesce(sum(length(block)), 0) FROM {name}_data")
                for name in INDEXES
            ),
        )

    def findings(self) -> Iterator[Finding]:
        """What can be said of the archive's state from inside."""
        yield Finding("journal", self._value("PRAGMA journal_mode"))
        pages = self._value("PRAGMA page_count")
        unused = self._value("PRAGMA freelist_count") / pages if pages else 0
        advice = "'archive dump' and 'load' into a new file give the room back"
        yield Finding("unused pages", f"{unused:.0%}", advice if unused > 0.5 else None)
        if own := self.users_own():
            reserved = ", ".join(filter(guard.is_reserved, own))
            advice = f"rename {reserved}: a later version may use the name"
            yield Finding("tables of your own", ", ".join(own), advice if reserved else None)
        if self._value("PRAGMA user_version"):
            advice = "bytes of removed articles may be in the file: the next ingest purges it"
            yield Finding("removal", "not finished", advice)

    def users_own(self) -> list[str]:
        """The names of tables and views that are not the archive's: a dump leaves them out."""
        return schema_revisions.users_own(self._connection)

    def _value(self, statement: str) -> Any:
        return self._connection.execute(statement).fetchone()[0]
