"""Storing: changes -> rows and index entries, batch by batch.

One `Store` lives as long as one run. `apply` carries out what
`identity` has decided. All that belongs to one article (its rows, its index entry, its source, the
run's counts) is in one transaction, and `commit` ends one.

New articles are collected and written in bulk; everything else is rare and written at once, after
what was collected.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite.known import next_number, utc_text
from archive.engines.sqlite.replaced import Keeping
from archive.ingest.identity import (
    Change,
    Earlier,
    Further,
    KeptOut,
    NewArticle,
    NewVersion,
    Refreshed,
    Replaced,
    Rewritten,
)

if TYPE_CHECKING:
    from archive.engines.sqlite.containers import Containers
    from archive.incoming import FoundFile, ParsedFile, ReadAs, Rejection
    from archive.ingest.identity import KnownSource

ARTICLE = ("id", "published_on", "category", "byline", "title", "folded_title", "forms",
           "publication", "word_count", "paragraph_count", "content_hash", "added_at",
           "updated_at")  # fmt: skip
PARAGRAPH = ("article_id", "position", "text", "folded")
SOURCE = ("article_id", "revision", "path", "member", "file_hash", "size", "mtime_ns", "original",
          "url", "identifier", "published_at", "language", "last_seen_at",
          "first_seen_at")  # fmt: skip


def _insert(table: str, columns: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"


_INSERT_ARTICLE = _insert("articles", ARTICLE)
_INSERT_PARAGRAPH = _insert("paragraphs", PARAGRAPH)
_INSERT_SOURCE = _insert("sources", SOURCE)
_UPDATE_SOURCE = (
    "UPDATE sources SET article_id = ?, revision = ?, file_hash = ?, size = ?, mtime_ns = ?,"
    " original = ?, url = ?, identifier = ?, published_at = ?, language = ?, last_seen_at = ?,"
    " gone_at = NULL WHERE id = ?"
)
_REFRESH = (
    "UPDATE sources SET size = ?, mtime_ns = ?, last_seen_at = ?, gone_at = NULL WHERE id = ?"
)
# A rejected file has one row, whose first run is that which rejected it as it is now; so has a
# record of a file, which is the same whatever else the file holds.
_REJECT_AGAIN = """
      first_ingest_id = CASE WHEN (member IS NOT NULL OR size IS ?3 AND mtime_ns IS ?4)
                              AND encoding IS ?5 AND max_size IS ?6 AND reason = ?9
                             THEN first_ingest_id ELSE ?10 END,
      size = ?3, mtime_ns = ?4, encoding = ?5, max_size = ?6, reader = ?7, line = ?8, reason = ?9,
      last_ingest_id = ?10"""
_REJECT = f"""
    INSERT INTO rejections (path, member, size, mtime_ns, encoding, max_size, reader, line, reason,
                            first_ingest_id, last_ingest_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
    ON CONFLICT (path) WHERE member IS NULL DO UPDATE SET {_REJECT_AGAIN}
    ON CONFLICT (path, member) WHERE member IS NOT NULL DO UPDATE SET {_REJECT_AGAIN}"""
_REMEMBER = """
    INSERT INTO roots (path, options, last_ingest_id) VALUES (?1, ?2, ?3)
    ON CONFLICT (path) DO UPDATE SET options = ?2, last_ingest_id = ?3"""


class Store:
    """The writing side of one run of ingest."""

    def __init__(
        self, connection: sqlite3.Connection, containers: Containers, started: str
    ) -> None:
        self._connection = connection
        self._containers = containers
        self._now = started
        self._run: int | None = None
        self._rejections: list[tuple[Any, ...]] = []
        self._roots: list[tuple[str, str]] = []
        self._new: list[tuple[int, ParsedFile]] = []
        self._new_sources: list[tuple[Any, ...]] = []
        self._refreshed: list[tuple[Any, ...]] = []
        self._holders: dict[bytes, int] = {}
        self._accepted: list[tuple[str, str | None]] = []
        self._keeping = Keeping(connection, self._now)
        self._begin()
        self._next_article = max(
            next_number(connection, "articles"),
            next_number(connection, "removals", "article_id"),
        )
        self._next_words = self._next_article
        self._rejected_before = self._value("SELECT 1 FROM rejections LIMIT 1") is not None

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def _value(self, statement: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        return sqlite.value(self._connection, statement, *values)

    def apply(self, changes: Iterable[Change]) -> None:
        """Carries out changes, in their order."""
        for change in changes:
            self._apply(change)
        self._flush()

    def _apply(self, change: Change) -> None:
        match change:
            case NewArticle():
                article_id = self._add_article(change.parsed)
                self._place(change.parsed, change.source, article_id, None)
            case Further():
                article_id = self._holder(change.parsed.content_hash)
                self._place(change.parsed, change.source, article_id, None)
            case Earlier():
                number = change.revision
                if number is None:
                    number = self._keeping.newest(change.article_id, change.parsed.content_hash)
                self._place(change.parsed, change.source, change.article_id, number)
            case NewVersion():
                self._write_version(change.parsed, change.article_id)
                self._place(change.parsed, change.source, change.article_id, None)
            case Rewritten():
                source = change.source
                self._flush()
                self._keeping.bytes_of(source.id)
                self._place(change.parsed, source, source.article_id, source.revision)
            case Refreshed():
                file = change.file
                self._refreshed.append((file.size, file.mtime_ns, self._now, change.source.id))
            case Replaced():
                self._flush()
                self._keeping.current(change.article_id)
            case KeptOut():
                pass

    def reject(self, rejection: Rejection, file: FoundFile | None, read_as: ReadAs) -> None:
        """Records a file that did not go in; `file` is what was met, if it is a file."""
        met = (None, None) if file is None else (file.size, file.mtime_ns)
        reader = read_as.reader if rejection.lasting else None  # else it is tried each time
        said = (read_as.encoding, read_as.max_size, reader, rejection.line, rejection.reason)
        self._rejections.append((rejection.path, rejection.member, *met, *said))

    def remember(self, folders: Iterable[str], options: str) -> None:
        """Records what this run was given, for a later one that takes it in again."""
        self._roots = [(folder, options) for folder in folders]

    def settle(self) -> None:
        """Comes last, in the transaction of all changes that rest on what was lost: keeps what no
        file holds any more, and records which files are gone, which is no news to a later run."""
        self._keeping.left()
        self._containers.settle(self._run)
        self._connection.execute(
            "UPDATE sources SET gone_at = ? WHERE id IN (SELECT id FROM temp.lost WHERE gone)",
            (self._now,),
        )

    def commit(self, counts: Mapping[str, int]) -> None:
        """Makes all so far durable, the run's counts with it."""
        self.end(counts, finished=False)
        self._begin()

    def end(self, counts: Mapping[str, int], *, finished: bool) -> None:
        """As `commit`, for the last time; `finished` if the run saw all its files."""
        self._index_words()
        self._record(counts, finished=finished)
        self._connection.commit()

    def abandon(self) -> None:
        """Undoes everything since the last commit, but keeps what was rejected for the record."""
        self._connection.rollback()
        self._next_words = self._next_article
        self._begin()

    def _holder(self, content_hash: bytes) -> int:
        """The article whose current version has a content."""
        found = self._holders.get(content_hash)
        if found is None:
            found = self._value("SELECT id FROM articles WHERE content_hash = ?", content_hash)
        return int(found)

    def _add_article(self, parsed: ParsedFile) -> int:
        article_id = self._next_article
        self._next_article += 1
        self._new.append((article_id, parsed))
        self._holders[parsed.content_hash] = article_id
        return article_id

    def _place(
        self, parsed: ParsedFile, source: KnownSource | None, article_id: int, revision: int | None
    ) -> None:
        """Lets a path hold a version of an article."""
        file, origin = parsed.file, parsed.origin
        held = (
            *(parsed.file_hash, file.size, file.mtime_ns, parsed.original),
            *(origin.url, origin.identifier, origin.published_at, origin.language, self._now),
        )
        if source is None:
            self._new_sources.append(
                (article_id, revision, file.path, file.member, *held, self._now)
            )
            return
        self._flush()
        self._connection.execute(_UPDATE_SOURCE, (article_id, revision, *held, source.id))
        self._accepted.append((file.path, file.member))

    def _write_version(self, parsed: ParsedFile, article_id: int) -> None:
        """Writes the new current version of an article whose old one was kept."""
        self._flush()
        self._index_words()
        sqlite.unindex(self._connection, article_id)
        self._connection.execute("DELETE FROM paragraphs WHERE article_id = ?", (article_id,))
        values = dict(zip(ARTICLE, self._article_row(article_id, parsed), strict=True))
        del values["id"], values["added_at"]
        assignments = ", ".join(f"{name} = ?" for name in values)
        self._connection.execute(
            f"UPDATE articles SET {assignments} WHERE id = ?", (*values.values(), article_id)
        )
        self._write_text([(article_id, parsed)])
        sqlite.index_words(self._connection, article_id, article_id)
        # Files that held this text as an earlier version hold the current one again.
        self._connection.execute(
            "UPDATE sources SET revision = NULL WHERE article_id = ?1 AND revision IN"
            " (SELECT number FROM revisions WHERE article_id = ?1 AND content_hash = ?2)",
            (article_id, parsed.content_hash),
        )

    def _article_row(self, article_id: int, parsed: ParsedFile) -> tuple[Any, ...]:
        article, folded = parsed.article, parsed.folded
        title = None if folded is None or folded[0] == article.title else folded[0]
        return (
            *(article_id, article.published_on, article.category, article.byline, article.title),
            *(title, parsed.forms, article.publication, parsed.word_count),
            *(len(article.paragraphs), parsed.content_hash, self._now, self._now),
        )

    def _write_text(self, rows: Collection[tuple[int, ParsedFile]]) -> None:
        paragraphs: list[tuple[int, int, str, str | None]] = []
        indexed: list[tuple[int, str, str]] = []
        for article_id, parsed in rows:
            title, texts = parsed.article.title, parsed.article.paragraphs
            if parsed.folded is None:
                paragraphs += [(article_id, at, text, None) for at, text in enumerate(texts, 1)]
            else:
                title, *folded = parsed.folded
                paragraphs += [
                    (article_id, at, text, None if text == other else other)
                    for at, (text, other) in enumerate(zip(texts, folded, strict=True), 1)
                ]
                texts = tuple(folded)
            indexed.append((article_id, title, sqlite.body(texts)))
        self._connection.executemany(_INSERT_PARAGRAPH, paragraphs)
        sqlite.index(self._connection, indexed)

    def _index_words(self) -> None:
        """Adds the new articles to the index of words as written."""
        sqlite.index_words(self._connection, self._next_words, self._next_article - 1)
        self._next_words = self._next_article

    def _flush(self) -> None:
        """Write what was collected."""
        if self._new:
            self._connection.executemany(
                _INSERT_ARTICLE, [self._article_row(*row) for row in self._new]
            )
            self._write_text(self._new)
            self._new, self._holders = [], {}
        if self._new_sources:
            self._connection.executemany(_INSERT_SOURCE, self._new_sources)
            self._accepted += [source[2:4] for source in self._new_sources]
            self._new_sources = []
        if self._rejected_before and self._accepted:
            for path, member in self._accepted:
                where, values = sqlite.at_place(path, member)
                self._connection.execute(f"DELETE FROM rejections WHERE {where}", values)
        self._accepted = []
        if self._refreshed:
            self._connection.executemany(_REFRESH, self._refreshed)
            self._refreshed = []

    def _record(self, counts: Mapping[str, int], *, finished: bool) -> None:
        values: dict[str, Any] = {**counts}
        if finished:
            values["finished_at"] = utc_text(time.time_ns())
        if self._run is None:
            values["started_at"] = self._now
            added = self._connection.execute(
                _insert("ingests", tuple(values)), tuple(values.values())
            )
            self._run = int(added.lastrowid or 0)
        else:
            assignments = ", ".join(f"{name} = ?" for name in values)
            self._connection.execute(
                f"UPDATE ingests SET {assignments} WHERE id = ?", (*values.values(), self._run)
            )
        self._connection.executemany(_REJECT, [(*row, self._run) for row in self._rejections])
        self._rejections = []
        self._connection.executemany(_REMEMBER, [(*root, self._run) for root in self._roots])
        self._roots = []
