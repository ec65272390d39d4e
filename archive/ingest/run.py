"""The write path, start to end.

    find -> read -> parse -> decide -> store (rows + index) -> report

First the whole walk: what size and time prove unchanged is known, the rest is queued. Then the
queued files are read, those at known paths first, in chunks, so memory stays flat whatever the
folder's size; while one chunk is stored, the next one is read and parsed beside it (`ahead.py`).
What no other file can alter is stored at once, which is all of a first ingest. The rest waits until
all files are read, is decided as a whole (`whole.py`) and stored in one transaction: a run that is
killed leaves nothing by which the next one would decide otherwise.

A file that cannot go in becomes a `Rejection`; the others go on. What the report says is stored has
been committed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.errors import UsageError, counted
from archive.formats.packing import LARGEST_FILE
from archive.incoming import (
    Container,
    FoundFile,
    IngestReport,
    KeptOut,
    ParsedFile,
    Rejection,
    Remark,
)
from archive.ingest import files as find
from archive.ingest import identity, walk, whole
from archive.ingest.ahead import Intake
from archive.ingest.containers import ContainerReader
from archive.ingest.identity import Change, KnownSource, Refreshed
from archive.ingest.relocation import moved_folder
from archive.ingest.tally import Tally

if TYPE_CHECKING:
    from archive.engines.writing import Desk
    from archive.ingest.options import Options
    from archive.ingest.parsing import Outcome, Wanted

COMMIT_BYTES = 16 * 1024 * 1024
"""Text to a transaction: little enough that memory hardly grows with the folder, and few
segments of the index, each of which costs every search a little."""
COMMIT_SECONDS = 10.0
COMPARED_COPIES = 10_000
"""Further files of known stories by which a run notices that a folder has moved."""

Progress = Callable[[int], bool]
"""Called with the number of files dealt with so far; False ends the run in order."""

Queued = tuple[FoundFile, KnownSource | None]


def ingest(
    desk: Desk,
    paths: Iterable[str],
    options: Options,
    *,
    progress: Progress = lambda _: True,
) -> IngestReport:
    """Bring every file at or below the paths into the archive, and say what became of each.

    Without a writer at the desk it is a dry run. Rejected files are in the report, not errors.
    """
    if options.max_size > LARGEST_FILE:
        raise UsageError(f"--max-size: at most {LARGEST_FILE >> 20}M")
    started_ns = time.time_ns()
    run = _Run(desk, options)
    with Intake(options.reading) as intake:
        stopped = not all(map(progress, run.go(paths, intake)))
    if not stopped and not run.refused:
        run.settle()
    moved = moved_folder(desk.known.elsewhere(run.copies), desk.known.count_below)
    run.end(finished=not stopped)
    return run.tally.report(
        relocated=moved,
        seconds=(time.time_ns() - started_ns) / 1e9,
        dry_run=desk.writer is None,
        stopped=stopped,
    )


class _Run:
    """One run: the steps, and what they have met so far."""

    def __init__(self, desk: Desk, options: Options) -> None:
        self.known, self.waiting, self.writer = desk.known, desk.waiting, desk.writer
        self.options = options
        self.tally = Tally()
        self.reader = ContainerReader(desk, options, self.tally)
        self.walk = walk.Walk(desk, options, self.tally, self.reader, self.reject)
        self.copies: list[tuple[str, bytes]] = []
        self.done = 0
        self._bytes = 0
        self._committed = time.monotonic()

    @property
    def refused(self) -> bool:
        """Whether a strict run has met a rejection, so that nothing goes in any more."""
        return self.options.strict and bool(self.tally.rejections)

    def go(self, paths: Iterable[str], intake: Intake) -> Iterator[int]:
        """Walk, then read chunk by chunk; after each step, the number of files dealt with."""
        for done in self.walk.meet(paths):
            self.done = done
            yield done
        under_way: list[Queued] = []
        for chunk in self.queued():
            outcomes = intake.finish() if under_way else []
            intake.start([self.wanted(*queued) for queued in chunk])
            if under_way:
                yield from self.take(under_way, outcomes)
            under_way = chunk
        if under_way:
            yield from self.take(under_way, intake.finish())

    def wanted(self, file: FoundFile, source: KnownSource | None) -> Wanted:
        """The file to read, the fingerprint that makes parsing it needless, and the format that
        was given for it."""
        known = None if source is None or self.options.reread else source.file_hash
        return file.place or file.path, known, self.reader.reading(file.path).format

    def queued(self) -> Iterator[list[Queued]]:
        """The files to read in chunks. All at known paths come first: once these are read, it is
        known which texts have lost a file."""
        for known in (True, False):
            files = self.known.to_read(known=known)
            yield from walk.in_chunks(files, self.options.max_size, lambda queued: queued[0].size)

    def take(self, chunk: list[Queued], outcomes: list[Outcome]) -> Iterator[int]:
        """Store what can be decided of files that were read, and let the rest wait; the number of
        files so far."""
        changes: list[Change] = []
        parsed: list[tuple[ParsedFile, KnownSource | None]] = []
        containers: list[tuple[FoundFile, KnownSource | None, str]] = []
        for (file, source), outcome in zip(chunk, outcomes, strict=True):
            match _named(outcome, file):
                case ParsedFile() as result:
                    parsed.append((result, source))
                    self.remark(result)
                case Container() as container:
                    containers.append((file, source, container.format))
                case Rejection() as rejection:
                    self.reject(rejection, file)
                case FoundFile() as same if source is not None:
                    changes.append(Refreshed(same, source))
            if self.reader.changed(file.path) and isinstance(outcome, ParsedFile | FoundFile):
                self.reader.close(file.path, gone=False)
        self.store(changes, parsed)
        for file, source, name in containers:
            if source is not None:  # a single article before
                self.known.lose([source.id], gone=True)
            yield from self.open(file, name)
        self.done += len(chunk)
        yield self.done

    def open(self, file: FoundFile, name: str) -> Iterator[int]:
        """The same for the members of a container."""
        for chunk in self.reader.read(file, name):
            parsed = []
            for one in chunk:
                if isinstance(one, Rejection):
                    self.reject(one, file)
                else:
                    parsed.append(one)
                    self.remark(one[0])
            self.store([], parsed)
            yield self.done
        if self.reader.same_bytes:
            self.reader.leave(file.path)
        self.known.lose(self.reader.missing(file.path), gone=True)

    def remark(self, parsed: ParsedFile) -> None:
        """Note what is odd about a file that goes in."""
        for line, reason in parsed.remarks:
            self.tally.remark(Remark(parsed.file.name, reason, line))

    def store(
        self,
        changes: list[Change],
        parsed: list[tuple[ParsedFile, KnownSource | None]],
    ) -> None:
        """Store changes, and those of files that no other file can alter."""
        if not self.refused:  # else the rest is read for the sake of what is wrong with it
            changes += self.first_look(parsed)
            self.apply(changes)
        if self.writer and self._commit_due():
            self.writer.commit(self.tally.counts)
            self._bytes, self._committed = 0, time.monotonic()

    def first_look(self, files: list[tuple[ParsedFile, KnownSource | None]]) -> Iterator[Change]:
        """The changes for files that no other file can alter; the others wait. What a container
        that has changed has lost is known once it is read: until then, any may have."""
        losses = self.known.losses or self.reader.any_changed
        standings = self.known.standings([parsed.content_hash for parsed, _ in files])
        waiting: list[tuple[ParsedFile, KnownSource | None]] = []
        for parsed, source in files:
            standing = standings.get(parsed.content_hash, identity.UNKNOWN)
            change = identity.first_look(parsed, source, standing, losses=losses)
            match change:
                case None:
                    waiting.append((parsed, source))
                    continue
                case identity.KeptOut():
                    self.keep_out(change, source)
                case identity.NewArticle():
                    standings[parsed.content_hash] = identity.JUST_MADE
            yield change
        if waiting:
            self.waiting.add(waiting)
            self.known.lose([source.id for _, source in waiting if source], gone=False)

    def keep_out(self, change: identity.KeptOut, source: KnownSource | None) -> None:
        """Note a file with what was taken out; what its path held has no file there any more."""
        self.tally.kept_out.append(KeptOut(change.parsed.file.name, change.article_id))
        if source is not None:
            self.known.lose([source.id], gone=True)

    def settle(self) -> None:
        """Decide on the files that wait, and store them, all or none."""
        if self.writer and not self.options.strict:
            self.writer.commit(self.tally.counts)
        if self.waiting.gather():
            batch: list[Change] = []
            for change, given in whole.changes(self.waiting):
                if given:
                    self.tally.reassign(given)
                batch.append(change)
                if len(batch) >= walk.CHUNK_FILES:
                    self.apply(batch)
                    batch = []
            self.apply(batch)
        if self.writer:
            self.writer.settle()

    def apply(self, changes: Iterable[Change]) -> None:
        """Store changes, or in a dry run take them as stored, and count them."""
        todo = list(changes)
        self.compare_lengths(change for change in todo if isinstance(change, identity.NewVersion))
        for change in todo:
            name = identity.counted(change)
            if name:
                self.tally.counts[name] += 1
            match change:
                case identity.NewArticle() | identity.NewVersion():
                    self._bytes += change.parsed.file.size
                case identity.Further(source=None) if len(self.copies) < COMPARED_COPIES:
                    if change.parsed.file.member is None:
                        self.copies.append((change.parsed.file.path, change.parsed.content_hash))
        if self.writer:
            self.writer.apply(todo)
        else:
            self.known.note(todo)

    def compare_lengths(self, versions: Iterable[identity.NewVersion]) -> None:
        """Note versions that are much shorter than those that they are about to replace."""
        for change in versions:
            before, after = self.known.word_count(change.article_id), change.parsed.word_count
            if 2 * after < before:
                reason = (
                    f"the new version of article {change.article_id} is much shorter:"
                    f" {counted(after, 'word')}, before {before:,}"
                )
                self.tally.remark(Remark(change.parsed.file.name, reason))

    def reject(self, rejection: Rejection, file: FoundFile | None) -> None:
        """Note a file that does not go in."""
        if rejection.extra:
            self.tally.lacking[rejection.extra] += 1
            return
        read_as = self.options.read_as
        still = not self.options.strict and self.known.is_rejected(rejection, file, read_as)
        if self.writer:
            self.writer.reject(rejection, file, read_as)
        self.tally.reject(1, None if still else rejection)

    def end(self, *, finished: bool) -> None:
        """Make all durable; of a strict run that met a rejection, only the record."""
        if self.refused:
            self.tally.forget()
            if self.writer:
                self.writer.abandon()
        if self.writer:
            if not self.refused:
                named = (folder for folder in self.walk.folders if find.show_path(folder) == folder)
                self.writer.remember(named, self.options.written())
            self.writer.end(self.tally.counts, finished=finished)

    def _commit_due(self) -> bool:
        if self.options.strict:
            return False
        return self._bytes >= COMMIT_BYTES or time.monotonic() - self._committed >= COMMIT_SECONDS


def _named(outcome: Outcome, file: FoundFile) -> Outcome:
    """What became of a file under the name that it goes by, where it was opened by another."""
    if file.place is None:
        return outcome
    if isinstance(outcome, ParsedFile):
        return replace(outcome, file=replace(outcome.file, path=file.path))
    return replace(outcome, path=file.path)
