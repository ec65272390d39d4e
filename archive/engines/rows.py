"""The rows of the tables as typed tuples, for all who must do without SQLAlchemy.

Written from `archive.schema` by `python -m archive.schema_rows`; change it there. Dates and times
are text. Without the import of `annotations` from the future, which would make each class ten times
as slow to define.
"""

from typing import NamedTuple


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


class IngestRow(NamedTuple):
    """One row for each run of ingest, with its counts of files."""

    id: int
    started_at: str
    finished_at: str | None
    new: int
    changed: int
    split: int
    moved: int
    copied: int
    unchanged: int
    rejected: int


class ParagraphRow(NamedTuple):
    """The paragraphs of the current versions."""

    article_id: int
    position: int
    text: str
    folded: str | None


class RejectionRow(NamedTuple):
    """One row for each file that a run rejected."""

    id: int
    ingest_id: int
    path: str
    line: int | None
    reason: str


class RevisionRow(NamedTuple):
    """One row for each replaced version of an article, with all that rebuilds its bytes."""

    article_id: int
    number: int
    published_on: str
    category: str | None
    byline: str | None
    title: str
    text: str
    content_hash: bytes
    path: str
    file_hash: bytes
    size: int
    mtime_ns: int
    original: bytes | None
    replaced_at: str


class SourceRow(NamedTuple):
    """One row for each file that was read; several may hold the same article."""

    id: int
    article_id: int
    revision: int | None
    path: str
    file_hash: bytes
    size: int
    mtime_ns: int
    original: bytes | None
    first_seen_at: str
    last_seen_at: str
