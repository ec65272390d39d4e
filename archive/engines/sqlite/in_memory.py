"""Databases in memory: what is asked of SQLite beside the archive."""

from __future__ import annotations

import sqlite3


class InMemory:
    """A database in memory, closed when nothing holds it any more."""

    def __init__(self) -> None:
        # Whichever thread lets go of it last closes it.
        self.connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    def __del__(self) -> None:
        self.connection.close()
