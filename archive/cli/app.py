"""The Typer application and what its commands share: options, the archive's path, complaints."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from archive.errors import QueryError, shortened
from archive.query.fields import FIELDS

if TYPE_CHECKING:
    from typer.models import CommandInfo

    from archive.api import Archive

app = typer.Typer(
    name="archive",
    help="Keeps news articles in one SQLite file, and finds and cites the exact paragraph.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DEFAULT_PATH = "archive.db"
_given: dict[str, str] = {}

_DB_HELP = "The archive file (default: $ARCHIVE_DB, else archive.db here)."
Db = Annotated[str | None, typer.Option("--db", metavar="PATH", help=_DB_HELP)]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line (docs/json.md).")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=0, help="Most articles to show.")]
Offset = Annotated[int, typer.Option("--offset", min=0, help="Articles to pass over first.")]


Filters = Mapping[str, str]
"""Conditions by field of the query language, as the user gave them in options."""

_HELP = {
    name: field.help if field.kind != "date" else "it was " + field.help
    for name, field in FIELDS.items()
}
_HELP["title"] = "the title holds these words"


_OPTIONS = [
    inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[
            str | None,
            typer.Option(f"--{name}", metavar="TEXT", help=f"Only where {_HELP[name]}."),
        ],
    )
    for name in FIELDS
]


def with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes `filters`, with an option for each field of the language instead."""
    signature = inspect.signature(command, eval_str=True)
    shown: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name == "filters":
            shown += _OPTIONS
        else:
            shown.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def run(**given: object) -> None:
        values = ((name, given.pop(name)) for name in FIELDS)
        filters = {name: value for name, value in values if value is not None}
        command(**given, filters=filters)

    run.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return run


def _version(value: bool) -> None:
    if value:
        from archive import __version__

        typer.echo(f"archive {__version__}")
        raise typer.Exit


@app.callback()
def options(
    db: Db = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take what stands before the command."""
    _given.clear()
    if db is not None:
        _given["db"] = db


def narrow(arguments: list[str]) -> None:
    """Leave Typer only what this call can need: it looks at every parameter of every command before
    it runs one, which takes as long as a search. Where no command is named, none can run, and for
    help or a complaint their first lines are enough."""
    named = [command for command in app.registered_commands if _name(command) in arguments]
    if named:
        app.registered_commands = named
    else:
        for command in app.registered_commands:
            command.name = _name(command)
            command.help = inspect.getdoc(command.callback)
            command.callback = _nothing


def _name(command: CommandInfo) -> str:
    """The name under which a command is called."""
    return str(command.name or getattr(command.callback, "__name__", ""))


def _nothing() -> None:
    pass


def archive_at(db: str | None) -> Archive:
    """The archive that the user means."""
    from archive.api import Archive

    return Archive(db or _given.get("db") or os.environ.get("ARCHIVE_DB") or DEFAULT_PATH)


_LONGEST_PATH = 4500
"""Lines up to here are printed whole, for the path in them may be as long as the system allows."""


def complain(error: object) -> None:
    """One line on standard error; for a mistake in a query, the query with the place marked."""
    from archive.render.screen import inert

    line = " ".join(str(error).split())
    if len(line) > _LONGEST_PATH:
        line = shortened(line, 400)
    print(f"archive: {inert(line)}", file=sys.stderr)
    if isinstance(error, QueryError) and error.query:
        start = max(0, error.start - 40)
        end = min(error.end, error.start + 60)
        shown = error.query[start : end + 20].replace("\n", " ").replace("\t", " ")
        width = max(1, end - error.start)
        print(f"  {inert(shown)}", file=sys.stderr)
        print("  " + " " * len(inert(shown[: error.start - start])) + "^" * width, file=sys.stderr)
