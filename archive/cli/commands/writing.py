"""The commands that bring articles in, take them out and give them back: ingest, remove, relocate,
merge, rejections, export."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archive.cli.app import DAMAGED, app, complain, end_in_order, found_nothing

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.ingest.options import Options
    from archive.records import IngestReport
    from archive.render.rows import Form

NOT_DONE = 1
SOME_REJECTED = 3

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]


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
        rejected = rejected or report.rejected > 0
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
    for name in ("encoding", "max_size", "include", "exclude"):
        value = getattr(options, name)
        if value != getattr(USUAL, name):
            values = value if isinstance(value, tuple) else (value,)
            words += [f" --{name.replace('_', '-')} {shlex.quote(str(one))}" for one in values]
    return "".join(words)


def _run(
    archive: Archive, paths: list[str], options: Options, *, dry_run: bool, stop: _Stop
) -> IngestReport:
    """One run of ingest, with a bar on a terminal."""
    from archive.formats.dated_text import known_encoding
    from archive.ingest.files import find
    from archive.ingest.options import roots
    from archive.records import FoundFile
    from archive.render import progress

    known_encoding(options.encoding)
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


@app.command()
def remove(
    archive: Archive,
    addresses: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Articles: 12 or hash:1a2b3c4d.")
    ],
    form: Form,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; kept on the record.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Take articles out for good, and keep them out.

    Their versions, the bytes of their files and their index entries go with them: nothing of them
    is left in the archive. Nothing but a backup undoes it. Their numbers are never used again, and
    what they held is kept out of later runs of ingest. The files themselves, and backups, stay as
    they are.

    For example:
    archive remove 2 --dry-run
    archive remove 2 3 --yes --reason 'court order'"""
    from archive.render import records, rows, takings

    end_in_order()
    if not (yes or dry_run):
        _ask(archive, addresses)
    report = archive.remove(addresses, reason=reason, dry_run=dry_run)
    rows.put(form, [records.removal(report)], lambda: takings.show_removal(report))


def _ask(archive: Archive, addresses: list[str]) -> None:
    """Shows on standard error what would go, and ends the command unless the user says yes."""
    from archive.errors import UsageError
    from archive.render.takings import describe_removal

    if not sys.stdin.isatty():
        raise UsageError("to remove articles without being asked, say --yes")
    describe_removal(archive.remove(addresses, dry_run=True))
    sys.stderr.write("Take them out for good? Only a backup undoes it. [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        complain("nothing was removed")
        raise typer.Exit(NOT_DONE)


@app.command()
def relocate(
    archive: Archive,
    old: Annotated[str, typer.Argument(metavar="OLD", help="Where the folder or file was.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Where it is now.")],
    form: Form,
    dry_run: DryRun = False,
) -> None:
    """Say that a folder has moved, so that its files stay with their articles.

    Moves no files. Undone by relocating back, but where two sources became one, by a backup alone.

    For example:
    archive relocate news papers --dry-run
    archive relocate news/01 news/2023"""
    from archive.render import records, rows, takings

    end_in_order()
    report = archive.relocate(old, new, dry_run=dry_run)
    rows.put(form, [records.relocation(report)], lambda: takings.show_relocation(report))
    if not (report.moved or report.kept):
        found_nothing(f"the archive knows no file below {report.old}")


@app.command()
def merge(
    archive: Archive,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The archive to bring in.")],
    form: Form,
    dry_run: DryRun = False,
) -> None:
    """Bring another archive in, with its versions and removals.

    An article that is known here stays, and gets the versions that it lacks; another one keeps its
    number if that is free. A path that both know stays as it is here. What was removed here stays
    out. Nothing but a backup undoes it; the other archive stays as it is.

    For example:
    archive merge backup.db --dry-run
    archive merge backup.db"""
    from archive.render import records, rows, takings

    end_in_order()
    report = archive.merge(other, dry_run=dry_run)
    rows.put(form, [records.merging(report)], lambda: takings.show_merge(report))


@app.command()
def rejections(archive: Archive, form: Form) -> None:
    """List the files that did not go in, and why, by path.

    For example:
    archive rejections
    archive rejections --csv"""
    from archive.render import records, rows, takings

    found = archive.rejections()
    rows.put(
        form,
        map(records.rejection, found),
        lambda: takings.show_rejections(found),
        records.REJECTION,
    )
    if not found:
        found_nothing("no file is kept out")


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
