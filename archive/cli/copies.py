"""The commands about articles that are alike: similar, duplicates."""

from __future__ import annotations

from typing import Annotated

import typer

from archive.cli.app import Db, Json, Limit, app, archive_at, complain

NOTHING_FOUND = 1


@app.command()
def similar(
    address: Annotated[str, typer.Argument(metavar="ID", help="12, or 12@1 for a version.")],
    limit: Limit = 10,
    json: Json = False,
    db: Db = None,
) -> None:
    """Show the articles most like one: copies of it first, then others on the same matter."""
    from archive.address import whole
    from archive.render import copies, screen

    place = whole(address)
    with archive_at(db) as archive:
        found = archive.similar(archive.article(place.article_id, place.version), limit=limit)
    copies.show_similar(screen.screen(), found, json=json)
    if not found:
        complain(f"nothing like article {address} found")
        raise typer.Exit(NOTHING_FOUND)


@app.command()
def duplicates(
    within: Annotated[
        int | None,
        typer.Option("--within", metavar="DAYS", min=0, help="Only if so many days apart at most."),
    ] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """Show groups of copies, lightly edited ones too, with the share of text in common."""
    from archive.render import copies, screen

    with archive_at(db) as archive:
        found = archive.duplicates(within=within)
    copies.show_duplicates(screen.screen(), found, json=json)
    if not found:
        complain("no article is a copy of another")
        raise typer.Exit(NOTHING_FOUND)
