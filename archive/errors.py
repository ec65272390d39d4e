"""What can go wrong, as the user meets it: one line of text and an exit code.

Every error that the archive raises on purpose is an `ArchiveError`; the command line prints its
text and exits with its `exit_code` (the README has a table of them). Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterable


def quoted(text: str) -> str:
    """What the user gave, in quotes, for a line about it; shortened."""
    return repr(shortened(text))


def shortened(text: str, most: int = 60) -> str:
    """The text, or where it has more characters than that, its two ends."""
    if len(text) <= most:
        return text
    return f"{text[: most * 2 // 3]} ... {text[-(most // 4) :]}"


def counted(number: int, one: str, many: str = "") -> str:
    """Returns a number with its noun: `1 article`, `2,000 articles`; `many` is for nouns that do
    not take an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def in_bytes(size: float) -> str:
    """Returns a size for people: `29.2 MB`."""
    if size < 1000:
        return counted(int(size), "byte")
    for unit in ("kB", "MB"):
        size /= 1000
        if size < 1000:
            return f"{size:,.1f} {unit}"
    return f"{size / 1000:,.1f} GB"


def unknown(what: str, given: str, choices: Iterable[str]) -> UsageError:
    """The error for a value that is none of the choices."""
    return UsageError(f"unknown {what} {quoted(given)}: choose {', '.join(choices)}")


class ArchiveError(Exception):
    """Base of all errors of the archive. `str(error)` is one line: what, where, what to do."""

    exit_code = 4


class UsageError(ArchiveError):
    """A call or an option that makes no sense."""

    exit_code = 2


class Unwritten(ArchiveError):
    """Output that could not be written."""

    exit_code = 2


class QueryError(UsageError):
    """A query that cannot be answered as written.

    `query` is the user's text and `start`, `end` the offsets (in characters) of the place at fault.
    """

    def __init__(self, message: str, query: str, start: int, end: int) -> None:
        super().__init__(message)
        self.query, self.start, self.end = query, start, end


class SqlError(UsageError):
    """A statement of `archive sql` that SQLite refuses, or that asks for more than reading."""


class ArchiveMissing(ArchiveError):
    """There is no archive at the given path."""


class ArchiveUnusable(ArchiveError):
    """The file is not an archive, is damaged, or cannot be opened or written."""


class Unreadable(ArchiveUnusable):
    """Rows that the database cannot read on; the text says why, without a path."""


class Unfit(ArchiveUnusable):
    """A row that does not fit what is there; the text says why, without a path."""


class ArchiveOutdated(ArchiveError):
    """The archive was written by another version of the program."""


class ArchiveBusy(ArchiveError):
    """Another process holds the archive; the message names it."""


class ArchiveStopped(ArchiveError):
    """A question was stopped before its answer was there (`Archive.interrupt`)."""


class NoSuchArticle(ArchiveError):
    """No article, paragraph or version with that number."""

    exit_code = 1


class ParseError(ArchiveError):
    """A file that is no article. `line` counts from 1; None where no line is at fault."""

    exit_code = 3

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


class MissingExtra(ParseError):
    """A file in a format that this installation cannot read, for want of an extra."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"it needs an extra: pip install 'article-archive[{extra}]'")
        self.extra = extra
