"""The command line: options -> one call of `Archive` -> render. The only package that knows Typer.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 nothing
found, 2 usage or query error, 3 done but some input was rejected, 4 the archive cannot be used.

Commands import what they need in their bodies, and a call loads the modules of the command that it
names alone, so that each starts as fast as it can.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Collection
from importlib import import_module

from archive.cli.app import app, complain, narrow
from archive.errors import ArchiveError

__all__ = ["COMMANDS", "load", "main"]

COMMANDS = {
    "copies": ("similar", "duplicates"),
    "questions": ("cite", "concordance", "timeline", "quote"),
    "reading": ("search", "help", "list", "show", "history", "diff", "stats", "sql", "schema"),
    "writing": ("ingest", "verify", "backup", "upgrade", "reindex"),
}
"""The modules of this package that hold commands."""


def load(arguments: Collection[str] = ()) -> None:
    """Load the modules of the commands that the arguments name; all, where they name none."""
    named = [module for module, names in COMMANDS.items() if not {*names}.isdisjoint(arguments)]
    for module in named or COMMANDS:
        import_module(f"archive.cli.{module}")


def main() -> None:
    """The entry point: errors of ours become one line and an exit code, never a traceback. Ends
    the process."""
    _prepare()
    load(sys.argv[1:])
    narrow(sys.argv[1:])
    code = 0
    try:
        app()
    except ArchiveError as error:
        complain(error)
        code = error.exit_code
    except MemoryError:
        complain("not enough memory")
        code = 4
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed by now. To take the interpreter down in order would free, one by one, all
    # objects of all modules: a seventh of the time of a search.
    os._exit(code)


def _prepare() -> None:
    """Signals and pipes as command-line tools treat them: they end a command that reads at once,
    even in the middle of a long step of SQLite. Commands that write see to it that they end in
    order (`archive.cli.writing`)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")
