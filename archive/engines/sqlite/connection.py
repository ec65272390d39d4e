"""All that only SQLite can do: opening a file safely, and keeping the full-text index in step.

The index (`article_search`, FTS5) holds no text of its own: its external content is the view
`indexed_text`, so whoever changes an article's rows hands the index the old text first and the new
text after, in the same transaction (`unindex`, `index`). Imports neither SQLAlchemy nor Alembic:
this is the read path of every command.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence

from archive.errors import ArchiveBusy, ArchiveMissing, ArchiveUnusable
from archive.text.folding import MARK_END, MARK_START, PARAGRAPH_BREAK

APPLICATION_ID = 0x41727469
"""`PRAGMA application_id` of every archive ("Arti"): tells an archive from other SQLite files."""

LOGS = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite may keep beside a database."""

PAGE_SIZE = 32768
"""Bytes a page; smaller pages waste more on paragraphs (docs/design.md has the figures)."""

BUSY_SECONDS = 30.0

TOKENIZER = (
    "porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
    f" tokenchars '{PARAGRAPH_BREAK}'"
)
"""Stock, so that any SQLite shell reads the index. Marks (Mn, Mc) belong to words in most of the
scripts of South Asia; the paragraph break is a word so that no phrase spans two paragraphs."""

_BETWEEN = f"\n{PARAGRAPH_BREAK} "


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
    for _ in range(100):
        with contextlib.closing(_connect(path, "immutable=1")) as file:
            try:
                return bool(file.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
            except sqlite3.DatabaseError as error:
                if primary(error) != sqlite3.SQLITE_CORRUPT or not os.path.exists(f"{path}-wal"):
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
    return frozenset(archive + end for end in ("", *LOGS, ".lock", ".new"))


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


def translate(error: sqlite3.Error, path: str) -> ArchiveUnusable | ArchiveBusy:
    """SQLite's error as ours: one line that says what to do."""
    code = primary(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ArchiveBusy(f"{path} is locked by another program: try again when it is done")
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


def body(paragraphs: Iterable[str]) -> str:
    """The paragraphs as one indexed text; must equal what the view `indexed_text` gives."""
    return _BETWEEN.join(paragraphs)


def split_body(indexed: str) -> list[str]:
    """The inverse of `body`: the indexed text of each paragraph."""
    return indexed.split(_BETWEEN)


def index(connection: sqlite3.Connection, rows: Sequence[tuple[int, str, str]]) -> None:
    """Add articles (id, folded title, folded `body`) to the full-text index; their rows are
    written in the same transaction."""
    connection.executemany("INSERT INTO article_search (rowid, title, body) VALUES (?, ?, ?)", rows)


def unindex(connection: sqlite3.Connection, article_id: int) -> None:
    """Take an article out of the full-text index; call it before its rows change."""
    connection.execute(
        "INSERT INTO article_search (article_search, rowid, title, body)"
        " SELECT 'delete', id, title, body FROM indexed_text WHERE id = ?",
        (article_id,),
    )


_memory = threading.local()


@contextlib.contextmanager
def _index_in_memory(texts: Iterable[str]) -> Iterator[sqlite3.Connection]:
    """A small index of texts, read as in an archive; the rowid is the place of the text. Made once
    a thread and emptied by rolling back, since making one takes as long as a small search."""
    connection: sqlite3.Connection | None = getattr(_memory, "connection", None)
    if connection is None:
        connection = _memory.connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute(f'CREATE VIRTUAL TABLE t USING fts5(x, tokenize="{TOKENIZER}")')
        connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    connection.execute("BEGIN")
    try:
        connection.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", enumerate(texts))
        yield connection
    finally:
        connection.execute("ROLLBACK")


_MARKED_TEXTS = 2000


def highlight_in_memory(texts: Sequence[str], expression: str, most: int = 200) -> dict[int, str]:
    """The best texts for an FTS5 expression, by their place, with the matches marked. Looks at the
    first 2,000 and the last 200, so that no article takes longer than a moment."""
    tail = range(max(_MARKED_TEXTS, len(texts) - most), len(texts))
    places = [*range(min(_MARKED_TEXTS, len(texts))), *tail]
    with _index_in_memory(texts[place] for place in places) as connection:
        rows = connection.execute(
            "SELECT rowid, highlight(t, 0, ?, ?) FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?",
            (MARK_START, MARK_END, expression, most),
        )
        return {places[row]: marked for row, marked in rows}


def matches_in_memory(texts: Sequence[str], expressions: Sequence[str]) -> list[list[int]]:
    """For each FTS5 expression, the indices of the texts that match it, read as in an archive."""
    with _index_in_memory(texts) as connection:
        find = "SELECT rowid FROM t WHERE t MATCH ?"
        return [[row for (row,) in connection.execute(find, (e,))] for e in expressions]


def tokens_in_memory(texts: Sequence[str]) -> list[list[str]]:
    """The words of each (folded) text as the index has them: stems, in order."""
    found: list[list[str]] = [[]]
    with _index_in_memory([_BETWEEN.join(texts)]) as connection:
        for (stem,) in connection.execute("SELECT term FROM v ORDER BY offset"):
            if stem == PARAGRAPH_BREAK:
                found.append([])
            else:
                found[-1].append(stem)
    return found[: len(texts)]


def highlight_columns(
    rows: Sequence[tuple[str, str]], expression: str
) -> Iterator[tuple[int, str]]:
    """The place of each row (folded title, folded body) that matches an FTS5 expression, read as in
    an archive, and its two texts behind each other with the matches marked."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            f'CREATE VIRTUAL TABLE t USING fts5(title, body, tokenize="{TOKENIZER}")'
        )
        numbered = ((number, *row) for number, row in enumerate(rows))
        connection.executemany("INSERT INTO t (rowid, title, body) VALUES (?, ?, ?)", numbered)
        yield from connection.execute(
            "SELECT rowid, highlight(t, 0, :start, :end) || highlight(t, 1, :start, :end)"
            " FROM t WHERE t MATCH :texts",
            {"start": MARK_START, "end": MARK_END, "texts": expression},
        )
