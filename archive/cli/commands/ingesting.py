"""The command that brings articles in: ingest."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archive.cli.app import DryRun, app, complain

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.incoming import IngestReport
    from archive.ingest.options import Options
    from archive.render.rows import Form

SOME_REJECTED = 3


@app.command()
def ingest(
    archive: Archive,
    form: Form,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH...]", help="Files, folders; - reads paths, one a line."),
    ] = None,
    dry_run: DryRun = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Store nothing at all if any file is rejected.")
    ] = False,
    include: Annotated[
        list[str] | None,
        typer.Option("--include", metavar="GLOB", help="Of folders, only files of such names."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="GLOB", help="Of folders, no files or folders so named."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Follow symbolic links below folders, too.")
    ] = False,
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", metavar="NAME", help="Encoding of the files (utf-8)."),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(
            "--max-size", metavar="SIZE", help="Largest file: bytes, or 10k, 5M, 1G (64M)."
        ),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="Read all files so: see 'help formats'."),
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=NAME", help="Of tables: what holds a field of ours."),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DATE", help="The date of articles that have none."),
    ] = None,
    reread: Annotated[
        bool, typer.Option("--reread", help="Open and read every file, unchanged ones too.")
    ] = False,
) -> None:
    """Bring articles in: every file given, and every file below each folder given.

    Files that are no articles are reported and left out; all others go in. Makes the archive if
    there is none. Without a path, the folders of earlier runs are taken in again, with the options
    of those runs; in a new archive, the folder seeds/ here or the sample that comes with the
    program.

    Below a folder, hidden files and those with temporary names (.part, .tmp, ~) are passed over.
    GLOB is a pattern for a name, as '*.txt', or with a slash for the end of a path, as 'drafts/*';
    both options may be given several times.

    Files of other formats, JSON Lines or Nexis exports for instance, are known by their endings and
    what they begin with; 'archive help formats' has all of them. --map title=headline says which
    field of a table is meant, --date 2024-05-01 dates articles that have no date of their own.

    A folder that was read in a wrong encoding is mended with --reread and --encoding: each article
    gets a new version, and the old one is kept. What was taken out by 'archive remove' stays out.

    For example:
    archive ingest news --include '*.txt' --exclude drafts
    find news -name '*.txt' | archive ingest - --dry-run"""
    from dataclasses import replace

    from archive.ingest import options as ingest_options
    from archive.render import records, reports, rows

    asked = {
        "encoding": encoding,
        "max_size": None if max_size is None else _size(max_size),
        "include": tuple(include) if include else None,
        "exclude": tuple(exclude) if exclude else None,
        "follow": follow or None,
        "format": format_,
        "fields": tuple(map(_pair, mapped)) if mapped else None,
        "date": None if date is None else _day(date),
    }
    changes: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    runs = [(paths, ingest_options.USUAL)] if paths else _runs_without_a_path(archive)
    stop, rejected = _Stop(), False
    for given, usual in runs:
        options = replace(usual, strict=strict, reread=reread, **changes)
        report = _run(archive, given, options, dry_run=dry_run, stop=stop)
        rows.put(
            form, [records.ingest(report)], partial(reports.show_ingest, report, strict=strict)
        )
        if report.stopped:
            complain("stopped: all of the above is stored, the next run goes on from there")
            raise typer.Exit(128 + stop.signal)
        rejected = rejected or report.rejected > 0 or bool(report.lacking)
    if rejected:
        raise typer.Exit(SOME_REJECTED)


def _runs_without_a_path(archive: Archive) -> list[tuple[list[str], Options]]:
    """The folders to take in where the user names none, each with its options; says which."""
    import os

    from archive.errors import ArchiveMissing, UsageError
    from archive.ingest import options as ingest_options

    try:
        runs = archive.roots()
    except ArchiveMissing:
        sample = ingest_options.sample()
        complain(f"no folder is named, and there is no archive yet: taking in {sample}")
        return [([sample], ingest_options.USUAL)]
    if not runs:
        raise UsageError("no earlier run was given a folder: name one, as in 'archive ingest news'")
    there = []
    for folders, options in runs:
        for folder in folders:
            if os.path.isdir(folder):
                complain(f"taking in again: {folder}{_said(options)}")
            else:
                complain(f"not there now, left alone: {folder}")
        there.append((list(filter(os.path.isdir, folders)), options))
    if not any(folders for folders, _ in there):
        raise UsageError("none of the folders of earlier runs is there: name one")
    return [(folders, options) for folders, options in there if folders]


def _said(options: Options) -> str:
    """The options of an earlier run, as a command has them."""
    import shlex

    from archive.ingest.options import USUAL

    words = []
    for name in ("encoding", "max_size", "include", "exclude", "follow", "format", "date"):
        value = getattr(options, name)
        if value != getattr(USUAL, name):
            values = value if isinstance(value, tuple) else (value,)
            if value is True:
                words.append(f" --{name}")
                continue
            words += [f" --{name.replace('_', '-')} {shlex.quote(str(one))}" for one in values]
    words += [f" --map {shlex.quote(f'{ours}={theirs}')}" for ours, theirs in options.fields]
    return "".join(words)


def _run(
    archive: Archive, paths: list[str], options: Options, *, dry_run: bool, stop: _Stop
) -> IngestReport:
    """One run of ingest, with a bar on a terminal."""
    from archive.formats.choosing import known_format
    from archive.formats.dated_text import known_encoding
    from archive.incoming import FoundFile
    from archive.ingest.files import find
    from archive.ingest.options import roots
    from archive.render import progress

    known_encoding(options.encoding)
    if options.format:
        known_format(options.format)
    given = roots(path for path in paths if path != "-")
    show = sys.stderr.isatty() and "-" not in paths
    # Counting the files first takes a moment next to reading them.
    counted = (
        sum(isinstance(found, FoundFile) for found in find(given, options.choice)) if show else 0
    )
    with _broken_pipes_as_errors(), progress.bar("files", shown=show) as update:

        def advance(done: int) -> bool:
            update(done, counted)
            return stop.go_on()

        return archive.ingest(
            _all(given, from_input="-" in paths),
            options=options,
            dry_run=dry_run,
            progress=advance,
        )


@contextlib.contextmanager
def _broken_pipes_as_errors() -> Iterator[None]:
    """The process that reads files may be killed. To write to it must not end this one, which can
    do without it."""
    usual = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGPIPE, usual)


def _all(given: list[str], *, from_input: bool) -> Iterator[str]:
    yield from given
    if from_input:
        import os

        for line in sys.stdin.buffer:
            name = line.rstrip(b"\r\n")
            if name:
                yield os.fsdecode(name)


_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def _size(text: str) -> int:
    number, unit = text.strip(), 1
    if number[-1:].lower() in _UNITS:
        number, unit = number[:-1], _UNITS[number[-1].lower()]
    if not (number.isascii() and number.isdigit()):
        from archive.errors import UsageError, quoted

        raise UsageError(f"--max-size {quoted(text)}: write a number of bytes, or 10k, 5M")
    return int(number) * unit


def _pair(text: str) -> tuple[str, str]:
    """A field of ours, and the name that a table has for it."""
    from archive.errors import UsageError, quoted, unknown
    from archive.formats.contract import FIELDS

    ours, equals, theirs = text.partition("=")
    if not (equals and theirs):
        raise UsageError(f"--map {quoted(text)}: write FIELD=NAME, as in title=headline")
    if ours not in FIELDS:
        raise unknown("field of --map", ours, FIELDS)
    return ours, theirs


def _day(text: str) -> str:
    from datetime import date

    from archive.errors import UsageError, quoted

    try:
        if len(text) == len("2024-05-01"):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise UsageError(f"--date {quoted(text)}: write a day of the calendar, as in 2024-05-01")


class _Stop:
    """Ctrl-C and SIGTERM while files go in: the chunk under way is finished and stored. A second
    signal, or one before the first chunk is done, ends the program at once."""

    def __init__(self) -> None:
        self.signal = 0
        self._under_way = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._take)

    def _take(self, number: int, _: object) -> None:
        if self.signal or not self._under_way:
            sys.exit(128 + number)
        self.signal = number

    def go_on(self) -> bool:
        self._under_way = True
        return not self.signal
