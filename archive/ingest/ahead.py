"""Reading ahead: while the database indexes one chunk of files, a second process reads the next.

So nobody waits for reading and parsing. The second process is started only where there is enough to
read, and whatever happens to it, its work is then done in the first (`parsing.take_in`).
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, Self

from archive.records import FoundFile, Rejection, parsed_from_plain

if TYPE_CHECKING:
    from subprocess import Popen

    from archive.ingest.parsing import Outcome, Wanted

WORTH_FILES = 256
"""Files to read at once that make a second process worth its start."""
PATIENCE = 30.0
"""Seconds to wait for the second process before its work is done here: somebody may have stopped
it."""


class Intake:
    """Takes files in, one job at a time: `start` hands one over, `finish` gives its outcomes.

    What is done between the two runs beside it. Close it (or leave its `with`) at the end.
    """

    def __init__(self, encoding: str, max_size: int) -> None:
        self._options = (encoding, max_size)
        self._job: Sequence[Wanted] = ()
        self._sent = False
        self._process: Popen[bytes] | None = None
        self._alone = (os.cpu_count() or 1) < 2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def start(self, job: Sequence[Wanted]) -> None:
        """Begin to read these files."""
        self._job, self._sent = job, False
        if self._process is not None:
            try:
                with _patience(self._process):
                    _send(_pipe(self._process.stdin), (job, self._options))
                self._sent = True
            except OSError:
                self._go_on_alone()
        elif len(job) >= WORTH_FILES and not self._alone:
            self._process = _second_process()  # for the next job: this one is done meanwhile

    def finish(self) -> list[Outcome]:
        """What became of the job's files, in their order."""
        if self._sent and self._process is not None:
            try:
                with _patience(self._process):
                    answer = _receive(_pipe(self._process.stdout))
                return [
                    _read_plain(path, row) for (path, _), row in zip(self._job, answer, strict=True)
                ]
            except (OSError, EOFError):
                self._go_on_alone()
        from archive.ingest.parsing import take_in  # noqa: PLC0415 - often there is nothing to read

        return take_in(self._job, *self._options)

    def _go_on_alone(self) -> None:
        self._alone = True
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def serve() -> None:
    """The second process: jobs on standard input, outcomes on standard output, until either is
    closed."""
    import signal  # noqa: PLC0415 - needed here alone

    from archive.ingest.parsing import take_in  # noqa: PLC0415

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    while True:
        try:
            job, options = _receive(sys.stdin.buffer)
        except EOFError:
            return
        _send(sys.stdout.buffer, [_write_plain(outcome) for outcome in take_in(job, *options)])


def _second_process() -> Popen[bytes] | None:
    """This program once more, in a process group of its own so that a Ctrl-C does not reach it."""
    from subprocess import DEVNULL, PIPE, Popen  # noqa: PLC0415 - small ingests need none

    if not sys.executable:
        return None
    program = (
        "import sys; sys.path[:] = sys.argv[1:]; from archive.ingest.ahead import serve; serve()"
    )
    try:
        return Popen(  # noqa: S603 - ourselves
            [sys.executable, "-S", "-P", "-c", program, *sys.path],
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            process_group=0,
        )
    except OSError:
        return None


@contextlib.contextmanager
def _patience(process: Popen[bytes]) -> Iterator[None]:
    """End the process if what is said to it or by it does not come through in time, so that the
    other end of the pipe is closed."""
    from threading import Timer  # noqa: PLC0415 - subprocess has loaded it

    timer = Timer(PATIENCE, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise EOFError
    return stream


def _send(stream: IO[bytes], value: Any) -> None:
    data = marshal.dumps(value)
    stream.write(len(data).to_bytes(8, "little"))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    size = int.from_bytes(_exactly(stream, 8), "little")
    return marshal.loads(_exactly(stream, size))  # noqa: S302 - written by our own process


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _write_plain(outcome: Outcome) -> tuple[Any, ...]:
    """An outcome without its path, in plain tuples."""
    if isinstance(outcome, Rejection):
        return (outcome.reason, outcome.line, outcome.lasting, None)
    if isinstance(outcome, FoundFile):
        return (outcome.size, outcome.mtime_ns, None)
    return outcome.plain()


def _read_plain(path: str, row: tuple[Any, ...]) -> Outcome:
    """The inverse of `_write_plain`."""
    if len(row) == 4:
        return Rejection(path, *row[:3])
    if row[2] is None:
        return FoundFile(path, row[0], row[1])
    return parsed_from_plain(path, row)
