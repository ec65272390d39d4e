"""Which copies of an archive there are: those that were made of it, and those that lie beside it.

A backup reads its archive and never writes it, so what was made when is remembered in a file
beside it, `ARCHIVE.backups`: a line for each copy, the last one last, the moment before the path.
Where that file cannot be written, nothing is remembered.
"""

from __future__ import annotations

import contextlib
import os
import re
import time

_MOST = 50
_BESIDE = r"\.(?:replaced|\d{4}\.backup)(?:-\d+)?"
_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (/.*)")


def note(path: str, copy: str) -> None:
    """Remember that a copy of the archive at `path` was made just now."""
    place, made = f"{os.path.realpath(path)}.backups", os.path.realpath(copy)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    others = [(moment, other) for moment, other in remembered(path) if other != made]
    lines = [f"{moment} {other}\n" for moment, other in [*others, (now, made)][-_MOST:]]
    temporary = f"{place}.new"
    with contextlib.suppress(OSError):
        with open(temporary, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(lines)
        os.replace(temporary, place)


def remembered(path: str) -> list[tuple[str, str]]:
    """The copies of an archive that were made and are still there: (moment, path), the last one
    last."""
    place = f"{os.path.realpath(path)}.backups"
    try:
        with open(place, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read(1 << 20).splitlines()
    except OSError:
        return []
    found = [known.groups() for known in map(_LINE.fullmatch, lines) if known]
    return [(moment, copy) for moment, copy in found if os.path.exists(copy)]


def beside(path: str) -> list[str]:
    """What restore and upgrade have kept beside an archive."""
    folder, name = os.path.split(os.path.realpath(path))
    kept = re.compile(re.escape(name) + _BESIDE)
    try:
        names = sorted(filter(kept.fullmatch, os.listdir(folder)))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names]


def all_of(path: str) -> frozenset[str]:
    """The paths of all copies that are known."""
    return frozenset((*(copy for _, copy in remembered(path)), *beside(path)))
