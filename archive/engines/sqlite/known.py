"""What ingest asks of the archive before it decides: which paths and contents are known.

All questions are asked for many files at once. Used by the store, and by the rehearsal of a dry
run, which has nothing else.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from archive.ingest.identity import KnownSource, need_not_read

if TYPE_CHECKING:
    from archive.records import FoundFile


def utc_text(ns: int) -> str:
    """A time in ns since 1970 as the tables write it: `2026-11-24T12:00:00.123456Z`."""
    return datetime.fromtimestamp(ns // 1000 / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=64)
def utc_ns(text: str) -> int:
    """The inverse of `utc_text`, exact to a microsecond; 0 for what is no time, so that damage
    there only makes a file be read again. Remembers: one run writes one time."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return 0
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000


def look_up_unchanged(connection: sqlite3.Connection, files: Mapping[str, FoundFile]) -> set[str]:
    """The paths of these files that need not be read: size and time prove what they hold. All that
    most runs ask of most files, so it reads one table and makes no records."""
    rows = connection.execute(
        "SELECT path, size, mtime_ns, last_seen_at FROM sources"
        f" WHERE revision IS NULL AND path IN ({_places(files)})",
        tuple(files),
    )
    return {
        path
        for path, size, mtime_ns, seen in rows
        if need_not_read((size, mtime_ns), utc_ns(seen), files[path].size, files[path].mtime_ns)
    }


def look_up_sources(
    connection: sqlite3.Connection, paths: Collection[str]
) -> dict[str, KnownSource]:
    """What the archive knows of these paths."""
    rows = connection.execute(
        "SELECT s.path, s.id, s.article_id, s.revision, s.file_hash,"
        " coalesce(r.content_hash, a.content_hash) FROM sources AS s"
        " JOIN articles AS a ON a.id = s.article_id"
        " LEFT JOIN revisions AS r ON r.article_id = s.article_id AND r.number = s.revision"
        f" WHERE s.path IN ({_places(paths)})",
        tuple(paths),
    )
    return {row[0]: KnownSource(*row[1:]) for row in rows}


def look_up_holders(connection: sqlite3.Connection, hashes: Collection[bytes]) -> dict[bytes, int]:
    """The articles whose current content has one of these fingerprints."""
    found = connection.execute(
        f"SELECT content_hash, id FROM articles WHERE content_hash IN ({_places(hashes)})",
        tuple(hashes),
    )
    return dict(found)


def is_present(connection: sqlite3.Connection, article_id: int, *but: int) -> bool:
    """Whether a file that backs an article's current version is still there; not counting the
    sources with the ids `but`."""
    rows = connection.execute(
        "SELECT id, path FROM sources WHERE article_id = ? AND revision IS NULL", (article_id,)
    )
    return any(os.path.lexists(path) for source, path in rows if source not in but)


def _places(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
