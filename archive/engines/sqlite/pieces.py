"""The bytes of files with many articles, in pieces of 8 MiB, each kept once.

So a file that grows at its end costs its last piece, however often it is read. `containers.py`
keeps them, export, verify, dump and merge read them.
"""

from __future__ import annotations

import hashlib
import io
import sqlite3
import zlib
from collections.abc import Collection, Iterator
from typing import BinaryIO

from archive.engines.rows import ContainerRow
from archive.errors import Unreadable
from archive.formats.packing import PIECE, piece_of

_ORPHANS = "DELETE FROM pieces WHERE id NOT IN (SELECT piece_id FROM container_pieces)"


def put(connection: sqlite3.Connection, number: int, position: int, piece: bytes) -> None:
    """Keeps a piece of a container."""
    one = (hashlib.sha256(piece).digest(), zlib.compress(piece, 6))
    connection.execute("INSERT OR IGNORE INTO pieces (hash, data) VALUES (?, ?)", one)
    connection.execute(
        "INSERT INTO container_pieces SELECT ?, ?, id FROM pieces WHERE hash = ?",
        (number, position, one[0]),
    )


def opened(connection: sqlite3.Connection, number: int) -> BinaryIO:
    """The kept bytes of a container, to be read and sought in."""
    return io.BufferedReader(_Pieces(connection, number))


def drop_orphans(connection: sqlite3.Connection) -> None:
    """Drops pieces that no container has."""
    connection.execute(_ORPHANS)


def blocks(connection: sqlite3.Connection, number: int) -> Iterator[bytes]:
    """The bytes of a container, piece by piece; `Unreadable` where one is damaged."""
    rows = connection.execute(
        "SELECT p.hash, p.data FROM container_pieces AS c JOIN pieces AS p ON p.id = c.piece_id"
        " WHERE c.container_id = ? ORDER BY c.position",
        (number,),
    )
    for digest, packed in rows:
        yield _unpacked(digest, packed)


def forget_bytes(connection: sqlite3.Connection, path: str) -> None:
    """Forgets the bytes of all states of a container, for an article in them is taken out."""
    connection.execute(
        "DELETE FROM container_pieces WHERE container_id IN"
        " (SELECT id FROM containers WHERE path = ?)",
        (path,),
    )
    connection.execute(_ORPHANS)


def bring(
    ours: sqlite3.Connection, theirs: sqlite3.Connection, now: str, withheld: Collection[int]
) -> None:
    """Brings the containers of another archive: those that are known here stay current. Of those
    with an article that is `withheld`, because it was removed here, no bytes come."""
    places = ", ".join("?" * len(withheld))
    paths = theirs.execute(
        f"SELECT path FROM sources WHERE article_id IN ({places}) UNION"
        f" SELECT path FROM revisions WHERE article_id IN ({places})",
        (*withheld, *withheld),
    )
    forbidden = {path for (path,) in paths}
    columns = ContainerRow._fields
    for row in theirs.execute(
        f"SELECT {', '.join(columns)} FROM containers WHERE read_at IS NOT NULL ORDER BY id"
    ).fetchall():
        there = ContainerRow(*row)
        known = ours.execute(
            "SELECT max(file_hash = ?), max(replaced_at IS NULL) FROM containers WHERE path = ?",
            (there.file_hash, there.path),
        ).fetchone()
        if known[0]:
            continue
        mine = there._replace(replaced_at=there.replaced_at or (now if known[1] else None))
        places = ", ".join("?" * (len(columns) - 1))
        number = ours.execute(
            f"INSERT INTO containers ({', '.join(columns[1:])}) VALUES ({places})", mine[1:]
        ).lastrowid
        if there.path not in forbidden:
            for position, piece in enumerate(blocks(theirs, there.id), 1):
                put(ours, number or 0, position, piece)


def _unpacked(digest: bytes, packed: bytes) -> bytes:
    try:
        return piece_of(digest, packed)
    except ValueError as error:
        raise Unreadable(str(error)) from None


class _Pieces(io.RawIOBase):
    """The bytes of a container as a file."""

    def __init__(self, connection: sqlite3.Connection, number: int) -> None:
        self._connection, self._number = connection, number
        (self._size,) = connection.execute(
            "SELECT size FROM containers WHERE id = ?", (number,)
        ).fetchone()
        self._place, self._held, self._data = 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        number, start = divmod(self._place, PIECE)
        if self._place >= self._size:
            return 0
        if number != self._held:
            row = self._connection.execute(
                "SELECT p.hash, p.data FROM container_pieces AS c"
                " JOIN pieces AS p ON p.id = c.piece_id"
                " WHERE c.container_id = ? AND c.position = ?",
                (self._number, number + 1),
            ).fetchone()
            self._held, self._data = number, _unpacked(*row)
        part = self._data[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)
