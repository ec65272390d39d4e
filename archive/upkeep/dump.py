"""The archive as text: JSON lines from which an identical archive is built, on any engine.

docs/dump.md describes the lines. A dump leaves out what follows from the rest (counts of words,
the folded text, the index) and writes bytes as they were read, so that nothing in it depends on how
this program stores or packs them. `dump` runs over a read-only connection, `load` into an empty
archive.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from archive.engines.sqlite.articles import rebuild
from archive.errors import ArchiveOutdated, ArchiveUnusable, quoted
from archive.formats.packing import compress
from archive.records import Article

FORMAT = "article-archive dump"
VERSION = 2
TABLES = (
    *("archive", "ingests", "roots", "rejections", "removals", "articles", "revisions", "sources"),
)
"""The tables whose rows are lines, in this order; paragraphs stand in the lines of articles."""

_ORDER = {
    "revisions": "article_id, number DESC",  # a version without a text follows the one with it
    "roots": "path",
    "removals": "article_id, content_hash",
}
_KIND = {table: table.removesuffix("s") for table in TABLES}
_DERIVED = frozenset(("word_count", "paragraph_count", "folded_title"))

Ask = Callable[[str, tuple[Any, ...]], Any]


def dump(connection: sqlite3.Connection, revision: str) -> Iterator[str]:
    """The lines, without their ends. `revision` is the archive's schema. `ArchiveUnusable` where a
    row is damaged."""
    digest = hashlib.sha256()
    lines = 0
    connection.execute("BEGIN")
    try:
        for record in _records(connection, revision):
            line = json.dumps(record, ensure_ascii=False)
            digest.update(f"{line}\n".encode())
            lines += 1
            yield line
    except (ValueError, TypeError, AttributeError) as error:
        raise ArchiveUnusable(f"a row is damaged ({error}): run 'archive verify'") from None
    finally:
        connection.rollback()
    yield json.dumps({"kind": "end", "lines": lines, "sha256": digest.hexdigest()})


def _records(connection: sqlite3.Connection, revision: str) -> Iterator[dict[str, Any]]:
    yield {"kind": "dump", "format": FORMAT, "version": VERSION, "schema": revision}
    for table in TABLES:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        order = _ORDER.get(table, "id")
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):
            values = dict(zip(names, row, strict=True))
            yield {"kind": _KIND[table], **_portable(connection, table, values)}


def _portable(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row as its line has it."""
    made = {name: value for name, value in row.items() if name not in _DERIVED}
    for name in ("content_hash", "file_hash"):
        if name in made:
            made[name] = made[name].hex()
    if table == "articles":
        made["paragraphs"] = _paragraphs(connection.execute, row["id"])
    if table == "revisions":
        text = made.pop("text")
        made["paragraphs"] = None if text is None else text.split("\n")
    if "original" in made:
        original = made.pop("original")
        made["bytes"] = None
        if original is not None:
            number = row["number"] if table == "revisions" else row["revision"]
            article = _version(connection.execute, row["article_id"], number)
            made["bytes"] = base64.b64encode(rebuild(article, original, row["file_hash"])).decode()
    return made


def _paragraphs(ask: Ask, article_id: int) -> list[str]:
    rows = ask("SELECT text FROM paragraphs WHERE article_id = ? ORDER BY position", (article_id,))
    return [row[0] for row in rows]


def _version(ask: Ask, article_id: int, revision: int | None) -> Article:
    """The article that a source holds: its current version, or an earlier one."""
    columns = "published_on, title, category, byline"
    if revision is None:
        found = ask(f"SELECT {columns} FROM articles WHERE id = ?", (article_id,)).fetchone()
        texts = _paragraphs(ask, article_id)
    else:
        found = ask(
            f"SELECT {columns}, t.text FROM revisions AS r"
            " JOIN revision_text AS t USING (article_id, number)"
            " WHERE r.article_id = ? AND r.number = ?",
            (article_id, revision),
        ).fetchone()
        texts = found[4].split("\n") if found else []
    if found is None:
        raise ValueError(f"there is no article {article_id}, version {revision or 'current'}")
    return Article(found[0], found[1], tuple(texts), found[2], found[3])


def _article(record: dict[str, Any]) -> Article:
    return Article(
        record["published_on"], record["title"], tuple(record["paragraphs"]), record["category"],
        record["byline"],
    )  # fmt: skip


def load(connection: sqlite3.Connection, lines: Iterable[bytes], name: str) -> int:
    """Fill an empty archive from a dump's lines; the number of articles. The index is still to be
    built, and the transaction to be ended (`reindex`). `ArchiveUnusable` names the line of `name`
    that is wrong, and the end if it is missing; then the archive is no good."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA defer_foreign_keys = ON")
    loader = _Loader(connection)
    digest = hashlib.sha256()
    number = 0
    for number, line in enumerate(lines, 1):
        if loader.ended:
            raise ArchiveUnusable(f"{name}:{number}: lines after the end")
        try:
            record = json.loads(line)
            loader.take(record, number, digest.hexdigest())
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            said = f"no {error}" if isinstance(error, KeyError) else error
            raise ArchiveUnusable(f"{name}:{number}: not a line of a dump: {said}") from None
        except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError) as error:
            raise ArchiveUnusable(f"{name}:{number}: does not fit the rest: {error}") from None
        digest.update(line)
    if not loader.ended:
        raise ArchiveUnusable(f"{name}: cut short after line {number}: take another copy")
    dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
    if dangling:
        raise ArchiveUnusable(f"{name}: a row of {dangling[0]} refers to one that is not there")
    return loader.articles


class _Loader:
    """The state of a load: what came so far, and what sources need of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.articles = 0
        self.ended = False
        self._version = VERSION
        self._connection = connection
        rows = connection.execute(
            "SELECT m.name, c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c"
            " WHERE m.type = 'table'"
        )
        self._columns: dict[str, set[str]] = {}
        for table, column in rows:
            self._columns.setdefault(table, set()).add(column)

    def take(self, record: dict[str, Any], number: int, digest: str) -> None:
        """Carry out one line; `digest` is the SHA-256 of all before it."""
        kind = record.pop("kind")
        if (number == 1) != (kind == "dump"):
            raise ValueError("the first line, and no other, names the format")
        if kind == "dump":
            self._begin(record)
        elif kind == "end":
            if record["lines"] != number - 1 or record["sha256"] != digest:
                raise ValueError("the lines are not those that were dumped")
            self.ended = True
        else:
            table = next((table for table, name in _KIND.items() if name == kind), None)
            if table is None:
                raise ValueError(f"unknown kind {quoted(str(kind))}")
            if table == "archive":
                self._connection.execute("DELETE FROM archive")  # made with the file
            if self._version == 1 and table == "rejections":
                self._reject(record)
            else:
                self._row(table, record)

    def _begin(self, record: dict[str, Any]) -> None:
        if record["format"] != FORMAT:
            raise ValueError(f"format {quoted(str(record['format']))}")
        if record["version"] > VERSION:
            raise ArchiveOutdated(
                f"the dump is of a newer version ({record['version']}): upgrade the program"
            )
        self._version = record["version"]

    def _row(self, table: str, row: dict[str, Any]) -> None:
        for name in ("content_hash", "file_hash"):
            if name in row:
                row[name] = bytes.fromhex(row[name])
        article = None
        if table in ("articles", "revisions"):
            article = self._article(table, row)
            if article.content_hash() != row["content_hash"]:
                raise ValueError("the text does not have its content_hash")
        if table == "sources":
            article = _version(self._connection.execute, row["article_id"], row["revision"])
        if "file_hash" in row and article is not None:
            row["original"] = _packed(article, row.pop("bytes"), row["file_hash"])
        paragraphs = row.pop("paragraphs", None)
        if table == "revisions":
            row["text"] = None if paragraphs is None else "\n".join(paragraphs)
        if table == "articles" and article is not None:
            row |= {
                "word_count": article.word_count(),
                "paragraph_count": len(paragraphs),
                "folded_title": None,
            }
        self._insert(table, row)
        if table == "articles":
            self.articles += 1
            self._connection.executemany(
                "INSERT INTO paragraphs (article_id, position, text) VALUES (?, ?, ?)",
                [(row["id"], at, text) for at, text in enumerate(paragraphs, 1)],
            )

    def _article(self, table: str, row: dict[str, Any]) -> Article:
        """The article of a line; a version without paragraphs has those of the next one."""
        if table == "articles" or row["paragraphs"] is not None:
            return _article(row)
        later = self._connection.execute(
            "SELECT min(number) FROM revisions WHERE article_id = ? AND number > ?",
            (row["article_id"], row["number"]),
        ).fetchone()
        texts = _version(self._connection.execute, row["article_id"], later[0]).paragraphs
        return _article({**row, "paragraphs": texts})

    def _reject(self, row: dict[str, Any]) -> None:
        """A rejection of a dump of version 1, which had one for each run."""
        self._connection.execute(
            "INSERT INTO rejections (id, path, line, reason, first_ingest_id, last_ingest_id)"
            " VALUES (:id, :path, :line, :reason, :ingest_id, :ingest_id)"
            " ON CONFLICT (path) DO UPDATE SET"
            " line = :line, reason = :reason, last_ingest_id = :ingest_id",
            row,
        )

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        if strange := set(row) - self._columns[table]:
            raise ValueError(f"unknown key {quoted(min(strange))}")
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self._connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values())
        )


def _packed(article: Article, text: str | None, file_hash: bytes) -> bytes | None:
    """What is kept of a file's bytes; `ValueError` if they are not those of its hash."""
    data = article.canonical() if text is None else base64.b64decode(text, validate=True)
    if hashlib.sha256(data).digest() != file_hash:
        raise ValueError("the bytes do not have their file_hash")
    return None if text is None else compress(data, article)
