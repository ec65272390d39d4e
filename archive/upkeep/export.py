"""Giving every file back: the sources of an archive as files in a folder, byte for byte."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator

from archive.engines.sqlite import articles as reading
from archive.errors import ArchiveUnusable, UsageError
from archive.record import record


@record
class ExportReport:
    """Files and bytes written, and one line for each source that could not be."""

    files: int
    size: int
    problems: tuple[str, ...]


def export(connection: sqlite3.Connection, folder: str) -> ExportReport:
    """Write each source below a folder, which must be empty or missing, under its path without the
    part that all have in common, and with its modification time.

    A source whose file has gone holds the version that was last read there.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        if os.listdir(folder):
            raise UsageError(f"{folder} is not empty: name a new folder")
    except OSError as error:
        raise ArchiveUnusable(f"{folder} cannot be made or read: {error.strerror}") from None
    files = size = 0
    problems: list[str] = []
    connection.execute("BEGIN")
    try:
        paths = [path for (path,) in connection.execute("SELECT path FROM sources")]
        common = os.path.commonpath([os.path.dirname(path) for path in paths]) if paths else ""
        for source, path, mtime_ns, data in _sources(connection, problems):
            try:
                _write(_place(folder, os.path.relpath(path, common), source), data, mtime_ns)
            except (OSError, ValueError, OverflowError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                problems.append(f"source {path}: {reason}")
            else:
                files += 1
                size += len(data)
    finally:
        connection.rollback()
    return ExportReport(files, size, tuple(problems))


def _sources(
    connection: sqlite3.Connection, problems: list[str]
) -> Iterator[tuple[int, str, int, bytes]]:
    """Each source's id, path, modification time and bytes."""
    rows = connection.execute(
        "SELECT id, path, mtime_ns, article_id, revision, original, file_hash FROM sources"
        " ORDER BY path"
    )
    for source, path, mtime_ns, article_id, revision, original, file_hash in rows:
        try:
            article = reading.load(connection, article_id, revision).article
            yield source, path, mtime_ns, reading.rebuild(article, original, file_hash)
        except (ValueError, TypeError, ArchiveUnusable) as error:
            problems.append(f"source {path}: {error}")


def _place(folder: str, relative: str, source: int) -> str:
    """Where a source goes. What was a file in one run and a folder in another gets a name of its
    own; a path that would lead out of the folder (of a forged archive) is refused."""
    if relative.startswith(("/", "../")) or "/../" in f"/{relative}/":
        raise ValueError("its path leads out of the folder")
    name = os.path.join(folder, relative)
    try:
        os.makedirs(os.path.dirname(name), exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return os.path.join(folder, f"source-{source}-{os.path.basename(relative)}")
    return f"{name}.source-{source}" if os.path.lexists(name) else name


def _write(name: str, data: bytes, mtime_ns: int) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.utime(name, ns=(mtime_ns, mtime_ns))
