"""Alembic's entry: runs the revisions on the connection that the program hands over, or, for
`alembic -x db=PATH ...` and `snapshot.py` while developing, on one of its own.

Three things keep a killed or failed migration harmless on SQLite (docs/design.md): foreign keys are
off, the transaction begins with BEGIN IMMEDIATE and covers DDL, and the keys are checked before
the commit. The program hands over `filled` as well, which makes the full-text indexes anew before
the commit where a revision says that they are stale; on an archive of its own it leaves them empty.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import URL, Connection, create_engine, event, text


def run(connection: Connection) -> None:
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
        filled = context.config.attributes.get("filled")
        if filled is not None and context.config.attributes.get("stale"):
            filled()
        if connection.dialect.name == "sqlite":
            broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
            if broken:
                message = f"the migration left {len(broken)} dangling references"
                raise RuntimeError(message)


def develop(path: str) -> None:
    engine = create_engine(URL.create("sqlite", database=path))

    @event.listens_for(engine, "connect")
    def autocommit(connection: object, _: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection:
        run(connection)


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    path = context.config.attributes.get("path")
    develop(path or context.get_x_argument(as_dictionary=True)["db"])
