"""The commands for working by hand: sql, schema, datasette-metadata, help, completion."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import archive as package
from archive.cli.app import app
from archive.errors import SqlError, UsageError, counted, quoted

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.rows import Form


def _seconds(given: str | float) -> float:
    """Reads `--timeout`."""
    with contextlib.suppress(ValueError):
        seconds = float(given)
        if 0 <= seconds < math.inf:
            return seconds
    raise UsageError(
        f"--timeout {quoted(str(given))}: write a number of seconds, or 0 for no limit"
    )


@app.command()
def sql(
    archive: Archive,
    statement: Annotated[
        str,
        typer.Argument(metavar="STATEMENT", help="One SELECT statement; - reads it from input."),
    ],
    form: Form,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            parser=_seconds,
            help="Seconds it may take; 0 sets no limit.",
        ),
    ] = 5.0,
) -> None:
    """Answer a SELECT over the tables of 'archive schema'. Reads only.

    For example:
    archive sql 'SELECT category, count(*) FROM articles GROUP BY category'
    archive sql 'SELECT id, title FROM articles' --csv"""
    from archive.render import records, rows, tables
    from archive.render.output import paged

    if not 0 <= timeout <= 1e6:
        raise UsageError("--timeout takes seconds, from 0 to 1,000,000")
    text = statement
    if statement == "-":
        try:
            text = sys.stdin.buffer.read().decode()
        except UnicodeDecodeError as error:
            raise UsageError(f"the statement is not UTF-8, at byte {error.start}") from None
    answer = archive.sql(text, timeout=timeout)
    bounded = _bounded(answer.rows, timeout)
    if form == "csv":  # of several columns with one name, all
        with paged():
            rows.write_csv(answer.columns, bounded)
    else:
        rows.put(
            form,
            (records.sql_row(answer.columns, row) for row in bounded),
            lambda: tables.show_table(answer.columns, bounded),
        )


def _bounded(rows: Iterator[tuple[Any, ...]], seconds: float) -> Iterator[tuple[Any, ...]]:
    """The rows, while what is done with them takes no longer than the statement itself may. Time in
    which a pager or a pipe takes nothing does not count."""
    began, given = time.process_time(), 0
    try:
        for row in rows:
            yield row
            given += 1
            if 0 < seconds < time.process_time() - began:
                raise SqlError(f"stopped after {seconds:g} s of writing: raise --timeout")
    except SqlError as error:
        if not given:
            raise
        raise SqlError(f"cut short after {counted(given, 'row')}: {error}") from None


@app.command()
def schema(form: Form) -> None:
    """Print the documented tables, with example queries; as rows, their columns.

    For example:
    archive schema
    archive schema --csv"""
    from archive.render import records, rows
    from archive.schema_doc import columns, markdown

    rows.put(
        form,
        (records.column(table, column) for table, column in columns()),
        lambda: print(markdown(), end=""),
    )


@app.command("datasette-metadata")
def datasette_metadata(archive: Archive) -> None:
    """Print what Datasette needs to know of an archive: titles, descriptions, search, queries.

    For Datasette 0.65: 'datasette archive.db -m metadata.json' then has a search box that finds.

    For example:
    archive datasette-metadata
    archive datasette-metadata > metadata.json"""
    from archive.datasette import metadata
    from archive.render.rows import json_lines

    print(*json_lines([metadata(archive.path)]))


@app.command("help")
def help_(
    topic: Annotated[
        Literal["query", "format", "formats", "json"],
        typer.Argument(metavar="TOPIC", help="A command, or query, format, formats or json."),
    ],
) -> None:
    """Print the help of a command, the query language, or a format.

    query: the query language. format: what a file with an article looks like. formats: all formats
    of files that can be read. json: the keys of --json and --csv.

    For example:
    archive help search
    archive help query"""
    from archive.render.output import paged

    if topic == "query":
        from archive.query.manual import plain

        text = plain()
    elif topic == "formats":
        from archive.formats.manual import plain as formats

        text = formats()
    else:
        text = _page(topic)
    with paged():
        print(text, end="")


@app.command()
def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
) -> None:
    """Print a script that completes commands, options, fields and categories in a shell.

    It goes into the shell's start file: source <(archive completion bash) in ~/.bashrc or ~/.zshrc,
    with zsh for bash there, or archive completion fish | source in ~/.config/fish/config.fish.

    For example:
    source <(archive completion bash)
    archive completion fish > archive.fish"""
    from archive.cli.completion import script

    print(script(shell), end="")


def _page(name: str) -> str:
    """Returns a page of docs/, which lies in an installed package or beside it in a checkout."""
    above = os.path.dirname(package.__file__)
    shipped = os.path.join(above, "docs")
    folder = shipped if os.path.isdir(shipped) else os.path.join(above, os.pardir, "docs")
    with open(os.path.join(folder, f"{name}.md"), encoding="utf-8") as page:
        return page.read()
