"""One writer at a time: an advisory lock on a file beside the archive, which names its holder.

The lock goes with its holder, even when that is killed. Whatever links an archive is named by, it
has one lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from archive.engines.sqlite import copying
from archive.errors import ArchiveBusy, ArchiveMissing, ArchiveUnusable, UsageError

LOCK_SECONDS = 60.0


@contextlib.contextmanager
def held(path: str, *, create: bool) -> Iterator[None]:
    """The lock of a writer on an archive; `create` says that the archive may be missing."""
    if not create and not os.path.exists(path):
        raise ArchiveMissing(f"no archive at {path}: make one with 'archive ingest FOLDER'")
    name = f"{os.path.realpath(path)}.lock"  # one lock, by whatever links the archive is named
    deadline = time.monotonic() + LOCK_SECONDS
    while (descriptor := _try_lock(name)) is None:
        if time.monotonic() > deadline:
            raise ArchiveBusy(f"{path} is being written by {_holder(name)}: try again later")
        time.sleep(0.05)
    try:
        _name_holder(name, descriptor)
        copying.remove(f"{os.path.realpath(path)}.new")  # left by a run that was killed
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)
        os.close(descriptor)


def _name_holder(name: str, descriptor: int) -> None:
    """Writes into a lock's file who holds it."""
    started = time.strftime("%Y-%m-%d %H:%M:%S")
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}, since {started}".encode())
    except OSError as error:
        raise ArchiveUnusable(f"{name} cannot be written: {error.strerror}") from None


def holder(path: str) -> str | None:
    """Who holds an archive's lock, or None; takes it for a moment only where there is a file."""
    name = f"{os.path.realpath(path)}.lock"
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _holder(name)
    finally:
        os.close(descriptor)
    return None


def _try_lock(name: str) -> int | None:
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        place = name.removesuffix(".lock")
        if isinstance(error, FileNotFoundError):
            raise UsageError(
                f"there is no folder {os.path.dirname(place)}: make it first"
            ) from None
        raise ArchiveUnusable(f"{place} cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The last holder may have removed the file between our open and our lock.
        if os.path.samestat(os.fstat(descriptor), os.stat(name)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _holder(name: str) -> str:
    try:
        with open(name, encoding="utf-8", errors="replace") as file:
            return file.read(200) or "another process"
    except OSError:
        return "another process"
