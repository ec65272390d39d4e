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

from archive.incoming import Container, FoundFile, Rejection, parsed_from_plain
from archive.ingest.files import PLAIN

if TYPE_CHECKING:
    from subprocess import Popen

    from archive.formats.contract import Reading
    from archive.ingest.parsing import Outcome, Wanted

WORTH_FILES = 256
"""Files to read at once that make a second process worth its start."""
PATIENCE = 30.0
"""Seconds to wait for the second process before its work is done here: somebody may have stopped
it."""
PATIENCE_FOR_OTHERS = 25.0
"""More for each file that may not be dated text: a page may take its parser 20 seconds."""

_READING = ("encoding", "max_size", "fields", "date", "format")


class Intake:
    """Takes files in, one job at a time: `start` hands one over, `finish` gives its outcomes.

    What is done between the two runs beside it. Close it (or leave its `with`) at the end.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
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
                    reading = [getattr(self._reading, name) for name in _READING]
                    _send(_pipe(self._process.stdin), (job, reading))
                self._sent = True
            except OSError:
                self._go_on_alone()
        elif len(job) >= WORTH_FILES and not self._alone:
            self._process = _second_process()  # for the next job: this one is done meanwhile

    def finish(self) -> list[Outcome]:
        """What became of the job's files, in their order."""
        if self._sent and self._process is not None:
            try:
                slow = sum(not path.endswith(PLAIN) for path, *_ in self._job)
                with _patience(self._process, PATIENCE + PATIENCE_FOR_OTHERS * slow):
                    answer = _receive(_pipe(self._process.stdout))
                return [
                    _read_plain(path, row)
                    for (path, *_), row in zip(self._job, answer, strict=True)
                ]
            except (OSError, EOFError):
                self._go_on_alone()
        from archive.ingest.parsing import take_in  # noqa: PLC0415 - often there is nothing to read

        return take_in(self._job, self._reading)

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

    from archive.formats.contract import Reading  # noqa: PLC0415
    from archive.ingest.parsing import take_in  # noqa: PLC0415

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    while True:
        try:
            job, reading = _receive(sys.stdin.buffer)
        except EOFError:
            return
        outcomes = take_in(job, Reading(*reading))
        _send(sys.stdout.buffer, [_write_plain(outcome) for outcome in outcomes])


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
def _patience(process: Popen[bytes], seconds: float = PATIENCE) -> Iterator[None]:
    """End the process if what is said to it or by it does not come through in time, so that the
    other end of the pipe is closed."""
    from threading import Timer  # noqa: PLC0415 - subprocess has loaded it

    timer = Timer(seconds, process.kill)
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
        return (outcome.reason, outcome.line, outcome.lasting, outcome.extra)
    if isinstance(outcome, Container):
        return (outcome.format,)
    if isinstance(outcome, FoundFile):
        return (outcome.size, outcome.mtime_ns)
    return outcome.plain()


def _read_plain(path: str, row: tuple[Any, ...]) -> Outcome:
    """The inverse of `_write_plain`."""
    if len(row) == 4:
        reason, line, lasting, extra = row
        return Rejection(path, reason, line, lasting, extra=extra)
    if len(row) == 1:
        return Container(path, row[0])
    if len(row) == 2:
        return FoundFile(path, row[0], row[1])
    return parsed_from_plain(path, row)
