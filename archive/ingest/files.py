"""Finding and reading files: paths -> `FoundFile`s -> bytes. The first steps of ingest.

The walk takes every regular file that is chosen (`choosing.py`) and says why it leaves others:
nothing is passed over silently.
It follows no symbolic link below the paths it is given (no loops, no files out of the tree) unless
it is told to, and then takes no folder in twice by a link. It opens nothing but regular files, so
that a pipe or a device cannot hang it. Paths stay as they were
given, links on the way included, so that `news/latest/2.txt` is one source from day to day; they
are written in NFC, whatever form the names on the disk have.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from archive.errors import ParseError
from archive.incoming import FoundFile, Rejection
from archive.ingest.choosing import OWN_COPY, Choice, Entry, chooser, composed
from archive.record_class import record

MAX_FILE_SIZE = 64 * 1024 * 1024
"""Largest file read by default, in bytes."""

PLAIN = ".txt"
"""The ending of files that are dated text first."""

EVERYTHING = Choice()
CHANGING = "changed while it was read: run ingest again"

_AGAIN = "a symbolic link to a folder that is taken in already, not followed"

_EARLIEST, _LATEST = -(2**63), 2**63 - 1
_FRESH_NS = 2_000_000_000
_OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


@record
class PassedOver:
    """A file or folder that is counted, not read; `why` is one of the names in `choosing`."""

    path: str
    why: str


class Unreadable(Exception):
    """A file that cannot be read whole; the text says why."""


def find(
    paths: Iterable[str], choice: Choice = EVERYTHING
) -> Iterator[FoundFile | PassedOver | Rejection]:
    """Every file at or below the paths that is chosen, folders in name order; a `Rejection` for
    what is none. The archive's own files are known under whatever name."""
    files, copies = _inodes(choice.own_files), _inodes(choice.own_copies)
    for path, status, place, given in _entries(paths, choice):
        if not isinstance(status, os.stat_result):
            yield status
            continue
        inode = (status.st_dev, status.st_ino)
        if inode in files or path in choice.own_files:
            continue
        if inode in copies and not given:
            yield PassedOver(path, OWN_COPY)
        else:
            yield _classify(path, status, place)


def _inodes(paths: Iterable[str]) -> frozenset[tuple[int, int]]:
    known = (os.stat(path) for path in paths if os.path.exists(path))
    return frozenset((status.st_dev, status.st_ino) for status in known)


def absolute(path: str) -> str:
    """A path from the root, with the links that it names. A `..` behind a link leads to where the
    link's target lies, so what stands before it is resolved."""
    before, up, after = path.rpartition("/../")
    if not up and path.endswith("/.."):
        before, up, after = path[:-3], "/..", ""
    if up:
        path = os.path.join(os.path.realpath(f"{before}/.."), after)
    return os.path.abspath(path)


def walked(paths: Iterable[str], folders: list[str]) -> Iterator[str]:
    """The paths as they come; those that are folders are added to `folders`, from the root."""
    for path in paths:
        if os.path.isdir(path):
            folders.append(absolute(path))
        yield path


def is_gone(path: str) -> bool:
    """Whether a file that was there before is gone, which its folder proves by being there and not
    empty. A folder that is away, such as a disk that is not mounted, proves nothing."""
    if os.path.lexists(path):
        return False
    try:
        with os.scandir(os.path.dirname(path)) as entries:
            return any(not entry.name.startswith(".") for entry in entries)
    except OSError:
        return False


_Entry = tuple[str, os.stat_result | PassedOver | Rejection, str | None, bool]
"""A path, what is there, the place where it is opened if that is another, and whether the path was
given."""


def _entries(paths: Iterable[str], choice: Choice) -> Iterator[_Entry]:
    why, entered = chooser(choice), set[str]()
    for given in paths:
        try:
            path = absolute(given)
            status = os.stat(path)
        except (OSError, ValueError) as error:
            yield given, Rejection(show_path(given), _reason(error)), None, True
            continue
        if stat.S_ISDIR(status.st_mode):
            entered.add(os.path.realpath(path))
            yield from _walk(path, why, entered, follow=choice.follow)
        else:
            yield path, status, os.path.realpath(path) if os.path.islink(path) else None, True


def _walk(
    folder: str, why: Callable[[Entry], str | None], entered: set[str], *, follow: bool
) -> Iterator[_Entry]:
    """All below a folder; a stack of listings rather than recursion, however deep it goes. With
    `follow`, links are followed but to folders that another link has `entered`."""
    listings: list[Iterator[Entry]] = []
    try:
        listings.append(_listing(folder))
    except OSError as error:
        yield folder, Rejection(show_path(folder), _reason(error)), None, True
    while listings:
        entry = next(listings[-1], None)
        if entry is None:
            listings.pop()
            continue
        path = entry.path
        try:
            passed_over = why(entry)
            if passed_over:
                yield path, PassedOver(path, passed_over), None, False
            elif not entry.is_dir(follow_symlinks=follow):
                place = os.path.realpath(path) if follow and entry.is_symlink() else None
                yield path, entry.stat(follow_symlinks=follow), place, False
            elif entry.is_symlink() and _leads_back(path, entered):
                yield path, Rejection(show_path(path), _AGAIN), None, False
            else:
                listings.append(_listing(path))
        except OSError as error:
            yield path, Rejection(show_path(path), _reason(error)), None, False


def _leads_back(path: str, entered: set[str]) -> bool:
    """Whether a link leads to a folder that it lies in, or that another link led to."""
    place, folder = os.path.realpath(path), os.path.realpath(os.path.dirname(path))
    if place in entered or f"{folder}/".startswith(os.path.join(place, "")):
        return True
    entered.add(place)
    return False


def _listing(folder: str) -> Iterator[Entry]:
    with os.scandir(folder) as entries:
        return iter(sorted(entries, key=lambda entry: entry.name))


def _classify(path: str, status: os.stat_result, place: str | None) -> FoundFile | Rejection:
    if not stat.S_ISREG(status.st_mode):
        link = stat.S_ISLNK(status.st_mode)
        reason = "a symbolic link, not followed" if link else "not a regular file"
        return Rejection(show_path(path), reason)
    try:
        path.encode()
    except UnicodeEncodeError:
        return Rejection(show_path(path), "the file's name is not UTF-8: rename it")
    if not path.isascii() and (written := composed(path)) != path:
        path, place = written, place or path
    return FoundFile(path, status.st_size, _mtime_ns(status), place, status.st_ctime_ns)


def _mtime_ns(status: os.stat_result) -> int:
    """The modification time, within what a database column holds (1677 to 2262)."""
    found = status.st_mtime_ns
    return found if _EARLIEST <= found <= _LATEST else max(_EARLIEST, min(found, _LATEST))


def read(path: str, max_size: int = MAX_FILE_SIZE) -> tuple[FoundFile, bytes]:
    """The bytes of a regular file, and its size and time as they were read.

    A file that changes meanwhile is read again, and given up with `Unreadable` after a few tries;
    `ParseError` for one over the limit.
    One that a writer left half done for a moment looks whole: see `is_fresh`.
    """
    for _ in range(5):
        found, data, whole = _read_once(path, max_size)
        if whole:
            return found, data
        time.sleep(0.01)
    raise Unreadable(CHANGING)


def opened(path: str) -> BinaryIO:
    """A regular file, open for reading; `Unreadable`."""
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Unreadable("not a regular file")
    return open(descriptor, "rb")


def found(path: str, file: BinaryIO) -> FoundFile:
    """An open file as it is now."""
    status = os.fstat(file.fileno())
    return FoundFile(path, status.st_size, _mtime_ns(status), changed_ns=status.st_ctime_ns)


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
            raise ParseError(f"larger than the limit: {before.st_size:,} > {max_size:,} bytes")
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
