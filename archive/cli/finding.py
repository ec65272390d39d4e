"""The commands that only read: search, list, show, stats, sql, schema."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from archive.cli.app import (
    Db,
    Filters,
    Json,
    Limit,
    Offset,
    app,
    archive_at,
    complain,
    with_filters,
)
from archive.errors import UsageError, quoted, shortened

if TYPE_CHECKING:
    from archive import Archive
    from archive.search.explain import Blame
    from archive.search.searcher import Results

NOTHING_FOUND = 1

Sort = Annotated[
    Literal["auto", "relevance", "newest", "oldest"],
    typer.Option("--sort", help="auto: words by relevance, filters alone newest first."),
]
Count = Annotated[bool, typer.Option("--count", help="Print the number of articles alone.")]
Facet = Annotated[
    Literal["category", "year", "month", "byline"] | None,
    typer.Option("--facet", help="Count all hits by this instead of showing them."),
]
Sql = Annotated[bool, typer.Option("--sql", help="Print the SQL that gives these hits.")]
Explain = Annotated[
    bool, typer.Option("--explain", help="Show how the query was read, and what each part finds.")
]
Context = Annotated[
    int, typer.Option("--context", "-C", min=0, help="Paragraphs to show around the best ones.")
]


@app.command()
@with_filters
def search(
    query: Annotated[list[str], typer.Argument(help="Words, phrases and fields.")],
    filters: Filters,
    sort: Sort = "auto",
    limit: Limit = 10,
    offset: Offset = 0,
    count: Count = False,
    facet: Facet = None,
    context: Context = 0,
    explain: Explain = False,
    json: Json = False,
    sql: Sql = False,
    db: Db = None,
) -> None:
    """Find articles, best first, each with its best paragraphs cited as ID:PARAGRAPH.

    Words, "a phrase", -not, OR, ( ), prefix*, NEAR/5, title: para: date:2023-01 and more: see
    'archive help query'.
    """
    text = joined(query)
    if explain:
        from archive.render import articles, screen

        with archive_at(db) as archive:
            found = archive.explain(text, filters=filters)
            articles.show_explanation(screen.screen(), found, json=json)
        raise typer.Exit(0 if found.articles else NOTHING_FOUND)
    _answer(
        text, filters, sort, limit, offset,
        count=count, facet=facet, json=json, sql=sql, passages=True, context=context, db=db,
    )  # fmt: skip


@app.command("list")
@with_filters
def list_(
    filters: Filters,
    query: Annotated[
        list[str] | None, typer.Argument(help="As in search; may be left out.")
    ] = None,
    sort: Sort = "newest",
    limit: Limit = 50,
    offset: Offset = 0,
    count: Count = False,
    facet: Facet = None,
    json: Json = False,
    sql: Sql = False,
    db: Db = None,
) -> None:
    """List articles, newest first, one a line."""
    _answer(
        joined(query or []), filters, sort, limit, offset,
        count=count, facet=facet, json=json, sql=sql, passages=False, db=db,
    )  # fmt: skip


def _answer(
    query: str, filters: Filters, sort: str, limit: int, offset: int,
    *, count: bool, facet: str | None, json: bool, sql: bool, passages: bool, context: int = 0,
    db: str | None,
) -> None:  # fmt: skip
    from archive.render import articles, screen

    with archive_at(db) as archive:
        if count or facet:
            _counted(archive, query, filters, facet=None if count else facet, json=json)
        results = archive.search(
            query, filters=filters, sort=sort, limit=limit, offset=offset, context=context
        )
        _say(results.notices)
        if sql:
            print(results.sql)
        elif json:
            for hit in results:
                screen.json_line(articles.hit_record(hit))
        else:
            _show_results(results, offset, passages=passages)
        if limit and not offset and (results.partial or not results):
            sys.stdout.flush()
            _show_blame(archive.blame(query, filters=filters), query, nothing=not results)
        if not results:
            raise typer.Exit(NOTHING_FOUND)


def _counted(
    archive: Archive, query: str, filters: Filters, *, facet: str | None, json: bool
) -> NoReturn:
    from archive.render import articles, screen

    point_out(query)
    if facet is None:
        total = archive.count(query, filters=filters)
        if json:
            screen.json_line({"articles": total})
        else:
            print(total)
        raise typer.Exit(0 if total else NOTHING_FOUND)
    rows = archive.facet(query, facet, filters=filters)
    articles.show_facet(screen.screen(), facet, rows, json=json)
    if not rows:
        _show_blame(archive.blame(query, filters=filters), query, nothing=True)
    raise typer.Exit(0 if rows else NOTHING_FOUND)


def _show_results(results: Results, offset: int, *, passages: bool) -> None:
    from archive.render import articles, screen

    out = screen.screen()
    for at, hit in enumerate(results):
        if at and passages:
            out.line()
        articles.show_hit(out, hit, passages=passages)
    last = offset + len(results)
    sys.stdout.flush()
    if not results and results.total:
        complain(f"none of the {results.total:,} is on this page: see --offset and --limit")
    elif results.partial:
        complain("no article has all of it; these have some of the words")
    elif results and results[-1].partial:
        complain(f"{results.total:,} have all of the words, the others some of them")
    elif results.total > last:
        complain(f"{offset + 1} to {last} of {results.total:,}; --offset {last} for more")


def joined(arguments: list[str]) -> str:
    """The query that some arguments are; says so where the shell seems to have taken its quotes."""
    from archive.query.hints import lost_quotes

    lost = lost_quotes(arguments)
    if lost:
        complain(lost)
    return " ".join(arguments)


def point_out(query: str) -> None:
    """A line on standard error for whatever in a query was read otherwise than typed."""
    from archive.query.read import read

    _say(read(query).notices)


def _say(notices: tuple[str, ...]) -> None:
    for notice in notices:
        complain(notice)


def _show_blame(found: Blame, query: str, *, nothing: bool) -> None:
    """Why nothing was found, and what may have been meant."""
    if nothing:
        complain(f"nothing found for {quoted(query)}" if query else "nothing found")
    for part in found.missing:
        near = found.suggestions.get(part.strip('"'), ())
        complain(
            f"no article has {shortened(part)}"
            + (f"; did you mean {', '.join(near)}?" if near else "")
        )
    if found.leaves_nothing and found.before:
        complain(
            f"{found.leaves_nothing} leaves nothing of the {found.articles:,} articles"
            f" with {found.before}"
        )


@app.command("help")
def help_(
    topic: Annotated[Literal["query"], typer.Argument(help="query: the query language.")],
) -> None:
    """Print the query language, with examples (docs/query.md)."""
    from archive.query.manual import plain

    print(plain(), end="")


@app.command()
def show(
    address: Annotated[
        str, typer.Argument(metavar="ID[:P[-Q]]", help="12, 12:7, 12:7-9; 12@1 for a version.")
    ],
    raw: Annotated[bool, typer.Option("--raw", help="The source file's exact bytes.")] = False,
    json: Json = False,
    db: Db = None,
) -> None:
    """Show an article, or some of its paragraphs."""
    from archive.address import parse, whole
    from archive.render import articles, screen

    place = (whole if raw else parse)(address)
    with archive_at(db) as archive:
        if raw:
            sys.stdout.buffer.write(archive.raw(place.article_id, place.version))
            return
        if place.first is None:
            stored = archive.article(place.article_id, place.version)
            if json:
                screen.json_line(articles.article_record(stored))
            else:
                articles.show_article(screen.screen(), stored)
            return
        passages = archive.paragraphs(address)
        if json:
            for passage in passages:
                screen.json_line(articles.passage_record(passage))
        else:
            articles.show_passages(screen.screen(), passages)


@app.command()
def history(
    address: Annotated[str, typer.Argument(metavar="ID", help="Number of an article.")],
    json: Json = False,
    db: Db = None,
) -> None:
    """Show the versions of an article, the first one first."""
    from archive.address import whole
    from archive.render import articles, screen

    article_id = whole(address).article_id
    with archive_at(db) as archive:
        articles.show_history(screen.screen(), article_id, archive.history(article_id), json=json)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="ID", help="12 for its last change, or 12@1.")],
    new: Annotated[str | None, typer.Argument(metavar="ID", help="What to compare with.")] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """Show word by word what differs between two articles, or two versions of one.

    With one version, it is compared with the next; with an article alone, its last change is shown.
    """
    from archive.address import whole
    from archive.render import articles, screen

    place = whole(old)
    with archive_at(db) as archive:
        if new is not None:
            other = whole(new)
            before = archive.article(place.article_id, place.version)
            after = archive.article(other.article_id, other.version)
        else:
            after = archive.article(place.article_id)
            first = max(1, after.versions - 1) if place.version is None else place.version
            before = archive.article(place.article_id, first)
            after = archive.article(place.article_id, min(first + 1, after.versions))
        found = archive.diff(before, after)
        articles.show_diff(screen.screen(), before, after, found, json=json)
        if not found:
            complain("the texts do not differ")
            raise typer.Exit(NOTHING_FOUND)


@app.command()
def stats(json: Json = False, db: Db = None) -> None:
    """Show counts, dates, categories and sizes."""
    from dataclasses import asdict

    from archive.render import articles, screen

    with archive_at(db) as archive:
        found = archive.stats()
        if json:
            screen.json_line(asdict(found))
        else:
            articles.show_stats(screen.screen(), found)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT statement; - reads it from input.")],
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    json: Json = False,
    timeout: Annotated[float, typer.Option("--timeout", min=0, help="Seconds it may take.")] = 5.0,
    db: Db = None,
) -> None:
    """Answer a SELECT over the tables of 'archive schema'. Reads only."""
    from archive.render import screen, tables

    if not 0 <= timeout <= 1e6:
        raise UsageError("--timeout takes seconds, from 0 to 1,000,000")
    text = sys.stdin.read() if statement == "-" else statement
    with archive_at(db) as archive:
        answer = archive.sql(text, timeout=timeout)
        if csv:
            tables.write_csv(answer.columns, answer.rows)
        elif json:
            for row in answer.rows:
                screen.json_line(tables.sql_record(answer.columns, row))
        else:
            tables.table(answer.columns, answer.rows)


@app.command()
def schema() -> None:
    """Print the documented tables, with example queries (docs/schema.md)."""
    from archive.schema_doc import markdown

    print(markdown(), end="")
