"""All that only SQLite can do: opening a file safely, and keeping the full-text index in step.

The two indexes (FTS5: `article_search` of stems, `article_words` of words as written) hold no text
of their own: their external content is the view `indexed_text`, so whoever changes an article's
rows hands them the old text first and the new text after, in the same transaction (`unindex`,
`index`, `index_words`). Imports neither SQLAlchemy nor Alembic:
this is the read path of every command.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from archive.engines.sqlite import guard
from archive.errors import (
    ArchiveBusy,
    ArchiveError,
    ArchiveMissing,
    ArchiveStopped,
    ArchiveUnusable,
)
from archive.text.folding import PARAGRAPH_BREAK

APPLICATION_ID = 0x41727469
"""`PRAGMA application_id` of every archive ("Arti"): tells an archive from other SQLite files."""

LOGS = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite may keep beside a database."""

PAGE_SIZE = 32768
"""Bytes a page; smaller pages waste more on paragraphs (benchmarks/log.md has the figures)."""

BUSY_SECONDS = 30.0

WORDS = f"unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc' tokenchars '{PARAGRAPH_BREAK}'"
"""The tokenizer of words as written."""

TOKENIZER = f"porter {WORDS}"
"""Stock, so that any SQLite shell reads the index. Marks (Mn, Mc) belong to words in most of the
scripts of South Asia; the paragraph break is a word so that no phrase spans two paragraphs."""

BETWEEN = f"\n{PARAGRAPH_BREAK} "
"""What stands between two paragraphs in the index."""


def open_read_only(path: str) -> sqlite3.Connection:
    """A connection that only reads; never makes, changes or upgrades an archive.

    An archive stays in WAL mode for good, so a reader neither waits for a writer nor holds one up.
    Where the archive may be written, the reader recovers what a killed run left, and the last
    connection to close removes the log. Elsewhere an archive without a log is read as it is.
    Raises `ArchiveMissing`, `ArchiveBusy`, `ArchiveUnusable`.
    """
    if not os.path.exists(path):
        raise ArchiveMissing(f"no archive at {path}: make one with 'archive ingest FOLDER'")
    if not os.path.isfile(path):  # to open a pipe would wait for its other end for ever
        raise ArchiveUnusable(f"{path} is no regular file: name an archive with --db")
    try:
        if not is_archive(path):
            raise ArchiveUnusable(f"{path} is not an article archive: left as it is")
        return _open_reader(path)
    except sqlite3.DatabaseError as error:
        raise translate(error, path) from None


def is_archive(path: str) -> bool:
    """Looks at the file alone: a log beside a file of another program is not ours to recover."""
    for turn in range(100):
        with contextlib.closing(_connect(path, "immutable=1")) as file:
            try:
                return bool(file.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
            except sqlite3.DatabaseError as error:
                gone = turn and not os.path.exists(f"{path}-wal")  # at first it may just have gone
                if primary(error) != sqlite3.SQLITE_CORRUPT or gone:
                    raise
        time.sleep(0.01)  # a writer is folding its log in: the file is shorter than it says
    return True  # what is wrong with it is said when it is read


def ways_to_read(path: str) -> tuple[str, ...]:
    """The modes in which to try to open an archive; only `immutable` follows no log. A user who may
    not write the archive leaves no log there that its owner could not write."""
    path = os.path.realpath(path)  # the log lies beside the file, not beside a link to it
    if os.access(path, os.W_OK):
        return "mode=rw", "immutable=1"
    logs = any(os.path.exists(path + end) for end in LOGS)
    return ("mode=ro", "immutable=1") if logs else ("immutable=1",)


def _open_reader(path: str) -> sqlite3.Connection:
    """The first way to open an archive that works; see `open_read_only`."""
    *ways, last = ways_to_read(path)
    for way in ways:
        try:
            return _touched(path, way)
        except sqlite3.OperationalError as error:
            if primary(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
    path = os.path.realpath(path)
    for end in ("-wal", "-journal"):
        if os.path.exists(path + end) and os.path.getsize(path + end):
            raise ArchiveUnusable(
                f"{path}: an ingest was cut short and the folder is read-only; "
                f"copy the archive and its {end} file to a writable folder"
            )
    return _touched(path, last)


def _connect(path: str, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{file_uri(path)}?{mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _touched(path: str, mode: str) -> sqlite3.Connection:
    """A connection that has read something: only then does SQLite look at the file and its log."""
    connection = _connect(path, mode)
    try:
        guard.guard(connection)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def state_of(connection: sqlite3.Connection, path: str) -> tuple[int, ...]:
    """What becomes another value when another file takes the place of the one that was opened; for
    a connection that follows no log, also when the file is written."""
    try:
        file = os.stat(path)
    except OSError:
        return ()
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return file.st_dev, file.st_ino
    return file.st_dev, file.st_ino, file.st_size, file.st_mtime_ns


def list_places(connection: sqlite3.Connection) -> None:
    """Make `temp.article_places`, where a reader finds every place of every term."""
    connection.execute("PRAGMA query_only = OFF")  # which forbids temporary tables as well
    try:
        connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.article_places"
            " USING fts5vocab(main, article_search, instance)"
        )
    finally:
        connection.execute("PRAGMA query_only = ON")


def open_writer(path: str, *, new: bool = False) -> sqlite3.Connection:
    """A connection to write with; `new` makes the file. Readers go on while it writes (write-ahead
    log); what is committed survives a power cut (synchronous FULL). Transactions are the
    caller's."""
    connection = sqlite3.connect(
        f"{file_uri(path)}?mode={'rwc' if new else 'rw'}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
    )
    try:
        guard.guard(connection)
        if new:
            connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16384")
    except BaseException:
        connection.close()
        raise
    return connection


def settle(connection: sqlite3.Connection) -> None:
    """Fold the log into the file as far as no reader needs it. Whoever closes the archive last,
    reader or writer, folds in the rest and removes the log: at rest an archive is one file."""
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    except sqlite3.OperationalError as error:
        if primary(error) != sqlite3.SQLITE_LOCKED:  # by a statement of a run that was cut short
            raise


def own_files(path: str) -> frozenset[str]:
    """The files that an archive consists of while it is written, as absolute paths. Whoever has an
    archive open must not open and close them otherwise: that drops SQLite's locks on them."""
    archive = os.path.realpath(path)
    return frozenset(archive + end for end in ("", *LOGS, ".lock", ".new", ".backups"))


def file_uri(path: str) -> str:
    """The path as an SQLite URI, whatever characters it holds."""
    absolute = os.path.abspath(path)
    return "file:" + absolute.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def primary(error: sqlite3.Error) -> int:
    """SQLite's result code without the details that the extended one adds."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def is_too_complex(error: sqlite3.Error) -> bool:
    """Whether SQLite refused a statement for its size, not for the state of the file."""
    said = str(error)
    return any(text in said for text in ("stack overflow", "too large", "too complex", "too many"))


def stopped() -> ArchiveStopped:
    """The error of a question that another thread has stopped."""
    return ArchiveStopped("the question was stopped before its answer was there")


def translate(error: sqlite3.Error, path: str) -> ArchiveError:
    """SQLite's error as ours: one line that says what to do."""
    code = primary(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ArchiveBusy(f"{path} is locked by another program: try again when it is done")
    if code == sqlite3.SQLITE_INTERRUPT:
        return stopped()
    advice = {
        sqlite3.SQLITE_NOTADB: "is not an article archive: left as it is",
        sqlite3.SQLITE_CORRUPT: "is damaged: restore a backup, or run 'archive verify' to see more",
        sqlite3.SQLITE_FULL: "cannot grow, the disk is full: make room and run the command again",
        sqlite3.SQLITE_READONLY: "cannot be written: it or its folder is read-only",
        sqlite3.SQLITE_CANTOPEN: "cannot be opened: is it a file, and may you read it?",
        sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error",
    }.get(code, f"cannot be used: {error}")
    return ArchiveUnusable(f"{path} {advice}")


@contextlib.contextmanager
def translated(path: str) -> Iterator[None]:
    """Turns errors of SQLite into ours, those that SQLAlchemy has wrapped as well."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, path) from None
    except Exception as error:
        # SQLAlchemy is not imported here for the sake of the name of its error.
        original = getattr(error, "orig", None)
        if isinstance(original, sqlite3.Error):
            raise translate(original, path) from None
        raise


def value(connection: sqlite3.Connection, statement: str, *values: Any) -> Any:
    """The first column of the first row that a statement gives, or None."""
    row = connection.execute(statement, values).fetchone()
    return None if row is None else row[0]


def at_place(path: str, member: str | None) -> tuple[str, tuple[str, ...]]:
    """The condition on a row of `sources` or `rejections` for a file, or a member of one, in the
    form in which SQLite sees that it has an index; and the values for it."""
    if member is None:
        return "path = ? AND member IS NULL", (path,)
    return "path = ? AND member = ?", (path, member)


def body(paragraphs: Iterable[str]) -> str:
    """The paragraphs as one indexed text; must equal what the view `indexed_text` gives."""
    return BETWEEN.join(paragraphs)


def folded_texts(connection: sqlite3.Connection, article_id: int) -> Iterator[str]:
    """The indexed text of an article, piece by piece: of its title, then of its paragraphs."""
    rows = connection.execute(
        "SELECT coalesce(folded_title, title) FROM articles WHERE id = ?1 UNION ALL"
        " SELECT * FROM (SELECT coalesce(folded, text) FROM paragraphs WHERE article_id = ?1"
        " ORDER BY position)",
        (article_id,),
    )
    with contextlib.closing(rows):
        yield from (text for (text,) in rows)


INDEXES = ("article_search", "article_words")
_STEMMED, _WRITTEN = "title, body", "title, body, forms"


def index(connection: sqlite3.Connection, rows: Sequence[tuple[int, str, str]]) -> None:
    """Add articles (id, folded title, folded `body`) to the index of stems; their rows are written
    in the same transaction, and `index_words` follows before its end."""
    connection.executemany("INSERT INTO article_search (rowid, title, body) VALUES (?, ?, ?)", rows)


def index_words(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Add the articles between two ids to the index of words as written. To fill one index after
    the other takes much less time than to fill them in turn."""
    connection.execute(
        f"INSERT INTO article_words (rowid, {_WRITTEN})"
        f" SELECT id, {_WRITTEN} FROM indexed_text WHERE id BETWEEN ? AND ?",
        (first, last),
    )


def unindex(connection: sqlite3.Connection, article_id: int) -> None:
    """Take an article out of the full-text indexes; call it before its rows change."""
    for name, columns in (("article_search", _STEMMED), ("article_words", _WRITTEN)):
        connection.execute(
            f"INSERT INTO {name} ({name}, rowid, {columns})"
            f" SELECT 'delete', id, {columns} FROM indexed_text WHERE id = ?",
            (article_id,),
        )
