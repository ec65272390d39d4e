"""What help has beyond Typer's own: groups of commands, uncut lines, examples, first steps."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import os
import sys
from textwrap import indent
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

from archive.cli.command_table import COMMANDS, TITLES

if TYPE_CHECKING:
    from typer.models import CommandInfo

NO_PAGER = "--no-pager"
_EXAMPLES = "\n\nFor example:\n"
FIRST_STEPS = """\
There is no archive in this folder yet. Make one from a folder of articles:

  archive ingest FOLDER

and ask it something:

  archive search 'state visit'

'archive help format' shows what an article looks like, and 'archive --help' lists all commands.
An archive at another place is named with --db PATH or by $ARCHIVE_DB.
"""


class Grouped(TyperGroup):
    """Lists the commands in groups, each with a line that is not cut."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as Typer calls it
        """Writes the commands into the help."""
        width = max(map(len, self.commands))
        for title, modules in itertools.groupby(COMMANDS, key=TITLES.__getitem__):
            names = [name for module in modules for name in COMMANDS[module]]
            commands = [(name, self.commands[name]) for name in names if name in self.commands]
            if commands:
                rows = [
                    (f"{name:<{width}}", one.get_short_help_str(1000)) for name, one in commands
                ]
                with formatter.section(title):
                    formatter.write_dl(rows)


class Named(TyperCommand):
    """Shows its arguments by their names alone, without braces around those that must be given."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Returns what follows the command in the first line of its help."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


def name_of(command: CommandInfo) -> str:
    """Returns the name under which a command is called."""
    return str(command.name or getattr(command.callback, "__name__", ""))


def describe(command: CommandInfo) -> None:
    """Gives a command its name, and from its docstring its help and the examples that end it."""
    command.name, command.cls = name_of(command), Named
    command.help, _, examples = (inspect.getdoc(command.callback) or "").partition(_EXAMPLES)
    if examples:
        command.epilog = "\b\nExamples:\n" + indent(examples, "  ")  # \b: lines are not wrapped


def asked(arguments: list[str]) -> list[str]:
    """Returns the arguments with `help` and `help COMMAND` as what they stand for. `--no-pager` is
    taken out and holds wherever it stands."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if NO_PAGER in options:
        os.environ["PAGER"] = ""
        at = options.index(NO_PAGER)
        return asked(arguments[:at] + arguments[at + 1 :])
    names = {name for commands in COMMANDS.values() for name in commands}
    match arguments:
        case ["help"]:
            return ["--help"]
        case ["help", name] if name in names:
            return [name, "--help"]
    return arguments


def paged_help(arguments: list[str]) -> contextlib.AbstractContextManager[None]:
    """Shows help in a pager, if it is help that is asked for on a terminal."""
    if {"-h", "--help"}.isdisjoint(arguments) or not sys.stdout.isatty():
        return contextlib.nullcontext()
    from archive.render.output import paged

    return paged()


def first_steps(path: str) -> bool:
    """Writes what to do first, if nothing is asked and there is no archive at the path."""
    if len(sys.argv) > 1 or os.environ.get("ARCHIVE_DB") or os.path.lexists(path):
        return False
    sys.stderr.write(FIRST_STEPS)
    return True
