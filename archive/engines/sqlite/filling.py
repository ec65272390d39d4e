"""Filling an empty archive with the rows of a dump: checked, indexed and kept as a whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import sqlite

from archive.engines import statements
from archive.engines.sqlite import index
from archive.engines.sqlite.articles import Articles
from archive.errors import Unfit

_DIALECT = sqlite.dialect(paramstyle="named")


class Filling:
    """An empty archive that takes rows (`engines.contract.Filling`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.articles = Articles(connection)
        self._connection = connection
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("PRAGMA defer_foreign_keys = ON")

    def insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put rows into a table; they all name the same columns."""
        given = list(rows)
        if table == "archive":  # an identity was made with the file
            self._connection.execute("DELETE FROM archive")
        try:
            self._connection.executemany(_insertion(table, tuple(given[0])), given)
        except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError) as error:
            raise Unfit(f"does not fit the rest: {error}") from None

    def finish(self) -> None:
        """Check that nothing refers to what is not there, build the index and keep it all."""
        dangling = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if dangling:
            raise Unfit(f"a row of {dangling[0]} refers to one that is not there")
        index.rebuild(self._connection)


@lru_cache(maxsize=64)
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    return str(statements.insertion(table, columns).compile(dialect=_DIALECT))
