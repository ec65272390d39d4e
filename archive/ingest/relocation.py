"""Noticing that a folder has moved: its stories stand at another place, and it is gone.

Only said, so that the user can tell the archive (`archive relocate`); nothing is decided by it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable


def moved_folder(
    pairs: Iterable[tuple[str, str]], known_below: Callable[[str], int]
) -> tuple[str, str] | None:
    """The folder that has moved, and where it is now, from (path before, path now) of stories;
    None unless most of the sources that are known below it are among them."""
    votes = Counter(filter(None, (_roots(old, new) for old, new in pairs)))
    for (old, new), count in votes.most_common(1):
        if 2 * count > known_below(old):
            return old, new
    return None


def _roots(old: str, new: str) -> tuple[str, str] | None:
    """The two folders below which a path goes on in the same way, the first of which is gone."""
    before, now = old.split(os.sep), new.split(os.sep)
    same = 0
    while same < min(len(before), len(now)) and before[-1 - same] == now[-1 - same]:
        same += 1
    for rest in range(same, 0, -1):
        folder = os.sep.join(before[:-rest])
        if folder and not os.path.lexists(folder):
            return folder, os.sep.join(now[:-rest])
    return None
