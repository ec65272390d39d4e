"""Things in order of a key, of which memory holds a part, however many they are.

Method: external merge sort. Runs that are sorted in memory go into a file, from which they are read
side by side.
"""

from __future__ import annotations

import heapq
import itertools
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import IO, Any, TypeVar

_Thing = TypeVar("_Thing")

HELD = 20_000
"""Things that are held in memory at most."""

_BLOCK = 100


def in_order(
    things: Iterable[_Thing], key: Callable[[_Thing], Any], limit: int
) -> Iterator[_Thing]:
    """The first `limit` things by a key, equal ones as they came."""
    if limit <= HELD:
        yield from heapq.nsmallest(limit, things, key=key)
        return
    keyed = ((key(thing), thing) for thing in things)
    runs: list[tuple[int, int]] = []
    with tempfile.TemporaryFile() as file:
        while run := sorted(itertools.islice(keyed, HELD), key=itemgetter(0)):
            runs.append((_written(run, file), file.tell()))
            del run
        read = (_read(file, start, end) for start, end in runs)
        merged = heapq.merge(*read, key=itemgetter(0))
        yield from (thing for _, thing in itertools.islice(merged, limit))


def _written(run: list[Any], file: IO[bytes]) -> int:
    """Writes a run behind the others, and says where it begins."""
    start = file.tell()
    for at in range(0, len(run), _BLOCK):
        pickle.dump(run[at : at + _BLOCK], file, pickle.HIGHEST_PROTOCOL)
    return start


def _read(file: IO[bytes], start: int, end: int) -> Iterator[Any]:
    """A run, a block at a time, as others are read from the same file."""
    while start < end:
        file.seek(start)
        block = pickle.load(file)  # noqa: S301 - our own file, which has no name
        start = file.tell()
        yield from block
