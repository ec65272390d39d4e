"""The commands that keep an archive sound: verify, backup, upgrade, reindex."""

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

    with archive_at(db) as archive, contextlib.ExitStack() as stack:
        progress = None
        if sys.stderr.isatty():
            from archive.render.progress import Bar

            progress = stack.enter_context(Bar("articles", after="the index")).update
        report = archive.verify(progress, quick=quick)
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
def backup(
    target: Annotated[
        str, typer.Argument(metavar="DEST", help="A file, or a folder to put it in.")
    ],
    db: Db = None,
) -> None:
    """Write a checked copy, while others may go on reading and writing."""
    _end_in_order()
    with archive_at(db) as archive:
        print(archive.backup(target))


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
