"""The commands that read what was found: show, cite, history, diff, sources, serve."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archive.cli.app import app, found_nothing, note, number
from archive.errors import UsageError

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.rows import Form


@app.command()
def show(
    archive: Archive,
    addresses: Annotated[
        list[str],
        typer.Argument(metavar="ID[:P[-Q]]...", help="12, 12:7, 12:7-9; 12@1; hash:1a2b3c4d."),
    ],
    form: Form,
    raw: Annotated[bool, typer.Option("--raw", help="The source file's exact bytes.")] = False,
) -> None:
    """Show articles, or some of their paragraphs.

    A content that was cited by its SHA-256 is found in any archive by hash: and 8 digits or more.

    For example:
    archive show 1
    archive show 1:2-3 2 --json"""
    from archive.address import whole
    from archive.render import article_view, records, rows

    with archive.snapshot():
        places = [archive.place(address) for address in addresses]
        if raw:
            found = [whole(str(place)) for place in places]
            sys.stdout.buffer.writelines(archive.raw(one.article_id, one.version) for one in found)
            return
        if form == "csv" and len({place.first is None for place in places}) > 1:
            raise UsageError("--csv: articles and paragraphs have other columns: ask for one kind")
        shown = [
            archive.article(place.article_id, place.version)
            if place.first is None
            else archive.paragraphs(str(place))
            for place in places
        ]
    rows.put(form, records.shown(shown), lambda: article_view.show(shown))


@app.command()
def cite(
    archive: Archive,
    addresses: Annotated[
        list[str],
        typer.Argument(metavar="ID[:P[-Q]]...", help="12, 12:7-9, 12@1:7, hash:1a2b3c4d."),
    ],
    form: Form,
    style: Annotated[
        Literal["plain", "bibtex", "csl-json"],
        typer.Option(
            "--style",
            metavar="STYLE",
            help="plain (a line for a footnote), or bibtex or csl-json for a reference manager.",
        ),
    ] = "plain",
) -> None:
    """Print citations for your own text, each with what is needed to check it later.

    The version is always named, so that the citation stays true when the article changes.

    For example:
    archive cite 1:2
    archive cite 1:2-3 2 --style bibtex"""
    from archive.render import citations, records, rows

    cited = [archive.cite(address) for address in addresses]
    rows.put(
        form,
        (records.citation(one, citations.written(one, style)) for one in cited),
        lambda: citations.show(cited, style),
    )


@app.command()
def history(
    archive: Archive,
    address: Annotated[str, typer.Argument(metavar="ID", help="Number of an article.")],
    form: Form,
) -> None:
    """Show the versions of an article, the first one first.

    For example:
    archive history 1
    archive history 1 --json"""
    from archive.address import whole
    from archive.render import article_view, records, rows

    number = whole(str(archive.place(address))).article_id
    found = archive.history(number)
    rows.put(
        form,
        (records.version(number, version) for version in found),
        lambda: article_view.show_versions(number, found),
    )


@app.command()
def diff(
    archive: Archive,
    old: Annotated[str, typer.Argument(metavar="ID", help="12 for its last change, or 12@1.")],
    form: Form,
    new: Annotated[str | None, typer.Argument(metavar="ID", help="What to compare with.")] = None,
) -> None:
    """Show word by word what differs between two articles, or two versions of one.

    With one version, it is compared with the next; with an article alone, its last change is shown.

    For example:
    archive diff 1
    archive diff 1@1 2"""
    from archive.render import comparisons, records, rows

    found = archive.diff(old, new)
    rows.put(
        form,
        records.changes(found),
        lambda: comparisons.show_changes(found),
        records.KEYS["changes"],
    )
    if not found.differences:
        found_nothing("the texts do not differ")


@app.command()
def sources(
    archive: Archive,
    form: Form,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only files that are not there now.")
    ] = False,
) -> None:
    """List the files that articles were read from, and with --missing which are gone.

    A file that disappears changes nothing. If its folder has moved, 'archive relocate' says so.

    For example:
    archive sources
    archive sources --csv"""
    from archive.render import article_view, records, rows

    found = archive.sources(missing=missing)
    rows.put_each(form, found, records.source_file, article_view.show_files, records.SOURCE_FILE)
    if not found:
        found_nothing("no file is missing" if missing else "the archive has no sources")


@app.command()
def serve(
    archive: Archive,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen: this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="N",
            parser=number("--port", 1, 65_535),
            help="Default: 8642, or a free one.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="A name that browsers may call it by."),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
) -> None:
    """Show the archive in a browser, until Ctrl-C. Writes nothing.

    Only this machine can reach it, unless --host and --allow-host name another address. Then
    everybody who reaches that address can read the whole archive.

    For example:
    archive serve --open
    archive serve --port 8650"""
    try:
        from archive.web import server
    except ModuleNotFoundError as error:
        advice = "install the extra 'web' (pip install 'article-archive[web]')"
        raise UsageError(f"serve needs {error.name}: {advice}") from None
    names = allow_host or []
    if not (names or server.is_loopback(host)):
        raise UsageError(
            f"--host {host} lets others read the whole archive: name with --allow-host by which"
            " name or address their browsers may call it"
        )
    with archive.snapshot():  # says now what is wrong with the archive
        pass
    with server.listen(host, port) as listening:
        place = server.address(listening, host, names)
        taken = listening.getsockname()[1]
        if port is None and taken != server.PORT:
            note(f"port {server.PORT} is in use, so this is port {taken}")
        if not server.is_loopback(host):
            note(f"everybody who reaches {host} can read the whole archive, without a password")

        def ready() -> None:
            print(f"{archive.path} is at {place} until Ctrl-C", flush=True)
            if open_:
                server.open_browser(place)

        server.serve(archive.path, listening, names, ready)
