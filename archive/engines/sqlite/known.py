"""What ingest asks of the archive before it decides: which paths and contents are known, and which
sources have lost their content in this run.

All questions are asked for many files at once. What a run has to remember of its files lies in
temporary tables, so that memory stays flat. A dry run has this and no `Store`; it writes nothing to
the archive.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Container, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archive.engines.sqlite.connection import at_place
from archive.errors import ArchiveUnusable
from archive.incoming import FoundFile
from archive.ingest.identity import Further, KnownSource, NewArticle, Standing, need_not_read

if TYPE_CHECKING:
    from archive.incoming import ReadAs, Rejection
    from archive.ingest.identity import Change

PAGE = 512

_TABLES = """
CREATE TEMP TABLE to_read (number INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE,
                           place TEXT, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
                           known INTEGER NOT NULL);
CREATE TEMP TABLE lost (id INTEGER PRIMARY KEY, gone INTEGER NOT NULL,
                        article_id INTEGER NOT NULL, revision INTEGER, content_hash BLOB NOT NULL,
                        path TEXT NOT NULL, file_hash BLOB NOT NULL, size INTEGER NOT NULL,
                        mtime_ns INTEGER NOT NULL, original BLOB);
CREATE INDEX temp.lost_content ON lost (content_hash);
CREATE TEMP TABLE noted (content_hash BLOB PRIMARY KEY) WITHOUT ROWID;
"""

HOLDS = """coalesce((SELECT r.content_hash FROM main.revisions AS r
                      WHERE r.article_id = s.article_id AND r.number = s.revision),
                    (SELECT a.content_hash FROM main.articles AS a WHERE a.id = s.article_id))"""
"""The fingerprint of the content that a source `s` holds."""

_SOURCE = f"s.id, s.article_id, s.revision, s.file_hash, {HOLDS}"


_FORGED = 2**31
"""No archive comes to have so many rows: one that numbers them so was made to harm."""


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


class Known:
    """The archive as a run of ingest asks it, and what the run has met so far."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)
        # A million sources take a megabyte.
        self._met = bytearray(next_number(connection, "sources"))
        self._versions = connection.execute("SELECT 1 FROM revisions LIMIT 1").fetchone()
        self._rejections = connection.execute("SELECT 1 FROM rejections LIMIT 1").fetchone()
        self._removals = connection.execute("SELECT 1 FROM removals LIMIT 1").fetchone()
        self._rehearsed = False

    def meet(
        self,
        files: Collection[FoundFile],
        read_as: ReadAs | None,
        *,
        reread: bool = False,
        held: Container[str] = (),
    ) -> tuple[int, int]:
        """Notes that these files are there, and queues those that must be read. Returns how many
        need not be: those of which size and time prove what they hold, and those that were rejected
        when they were read in this way (None: these are read again). `reread`: all are. `held` are
        known paths of files with many articles."""
        rows = self._connection.execute(
            "SELECT path, id, size, mtime_ns, last_seen_at, gone_at FROM sources"
            f" WHERE member IS NULL AND path IN ({_places(files)})",
            [file.path for file in files],
        )
        sources = {row[0]: row for row in rows}
        queued = []
        unread = []
        for file in files:
            row = sources.get(file.path)
            if row is not None:
                self._met[row[1]] = 1
                proven = need_not_read((row[2], row[3]), utc_ns(row[4]), file)
                if row[5] is None and proven and not reread:
                    continue
            known_path = row is not None or file.path in held
            queued.append((file.path, file.place, file.size, file.mtime_ns, known_path))
            unread.append(file)
        known = len(files) - len(queued)
        if queued and read_as and self._rejections:
            rejected = self._still_rejected(unread, read_as)
            queued = [one for one in queued if one[0] not in rejected]
        if queued:
            self._connection.executemany(
                "INSERT OR IGNORE INTO temp.to_read (path, place, size, mtime_ns, known)"
                " VALUES (?, ?, ?, ?, ?)",
                queued,
            )
        return known, len(files) - known - len(queued)

    def _still_rejected(self, files: Collection[FoundFile], read_as: ReadAs) -> set[str]:
        """Those of these files that a run has rejected, read in this way, and that are the same."""
        rows = self._connection.execute(
            "SELECT r.path, r.size, r.mtime_ns, i.started_at FROM rejections AS r"
            " JOIN ingests AS i ON i.id = r.last_ingest_id"
            f" WHERE r.path IN ({_places(files)}) AND r.member IS NULL"
            " AND r.encoding = ? AND r.max_size = ? AND r.reader = ?",
            [*(file.path for file in files), read_as.encoding, read_as.max_size, read_as.reader],
        )
        rejected = {row[0]: row for row in rows}
        return {
            file.path
            for file in files
            if (row := rejected.get(file.path))
            and need_not_read((row[1], row[2]), utc_ns(row[3]), file)
        }

    def is_rejected(self, rejection: Rejection, file: FoundFile | None, read_as: ReadAs) -> bool:
        """Whether an earlier run has rejected a file as it is, for the same reason."""
        if not self._rejections:
            return False
        where, values = at_place(rejection.path, rejection.member)
        said: list[Any] = [*values, read_as.encoding, read_as.max_size, rejection.reason]
        where += " AND encoding IS ? AND max_size IS ? AND reason = ?"
        if rejection.member is None:  # a record is the same whatever else its file holds
            where += " AND size IS ? AND mtime_ns IS ?"
            said += (None, None) if file is None else (file.size, file.mtime_ns)
        row = self._connection.execute(f"SELECT 1 FROM rejections WHERE {where}", said).fetchone()
        return row is not None

    def word_count(self, article_id: int) -> int:
        """The number of words in the current version of an article."""
        row = self._connection.execute(
            "SELECT word_count FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return int(row[0]) if row else 0

    def unmet(self, folders: Collection[str]) -> Iterator[tuple[int, str]]:
        """The sources below these folders that the run has not met, and that no earlier run found
        gone: (number, path)."""
        met = bytes(self._met)
        for folder in folders:
            # What was met is passed over within the index of paths.
            yield from self._connection.execute(
                "SELECT id, path FROM sources WHERE member IS NULL AND path >= ? AND path < ?"
                " AND substr(?, id + 1, 1) = x'00' AND gone_at IS NULL",
                (f"{folder.rstrip('/')}/", f"{folder.rstrip('/')}0", met),
            )

    def lose(self, sources: Iterable[int], *, gone: bool) -> None:
        """Notes that these sources no longer hold what they held; `gone`: the files are not there
        any more."""
        self._connection.executemany(
            f"INSERT OR IGNORE INTO temp.lost SELECT s.id, ?, s.article_id, s.revision, {HOLDS},"
            " s.path, s.file_hash, s.size, s.mtime_ns, s.original"
            " FROM main.sources AS s WHERE s.id = ?",
            [(gone, source_id) for source_id in sources],
        )

    @property
    def losses(self) -> bool:
        """Whether any source has lost its content in this run."""
        return self._connection.execute("SELECT 1 FROM temp.lost LIMIT 1").fetchone() is not None

    def to_read(self, *, known: bool) -> Iterator[tuple[FoundFile, KnownSource | None]]:
        """The queued files at known paths, each with what is known of it, or those at others."""
        last = 0
        while rows := self._connection.execute(
            f"SELECT q.number, q.path, q.place, q.size, q.mtime_ns, {_SOURCE}"
            " FROM temp.to_read AS q LEFT JOIN main.sources AS s"
            " ON s.path = q.path AND s.member IS NULL"
            " WHERE q.known = ? AND q.number > ? ORDER BY q.number LIMIT ?",
            (known, last, PAGE),
        ).fetchall():
            for last, path, place, size, mtime_ns, *source in rows:  # noqa: B007 - the last number
                file = FoundFile(path, size, mtime_ns, place)
                yield file, KnownSource(*source) if source[0] is not None else None

    def standings(self, hashes: Collection[bytes]) -> dict[bytes, Standing]:
        """Where these contents stand in the archive; those that nobody knows are left out."""
        given = list(set(hashes))
        places = _places(given)

        def ask(columns: str, rest: str = "") -> list[tuple[Any, ...]]:
            statement = f"SELECT {columns} WHERE content_hash IN ({places}) {rest}"
            return self._connection.execute(statement, given).fetchall()

        current = dict(ask("content_hash, id FROM articles"))
        earlier: dict[bytes, tuple[int, int]] = {}
        if self._versions:
            columns = "content_hash, min(article_id), max(number) FROM revisions"
            earlier = {row[0]: row[1:] for row in ask(columns, "GROUP BY 1")}
        removed = dict(ask("content_hash, article_id FROM removals")) if self._removals else {}
        left = {row[0] for row in ask("content_hash FROM temp.lost")} if self.losses else set()
        if self._rehearsed:
            current |= {
                row[0]: current.get(row[0], 0) for row in ask("content_hash FROM temp.noted")
            }
        return {
            content: Standing(
                current.get(content),
                earlier=earlier.get(content),
                left=content in left,
                removed=None if content in current else removed.get(content),
            )
            for content in {*current, *earlier, *removed}
        }

    def elsewhere(self, files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
        """For files with (path, content): (path of an earlier source with that text, path)."""
        for path, content in files:
            rows = self._connection.execute(
                "SELECT s.path FROM articles AS a JOIN sources AS s ON s.article_id = a.id"
                " WHERE a.content_hash = ? AND s.revision IS NULL AND s.path <> ? LIMIT 8",
                (content, path),
            )
            for (other,) in rows:
                yield other, path

    def count_below(self, folder: str) -> int:
        """The number of sources below a folder."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM sources WHERE member IS NULL AND path >= ? AND path < ?",
            (f"{folder}/", f"{folder}0"),
        ).fetchone()
        return int(count)

    def note(self, changes: Iterable[Change]) -> None:
        """In place of `Store.apply` in a dry run: remembers what would be known from now on."""
        self._rehearsed = True
        self._connection.executemany(
            "INSERT OR IGNORE INTO temp.noted VALUES (?)",
            [
                (change.parsed.content_hash,)
                for change in changes
                if isinstance(change, NewArticle | Further)
            ],
        )


def _places(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def next_number(connection: sqlite3.Connection, table: str, column: str = "id") -> int:
    """The first number that no row of a table has."""
    last = connection.execute(f"SELECT max({column}) FROM {table}").fetchone()[0] or 0
    if last >= _FORGED:
        raise ArchiveUnusable(f"the archive numbers its {table} up to {last}: restore a backup")
    return int(last) + 1
