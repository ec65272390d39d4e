"""Which of the source formats a file is: by its ending, its beginning, or the user's word.

A file that ends as those of some format do must also begin so; else it may still be dated text.
`.txt` and unknown endings are dated text first, and only a file that is none is looked at for the
others. Where two formats both fit, none is guessed.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

from archive.errors import ParseError, unknown
from archive.formats.registry import formats

if TYPE_CHECKING:
    from archive.formats.contract import Format

    Found = tuple[Format, Any]

DATED_TEXT = "text"
"""The name of dated text for `--format`."""

_TABLES = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    ".json": "json",
}
_WIDEST = "html"
"""Exports in HTML are pages as well."""


def known_format(name: str) -> str:
    """The name of a format; `UsageError` if there is none of that name."""
    if name != DATED_TEXT and name not in _by_name():
        raise unknown("format", name, [DATED_TEXT, *_by_name()])
    return name


def named(name: str) -> Found:
    """The format of this name, with its module."""
    return _by_name()[name]


def by_ending(path: str, file: BinaryIO) -> Found | None:
    """The format of a file that ends so, and begins so; None for dated text."""
    ending = _ending(path)
    return _the_one(file, [found for found in _by_name().values() if ending in found[0].endings])


def has_ending(path: str) -> bool:
    """Whether files of any format end as this one does."""
    ending = _ending(path)
    return any(ending in found.endings for found, _ in _by_name().values())


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def by_ending_alone(path: str) -> Found | None:
    """The table that a file ends as, where it is neither that by its beginning nor dated text: it
    can say what is missing, or `--map` what is meant."""
    name = _TABLES.get(_ending(path))
    return _by_name().get(name) if name else None


def by_signature(file: BinaryIO) -> Found | None:
    """The format of a file that begins so, whatever its name."""
    return _the_one(file, list(_by_name().values()))


@cache
def _by_name() -> dict[str, Found]:
    return {found.name: (found, module) for found, module in formats()}


def _the_one(file: BinaryIO, candidates: list[Found]) -> Found | None:
    fitting = []
    for found, module in candidates:
        file.seek(0)
        if module.recognises(file):
            fitting.append((found, module))
    if len(fitting) > 1:
        fitting = [one for one in fitting if one[0].name != _WIDEST]
    if len(fitting) > 1:
        names = " and ".join(found.name for found, _ in fitting)
        raise ParseError(f"it may be {names}: say which with --format NAME")
    return fitting[0] if fitting else None
