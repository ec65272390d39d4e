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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import files as database
from archive.engines.sqlite.engine import Engine
from archive.errors import unknown
from archive.records import Passage

if TYPE_CHECKING:
    from archive.engines.sqlite.sql import Rows
    from archive.ingest.run import Options
    from archive.query.read import Filters
    from archive.questions.concordance import Line
    from archive.questions.quotation import Quotation
    from archive.questions.similar import Copy, Similar
    from archive.questions.statistics import Stats
    from archive.questions.timeline import Timeline
    from archive.records import Citation, IngestReport, StoredArticle, Version
    from archive.search.explain import Blame, Explanation
    from archive.search.searcher import Results
    from archive.text.diff import Difference
    from archive.upkeep.doctor import Finding
    from archive.upkeep.export import ExportReport
    from archive.upkeep.verify import VerifyReport


class Archive:
    """An archive file. Opens it for reading on first use, and for writing only in the methods that
    say so; a missing file is made by `ingest` alone.

    Every method raises `ArchiveError` (its children say what is wrong) and nothing else on
    purpose. Not for use by several threads at once.
    """

    def __init__(self, path: str | os.PathLike[str] = "archive.db") -> None:
        self.path = os.fspath(path)
        self._engine = Engine(self.path)

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
        self._engine.close()

    def search(  # noqa: PLR0913 - as many as the command has options
        self, query: str, *, filters: Filters | None = None, sort: str = "auto",
        limit: int = 10, offset: int = 0, context: int = 0,
    ) -> Results:  # fmt: skip
        """The hits of a query, best first (newest first where it has no words); an empty query
        finds everything. `filters` are further conditions, by field of the query language;
        `context` is the number of paragraphs to bring on either side of the best ones."""
        from archive.query.read import read
        from archive.search.searcher import search

        with self._engine.snapshot() as snapshot:
            asked = read(query, filters)
            return search(
                snapshot.index, asked, sort=sort, limit=limit, offset=offset, context=context
            )

    def explain(self, query: str, *, filters: Filters | None = None) -> Explanation:
        """How a query was read, and what each part of it finds alone."""
        from archive.query.read import read
        from archive.search.explain import explain

        with self._engine.snapshot() as snapshot:
            return explain(snapshot.index, read(query, filters))

    def blame(self, query: str, *, filters: Filters | None = None) -> Blame:
        """Which word or filter of a query that finds nothing is to blame for it."""
        from archive.query.read import read
        from archive.search.explain import blame
        from archive.search.spelling import suggest

        with self._engine.snapshot() as snapshot:
            return blame(snapshot.index, read(query, filters), partial(suggest, snapshot.terms))

    def count(self, query: str, *, filters: Filters | None = None) -> int:
        """Number of articles that a query finds; partial matches do not count."""
        from archive.query.read import read
        from archive.search.searcher import count

        with self._engine.snapshot() as snapshot:
            return count(snapshot.index, read(query, filters))

    def facet(
        self, query: str, name: str, *, filters: Filters | None = None
    ) -> list[tuple[str | None, int]]:
        """(value, number of articles) over all hits of a query, by `category`, `year`, `month` or
        `byline`; partial matches do not count."""
        from archive.query.read import read
        from archive.search.searcher import facet

        with self._engine.snapshot() as snapshot:
            return facet(snapshot.index, read(query, filters), name)

    def concordance(
        self, query: str, *, filters: Filters | None = None, sort: str = "date",
        limit: int = 100,
    ) -> tuple[Line, ...]:  # fmt: skip
        """The first `limit` occurrences of a query's words in its hits, with what stands beside
        them: oldest first (`date`), or by the words to the `left` or the `right`."""
        from archive.query.read import read
        from archive.questions.concordance import concordance

        with self._engine.snapshot() as snapshot:
            asked = read(query, filters)
            return concordance(snapshot.connection, snapshot.index, asked, sort=sort, limit=limit)

    def timeline(
        self, queries: Sequence[str], by: str = "month", *, filters: Filters | None = None
    ) -> Timeline:
        """The hits of each query (or of a single one), and all articles, by `day`, `week`, `month`
        or `year`; partial matches do not count, and an empty query is all articles."""
        from archive.query.read import read
        from archive.questions.timeline import PERIODS, timeline
        from archive.search.searcher import facet

        queries = [queries] if isinstance(queries, str) else queries
        if by not in PERIODS:
            raise unknown("period", by, PERIODS)
        with self._engine.snapshot() as snapshot:
            days = [facet(snapshot.index, read(query, filters), "day") for query in queries]
            return timeline(queries, days, facet(snapshot.index, read(""), "day"), by)

    def article(self, article_id: int, version: int | None = None) -> StoredArticle:
        """An article, in its current version or the one given; `NoSuchArticle`."""
        from archive.engines.sqlite import articles as reading

        with self._engine.snapshot() as snapshot:
            return reading.load(snapshot.connection, article_id, version)

    def paragraphs(self, address: str) -> tuple[Passage, ...]:
        """The paragraphs at an address: `12`, `12:7`, `12:7-9`, `12@1:7`; `NoSuchArticle`."""
        from archive.engines.sqlite import articles as reading

        place = reading.address(address)
        stored = self.article(place.article_id, place.version)
        texts = stored.article.paragraphs
        return tuple(
            Passage(place.article_id, position, texts[position - 1], version=place.version)
            for position in reading.span(place, stored)
        )

    def cite(self, address: str) -> Citation:
        """What a citation of an address says: `12`, `12:7`, `12:7-9`, `12@1:7`; `NoSuchArticle`."""
        from archive.engines.sqlite import articles as reading

        with self._engine.snapshot() as snapshot:
            return reading.cite(snapshot.connection, address)

    def raw(self, article_id: int, version: int | None = None) -> bytes:
        """The exact bytes of the file that an article was read from."""
        from archive.engines.sqlite import articles as reading

        with self._engine.snapshot() as snapshot:
            return reading.raw(snapshot.connection, article_id, version)

    def history(self, article_id: int) -> tuple[Version, ...]:
        """All versions of an article, the first one first; `NoSuchArticle`."""
        from archive.engines.sqlite import articles as reading

        with self._engine.snapshot() as snapshot:
            return reading.history(snapshot.connection, article_id)

    def diff(self, old: StoredArticle, new: StoredArticle) -> tuple[Difference, ...]:
        """What differs between two articles or versions, word by word."""
        from archive.text.diff import compare

        return compare(old.article, new.article)

    def quote(self, text: str, *, limit: int = 3) -> tuple[Quotation, ...]:
        """Where a quotation comes from, best places first, with what differs; none where nothing
        comes close. Replaced versions count where no current one has the exact words."""
        from archive.questions.quotation import check

        with self._engine.snapshot() as snapshot:
            return check(snapshot.index, snapshot.terms, snapshot.texts, text, limit)

    def similar(self, stored: StoredArticle, *, limit: int = 10) -> tuple[Similar, ...]:
        """The articles most like one of this archive: its copies, then those on its matter."""
        from archive.questions import similar

        with self._engine.snapshot() as snapshot:
            return similar.similar(snapshot.index, snapshot.terms, stored, limit)

    def duplicates(self, *, within: int | None = None) -> list[tuple[Copy, ...]]:
        """Groups of near-duplicates, the earliest article of each first; with `within`, only those
        published at most that many days apart."""
        from archive.questions import similar

        with self._engine.snapshot() as snapshot:
            return similar.duplicates(snapshot.index, snapshot.texts, within)

    def stats(self) -> Stats:
        """Counts, dates, categories and sizes."""
        from archive.questions import statistics as figures

        with self._engine.snapshot() as snapshot:
            return figures.stats(snapshot.connection, self.path)

    def sql(self, statement: str, *, timeout: float = 5.0) -> Rows:
        """The rows of a SELECT, run in a process of its own that can do nothing but read."""
        from archive.engines.sqlite import sql as sqlroom

        database.open_for_reading(self.path).close()  # says what is wrong with the archive, if so
        return sqlroom.run(self.path, statement, timeout)

    def verify(
        self, progress: Callable[[int, int], object] | None = None, *, quick: bool = False
    ) -> VerifyReport:
        """Read and check everything: structure, index, and every text and file by fingerprint;
        with `quick`, all but the index against its text. `progress` is called with the articles
        done and all there are."""
        from archive.upkeep.verify import verify

        with self._engine.errors():
            return verify(self._engine.reader, self.path, progress, quick=quick)

    def doctor(self) -> tuple[Finding, ...]:
        """The state of the archive and its surroundings, each with what to do; never an error."""
        from archive.upkeep.doctor import examine

        return examine(self.path)

    def backup(self, target: str | os.PathLike[str], *, keep: int | None = None) -> str:
        """A checked copy, as of one moment, while others may read and write; its path. With `keep`,
        the target is a folder in which the newest so many copies stay."""
        from archive.upkeep import backup as backups

        with self._engine.errors():
            return backups.backup(self._engine.reader, self.path, os.fspath(target), keep)

    def restore(self, source: str | os.PathLike[str]) -> str | None:
        """Put a backup in this archive's place; the path of what was there, which is kept, or
        None. Writes."""
        from archive.upkeep import backup as backups

        self.close()
        with self._engine.errors():
            return backups.restore(os.fspath(source), self.path)

    def export(self, folder: str | os.PathLike[str]) -> ExportReport:
        """Write every source below an empty folder, byte for byte."""
        from archive.upkeep.export import export

        with self._engine.errors():
            return export(self._engine.reader, os.fspath(folder))

    def dump(self) -> Iterator[str]:
        """The lines of the archive as text (docs/dump.md), as of one moment."""
        from archive.upkeep.dump import dump

        with self._engine.errors():
            yield from dump(self._engine.reader, database.REVISIONS[-1])

    def load(self, lines: Iterable[bytes], name: str = "dump") -> int:
        """Make this archive, which must be missing, from the lines of a dump; the number of
        articles. Writes; `name` stands for the dump in errors."""
        from archive.upkeep.dump import load
        from archive.upkeep.reindex import reindex

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
        from archive.formats.dated_text import known_encoding
        from archive.ingest import run as ingest

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
        from archive.upkeep.reindex import reindex

        self.close()
        with database.open_for_writing(self.path) as connection:
            return reindex(connection)
