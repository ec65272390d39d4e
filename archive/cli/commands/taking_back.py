"""The commands that take articles out, bring archives in and give files back: remove, relocate,
merge, rejections, export."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from archive.cli.app import DAMAGED, DryRun, app, complain, end_in_order, found_nothing

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.rows import Form

NOT_DONE = 1


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
    rows.put_each(form, found, records.rejection, takings.show_rejections, records.REJECTION)
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
