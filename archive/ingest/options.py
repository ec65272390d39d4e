"""How to ingest, and what an archive remembers of it: the folders that a run was given, and how.

`archive ingest` without a path takes the same folders in again (`again`); in a new archive, the
sample.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archive.errors import UsageError
from archive.formats.contract import Reading
from archive.formats.registry import READERS
from archive.incoming import ReadAs
from archive.ingest import files as find
from archive.ingest.choosing import Choice
from archive.record_class import record

if TYPE_CHECKING:
    from archive.engines.rows import RootRow


@record
class Options:
    """How to ingest. `strict` stores nothing if any file is rejected; `max_size` is in bytes;
    `include` and `exclude` are globs (`choosing.Choice`); files of the paths `passed_over`, and
    hard links to them, are not touched, and the archive's `own_copies` are only counted. `reread`
    opens files that size and time show to be unchanged, and parses them anew; `follow` follows
    symbolic links below folders, which stay in the paths. `format`, `fields` and `date` are as in
    `formats.contract.Reading`."""

    encoding: str = "utf-8"
    max_size: int = find.MAX_FILE_SIZE
    strict: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    passed_over: frozenset[str] = frozenset()
    own_copies: frozenset[str] = frozenset()
    reread: bool = False
    follow: bool = False
    format: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    date: str | None = None

    @property
    def choice(self) -> Choice:
        """Which files to look at."""
        return Choice(self.include, self.exclude, self.passed_over, self.own_copies, self.follow)

    @property
    def read_as(self) -> ReadAs:
        """How to read them."""
        return ReadAs(self.encoding, self.max_size, f"{READERS}{self.said()}")

    @property
    def reading(self) -> Reading:
        """The same for the formats."""
        return Reading(self.encoding, self.max_size, self.fields, self.date, self.format)

    def said(self) -> str:
        """What is said of how to read files, beyond their encoding and size: a JSON object, or
        nothing."""
        given = {name: getattr(self, name) for name in _SAID if getattr(self, name)}
        if not given:
            return ""
        import json  # noqa: PLC0415 - rare, and 4 ms

        return " " + json.dumps(given)

    def written(self) -> str:
        """What is remembered of them for a later run: a JSON object of those that differ from the
        usual ones."""
        others = {
            name: getattr(self, name)
            for name in _REMEMBERED
            if getattr(self, name) != getattr(USUAL, name)
        }
        if not others:
            return "{}"
        import json  # noqa: PLC0415 - rare, and 4 ms

        return json.dumps(others)


_SAID = ("format", "fields", "date")
_REMEMBERED = {
    "encoding": str,
    "max_size": int,
    "include": list,
    "exclude": list,
    "follow": bool,
    "format": str,
    "fields": list,
    "date": str,
}
USUAL = Options()


def read_again(written: str) -> Options:
    """The inverse of `Options.written`; what is damaged or unknown there is passed over."""
    import json  # noqa: PLC0415

    try:
        found = json.loads(written)
    except (ValueError, TypeError, RecursionError):
        found = None
    given: dict[str, Any] = {
        name: value
        for name, value in (found.items() if isinstance(found, dict) else ())
        if isinstance(value, _REMEMBERED.get(name, ()))
    }
    for name in ("include", "exclude"):
        given[name] = tuple(glob for glob in given.get(name, ()) if isinstance(glob, str))
    given["fields"] = tuple(
        (pair[0], pair[1])
        for pair in given.get("fields", ())
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)
    )
    return replace(USUAL, **given)


def roots(paths: Iterable[str]) -> list[str]:
    """The paths given by a user, from the root, without those that lie below another of them.

    Raises `UsageError` for one that does not exist.
    """
    given = []
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{find.show_path(path)}: no such file or folder")
        given.append(find.absolute(path))
    kept: list[str] = []
    # With the slash in the key, what lies below a path follows it directly.
    for path in sorted(set(given), key=lambda path: os.path.join(path, "")):
        if not kept or not path.startswith(os.path.join(kept[-1], "")):
            kept.append(path)
    return kept


def again(known: Iterable[RootRow]) -> list[tuple[list[str], Options]]:
    """The folders that earlier runs were given, by the options that they were given with."""
    groups: dict[str, list[str]] = {}
    for root in known:
        groups.setdefault(root.options, []).append(root.path)
    return [(folders, read_again(options)) for options, folders in groups.items()]


def sample() -> str:
    """The folder of articles to begin with: `seeds/` of the current folder, else the one that the
    package carries."""
    if os.path.isdir("seeds"):
        return "seeds"
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    shipped = os.path.join(package, "seeds")
    return shipped if os.path.isdir(shipped) else os.path.join(os.path.dirname(package), "seeds")
