"""The one table of the fields that a query may name, and the options `--field` with them.

Read by the parser, the options of the commands, and the page about the language. Imports next to
nothing, for every command loads it.
"""

from __future__ import annotations

from typing import Literal

from archive.record_class import record

Kind = Literal["text", "paragraph", "words", "path", "hash", "date"]
"""What a value in a field is: indexed words (`text`), words of one `paragraph`, `words` of a column
of few values, a piece of a source's `path` or URL, the beginning of a `hash`, or a `date`."""


@record
class Field:
    """One field of the language, with an example and a line of help."""

    name: str
    kind: Kind
    example: str
    help: str


FIELDS = {
    field.name: field
    for field in (
        Field("title", "text", 'title:"state visit"', "words or a phrase in the title"),
        Field("para", "paragraph", "para:(xi putin invitation)", "all of it in one paragraph"),
        Field(
            "category",
            "words",
            "category:politics",
            "the category holds these words; `=World` is all of it",
        ),
        Field("byline", "words", "byline:smith", "the byline holds these words, or with = is this"),
        Field(
            "publication",
            "words",
            "publication:guardian",
            "the publication holds these words, or with = is this",
        ),
        Field("source", "path", "source:2023/", "the path of a source file holds this text"),
        Field("url", "path", "url:bbc.co.uk", "the address on the web holds this text"),
        Field("hash", "hash", "hash:1a2b3c4d", "the fingerprint begins so (8 digits or more)"),
        Field("date", "date", "date:2022..2023-02", "published in a year, month, day or range"),
        Field("after", "date", "after:2023-01-01", "published later than this year, month or day"),
        Field("before", "date", "before:2023-02", "published before this year, month or day"),
    )
}
