"""What ingest asks of the archive before it decides: which paths and contents are known.

All questions are asked for many files at once. Used by the store, and by the rehearsal of a dry
run, which has nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from archive import schema
from archive.identity import KnownSource

if TYPE_CHECKING:
    from sqlalchemy import Connection

A, S, R = schema.articles, schema.sources, schema.revisions


def utc_text(ns: int) -> str:
    """A time in ns since 1970 as the tables write it: `2026-11-24T12:00:00.123456Z`."""
    return datetime.fromtimestamp(ns // 1000 / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def utc_ns(text: str) -> int:
    """The inverse of `utc_text`, exact to a microsecond; 0 for what is no time, so that damage
    there only makes a file be read again."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return 0
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000


def look_up_sources(connection: Connection, paths: Iterable[str]) -> dict[str, KnownSource]:
    """What the archive knows of these paths."""
    content = func.coalesce(R.c.content_hash, A.c.content_hash).label("content_hash")
    rows = connection.execute(
        select(S, content)
        .join(A, A.c.id == S.c.article_id)
        .outerjoin(R, (R.c.article_id == S.c.article_id) & (R.c.number == S.c.revision))
        .where(S.c.path.in_(list(paths)))
    )
    return {
        row.path: KnownSource(
            id=row.id,
            article_id=row.article_id,
            revision=row.revision,
            size=row.size,
            mtime_ns=row.mtime_ns,
            file_hash=row.file_hash,
            content_hash=row.content_hash,
            read_at_ns=utc_ns(row.last_seen_at),
        )
        for row in rows
    }


def look_up_holders(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, int]:
    """The articles whose current content has one of these fingerprints."""
    found = select(A.c.content_hash, A.c.id).where(A.c.content_hash.in_(list(hashes)))
    return {row.content_hash: row.id for row in connection.execute(found)}


def is_present(connection: Connection, article_id: int, *but: int) -> bool:
    """Whether a file that backs an article's current version is still there; not counting the
    sources with the ids `but`."""
    rows = connection.execute(
        select(S.c.id, S.c.path).where(S.c.article_id == article_id, S.c.revision.is_(None))
    )
    return any(os.path.lexists(row.path) for row in rows if row.id not in but)
