"""Writes the schema that the revisions lead to, for `migrations/head.sql`, or one on the way.

    python migrations/snapshot.py > migrations/head.sql
    python migrations/snapshot.py 0001 > migrations/0001.sql

A new archive is made from the first, because running the revisions takes a second; with those of
the earlier revisions an archive is compared when it is opened. A test compares all with what the
revisions make. Made of SQL alone: what SQLite says of an archive that Alembic has built, without
the tables that a full-text index makes itself, but with what is set in it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config


def snapshot(revision: str = "head") -> str:
    """The statements, each ending in a semicolon and a blank line."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parent))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "empty.db")
        config.attributes["path"] = path
        command.upgrade(config, revision)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return "".join(f"{statement};\n\n" for statement in statements(connection))


def statements(connection: sqlite3.Connection) -> list[str]:
    """The DDL in the order in which it was run, the settings of each index, the revision."""
    virtual, shadow = (
        {name for (name,) in connection.execute(
            "SELECT name FROM pragma_table_list WHERE type = ?", (kind,))}
        for kind in ("virtual", "shadow")
    )  # fmt: skip
    found = [
        sql
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql <> ''")
        if name not in shadow
    ]
    for name in sorted(virtual):
        if f"{name}_config" in shadow:
            settings = connection.execute(f"SELECT k, v FROM {name}_config WHERE k <> 'version'")
            found += [f"INSERT INTO {name} ({name}, rank) VALUES ('{k}', {v})" for k, v in settings]
    # The same statement as in revision 0003: an archive's identity is made where the archive is.
    if any(statement.startswith("CREATE TABLE archive (") for statement in found):
        found.append(
            "INSERT INTO archive (id, made_at) VALUES (lower(hex(randomblob(16))),"
            " strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))"
        )
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return [*found, f"INSERT INTO alembic_version (version_num) VALUES ('{revision}')"]


if __name__ == "__main__":
    sys.stdout.write(snapshot(*sys.argv[1:]))
