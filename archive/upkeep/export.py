"""Giving files back byte for byte: one to the caller, or all sources to a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from archive.errors import ArchiveUnusable, NoSuchArticle, UsageError
from archive.formats.packing import rebuild
from archive.record import record

if TYPE_CHECKING:
    from archive.engines.contract import Articles, Snapshot


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
        raise ArchiveUnusable(f"{folder} cannot be made or read: {error.strerror}") from None
    files = size = 0
    problems: list[str] = []
    paths = [row["path"] for row in snapshot.tables.rows("sources")]
    common = os.path.commonpath([os.path.dirname(path) for path in paths]) if paths else ""
    for row in snapshot.tables.rows("sources", by=("path",)):
        path = row["path"]
        try:
            article = snapshot.articles.load(row["article_id"], row["revision"]).article
            data = rebuild(article, row["original"], row["file_hash"])
            name = _place(folder, os.path.relpath(path, common), row["id"])
            _write(name, data, row["mtime_ns"])
        except (OSError, ValueError, TypeError, OverflowError, NoSuchArticle) as error:
            reason = getattr(error, "strerror", None) or str(error)
            problems.append(f"source {path}: {reason}")
        else:
            files += 1
            size += len(data)
    return ExportReport(files, size, tuple(problems))


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
