"""What a source format is to the rest: a description, and one of two functions that read it.

Each module of this folder has `FORMAT`, a `Format`, and a function `recognises(file) -> bool` that
looks at the signature of an open file. A format of one article a file has
`parse(data, reading) -> Member`; one of many articles has
`members(file, reading) -> Iterator[Member | Refused]`, which streams. Both raise `ParseError` where
the file as a whole cannot be read. `table.py` lists the modules, and `making.py` has the checked
constructor through which every article of these formats is made. Parsers never see a database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.record_class import record

if TYPE_CHECKING:
    from archive.records import Article


FIELDS = ("date", "title", "text", "byline", "category", "publication", "url", "id", "identifier",
          "language")  # fmt: skip
"""The fields of ours that `--map` can name, for formats whose records have fields of their own."""


@record
class Format:
    """A source format. `endings` are in small letters, with the dot; `reader` is the version of the
    rules, by which a file that an earlier version read is read again; `extra` is what
    `pip install 'article-archive[extra]'` brings, where it needs one. The last three are shown by
    `archive help formats`: how to get such files, what is read of them, what is rejected."""

    name: str
    title: str
    endings: tuple[str, ...]
    reader: str
    many: bool
    obtained: str
    read: str
    rejected: str
    extra: str | None = None


@record
class Reading:
    """How files are read. `max_size` is the limit of one member in bytes; `fields` are pairs
    (field of ours, name that the file has for it) given by `--map`; `date` is the ISO date for
    records that have none, given by `--date`; `format` is the name given by `--format`, None where
    each file is looked at."""

    encoding: str = "utf-8"
    max_size: int = 64 * 1024 * 1024
    fields: tuple[tuple[str, str], ...] = ()
    date: str | None = None
    format: str | None = None

    @property
    def largest_record(self) -> int:
        """The limit of a record of a table in bytes: once it is read it can take twenty times as
        much, where it is made of many short lines or of empty lists."""
        return self.max_size // 16


@record
class Member:
    """One article of a file. `key` tells it from the file's other members and stays when others
    come and go: the record's own id, never its place; None where it has none. `identifier` is an
    accession number or a DOI; `published_at` an ISO time with its offset; `language` a code such
    as `en`. `line` counts from 1; `remarks` are (line or None, what is odd)."""

    article: Article
    key: str | None = None
    url: str | None = None
    identifier: str | None = None
    published_at: str | None = None
    language: str | None = None
    line: int | None = None
    remarks: tuple[tuple[int | None, str], ...] = ()


@record
class Refused:
    """A record of a file that is no article, and why; the others of the file go in. `key` names it
    where it has a name."""

    reason: str
    key: str | None = None
    line: int | None = None
