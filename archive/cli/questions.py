"""The commands that answer a researcher's questions: cite, concordance, timeline, quote."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from archive.cli.app import Db, app, archive_at

NOTHING_FOUND = 1

Style = Annotated[
    Literal["plain", "bibtex", "csl-json"],
    typer.Option("--style", help="A line for a footnote, or an entry for a reference manager."),
]


@app.command()
def cite(
    addresses: Annotated[
        list[str], typer.Argument(metavar="ID[:P[-Q]]...", help="12, 12:7, 12:7-9; 12@1:7.")
    ],
    style: Style = "plain",
    db: Db = None,
) -> None:
    """Print citations for a text of one's own, each with what is needed to check it later.

    The version is always named, so that the citation stays true when the article changes.
    """
    from archive.render import citations

    with archive_at(db) as archive:
        citations.show([archive.cite(address) for address in addresses], style)
