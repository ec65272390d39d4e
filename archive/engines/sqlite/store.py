"""Storing: parsed files and their verdicts -> rows and index entries, batch by batch.

Fifth step of ingest. One `Store` lives as long as one run. `known`, `holders` and `shared` answer
what `identity.decide` asks; `apply` carries a verdict out. All that belongs to one article (its
rows, its index entry, its source, the run's counts) is in one transaction, and `commit` ends one.

New articles are collected and written in bulk; everything else is rare and written at once, after
what was collected.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite.known import (
    is_present,
    look_up_holders,
    look_up_sources,
    look_up_unchanged,
    utc_text,
)
from archive.ingest.identity import KnownSource, Verdict

if TYPE_CHECKING:
    from archive.records import FoundFile, ParsedFile, Rejection

COUNTED = ("new", "changed", "split", "moved", "copied", "unchanged", "rejected")

ARTICLE = ("id", "published_on", "category", "byline", "title", "folded_title", "forms",
           "word_count", "paragraph_count", "content_hash", "added_at", "updated_at")  # fmt: skip
PARAGRAPH = ("article_id", "position", "text", "folded")
SOURCE = ("id", "article_id", "path", "file_hash", "size", "mtime_ns", "original",
          "first_seen_at", "last_seen_at")  # fmt: skip


def _insert(table: str, columns: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"


_INSERT_ARTICLE = _insert("articles", ARTICLE)
_INSERT_PARAGRAPH = _insert("paragraphs", PARAGRAPH)
_INSERT_SOURCE = _insert("sources", SOURCE)
_INSERT_REJECTION = _insert("rejections", ("ingest_id", "path", "line", "reason"))
_REFRESH = "UPDATE sources SET size = ?, mtime_ns = ?, last_seen_at = ? WHERE id = ?"

# What a source holds, as a row of `revisions`: the current version of its article, or an old one.
_KEEP = """
    INSERT INTO revisions (article_id, number, replaced_at, published_on, category, byline, title,
                           text, content_hash, path, file_hash, size, mtime_ns, original)
    SELECT held.article_id, ?, ?, published_on, category, byline, title, text, content_hash,
           path, file_hash, size, mtime_ns, original
      FROM (SELECT {content}) AS held,
           (SELECT path, file_hash, size, mtime_ns, original FROM sources WHERE id = ?) AS file"""
_KEEP_CURRENT = _KEEP.format(
    content="a.id AS article_id, published_on, category, byline, a.title, t.body AS text,"
    " content_hash FROM articles AS a JOIN article_text AS t ON t.id = a.id WHERE a.id = ?"
)
_KEEP_REVISION = _KEEP.format(
    content="article_id, published_on, category, byline, title, text, content_hash"
    " FROM revisions WHERE article_id = ? AND number = ?"
)


class Store:
    """The writing side of one run of ingest. `counts` are the files so far, by `COUNTED` name."""

    def __init__(self, connection: sqlite3.Connection, started_ns: int) -> None:
        self.counts = dict.fromkeys(COUNTED, 0)
        self._connection = connection
        self._now = utc_text(started_ns)
        self._run: int | None = None
        self._rejections: list[Rejection] = []
        self._new: list[tuple[int, ParsedFile]] = []
        self._new_sources: list[tuple[Any, ...]] = []
        self._refreshed: list[tuple[Any, ...]] = []
        self._holders: dict[bytes, int] = {}
        self._begin()
        self._next_article = 1 + (self._value("SELECT max(id) FROM articles") or 0)
        self._next_words = self._next_article
        self._next_source = 1 + (self._value("SELECT max(id) FROM sources") or 0)

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def _value(self, statement: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self._connection.execute(statement, values).fetchone()
        return None if row is None else row[0]

    def unchanged(self, files: Mapping[str, FoundFile]) -> set[str]:
        """The paths of these files that need not be read."""
        self._flush()
        return look_up_unchanged(self._connection, files)

    def known(self, paths: Collection[str]) -> dict[str, KnownSource]:
        """What the archive knows of these paths."""
        self._flush()
        return look_up_sources(self._connection, paths)

    def hold(self, hashes: Collection[bytes]) -> None:
        """Make `holder` ready for these content fingerprints."""
        self._flush()
        self._holders = look_up_holders(self._connection, hashes)

    def holder(self, content_hash: bytes) -> int | None:
        """The article whose current content has this fingerprint, the latest change included."""
        return self._holders.get(content_hash)

    def shared(self, known: KnownSource) -> bool:
        """Whether another file, still present, backs the current version of the same article."""
        self._flush()
        return is_present(self._connection, known.article_id, known.id)

    def apply(self, parsed: ParsedFile, known: KnownSource | None, verdict: Verdict) -> None:
        """Carry out a verdict."""
        if known is None:
            name = self._add(parsed, verdict)
        else:
            self._flush()
            name = self._replace(parsed, known, verdict)
        self.counts[name] += 1

    def refresh(self, file: FoundFile, known: KnownSource) -> None:
        """The same bytes, read again: remember when, and the time the file has now."""
        self._refreshed.append((file.size, file.mtime_ns, self._now, known.id))
        self.counts["unchanged"] += 1

    def reject(self, rejection: Rejection) -> None:
        """Record a file that did not go in."""
        self._rejections.append(rejection)
        self.counts["rejected"] += 1

    def commit(self) -> None:
        """Make all so far durable, the run's counts with it."""
        self.end(finished=False)
        self._begin()

    def end(self, *, finished: bool) -> None:
        """As `commit`, for the last time; `finished` if the run saw all its files."""
        self._flush()
        self._index_words()
        self._record(finished=finished)
        self._connection.commit()

    def abandon(self) -> None:
        """Undo everything since the last commit, but keep what was rejected for the record."""
        self._connection.rollback()
        self._next_words = self._next_article
        self._new, self._new_sources, self._refreshed = [], [], []
        self.counts = dict.fromkeys(COUNTED, 0) | {"rejected": len(self._rejections)}
        self._begin()

    def _add(self, parsed: ParsedFile, verdict: Verdict) -> str:
        if verdict is Verdict.NEW:
            self._add_source(parsed, self._add_article(parsed))
            return "new"
        article_id = self._holders[parsed.content_hash]
        self._flush()
        name = "copied" if is_present(self._connection, article_id) else "moved"
        self._add_source(parsed, article_id)
        return name

    def _add_article(self, parsed: ParsedFile) -> int:
        article_id = self._next_article
        self._next_article += 1
        self._new.append((article_id, parsed))
        self._holders[parsed.content_hash] = article_id
        return article_id

    def _add_source(self, parsed: ParsedFile, article_id: int) -> None:
        file = parsed.file
        self._new_sources.append(
            (
                *(self._next_source, article_id, file.path, parsed.file_hash),
                *(file.size, file.mtime_ns, parsed.original, self._now, self._now),
            )
        )
        self._next_source += 1

    def _replace(self, parsed: ParsedFile, known: KnownSource, verdict: Verdict) -> str:
        """A known path whose bytes changed: keep what it was, then let it be what it is."""
        article_id = known.article_id
        if verdict is Verdict.CHANGED:
            self._new_version(parsed, known)
        else:
            if not self._kept_elsewhere(known):
                self._keep(known)
            if verdict is Verdict.SPLIT:
                article_id = self._add_article(parsed)
                self._flush()
            elif verdict is Verdict.JOINED:
                article_id = self._holders[parsed.content_hash]
        file = parsed.file
        self._connection.execute(
            "UPDATE sources SET article_id = ?, revision = NULL, file_hash = ?, size = ?,"
            " mtime_ns = ?, original = ?, last_seen_at = ? WHERE id = ?",
            (
                *(article_id, parsed.file_hash, file.size, file.mtime_ns, parsed.original),
                *(self._now, known.id),
            ),
        )
        return {Verdict.SPLIT: "split", Verdict.JOINED: "copied"}.get(verdict, "changed")

    def _new_version(self, parsed: ParsedFile, known: KnownSource) -> None:
        article_id = known.article_id
        # Sources whose files are gone still hold the old version, and say so; bytes of their own
        # are kept now, so that no number given later can come to mean another text.
        others = self._connection.execute(
            "SELECT id, file_hash FROM sources"
            " WHERE article_id = ? AND revision IS NULL AND id <> ?",
            (article_id, known.id),
        )
        gone = [replace(known, id=row[0], file_hash=row[1]) for row in others.fetchall()]
        numbers = {
            source.id: self._revision_with(source)
            for source in gone
            if source.file_hash != known.file_hash
        }
        last = self._keep(known)
        for source in gone:
            self._connection.execute(
                "UPDATE sources SET revision = ? WHERE id = ?",
                (numbers.get(source.id, last), source.id),
            )
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
        self._holders.pop(known.content_hash, None)
        self._holders[parsed.content_hash] = article_id

    def _revision_with(self, source: KnownSource) -> int:
        """The number of the revision that has a source's bytes; it is written if there is none."""
        return self._found_revision(source) or self._keep(source)

    def _found_revision(self, source: KnownSource) -> int | None:
        number: int | None = self._value(
            "SELECT number FROM revisions WHERE article_id = ? AND file_hash = ? LIMIT 1",
            *(source.article_id, source.file_hash),
        )
        return number

    def _kept_elsewhere(self, known: KnownSource) -> bool:
        """Whether the bytes that a source row is about to lose stand in another row as well."""
        other = self._value(
            "SELECT id FROM sources WHERE article_id = ? AND revision IS NOT DISTINCT FROM ?"
            " AND file_hash = ? AND id <> ? LIMIT 1",
            *(known.article_id, known.revision, known.file_hash, known.id),
        )
        return other is not None or self._found_revision(known) is not None

    def _keep(self, known: KnownSource) -> int:
        """Write what a source holds now to `revisions`; the number it gets."""
        article_id = known.article_id
        last = self._value("SELECT max(number) FROM revisions WHERE article_id = ?", article_id)
        number: int = (last or 0) + 1
        head = (number, self._now, article_id)
        if known.revision is None:
            self._connection.execute(_KEEP_CURRENT, (*head, known.id))
        else:
            self._connection.execute(_KEEP_REVISION, (*head, known.revision, known.id))
        return number

    def _article_row(self, article_id: int, parsed: ParsedFile) -> tuple[Any, ...]:
        article, folded = parsed.article, parsed.folded
        title = None if folded is None or folded[0] == article.title else folded[0]
        return (
            *(article_id, article.published_on, article.category, article.byline, article.title),
            *(title, parsed.forms, parsed.word_count, len(article.paragraphs), parsed.content_hash),
            *(self._now, self._now),
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
        """Add the new articles to the index of words as written."""
        sqlite.index_words(self._connection, self._next_words, self._next_article - 1)
        self._next_words = self._next_article

    def _flush(self) -> None:
        """Write what was collected."""
        if self._new:
            self._connection.executemany(
                _INSERT_ARTICLE, [self._article_row(*row) for row in self._new]
            )
            self._write_text(self._new)
            self._new = []
        if self._new_sources:
            self._connection.executemany(_INSERT_SOURCE, self._new_sources)
            self._new_sources = []
        if self._refreshed:
            self._connection.executemany(_REFRESH, self._refreshed)
            self._refreshed = []

    def _record(self, *, finished: bool) -> None:
        values: dict[str, Any] = {**self.counts}
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
        self._connection.executemany(
            _INSERT_REJECTION, [(self._run, r.path, r.line, r.reason) for r in self._rejections]
        )
        self._rejections = []
