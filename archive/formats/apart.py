"""Reading in a process of its own, which is ended where a file takes too long or too much memory.

Libraries in C that read what anybody may have written can hang, or crash. So files of their formats
go to a second program through a socket, and their articles come back; it stays for the next file.
The program has no more memory than `MOST_MEMORY`, can write no file, and ends with the process that
started it.
"""

from __future__ import annotations

import atexit
import contextlib
import marshal
import signal
import sys
import time
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

from archive.errors import MissingExtra, ParseError
from archive.formats.contract import Member, Reading
from archive.records import Article

if TYPE_CHECKING:
    from socket import socket as Socket  # noqa: N812 - the module is used, too
    from subprocess import Popen

SECONDS = 20.0
MOST_MEMORY = 300 * 1024 * 1024
_TIDIED_AFTER = 200
"""Files after which the program empties the caches of its libraries."""

_TOO_LONG = f"it takes more than {SECONDS:g} s to read"
_TOO_MUCH = f"it takes more than {MOST_MEMORY >> 20} MB of memory to read"
_CRASHED = "it cannot be read: its reader crashed"


class Apart:
    """Reads files of one format in a program that it starts when there is a first one.

    `module` has `prepare() -> Callable[[], None]`, which loads the libraries of the `extra` and
    gives a function that empties their caches, and `read(data, reading) -> Member`.
    """

    def __init__(self, module: str, extra: str) -> None:
        self._module, self._extra = module, extra
        self._running: tuple[Popen[bytes], Socket] | None = None
        self._read = 0
        self._missing = False
        self._lock = Lock()
        atexit.register(self.end)

    def read(self, data: bytes, reading: Reading) -> Member:
        """The article of a file; `ParseError` also where the program had to be ended over it, and
        `MissingExtra` where its libraries are not there."""
        with self._lock:
            answer = self._answer(data, reading)
            if answer[0] == "memory" and self._read > 1:  # of its own, or left by those before it?
                self.end()
                answer = self._answer(data, reading)
            if answer[0] not in ("member", "refused"):
                self.end()
            self._missing = answer[0] == "missing"
        if answer[0] == "member":
            return Member(Article(*answer[1]), *answer[2])
        if answer[0] == "missing":
            raise MissingExtra(self._extra)
        raise ParseError(_TOO_MUCH if answer[0] == "memory" else answer[1])

    @property
    def process_id(self) -> int | None:
        """The number of the program's process, None where it has not started."""
        return self._running[0].pid if self._running else None

    def end(self) -> None:
        """End the program, if there is one; the next file starts another."""
        if self._running:
            program, line = self._running
            program.kill()
            program.wait()
            line.close()
        self._running, self._read = None, 0

    def _answer(self, data: bytes, reading: Reading) -> tuple[Any, ...]:
        if self._missing:
            return ("missing",)
        program, line = self._running = self._running or self._start()
        self._read += 1
        given = (reading.encoding, reading.max_size, reading.fields, reading.date)
        try:
            return _exchange(line, (data, given))
        except TimeoutError:
            return "ended", _TOO_LONG
        except OSError:
            return "ended", _TOO_LONG if _ended(program) == -signal.SIGALRM else _CRASHED

    def _start(self) -> tuple[Popen[bytes], Socket]:
        from socket import socketpair  # noqa: PLC0415 - few files need one
        from subprocess import DEVNULL, Popen  # noqa: PLC0415

        code = (
            "import sys; sys.path[:] = sys.argv[2:];"
            " from archive.formats.apart import serve; serve(sys.argv[1])"
        )
        ours, theirs = socketpair()
        with theirs:
            program = Popen(  # noqa: S603 - ourselves
                [sys.executable, "-S", "-P", "-c", code, self._module, *sys.path],
                stdin=theirs.fileno(),
                stdout=DEVNULL,  # a library that prints something does not answer for us
                stderr=DEVNULL,
                process_group=0,
            )
        return program, ours


def _ended(program: Popen[bytes]) -> int:
    """How the program ended, which it may be about to do; one that lives on is ended."""
    from subprocess import TimeoutExpired  # noqa: PLC0415 - few files need one

    try:
        return program.wait(1)
    except TimeoutExpired:
        program.kill()
        return program.wait()


def _exchange(line: Socket, request: Any) -> tuple[Any, ...]:
    """Send a request and wait for the answer. `TimeoutError` where it does not come in time,
    another `OSError` where the program is gone. A closed socket raises no SIGPIPE here, which in
    some of our processes would end them."""
    import socket  # noqa: PLC0415

    line.settimeout(SECONDS)
    line.sendall(_framed(request), getattr(socket, "MSG_NOSIGNAL", 0))
    end = time.monotonic() + SECONDS

    def received(size: int) -> bytes:
        parts, missing = [], size
        while missing:
            line.settimeout(max(end - time.monotonic(), 0.001))
            parts.append(line.recv(min(missing, 1 << 20)))
            if not parts[-1]:
                raise ConnectionResetError
            missing -= len(parts[-1])
        return b"".join(parts)

    size = int.from_bytes(received(8), "little")
    answer: tuple[Any, ...] = marshal.loads(received(size))  # noqa: S302 - plain values
    return answer


def _framed(value: Any) -> bytes:
    data = marshal.dumps(value)
    return len(data).to_bytes(8, "little") + data


def serve(module_name: str) -> None:
    """The program: requests and answers on the socket that is its standard input, until that is
    closed."""
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    try:
        module = import_module(module_name)
        tidy = module.prepare()
    except ImportError:
        module = None
    _close_in()
    count = 0
    answers = open(0, "wb", closefd=False)  # noqa: SIM115 - until the program ends
    while head := sys.stdin.buffer.read(8):
        request = marshal.loads(sys.stdin.buffer.read(int.from_bytes(head, "little")))  # noqa: S302
        if module is None:
            answer: tuple[Any, ...] = ("missing",)
        else:
            signal.alarm(int(SECONDS) + 5)  # should nobody be left who ends it
            answer = _read(module, *request)
            signal.alarm(0)
        answers.write(_framed(answer))
        answers.flush()
        del request, answer
        count += 1
        if module and count % _TIDIED_AFTER == 0:
            tidy()


def _read(module: Any, data: bytes, given: tuple[Any, ...]) -> tuple[Any, ...]:
    try:
        found: Member = module.read(data, Reading(*given))
    except ParseError as error:
        return "refused", error.reason
    except MemoryError:
        return ("memory",)
    except Exception as error:  # noqa: BLE001 - whatever the libraries stumble over
        if "memory" in str(error).lower():  # lxml has several names for it
            return ("memory",)
        return "refused", f"it cannot be read ({type(error).__name__})"
    a = found.article
    article = (a.published_on, a.title, a.paragraphs, a.category, a.byline, a.publication)
    rest = (found.key, found.url, found.identifier, found.published_at, found.language)
    return "member", article, (*rest, found.line, found.remarks)


def _close_in() -> None:
    import resource  # noqa: PLC0415 - of the program alone

    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(what, (most, most))
