"""An archive as of one moment: the parts of it that may be asked. What is rare is imported where it
is asked for."""

from __future__ import annotations

import functools
import sqlite3
from typing import TYPE_CHECKING

from archive.engines.sqlite.articles import Articles

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.engines.sqlite.audit import Audit
    from archive.engines.sqlite.finding import Index
    from archive.engines.sqlite.replaced_texts import Replaced
    from archive.engines.sqlite.tables import Tables
    from archive.engines.sqlite.terms import Terms
    from archive.engines.sqlite.texts import Texts


class Snapshot:
    """An archive as of one moment (`engines.contract.Snapshot`)."""

    def __init__(
        self, connection: sqlite3.Connection, path: str, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self.connection = connection
        self.articles = Articles(connection)
        self._path, self._stopped = path, stopped

    @property
    def tables(self) -> Tables:
        """The tables as a whole."""
        from archive.engines.sqlite.tables import Tables

        return Tables(self.connection, self._path)

    @property
    def audit(self) -> Audit:
        """Everything, for verify."""
        from archive.engines.sqlite.audit import Audit

        return Audit(self.connection)

    @functools.cached_property
    def index(self) -> Index:
        """The full-text index."""
        from archive.engines.sqlite.finding import Index

        return Index(self.connection, self._stopped)

    @functools.cached_property
    def replaced(self) -> Replaced:
        """The replaced versions."""
        from archive.engines.sqlite.replaced_texts import Replaced

        return Replaced(self.connection)

    @functools.cached_property
    def terms(self) -> Terms:
        """The words of the index."""
        from archive.engines.sqlite.terms import Terms

        return Terms(self.connection)

    @functools.cached_property
    def texts(self) -> Texts:
        """The texts of articles."""
        from archive.engines.sqlite.texts import Texts

        return Texts(self.connection)
