"""Reading articles back, by number and version: every read of one article stands here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from archive.engines.finding import Found
from archive.errors import NoSuchArticle, UsageError
from archive.records import Article, Origin, Source, StoredArticle, Version

_LARGEST = 2**63 - 1
"""The largest number that SQLite takes."""


class Articles:
    """The articles of a snapshot (`engines.contract.Articles`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def load(self, article_id: int, version: int | None = None) -> StoredArticle:
        """An article in its current version or the one given; `NoSuchArticle`."""
        if max(article_id, version or 0) > _LARGEST:
            raise NoSuchArticle(f"there is no article {article_id}, version {version or 'current'}")
        head, newest = self._current(article_id)
        if version is None or version == newest:
            text = self.paragraphs(article_id)
            sources = self._sources(article_id, None)
            path = sources[0].path if sources else None
            return StoredArticle(
                article_id, newest, newest, _article(head, text), head[5], sources, path
            )
        old = self._connection.execute(
            "SELECT published_on, title, category, byline, publication, content_hash, t.text, path"
            " FROM revisions JOIN revision_text AS t USING (article_id, number)"
            " WHERE article_id = ? AND number = ?",
            (article_id, version),
        ).fetchone()
        if old is None:
            raise NoSuchArticle(f"article {article_id} has versions 1 to {newest}, none {version}")
        text = tuple(old[6].split("\n"))
        sources = self._sources(article_id, version)
        return StoredArticle(
            article_id, version, newest, _article(old, text), old[5], sources, old[7]
        )

    def paragraphs(self, article_id: int) -> tuple[str, ...]:
        """The text of an article's current version."""
        rows = self._connection.execute(
            "SELECT text FROM paragraphs WHERE article_id = ? ORDER BY position", (article_id,)
        )
        return tuple([text for (text,) in rows])

    def history(self, article_id: int) -> tuple[Version, ...]:
        """All versions of an article, the first one first; `NoSuchArticle`."""
        head, newest = self._current(article_id)
        rows = self._connection.execute(
            "SELECT number, title, path, replaced_at, content_hash FROM revisions"
            " WHERE article_id = ? ORDER BY number",
            (article_id,),
        ).fetchall()
        sources = self._sources(article_id, None)
        rows.append((newest, head[1], sources[0].path if sources else None, None, head[5]))
        before = [None, *(row[4] for row in rows)]
        return tuple(
            Version(number, title, path, replaced_at, same_text=content == old)
            for old, (number, title, path, replaced_at, content) in zip(before, rows, strict=False)
        )

    def neighbours(self, article_id: int) -> tuple[Found | None, Found | None]:
        """The articles before and after one in order of date and number, where there are any."""
        (published_on, *_), _newest = self._current(article_id)
        before, after = (
            self._connection.execute(
                "SELECT id, published_on, category, byline, title FROM articles"
                f" WHERE (published_on, id) {side} (?, ?)"
                f" ORDER BY published_on {order}, id {order} LIMIT 1",
                (published_on, article_id),
            ).fetchone()
            for side, order in (("<", "DESC"), (">", "ASC"))
        )
        return _found(before), _found(after)

    def with_content(self, fingerprint: str) -> tuple[int, int | None]:
        """The article whose content has a fingerprint that begins so (in hexadecimal), and its
        version, None for the current one. Of several versions with one content, the newest; of
        several contents, `UsageError`."""
        whole = len(fingerprint) // 2 * 2
        first = bytes.fromhex(fingerprint[:whole])
        rows = self._connection.execute(
            "SELECT content_hash, id, NULL FROM articles WHERE content_hash BETWEEN ?1 AND ?2"
            " UNION ALL SELECT content_hash, article_id, number FROM revisions"
            " WHERE content_hash BETWEEN ?1 AND ?2 ORDER BY 1, 3 DESC NULLS FIRST",
            (first, first.ljust(32, b"\xff")),
        ).fetchall()
        found: dict[bytes, tuple[int, int | None]] = {}
        for content, article_id, version in rows:
            if content.hex().startswith(fingerprint):
                found.setdefault(content, (article_id, version))
        if not found:
            raise NoSuchArticle(f"no article has the content hash:{fingerprint}")
        if len(found) > 1:
            several = ", ".join(f"hash:{content.hex()[:16]}" for content in sorted(found)[:3])
            raise UsageError(f"hash:{fingerprint} begins several fingerprints: write {several}")
        return next(iter(found.values()))

    def kept(self, stored: StoredArticle) -> tuple[bytes | None, bytes, int] | None:
        """What is kept of the bytes of a version: (its own copy of them where the text does not
        rebuild them, their SHA-256, their number). Of several sources, those of the first one;
        None if there is no source."""
        current = stored.version == stored.versions
        row = None
        if current:
            row = self._connection.execute(
                "SELECT original, file_hash, size FROM sources"
                " WHERE article_id = ? AND revision IS NULL ORDER BY id LIMIT 1",
                (stored.id,),
            ).fetchone()
        if row is None:  # an old version, or a current one whose last source holds another article
            row = self._connection.execute(
                "SELECT original, file_hash, size FROM revisions"
                " WHERE article_id = ? AND (number = ? OR ? AND content_hash = ?)"
                " ORDER BY number DESC LIMIT 1",
                (stored.id, stored.version, current, stored.content_hash),
            ).fetchone()
        return row  # type: ignore[no-any-return]

    def container(self, stored: StoredArticle) -> Iterator[bytes] | None:
        """The bytes of the file with many articles that a version was read from, piece by piece;
        None where it has a file of its own."""
        if not stored.sources or stored.sources[0].member is None:
            return None
        row = self._connection.execute(
            "SELECT id FROM containers WHERE path = ? ORDER BY replaced_at IS NULL DESC, id DESC",
            (stored.sources[0].path,),
        ).fetchone()
        if row is None:
            return None
        from archive.engines.sqlite import pieces  # noqa: PLC0415 - a search needs none

        return pieces.blocks(self._connection, row[0])

    def _current(self, article_id: int) -> tuple[Any, int]:
        """The row of an article (with its content_hash), and the number of its current version."""
        row = self._connection.execute(
            "SELECT published_on, title, category, byline, publication, content_hash,"
            " (SELECT max(number) FROM revisions WHERE article_id = a.id)"
            " FROM articles AS a WHERE id = ?",
            (article_id,),
        ).fetchone()
        if row is None:
            raise NoSuchArticle(f"there is no article {article_id}")
        return row, (row[6] or 0) + 1

    def _sources(self, article_id: int, revision: int | None) -> tuple[Source, ...]:
        rows = self._connection.execute(
            "SELECT path, member, file_hash, size, first_seen_at, last_seen_at,"
            " url, identifier, published_at, language FROM sources"
            " WHERE article_id = ? AND revision IS ? ORDER BY id",
            (article_id, revision),
        )
        return tuple(Source(*(*row[:6], Origin(*row[6:]))) for row in rows)


def _found(row: Any) -> Found | None:
    if row is None:
        return None
    article_id, published_on, category, byline, title = row
    return Found(article_id, published_on, category, byline, title, score=None, whole=True)


def _article(row: Any, text: tuple[str, ...]) -> Article:
    """The article of a row that begins with published_on, title, category, byline, publication."""
    return Article(row[0], row[1], text, *row[2:5])
