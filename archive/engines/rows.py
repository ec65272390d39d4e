"""The rows of the tables as typed tuples, for all who must do without SQLAlchemy.

Written from `archive.schema` by `python -m archive.schema_rows`; change it there. Dates and times
are text. Without the import of `annotations` from the future, which would make each class ten times
as slow to define.
"""

from typing import NamedTuple


class ArchiveRow(NamedTuple):
    """One row: the identity of this archive, kept by backup, dump and load."""

    id: str
    made_at: str


class ArticleRow(NamedTuple):
    """One row for each article, in its current version."""

    id: int
    published_on: str
    category: str | None
    byline: str | None
    title: str
    folded_title: str | None
    forms: str | None
    word_count: int
    paragraph_count: int
    content_hash: bytes
    added_at: str
    updated_at: str
    publication: str | None


class ContainerRow(NamedTuple):
    """One row for each file of many articles, in each state of it that was read."""

    id: int
    path: str
    format: str
    reader: str
    options: str
    file_hash: bytes
    size: int
    mtime_ns: int
    stored_at: str
    read_at: str | None
    replaced_at: str | None
    gone_at: str | None


class IngestRow(NamedTuple):
    """One row for each run of ingest, with its counts of files."""

    id: int
    started_at: str
    finished_at: str | None
    new: int
    changed: int
    rewritten: int
    split: int
    moved: int
    copied: int
    unchanged: int
    rejected: int


class PieceRow(NamedTuple):
    """The bytes of containers in pieces of 8 MiB; equal pieces are kept once."""

    id: int
    hash: bytes
    data: bytes


class RemovalRow(NamedTuple):
    """One row for each version of each article that was taken out."""

    article_id: int
    content_hash: bytes
    removed_at: str
    reason: str | None


class ContainerPieceRow(NamedTuple):
    """Which pieces make up a container, in order."""

    container_id: int
    position: int
    piece_id: int


class ParagraphRow(NamedTuple):
    """The paragraphs of the current versions."""

    article_id: int
    position: int
    text: str
    folded: str | None


class RejectionRow(NamedTuple):
    """One row for each file that does not go in, until it does."""

    id: int
    path: str
    member: str | None
    size: int | None
    mtime_ns: int | None
    encoding: str | None
    max_size: int | None
    reader: str | None
    line: int | None
    reason: str
    first_ingest_id: int
    last_ingest_id: int


class RevisionRow(NamedTuple):
    """One row for each replaced version of an article, with all that rebuilds its bytes."""

    article_id: int
    number: int
    published_on: str
    category: str | None
    byline: str | None
    title: str
    text: str | None
    content_hash: bytes
    path: str
    file_hash: bytes
    size: int
    mtime_ns: int
    original: bytes | None
    replaced_at: str
    publication: str | None


class RootRow(NamedTuple):
    """What earlier runs of ingest were given."""

    path: str
    options: str
    last_ingest_id: int


class SourceRow(NamedTuple):
    """One row for each file that was read; several may hold the same article."""

    id: int
    article_id: int
    revision: int | None
    path: str
    member: str | None
    file_hash: bytes
    size: int
    mtime_ns: int
    original: bytes | None
    first_seen_at: str
    last_seen_at: str
    gone_at: str | None
    url: str | None
    identifier: str | None
    published_at: str | None
    language: str | None
