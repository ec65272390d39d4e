"""Reading articles back: by number and version, as text or as the exact bytes of a source.

    12        the article      12:7    its seventh paragraph     12:7-9  three of them
    12@1      its first version, 12@1:7 a paragraph of that

Runs over a plain read-only connection.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import zlib
from typing import Any

from archive.errors import ArchiveUnusable, NoSuchArticle, UsageError, quoted
from archive.formats.packing import decompress
from archive.record import record
from archive.records import Article, Citation, Source, StoredArticle, Version

_LARGEST = 2**63 - 1
"""What SQLite takes for a number."""
_ADDRESS = re.compile(r"([0-9]{1,18})(?:@([0-9]{1,9}))?(?::([0-9]{1,9})(?:-([0-9]{1,9}))?)?")


@record
class Address:
    """An article, perhaps a version of it, perhaps some of its paragraphs (both ends included)."""

    article_id: int
    version: int | None = None
    first: int | None = None
    last: int | None = None


def address(text: str) -> Address:
    """`12`, `12@1`, `12:7`, `12:7-9`, `12@1:7`; `UsageError` for anything else."""
    found = _ADDRESS.fullmatch(text.strip())
    if not found:
        raise UsageError(f"{quoted(text)} names no article: write 12, 12:7, 12:7-9 or 12@1:7")
    article_id, version, first, last = (int(part) if part else None for part in found.groups())
    if first is not None and last is not None and last < first:
        raise UsageError(f"{quoted(text)}: the range ends before it begins")
    return Address(article_id or 0, version, first, last if last is not None else first)


def whole(text: str) -> Address:
    """An address that names no paragraphs: `12`, `12@1`; `UsageError` for anything else."""
    place = address(text)
    if place.first is not None:
        such = f"name an article, such as {place.article_id}"
        raise UsageError(f"{quoted(text)} is a paragraph: {such}")
    return place


def load(connection: sqlite3.Connection, article_id: int, version: int | None) -> StoredArticle:
    """An article in its current or an earlier version; `NoSuchArticle`."""
    if max(article_id, version or 0) > _LARGEST:
        raise NoSuchArticle(f"there is no article {article_id}, version {version or 'current'}")
    row = connection.execute(
        "SELECT published_on, title, category, byline, content_hash,"
        " (SELECT max(number) FROM revisions WHERE article_id = a.id)"
        " FROM articles AS a WHERE id = ?",
        (article_id,),
    ).fetchone()
    if row is None:
        raise NoSuchArticle(f"there is no article {article_id}")
    versions = (row[5] or 0) + 1
    if version is None or version == versions:
        return StoredArticle(
            article_id, versions, versions, _current(connection, article_id, row), row[4],
            _sources(connection, article_id, None),
        )  # fmt: skip
    old = connection.execute(
        "SELECT published_on, title, category, byline, content_hash, t.text"
        " FROM revisions AS r JOIN revision_text AS t USING (article_id, number)"
        " WHERE r.article_id = ? AND r.number = ?",
        (article_id, version),
    ).fetchone()
    if old is None:
        raise NoSuchArticle(f"article {article_id} has versions 1 to {versions}, none {version}")
    return StoredArticle(
        article_id, version, versions, from_revision(old), old[4],
        _sources(connection, article_id, version),
    )  # fmt: skip


def _current(connection: sqlite3.Connection, article_id: int, row: Any) -> Article:
    texts = connection.execute(
        "SELECT text FROM paragraphs WHERE article_id = ? ORDER BY position", (article_id,)
    )
    return Article(row[0], row[1], tuple(text for (text,) in texts), row[2], row[3])


def from_revision(row: Any) -> Article:
    """The article of a row (published_on, title, category, byline, content_hash, text)."""
    return Article(row[0], row[1], tuple(row[5].split("\n")), row[2], row[3])


def _sources(
    connection: sqlite3.Connection, article_id: int, revision: int | None
) -> tuple[Source, ...]:
    rows = connection.execute(
        "SELECT path, file_hash, size, first_seen_at, last_seen_at FROM sources"
        " WHERE article_id = ? AND revision IS ? ORDER BY id",
        (article_id, revision),
    )
    return tuple(Source(*row) for row in rows)


def history(connection: sqlite3.Connection, article_id: int) -> tuple[Version, ...]:
    """All versions of an article, the first one first; `NoSuchArticle`."""
    stored = load(connection, article_id, None)
    rows = connection.execute(
        "SELECT number, title, path, replaced_at, content_hash FROM revisions"
        " WHERE article_id = ? ORDER BY number",
        (article_id,),
    ).fetchall()
    path = stored.sources[0].path if stored.sources else None
    rows.append((stored.version, stored.article.title, path, None, stored.content_hash))
    texts = [None, *(row[4] for row in rows)]
    return tuple(
        Version(number, title, held_by, replaced_at, same_text=content == before)
        for before, (number, title, held_by, replaced_at, content) in zip(texts, rows, strict=False)
    )


def cite(connection: sqlite3.Connection, text: str) -> Citation:
    """The citation of an address; `NoSuchArticle`."""
    place = address(text)
    stored = load(connection, place.article_id, place.version)
    span(place, stored)
    paths = {v.number: v.path for v in history(connection, stored.id)}
    return Citation(
        article_id=stored.id,
        version=stored.version,
        first=place.first,
        last=place.last,
        published_on=stored.article.published_on,
        category=stored.article.category,
        byline=stored.article.byline,
        title=stored.article.title,
        path=paths[stored.version],
        content_hash=stored.content_hash,
    )


def span(place: Address, stored: StoredArticle) -> range:
    """The positions that an address names, all where it names none; `NoSuchArticle` if the article
    has no such paragraphs."""
    count = len(stored.article.paragraphs)
    first, last = place.first or 1, place.last or count
    if place.first == 0 or last > count:
        raise NoSuchArticle(f"article {place.article_id} has paragraphs 1 to {count}")
    return range(first, last + 1)


def raw(connection: sqlite3.Connection, article_id: int, version: int | None) -> bytes:
    """The exact bytes of the file that an article (or a version of it) was read from.

    Of several sources, the first that holds the version. `ArchiveUnusable` if the bytes cannot be
    rebuilt as they were: then the archive is damaged.
    """
    stored = load(connection, article_id, version)
    current = stored.version == stored.versions
    row = None
    if current:
        row = connection.execute(
            "SELECT original, file_hash FROM sources"
            " WHERE article_id = ? AND revision IS NULL ORDER BY id LIMIT 1",
            (article_id,),
        ).fetchone()
    if row is None:  # an old version; or a current one whose last source now holds another article
        row = connection.execute(
            "SELECT original, file_hash FROM revisions"
            " WHERE article_id = ? AND (number = ? OR ? AND content_hash = ?)"
            " ORDER BY number DESC LIMIT 1",
            (article_id, stored.version, current, stored.content_hash),
        ).fetchone()
    if row is None:
        raise ArchiveUnusable(f"article {article_id} has no source: run 'archive verify'")
    try:
        return rebuild(stored.article, row[0], row[1])
    except ValueError as error:
        raise ArchiveUnusable(f"article {article_id}: {error}: run 'archive verify'") from None


def rebuild(article: Article, original: bytes | None, file_hash: bytes) -> bytes:
    """A source's bytes from its article's rows, and its own copy where it has one. `ValueError` if
    they are not the bytes that were read."""
    try:
        data = article.canonical() if original is None else decompress(original, article)
    except zlib.error:
        raise ValueError("the kept bytes cannot be unpacked") from None
    if hashlib.sha256(data).digest() != file_hash:
        raise ValueError("the bytes are not those that were read")
    return data
