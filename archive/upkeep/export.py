"""Giving files back byte for byte: one to the caller, or all sources to a folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
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


_FORGOTTEN = "its bytes are not kept, since an article in it was removed"


def raw(articles: Articles, article_id: int, version: int | None) -> bytes:
    """The exact bytes of the file that an article (or a version of it) was read from.

    Of several sources, the first that holds the version. `ArchiveUnusable` if the bytes cannot be
    rebuilt as they were: then the archive is damaged.
    """
    stored = articles.load(article_id, version)
    container = articles.container(stored)
    if container is not None:
        data = b"".join(container)
        if not data:
            raise NoSuchArticle(f"{stored.sources[0].path}: {_FORGOTTEN}")
        return data
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
    paths = [path for path, *_ in _files(snapshot)]
    folders = [os.path.dirname(path) for path in paths if is_place(path)]
    common = os.path.commonpath(folders) if folders else ""
    for path, number, mtime_ns, data in _files(snapshot):
        try:
            if not is_place(path):
                raise ValueError("its path is no plain absolute path")
            name = _place(folder, os.path.relpath(path, common), number)
            written = _write(name, data(), mtime_ns)
        except (OSError, ValueError, TypeError, OverflowError, ArchiveUnusable) as error:
            reason = getattr(error, "strerror", None) or str(error)
            if getattr(error, "errno", None) in _FULL:
                raise Unwritten(
                    f"{folder} cannot be written: {reason};"
                    f" {counted(files, 'file')} of {len(paths):,} are there"
                ) from None
            problems.append(f"source {path}: {reason}")
        else:
            files += 1
            size += written
            unsynced.append(name)
        if len(unsynced) == _BATCH:
            _sync(unsynced)
    _sync(unsynced)
    return ExportReport(files, size, tuple(problems))


_File = tuple[str, int, int, Callable[[], Iterable[bytes]]]
"""A file to write: path, number, modification time in ns, and what gives its bytes."""


def _files(snapshot: Snapshot) -> Iterator[_File]:
    """Every source with a file of its own, by path, then the files with many articles."""
    for row in snapshot.tables.rows("sources", by=("path",)):
        if row["member"] is None:
            yield row["path"], row["id"], row["mtime_ns"], partial(_bytes, snapshot.articles, row)
    for held, pieces in snapshot.audit.containers():
        if held.replaced_at is None:
            yield held.path, held.id, held.mtime_ns, partial(_kept, pieces)


def _bytes(articles: Articles, row: dict[str, Any]) -> list[bytes]:
    """The bytes of a source; `ValueError` if they are none that ingest took in."""
    try:
        article = articles.load(row["article_id"], row["revision"]).article
    except NoSuchArticle as error:
        raise ValueError(str(error)) from None
    return [rebuild(article, row["original"], row["file_hash"], row["size"])]


def _kept(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a file with many articles; `ValueError` if they had to go."""
    nothing = True
    for piece in pieces:
        nothing = False
        yield piece
    if nothing:
        raise ValueError(_FORGOTTEN)


def _place(folder: str, relative: str, source: int) -> str:
    """Where a source goes. What was a file in one run and a folder in another gets a name of its
    own."""
    name = os.path.join(folder, relative)
    try:
        os.makedirs(os.path.dirname(name), exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return os.path.join(folder, f"source-{source}-{os.path.basename(relative)}")
    return f"{name}.source-{source}" if os.path.lexists(name) else name


def _write(name: str, data: Iterable[bytes], mtime_ns: int) -> int:
    """Write a new file, which is there whole or not at all; its size."""
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(data)
            size = file.tell()
        os.utime(name, ns=(mtime_ns, mtime_ns))
    except BaseException:
        os.unlink(name)
        raise
    return size


def _sync(names: list[str]) -> None:
    """Wait until files, and their names, are on the disk; the list is empty then."""
    for path in [*names, *{os.path.dirname(name) for name in names}]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    names.clear()
