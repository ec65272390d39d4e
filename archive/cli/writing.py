"""The commands that bring articles in and give them back: ingest, export."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from archive.cli.app import DAMAGED, app, complain

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.rows import Form

SOME_REJECTED = 3


@app.command()
def ingest(
    archive: Archive,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files, folders; - reads paths, one a line."),
    ],
    form: Form,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Store nothing at all if any file is rejected.")
    ] = False,
    encoding: Annotated[
        str, typer.Option("--encoding", metavar="NAME", help="Encoding of the files.")
    ] = "utf-8",
    max_size: Annotated[
        str, typer.Option("--max-size", metavar="SIZE", help="Largest file: bytes, or 10k, 5M, 1G.")
    ] = "64M",
) -> None:
    """Bring articles in: every file given, and every file below each folder given.

    Files that are no articles are reported and left out; all others go in. Makes the archive if
    there is none.

    For example:
    archive ingest news
    find news -name '*.txt' | archive ingest - --dry-run"""
    from archive.formats.dated_text import known_encoding
    from archive.ingest.files import find
    from archive.ingest.run import Options, roots
    from archive.records import FoundFile
    from archive.render import progress, records, reports, rows

    options = Options(known_encoding(encoding), _size(max_size), strict)
    given = roots(path for path in paths if path != "-")
    show = sys.stderr.isatty() and "-" not in paths
    # Counting the files first takes a moment next to reading them.
    total = sum(isinstance(found, FoundFile) for found in find(given)) if show else 0
    stop = _Stop()
    with _broken_pipes_as_errors(), progress.bar("files", shown=show) as update:

        def advance(done: int) -> bool:
            update(done, total)
            return stop.go_on()

        report = archive.ingest(
            _all(given, from_input="-" in paths),
            options=options,
            dry_run=dry_run,
            progress=advance,
        )
    rows.put(form, [records.ingest(report)], lambda: reports.show_ingest(report, strict=strict))
    if report.stopped:
        complain("stopped: all of the above is stored, the next run goes on from there")
        raise typer.Exit(128 + stop.signal)
    if report.rejected:
        raise typer.Exit(SOME_REJECTED)


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


@app.command()
def export(
    archive: Archive,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder, empty or missing.")],
) -> None:
    """Give every source back as a file, byte for byte, with its time.

    For example:
    archive export copies
    archive export copies --db backup.db"""
    from archive.render.reports import show_export

    report = archive.export(folder)
    show_export(report)
    if report.problems:
        raise typer.Exit(DAMAGED)


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
