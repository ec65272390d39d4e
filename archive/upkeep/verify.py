"""Reading everything back and checking it, for `archive verify`.

Verify trusts nothing but fingerprints: SQLite's own checks and the index's both miss changed text
(docs/design.md), so every article, source and revision is rebuilt and hashed. What no fingerprint
covers is held against what must agree with it: times against those of the runs, paths against the
index on them, counts against counts.

All of that is read as of one moment. The index is compared with its text by FTS5 itself, which
takes three quarters of the time (benchmarks/verify.py), and which `quick` leaves out.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from rapidfuzz.distance.Hamming import distance

from archive.engines.sqlite import index as sqlite_index
from archive.engines.sqlite.articles import from_revision, rebuild
from archive.record import record
from archive.records import WORD_SHAPE, Article
from archive.text.folding import fold

_MOST_PROBLEMS = 1000
_WRONG_KIND = (ValueError, TypeError, AttributeError)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)

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


class _Counts:
    articles = paragraphs = sources = revisions = 0


def verify(
    connection: sqlite3.Connection,
    path: str,
    progress: Progress | None = None,
    *,
    quick: bool = False,
) -> VerifyReport:
    """Read and check everything; `progress` is called with articles done and articles in all.
    With `quick`, all but the comparison of the index with its text."""
    problems: list[str] = []
    counts = _Counts()
    steps: list[Callable[[], Iterator[str]]] = [
        lambda: _structure(connection),
        lambda: _articles(connection, counts, progress),
        lambda: _revisions(connection, counts),
        lambda: _bookkeeping(connection),
    ]
    # What the structure's check has read is at hand for the rest.
    connection.execute("PRAGMA cache_size = -65536")
    try:
        connection.execute("BEGIN")
        for step in steps:
            problems += _run(step, _MOST_PROBLEMS - len(problems))
    finally:
        connection.rollback()
    if not quick:
        problems += _run(lambda: _index(path), _MOST_PROBLEMS - len(problems))
    return VerifyReport(
        counts.articles, counts.paragraphs, counts.sources, counts.revisions, quick,
        tuple(problems),
    )  # fmt: skip


def _run(step: Callable[[], Iterator[str]], most: int) -> list[str]:
    """The problems that one step finds; what ends it early is one of them."""
    problems: list[str] = []
    try:
        problems.extend(itertools.islice(step(), most))
    except sqlite3.DatabaseError as error:
        problems.append(f"cannot be read to the end: {error}")
    except _WRONG_KIND as error:
        problems.append(f"a row holds values of the wrong kind: {error}")
    return problems


def _index(path: str) -> Iterator[str]:
    found = sqlite_index.problem(path)
    if found:
        yield found


def _structure(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"{table}, row {row}: refers to a row of {parent} that is not there"
    entries = connection.execute("SELECT count(*) FROM article_search_docsize").fetchone()[0]
    articles = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    if entries != articles:
        yield f"the index has {entries} articles, the tables {articles}: run 'archive reindex'"


def _articles(
    connection: sqlite3.Connection, counts: _Counts, progress: Progress | None
) -> Iterator[str]:
    """Each article's rows against its fingerprint, and each of its sources' bytes."""
    total = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    paragraphs = _Rows(
        connection.execute(
            "SELECT article_id, position, text, folded FROM paragraphs ORDER BY 1, 2"
        )
    )
    sources = _Rows(
        connection.execute(
            "SELECT article_id, path, size, original, file_hash FROM sources"
            " WHERE revision IS NULL ORDER BY article_id, id"
        )
    )
    for row in connection.execute(
        "SELECT id, published_on, title, category, byline, content_hash, folded_title,"
        " word_count, paragraph_count FROM articles ORDER BY id"
    ):
        texts, files = paragraphs.of(row[0]), sources.of(row[0])
        counts.articles += 1
        counts.paragraphs += len(texts)
        counts.sources += len(files)
        try:
            yield from _article(row, texts, files)
        except _WRONG_KIND as error:
            yield f"article {row[0]}: values of the wrong kind: {error}"
        if progress and counts.articles % 256 == 0:
            progress(counts.articles, total)
    if progress:
        progress(counts.articles, total)


class _Rows:
    """Rows in the order of their first column, taken article by article."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self._next = next(cursor, None)

    def of(self, article_id: int) -> list[Any]:
        """The rows of an article; ids are asked for in ascending order."""
        row = self._next
        while row and row[0] < article_id:
            row = next(self._cursor, None)
        if not row or row[0] != article_id:
            self._next = row
            return []
        taken = [row]
        for row in self._cursor:
            if row[0] != article_id:
                self._next = row
                return taken
            taken.append(row)
        self._next = None
        return taken


def _article(row: Any, texts: list[Any], files: list[Any]) -> Iterator[str]:
    name = f"article {row[0]}"
    article = Article(row[1], row[2], tuple([text[2] for text in texts]), row[3], row[4])
    canonical = article.canonical()
    digest = hashlib.sha256(canonical).digest()
    if digest != row[5]:
        yield f"{name}: the text is not what was stored"
    elif [text[1] for text in texts] != [*range(1, row[8] + 1)] or row[7] != words(article):
        yield f"{name}: paragraph numbers or counts are wrong"
    # The header holds no folded text of its own, but a plain whole is a sum of plain parts.
    if not canonical.isascii() or row[6] is not None or any(text[3] is not None for text in texts):
        folded = [(row[2], row[6]), *((text[2], text[3]) for text in texts)]
        if any(fold(text) != (text if kept is None else kept) for text, kept in folded):
            yield f"{name}: its folded text is wrong: run 'archive reindex'"
    for _, path, size, original, file_hash in files:
        if original is None and file_hash == digest and size == len(canonical):
            continue
        yield from _bytes(f"source {path}", article, size, original, file_hash)


def words(article: Article) -> int:
    """The same as `Article.word_count`, a third of its time: in plain text, half the number of
    places where a word begins or ends, which is the Hamming distance of its shape to the same
    shape moved on by one."""
    text = "\n".join((*article.paragraphs, ""))
    if not text.isascii():
        return article.word_count()
    shape = text.encode().translate(WORD_SHAPE)
    return distance(b" " + shape, shape) // 2


def _bytes(
    name: str, article: Article, size: int, original: bytes | None, file_hash: bytes
) -> Iterator[str]:
    try:
        if len(rebuild(article, original, file_hash)) != size:
            yield f"{name}: its size is wrong"
    except _WRONG_KIND as error:
        yield f"{name}: {error}"


def _revisions(connection: sqlite3.Connection, counts: _Counts) -> Iterator[str]:
    """Each replaced version, and each source that still holds one."""
    columns = "r.published_on, r.title, r.category, r.byline, r.content_hash, t.text"
    for row in connection.execute(
        f"SELECT {columns}, r.article_id, r.number, size, original, file_hash"
        " FROM revisions AS r JOIN revision_text AS t USING (article_id, number)"
    ):
        counts.revisions += 1
        article, name = from_revision(row), f"version {row[6]}@{row[7]}"
        if article.content_hash() != row[4]:
            yield f"{name}: the text is not what was stored"
        yield from _bytes(name, article, *row[8:])
    for row in connection.execute(
        f"SELECT {columns}, s.path, s.size, s.original, s.file_hash FROM sources AS s"
        " LEFT JOIN revisions AS r ON r.article_id = s.article_id AND r.number = s.revision"
        " LEFT JOIN revision_text AS t ON t.article_id = r.article_id AND t.number = r.number"
        " WHERE s.revision IS NOT NULL"
    ):
        counts.sources += 1
        if row[0] is None:
            yield f"source {row[6]}: the version it holds is not there"
        else:
            yield from _bytes(f"source {row[6]}", from_revision(row), *row[7:])


_NOT_OF_A_RUN = """
SELECT 'article ' || id || ': its times' FROM articles
 WHERE added_at NOT IN (SELECT started_at FROM ingests)
    OR updated_at NOT IN (SELECT started_at FROM ingests)
UNION ALL SELECT 'source ' || path || ': its times' FROM sources
 WHERE first_seen_at NOT IN (SELECT started_at FROM ingests)
    OR last_seen_at NOT IN (SELECT started_at FROM ingests)
UNION ALL SELECT 'version ' || article_id || '@' || number || ': its time' FROM revisions
 WHERE replaced_at NOT IN (SELECT started_at FROM ingests)
"""


def _bookkeeping(connection: sqlite3.Connection) -> Iterator[str]:
    """What no fingerprint covers, against what must agree with it."""
    # Articles are only ever added: there are as many as the runs brought.
    added = connection.execute("SELECT coalesce(sum(new + split), 0) FROM ingests").fetchone()[0]
    articles = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    if added != articles:
        yield f"the ingests brought {added} articles, but there are {articles}"
    for (article_id,) in connection.execute(
        "SELECT id FROM articles AS a WHERE NOT EXISTS"
        " (SELECT 1 FROM sources WHERE article_id = a.id AND revision IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM revisions AS r"
        " WHERE r.article_id = a.id AND r.content_hash = a.content_hash)"
    ):
        yield f"article {article_id}: no source holds it"
    for (what,) in connection.execute(_NOT_OF_A_RUN):
        yield f"{what} are those of no ingest" if what.endswith("s") else f"{what} is of no ingest"
    for article_id, number, path in connection.execute(
        "SELECT article_id, number, path FROM revisions"
        " WHERE path NOT IN (SELECT path FROM sources)"
    ):
        yield f"version {article_id}@{number}: its path {path} is that of no source"
    yield from _runs(connection)
    for (what,) in connection.execute(_NO_NUMBERS):
        yield what


_NO_NUMBERS = """
SELECT 'source ' || path || ': its modification time is no number' FROM sources
 WHERE typeof(mtime_ns) <> 'integer'
UNION ALL SELECT 'version ' || article_id || '@' || number || ': its modification time is no number'
  FROM revisions WHERE typeof(mtime_ns) <> 'integer'
UNION ALL SELECT 'ingest ' || last_ingest_id || ': a rejection''s line or text is none'
  FROM rejections
 WHERE typeof(path) <> 'text' OR typeof(reason) <> 'text'
    OR line IS NOT NULL AND (typeof(line) <> 'integer' OR line < 1)
"""


def _runs(connection: sqlite3.Connection) -> Iterator[str]:
    """Each run against what it brought."""
    brought = dict(
        connection.execute("SELECT first_seen_at, count(*) FROM sources GROUP BY 1").fetchall()
    )
    for run, started, finished, new, moved, copied, changed, *counts, listed in connection.execute(
        "SELECT id, started_at, finished_at, new, moved, copied, changed, rewritten, split,"
        " unchanged, rejected,"
        " (SELECT count(*) FROM rejections WHERE last_ingest_id = i.id) FROM ingests AS i"
    ):
        counted = [new, moved, copied, changed, *counts]
        if not all(isinstance(count, int) and count >= 0 for count in counted):
            yield f"ingest {run}: its counts are no counts"
            continue
        # A changed file that came to hold what is known is counted as a copy, but is no new source;
        # one that was renamed and corrected is counted as changed, and is one.
        most, are = new + moved + copied + changed, brought.get(started, 0)
        if not new <= are <= most:
            yield f"ingest {run}: it brought {new} to {most} sources, but {are} are of it"
        if not _TIME.fullmatch(started) or (finished and not _TIME.fullmatch(finished)):
            yield f"ingest {run}: its times are no times"
        if counts[-1] < listed:
            yield f"ingest {run}: {counts[-1]} files rejected, {listed} listed"
