"""The revisions of the schema: which there are, where they lie, and which one an archive has.

A file may come from anywhere, so its tables and views are compared with those of the revision that
it names before anything is asked of them (`revision_of`): nothing in it runs that is not ours.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import guard
from archive.errors import ArchiveOutdated, ArchiveUnusable, shortened

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every schema revision, oldest first; the last is what this program reads and writes. Kept as a
constant because asking Alembic costs a third of a second; a test compares it with migrations/."""


_VERSION = {
    "alembic_version": "CREATE TABLE alembic_version (\n\tversion_num VARCHAR(32) NOT NULL, \n\t"
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)"
}
"""The table that names the revision, in every revision."""


def revision_of(connection: sqlite3.Connection, path: str) -> str:
    """The schema revision of an archive; `ArchiveOutdated` for one of a newer program, and
    `ArchiveUnusable` for one whose tables are not those of its revision."""
    try:
        found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
        guard.require(found, _VERSION, path)
        rows = connection.execute("SELECT version_num FROM alembic_version LIMIT 2").fetchall()
    except sqlite3.DatabaseError as error:
        raise sqlite.translate(error, path) from None
    if len(rows) != 1 or not isinstance(rows[0][0], str):
        raise ArchiveUnusable(f"{path} holds no schema revision: restore a backup")
    revision: str = rows[0][0]
    if revision not in REVISIONS:
        raise ArchiveOutdated(
            f"{path} is from a newer version (schema {shortened(revision)}): upgrade the program"
        )
    guard.require(found, _shape(revision), path)
    return revision


def users_own(connection: sqlite3.Connection) -> list[str]:
    """The names of the tables and views in an archive of the newest revision that are not ours."""
    ours = _shape(REVISIONS[-1])
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name"
    )
    return [name for (name,) in names if name.lower() not in ours and name[:7] != "sqlite_"]


def _shape(revision: str) -> dict[str, str]:
    """The statement behind each table, view and index of a revision, by name."""
    made = {}
    for statement in _statements(revision):
        words = statement.split(maxsplit=4)
        if words[0] == "CREATE":
            name = words[3 if words[1] == "VIRTUAL" else 2].strip('"')
            made[name] = statement
            if " USING fts5(" in statement:
                made |= {
                    f"{name}_{end}": f"CREATE TABLE '{name}_{end}'{columns}"
                    for end, columns in guard.SHADOWS.items()
                }
    return made


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
    return _statements(REVISIONS[-1])


def _statements(revision: str) -> list[str]:
    """The statements that make an empty archive of a revision."""
    name = "head" if revision == REVISIONS[-1] else revision
    text = (migrations_folder() / f"{name}.sql").read_text(encoding="utf-8")
    return [statement for statement in text.split(";\n\n") if statement.strip()]
