"""The commands that find: search, list, timeline, concordance, quote, similar, duplicates."""

from __future__ import annotations

import sys
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archive.cli import hits
from archive.cli.app import Filters, Limit, Offset, app, found_nothing, note, number
from archive.cli.asking import joined, point_out
from archive.errors import quoted

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.rows import Form

Sort = Annotated[
    Literal["auto", "relevance", "newest", "oldest", "random"],
    typer.Option(
        "--sort",
        metavar="ORDER",
        help="auto (words by relevance, filters alone newest first), relevance, newest, oldest or "
        "random.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="N",
        parser=number("--seed"),
        help="Draws the same again with --sort random.",
    ),
]
Count = Annotated[bool, typer.Option("--count", help="Print the number of articles alone.")]
Facet = Annotated[
    list[str] | None,
    typer.Option(
        "--facet",
        metavar="NAME",
        help="Count all hits by category, byline, year, month or day instead of showing them; by "
        "two of them in a table.",
    ),
]
Sql = Annotated[bool, typer.Option("--sql", help="Print the SQL that gives these hits.")]
Explain = Annotated[
    bool, typer.Option("--explain", help="Show how the query was read, and what each part finds.")
]
Versions = Annotated[
    bool, typer.Option("--versions", help="Search replaced versions too, cited as 12@1:7.")
]
Context = Annotated[
    int,
    typer.Option(
        "--context",
        "-C",
        metavar="N",
        parser=number("--context"),
        help="Paragraphs to show around the best ones.",
    ),
]


@app.command()
def search(
    archive: Archive,
    query: Annotated[
        list[str], typer.Argument(metavar="QUERY...", help="Words, phrases and fields.")
    ],
    filters: Filters,
    form: Form,
    sort: Sort = "auto",
    seed: Seed = None,
    limit: Limit = 10,
    offset: Offset = 0,
    count: Count = False,
    facet: Facet = None,
    context: Context = 0,
    versions: Versions = False,
    explain: Explain = False,
    sql: Sql = False,
) -> None:
    """Find articles, best first, each with its best paragraphs cited as ID:PARAGRAPH.

    Words, "a phrase", -not, OR, ( ), prefix*, NEAR/5, title: para: date:2023-01 and more: see
    'archive help query'.

    For example:
    archive search '"state visit" moscow' -n 3
    archive search --category politics 'putin -zelensky' --sort newest"""
    text = joined(query)
    if explain:
        hits.explain(archive, text, filters, form)
    elif count or facet:
        hits.count(
            archive, text, filters, form, facets=() if count else facet or (), versions=versions
        )
    else:
        hits.show(
            archive, text, filters, form,
            sort=sort, seed=hits.seed_of(sort, seed), limit=limit, offset=offset, context=context,
            sql=sql, passages=True, versions=versions,
        )  # fmt: skip


@app.command("list")
def list_(
    archive: Archive,
    filters: Filters,
    form: Form,
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY...", help="As in search; may be left out."),
    ] = None,
    sort: Sort = "newest",
    seed: Seed = None,
    limit: Limit = 50,
    offset: Offset = 0,
    count: Count = False,
    facet: Facet = None,
    versions: Versions = False,
    sql: Sql = False,
) -> None:
    """List articles, newest first, one a line.

    For example:
    archive list --date 2023-01
    archive list --facet year"""
    text = joined(query or [])
    if count or facet:
        hits.count(
            archive, text, filters, form, facets=() if count else facet or (), versions=versions
        )
    else:
        hits.show(
            archive, text, filters, form,
            sort=sort, seed=hits.seed_of(sort, seed), limit=limit, offset=offset, context=0,
            sql=sql, passages=False, versions=versions,
        )  # fmt: skip


@app.command()
def timeline(
    archive: Archive,
    filters: Filters,
    form: Form,
    queries: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY...", help="Each argument is one query; none: all articles."),
    ] = None,
    by: Annotated[
        Literal["day", "week", "month", "quarter", "year"],
        typer.Option("--by", metavar="PERIOD", help="day, week, month, quarter or year."),
    ] = "month",
) -> None:
    """Count the hits of one or several queries by day, week, month, quarter or year.

    Each argument is one query, so put a query of several words in quotes. Shares are of all
    articles of the period; weeks are those of ISO 8601. Periods go from the first to the last that
    --date, --after and --before ask for, else of the archive. Partial matches do not count.

    For example:
    archive timeline 'state visit' zelensky --by year
    archive timeline moscow --date 2022.. --csv"""
    from archive.render import records, rows, timeline_chart

    for query in queries or []:
        point_out(query)
    found = archive.timeline(queries or [""], by, filters=filters)
    rows.put(
        form,
        records.timeline(found),
        lambda: timeline_chart.show_timeline(found),
        records.KEYS["timeline"],
    )
    if not found.most:
        found_nothing("nothing found")


@app.command()
def concordance(
    archive: Archive,
    query: Annotated[list[str], typer.Argument(metavar="QUERY...", help="As in search.")],
    filters: Filters,
    form: Form,
    sort: Annotated[
        Literal["date", "left", "right"],
        typer.Option(
            "--sort",
            metavar="ORDER",
            help="date (oldest first), or by the words on the left or the right.",
        ),
    ] = "date",
    width: Annotated[
        int | None,
        typer.Option(
            "--width", metavar="N", parser=number("--width", 40, 2000), help="Cells of a line."
        ),
    ] = None,
    limit: Limit = 100,
    versions: Versions = False,
) -> None:
    """Show each occurrence of the query's words on a line, the word in one column (KWIC).

    Every form that the search finds counts. Titles are cited as ID, paragraphs as ID:PARAGRAPH.

    For example:
    archive concordance moscow
    archive concordance 'grain OR wheat' --sort right --width 80"""
    from archive.render import kwic, records, rows

    text = joined(query)
    point_out(text)
    found = archive.occurrences(
        text, filters=filters, sort=sort, limit=limit + 1, versions=versions
    )
    first = [*islice(found, min(limit, 1))]
    lines = chain(first, islice(found, limit - len(first)))
    side = (width or 100) // 2
    rows.put(
        form,
        (records.line(line, side) for line in lines),
        lambda: kwic.show_lines(lines, width),
        records.KEYS["line"],
    )
    more = next(found, None) is not None
    if not first:
        found_nothing(None if more else f"nothing found for {quoted(text)}")
    if more:
        note(f"the first {limit:,}; --limit for more")


@app.command()
def quote(
    archive: Archive,
    words: Annotated[
        list[str], typer.Argument(metavar="TEXT", help="The quotation; - reads it from input.")
    ],
    form: Form,
    limit: Limit = 3,
    versions: Versions = False,
) -> None:
    """Check a quotation: where it comes from, and word by word what differs.

    Case, punctuation and quote marks do not matter, and ... or [...] stands for words left out.
    [-Words-] are in the article alone, {+words+} in the quotation alone. A place counts where
    three words of four agree, and at least five; with fewer, only exact wording does. Replaced
    versions count where no current one has the exact words; with --versions always.

    For example:
    archive quote 'planned a state visit to Moscow'
    archive quote --json 'planned a state visit to Moscow'"""
    from archive.questions.quotation import LONGEST
    from archive.render import comparisons, records, rows

    text = " ".join(words)
    if text == "-":
        text = sys.stdin.buffer.read(8 * LONGEST).decode(errors="replace")
    found = archive.quote(text, limit=limit, versions=versions)
    rows.put_each(
        form, found, records.quotation, comparisons.show_quotations, records.KEYS["quotation"]
    )
    if not found:
        found_nothing("nothing comes close to this quotation")


@app.command()
def similar(
    archive: Archive,
    address: Annotated[str, typer.Argument(metavar="ID", help="12, or 12@1 for a version.")],
    form: Form,
    limit: Limit = 10,
) -> None:
    """Show the articles most like one: copies of it first, then others on the same matter.

    For example:
    archive similar 1
    archive similar 1 -n 3 --json"""
    from archive.address import whole
    from archive.render import comparisons, records, rows

    place = whole(address)
    found = archive.similar(archive.article(place.article_id, place.version), limit=limit)
    rows.put_each(form, found, records.similar, comparisons.show_similar, records.KEYS["similar"])
    if not found:
        found_nothing(f"nothing like article {address} found")


@app.command()
def duplicates(
    archive: Archive,
    form: Form,
    within: Annotated[
        int | None,
        typer.Option(
            "--within",
            metavar="DAYS",
            parser=number("--within"),
            help="Only if so many days apart at most.",
        ),
    ] = None,
) -> None:
    """Show groups of copies, lightly edited ones too, with the share of text in common.

    For example:
    archive duplicates
    archive duplicates --within 3"""
    from archive.render import comparisons, records, rows

    found = archive.duplicates(within=within)
    rows.put_each(form, found, records.copies, comparisons.show_duplicates, records.KEYS["copies"])
    if not found:
        found_nothing("no article is a copy of another")
