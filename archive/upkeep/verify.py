"""Reading everything back and checking it, for `archive verify`.

Verify trusts nothing but fingerprints: the database's own checks and the index's both miss changed
text (docs/design.md), so every article, source and revision is rebuilt and hashed. What no
fingerprint covers is held against what must agree with it: times against those of the runs, paths
of versions against those of the sources, counts against counts.

All of that is read as of one moment. The index is compared with its text by the database, which
takes three quarters of the time (benchmarks/verify.py), and which `quick` leaves out.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rapidfuzz.distance.Hamming import distance

from archive.errors import Unreadable
from archive.formats.packing import rebuild
from archive.record_class import record
from archive.records import WORD_SHAPE, Article, blocks
from archive.text.folding import fold
from archive.upkeep.values import is_date, is_place, is_time

if TYPE_CHECKING:
    from archive.engines.contract import Audit, Engine
    from archive.engines.rows import ArticleRow, IngestRow, ParagraphRow, RevisionRow, SourceRow

_MOST_PROBLEMS = 1000
_WRONG_KIND = (ValueError, TypeError, AttributeError)

Progress = Callable[[int, int], object]


@record
class VerifyReport:
    """What was checked, and one line for each thing that is wrong (at most 1,000). `quick` says
    that the index was not read against its text."""

    articles: int
    paragraphs: int
    sources: int
    revisions: int
    quick: bool
    problems: tuple[str, ...]


def verify(
    engine: Engine, progress: Progress | None = None, *, quick: bool = False
) -> VerifyReport:
    """Read and check everything; `progress` is called with articles done and articles in all.
    With `quick`, all but the comparison of the index with its text."""
    with engine.snapshot() as snapshot:
        reading = _Reading(snapshot.audit, progress)
        for step in (
            snapshot.audit.faults, reading.runs, reading.revisions, reading.articles,
            reading.earlier_sources, reading.containers, reading.rejections, reading.bookkeeping,
        ):  # fmt: skip
            reading.take(step)
    if not quick:
        reading.take(lambda: filter(None, [engine.index_problem()]))
    return VerifyReport(
        reading.article_count, reading.paragraph_count, reading.source_count,
        reading.revision_count, quick, tuple(reading.problems),
    )  # fmt: skip


class _Reading:
    """One reading of all rows: what was found wrong so far, and what must agree with the rest."""

    def __init__(self, audit: Audit, progress: Progress | None) -> None:
        self.problems: list[str] = []
        self.article_count = self.paragraph_count = self.source_count = self.revision_count = 0
        self._audit = audit
        self._progress = progress
        self._whole = True
        self._runs: list[IngestRow] = []
        self._times: set[str] = set()
        self._replaced: set[tuple[int, bytes]] = set()
        self._paths: dict[str, list[str]] = {}
        self._brought: Counter[str] = Counter()
        self._without_source: Counter[str] = Counter()
        self._rejected: Counter[int] = Counter()

    def take(self, step: Callable[[], Iterator[str]]) -> None:
        """Note the problems that one step finds; what ends it early is one of them."""
        try:
            self.problems += itertools.islice(step(), _MOST_PROBLEMS - len(self.problems))
        except Unreadable as error:
            self._cut_short(str(error))
        except _WRONG_KIND as error:
            self._cut_short(f"a row holds values of the wrong kind: {error}")

    def _cut_short(self, problem: str) -> None:
        self._whole = False
        self.problems.append(problem)

    def runs(self) -> Iterator[str]:
        """The runs, which all times must be those of."""
        self._runs = list(self._audit.ingests())
        self._times = {run.started_at for run in self._runs}
        yield from ()

    def revisions(self) -> Iterator[str]:
        """Each replaced version."""
        for row in self._audit.revisions():
            self.revision_count += 1
            self._replaced.add((row.article_id, row.content_hash))
            name = f"version {row.article_id}@{row.number}"
            self._paths.setdefault(row.path, []).append(name)
            article = _version(row)
            if article.content_hash() != row.content_hash or not _is_article(row):
                yield f"{name}: the text is not what was stored"
            yield from _bytes(name, article, row)
            if row.replaced_at not in self._times:
                yield f"{name}: its time is of no ingest"
            if not (_are(int, row.number) and is_place(row.path)):
                yield f"{name}: its number or its path is none"
            if type(row.mtime_ns) is not int:
                yield f"{name}: its modification time is no number"

    def articles(self) -> Iterator[str]:
        """Each article's rows against its fingerprint, and each of its sources' bytes."""
        total = self._audit.article_count()
        for row, paragraphs, sources in self._audit.articles():
            self.article_count += 1
            self.paragraph_count += len(paragraphs)
            try:
                yield from _article(row, paragraphs, sources)
            except _WRONG_KIND as error:
                yield f"article {row.id}: values of the wrong kind: {error}"
            if row.added_at not in self._times or row.updated_at not in self._times:
                yield f"article {row.id}: its times are those of no ingest"
            self._without_source[row.added_at] += not sources
            if not sources and (row.id, row.content_hash) not in self._replaced:
                yield f"article {row.id}: no source holds it"
            for source in sources:
                yield from self._source(source)
            if self._progress and self.article_count % 256 == 0:
                self._progress(self.article_count, total)
        if self._progress:
            self._progress(self.article_count, total)

    def earlier_sources(self) -> Iterator[str]:
        """Each source that holds a replaced version."""
        for source, revision in self._audit.earlier_sources():
            if revision is None:
                yield f"source {source.path}: the version it holds is not there"
            else:
                yield from _bytes(f"source {source.path}", _version(revision), source)
            yield from self._source(source)

    def containers(self) -> Iterator[str]:
        """Each file with many articles: its bytes, and that its members have it."""
        removed = self._audit.removed()
        for row, pieces in self._audit.containers():
            digest, size = hashlib.sha256(), 0
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
            if removed and not size:
                continue  # its bytes went with an article that was taken out
            if digest.digest() != row.file_hash or size != row.size:
                yield f"container {row.path}: its bytes are not those that were read"
        for name in self._audit.lost_members():
            yield f"source {name}: the file with many articles that it is of is not there"

    def _source(self, source: SourceRow) -> Iterator[str]:
        """What no fingerprint covers of a source."""
        self.source_count += 1
        self._paths.pop(source.path, None)
        self._brought[source.first_seen_at] += 1
        if source.first_seen_at not in self._times or source.last_seen_at not in self._times:
            yield f"source {source.path}: its times are those of no ingest"
        if not is_place(source.path):
            yield f"source {source.path}: its path is none"
        if type(source.mtime_ns) is not int:
            yield f"source {source.path}: its modification time is no number"

    def rejections(self) -> Iterator[str]:
        """Each rejected file."""
        for row in self._audit.rejections():
            self._rejected[row.last_ingest_id] += 1
            line = 1 if row.line is None else row.line
            if not (_are(str, row.path, row.reason) and _are(int, line) and line >= 1):
                yield f"ingest {row.last_ingest_id}: a rejection's line or text is none"

    def bookkeeping(self) -> Iterator[str]:
        """What was counted against what the runs and the versions say, once all has been read."""
        if not self._whole:
            return
        # There are as many articles as the runs brought, but for those that were taken out.
        added = sum(run.new + run.split for run in self._runs if _are_counts(run))
        removed = self._audit.removed()
        if not added - removed <= self.article_count <= added:
            yield f"the ingests brought {added} articles, but there are {self.article_count}"
        for path, names in self._paths.items() if not removed else ():
            yield from (f"{name}: its path {path} is that of no source" for name in names)
        for run in self._runs:
            yield from self._run(run, removed)

    def _run(self, run: IngestRow, removed: int) -> Iterator[str]:
        """A run against what it brought; articles that came by a merge may lack their files."""
        name = f"ingest {run.id}"
        if not _are_counts(run):
            yield f"{name}: its counts are no counts"
            return
        # A changed file that came to hold what is known is counted as a copy, but is no new source;
        # one that was renamed and corrected is counted as changed, and is one.
        most = run.new + run.moved + run.copied + run.changed
        are = self._brought[run.started_at]
        least = run.new - removed - self._without_source[run.started_at]
        if not least <= are <= most:
            yield f"{name}: it brought {run.new} to {most} sources, but {are} are of it"
        if not all(is_time(time) for time in (run.started_at, run.finished_at) if time):
            yield f"{name}: its times are no times"
        listed = self._rejected[run.id]
        if run.rejected < listed:
            yield f"{name}: {run.rejected} files rejected, {listed} listed"


def _are_counts(run: IngestRow) -> bool:
    counts = (
        *(run.new, run.changed, run.rewritten, run.split, run.moved, run.copied, run.unchanged),
        run.rejected,
    )
    return _are(int, *counts) and min(counts) >= 0


def _are(kind: type, *values: object) -> bool:
    """Whether all values are of a kind, which SQLite does not see to."""
    return all(isinstance(value, kind) for value in values)


def _article(
    row: ArticleRow, paragraphs: list[ParagraphRow], sources: list[SourceRow]
) -> Iterator[str]:
    name = f"article {row.id}"
    texts = [paragraph.text for paragraph in paragraphs]
    article = Article(
        *(row.published_on, row.title, tuple(texts)), *(row.category, row.byline, row.publication)
    )
    canonical = article.canonical()
    digest = article.content_hash(canonical)
    numbers = [paragraph.position for paragraph in paragraphs]
    counted = (len(numbers), words(article))
    if digest != row.content_hash or not _is_article(row):
        yield f"{name}: the text is not what was stored"
    elif (
        numbers != [*range(1, len(numbers) + 1)] or (row.paragraph_count, row.word_count) != counted
    ):
        yield f"{name}: paragraph numbers or counts are wrong"
    kept = [row.folded_title, *[paragraph.folded for paragraph in paragraphs]]
    # The header holds no folded text of its own, but a plain whole is a sum of plain parts.
    if not canonical.isascii() or any(folded is not None for folded in kept):
        pairs = zip((row.title, *texts), kept, strict=True)
        if any(fold(text) != (text if folded is None else folded) for text, folded in pairs):
            yield f"{name}: its folded text is wrong: run 'archive reindex'"
    for source in sources:
        plain = source.original is None and source.size == len(canonical)
        if not (plain and source.file_hash == digest):
            yield from _bytes(f"source {source.path}", article, source)


def _is_article(row: ArticleRow | RevisionRow) -> bool:
    """Whether the head of an article holds what one can; any value has a fingerprint."""
    given = (row.title, row.category or "", row.byline or "", row.publication or "")
    return _are(str, *given) and is_date(row.published_on)


def _version(row: RevisionRow) -> Article:
    texts = tuple((row.text or "").split("\n"))
    return Article(row.published_on, row.title, texts, row.category, row.byline, row.publication)


def words(article: Article) -> int:
    """The same as `Article.word_count`, a third of its time: in plain text, half the number of
    places where a word begins or ends, which is the Hamming distance of its shape to the same
    shape moved on by one."""
    return sum(map(_words, blocks(article.paragraphs)))


def _words(lines: Sequence[str]) -> int:
    text = "\n".join((*lines, ""))
    if not text.isascii():
        return len(text.split())
    shape = text.encode().translate(WORD_SHAPE)
    return distance(b" " + shape, shape) // 2


def _bytes(name: str, article: Article, held: SourceRow | RevisionRow) -> Iterator[str]:
    try:
        data = rebuild(article, held.original, held.file_hash, held.size)
        if len(data) != held.size:
            yield f"{name}: its size is wrong"
    except _WRONG_KIND as error:
        yield f"{name}: {error}"
