"""`Archive`: everything the commands do, as one typed object. The commands are thin over it.

with Archive("archive.db") as a:
    a.ingest(["news/"])
    for hit in a.search("xi moscow", limit=10):
        print(hit.article_id, hit.title, [(p.position, p.text) for p in hit.paragraphs])
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from archive import database
from archive.article import Passage
from archive.engines import sqlite
from archive.errors import ArchiveBusy, UsageError, unknown

if TYPE_CHECKING:
    from archive.article import Citation, IngestReport, StoredArticle, Version
    from archive.concordance import Line
    from archive.diff import Difference
    from archive.doctor import Finding
    from archive.explain import Blame, Explanation
    from archive.export import ExportReport
    from archive.figures import Stats
    from archive.ingest import Options
    from archive.quotation import Quotation
    from archive.search import Results
    from archive.similar import Copy, Similar
    from archive.sqlroom import Rows
    from archive.timeline import Timeline
    from archive.verify import VerifyReport


class Archive:
    """An archive file. Opens it for reading on first use, and for writing only in the methods that
    say so; a missing file is made by `ingest` alone.

    Every method raises `ArchiveError` (its children say what is wrong) and nothing else on
    purpose. Not for use by several threads at once.
    """

    def __init__(self, path: str | os.PathLike[str] = "archive.db") -> None:
        self.path = os.fspath(path)
        self._reader: sqlite3.Connection | None = None
        self._state: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.Error):
            raise sqlite.translate(error, self.path) from None

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._reader and not self._reader.in_transaction and self._is_other():
            self.close()
        if self._reader is None:
            self._reader = database.open_for_reading(self.path)
            self._state = sqlite.state_of(self._reader, self.path)
        return self._reader

    def _is_other(self) -> bool:
        """Whether the reader no longer sees the archive, since a restored one took its place, or
        since another user wrote it in a folder where this one must read it as it is."""
        return self._reader is not None and self._state != sqlite.state_of(self._reader, self.path)

    def search(  # noqa: PLR0913 - as many as the command has options
        self, query: str, *, filters: Mapping[str, str] | None = None, sort: str = "auto",
        limit: int = 10, offset: int = 0, context: int = 0,
    ) -> Results:  # fmt: skip
        """The hits of a query, best first (newest first where it has no words); an empty query
        finds everything. `filters` are further conditions, by field of the query language;
        `context` is the number of paragraphs to bring on either side of the best ones."""
        from archive.search import Searcher

        with self._reading() as connection:
            return Searcher(connection).search(
                query, filters=filters, sort=sort, limit=limit, offset=offset, context=context
            )

    def explain(self, query: str, *, filters: Mapping[str, str] | None = None) -> Explanation:
        """How a query was read, and what each part of it finds alone."""
        from archive.explain import explain

        with self._reading() as connection:
            return explain(connection, query, filters=filters)

    def blame(self, query: str, *, filters: Mapping[str, str] | None = None) -> Blame:
        """Which word or filter of a query that finds nothing is to blame for it."""
        from archive.explain import blame

        with self._reading() as connection:
            return blame(connection, query, filters=filters)

    def count(self, query: str, *, filters: Mapping[str, str] | None = None) -> int:
        """Number of articles that a query finds; partial matches do not count."""
        from archive.search import Searcher

        with self._reading() as connection:
            return Searcher(connection).count(query, filters=filters)

    def facet(
        self, query: str, name: str, *, filters: Mapping[str, str] | None = None
    ) -> list[tuple[str | None, int]]:
        """(value, number of articles) over all hits of a query, by `category`, `year`, `month` or
        `byline`; partial matches do not count."""
        from archive.search import Searcher

        with self._reading() as connection:
            return Searcher(connection).facet(query, name, filters=filters)

    def concordance(
        self, query: str, *, filters: Mapping[str, str] | None = None, sort: str = "date",
        limit: int = 100,
    ) -> tuple[Line, ...]:  # fmt: skip
        """The first `limit` occurrences of a query's words in its hits, with what stands beside
        them: oldest first (`date`), or by the words to the `left` or the `right`."""
        from archive.concordance import concordance

        with self._reading() as connection:
            return concordance(connection, query, filters=filters, sort=sort, limit=limit)

    def timeline(
        self, queries: Sequence[str], by: str = "month", *, filters: Mapping[str, str] | None = None
    ) -> Timeline:
        """The hits of each query (or of a single one), and all articles, by `day`, `week`, `month`
        or `year`; partial matches do not count, and an empty query is all articles."""
        from archive.search import Searcher
        from archive.timeline import PERIODS, timeline

        queries = [queries] if isinstance(queries, str) else queries
        if by not in PERIODS:
            raise unknown("period", by, PERIODS)
        with self._reading() as connection:
            facet = Searcher(connection).facet
            days = [facet(query, "day", filters=filters) for query in queries]
            return timeline(queries, days, facet("", "day"), by)

    def article(self, article_id: int, version: int | None = None) -> StoredArticle:
        """An article, in its current version or the one given; `NoSuchArticle`."""
        from archive import reading

        with self._reading() as connection:
            return reading.load(connection, article_id, version)

    def paragraphs(self, address: str) -> tuple[Passage, ...]:
        """The paragraphs at an address: `12`, `12:7`, `12:7-9`, `12@1:7`; `NoSuchArticle`."""
        from archive import reading

        place = reading.address(address)
        stored = self.article(place.article_id, place.version)
        texts = stored.article.paragraphs
        return tuple(
            Passage(place.article_id, position, texts[position - 1], version=place.version)
            for position in reading.span(place, stored)
        )

    def cite(self, address: str) -> Citation:
        """What a citation of an address says: `12`, `12:7`, `12:7-9`, `12@1:7`; `NoSuchArticle`."""
        from archive import reading

        with self._reading() as connection:
            return reading.cite(connection, address)

    def raw(self, article_id: int, version: int | None = None) -> bytes:
        """The exact bytes of the file that an article was read from."""
        from archive import reading

        with self._reading() as connection:
            return reading.raw(connection, article_id, version)

    def history(self, article_id: int) -> tuple[Version, ...]:
        """All versions of an article, the first one first; `NoSuchArticle`."""
        from archive import reading

        with self._reading() as connection:
            return reading.history(connection, article_id)

    def diff(self, old: StoredArticle, new: StoredArticle) -> tuple[Difference, ...]:
        """What differs between two articles or versions, word by word."""
        from archive.diff import compare

        return compare(old.article, new.article)

    def quote(self, text: str, *, limit: int = 3) -> tuple[Quotation, ...]:
        """Where a quotation comes from, best places first, with what differs; none where nothing
        comes close. Replaced versions count where no current one has the exact words."""
        from archive.quotation import check

        with self._reading() as connection:
            return check(connection, text, limit)

    def similar(self, stored: StoredArticle, *, limit: int = 10) -> tuple[Similar, ...]:
        """The articles most like one of this archive: its copies, then those on its matter."""
        from archive import similar

        with self._reading() as connection:
            return similar.similar(connection, stored, limit)

    def duplicates(self, *, within: int | None = None) -> list[tuple[Copy, ...]]:
        """Groups of near-duplicates, the earliest article of each first; with `within`, only those
        published at most that many days apart."""
        from archive import similar

        with self._reading() as connection:
            return similar.duplicates(connection, within)

    def stats(self) -> Stats:
        """Counts, dates, categories and sizes."""
        from archive import figures

        with self._reading() as connection:
            return figures.stats(connection, self.path)

    def sql(self, statement: str, *, timeout: float = 5.0) -> Rows:
        """The rows of a SELECT, run in a process of its own that can do nothing but read."""
        from archive import sqlroom

        _ = self._connection  # says what is wrong with the archive, and keeps its log in place
        return sqlroom.run(self.path, statement, timeout)

    def verify(
        self, progress: Callable[[int, int], object] | None = None, *, quick: bool = False
    ) -> VerifyReport:
        """Read and check everything: structure, index, and every text and file by fingerprint;
        with `quick`, all but the index against its text. `progress` is called with the articles
        done and all there are."""
        from archive.verify import verify

        # A connection of its own, for a dump may be under way on the other one.
        with (
            self._errors(),
            contextlib.closing(database.open_for_reading(self.path)) as connection,
        ):
            return verify(connection, self.path, progress, quick=quick)

    def doctor(self) -> tuple[Finding, ...]:
        """The state of the archive and its surroundings, each with what to do; never an error."""
        from archive.doctor import examine

        return examine(self.path)

    def backup(self, target: str | os.PathLike[str], *, keep: int | None = None) -> str:
        """A checked copy, as of one moment, while others may read and write; its path. With `keep`,
        the target is a folder in which the newest so many copies stay."""
        from archive import backups

        with self._errors():
            return backups.backup(self._connection, self.path, os.fspath(target), keep)

    def restore(self, source: str | os.PathLike[str]) -> str | None:
        """Put a backup in this archive's place; the path of what was there, which is kept, or
        None. Writes."""
        from archive import backups

        self.close()
        with self._errors():
            return backups.restore(os.fspath(source), self.path)

    def export(self, folder: str | os.PathLike[str]) -> ExportReport:
        """Write every source below an empty folder, byte for byte."""
        from archive.export import export

        with self._errors():
            return export(self._connection, os.fspath(folder))

    def dump(self) -> Iterator[str]:
        """The lines of the archive as text (docs/dump.md), as of one moment."""
        from archive.dump import dump

        with self._errors():
            yield from dump(self._connection, database.REVISIONS[-1])

    def load(self, lines: Iterable[bytes], name: str = "dump") -> int:
        """Make this archive, which must be missing, from the lines of a dump; the number of
        articles. Writes; `name` stands for the dump in errors."""
        from archive.dump import load
        from archive.reindex import reindex

        self.close()
        with database.making(self.path) as connection:
            articles = load(connection, lines, name)
            reindex(connection)
        return articles

    def ingest(
        self,
        paths: Iterable[str | os.PathLike[str]] | os.PathLike[str],
        *,
        options: Options | None = None,
        dry_run: bool = False,
        progress: Callable[[int], bool] | None = None,
    ) -> IngestReport:
        """Bring every file at or below the paths, or a single path, into the archive, which is made
        if missing.

        Writes; one process at a time. With `dry_run`, says what it would do and writes nothing.
        `progress` is called with the number of files dealt with, and ends the run by returning
        False: what was dealt with is then stored.
        """
        from archive import ingest
        from archive.formats.dated_text import known_encoding

        self.close()
        given = options or ingest.Options()
        ours = given.passed_over | sqlite.own_files(self.path)
        chosen = replace(given, passed_over=ours, encoding=known_encoding(given.encoding))
        report = progress or (lambda _: True)
        given_paths = [paths] if isinstance(paths, str | os.PathLike) else paths
        names = (os.fspath(path) for path in given_paths)
        if not dry_run:
            with database.open_for_writing(self.path, create=True) as connection:
                return ingest.ingest(connection, names, chosen, progress=report)
        with contextlib.ExitStack() as stack:
            reader = None
            if os.path.lexists(self.path):
                reader = stack.enter_context(database.open_for_rehearsal(self.path))
            return ingest.ingest(reader, names, chosen, dry_run=True, progress=report)

    def upgrade(self) -> tuple[str, str, str | None]:
        """Bring the archive to this program's schema: (revision before, after, backup or None)."""
        self.close()
        return database.upgrade(self.path)

    def reindex(self) -> int:
        """Rebuild the full-text index; the number of articles in it. Writes."""
        from archive.reindex import reindex

        self.close()
        with database.open_for_writing(self.path) as connection:
            return reindex(connection)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for questions that are all answered as of one moment, whatever an ingest
        commits between them."""
        with self._errors():
            connection = self._connection
            if connection.in_transaction:  # of a dump that is being read
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
            self._require_unwritten()
        except sqlite3.Error as error:
            self._require_unwritten()
            if sqlite.is_too_complex(error):
                raise UsageError(f"the query is too complex ({error}): simplify it") from None
            raise sqlite.translate(error, self.path) from None

    def _require_unwritten(self) -> None:
        """Raise if a reader that follows no log may have read half of what another user wrote."""
        if len(self._state) > 2 and self._is_other():
            raise ArchiveBusy(f"{self.path} was written meanwhile: ask again")
