"""The write path, start to end.

    find -> read -> parse -> decide -> store (rows + index) -> report

Files go through in chunks, so memory stays flat whatever the folder's size, and each chunk's
questions to the database are asked at once. A file that cannot go in becomes a `Rejection`; the
others go on. What the report says is stored has been committed.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import find, identity
from archive.article import FoundFile, IngestReport, ParsedFile, Rejection
from archive.errors import ParseError, UsageError
from archive.formats import dated_text
from archive.identity import KnownSource, Verdict
from archive.packing import compress
from archive.rehearsal import Rehearsal
from archive.store import Store

if TYPE_CHECKING:
    from sqlalchemy import Connection

CHUNK_FILES = 512
CHUNK_BYTES = 8 * 1024 * 1024
COMMIT_BYTES = 32 * 1024 * 1024
COMMIT_SECONDS = 5.0
SETTLE_SECONDS = 0.05
SETTLE_TRIES = 5
KEPT_REJECTIONS = 10_000
"""Rejections that a report lists; the table `rejections` has them all."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to ingest. `strict` stores nothing if any file is rejected; `max_size` is in bytes;
    files of the paths `passed_over`, and hard links to them, are not touched."""

    encoding: str = "utf-8"
    max_size: int = find.MAX_FILE_SIZE
    strict: bool = False
    passed_over: frozenset[str] = frozenset()


Progress = Callable[[int], bool]
"""Called with the number of files dealt with so far; False ends the run in order."""


class _Refused(Exception):
    """A rejection in a strict run."""


def ingest(
    connection: Connection | None,
    paths: Iterable[str],
    options: Options,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: True,
) -> IngestReport:
    """Bring every file at or below the paths into the archive, and say what became of each.

    `connection` is open for writing (`database.open_for_writing`); for a dry run it may be None,
    where there is no archive yet. Rejected files are in the report, not errors.
    """
    started_ns = time.time_ns()
    store: Store | Rehearsal
    if dry_run or connection is None:
        store = Rehearsal(connection)
    else:
        store = Store(connection, started_ns)
    run = _Run(store, options)
    stopped = False
    try:
        for chunk in _chunks(run.files(paths), options.max_size):
            run.take(chunk)
            stopped = not progress(run.done)
            if stopped:
                break
    except _Refused:
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


class _Run:
    """One run: the steps, and what they have met so far."""

    def __init__(self, store: Store | Rehearsal, options: Options) -> None:
        self.store, self.options = store, options
        self.rejections: list[Rejection] = []
        self.hidden = 0
        self.done = 0
        self._bytes = 0
        self._committed = time.monotonic()

    def files(self, paths: Iterable[str]) -> Iterator[FoundFile]:
        """The files to look at; what is none is rejected or counted here."""
        for found in find.find(paths, self.options.passed_over):
            if isinstance(found, FoundFile):
                yield found
            elif isinstance(found, Rejection):
                self.reject(found)
            else:
                self.hidden += 1

    def take(self, chunk: list[FoundFile]) -> None:
        """Read, parse, decide and store some files."""
        known = self.store.known(file.path for file in chunk)
        parsed = []
        for file in chunk:
            source = known.get(file.path)
            if source and identity.need_not_read(source, file.size, file.mtime_ns):
                self.store.counts["unchanged"] += 1
            elif (result := self.parse(file, source)) is not None:
                parsed.append(result)
        parsed = self.settled(parsed, known)
        self.store.hold(result.content_hash for result in parsed)
        for result in parsed:
            source = known.get(result.file.path)
            self.store.apply(result, source, self.decide(result, source))
            self._bytes += result.file.size
        self.done += len(chunk)
        if self._commit_due():
            self.store.commit()
            self._bytes, self._committed = 0, time.monotonic()

    def parse(self, file: FoundFile, source: KnownSource | None) -> ParsedFile | None:
        """Read and parse one file; None if it was rejected or is what it was."""
        try:
            read, data = find.read(file.path, self.options.max_size)
            file_hash = hashlib.sha256(data).digest()
            if source and identity.same_bytes(source, file_hash):
                self.store.refresh(read, source)
                return None
            return parse_file(read, data, file_hash, self.options.encoding)
        except find.Unreadable as error:
            self.reject(Rejection(file.path, str(error)))
        except ParseError as error:
            self.reject(Rejection(file.path, error.reason, error.line))
        return None

    def settled(self, parsed: list[ParsedFile], known: dict[str, KnownSource]) -> list[ParsedFile]:
        """The files as they are once no writer is at them: fresh ones are read until two readings
        a moment apart agree. The moment is spent once for all of them."""
        # Asked once for each file: one that ages between two questions would be in neither list.
        young = {result.file.path for result in parsed if find.is_fresh(result.file)}
        done = [result for result in parsed if result.file.path not in young]
        fresh = [result for result in parsed if result.file.path in young]
        order = {result.file.path: at for at, result in enumerate(parsed)}
        for _ in range(SETTLE_TRIES):
            if not fresh:
                break
            time.sleep(SETTLE_SECONDS)
            again = [self.parse(r.file, known.get(r.file.path)) for r in fresh]
            pairs = [(old, new) for old, new in zip(fresh, again, strict=True) if new is not None]
            done += [new for old, new in pairs if new.file_hash == old.file_hash]
            fresh = [new for old, new in pairs if new.file_hash != old.file_hash]
        for result in fresh:
            self.reject(Rejection(result.file.path, find.CHANGING))
        return sorted(done, key=lambda result: order[result.file.path])

    def decide(self, parsed: ParsedFile, source: KnownSource | None) -> Verdict:
        """The verdict on a parsed file; whether others share its old content is asked only then."""
        content_hash = parsed.content_hash
        holder = self.store.holder(content_hash)
        verdict = identity.decide(source, content_hash, holder, shared=False)
        if verdict is Verdict.CHANGED and source and self.store.shared(source):
            return identity.decide(source, content_hash, holder, shared=True)
        return verdict

    def reject(self, rejection: Rejection) -> None:
        """Note a file that does not go in; ends a strict run."""
        self.store.reject(rejection)
        if len(self.rejections) < KEPT_REJECTIONS:
            self.rejections.append(rejection)
        if self.options.strict:
            raise _Refused

    def _commit_due(self) -> bool:
        if self.options.strict:
            return False
        return self._bytes >= COMMIT_BYTES or time.monotonic() - self._committed >= COMMIT_SECONDS


def parse_file(file: FoundFile, data: bytes, file_hash: bytes, encoding: str) -> ParsedFile:
    """A file's bytes as the store takes them; `ParseError` if they hold no article."""
    article = dated_text.parse(data, encoding)
    canonical = article.canonical()
    if canonical == data:
        return ParsedFile(file, article, file_hash, file_hash, None)
    content_hash = hashlib.sha256(canonical).digest()
    return ParsedFile(file, article, file_hash, content_hash, compress(data, article))


def _chunks(files: Iterable[FoundFile], max_size: int) -> Iterator[list[FoundFile]]:
    """The files in groups of bounded number and size; a path given twice counts once a group."""
    chunk: dict[str, FoundFile] = {}
    size = 0
    for file in files:
        chunk[file.path] = file
        size += min(file.size, max_size)
        if len(chunk) >= CHUNK_FILES or size >= CHUNK_BYTES:
            yield list(chunk.values())
            chunk, size = {}, 0
    if chunk:
        yield list(chunk.values())


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
