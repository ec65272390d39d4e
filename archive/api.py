"""`Archive`: everything the commands do, as one typed object. They are thin wrappers around it.

with Archive("archive.db") as a:
    a.ingest(["news/"])
    for hit in a.search("xi moscow", limit=10):
        print(hit.article_id, hit.title, [(p.position, p.text) for p in hit.paragraphs])
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from archive.address import parse
from archive.engines.sqlite.engine import Engine
from archive.errors import ArchiveUnusable, UsageError

if TYPE_CHECKING:
    from archive.address import Address
    from archive.engines.contract import Finding, Rows, Stats
    from archive.engines.finding import Found, Index
    from archive.engines.sqlite.engine import Snapshot
    from archive.engines.taking_back import (
        MergeReport,
        RelocationReport,
        RemovalReport,
        RestoreReport,
        SourceFile,
    )
    from archive.ingest.options import Options
    from archive.query.read import Filters
    from archive.questions.changes import Changes
    from archive.questions.concordance import Line
    from archive.questions.quotation import Quotation
    from archive.questions.similar import Copy, Similar
    from archive.questions.timeline import Timeline
    from archive.records import Citation, IngestReport, Passage, StoredArticle, Version
    from archive.search.explain import Blame, Explanation
    from archive.search.searcher import Results
    from archive.text.passages import Marks
    from archive.upkeep.export import ExportReport
    from archive.upkeep.taking_back import RejectedFile
    from archive.upkeep.verify import VerifyReport


_ODD = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What the program fails with where an archive holds what ingest never writes, or by a mistake of
ours."""


class Archive:
    """An archive file. Opens it for reading on first use, and for writing only in the methods that
    say so; a missing file is made by `ingest` alone.

    Every method raises `ArchiveError` (its children say what is wrong) and nothing else on
    purpose. Not for use by several threads at once.
    """

    def __init__(self, path: str | os.PathLike[str] = "archive.db") -> None:
        self.path = os.fspath(path)
        self._engine = _engine(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._engine.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """The archive as of one moment, for all questions asked in the block."""
        with self._engine.snapshot():
            yield

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Says that the archive is damaged (`ArchiveUnusable`) where that is why the block fails,
        since rows are not checked one by one as they are read. All methods do so themselves; this
        is for work on what they gave."""
        try:
            yield
        except _ODD as error:
            from archive.upkeep.verify import verify

            there = os.path.exists(self.path)
            problems = verify(_engine(self.path), quick=True).problems if there else ()
            if not problems:
                raise
            raise ArchiveUnusable(
                f"{self.path} is damaged ({problems[0]}): restore a backup, or run 'archive verify'"
                " to see more"
            ) from error

    @contextlib.contextmanager
    def _asked(self) -> Iterator[Snapshot]:
        with self.explained(), self._engine.snapshot() as snapshot:
            yield snapshot

    def interrupt(self) -> None:
        """Stop the question that another thread is asking; there it raises `ArchiveStopped`. The
        one method that another thread may call."""
        self._engine.interrupt()

    @contextlib.contextmanager
    def _index(self, *, versions: bool = False) -> Iterator[Index]:
        """The index of current versions, or with `versions` of the replaced ones too."""
        with self._asked() as snapshot:
            if versions:
                from archive.search.with_replaced import WithReplaced

                yield WithReplaced(snapshot.index, snapshot.replaced)
            else:
                yield snapshot.index

    def search(  # noqa: PLR0913 - as many as the command has options
        self, query: str, *, filters: Filters | None = None, sort: str = "auto",
        limit: int = 10, offset: int = 0, context: int = 0, seed: int = 0, versions: bool = False,
    ) -> Results:  # fmt: skip
        """The hits of a query, best first (newest first where it has no words); an empty query
        finds everything. `filters` are further conditions, by field of the query language;
        `context` is the number of paragraphs to bring on either side of the best ones. A `random`
        order is the same for the same `seed`. With `versions`, replaced versions are searched too,
        here and in the methods below, and each counts as an article. A page of any length takes
        little memory: its hits are made as they are asked for."""
        from archive.query.read import read
        from archive.search.searcher import search

        with self._index(versions=versions) as index:
            return search(
                index, read(query, filters), partial(self._index, versions=versions),
                sort=sort, limit=limit, offset=offset, context=context, seed=seed,
            )  # fmt: skip

    def explain(self, query: str, *, filters: Filters | None = None) -> Explanation:
        """How a query was read, and what each part of it finds alone."""
        from archive.query.read import read
        from archive.search.explain import explain

        with self._asked() as snapshot:
            return explain(snapshot.index, read(query, filters))

    def blame(self, query: str, *, filters: Filters | None = None) -> Blame:
        """Which word or filter of a query that finds nothing is to blame for it."""
        from archive.query.read import read
        from archive.search.explain import blame
        from archive.search.spelling import suggest

        with self._asked() as snapshot:
            return blame(snapshot.index, read(query, filters), partial(suggest, snapshot.terms))

    def count(self, query: str, *, filters: Filters | None = None, versions: bool = False) -> int:
        """Number of articles that a query finds; partial matches do not count."""
        from archive.query.read import read

        with self._index(versions=versions) as index:
            return index.plan(read(query, filters).sought).count()

    def facet(
        self, query: str, name: str, *, filters: Filters | None = None, versions: bool = False
    ) -> list[tuple[str | None, int]]:
        """(value, number of articles) over all hits of a query, by `category`, `year`, `month` or
        `byline`; partial matches do not count."""
        from archive.query.read import read

        with self._index(versions=versions) as index:
            return index.plan(read(query, filters).sought).facet(name)

    def cross(
        self,
        query: str,
        name: str,
        other: str,
        *,
        filters: Filters | None = None,
        versions: bool = False,
    ) -> list[tuple[str | None, str | None, int]]:
        """(value, other value, number of articles) over all hits of a query, by two of the names of
        `facet`; pairs without articles are left out."""
        from archive.query.read import read

        with self._index(versions=versions) as index:
            return index.plan(read(query, filters).sought).cross(name, other)

    def concordance(
        self, query: str, *, filters: Filters | None = None, sort: str = "date",
        limit: int = 100, versions: bool = False,
    ) -> tuple[Line, ...]:  # fmt: skip
        """The first `limit` occurrences of a query's words in its hits, with what stands beside
        them: oldest first (`date`), or by the words to the `left` or the `right`."""
        from archive.query.read import read
        from archive.questions.concordance import concordance

        with self._index(versions=versions) as index:
            return concordance(index, read(query, filters), sort=sort, limit=limit)

    def timeline(
        self, queries: Sequence[str], by: str = "month", *, filters: Filters | None = None
    ) -> Timeline:
        """The hits of each query (or of a single one), and all articles, by `day`, `week`, `month`,
        `quarter` or `year`, from the first to the last period asked for; partial matches do not
        count, and an empty query is all articles."""
        from archive.questions.timeline import timeline

        with self._asked() as snapshot:
            return timeline(snapshot.index, queries, by, filters)

    def read_as(self, query: str, *, filters: Filters | None = None) -> str:
        """How a query is read, in the language's own terms; empty where it asks for everything."""
        from archive.query.describe import describe
        from archive.query.read import read

        return describe(read(query, filters).sought)

    def marks(
        self, article_id: int, query: str, *, filters: Filters | None = None
    ) -> tuple[Marks, dict[int, Marks]]:
        """Where the current version of an article matches a query: in the title, and by position
        in each paragraph; `NoSuchArticle`."""
        from archive.query.read import read
        from archive.search.hits import marks_in

        with self._asked() as snapshot:
            snapshot.articles.load(article_id)
            return marks_in(snapshot.index, read(query, filters).sought, article_id)

    def neighbours(self, article_id: int) -> tuple[Found | None, Found | None]:
        """The articles before and after one in order of date; `NoSuchArticle`."""
        with self._asked() as snapshot:
            return snapshot.articles.neighbours(article_id)

    def article(self, article_id: int, version: int | None = None) -> StoredArticle:
        """An article, in its current version or the one given; `NoSuchArticle`."""
        with self._asked() as snapshot:
            return snapshot.articles.load(article_id, version)

    def place(self, address: str) -> Address:
        """An address as it is written, with the number of the article: `12`, `12:7`, `12:7-9`,
        `12@1:7`, `hash:1a2b3c4d`; `NoSuchArticle` for a fingerprint that no content has."""
        with self._asked() as snapshot:
            return parse(address, snapshot.articles.with_content)

    def paragraphs(self, address: str) -> tuple[Passage, ...]:
        """The paragraphs at an address; `NoSuchArticle`."""
        place = self.place(address)
        return self.article(place.article_id, place.version).passages(place)

    def cite(self, address: str) -> Citation:
        """What a citation of an address says; `NoSuchArticle`."""
        place = self.place(address)
        return self.article(place.article_id, place.version).cite(place)

    def raw(self, article_id: int, version: int | None = None) -> bytes:
        """The exact bytes of the file that an article was read from."""
        from archive.upkeep.export import raw

        with self._asked() as snapshot:
            return raw(snapshot.articles, article_id, version)

    def history(self, article_id: int) -> tuple[Version, ...]:
        """All versions of an article, the first one first; `NoSuchArticle`."""
        with self._asked() as snapshot:
            return snapshot.articles.history(article_id)

    def diff(self, old: str, new: str | None = None) -> Changes:
        """What differs, word by word, between two articles or versions: `12` and `13`, `12@1` and
        `12@3`; `NoSuchArticle`. `12@1` alone is compared with the next version, and `12` alone
        stands for its last change."""
        from archive.address import whole
        from archive.questions.changes import changes

        with self._asked() as snapshot:
            find = snapshot.articles.with_content
            later = None if new is None else whole(new, find)
            return changes(self.article, whole(old, find), later)

    def quote(self, text: str, *, limit: int = 3, versions: bool = False) -> tuple[Quotation, ...]:
        """Where a quotation comes from, best places first, with what differs; none where nothing
        comes close. Replaced versions count where no current one has the exact words, and in any
        case with `versions`."""
        from archive.questions.quotation import check

        with self._asked() as snapshot:
            asked = snapshot.index, snapshot.terms, snapshot.texts
            return check(*asked, text, limit, versions=versions)

    def similar(self, stored: StoredArticle, *, limit: int = 10) -> tuple[Similar, ...]:
        """The articles most like one of this archive: its copies, then those on its matter."""
        from archive.questions import similar

        with self._asked() as snapshot:
            return similar.similar(snapshot.index, snapshot.terms, stored, limit)

    def duplicates(self, *, within: int | None = None) -> list[tuple[Copy, ...]]:
        """Groups of near-duplicates, the earliest article of each first; with `within`, only those
        published at most that many days apart."""
        from archive.questions import similar

        with self._asked() as snapshot:
            return similar.duplicates(snapshot.index, snapshot.texts, within)

    def stats(self) -> Stats:
        """Counts, dates, categories and sizes."""
        with self._asked() as snapshot:
            return snapshot.tables.figures()

    def sql(self, statement: str, *, timeout: float = 5.0) -> Rows:
        """The rows of a SELECT, run in a process of its own that can do nothing but read."""
        return self._engine.sql(statement, timeout)

    def verify(
        self, progress: Callable[[int, int], object] | None = None, *, quick: bool = False
    ) -> VerifyReport:
        """Read and check everything: structure, index, and every text and file by fingerprint;
        with `quick`, all but the index against its text. `progress` is called with the articles
        done and all there are."""
        from archive.upkeep.verify import verify

        return verify(self._engine, progress, quick=quick)

    def doctor(self) -> tuple[Finding, ...]:
        """The state of the archive and its surroundings, each with what to do; never an error."""
        from archive.upkeep.doctor import examine

        return examine(self._engine)

    def backup(self, target: str | os.PathLike[str], *, keep: int | None = None) -> str:
        """A checked copy, as of one moment, while others may read and write; its path. With `keep`,
        the target is a folder in which the newest so many copies stay."""
        from archive.upkeep.backup import backup

        with self.explained():
            return backup(self._engine, os.fspath(target), keep)

    def restore(self, source: str | os.PathLike[str]) -> RestoreReport:
        """Put a backup in this archive's place. What was there is kept, and what was removed from
        it stays out. Writes."""
        from archive.upkeep.backup import restore

        with self.explained():
            return restore(self._engine, os.fspath(source))

    def export(self, folder: str | os.PathLike[str]) -> ExportReport:
        """Write every source below an empty folder, byte for byte."""
        from archive.upkeep.export import export

        with self._asked() as snapshot:
            return export(snapshot, os.fspath(folder))

    def dump(self) -> Iterator[str]:
        """The lines of the archive as text (docs/dump.md), as of one moment."""
        from archive.upkeep.dump import dump

        with self._asked() as snapshot:
            yield from dump(snapshot, self._engine.schema)

    def users_own(self) -> list[str]:
        """The names of the tables and views that are not the archive's: a dump leaves them out."""
        with self._asked() as snapshot:
            return snapshot.tables.users_own()

    def load(self, lines: Iterable[bytes], name: str = "dump") -> int:
        """Make this archive, which must be missing, from the lines of a dump; the number of
        articles. Writes; `name` stands for the dump in errors."""
        from archive.upkeep.dump import load

        with self._engine.making() as filling:
            return load(filling, lines, name)

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
        from archive.ingest.options import USUAL

        given = options or USUAL
        chosen = replace(
            given,
            passed_over=given.passed_over | self._engine.own_files(),
            own_copies=given.own_copies | self._engine.own_copies(),
            encoding=known_encoding(given.encoding),
        )
        report = progress or (lambda _: True)
        given_paths = [paths] if isinstance(paths, str | os.PathLike) else paths
        names = (os.fspath(path) for path in given_paths)
        opened = self._engine.rehearsing() if dry_run else self._engine.writing()
        with self.explained(), opened as desk:
            return ingest.ingest(desk, names, chosen, progress=report)

    def roots(self) -> list[tuple[list[str], Options]]:
        """What to call `ingest` with so that it takes in again what earlier runs were given:
        folders, by the options that they were given with."""
        from archive.ingest.options import again

        with self._asked() as snapshot:
            return again(snapshot.audit.roots())

    def remove(
        self, addresses: Iterable[str | int], *, reason: str | None = None, dry_run: bool = False
    ) -> RemovalReport:
        """Take articles out for good: text, versions, bytes, paths and index entries. Nothing but a
        backup undoes it. A tombstone keeps what they held out of later ingests, and their numbers
        are never used again. With `dry_run`, says what would go. Writes."""
        from archive.upkeep.taking_back import remove

        with self.explained():
            return remove(self._engine, addresses, reason, dry_run=dry_run)

    def relocate(
        self, old: str | os.PathLike[str], new: str | os.PathLike[str], *, dry_run: bool = False
    ) -> RelocationReport:
        """Say that a folder, or a file, has moved: what is known below `old` is at `new` from now
        on. With `dry_run`, says what would change. Writes."""
        from archive.upkeep.taking_back import relocate

        with self.explained():
            return relocate(self._engine, os.fspath(old), os.fspath(new), dry_run=dry_run)

    def merge(self, other: str | os.PathLike[str], *, dry_run: bool = False) -> MergeReport:
        """Bring in all that another archive holds: articles with their versions and sources, runs
        and tombstones. With `dry_run`, says what would come. Writes; the other one stays as it
        is."""
        from archive.upkeep.taking_back import merge

        with self.explained():
            return merge(self._engine, _engine(os.fspath(other)), dry_run=dry_run)

    def sources(self, *, missing: bool = False) -> tuple[SourceFile, ...]:
        """The files that were read, by path; with `missing`, those that are not there now."""
        from archive.upkeep.taking_back import is_missing

        with self._asked() as snapshot:
            files = snapshot.tables.files()
            return tuple(file for file in files if not missing or is_missing(file.path))

    def rejections(self) -> tuple[RejectedFile, ...]:
        """The files that did not go in, by path."""
        from archive.upkeep.taking_back import rejections

        with self._asked() as snapshot:
            return rejections(snapshot.audit)

    def upgrade(self) -> tuple[str, str, str | None]:
        """Bring the archive to this program's schema: (revision before, after, backup or None)."""
        with self.explained():
            return self._engine.upgrade()

    def reindex(self) -> int:
        """Rebuild the full-text index; the number of articles in it. Writes."""
        with self.explained():
            return self._engine.reindex()


def _engine(place: str) -> Engine:
    """The engine of the database at a path or address."""
    if place.startswith(("postgresql:", "postgres:")):
        raise UsageError("there is no PostgreSQL engine yet: name a file with --db")
    return Engine(place)
