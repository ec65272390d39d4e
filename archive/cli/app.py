"""The Typer application and what its commands share: options, the archive's path, complaints.

A command is a function `options -> one call of Archive -> one call of render`. What many commands
have in common they name as a parameter (`archive`, `filters`, `form`), which `spread` turns into
options.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from archive.cli.helping import NO_PAGER, Grouped, describe, name_of
from archive.errors import QueryError, UsageError, quoted, shortened
from archive.query.fields import FIELDS

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.rows import Form

app = typer.Typer(
    name="archive",
    cls=Grouped,
    help="Keeps news articles in one SQLite file, and finds and cites the exact paragraph.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DEFAULT_PATH = "archive.db"
ALL = 2**31
"""A limit that is none."""
_given: dict[str, str] = {}

_DB_HELP = "The archive file (default: $ARCHIVE_DB, else archive.db here)."
Db = Annotated[str | None, typer.Option("--db", metavar="PATH", help=_DB_HELP)]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line (archive help json).")]
Csv = Annotated[bool, typer.Option("--csv", help="Comma-separated values, with the keys as head.")]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to a file, all of it or nothing."),
]


_LONGEST_NUMBER = 20


def number(option: str, least: int = 0, most: int = 2**31) -> Callable[[str | int], int]:
    """Returns what reads the number that an option takes. Typer's own bounds would stand in the
    help as `x>=0`."""

    def read(given: str | int) -> int:
        text = str(given).strip()
        plain = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
        if not (plain and least <= int(text) <= most):
            bounds = f"from {least}" if most == 2**31 else f"from {least} to {most:,}"
            raise UsageError(f"{option} {quoted(text)}: write a number {bounds}")
        return int(text)

    return read


def number_or_all(given: str | int) -> int:
    """Returns what `--limit` says; `all` is more than any archive has."""
    text = str(given).strip()
    if text.lower() == "all":
        return ALL
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"--limit {quoted(text)}: write a number from 0, or all")
    return min(int(text[:20]), ALL)


ALL = 2**31
Limit = Annotated[
    int,
    typer.Option(
        "--limit", "-n", metavar="N", parser=number_or_all, help="Most to show; all for no limit."
    ),
]
Offset = Annotated[
    int,
    typer.Option(
        "--offset", metavar="N", parser=number("--offset"), help="Articles to pass over first."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]

Filters = Mapping[str, str]
"""Conditions by field of the query language, as the user gave them in options."""

_HELP = {
    name: field.help if field.kind != "date" else "it was " + field.help
    for name, field in FIELDS.items()
}
_HELP["title"] = "the title holds these words"

_OPTIONS: dict[str, dict[str, Any]] = {
    "filters": {
        name: Annotated[
            str | None,
            typer.Option(f"--{name}", metavar="TEXT", help=f"Only where {_HELP[name]}."),
        ]
        for name in FIELDS
    },
    "form": {"json": Json, "csv": Csv, "output": Output},
    "archive": {"db": Db},
}
"""The options that stand for a parameter of a command, by its name."""
_DEFAULTS = {"json": False, "csv": False}


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Returns the command as Typer is to see it.

    A parameter `filters` becomes an option for each field of the query language, and `form` becomes
    `--json`, `--csv` and `--output`, behind which all that the command prints goes to a file.
    `archive` becomes `--db`: the archive is opened for the call and closed after it.
    """
    signature = inspect.signature(command, eval_str=True, locals={"Archive": None, "Form": None})
    shared = {name: _OPTIONS[name] for name in _OPTIONS if name in signature.parameters}
    shown = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in signature.parameters.items()
        if name not in shared
    ]
    shown += [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(name), annotation=option
        )
        for options in shared.values()
        for name, option in options.items()
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        if "filters" in shared:
            values = ((name, given.pop(name)) for name in FIELDS)
            given["filters"] = {name: value for name, value in values if value is not None}
        if "form" in shared:
            given["form"] = _form(json=given.pop("json"), csv=given.pop("csv"))
            with written(given.pop("output")):
                call(given)
        else:
            call(given)

    def call(given: dict[str, Any]) -> None:
        if "archive" not in shared:
            command(**given)
            return
        with archive_at(given.pop("db")) as archive, archive.explained():
            command(archive=archive, **given)

    run.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return run


def _form(*, json: bool, csv: bool) -> Form:
    if json and csv:
        raise UsageError("--json and --csv are two answers: choose one")
    return "json" if json else "csv" if csv else "screen"


@contextlib.contextmanager
def written(output: str | None) -> Iterator[None]:
    """Sends what a command prints to a file. A command that ends with an exit code of its own has
    said all that it has to say, so the file is kept."""
    from archive.render.output import whole

    ended = None
    with whole(output):
        try:
            yield
        except typer.Exit as end:
            ended = end
    if ended:
        raise ended


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
    no_pager: Annotated[  # which `asked` has taken out
        bool, typer.Option(NO_PAGER, help="Show long answers without a pager ($PAGER, less).")
    ] = False,
) -> None:
    """Takes the options that stand before the command."""
    _given.clear()
    if db is not None:
        _given["db"] = db


def narrow(arguments: list[str]) -> None:
    """Leaves Typer only what this call can need: it looks at every parameter of every command
    before it runs one, which takes as long as a search. Where no command is named, none can run,
    and for help or a complaint their first lines are enough."""
    named = [command for command in app.registered_commands if name_of(command) in arguments]
    app.registered_commands = named or app.registered_commands
    for command in app.registered_commands:
        describe(command)
        command.callback = spread(command.callback) if named and command.callback else _nothing


def _nothing() -> None:
    pass


def archive_at(db: str | None) -> Archive:
    """Returns the archive that the user means."""
    from archive.api import Archive

    return Archive(db or _given.get("db") or os.environ.get("ARCHIVE_DB") or DEFAULT_PATH)


NOTHING_FOUND = 1
DAMAGED = 4


def end_in_order() -> None:
    """On Ctrl-C and SIGTERM, roll back, release the lock and remove what is half written."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: sys.exit(128 + received))


def found_nothing(message: str | None = None) -> NoReturn:
    """Ends a command that found nothing, with a line that says so."""
    if message:
        note(message)
    raise typer.Exit(NOTHING_FOUND)


def note(message: str) -> None:
    """Complains after all output so far, which shows first on a terminal."""
    sys.stdout.flush()
    complain(message)


_LONGEST_PATH = 4500
"""Lines of up to so many characters are printed whole, because the path in them may be long."""


def complain(error: object) -> None:
    """Writes one line on standard error; for a mistake in a query, also the query with the place
    marked."""
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
