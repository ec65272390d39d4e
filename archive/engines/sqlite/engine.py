"""The SQLite engine behind `engines/contract.py`: one archive file.

Holds the connection that reads, opened on first use. Every question is answered as of one moment,
whatever an ingest commits meanwhile.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import files
from archive.errors import UsageError

if TYPE_CHECKING:
    from archive.engines.sqlite.finding import Index
    from archive.engines.sqlite.terms import Terms
    from archive.engines.sqlite.texts import Texts


class Snapshot:
    """An archive as of one moment."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @functools.cached_property
    def index(self) -> Index:
        """The full-text index."""
        from archive.engines.sqlite.finding import Index  # noqa: PLC0415 - only searches need it

        return Index(self.connection)

    @functools.cached_property
    def terms(self) -> Terms:
        """The words of the index."""
        from archive.engines.sqlite.terms import Terms  # noqa: PLC0415 - only some questions need it

        return Terms(self.connection)

    @functools.cached_property
    def texts(self) -> Texts:
        """The texts of articles."""
        from archive.engines.sqlite.texts import Texts  # noqa: PLC0415 - only some questions need it

        return Texts(self.connection)


class Engine:
    """An archive file."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._reader: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    @property
    def reader(self) -> sqlite3.Connection:
        """The connection that reads."""
        if self._reader is None:
            self._reader = files.open_for_reading(self.path)
        return self._reader

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The archive as of one moment, for all questions asked in the block."""
        with self.errors():
            connection = self.reader
            if connection.in_transaction:  # of a dump that is being read
                yield Snapshot(connection)
                return
            connection.execute("BEGIN")
            try:
                yield Snapshot(connection)
            finally:
                connection.rollback()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turns errors of SQLite into ours."""
        try:
            yield
        except sqlite3.Error as error:
            if sqlite.is_too_complex(error):
                raise UsageError(f"the query is too complex ({error}): simplify it") from None
            raise sqlite.translate(error, self.path) from None
