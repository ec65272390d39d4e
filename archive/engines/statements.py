"""Statements over whole tables, for any engine: those behind dump, load and export.

Built by SQLAlchemy from the description of the tables; an engine compiles them for its database.
What must start fast, reading and ingest, does without (docs/design.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Insert, Select, bindparam, insert, select

from archive.schema import metadata


def every_row(name: str, by: Sequence[str]) -> Select[tuple[object, ...]]:
    """All columns of all rows of a table, in the order of the columns `by`, or of its key."""
    table = metadata.tables[name]
    order = [table.c[column] for column in by] or table.primary_key.columns
    return select(table).order_by(*order)


def insertion(name: str, columns: Sequence[str]) -> Insert:
    """Puts a row into a table, its values bound by the names of the columns."""
    return insert(metadata.tables[name]).values({column: bindparam(column) for column in columns})
