"""Finding and reading files: paths -> `FoundFile`s -> bytes. The first steps of ingest.

The walk takes every regular file and says why it leaves others: nothing is passed over silently.
It follows no symbolic link below the paths it is given (no loops, no files out of the tree) and
opens nothing but regular files, so that a pipe or a device cannot hang it.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator

from archive.record import record
from archive.records import FoundFile, Rejection

MAX_FILE_SIZE = 64 * 1024 * 1024
"""Largest file read by default, in bytes."""

CHANGING = "changed while it was read: run ingest again"

_EARLIEST, _LATEST = -(2**63), 2**63 - 1
_FRESH_NS = 2_000_000_000
_OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


@record
class Hidden:
    """A file or folder whose name begins with a dot: counted, not read."""

    path: str


class Unreadable(Exception):
    """A file that cannot be read whole; the text says why."""


def find(
    paths: Iterable[str], passed_over: frozenset[str] = frozenset()
) -> Iterator[FoundFile | Hidden | Rejection]:
    """Every file at or below the paths, folders in name order; a `Rejection` for what is none.
    Files of the paths `passed_over`, under whatever name, are left out without a word."""
    known = (os.stat(path) for path in passed_over if os.path.exists(path))
    inodes = frozenset((status.st_dev, status.st_ino) for status in known)
    for path, status in _entries(paths):
        if not isinstance(status, os.stat_result):
            yield status
        elif path not in passed_over and (status.st_dev, status.st_ino) not in inodes:
            yield _classify(path, status)


_Entry = tuple[str, os.stat_result | Hidden | Rejection]


def _entries(paths: Iterable[str]) -> Iterator[_Entry]:
    for path in paths:
        try:
            resolved = os.path.realpath(path)
            status = os.stat(resolved)
        except (OSError, ValueError) as error:
            yield path, Rejection(show_path(path), _reason(error))
            continue
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(resolved)
        else:
            yield resolved, status


def _walk(folder: str) -> Iterator[_Entry]:
    """All below a folder; a stack of listings rather than recursion, however deep it goes."""
    listings: list[Iterator[os.DirEntry[str]]] = []
    try:
        listings.append(_listing(folder))
    except OSError as error:
        yield folder, Rejection(show_path(folder), _reason(error))
    while listings:
        entry = next(listings[-1], None)
        if entry is None:
            listings.pop()
            continue
        try:
            if entry.name.startswith("."):
                yield entry.path, Hidden(entry.path)
            elif entry.is_dir(follow_symlinks=False):
                listings.append(_listing(entry.path))
            else:
                yield entry.path, entry.stat(follow_symlinks=False)
        except OSError as error:
            yield entry.path, Rejection(show_path(entry.path), _reason(error))


def _listing(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return iter(sorted(entries, key=lambda entry: entry.name))


def _classify(path: str, status: os.stat_result) -> FoundFile | Rejection:
    if not stat.S_ISREG(status.st_mode):
        link = stat.S_ISLNK(status.st_mode)
        reason = "a symbolic link, not followed" if link else "not a regular file"
        return Rejection(show_path(path), reason)
    try:
        path.encode()
    except UnicodeEncodeError:
        return Rejection(show_path(path), "the file's name is not UTF-8: rename it")
    return FoundFile(path, status.st_size, _mtime_ns(status))


def _mtime_ns(status: os.stat_result) -> int:
    """The modification time, within what a database column holds (1677 to 2262)."""
    found = status.st_mtime_ns
    return found if _EARLIEST <= found <= _LATEST else max(_EARLIEST, min(found, _LATEST))


def read(path: str, max_size: int = MAX_FILE_SIZE) -> tuple[FoundFile, bytes]:
    """The bytes of a regular file, and its size and time as they were read.

    A file that changes meanwhile is read again, and given up with `Unreadable` after a few tries.
    One that a writer left half done for a moment looks whole: see `is_fresh`.
    """
    for _ in range(5):
        found, data, whole = _read_once(path, max_size)
        if whole:
            return found, data
        time.sleep(0.01)
    raise Unreadable(CHANGING)


def is_fresh(file: FoundFile) -> bool:
    """Whether a file changed in the last two seconds, so that its writer may not be done: it must
    be read a second time, a moment later, before it is believed."""
    return time.time_ns() - file.mtime_ns < _FRESH_NS


def _read_once(path: str, max_size: int) -> tuple[FoundFile, bytes, bool]:
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise Unreadable("not a regular file")
        if before.st_size > max_size:
            raise Unreadable(f"larger than the limit: {before.st_size:,} > {max_size:,} bytes")
        data = os.read(descriptor, before.st_size + 1)
        while 0 < len(data) < before.st_size and (more := os.read(descriptor, before.st_size + 1)):
            data += more
        after = os.fstat(descriptor)
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    finally:
        os.close(descriptor)
    same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    found = FoundFile(path, after.st_size, _mtime_ns(after))
    return found, data, same and len(data) == after.st_size


def show_path(path: str) -> str:
    """A path as text that any database and terminal takes: bytes that are not UTF-8 escaped."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
