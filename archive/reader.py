"""The half of `Archive` that asks: everything that reads an archive, a method for each question."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from archive.address import parse
from archive.errors import ArchiveUnusable

if TYPE_CHECKING:
    from archive.address import Address
    from archive.engines.contract import Engine, Snapshot, Stats
    from archive.engines.finding import Counts, Found, Index
    from archive.engines.taking_back import SourceFile
    from archive.query.read import Filters
    from archive.questions.changes import Changes
    from archive.questions.concordance import Line
    from archive.questions.quotation import Quotation
    from archive.questions.similar import Copy, Similar
    from archive.questions.timeline import Timeline
    from archive.records import Citation, Passage, StoredArticle, Version
    from archive.search.explain import Blame, Explanation
    from archive.search.searcher import Results
    from archive.text.passages import Marks
    from archive.upkeep.taking_back import RejectedFile


_ODD = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What the program fails with where an archive holds what ingest never writes, or by a mistake of
ours."""


class Reader:
    """What may be asked of an archive; see `Archive`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Says that the archive is damaged (`ArchiveUnusable`) where that is why the block fails,
        since rows are not checked one by one as they are read. All methods do so themselves; this
        is for work on what they gave."""
        try:
            yield
        except _ODD as error:
            from archive.upkeep.verify import verify

            path = self._engine.path
            problems = verify(self._engine, quick=True).problems if os.path.exists(path) else ()
            if not problems:
                raise
            raise ArchiveUnusable(
                f"{path} is damaged ({problems[0]}): restore a backup, or run 'archive verify' to"
                " see more"
            ) from error

    @contextlib.contextmanager
    def _asked(self) -> Iterator[Snapshot]:
        with self.explained(), self._engine.snapshot() as snapshot:
            yield snapshot

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
    ) -> Counts:
        """(value, number of articles) over all hits of a query, by `category`, `publication`,
        `byline`, `year`, `month` or `day`; partial matches do not count."""
        return self.facets(query, [name], filters=filters, versions=versions)[name]

    def facets(
        self, query: str, names: Sequence[str], *, filters: Filters | None = None,
        versions: bool = False,
    ) -> dict[str, Counts]:  # fmt: skip
        """Several facets of one query, by name, in less time than one by one."""
        from archive.query.read import read

        with self._index(versions=versions) as index:
            return index.plan(read(query, filters).sought).facets(names)

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
        return tuple(
            self.occurrences(query, filters=filters, sort=sort, limit=limit, versions=versions)
        )

    def occurrences(
        self, query: str, *, filters: Filters | None = None, sort: str = "date",
        limit: int = 100, versions: bool = False,
    ) -> Iterator[Line]:  # fmt: skip
        """As `concordance`, one by one as they are read, so that any number takes little memory."""
        from archive.query.read import read
        from archive.questions.concordance import concordance

        with self._index(versions=versions) as index:
            yield from concordance(index, read(query, filters), sort=sort, limit=limit)

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

    def growth(self) -> list[tuple[str, int]]:
        """(day, articles that were new) of each run of ingest that brought any, oldest first."""
        with self._asked() as snapshot:
            runs = [(run.started_at[:10], run.new + run.split) for run in snapshot.audit.ingests()]
        return [(day, articles) for day, articles in runs if articles]

    def stats(self) -> Stats:
        """Counts, dates, categories and sizes."""
        with self._asked() as snapshot:
            return snapshot.tables.figures()

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
