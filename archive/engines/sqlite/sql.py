"""A closed room for the user's own SQL: reading only, bounded in time and memory, rows streamed.

The statement runs in a process of its own (`sql_child.py` has its walls), because
nothing else bounds memory, or time inside one function of SQLite. A new interpreter rather than a
fork: a caller may have threads, whose locks a fork would inherit, and memory of its own, which
would count.
"""

from __future__ import annotations

import marshal
import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from archive.engines.contract import Rows
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import sql_child as sqlite_room
from archive.errors import SqlError, shortened

DEFAULT_SECONDS = 5.0
_GRACE = 1.0


def run(path: str, sql: str, seconds: float = DEFAULT_SECONDS) -> Rows:
    """Run one statement on an archive that was found readable.

    Raises `SqlError`, here or while rows are fetched: a mistake in the statement, one that would
    write, one that takes longer than `seconds` (0: no limit of time, nor of the length of the
    answer) or more than 512 MB. Time that the caller takes over the rows does not count.
    """
    rows = _stream(path, sql, seconds or math.inf)
    return Rows(next(rows), rows)


def _stream(path: str, sql: str, seconds: float) -> Iterator[tuple[Any, ...]]:
    """The names of the columns, then the rows. The process lives as long as this generator."""
    ways = [way.replace("mode=rw", "mode=ro") for way in sqlite.ways_to_read(path)]
    uris = [f"{sqlite.file_uri(path)}?{way}" for way in ways]
    request = marshal.dumps((uris, sql, seconds, os.getpid()))
    with subprocess.Popen(  # noqa: S603 - this interpreter, on a file of ours
        [sys.executable, "-I", "-S", sqlite_room.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
    ) as child:
        try:
            assert child.stdin  # noqa: S101 - it is a pipe
            child.stdin.write(request)
            child.stdin.close()
            for frame in _frames(child, seconds):
                if frame[0] == "columns":
                    yield frame[1]
                elif frame[0] == "rows":
                    yield from frame[1]
                else:
                    raise _explained(frame, sql, seconds)
        finally:
            child.kill()


def _frames(child: subprocess.Popen[bytes], seconds: float) -> Iterator[Any]:
    """What the process says, up to its end; `SqlError` if it does not come in time."""
    assert child.stdout  # noqa: S101 - it is a pipe
    descriptor = child.stdout.fileno()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    left = seconds + _GRACE
    buffer = bytearray()
    while True:
        began = time.monotonic()
        if left <= 0 or not poll.poll(None if math.isinf(left) else int(left * 1000)):
            raise _stopped(seconds)
        data = os.read(descriptor, 1 << 20)
        if not data:
            raise _died(child.wait(), seconds)
        buffer += data
        frames = list(_taken(buffer))
        left -= time.monotonic() - began  # the way of the rows counts, what is done with them not
        for frame in frames:
            if frame[0] == "end":
                return
            yield frame


def _taken(buffer: bytearray) -> Iterator[Any]:
    """The whole frames at the start of a buffer, which are taken out of it."""
    while len(buffer) >= 4 and len(buffer) >= 4 + (size := int.from_bytes(buffer[:4], "big")):
        frame = marshal.loads(buffer[4 : 4 + size])  # noqa: S302 - of our own process
        del buffer[: 4 + size]
        yield frame


def _explained(frame: tuple[str, str, int | None], sql: str, seconds: float) -> SqlError:
    kind, text, place = frame
    if kind == "refused":
        return SqlError(text)
    if kind == "memory":
        return SqlError(f"it needs more than {sqlite_room.MEMORY >> 20} MB: narrow it")
    if "interrupted" in text:
        return _stopped(seconds)
    if any(
        word in text
        for word in ("not authorized", "authorization denied", "prohibited", "readonly")
    ):
        return SqlError(f"only reading is allowed here ({text})")
    where = ""
    if place is not None:
        before = sql[:place]
        line, column = before.count("\n") + 1, place - before.rfind("\n")
        where = f", at line {line}, column {column}" if line > 1 else f", at column {column}"
    return SqlError(f"SQL: {shortened(text, 200)}{where}")


def _stopped(seconds: float) -> SqlError:
    return SqlError(f"stopped after {seconds:g} s: narrow it, or raise --timeout (0: no limit)")


def _died(code: int, seconds: float) -> SqlError:
    if code == -signal.SIGXCPU:
        return _stopped(seconds)
    return SqlError(f"its process ended early (code {code}): it may need too much memory")
