"""The archive as text: JSON lines from which an identical archive is built, on any engine.

docs/dump.md describes the lines. A dump leaves out what follows from the rest (counts of words,
the folded text, the index) and writes bytes as they were read, so that nothing in it depends on how
this program stores or packs them. `dump` reads a snapshot, `load` fills an empty archive.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import json
import zlib
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, get_type_hints

from archive.engines import rows
from archive.errors import (
    ArchiveOutdated,
    ArchiveUnusable,
    NoSuchArticle,
    ParseError,
    Unfit,
    quoted,
)
from archive.formats import making
from archive.formats.packing import LARGEST_FILE, PIECE, compress, piece_of, rebuild
from archive.records import Article
from archive.upkeep.values import fault, is_place

if TYPE_CHECKING:
    from archive.engines.contract import Filling, Snapshot

FORMAT = "article-archive dump"
VERSION = 3
TABLES = {
    "archive": get_type_hints(rows.ArchiveRow),
    "ingests": get_type_hints(rows.IngestRow),
    "roots": get_type_hints(rows.RootRow),
    "rejections": get_type_hints(rows.RejectionRow),
    "removals": get_type_hints(rows.RemovalRow),
    "articles": get_type_hints(rows.ArticleRow),
    "revisions": get_type_hints(rows.RevisionRow),
    "sources": get_type_hints(rows.SourceRow),
    "pieces": get_type_hints(rows.PieceRow),
    "containers": get_type_hints(rows.ContainerRow),
    "container_pieces": get_type_hints(rows.ContainerPieceRow),
}
"""The kinds of the columns of each table whose rows are lines, in this order; paragraphs stand in
the lines of articles."""

_KIND = {table: table.removesuffix("s") for table in TABLES}
_HASHES = ("content_hash", "file_hash", "hash")
_DERIVED = frozenset(("word_count", "paragraph_count", "folded_title", "forms"))


def dump(snapshot: Snapshot, schema: str) -> Iterator[str]:
    """The lines, without their ends; `schema` is the archive's revision. `ArchiveUnusable` where a
    row is damaged."""
    digest = hashlib.sha256()
    lines = 0
    try:
        for record in _records(snapshot, schema):
            line = json.dumps(record, ensure_ascii=False)
            del record  # of a long article, before anything else of that length is made
            digest.update(line.encode())
            digest.update(b"\n")
            lines += 1
            yield line
            del line
    except (ValueError, TypeError, AttributeError, NoSuchArticle) as error:
        raise ArchiveUnusable(f"a row is damaged ({error}): run 'archive verify'") from None
    yield json.dumps({"kind": "end", "lines": lines, "sha256": digest.hexdigest()})


def _records(snapshot: Snapshot, schema: str) -> Iterator[dict[str, Any]]:
    yield {"kind": "dump", "format": FORMAT, "version": VERSION, "schema": schema}
    for table in TABLES:
        found = snapshot.tables.rows(table)
        for row in _last_first(found) if table == "revisions" else found:
            yield {"kind": _KIND[table], **_portable(snapshot, table, row)}


def _last_first(versions: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The versions of each article from the last to the first: one without a text of its own comes
    after the one whose text it has."""
    for _, group in itertools.groupby(versions, itemgetter("article_id")):
        yield from reversed(list(group))


def _portable(snapshot: Snapshot, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row as its line has it."""
    made = {name: value for name, value in row.items() if name not in _DERIVED}
    for name in _HASHES:
        if name in made:
            made[name] = made[name].hex()
    if table == "pieces":
        made["bytes"] = base64.b64encode(piece_of(row["hash"], made.pop("data"))).decode()
    if table == "articles":
        made["paragraphs"] = snapshot.articles.paragraphs(row["id"])
    if table == "revisions":
        text = made.pop("text")
        made["paragraphs"] = None if text is None else text.split("\n")
    if "original" in made:
        original = made.pop("original")
        made["bytes"] = None
        if original is not None:
            number = row["number"] if table == "revisions" else row["revision"]
            article = snapshot.articles.load(row["article_id"], number).article
            data = rebuild(article, original, row["file_hash"], row["size"])
            made["bytes"] = base64.b64encode(data).decode()
    return made


def _article(record: dict[str, Any]) -> Article:
    return Article(
        *(record["published_on"], record["title"], tuple(record["paragraphs"])),
        *(record["category"], record["byline"], record.get("publication")),
    )


def load(filling: Filling, lines: Iterable[bytes], name: str) -> int:
    """Fill an empty archive from a dump's lines; the number of articles. `ArchiveUnusable` names
    the line of `name` that is wrong, and the end if it is missing; then the archive is no good."""
    loader = _Loader(filling)
    digest = hashlib.sha256()
    number = 0
    for number, line in enumerate(lines, 1):
        if loader.ended:
            raise ArchiveUnusable(f"{name}:{number}: lines after the end")
        try:
            record = json.loads(line)
            loader.take(record, number, digest.hexdigest())
        except RecursionError:
            raise ArchiveUnusable(f"{name}:{number}: not a line of a dump: too deep") from None
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            said = f"no {error}" if isinstance(error, KeyError) else error
            raise ArchiveUnusable(f"{name}:{number}: not a line of a dump: {said}") from None
        except (Unfit, NoSuchArticle) as error:
            raise ArchiveUnusable(f"{name}:{number}: {error}") from None
        digest.update(line)
    if not loader.ended:
        raise ArchiveUnusable(f"{name}: cut short after line {number}: take another copy")
    try:
        filling.finish()
    except Unfit as error:
        raise ArchiveUnusable(f"{name}: {error}") from None
    return loader.articles


class _Loader:
    """The state of a load: what came so far."""

    def __init__(self, filling: Filling) -> None:
        self.articles = 0
        self.ended = False
        self._filling = filling
        self._version = VERSION
        self._rejected: dict[str, dict[str, Any]] = {}
        self._removed: set[bytes] = set()

    def take(self, record: dict[str, Any], number: int, digest: str) -> None:
        """Carry out one line; `digest` is the SHA-256 of all before it."""
        if not isinstance(record, dict):
            raise TypeError("no object")
        kind = record.pop("kind")
        if (number == 1) != (kind == "dump"):
            raise ValueError("the first line, and no other, names the format")
        if kind == "dump":
            self._begin(record)
        elif kind == "end":
            if record["lines"] != number - 1 or record["sha256"] != digest:
                raise ValueError("the lines are not those that were dumped")
            self._put_rejections()
            self.ended = True
        else:
            table = next((table for table, name in _KIND.items() if name == kind), None)
            if table is None:
                raise ValueError(f"unknown kind {quoted(str(kind))}")
            if table == "rejections" and self._version == 1:
                self._reject(record)
            else:
                self._put_rejections()
                self._row(table, record)

    def _begin(self, record: dict[str, Any]) -> None:
        if record["format"] != FORMAT:
            raise ValueError(f"format {quoted(str(record['format']))}")
        if type(record["version"]) is not int or record["version"] < 1:
            raise ValueError(f"version {quoted(str(record['version']))}")
        if record["version"] > VERSION:
            raise ArchiveOutdated(
                f"the dump is of a newer version ({record['version']}): upgrade the program"
            )
        self._version = record["version"]

    def _reject(self, row: dict[str, Any]) -> None:
        """A rejection of a dump of version 1, which had one of a file for each run."""
        run = row.pop("ingest_id")
        first = self._rejected.get(row["path"], {"first_ingest_id": run})["first_ingest_id"]
        self._rejected[row["path"]] = row | {"first_ingest_id": first, "last_ingest_id": run}

    def _put_rejections(self) -> None:
        for row in self._rejected.values():
            self._insert("rejections", row)
        self._rejected = {}

    def _row(self, table: str, row: dict[str, Any]) -> None:
        article = self._article(row) if table in ("articles", "revisions") else None
        data = row.pop("bytes", None)
        paragraphs = row.pop("paragraphs", None)
        for name in _HASHES:
            if name in row:
                row[name] = bytes.fromhex(row[name])
        if article is not None:
            row |= _derived(table, article, paragraphs)
            if article.content_hash() != row["content_hash"]:
                raise ValueError("the text does not have its content_hash")
        _require_fit(table, row)
        self._honour(table, row)
        if table == "sources":
            article = self._filling.articles.load(row["article_id"], row["revision"]).article
        if table == "pieces":
            row["data"] = _piece(row["hash"], data)
        elif "file_hash" in row and article is not None:
            row["original"] = _packed(article, data, row["file_hash"], row["size"])
        self._filling.insert(table, [row])
        if table == "articles":
            self.articles += 1
            self._filling.insert(
                "paragraphs",
                [
                    {"article_id": row["id"], "position": at, "text": text}
                    for at, text in enumerate(paragraphs, 1)
                ],
            )

    def _honour(self, table: str, row: dict[str, Any]) -> None:
        """Remember tombstones, and refuse the articles that they keep out."""
        if table == "removals":
            self._removed.add(row["content_hash"])
        if table == "articles" and row["content_hash"] in self._removed:
            raise ValueError(f"article {row['id']} was removed: its tombstone is in the dump")

    def _article(self, row: dict[str, Any]) -> Article:
        """The article of a line; a version without paragraphs has those of the next one."""
        if row["paragraphs"] is None:
            newest = self._filling.articles.load(row["article_id"])
            later = None if newest.versions == 1 else row["number"] + 1
            found = self._filling.articles.load(row["article_id"], later).article
            row = row | {"paragraphs": list(found.paragraphs)}
        return _read_article(row)

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        _require_fit(table, row)
        self._filling.insert(table, [row])


def _derived(table: str, article: Article, paragraphs: list[str] | None) -> dict[str, Any]:
    """The columns of an article's row, or a version's, that no line has."""
    if table == "revisions":
        return {"text": None if paragraphs is None else "\n".join(paragraphs)}
    count = len(article.paragraphs)
    return {
        "word_count": article.word_count(),
        "paragraph_count": count,
        "folded_title": None,
        "forms": None,
    }


def _require_fit(table: str, row: dict[str, Any]) -> None:
    """Raise unless the values are such as ingest writes to the columns of a table."""
    if strange := set(row).difference(TABLES[table]):
        raise ValueError(f"unknown key {quoted(min(strange))}")
    if wrong := fault(row, TABLES[table]):
        raise ValueError(wrong)
    if "file_hash" in row and not is_place(row["path"]):
        raise ValueError(f"path: {quoted(row['path'])} is no plain absolute path")


def _read_article(record: dict[str, Any]) -> Article:
    """The article of a line; `ValueError` unless ingest would make it just so."""
    article = _article(record)
    try:
        same = isinstance(record["paragraphs"], list) and article == making.article(
            *(article.published_on, article.title, article.paragraphs),
            category=article.category,
            byline=article.byline,
            publication=article.publication,
        )
    except ParseError as error:
        raise ValueError(error.reason) from None
    if not same:
        raise ValueError("no article: a file with this text is read as another one")
    return article


def _piece(digest: bytes, text: str) -> bytes:
    """What is kept of a piece; `ValueError` if it has not its hash, or is too large."""
    data = base64.b64decode(text, validate=True)
    if hashlib.sha256(data).digest() != digest or not 0 < len(data) <= PIECE:
        raise ValueError("the bytes do not have their hash, or are too many for a piece")
    return zlib.compress(data, 6)


def _packed(article: Article, text: str | None, file_hash: bytes, size: int) -> bytes | None:
    """What is kept of a file's bytes; `ValueError` if they are not those of its hash and size."""
    if text is None:
        data = rebuild(article, None, file_hash, size)
    else:
        data = base64.b64decode(text, validate=True)
        if hashlib.sha256(data).digest() != file_hash:
            raise ValueError("the bytes do not have their file_hash and size")
    if len(data) != size:
        raise ValueError("the bytes do not have their file_hash and size")
    if len(data) > LARGEST_FILE:
        raise ValueError(f"a file of {size:,} bytes is never taken in")
    return None if text is None else compress(data, article)
