"""`Archive`: everything the commands do, as one typed object. They are thin wrappers around it.

with Archive("archive.db") as a:
    a.ingest(["news/"])
    for hit in a.search("xi moscow", limit=10):
        print(hit.article_id, hit.title, [(p.position, p.text) for p in hit.paragraphs])
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from archive.engines.sqlite.engine import Engine
from archive.errors import UsageError
from archive.reader import Reader

if TYPE_CHECKING:
    from archive.engines.contract import Finding, Rows
    from archive.engines.taking_back import (
        MergeReport,
        RelocationReport,
        RemovalReport,
        RestoreReport,
    )
    from archive.incoming import IngestReport
    from archive.ingest.options import Options
    from archive.upkeep.export import ExportReport
    from archive.upkeep.verify import VerifyReport


class Archive(Reader):
    """An archive file. Opens it for reading on first use, and for writing only in the methods that
    say so; a missing file is made by `ingest` alone. What only reads is in `Reader`.

    Every method raises `ArchiveError` (its children say what is wrong) and nothing else on
    purpose. Not for use by several threads at once.
    """

    _engine: Engine

    def __init__(self, path: str | os.PathLike[str] = "archive.db") -> None:
        self.path = os.fspath(path)
        super().__init__(_engine(self.path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._engine.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """The archive as of one moment, for all questions asked in the block."""
        with self._engine.snapshot():
            yield

    def interrupt(self) -> None:
        """Stop the question that another thread is asking; there it raises `ArchiveStopped`. The
        one method that another thread may call."""
        self._engine.interrupt()

    def sql(self, statement: str, *, timeout: float = 5.0) -> Rows:
        """The rows of a SELECT, run in a process of its own that can do nothing but read."""
        return self._engine.sql(statement, timeout)

    def verify(
        self, progress: Callable[[int, int], object] | None = None, *, quick: bool = False
    ) -> VerifyReport:
        """Read and check everything: structure, index, and every text and file by fingerprint;
        with `quick`, all but the index against its text. `progress` is called with the articles
        done and all there are."""
        from archive.upkeep.verify import verify

        return verify(self._engine, progress, quick=quick)

    def doctor(self) -> tuple[Finding, ...]:
        """The state of the archive and its surroundings, each with what to do; never an error."""
        from archive.upkeep.doctor import examine

        return examine(self._engine)

    def backup(self, target: str | os.PathLike[str], *, keep: int | None = None) -> str:
        """A checked copy, as of one moment, while others may read and write; its path. With `keep`,
        the target is a folder in which the newest so many copies stay."""
        from archive.upkeep.backup import backup

        with self.explained():
            return backup(self._engine, os.fspath(target), keep)

    def restore(self, source: str | os.PathLike[str]) -> RestoreReport:
        """Put a backup in this archive's place. What was there is kept, and what was removed from
        it stays out. Writes."""
        from archive.upkeep.backup import restore

        with self.explained():
            return restore(self._engine, os.fspath(source))

    def export(self, folder: str | os.PathLike[str]) -> ExportReport:
        """Write every source below an empty folder, byte for byte."""
        from archive.upkeep.export import export

        with self._asked() as snapshot:
            return export(snapshot, os.fspath(folder))

    def dump(self) -> Iterator[str]:
        """The lines of the archive as text (docs/dump.md), as of one moment."""
        from archive.upkeep.dump import dump

        with self._asked() as snapshot:
            yield from dump(snapshot, self._engine.schema)

    def users_own(self) -> list[str]:
        """The names of the tables and views that are not the archive's: a dump leaves them out."""
        with self._asked() as snapshot:
            return snapshot.tables.users_own()

    def load(self, lines: Iterable[bytes], name: str = "dump") -> int:
        """Make this archive, which must be missing, from the lines of a dump; the number of
        articles. Writes; `name` stands for the dump in errors."""
        from archive.upkeep.dump import load

        with self._engine.making() as filling:
            return load(filling, lines, name)

    def ingest(
        self,
        paths: Iterable[str | os.PathLike[str]] | os.PathLike[str],
        *,
        options: Options | None = None,
        dry_run: bool = False,
        progress: Callable[[int], bool] | None = None,
    ) -> IngestReport:
        """Bring every file at or below the paths, or a single path, into the archive, which is made
        if missing.

        Writes; one process at a time. With `dry_run`, says what it would do and writes nothing.
        `progress` is called with the number of files dealt with, and ends the run by returning
        False: what was dealt with is then stored.
        """
        from archive.formats.dated_text import known_encoding
        from archive.ingest import run as ingest
        from archive.ingest.options import USUAL

        given = options or USUAL
        chosen = replace(
            given,
            passed_over=given.passed_over | self._engine.own_files(),
            own_copies=given.own_copies | self._engine.own_copies(),
            encoding=known_encoding(given.encoding),
        )
        report = progress or (lambda _: True)
        given_paths = [paths] if isinstance(paths, str | os.PathLike) else paths
        names = (os.fspath(path) for path in given_paths)
        opened = self._engine.rehearsing() if dry_run else self._engine.writing()
        with self.explained(), opened as desk:
            return ingest.ingest(desk, names, chosen, progress=report)

    def roots(self) -> list[tuple[list[str], Options]]:
        """What to call `ingest` with so that it takes in again what earlier runs were given:
        folders, by the options that they were given with."""
        from archive.ingest.options import again

        with self._asked() as snapshot:
            return again(snapshot.audit.roots())

    def remove(
        self, addresses: Iterable[str | int], *, reason: str | None = None, dry_run: bool = False
    ) -> RemovalReport:
        """Take articles out for good: text, versions, bytes, paths and index entries. Nothing but a
        backup undoes it. A tombstone keeps what they held out of later ingests, and their numbers
        are never used again. With `dry_run`, says what would go. Writes."""
        from archive.upkeep.taking_back import remove

        with self.explained():
            return remove(self._engine, addresses, reason, dry_run=dry_run)

    def relocate(
        self, old: str | os.PathLike[str], new: str | os.PathLike[str], *, dry_run: bool = False
    ) -> RelocationReport:
        """Say that a folder, or a file, has moved: what is known below `old` is at `new` from now
        on. With `dry_run`, says what would change. Writes."""
        from archive.upkeep.taking_back import relocate

        with self.explained():
            return relocate(self._engine, os.fspath(old), os.fspath(new), dry_run=dry_run)

    def merge(self, other: str | os.PathLike[str], *, dry_run: bool = False) -> MergeReport:
        """Bring in all that another archive holds: articles with their versions and sources, runs
        and tombstones. With `dry_run`, says what would come. Writes; the other one stays as it
        is."""
        from archive.upkeep.taking_back import merge

        with self.explained():
            return merge(self._engine, _engine(os.fspath(other)), dry_run=dry_run)

    def upgrade(self) -> tuple[str, str, str | None]:
        """Bring the archive to this program's schema: (revision before, after, backup or None)."""
        with self.explained():
            return self._engine.upgrade()

    def reindex(self) -> int:
        """Rebuild the full-text index; the number of articles in it. Writes."""
        with self.explained():
            return self._engine.reindex()


def _engine(place: str) -> Engine:
    """The engine of the database at a path or address."""
    if place.startswith(("postgresql:", "postgres:")):
        raise UsageError("there is no PostgreSQL engine yet: name a file with --db")
    return Engine(place)
