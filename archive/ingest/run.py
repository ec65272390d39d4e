"""The write path, start to end.

    find -> read -> parse -> decide -> store (rows + index) -> report

Files go through in chunks, so memory stays flat whatever the folder's size, and each chunk's
questions to the database are asked at once. While one chunk is stored, the next one is read and
parsed beside it (`ahead.py`). A file that cannot go in becomes a `Rejection`; the others go
on. What the report says is stored has been committed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from archive.engines.sqlite.store import Store
from archive.errors import UsageError
from archive.ingest import files as find
from archive.ingest import identity
from archive.ingest.ahead import Intake
from archive.ingest.identity import KnownSource, Verdict
from archive.ingest.rehearsal import Rehearsal
from archive.record import record
from archive.records import FoundFile, IngestReport, ParsedFile, Rejection

if TYPE_CHECKING:
    from archive.ingest.parsing import Outcome, Wanted

CHUNK_FILES = 512
CHUNK_BYTES = 8 * 1024 * 1024
COMMIT_BYTES = 16 * 1024 * 1024
"""Text to a transaction: little enough that memory hardly grows with the folder, and few
segments of the index, each of which costs every search a little."""
COMMIT_SECONDS = 10.0
KEPT_REJECTIONS = 10_000
"""Rejections that a report lists; the table `rejections` has them all."""


@record
class Options:
    """How to ingest. `strict` stores nothing if any file is rejected; `max_size` is in bytes;
    files of the paths `passed_over`, and hard links to them, are not touched."""

    encoding: str = "utf-8"
    max_size: int = find.MAX_FILE_SIZE
    strict: bool = False
    passed_over: frozenset[str] = frozenset()


Progress = Callable[[int], bool]
"""Called with the number of files dealt with so far; False ends the run in order."""


def ingest(
    connection: sqlite3.Connection | None,
    paths: Iterable[str],
    options: Options,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: True,
) -> IngestReport:
    """Bring every file at or below the paths into the archive, and say what became of each.

    `connection` is open for writing; for a dry run it may be None, where there is no archive yet.
    Rejected files are in the report, not errors.
    """
    started_ns = time.time_ns()
    store: Store | Rehearsal
    if dry_run or connection is None:
        store = Rehearsal(connection)
    else:
        store = Store(connection, started_ns)
    run = _Run(store, options)
    with Intake(options.encoding, options.max_size) as intake:
        stopped = not all(map(progress, run.go(paths, intake)))
    if run.refused:
        store.abandon()
    store.end(finished=not stopped)
    return IngestReport(
        **store.counts,
        hidden=run.hidden,
        rejections=tuple(sorted(run.rejections, key=lambda rejection: rejection.path)),
        seconds=(time.time_ns() - started_ns) / 1e9,
        dry_run=dry_run,
        stopped=stopped,
    )


@record
class _Chunk:
    """Some files by path, what is known of them, and which of them have to be read."""

    files: dict[str, FoundFile]
    known: dict[str, KnownSource]
    wanted: list[Wanted]


class _Run:
    """One run: the steps, and what they have met so far."""

    def __init__(self, store: Store | Rehearsal, options: Options) -> None:
        self.store, self.options = store, options
        self.rejections: list[Rejection] = []
        self.hidden = 0
        self.done = 0
        self._bytes = 0
        self._committed = time.monotonic()

    @property
    def refused(self) -> bool:
        """Whether a strict run has met a rejection, so that nothing goes in any more."""
        return self.options.strict and bool(self.rejections)

    def files(self, paths: Iterable[str]) -> Iterator[FoundFile]:
        """The files to look at; what is none is rejected or counted here."""
        for found in find.find(paths, self.options.passed_over):
            if isinstance(found, FoundFile):
                yield found
            elif isinstance(found, Rejection):
                self.reject(found)
            else:
                self.hidden += 1

    def go(self, paths: Iterable[str], intake: Intake) -> Iterator[int]:
        """Take all files, chunk by chunk; after each, the number of files dealt with."""
        under_way: _Chunk | None = None
        for files in _chunks(self.files(paths), self.options.max_size):
            if under_way and not under_way.files.keys().isdisjoint(files):
                # A path given twice: what is known of it comes of the first time.
                yield self.store_chunk(under_way, intake.finish())
                under_way = None
            chunk = self.ask(files)
            outcomes = intake.finish() if under_way else []
            intake.start(chunk.wanted)
            if under_way:
                yield self.store_chunk(under_way, outcomes)
            under_way = chunk
        if under_way:
            yield self.store_chunk(under_way, intake.finish())

    def ask(self, files: dict[str, FoundFile]) -> _Chunk:
        """What is known of some files, and which of them must be read."""
        unchanged = self.store.unchanged(files)
        paths = [path for path in files if path not in unchanged]
        known = self.store.known(paths) if paths else {}
        wanted = [(path, identity.same_bytes(known.get(path))) for path in paths]
        return _Chunk(files, known, wanted)

    def store_chunk(self, chunk: _Chunk, outcomes: list[Outcome]) -> int:
        """Decide on the files that were read, and store them; the number of files so far."""
        self.store.counts["unchanged"] += len(chunk.files) - len(outcomes)
        parsed: list[ParsedFile] = []
        for outcome in outcomes:
            if isinstance(outcome, ParsedFile):
                parsed.append(outcome)
            elif isinstance(outcome, Rejection):
                self.reject(outcome)
            else:
                self.store.refresh(outcome, chunk.known[outcome.path])
        if not self.refused:  # else the rest is read for the sake of what is wrong with it
            self.apply(parsed, chunk)
        self.done += len(chunk.files)
        if self._commit_due():
            self.store.commit()
            self._bytes, self._committed = 0, time.monotonic()
        return self.done

    def apply(self, parsed: list[ParsedFile], chunk: _Chunk) -> None:
        """Decide on files that were parsed, and store them."""
        changed = [result.file.path for result in parsed if result.file.path in chunk.known]
        # Asked once more: what was stored meanwhile may have touched it.
        known = self.store.known(changed) if changed else {}
        self.store.hold([result.content_hash for result in parsed])
        for result in parsed:
            source = known.get(result.file.path)
            self.store.apply(result, source, self.decide(result, source))
            self._bytes += result.file.size

    def decide(self, parsed: ParsedFile, source: KnownSource | None) -> Verdict:
        """The verdict on a parsed file; whether others share its old content is asked only then."""
        content_hash = parsed.content_hash
        holder = self.store.holder(content_hash)
        verdict = identity.decide(source, content_hash, holder, shared=False)
        if verdict is Verdict.CHANGED and source and self.store.shared(source):
            return identity.decide(source, content_hash, holder, shared=True)
        return verdict

    def reject(self, rejection: Rejection) -> None:
        """Note a file that does not go in."""
        self.store.reject(rejection)
        if len(self.rejections) < KEPT_REJECTIONS:
            self.rejections.append(rejection)

    def _commit_due(self) -> bool:
        if self.options.strict:
            return False
        return self._bytes >= COMMIT_BYTES or time.monotonic() - self._committed >= COMMIT_SECONDS


def _chunks(files: Iterable[FoundFile], max_size: int) -> Iterator[dict[str, FoundFile]]:
    """The files by path, in groups of bounded number and size; a path given twice counts once a
    group."""
    chunk: dict[str, FoundFile] = {}
    size = 0
    for file in files:
        chunk[file.path] = file
        size += min(file.size, max_size)
        if len(chunk) >= CHUNK_FILES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = {}, 0
    if chunk:
        yield chunk


def roots(paths: Iterable[str]) -> list[str]:
    """The paths given by a user, resolved, without those that lie below another of them.

    Raises `UsageError` for one that does not exist.
    """
    resolved = []
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{find.show_path(path)}: no such file or folder")
        resolved.append(os.path.realpath(path))
    kept: list[str] = []
    # With the slash in the key, what lies below a path follows it directly.
    for path in sorted(set(resolved), key=lambda path: os.path.join(path, "")):
        if not kept or not path.startswith(os.path.join(kept[-1], "")):
            kept.append(path)
    return kept
