"""Writes `archive/engines/rows.py`: a row of each table as a typed tuple, from `archive.schema`.

    python -m archive.schema_rows > archive/engines/rows.py

Those who read or write rows take the names of the columns from there, because importing SQLAlchemy
takes longer than a search. A test compares the file with what this writes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive.schema import metadata

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

HEAD = '''\
"""The rows of the tables as typed tuples, for all who must do without SQLAlchemy.

Written from `archive.schema` by `python -m archive.schema_rows`; change it there. Dates and times
are text. Without the import of `annotations` from the future, which would make each class ten times
as slow to define.
"""

from typing import NamedTuple
'''


def module() -> str:
    """The whole module."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield HEAD
    for table in metadata.sorted_tables:
        yield f"\nclass {_name(table)}(NamedTuple):"
        yield f'    """{table.comment}"""\n'
        for column in table.columns:
            yield f"    {column.name}: {_kind(column)}"
        yield ""


def _name(table: Table) -> str:
    """The name of a table's rows: `ArticleRow` for `articles`."""
    return f"{table.name.removesuffix('s').title().replace('_', '')}Row"


def _kind(column: Column[object]) -> str:
    """The type of a column's values; keys of other tables are numbers."""
    given = {"TEXT": "str", "DATE": "str", "BLOB": "bytes"}.get(str(column.type), "int")
    return f"{given} | None" if column.nullable else given


if __name__ == "__main__":
    sys.stdout.write(module())
