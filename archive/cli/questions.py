"""The commands that answer a researcher's questions: cite, concordance, timeline, quote."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from archive.cli.app import Db, Filters, Json, app, archive_at, complain, with_filters
from archive.cli.finding import NOTHING_FOUND, joined, point_out

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


@app.command()
@with_filters
def concordance(
    query: Annotated[list[str], typer.Argument(help="As in search.")],
    filters: Filters,
    sort: Annotated[
        Literal["date", "left", "right"],
        typer.Option("--sort", help="Oldest first, or by the words on the left or the right."),
    ] = "date",
    width: Annotated[
        int | None, typer.Option("--width", min=40, max=2000, help="Cells of a line.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="Most lines to show.")] = 100,
    json: Json = False,
    db: Db = None,
) -> None:
    """Show each occurrence of the query's words on a line, the word in one column (KWIC).

    Every form that the search finds counts. Titles are cited as ID, paragraphs as ID:PARAGRAPH.
    """
    from archive.render import questions, screen

    text = joined(query)
    with archive_at(db) as archive:
        point_out(text)
        found = archive.concordance(text, filters=filters, sort=sort, limit=limit + 1)
        lines, more = found[:limit], len(found) > limit
        if json:
            questions.write_concordance(lines, width)
        else:
            questions.show_concordance(screen.screen(), lines, width)
        if not found:
            from archive.errors import quoted

            complain(f"nothing found for {quoted(text)}")
        if not lines:
            raise typer.Exit(NOTHING_FOUND)
        if more:
            sys.stdout.flush()
            complain(f"the first {limit:,}; --limit for more")


@app.command()
@with_filters
def timeline(
    filters: Filters,
    queries: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY...", help="Each argument is one query; none: all articles."),
    ] = None,
    by: Annotated[
        Literal["day", "week", "month", "year"], typer.Option("--by", help="Length of a period.")
    ] = "month",
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    json: Json = False,
    db: Db = None,
) -> None:
    """Count the hits of one or several queries by day, week, month or year.

    Each argument is one query, so several words of one go in quotes. Shares are of all
    articles of the period; weeks are those of ISO 8601. Partial matches do not count.
    """
    from archive.render import questions, screen

    with archive_at(db) as archive:
        for query in queries or []:
            point_out(query)
        found = archive.timeline(queries or [""], by, filters=filters)
        if csv or json:
            questions.write_timeline(found, csv=csv)
        elif found.most:
            questions.show_timeline(screen.screen(), found)
        if not found.most:
            complain("nothing found")
            raise typer.Exit(NOTHING_FOUND)


@app.command()
def quote(
    words: Annotated[
        list[str], typer.Argument(metavar="TEXT", help="The quotation; - reads it from input.")
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Most places to show.")] = 3,
    json: Json = False,
    db: Db = None,
) -> None:
    """Check a quotation: where it comes from, and word by word what differs.

    Case, punctuation and quote marks do not matter, and ... or [...] stands for words left out.
    [-Words-] are in the article alone, {+words+} in the quotation alone. Found is what agrees in
    three words of four, and in five at least; less only if it is exact.
    """
    from archive.questions.quotation import LONGEST
    from archive.render import questions, screen

    text = " ".join(words)
    if text == "-":
        text = sys.stdin.buffer.read(8 * LONGEST).decode(errors="replace")
    with archive_at(db) as archive:
        found = archive.quote(text, limit=limit)
        questions.show_quotations(screen.screen(), found, json=json)
        if not found:
            complain("nothing comes close to this quotation")
            raise typer.Exit(NOTHING_FOUND)
