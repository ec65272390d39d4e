"""The query that a command was given: its arguments as one text, and lines on how it was read."""

from __future__ import annotations

from archive.cli.app import note


def joined(arguments: list[str]) -> str:
    """The query that some arguments are; says so where the shell seems to have taken its quotes."""
    from archive.query.hints import lost_quotes

    lost = lost_quotes(arguments)
    if lost:
        note(lost)
    return " ".join(arguments)


def point_out(query: str) -> None:
    """A line on standard error for whatever in a query was read otherwise than typed."""
    from archive.query.read import read

    for notice in read(query).notices:
        note(notice)
