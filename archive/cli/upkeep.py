"""The commands that keep an archive sound: verify, backup and
restore, export, dump and load, upgrade, reindex."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import Annotated

import typer

from archive.cli.app import Db, Json, app, archive_at, complain

DAMAGED = 4


def _end_in_order() -> None:
    """On Ctrl-C and SIGTERM roll back, release the lock and remove what is half written."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: sys.exit(128 + received))


@app.command()
def verify(
    quick: Annotated[
        bool, typer.Option("--quick", help="All but the index against its text.")
    ] = False,
    json: Json = False,
    db: Db = None,
) -> None:
    """Read everything and check it: structure, index, and every text and file by its SHA-256."""
    from dataclasses import asdict

    from archive.render import screen
    from archive.render.progress import bar

    shown = sys.stderr.isatty()
    with archive_at(db) as archive, bar("articles", "the index", shown=shown) as update:
        report = archive.verify(update if shown else None, quick=quick)
    if json:
        screen.json_line(asdict(report))
    else:
        for problem in report.problems:
            print(screen.inert(problem))
        said = "DAMAGED" if report.problems else "all as stored"
        print(
            f"{report.articles:,} articles, {report.paragraphs:,} paragraphs,"
            f" {report.sources:,} sources, {report.revisions:,} old versions: {said}"
            + (" (index not read against its text)" if quick else "")
        )
    if report.problems:
        complain(f"{len(report.problems):,} problems; restore a backup unless reindex mends them")
        raise typer.Exit(DAMAGED)


@app.command()
def doctor(json: Json = False, db: Db = None) -> None:
    """Say what state the archive and its surroundings are in, and what to do. Writes nothing."""
    from dataclasses import asdict

    from archive.render import screen

    with archive_at(db) as archive:
        findings = archive.doctor()
    for finding in findings:
        if json:
            screen.json_line(asdict(finding))
            continue
        print(screen.inert(f"{finding.name:<15} {finding.found}"))
        if finding.advice:
            print(screen.inert(f"{'':<15} ! {finding.advice}"))


@app.command()
def backup(
    target: Annotated[
        str, typer.Argument(metavar="DEST", help="A file, or a folder to put it in.")
    ],
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep", min=1, metavar="N", help="Name it by the moment; keep the newest N."
        ),
    ] = None,
    db: Db = None,
) -> None:
    """Write a checked copy, while others may go on reading and writing."""
    from archive.render.screen import inert

    _end_in_order()
    with archive_at(db) as archive:
        print(inert(archive.backup(target, keep=keep)))


@app.command()
def restore(
    source: Annotated[str, typer.Argument(metavar="SRC", help="A backup.")], db: Db = None
) -> None:
    """Put a checked backup in the archive's place; what was there is kept beside it."""
    from archive.render.screen import inert

    _end_in_order()
    with archive_at(db) as archive:
        kept = archive.restore(source)
        print(
            inert(f"{archive.path} is now {source}" + (f"; what was there: {kept}" if kept else ""))
        )


@app.command()
def export(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder, empty or missing.")],
    db: Db = None,
) -> None:
    """Give every source back as a file, byte for byte, with its time."""
    from archive.render.screen import in_bytes, inert

    with archive_at(db) as archive:
        report = archive.export(folder)
    for problem in report.problems:
        print(inert(problem), file=sys.stderr)
    print(f"{report.files:,} files, {in_bytes(report.size)}")
    if report.problems:
        raise typer.Exit(DAMAGED)


@app.command()
def dump(db: Db = None) -> None:
    """Write the whole archive as JSON lines (docs/dump.md); 'archive load' builds it again."""
    with archive_at(db) as archive:
        for line in archive.dump():
            sys.stdout.buffer.write(line.encode() + b"\n")


@app.command()
def load(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A dump; - reads standard input.")],
    db: Db = None,
) -> None:
    """Build an archive, identical in all that it holds, from a dump."""
    from archive.errors import UsageError

    _end_in_order()
    with archive_at(db) as archive, contextlib.ExitStack() as stack:
        lines = sys.stdin.buffer
        if source != "-":
            try:
                lines = stack.enter_context(open(source, "rb"))
            except OSError as error:
                raise UsageError(f"{source}: {error.strerror}") from None
        print(f"{archive.load(lines, 'standard input' if source == '-' else source):,} articles")


@app.command()
def upgrade(db: Db = None) -> None:
    """Bring an archive of an older version up to date, after a backup beside it."""
    _end_in_order()
    with archive_at(db) as archive:
        before, after, copy = archive.upgrade()
    if copy is None:
        print(f"up to date (schema {after})")
    else:
        print(f"schema {before} -> {after}; the archive as it was: {copy}")


@app.command()
def reindex(db: Db = None) -> None:
    """Rebuild the full-text index from the text."""
    _end_in_order()
    with archive_at(db) as archive:
        print(f"{archive.reindex():,} articles indexed")
