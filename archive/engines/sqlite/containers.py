"""Files with many articles: which are known, what their members are called, and their bytes.

The bytes of each state that was read are kept (`pieces.py`). A state is current once a run has read
it to its end.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import pieces as kept
from archive.engines.sqlite.known import HOLDS, utc_ns
from archive.engines.writing import KnownContainer
from archive.ingest.identity import KnownSource

if TYPE_CHECKING:
    from archive.incoming import FoundFile

_NAMES = (
    "CREATE TEMP TABLE IF NOT EXISTS named"
    " (name TEXT PRIMARY KEY, uses INTEGER NOT NULL) WITHOUT ROWID"
)
_SOURCES = f"""
SELECT s.member, s.id, s.article_id, s.revision, s.file_hash, {HOLDS}
  FROM main.sources AS s WHERE s.path = ? AND s.member IN"""


class Containers:
    """The containers of an archive, as a run of ingest asks for them and changes them."""

    def __init__(self, connection: sqlite3.Connection, now: str) -> None:
        self._connection = connection
        self._now = now
        self._any = sqlite.value(connection, "SELECT 1 FROM containers LIMIT 1") is not None
        self._met: set[str] = set()
        self._read: list[tuple[int, bool]] = []

    def known(self, paths: Collection[str]) -> dict[str, KnownContainer]:
        """What is known of those of these paths that hold containers; they count as met."""
        if not self._any:
            return {}
        rows = self._connection.execute(
            "SELECT path, size, mtime_ns, read_at, format, reader, options, file_hash, gone_at"
            f" FROM containers WHERE replaced_at IS NULL AND path IN ({_places(paths)})",
            list(paths),
        )
        found = {
            row[0]: KnownContainer(*(*row[:3], utc_ns(row[3] or ""), *row[4:8], row[8] is not None))
            for row in rows
        }
        self._met.update(found)
        return found

    def unmet(self, folders: Collection[str]) -> Iterator[str]:
        """The containers below these folders that the run has not met, and that no earlier run
        found gone."""
        for folder in folders if self._any else ():
            rows = self._connection.execute(
                "SELECT path FROM containers WHERE replaced_at IS NULL AND gone_at IS NULL"
                " AND path >= ? AND path < ?",
                (f"{folder.rstrip('/')}/", f"{folder.rstrip('/')}0"),
            ).fetchall()
            yield from (path for (path,) in rows if path not in self._met)

    def members(self, path: str) -> tuple[int, int]:
        """How many members of a container are articles, and how many records were rejected."""
        articles, rejected = (
            sqlite.value(
                self._connection,
                f"SELECT count(*) FROM {table} WHERE path = ? AND member IS NOT NULL",
                path,
            )
            for table in ("sources", "rejections")
        )
        return articles, rejected

    def begin(self) -> None:
        """Forgets the names that were given to members: another container begins."""
        self._connection.execute(_NAMES)
        self._connection.execute("DELETE FROM temp.named")

    def name(self, key: str) -> str:
        """A name for a member with this key, which no other member of the container has."""
        name = key
        while not self._connection.execute(
            "INSERT OR IGNORE INTO temp.named VALUES (?, 1)", (name,)
        ).rowcount:
            (uses,) = self._connection.execute(
                "UPDATE temp.named SET uses = uses + 1 WHERE name = ? RETURNING uses", (key,)
            ).fetchone()
            name = f"{key} #{uses}"
        return name

    def sources(self, path: str, names: Collection[str]) -> dict[str, KnownSource]:
        """What is known of these members."""
        rows = self._connection.execute(f"{_SOURCES} ({_places(names)})", (path, *names))
        return {member: KnownSource(*source) for member, *source in rows}

    def missing(self, path: str, *, all_of_it: bool = False) -> list[int]:
        """The sources of members that the container no longer has, or of all of them."""
        condition = "" if all_of_it else " AND member NOT IN (SELECT name FROM temp.named)"
        rows = self._connection.execute(
            "SELECT id FROM sources WHERE path = ? AND member IS NOT NULL AND gone_at IS NULL"
            + condition,
            (path,),
        )
        return [number for (number,) in rows]

    def holds_removed(self, hashes: Iterable[bytes]) -> bool:
        """Whether any of these contents was taken out of the archive."""
        ask = "SELECT 1 FROM removals WHERE content_hash = ?"
        return any(self._connection.execute(ask, (one,)).fetchone() for one in hashes)

    @property
    def removals(self) -> bool:
        """Whether anything was taken out of the archive."""
        return sqlite.value(self._connection, "SELECT 1 FROM removals LIMIT 1") is not None

    def keep(
        self, file: FoundFile, how: tuple[str, str, str], pieces: Iterable[bytes] | None
    ) -> int:
        """Keeps the bytes of a container that is about to be read; its number. `how` is (format,
        reader, options). Without pieces, it is known, but its bytes are not kept."""
        self._any = True
        self.discard(file.path)
        digest = hashlib.sha256()
        row = (file.path, *how, b"", file.size, file.mtime_ns, self._now, self._now)
        number = self._connection.execute(
            "INSERT INTO containers (path, format, reader, options, file_hash, size, mtime_ns,"
            " stored_at, replaced_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        ).lastrowid
        for position, piece in enumerate(pieces or (), 1):
            digest.update(piece)
            kept.put(self._connection, number or 0, position, piece)
        self._connection.execute(
            "UPDATE containers SET file_hash = ? WHERE id = ?", (digest.digest(), number)
        )
        return int(number or 0)

    def discard(self, path: str) -> None:
        """Forgets the states of a container that no run has read to its end."""
        unread = "SELECT id FROM containers WHERE path = ? AND read_at IS NULL"
        found = self._connection.execute(
            f"DELETE FROM container_pieces WHERE container_id IN ({unread})", (path,)
        )
        self._connection.execute(
            "DELETE FROM containers WHERE path = ? AND read_at IS NULL", (path,)
        )
        if found.rowcount:
            kept.drop_orphans(self._connection)

    def same_bytes(self, number: int, known: KnownContainer) -> bool:
        """Whether the bytes that were kept under a number are those that were known before."""
        held = "SELECT file_hash FROM containers WHERE id = ?"
        return bool(sqlite.value(self._connection, held, number) == known.file_hash)

    def read_through(self, number: int, *, parsed: bool) -> None:
        """Notes that a container was read to its end, or need not be parsed: it is current once the
        run settles."""
        self._read.append((number, parsed))

    def settle(self, run: int | None) -> None:
        """Lets what was read through be the current state of its path, in the transaction of all
        that was found in it."""
        for number, parsed in self._read:
            path, file_hash = self._connection.execute(
                "SELECT path, file_hash FROM containers WHERE id = ?", (number,)
            ).fetchone()
            same = sqlite.value(
                self._connection,
                "SELECT id FROM containers WHERE path = ? AND replaced_at IS NULL"
                " AND file_hash = ?",
                *(path, file_hash),
            )
            if same is not None:  # another reader or other options, or a new modification time
                self._connection.execute(
                    "DELETE FROM container_pieces WHERE container_id = ?", (same,)
                )
                self._connection.execute("DELETE FROM containers WHERE id = ?", (same,))
            self._replace(path)
            self._connection.execute(
                "UPDATE containers SET read_at = ?, replaced_at = NULL WHERE id = ?",
                (self._now, number),
            )
            if parsed:
                self._connection.execute(
                    "DELETE FROM rejections WHERE path = ? AND member IS NOT NULL"
                    " AND last_ingest_id IS NOT ?",
                    (path, run),
                )
        self._read = []

    def end(self, path: str, *, gone: bool) -> None:
        """A path holds no container any more; `gone`: the file is not there."""
        if gone:
            self._connection.execute(
                "UPDATE containers SET gone_at = ? WHERE path = ? AND replaced_at IS NULL",
                (self._now, path),
            )
        else:
            self._replace(path)

    def _replace(self, path: str) -> None:
        self._connection.execute(
            "UPDATE containers SET replaced_at = ? WHERE path = ? AND replaced_at IS NULL",
            (self._now, path),
        )

    def opened(self, number: int) -> BinaryIO:
        """The kept bytes of a container, to be read and sought in."""
        return kept.opened(self._connection, number)


def _places(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
