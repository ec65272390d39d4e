"""Running the migrations of Alembic on an archive; imported only where one is out of date."""

from __future__ import annotations

import sqlite3
from functools import partial

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from archive.engines.sqlite import index, schema_revisions


def to_newest(raw: sqlite3.Connection) -> None:
    """Bring the archive of a connection that writes to the newest revision, through SQLAlchemy and
    with foreign keys off (docs/design.md)."""
    raw.execute("PRAGMA foreign_keys = OFF")
    engine = create_engine(
        "sqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    config = Config()
    folder = str(schema_revisions.migrations_folder())
    config.set_main_option("script_location", folder.replace("%", "%%"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        config.attributes["filled"] = partial(index.fill, raw)
        command.upgrade(config, "head")
