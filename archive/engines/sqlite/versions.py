"""The revisions of the schema: which there are, where they lie, and which one an archive has."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from archive.engines.sqlite import connection as sqlite
from archive.errors import ArchiveOutdated, ArchiveUnusable

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every schema revision, oldest first; the last is what this program reads and writes. Kept as a
constant because asking Alembic costs a third of a second; a test compares it with migrations/."""


def revision_of(connection: sqlite3.Connection, path: str) -> str:
    """The schema revision of an archive; `ArchiveOutdated` for one of a newer program."""
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise sqlite.translate(error, path) from None
    if row is None:
        raise ArchiveUnusable(f"{path} holds no schema revision: restore a backup")
    if row[0] not in REVISIONS:
        raise ArchiveOutdated(
            f"{path} is from a newer version (schema {row[0]}): upgrade the program"
        )
    return str(row[0])


def open_for_reading(path: str) -> sqlite3.Connection:
    """A read-only connection to an archive of this program's version; else an `ArchiveError`.
    Never makes, changes or upgrades a file."""
    connection = sqlite.open_read_only(path)
    try:
        if revision_of(connection, path) != REVISIONS[-1]:
            raise ArchiveOutdated(
                f"{path} is from an older version: run 'archive --db {path} upgrade'"
                " (makes a backup)"
            )
    except Exception:
        connection.close()
        raise
    return connection


def migrations_folder() -> Path:
    """Where the revisions are: in the wheel beside the package's modules, else in the checkout."""
    here = Path(__file__).resolve().parents[2]
    shipped = here / "migrations"
    return shipped if shipped.is_dir() else here.parent / "migrations"


def head_schema() -> list[str]:
    """The statements that make an empty archive as the newest revision has it. Written from the
    migrations by `migrations/snapshot.py`; a test compares the two."""
    text = (migrations_folder() / "head.sql").read_text(encoding="utf-8")
    return [statement for statement in text.split(";\n\n") if statement.strip()]
