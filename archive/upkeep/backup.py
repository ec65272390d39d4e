"""Whole copies of an archive: backups, their rotation, and putting one back.

A copy is made while others read and write, checked by `verify`, and takes its place in one step.
What a restored copy replaces is kept beside it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from archive.errors import ArchiveError, ArchiveUnusable, UsageError
from archive.upkeep.verify import verify

if TYPE_CHECKING:
    from archive.engines.contract import Copies, Engine
    from archive.engines.taking_back import RestoreReport

_STAMP = "%Y-%m-%dT%H%M%SZ"
_STAMPED = r"-\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?"


def backup(engine: Engine, target: str, keep: int | None) -> str:
    """Copy an archive to a file, or into a folder; the path of the copy.

    A file that is there is replaced only if it is an earlier copy of the same archive. With `keep`,
    the target is a folder (made if need be), the copy is named by the moment (UTC), and of all
    copies of this archive so named in it, this one and the newest others stay, `keep` in all.
    """
    stem, end = os.path.splitext(os.path.basename(engine.path))
    if keep is None:
        if os.path.isdir(target):
            target = os.path.join(target, f"{stem}{end}")
        with engine.copies(target) as copies:
            if os.path.exists(target):
                _require_earlier(copies, target, engine.path)
            copies.make(target, _require_sound)
        return target
    if keep < 1:
        raise UsageError("--keep: at least one copy must stay")
    try:
        os.makedirs(target, exist_ok=True)
    except OSError as error:
        raise ArchiveUnusable(f"{target} cannot be made: {error.strerror}") from None
    # Another name than the archive's, which may lie in that folder itself.
    with engine.copies(os.path.join(target, f"{stem}-backup{end}")) as copies:
        named = re.compile(re.escape(stem) + _STAMPED + re.escape(end))
        others = sorted(filter(named.fullmatch, os.listdir(target)), key=_moment)
        copy = os.path.join(target, _stamped(stem, end, others))
        copies.make(copy, _require_sound)
        _rotate(copies, [os.path.join(target, name) for name in others], keep - 1)
    return copy


def _rotate(copies: Copies, others: list[str], keep: int) -> None:
    """Of the copies in a folder, oldest first, leave the last `keep` that are of this archive.
    Those of other archives do not count; one that holds what this archive lacks stays."""
    ours = [name for name in others if _is_earlier(copies, name, runs_only=True)]
    for name in ours[: len(ours) - keep] if keep < len(ours) else ():
        if _is_earlier(copies, name):
            copies.remove(name)


def _is_earlier(copies: Copies, path: str, *, runs_only: bool = False) -> bool:
    """Whether the file at `path` is an archive, and an earlier state of the one that is copied."""
    try:
        return copies.lacks(path, runs_only=runs_only) is None
    except ArchiveError:
        return False


def _require_earlier(copies: Copies, target: str, path: str) -> None:
    """Raise unless what is at the target is an earlier copy of the archive at `path`."""
    lacking = copies.lacks(target)
    if lacking:
        raise UsageError(
            f"{target} holds {lacking}, which {path} lacks: it is left as it is;"
            " name another place, or move it away first"
        )


def _stamped(stem: str, end: str, others: Iterable[str]) -> str:
    """A name for now that comes after those of all other copies, removed ones included."""
    now = time.strftime(_STAMP, time.gmtime())
    last = max((number for stamp, number in map(_moment, others) if stamp == now), default=0)
    return f"{stem}-{now}{f'-{last + 1}' if last else ''}{end}"


def _moment(name: str) -> tuple[str, int]:
    stamp, number = re.findall(r"-(\d{4}-\d\d-\d\dT\d{6}Z)(?:-(\d+))?", name)[-1]
    return stamp, int(number or 1)


def _require_sound(copy: Engine) -> None:
    """Raise unless a copy is sound; one of an older version is checked by the database alone."""
    if copy.revision() != copy.schema:
        return
    problems = verify(copy, quick=True).problems
    if problems:
        raise ArchiveUnusable(f"the copy is damaged, and so is its original: {problems[0]}")


def restore(engine: Engine, source: str) -> RestoreReport:
    """Put a backup in an archive's place. What was there is kept.

    Raises `ArchiveError` if the backup is damaged, from a newer version or no archive, or if
    another process writes the archive; then nothing has changed.
    """
    return engine.restore(source, _require_sound)
