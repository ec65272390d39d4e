"""The full-text index as a whole: comparing it with its text, and making it where it is gone.

Verify and reindex come here; adding and removing single articles stands in `engines.sqlite`.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable

from archive.engines.sqlite import connection as sqlite
from archive.errors import ArchiveUnusable

PARTS = ("article_text", "indexed_text", "article_search", "article_terms")
"""The views and virtual tables that make up the index."""


def make_if_missing(connection: sqlite3.Connection, schema: Iterable[str]) -> None:
    """Make the index and its views, as the statements of the `schema` say, where they are not
    there; the index is empty then."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    gone = [name for name in PARTS if name not in there]
    for statement in schema:
        words = statement.split(maxsplit=4)
        made = words[0] == "CREATE" and any(name in words[2:4] for name in gone)
        if made or (
            "article_search" in gone and statement.startswith("INSERT INTO article_search")
        ):
            connection.execute(statement)


def problem(path: str) -> str | None:
    """Read the whole index against its text; what is wrong in one line, or None.

    FTS5 does it as a command that needs a connection that could write, though it writes nothing:
    on an archive that may not be written it is done in a copy, which takes as much room in the
    folder for temporary files. Raises `ArchiveError` where the archive is busy.
    """
    if os.access(path, os.W_OK) and os.access(os.path.dirname(os.path.abspath(path)), os.W_OK):
        uri = f"{sqlite.file_uri(path)}?mode=rw"
        with contextlib.closing(
            sqlite3.connect(
                uri,
                uri=True,
                isolation_level=None,
                timeout=sqlite.BUSY_SECONDS,
                check_same_thread=False,
            )
        ) as writer:
            return _compare(writer, path)
    with contextlib.ExitStack() as stack:
        original = stack.enter_context(contextlib.closing(sqlite.open_read_only(path)))
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            name = os.path.join(folder, "copy")
            copy = sqlite3.connect(name, isolation_level=None)
            stack.enter_context(contextlib.closing(copy))
            copy.execute("PRAGMA journal_mode = MEMORY").fetchone()
            original.backup(copy)
            os.unlink(name)  # so that it goes with this process, however that ends
        except (OSError, sqlite3.OperationalError) as error:
            raise ArchiveUnusable(
                f"{path} may not be written, so the index is read in a copy, which cannot be made"
                f" in the folder for temporary files: {getattr(error, 'strerror', None) or error}:"
                " set TMPDIR, or use --quick"
            ) from None
        return _compare(copy, path)


def _compare(connection: sqlite3.Connection, path: str) -> str | None:
    try:
        connection.execute(
            "INSERT INTO article_search (article_search, rank) VALUES ('integrity-check', 1)"
        )
    except sqlite3.OperationalError as error:
        if "no such table" in str(error) or "constructor failed" in str(error):
            return f"the index is not there ({error}): run 'archive reindex'"
        raise sqlite.translate(error, path) from None  # busy or read-only, not damaged
    except sqlite3.DatabaseError as error:
        return f"the index does not match the text ({error}): run 'archive reindex'"
    return None
