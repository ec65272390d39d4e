"""The commands for working by hand: sql, schema, help."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archive.cli.app import app
from archive.errors import UsageError

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.rows import Form


@app.command()
def sql(
    archive: Archive,
    statement: Annotated[str, typer.Argument(help="One SELECT statement; - reads it from input.")],
    form: Form,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    timeout: Annotated[float, typer.Option("--timeout", min=0, help="Seconds it may take.")] = 5.0,
) -> None:
    """Answer a SELECT over the tables of 'archive schema'. Reads only."""
    from archive.render import records, rows, tables

    if not 0 <= timeout <= 1e6:
        raise UsageError("--timeout takes seconds, from 0 to 1,000,000")
    text = sys.stdin.read() if statement == "-" else statement
    answer = archive.sql(text, timeout=timeout)
    if csv:  # of several columns with one name, all
        rows.write_csv(answer.columns, answer.rows)
    else:
        rows.put(
            form,
            (records.sql_row(answer.columns, row) for row in answer.rows),
            lambda: tables.show_table(answer.columns, answer.rows),
        )


@app.command()
def schema() -> None:
    """Print the documented tables, with example queries (docs/schema.md)."""
    from archive.schema_doc import markdown

    print(markdown(), end="")


@app.command("help")
def help_(
    topic: Annotated[Literal["query"], typer.Argument(help="query: the query language.")],
) -> None:
    """Print the query language, with examples (docs/query.md)."""
    from archive.query.manual import plain

    print(plain(), end="")
