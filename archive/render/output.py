"""Where an answer goes instead of straight to standard output: into a pager, or into a file that is
written whole.

Both stand in for `sys.stdout` while an answer is written. What is said on standard error comes
before or after, so that it is never drawn into a pager's screen.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, NoReturn, TextIO, cast

from archive.errors import UsageError, quoted
from archive.render.cells import cells, terminal_height, terminal_width
from archive.render.screen import inert

if TYPE_CHECKING:
    import subprocess

PAGER = "less"
SETTINGS = {"LESS": "FRX", "LV": "-c"}
"""As git has them: a pager leaves short answers on the screen and lets colours through."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@contextlib.contextmanager
def paged() -> Iterator[None]:
    """Shows what is written to a terminal in the user's pager if it is longer than the screen."""
    command = _pager()
    if not command:
        yield
        return
    screenful = _Screenful(sys.stdout, command)
    stdout, sys.stdout = sys.stdout, cast("TextIO", screenful)
    try:
        with contextlib.suppress(BrokenPipeError):  # the reader has seen enough
            yield
    finally:
        sys.stdout = stdout
        screenful.end()


def _pager() -> Sequence[str]:
    """Returns the command of the pager; none where there is no screen, or the user wants none."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return ()
    import shlex  # noqa: PLC0415 - for terminals alone
    import shutil  # noqa: PLC0415

    wanted = os.environ.get("PAGER", PAGER)
    try:
        command = shlex.split(wanted)
    except ValueError:
        command = [wanted]
    if command in ([], ["cat"]):
        return ()
    if not shutil.which(command[0]):
        if "PAGER" in os.environ:
            sys.stderr.write(f"archive: there is no pager {inert(quoted(wanted))}; see $PAGER\n")
        return ()
    return command


class _Screenful(io.TextIOBase):
    """Text for a terminal. Keeps up to one screen of it, then starts the pager."""

    def __init__(self, terminal: TextIO, command: Sequence[str]) -> None:
        self._terminal, self._command = terminal, command
        self._width, self._room = terminal_width(), terminal_height() - 1
        self._kept: list[str] = []
        self._begun = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._usual = {number: signal.getsignal(number) for number in _HELD}

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._terminal.encoding

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._terminal.fileno()

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(text)  # by which Typer finds out that this is for text
        if self._process is None:
            self._kept.append(text)
            if self._fits(text):
                return len(text)
            self._start()
            self._send("".join(self._kept))
            self._pipe.flush()
        else:
            self._send(text)
        return len(text)

    def _fits(self, text: str) -> bool:
        *lines, self._begun = (self._begun + text).split("\n")
        self._room -= sum(map(self._rows, lines))
        return self._room >= (self._rows(self._begun) if self._begun else 0)

    def _rows(self, line: str) -> int:
        return max(1, -(-cells(_COLOUR.sub("", line)) // self._width))

    def _start(self) -> None:
        import subprocess  # noqa: PLC0415 - for long answers alone

        self._terminal.flush()
        sys.stderr.flush()
        # Ctrl-C belongs to the pager from now on, but ends what is still being written for it.
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGINT, _interrupted)
        self._process = subprocess.Popen(  # noqa: S603 - the user's own pager
            self._command, stdin=subprocess.PIPE, env={**SETTINGS, **os.environ}
        )

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process is not None  # noqa: S101 - it was started
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        return self._process.stdin

    def _send(self, text: str) -> None:
        self._pipe.write(text.encode(self.encoding, "backslashreplace"))

    def end(self) -> None:
        """Writes what was kept if it fits the screen; else waits until the pager is left."""
        if self._process is None:
            self._terminal.write("".join(self._kept))
            self._terminal.flush()
            return
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with contextlib.suppress(BrokenPipeError):
            self._pipe.close()
        self._process.wait()
        for number, usual in self._usual.items():
            signal.signal(number, usual)


_HELD = (signal.SIGINT, signal.SIGPIPE)


def _interrupted(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


@contextlib.contextmanager
def whole(path: str | None) -> Iterator[None]:
    """Writes the answer to a file, which is there only once all of it is written; to standard
    output where no path is given. An error, Ctrl-C or SIGTERM leave the file as it was."""
    if path is None:
        yield
        return
    target = os.path.realpath(path)
    _refuse(path, target)
    folder, name = os.path.split(target)
    # The name is chosen before the file exists: a signal between the two must know what to remove.
    part = os.path.join(folder, f".{name[:40]}.{os.urandom(6).hex()}")
    stdout = sys.stdout

    def interrupted(number: int, frame: object) -> NoReturn:
        _discard(part)
        _interrupted(number, frame)

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupted)
    try:
        try:
            with _new(part, target) as file:
                sys.stdout = file
                yield
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, target)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None
    except BaseException:
        _discard(part)
        raise
    finally:
        sys.stdout = stdout


def _new(part: str, target: str) -> TextIO:
    """Makes the file that will take the target's place, with its permissions."""
    there = os.path.exists(target)
    mode = os.stat(target).st_mode & 0o777 if there else 0o666
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    if there:
        os.fchmod(descriptor, mode)
    return open(descriptor, "w", encoding="utf-8", errors="backslashreplace")


def _discard(part: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(part)


def _refuse(path: str, target: str) -> None:
    """Raises an error where the file must not be replaced: a folder, a device, a database."""
    if not os.path.lexists(target):
        return
    if not os.path.isfile(target):
        raise UsageError(f"{path} is not a file: --output takes the place of a file, or makes one")
    try:
        with open(target, "rb") as file:
            if file.read(16) == b"SQLite format 3\0":
                raise UsageError(f"{path} is a database, which --output does not replace")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
