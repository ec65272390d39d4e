"""The command line: options -> one call of `Archive` -> render. The only package that knows Typer.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 nothing
found, 2 usage or query error, 3 done but some input was rejected, 4 the archive cannot be used.

Commands import what they need in their bodies, so that each starts as fast as it can.
"""

from __future__ import annotations

import signal
import sys

from archive.cli import keeping, reading, writing
from archive.cli.app import app, complain
from archive.errors import ArchiveError

__all__ = ["app", "keeping", "main", "reading", "writing"]


def main() -> None:
    """The entry point: errors of ours become one line and an exit code, never a traceback."""
    _prepare()
    try:
        app()
    except ArchiveError as error:
        complain(error)
        sys.exit(error.exit_code)
    except MemoryError:
        complain("not enough memory")
        sys.exit(4)


def _prepare() -> None:
    """Signals and pipes as command-line tools treat them: they end a command that reads at once,
    even in the middle of a long step of SQLite. Commands that write see to it that they end in
    order (`archive.cli.writing`, `keeping`)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")
