"""What the rest of the program may ask of a database: narrow protocols and their frozen records.

An engine is a folder beside this file. `api.Archive` makes one from the path or address that it is
given; everything else sees these protocols alone and no connection, no SQL and no cursor.

    Engine      opens, locks, upgrades, copies and checks an archive      (keeping)
    Snapshot    one archive as of one moment, for reading:
      .articles   articles, versions, sources                             (reading)
      .index      a query tree -> counts, facets, ranked hits, marks      (finding.py)
      .replaced   the same for replaced versions                          (finding.py)
      .terms      the words of the index and how common they are          (texts.py)
      .texts      what articles say, many at a time                       (texts.py)
      .tables     all rows of a table, and figures                        (keeping)
      .audit      everything in order, for verify                         (keeping)
    Filling     an archive that is being made from a dump                 (keeping)
    Desk        what a run of ingest asks and stores                      (writing.py)

The reports of what is taken back on purpose are in `taking_back.py`, what ranking goes by is in
`ranking.py`. Each protocol has the methods that its callers need,
and no more. All of them raise `ArchiveError` and its children, never an error of a database's
library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.record_class import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any, Protocol

    from archive.engines.finding import Found, Index, Replaced
    from archive.engines.rows import (
        ArticleRow,
        ContainerRow,
        IngestRow,
        ParagraphRow,
        RejectionRow,
        RevisionRow,
        RootRow,
        SourceRow,
    )
    from archive.engines.taking_back import (
        MergeReport,
        RelocationReport,
        RemovalReport,
        RestoreReport,
        SourceFile,
    )
    from archive.engines.texts import Terms, Texts
    from archive.records import StoredArticle, Version
else:
    Protocol = object  # a true one takes 0.1 ms to define, and a search meets this module


# Keeping


@record
class Finding:
    """One thing that was looked at: its name, what was found, and what to do (None if nothing)."""

    name: str
    found: str
    advice: str | None = None


@record
class Rows:
    """The answer to a statement of the user's: column names, and rows as they come. Values are str,
    int, float, bytes or None."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


class Engine(Protocol):
    """An archive in a database. Opens it on first use; `close` lets go of it until the next."""

    path: str
    """The path that it was made with."""

    @property
    def schema(self) -> str:
        """The revision of the schema that this program reads and writes."""

    def close(self) -> None:
        """Let go of the archive; the next question opens it again."""

    def interrupt(self) -> None:
        """Stop the question that another thread is asking, with `ArchiveStopped`."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """The archive as of one moment, for all questions asked in the block."""

    def revision(self) -> str:
        """The revision of the archive's schema; `ArchiveOutdated` if it is of a newer program."""

    def condition(self) -> Iterator[Finding]:
        """What can be said of the archive and its surroundings from outside; never an error."""

    def index_problem(self) -> str | None:
        """Compares the whole index with its text: what is wrong in one line, or None."""

    def reindex(self) -> int:
        """Make the index anew from the text; the number of articles. Writes."""

    def upgrade(self) -> tuple[str, str, str | None]:
        """Bring the archive to this program's schema: (revision before, after, path of the backup
        of what was there or None). Writes."""

    def making(self) -> AbstractContextManager[Filling]:
        """An empty archive, which is there when the block is done, or not at all; `UsageError` if
        there is one. Writes."""

    def copies(self, place: str) -> AbstractContextManager[Copies]:
        """What makes and compares copies; until the end of the block no other process does so at
        that place. `UsageError` if the archive itself lies there."""

    def restore(self, source: str, check: Callable[[Engine], None]) -> RestoreReport:
        """Put the copy at `source` in the archive's place, after `check` has found it sound. What
        was there is kept, and what was removed from it stays out. Writes."""

    def remove(
        self, article_ids: Sequence[int], reason: str | None, *, dry_run: bool
    ) -> RemovalReport:
        """Take articles out for good, with their versions, bytes and index entries; what they held
        is kept out from now on. `NoSuchArticle`. Writes."""

    def relocate(self, old: str, new: str, *, dry_run: bool) -> RelocationReport:
        """Give all that is known at and below one path its place at and below another. Writes."""

    def merge(self, other: str, *, dry_run: bool) -> MergeReport:
        """Bring in all that the archive at `other` holds. Writes."""

    def sql(self, statement: str, seconds: float) -> Rows:
        """The rows of a SELECT of the user's, run where it can do nothing but read."""


class Copies(Protocol):
    """Makes and compares copies of an archive."""

    def lacks(self, path: str, *, runs_only: bool = False) -> str | None:
        """What the copy at `path` holds and the archive does not; None if it is an earlier state of
        the archive. `runs_only` compares the runs of ingest alone, which tell archives apart.
        `ArchiveError` for what is no archive."""

    def make(self, target: str, check: Callable[[Engine], None]) -> None:
        """Copy the archive, as of one moment, to a path; put there in one step, after `check` has
        found the finished copy sound."""

    def remove(self, path: str) -> None:
        """Remove a copy."""


class Snapshot(Protocol):
    """An archive as of one moment."""

    @property
    def articles(self) -> Articles:
        """The articles, one by one."""

    @property
    def index(self) -> Index:
        """The full-text index."""

    @property
    def replaced(self) -> Replaced:
        """The replaced versions."""

    @property
    def terms(self) -> Terms:
        """The words of the index."""

    @property
    def texts(self) -> Texts:
        """What articles say, many at a time."""

    @property
    def tables(self) -> Tables:
        """The tables as a whole."""

    @property
    def audit(self) -> Audit:
        """Everything, for verify."""


# Reading


class Articles(Protocol):
    """Articles by number and version; `NoSuchArticle` for what is not there."""

    def load(self, article_id: int, version: int | None = None) -> StoredArticle:
        """An article, in its current version or the one given."""

    def paragraphs(self, article_id: int) -> tuple[str, ...]:
        """The text of an article's current version."""

    def history(self, article_id: int) -> tuple[Version, ...]:
        """All versions of an article, the first one first."""

    def neighbours(self, article_id: int) -> tuple[Found | None, Found | None]:
        """The articles before and after one in order of date and number, where there are any."""

    def with_content(self, fingerprint: str) -> tuple[int, int | None]:
        """The article whose content has a fingerprint that begins so (in hexadecimal), and its
        version, None for the current one; `UsageError` if several do."""

    def kept(self, stored: StoredArticle) -> tuple[bytes | None, bytes, int] | None:
        """What is kept of the bytes of a version: (its own copy of them where the text does not
        rebuild them, their SHA-256, their number); None if it has no source."""

    def container(self, stored: StoredArticle) -> Iterator[bytes] | None:
        """The bytes of the file with many articles that a version was read from, piece by piece;
        None where it has a file of its own."""


# Every row in order


@record
class Stats:
    """Figures of an archive. Sizes in bytes; `categories` by number of articles, most first."""

    articles: int
    paragraphs: int
    words: int
    sources: int
    revisions: int
    first_date: str | None
    last_date: str | None
    categories: tuple[tuple[str | None, int], ...]
    size: int
    text_size: int
    index_size: int


class Tables(Protocol):
    """The tables of a snapshot as a whole."""

    def rows(self, table: str, by: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """The rows of a table in the order of the columns `by`, or of its key."""

    def files(self) -> Iterator[SourceFile]:
        """Each file that was read, by path."""

    def figures(self) -> Stats:
        """Counts, dates, categories and sizes."""

    def findings(self) -> Iterator[Finding]:
        """What can be said of the archive's state from inside."""

    def users_own(self) -> list[str]:
        """The names of tables and views that are not the archive's: a dump leaves them out."""


class Audit(Protocol):
    """Everything that verify reads; `Unreadable` where the database cannot read on."""

    def faults(self) -> Iterator[str]:
        """What the database itself finds wrong, a line each: structure, references, index."""

    def article_count(self) -> int:
        """How many articles there are."""

    def articles(self) -> Iterator[tuple[ArticleRow, list[ParagraphRow], list[SourceRow]]]:
        """Each article, by number, with its paragraphs and the sources of its current version."""

    def revisions(self) -> Iterator[RevisionRow]:
        """Each replaced version."""

    def removed(self) -> int:
        """How many articles were taken out."""

    def containers(self) -> Iterator[tuple[ContainerRow, Iterator[bytes]]]:
        """Each state of each file with many articles, and its bytes, piece by piece."""

    def lost_members(self) -> Iterator[str]:
        """Names of members whose file is not there."""

    def earlier_sources(self) -> Iterator[tuple[SourceRow, RevisionRow | None]]:
        """Each source that holds a replaced version, with that version if it is there."""

    def ingests(self) -> Iterator[IngestRow]:
        """Each run."""

    def rejections(self) -> Iterator[RejectionRow]:
        """Each rejected file."""

    def roots(self) -> Iterator[RootRow]:
        """Each folder that a run of ingest was given, the earliest first."""


class Filling(Protocol):
    """An empty archive that takes rows. `Unfit` for rows that do not fit what is there."""

    @property
    def articles(self) -> Articles:
        """The articles put in so far."""

    def insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put rows into a table; they all name the same columns."""

    def finish(self) -> None:
        """Check that nothing refers to what is not there, build the index and keep it all."""
