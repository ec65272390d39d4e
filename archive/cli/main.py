"""The entry point of the command line.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 nothing
found, 2 usage or query error, or output that could not be written, 3 done but some input was
rejected, 4 the archive cannot be used.

Commands import what they need in their bodies, and a call loads only the module of the command that
it names, so that each starts as fast as it can.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Collection
from importlib import import_module

from archive.cli.app import DEFAULT_PATH, app, complain, narrow
from archive.cli.command_table import COMMANDS
from archive.cli.helping import asked, first_steps, paged_help
from archive.errors import ArchiveError


def load(arguments: Collection[str] = ()) -> None:
    """Loads the modules of the commands that the arguments name; all of them if they name none."""
    named = [module for module, names in COMMANDS.items() if not {*names}.isdisjoint(arguments)]
    for module in named or COMMANDS:
        import_module(f"archive.cli.commands.{module}")


NOTHING_ASKED, UNWRITTEN, UNUSABLE = 2, 2, 4


def main() -> None:
    """Runs the command line and ends the process."""
    code = run()
    # Everything is closed by now. An orderly end of the interpreter would free all objects of all
    # modules one by one, which takes a seventh of the time of a search.
    os._exit(code)


def run() -> int:
    """Carries out what `sys.argv` says and returns the exit code. Errors of ours become one line,
    never a traceback, and all output is written."""
    _fill_descriptors()
    _read_names_as_utf8()
    _prepare()
    code = _run()
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _unwritten(error)
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    return code


def _run() -> int:
    try:
        if first_steps(DEFAULT_PATH):
            return NOTHING_ASKED
        arguments = asked(sys.argv[1:])
        if arguments[:2] == ["completion", "answer"]:
            from archive.cli.completion import answer

            answer(arguments[-1], load)
        else:
            load(arguments)
            narrow(arguments)
            with paged_help(arguments):
                app(arguments, prog_name="archive")
    except ArchiveError as error:
        complain(error)
        return error.exit_code
    except MemoryError:
        complain("not enough memory")
        return UNUSABLE
    except OSError as error:
        return _unwritten(error)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def _unwritten(error: OSError) -> int:
    """Reports an error of standard output: the code reports those of all other files itself."""
    complain(f"the output cannot be written: {error.strerror or error}")
    return UNWRITTEN


def _fill_descriptors() -> None:
    """Opens closed standard streams on nothing, so that no file opened later takes their place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number, which is this one.
            os.open(os.devnull, os.O_RDWR)
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def _read_names_as_utf8() -> None:
    """Starts again in Python's UTF-8 mode where the locale has another encoding for file names;
    output stays in the locale's encoding."""
    if sys.getfilesystemencoding().lower() != "utf-8" and sys.executable:
        written = getattr(sys.stdout, "encoding", None) or "ascii"
        os.environ["PYTHONIOENCODING"] = f"{written}:backslashreplace"
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _prepare() -> None:
    """Treats signals and pipes as command-line tools do: they end a reading command at once, even
    in the middle of a long step of SQLite. Commands that write end in order (`writing.py`,
    `upkeep.py`)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")
