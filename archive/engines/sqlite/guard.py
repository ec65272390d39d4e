"""Keeps a file from elsewhere from doing anything: how connections are set, and what is refused.

Every connection to an archive is guarded before it reads. `schema_revisions.revision_of` has the
tables and views compared before anything is asked of them.
"""

from __future__ import annotations

import sqlite3
import sys

from archive.errors import ArchiveUnusable, quoted

LONGEST_VALUE = 1 << 27
"""Bytes of a value: more than the text of the largest article, folded."""

RESERVED = ("tags", "folders", "settings")
"""Names that later revisions may use. So may names that begin with `article_`."""

SHADOWS = {
    "data": "(id INTEGER PRIMARY KEY, block BLOB)",
    "idx": "(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID",
    "docsize": "(id INTEGER PRIMARY KEY, sz BLOB)",
    "config": "(k PRIMARY KEY, v) WITHOUT ROWID",
}
"""The tables that FTS5 makes for an index, as NAME_data and so on."""


def guard(connection: sqlite3.Connection) -> None:
    """Trust nothing in the file: its views and indexes may use no function that does more than
    compute, no value is longer than any that ingest writes, pages are checked before they are used,
    and the schema is no text to be edited."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE)


def require(found: list[tuple[str, str, str, str]], ours: dict[str, str], path: str) -> None:
    """Raise if something in a file (type, name, table, statement) is made by another statement than
    ours of that name, or is a trigger on one. What has other names is the user's own."""
    for kind, name, table, statement in found:
        if kind == "trigger" and table.lower() in ours:
            raise ArchiveUnusable(
                f"{path} has a trigger on its {table}, {quoted(name)}, which could change what it"
                " holds: left as it is; drop the trigger, or restore a backup"
            )
        known = ours.get(name.lower(), statement)
        if known != statement and _lines(known) != _lines(statement):
            raise ArchiveUnusable(
                f"{path} has a {kind} {quoted(name)} of another shape than an archive's: left as it"
                " is; restore a backup"
            )


def _lines(statement: str) -> list[str]:
    """The lines of a statement in any order: a migration that rebuilds a table writes its
    constraints in the order of a set."""
    return sorted(line.strip().rstrip(",") for line in statement.splitlines())


def is_reserved(name: str) -> bool:
    """Whether a later revision may have something of this name."""
    return name.lower() in RESERVED or name.lower().startswith("article_")
