"""The SQLite engine behind `engines/contract.py`: one archive file.

Holds the connection that reads, opened on first use. Every question is answered as of one moment,
whatever an ingest commits meanwhile. What is rare is imported where it is asked for.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import schema_revisions
from archive.engines.sqlite.snapshot import Snapshot
from archive.errors import ArchiveBusy, UsageError

if TYPE_CHECKING:
    from archive.engines.contract import Finding, Rows
    from archive.engines.sqlite.copying import Copies
    from archive.engines.sqlite.filling import Filling
    from archive.engines.taking_back import (
        MergeReport,
        RelocationReport,
        RemovalReport,
        RestoreReport,
    )
    from archive.engines.writing import Desk


def _desk(connection: sqlite3.Connection, *, writing: bool) -> Desk:
    from archive.engines.sqlite.containers import Containers
    from archive.engines.sqlite.known import Known, utc_text
    from archive.engines.sqlite.store import Store
    from archive.engines.sqlite.waiting import Waiting
    from archive.engines.writing import Desk

    started = utc_text(time.time_ns())
    containers = Containers(connection, started)
    store = Store(connection, containers, started) if writing else None
    return Desk(Known(connection), Waiting(connection), containers, store)


class Engine:
    """An archive file (`engines.contract.Engine`)."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._reader: sqlite3.Connection | None = None
        self._stopped = False
        self._state: tuple[int, ...] = ()

    @property
    def schema(self) -> str:
        """The revision of the schema that this program reads and writes."""
        return schema_revisions.REVISIONS[-1]

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def interrupt(self) -> None:
        """Stop the question that another thread is asking."""
        self._stopped = True
        reader = self._reader
        if reader is not None:
            with contextlib.suppress(sqlite3.ProgrammingError):  # closed meanwhile
                reader.interrupt()

    @property
    def reader(self) -> sqlite3.Connection:
        """The connection that reads."""
        if self._reader and not self._reader.in_transaction and self._is_other():
            self.close()
        if self._reader is None:
            self._reader = schema_revisions.open_for_reading(self.path)
            self._state = sqlite.state_of(self._reader, self.path)
        return self._reader

    def _is_other(self) -> bool:
        """Whether the reader no longer sees the archive, since a restored one took its place, or
        since another user wrote it in a folder where this one must read it as it is."""
        return self._reader is not None and self._state != sqlite.state_of(self._reader, self.path)

    def _require_unwritten(self) -> None:
        """Raise if a reader that follows no log may have read half of what another user wrote."""
        if len(self._state) > 2 and self._is_other():
            raise ArchiveBusy(f"{self.path} was written meanwhile: ask again")

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The archive as of one moment, for all questions asked in the block."""
        with self.errors():
            connection = self.reader
            if connection.in_transaction:  # of a dump that is being read
                yield Snapshot(connection, self.path, lambda: self._stopped)
                return
            connection.execute("BEGIN")
            self._stopped = False
            try:
                yield Snapshot(connection, self.path, lambda: self._stopped)
            finally:
                connection.rollback()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turns errors of SQLite into ours."""
        try:
            yield
            self._require_unwritten()
        except sqlite3.Error as error:
            self._require_unwritten()
            if sqlite.is_too_complex(error):
                raise UsageError(f"the query is too complex ({error}): simplify it") from None
            raise sqlite.translate(error, self.path) from None

    def sql(self, statement: str, seconds: float) -> Rows:
        """The rows of a SELECT of the user's, run in a process that can do nothing but read."""
        from archive.engines.sqlite import sql

        _ = self.reader  # says what is wrong with the archive, and keeps its log in place
        return sql.run(self.path, statement, seconds)

    def revision(self) -> str:
        """The revision of the archive's schema; `ArchiveOutdated` if it is of a newer program."""
        with contextlib.closing(sqlite.open_read_only(self.path)) as connection:
            return schema_revisions.revision_of(connection, self.path)

    def condition(self) -> Iterator[Finding]:
        """What can be said of SQLite, the file and those beside it; never an error."""
        from archive.engines.sqlite import health

        return health.findings(self.path)

    def index_problem(self) -> str | None:
        """Compares the whole index with its text: what is wrong in one line, or None."""
        from archive.engines.sqlite import index
        from archive.engines.sqlite.audit import readable
        from archive.engines.sqlite.lock import holder

        with readable():
            return index.problem(self.path, lambda: holder(self.path))

    def reindex(self) -> int:
        """Make the index anew from the text; the number of articles. Writes."""
        from archive.engines.sqlite import files, index

        self.close()
        with files.open_for_writing(self.path) as connection:
            return index.rebuild(connection)

    def own_files(self) -> frozenset[str]:
        """The files that the archive consists of while it is written, as absolute paths."""
        return sqlite.own_files(self.path)

    def own_copies(self) -> frozenset[str]:
        """The copies of the archive that are known, as absolute paths."""
        from archive.engines.sqlite import backup_list

        return backup_list.all_of(self.path)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Desk]:
        """What a run of ingest works on, in the archive, which is made if missing; no other process
        writes until the end of the block."""
        from archive.engines.sqlite import files

        self.close()
        with files.open_for_writing(self.path, create=True) as connection:
            yield _desk(connection, writing=True)

    @contextlib.contextmanager
    def rehearsing(self) -> Iterator[Desk]:
        """The same for a run that only says what it would do."""
        from archive.engines.sqlite import files

        self.close()
        with files.open_for_rehearsal(self.path) as connection:
            yield _desk(connection, writing=False)

    def remove(
        self, article_ids: Sequence[int], reason: str | None, *, dry_run: bool
    ) -> RemovalReport:
        """Take articles out for good, and what they were read from. Writes."""
        from archive.engines.sqlite import backup_list, files, removal
        from archive.engines.taking_back import RemovalReport

        unfinished = None
        if dry_run:
            with self.snapshot() as snapshot:
                articles = removal.found(snapshot.connection, article_ids)
                tables = removal.users_tables(snapshot.connection)
        else:
            self.close()
            with files.open_for_writing(self.path) as connection:
                articles = removal.remove(connection, article_ids, reason)
                unfinished = removal.purge(connection, removal.PATIENCE_MS)
                tables = removal.users_tables(connection)
        known = {*backup_list.archives_beside(self.path), *backup_list.all_of(self.path)}
        return RemovalReport(articles, unfinished, tables, tuple(sorted(known)), dry_run)

    def relocate(self, old: str, new: str, *, dry_run: bool) -> RelocationReport:
        """Give all that is known below one path another. Writes."""
        from archive.engines.sqlite import files, relocation

        self.close()
        if dry_run and not os.path.exists(self.path):
            self.reader  # noqa: B018 - says that there is none
        opened = files.open_for_rehearsal if dry_run else files.open_for_writing
        with opened(self.path) as connection:
            return relocation.relocate(connection, old, new, dry_run=dry_run)

    def merge(self, other: str, *, dry_run: bool) -> MergeReport:
        """Bring in all that another archive holds. Writes."""
        from archive.engines.sqlite import files, merging
        from archive.engines.sqlite.known import utc_text

        if os.path.realpath(other) == os.path.realpath(self.path):
            raise UsageError(f"{other} is the archive itself: name another one")
        now = utc_text(time.time_ns())
        with (
            sqlite.translated(other),
            contextlib.closing(schema_revisions.open_for_reading(other)) as theirs,
        ):
            theirs.execute("BEGIN")
            opened = self._copy() if dry_run else files.open_for_writing(self.path)
            self.close()
            with opened as ours:
                return merging.merge(ours, theirs, now, dry_run=dry_run)

    @contextlib.contextmanager
    def _copy(self) -> Iterator[sqlite3.Connection]:
        """A copy of the archive, to try out on it what would be done."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder, self.snapshot() as snapshot:
            copy = sqlite3.connect(os.path.join(folder, "copy"), isolation_level=None)
            with contextlib.closing(copy):
                snapshot.connection.backup(copy)
                yield copy

    def upgrade(self) -> tuple[str, str, str | None]:
        """Bring the archive to this program's schema: (revision before, after, backup or None).
        Writes."""
        from archive.engines.sqlite import files

        self.close()
        return files.upgrade(self.path)

    @contextlib.contextmanager
    def making(self) -> Iterator[Filling]:
        """An empty archive, which is there when the block is done, or not at all. Writes."""
        from archive.engines.sqlite import files
        from archive.engines.sqlite.filling import Filling

        self.close()
        with files.making(self.path) as connection:
            yield Filling(connection)

    @contextlib.contextmanager
    def copies(self, place: str) -> Iterator[Copies]:
        """What makes and compares copies; until the end of the block no other process does so at
        that place."""
        from archive.engines.sqlite.copying import Copies
        from archive.engines.sqlite.lock import held

        if os.path.realpath(place) == os.path.realpath(self.path):
            raise UsageError(f"{place} is the archive itself: name another place")
        with self.errors(), held(place, create=True):
            yield Copies(self.reader, self.path, place)

    def restore(self, source: str, check: Callable[[Engine], None]) -> RestoreReport:
        """Put the copy at `source` in the archive's place, after `check` has found it sound. What
        was there is kept, and what was removed from it stays out. Writes."""
        from archive.engines.sqlite import copying
        from archive.engines.sqlite.lock import held

        if os.path.realpath(source) == os.path.realpath(self.path):
            raise UsageError(f"{source} is the archive itself: name a backup of it")
        for place, what in ((self.path, "the archive with --db"), (source, "a backup in it")):
            if os.path.isdir(place):
                raise UsageError(f"{place} is a folder: name {what}")
        self.close()
        with self.errors(), contextlib.closing(sqlite.open_read_only(source)) as copy:
            schema_revisions.revision_of(copy, source)
            with held(self.path, create=True):
                return copying.restore(copy, source, self.path, check)
