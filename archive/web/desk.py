"""Questions in threads, each with an `Archive` of its own, bounded in time.

A question that takes longer than `SECONDS`, or whose client has gone away, is stopped inside the
database. Each lane has threads of its own, so that reading an article never waits for a search,
nor a search for a comparison of all texts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

from archive.api import Archive
from archive.errors import ArchiveError

if TYPE_CHECKING:
    from starlette.requests import Request

SECONDS = 10.0
"""What a question may take, waiting for a thread included."""

LANES = {"read": 3, "search": 4, "study": 2}
"""Threads by kind of question."""

_AGAIN = 0.02
"""Seconds until a question that goes on is stopped again: SQLite forgets it between statements."""

_LAST = 0.5
"""Seconds that questions have to stop in at the end."""

T = TypeVar("T")


class TooLong(ArchiveError):
    """A question that was stopped because it took too long."""


class Gone(Exception):
    """The client went away before the answer was there."""


class Desk:
    """Answers questions about one archive. For use on one event loop."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._threads = {lane: ThreadPoolExecutor(most, lane) for lane, most in LANES.items()}
        self._idle: list[Archive] = []
        self._asked: dict[Future[object], Archive] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    async def ask(self, request: Request, lane: str, question: Callable[[Archive], T]) -> T:
        """Returns the answer to a question, given as of one moment; `TooLong`, `Gone`."""
        archive = self._idle.pop() if self._idle else Archive(self._path)
        work = self._threads[lane].submit(_at_one_moment, archive, question)
        self._asked[work] = archive  # type: ignore[index]
        answer = asyncio.wrap_future(work)
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait((answer, gone), timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if work.done():
                self._put_back(work)
            else:
                answer.add_done_callback(_forget)
                stopping = asyncio.ensure_future(self._stop(work))
                self._stopping.add(stopping)
                stopping.add_done_callback(self._stopping.discard)
        if answer.done():
            return answer.result()
        if gone.done() and not gone.cancelled():
            raise Gone
        raise TooLong(f"stopped after {SECONDS:g} seconds: narrow the question")

    def close(self) -> None:
        """Stop all questions, which may take a moment, and close every archive."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
        end = time.monotonic() + _LAST
        while wait(self._asked, _AGAIN).not_done and time.monotonic() < end:
            for archive in self._asked.values():
                archive.interrupt()
        stopped = (archive for work, archive in self._asked.items() if work.done())
        for archive in (*self._idle, *stopped):
            archive.close()

    async def _stop(self, work: Future[T]) -> None:
        """Stops a question that nobody waits for any more."""
        archive = self._asked[work]  # type: ignore[index]
        while not (work.cancel() or work.done()):
            archive.interrupt()
            await asyncio.sleep(_AGAIN)
        self._put_back(work)

    def _put_back(self, work: Future[T]) -> None:
        self._idle.append(self._asked.pop(work))  # type: ignore[arg-type]


def _at_one_moment(archive: Archive, question: Callable[[Archive], T]) -> T:
    with archive.explained(), archive.snapshot():
        return question(archive)


def _forget(answer: asyncio.Future[T]) -> None:
    """Looks at an answer that nobody waits for, or asyncio would report its error."""
    if not answer.cancelled():
        answer.exception()


async def _gone(request: Request) -> None:
    """Returns when the client goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
