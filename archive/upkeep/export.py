"""Giving files back byte for byte: one to the caller, or all sources to a folder."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

from archive.errors import ArchiveUnusable, NoSuchArticle, Unwritten, UsageError, counted
from archive.formats.packing import rebuild
from archive.record_class import record
from archive.upkeep.values import is_place

if TYPE_CHECKING:
    from archive.engines.contract import Articles, Snapshot


_BATCH = 1000
"""Files that are written before they are waited for."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
"""What goes wrong for all further files as well."""


def raw(articles: Articles, article_id: int, version: int | None) -> bytes:
    """The exact bytes of the file that an article (or a version of it) was read from.

    Of several sources, the first that holds the version. `ArchiveUnusable` if the bytes cannot be
    rebuilt as they were: then the archive is damaged.
    """
    stored = articles.load(article_id, version)
    kept = articles.kept(stored)
    if kept is None:
        raise ArchiveUnusable(f"article {article_id} has no source: run 'archive verify'")
    try:
        return rebuild(stored.article, *kept)
    except ValueError as error:
        raise ArchiveUnusable(f"article {article_id}: {error}: run 'archive verify'") from None


@record
class ExportReport:
    """Files and bytes written, and one line for each source that could not be."""

    files: int
    size: int
    problems: tuple[str, ...]


def export(snapshot: Snapshot, folder: str) -> ExportReport:
    """Write each source below a folder, which must be empty or missing, under its path without the
    part that all have in common, and with its modification time.

    A source whose file has gone holds the version that was last read there.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        if os.listdir(folder):
            raise UsageError(f"{folder} is not empty: name a new folder")
    except OSError as error:
        raise Unwritten(f"{folder} cannot be made or read: {error.strerror}") from None
    files = size = 0
    problems: list[str] = []
    unsynced: list[str] = []
    paths = [row["path"] for row in snapshot.tables.rows("sources")]
    folders = [os.path.dirname(path) for path in paths if is_place(path)]
    common = os.path.commonpath(folders) if folders else ""
    for row in snapshot.tables.rows("sources", by=("path",)):
        try:
            data = _bytes(snapshot.articles, row)
            name = _place(folder, os.path.relpath(row["path"], common), row["id"])
            _write(name, data, row["mtime_ns"])
        except (OSError, ValueError, TypeError, OverflowError, NoSuchArticle) as error:
            reason = getattr(error, "strerror", None) or str(error)
            if getattr(error, "errno", None) in _FULL:
                raise Unwritten(
                    f"{folder} cannot be written: {reason};"
                    f" {counted(files, 'file')} of {len(paths):,} are there"
                ) from None
            problems.append(f"source {row['path']}: {reason}")
        else:
            files += 1
            size += len(data)
            unsynced.append(name)
        if len(unsynced) == _BATCH:
            _sync(unsynced)
    _sync(unsynced)
    return ExportReport(files, size, tuple(problems))


def _bytes(articles: Articles, row: dict[str, Any]) -> bytes:
    """The bytes of a source; `ValueError` if they, or its path, are none that ingest took in."""
    if not is_place(row["path"]):
        raise ValueError("its path is no plain absolute path")
    article = articles.load(row["article_id"], row["revision"]).article
    return rebuild(article, row["original"], row["file_hash"], row["size"])


def _place(folder: str, relative: str, source: int) -> str:
    """Where a source goes. What was a file in one run and a folder in another gets a name of its
    own."""
    name = os.path.join(folder, relative)
    try:
        os.makedirs(os.path.dirname(name), exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return os.path.join(folder, f"source-{source}-{os.path.basename(relative)}")
    return f"{name}.source-{source}" if os.path.lexists(name) else name


def _write(name: str, data: bytes, mtime_ns: int) -> None:
    """Write a new file, which is there whole or not at all."""
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.utime(name, ns=(mtime_ns, mtime_ns))
    except BaseException:
        os.unlink(name)
        raise


def _sync(names: list[str]) -> None:
    """Wait until files, and their names, are on the disk; the list is empty then."""
    for path in [*names, *{os.path.dirname(name) for name in names}]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    names.clear()
