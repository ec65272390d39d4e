"""Everything that verify reads, in order, and what SQLite itself says of it.

Statements are made from the names in `engines.rows`, for verify does without SQLAlchemy.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, Generic, TypeVar

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
from archive.engines.sqlite import pieces
from archive.engines.sqlite.connection import INDEXES
from archive.errors import Unreadable

_CACHE_KIB = 65536
"""Of memory for a whole read: what the check of the structure has read is at hand for the rest."""

_Row = TypeVar("_Row", bound=tuple[Any, ...])


class Audit:
    """The rows of a snapshot for verify (`engines.contract.Audit`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def faults(self) -> Iterator[str]:
        """What SQLite itself finds wrong, a line each: structure, references, index."""
        with readable():
            self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            for (line,) in self._connection.execute("PRAGMA integrity_check"):
                if line != "ok":
                    yield f"SQLite: {line}"
            yield from self._cut_short()
            for table, row, parent, _ in self._connection.execute("PRAGMA foreign_key_check"):
                yield f"{table}, row {row}: refers to a row of {parent} that is not there"
            articles = self.article_count()
            for name in INDEXES:
                entries = self._value(f"SELECT count(*) FROM {name}_docsize")
                if entries != articles:
                    said = f"the index {name} has {entries} articles, the tables {articles}"
                    yield f"{said}: run 'archive reindex'"

    def _cut_short(self) -> Iterator[str]:
        """SQLite reads what is missing of the last page as zeros, which an empty page holds.

        A log has the page whole where a full disk stopped its being folded in.
        """
        path = self._value("SELECT file FROM pragma_database_list WHERE name = 'main'")
        page = self._value("PRAGMA page_size")
        if not path or os.path.getsize(path) % page == 0:
            return
        with contextlib.suppress(FileNotFoundError):
            if os.path.getsize(f"{path}-wal"):
                return
        size = self._value("PRAGMA page_count") * page
        yield f"the file has {os.path.getsize(path):,} bytes of {size:,}: it was cut short"

    def article_count(self) -> int:
        """How many articles there are."""
        with readable():
            return int(self._value("SELECT count(*) FROM articles"))

    def articles(self) -> Iterator[tuple[ArticleRow, list[ParagraphRow], list[SourceRow]]]:
        """Each article, by number, with its paragraphs and the sources of its current version."""
        with readable():
            paragraphs = _Groups(
                self._select(ParagraphRow, "paragraphs ORDER BY article_id, position")
            )
            sources = _Groups(
                self._select(SourceRow, "sources WHERE revision IS NULL ORDER BY article_id, id")
            )
            for row in self._select(ArticleRow, "articles ORDER BY id"):
                yield row, paragraphs.of(row.id), sources.of(row.id)

    def revisions(self) -> Iterator[RevisionRow]:
        """Each replaced version, with its text, where the row leaves that to the next one too."""
        with readable():
            columns = ", ".join(_with_text(RevisionRow._fields))
            for row in self._connection.execute(
                f"SELECT {columns} FROM revisions AS r JOIN revision_text AS t"
                " USING (article_id, number) ORDER BY article_id, number"
            ):
                yield RevisionRow(*row)

    def earlier_sources(self) -> Iterator[tuple[SourceRow, RevisionRow | None]]:
        """Each source that holds a replaced version, with that version if it is there."""
        columns = [f"s.{name}" for name in SourceRow._fields]
        columns += _with_text(RevisionRow._fields)
        with readable():
            for row in self._connection.execute(
                f"SELECT {', '.join(columns)} FROM sources AS s LEFT JOIN revisions AS r"
                " ON r.article_id = s.article_id AND r.number = s.revision"
                " LEFT JOIN revision_text AS t"
                " ON t.article_id = s.article_id AND t.number = s.revision"
                " WHERE s.revision IS NOT NULL"
            ):
                source, revision = row[: len(SourceRow._fields)], row[len(SourceRow._fields) :]
                there = revision[0] is not None
                yield SourceRow(*source), RevisionRow(*revision) if there else None

    def containers(self) -> Iterator[tuple[ContainerRow, Iterator[bytes]]]:
        """Each state of each file with many articles, and its bytes, piece by piece."""
        with readable():
            for row in list(self._select(ContainerRow, "containers ORDER BY id")):
                yield row, pieces.blocks(self._connection, row.id)

    def lost_members(self) -> Iterator[str]:
        """Names of members whose file is not there."""
        with readable():
            for path, member in self._connection.execute(
                "SELECT path, member FROM sources WHERE member IS NOT NULL"
                " AND path NOT IN (SELECT path FROM containers)"
            ):
                yield f"{path} [{member}]"

    def removed(self) -> int:
        """How many articles were taken out."""
        with readable():
            return int(self._value("SELECT count(DISTINCT article_id) FROM removals"))

    def ingests(self) -> Iterator[IngestRow]:
        """Each run."""
        with readable():
            yield from self._select(IngestRow, "ingests ORDER BY id")

    def rejections(self) -> Iterator[RejectionRow]:
        """Each rejected file."""
        with readable():
            yield from self._select(RejectionRow, "rejections ORDER BY id")

    def roots(self) -> Iterator[RootRow]:
        """Each folder that a run of ingest was given, the earliest first."""
        with readable():
            yield from self._select(RootRow, "roots ORDER BY last_ingest_id, path")

    def _select(self, kind: type[_Row], rest: str) -> Iterator[_Row]:
        """All columns of the rows that `rest` says: a table, conditions, an order."""
        columns = ", ".join(kind._fields)  # type: ignore[attr-defined]
        # Made as `_make` makes them, without a call of Python for each.
        make: Callable[[Iterable[Any]], _Row] = partial(tuple.__new__, kind)
        return map(make, self._connection.execute(f"SELECT {columns} FROM {rest}"))

    def _value(self, statement: str) -> Any:
        return self._connection.execute(statement).fetchone()[0]


def _with_text(columns: Iterable[str]) -> list[str]:
    """The columns of a version, its text from the view that always has it."""
    return [f"t.{name}" if name == "text" else f"r.{name}" for name in columns]


class _Groups(Generic[_Row]):
    """Rows in the order of their `article_id`, taken article by article."""

    def __init__(self, rows: Iterator[_Row]) -> None:
        self._groups = groupby(rows, attrgetter("article_id"))
        self._next = next(self._groups, None)

    def of(self, article_id: int) -> list[_Row]:
        """The rows of an article; ids are asked for in ascending order."""
        while self._next and self._next[0] < article_id:
            self._next = next(self._groups, None)
        if not self._next or self._next[0] != article_id:
            return []
        rows = list(self._next[1])
        self._next = next(self._groups, None)
        return rows


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """Turns what SQLite says of rows that cannot be read into `Unreadable`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise Unreadable(f"cannot be read to the end: {error}") from None
