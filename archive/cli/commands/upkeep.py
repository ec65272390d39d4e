"""The commands that keep an archive sound: stats, verify, doctor, backup and restore, dump and
load, upgrade, reindex."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from archive.cli.app import DAMAGED, Output, app, complain, end_in_order, note, number, written
from archive.errors import counted

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.rows import Form


@app.command()
def stats(archive: Archive, form: Form) -> None:
    """Show counts, dates, categories and sizes.

    For example:
    archive stats
    archive stats --json"""
    from archive.render import records, reports, rows

    found = archive.stats()
    rows.put(form, [records.stats(found)], lambda: reports.show_stats(found))


@app.command()
def verify(
    archive: Archive,
    form: Form,
    quick: Annotated[
        bool, typer.Option("--quick", help="All but the index against its text.")
    ] = False,
) -> None:
    """Read everything and check it: structure, index, and every text and file by its SHA-256.

    For example:
    archive verify
    archive verify --quick"""
    from archive.render import records, reports, rows
    from archive.render.progress import bar

    shown = sys.stderr.isatty()
    with bar("articles", "the index", shown=shown) as update:
        report = archive.verify(update if shown else None, quick=quick)
    rows.put(form, [records.verification(report)], lambda: reports.show_verification(report))
    if report.problems:
        problems = counted(len(report.problems), "problem")
        complain(f"{problems}; restore a backup unless reindex mends them")
        raise typer.Exit(DAMAGED)


@app.command()
def doctor(archive: Archive, form: Form) -> None:
    """Say what state the archive and its surroundings are in, and what to do. Writes nothing.

    For example:
    archive doctor
    archive doctor --json"""
    from archive.render import records, reports, rows

    found = archive.doctor()
    rows.put_each(form, found, records.finding, reports.show_findings)


@app.command()
def backup(
    archive: Archive,
    target: Annotated[
        str, typer.Argument(metavar="DEST", help="A file, or a folder to put it in.")
    ],
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            parser=number("--keep", 1),
            metavar="N",
            help="Name it by the moment; keep the newest N.",
        ),
    ] = None,
) -> None:
    """Write a checked copy, while others may go on reading and writing.

    For example:
    archive backup copy.db
    archive backup backups --keep 7"""
    from archive.render.reports import say

    end_in_order()
    say(archive.backup(target, keep=keep))


@app.command()
def restore(
    archive: Archive, source: Annotated[str, typer.Argument(metavar="SRC", help="A backup.")]
) -> None:
    """Put a checked backup in the archive's place; what was there is kept beside it.

    What was removed from the archive stays out, and is named.

    For example:
    archive restore backup.db
    archive restore backup.db --db other.db"""
    from archive.render.reports import say
    from archive.render.takings import show_withheld

    end_in_order()
    report = archive.restore(source)
    show_withheld(report.withheld)
    kept = f"; what was there: {report.replaced}" if report.replaced else ""
    say(f"{archive.path} is now {source}{kept}")


@app.command()
def dump(archive: Archive, output: Output = None) -> None:
    """Write the whole archive as JSON lines, from which 'archive load' builds it again.

    For example:
    archive dump --output archive.jsonl
    archive dump | gzip > archive.jsonl.gz"""
    with written(output):
        for line in archive.dump():
            sys.stdout.buffer.write(line.encode())
            sys.stdout.buffer.write(b"\n")
            del line  # one may be as long as the longest article
    if own := archive.users_own():
        note(f"tables of your own are not in a dump: {', '.join(own)}")


@app.command()
def load(
    archive: Archive,
    source: Annotated[str, typer.Argument(metavar="FILE", help="A dump; - reads standard input.")],
) -> None:
    """Build an archive, identical in all that it holds, from a dump.

    For example:
    archive load dump.jsonl --db new.db
    archive dump | archive load - --db new.db"""
    from archive.errors import UsageError

    end_in_order()
    with contextlib.ExitStack() as stack:
        lines, name = sys.stdin.buffer, "standard input"
        if source != "-":
            try:
                lines, name = stack.enter_context(open(source, "rb")), source
            except OSError as error:
                raise UsageError(f"{source}: {error.strerror}") from None
        print(counted(archive.load(lines, name), "article"))


@app.command()
def upgrade(archive: Archive) -> None:
    """Bring an archive of an older version up to date, after a backup beside it.

    For example:
    archive upgrade
    archive upgrade --db backup.db"""
    from archive.render.reports import say

    end_in_order()
    before, after, copy = archive.upgrade()
    if copy is None:
        say(f"up to date (schema {after})")
    else:
        say(f"schema {before} -> {after}; the archive as it was: {copy}")


@app.command()
def reindex(archive: Archive) -> None:
    """Rebuild the full-text index from the text.

    For example:
    archive reindex
    archive reindex --db backup.db"""
    end_in_order()
    print(f"{counted(archive.reindex(), 'article')} indexed")
