"""Files that wait until a run has read all its files: the facts on which `identity` then decides.

They lie in temporary tables, packed, so that memory stays flat however many there are. Questions
that concern all of them are asked in SQL; what follows from the answers is decided elsewhere.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Collection, Iterable, Iterator

from archive.engines.sqlite.known import HOLDS
from archive.incoming import ParsedFile, parsed_from_plain
from archive.ingest.identity import Claim, KnownSource, Standing, Text

_COMMON_MARK, _MOST_COMPARED = 50, 8

_TABLES = """
CREATE TEMP TABLE waiting (number INTEGER PRIMARY KEY, path TEXT NOT NULL,
                           content_hash BLOB NOT NULL, source_id INTEGER, article_id INTEGER,
                           revision INTEGER, file_hash BLOB, old_hash BLOB, packed BLOB NOT NULL,
                           same_bytes INTEGER NOT NULL);
CREATE INDEX temp.waiting_content ON waiting (content_hash, path);
CREATE TEMP TABLE contents (number INTEGER PRIMARY KEY, content_hash BLOB NOT NULL UNIQUE,
                            current INTEGER, article_id INTEGER, revision INTEGER,
                            claim INTEGER);
CREATE INDEX temp.contents_current ON contents (current);
CREATE INDEX temp.contents_article ON contents (article_id);
CREATE INDEX temp.contents_claim ON contents (claim);
CREATE TEMP TABLE texts (number INTEGER PRIMARY KEY, article_id INTEGER NOT NULL,
                         content_hash BLOB NOT NULL, UNIQUE (article_id, content_hash));
CREATE TEMP TABLE marks (mark INTEGER NOT NULL, text INTEGER NOT NULL,
                         PRIMARY KEY (mark, text)) WITHOUT ROWID;
CREATE TEMP TABLE claims (content INTEGER NOT NULL, article_id INTEGER NOT NULL,
                          share REAL NOT NULL, same_path INTEGER NOT NULL);
"""

_GATHER = """
INSERT INTO temp.contents (content_hash, current, article_id, revision)
SELECT w.content_hash, (SELECT id FROM main.articles AS a WHERE a.content_hash = w.content_hash),
       r.article_id, r.number
  FROM (SELECT DISTINCT content_hash FROM temp.waiting) AS w
  LEFT JOIN main.revisions AS r ON r.rowid =
       (SELECT rowid FROM main.revisions AS one WHERE one.content_hash = w.content_hash
         ORDER BY article_id, number DESC LIMIT 1)
 ORDER BY w.content_hash"""

# Texts that lost a file and have none left: no source that the run leaves as it is, and no file
# that waits.
_LOST_TEXTS = f"""
INSERT OR IGNORE INTO temp.texts (article_id, content_hash)
SELECT article_id, content_hash FROM temp.lost AS l
 WHERE NOT EXISTS (SELECT 1 FROM temp.waiting AS w WHERE w.content_hash = l.content_hash)
   AND NOT EXISTS (SELECT 1 FROM temp.noted AS n WHERE n.content_hash = l.content_hash)
   AND NOT EXISTS (SELECT 1 FROM main.sources AS s
                    WHERE s.article_id = l.article_id AND s.gone_at IS NULL
                      AND s.id NOT IN (SELECT id FROM temp.lost)
                      AND {HOLDS} = l.content_hash)"""

_SAME_PATH = """
SELECT DISTINCT c.number, w.article_id, w.old_hash,
       EXISTS (SELECT 1 FROM temp.texts AS t
                WHERE t.article_id = w.article_id AND t.content_hash = w.old_hash), w.same_bytes
  FROM temp.contents AS c JOIN temp.waiting AS w ON w.content_hash = c.content_hash
 WHERE c.current IS NULL AND c.article_id IS NULL AND w.source_id IS NOT NULL"""

_STANDING = """
SELECT c.current, c.article_id, c.revision, c.claim,
       EXISTS (SELECT 1 FROM temp.contents AS o WHERE o.claim = c.current),
       EXISTS (SELECT 1 FROM temp.lost AS l WHERE l.content_hash = c.content_hash),
       c.current IS NULL AND c.article_id IS NOT NULL AND (
         EXISTS (SELECT 1 FROM temp.contents AS o
                  WHERE o.current = c.article_id OR o.claim = c.article_id)
         OR EXISTS (SELECT 1 FROM main.articles AS a JOIN temp.noted AS n
                     ON n.content_hash = a.content_hash WHERE a.id = c.article_id)
         OR EXISTS (SELECT 1 FROM main.sources AS s
                     WHERE s.article_id = c.article_id AND s.revision IS NULL
                       AND s.gone_at IS NULL AND s.id NOT IN (SELECT id FROM temp.lost))),
       NOT EXISTS (SELECT 1 FROM temp.contents AS o
                    WHERE o.current IS NULL AND o.article_id = c.article_id
                      AND o.revision > c.revision)
  FROM temp.contents AS c WHERE c.content_hash = ?"""


class Waiting:
    """The files of one run that wait."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)

    def add(self, files: Iterable[tuple[ParsedFile, KnownSource | None]]) -> None:
        """Lets files wait, each with what is known of its path."""
        self._connection.executemany(
            "INSERT INTO temp.waiting (path, content_hash, source_id, article_id, revision,"
            " file_hash, old_hash, packed, same_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(parsed.file.path, parsed.content_hash),
                    *(
                        (None,) * 5
                        if source is None
                        else (source.id, source.article_id, source.revision, source.file_hash,
                              source.content_hash)
                    ),
                    marshal.dumps(parsed.plain()),
                    source is not None and source.file_hash == parsed.file_hash,
                )
                for parsed, source in files
            ],
        )  # fmt: skip

    def gather(self) -> bool:
        """All files are read: works out their contents, and the texts that no file holds any more.
        Returns whether there is anything to decide."""
        self._connection.execute(_GATHER)
        self._connection.execute(_LOST_TEXTS)
        found = self._connection.execute("SELECT 1 FROM temp.contents LIMIT 1").fetchone()
        return found is not None

    def at_same_path(self) -> Iterator[tuple[int, int, bytes, bool, bool]]:
        """Contents that nobody knows, at paths that held something: (content, article, the content
        that the path held, whether no file holds that any more, whether the bytes are the same)."""
        for *found, lost, same_bytes in self._connection.execute(_SAME_PATH):
            content, article_id, old_hash = found
            yield content, article_id, old_hash, bool(lost), bool(same_bytes)

    def unclaimed(self) -> Iterator[tuple[int, Text]]:
        """Contents that nobody knows and that no certain claim holds: (number, text)."""
        for number, content_hash in self._connection.execute(
            "SELECT number, content_hash FROM temp.contents"
            " WHERE current IS NULL AND article_id IS NULL AND claim IS NULL"
        ):
            yield number, self.new_text(content_hash)

    def lost_texts(self) -> Iterator[tuple[int, int, bytes]]:
        """Texts that no file holds any more and that no certain claim follows: (number, article,
        content)."""
        return self._connection.execute(
            "SELECT number, article_id, content_hash FROM temp.texts AS t WHERE NOT EXISTS"
            " (SELECT 1 FROM temp.contents AS c WHERE c.claim = t.article_id)"
        )

    def mark(self, text: int, marks: Collection[int]) -> None:
        """Lets a lost text be found by its marks."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO temp.marks VALUES (?, ?)", [(mark, text) for mark in marks]
        )

    def forget_common_marks(self) -> None:
        """What many texts have leads nowhere, and would take long."""
        self._connection.execute(
            "DELETE FROM temp.marks WHERE mark IN"
            " (SELECT mark FROM temp.marks GROUP BY mark HAVING count(*) > ?)",
            (_COMMON_MARK,),
        )

    def marked(self, marks: Collection[int]) -> list[tuple[int, int, bytes]]:
        """The lost texts that share most marks: (number, article, content)."""
        places = ", ".join("?" * len(marks))
        return self._connection.execute(
            "SELECT t.number, t.article_id, t.content_hash FROM temp.texts AS t JOIN"
            f" (SELECT text, count(*) AS votes FROM temp.marks WHERE mark IN ({places})"
            " GROUP BY text ORDER BY votes DESC, text LIMIT ?) AS m ON m.text = t.number"
            " ORDER BY t.number",
            (*marks, _MOST_COMPARED),
        ).fetchall()

    def old_text(self, article_id: int, content_hash: bytes) -> Text:
        """The version of an article that has a content."""
        row = self._connection.execute(
            "SELECT published_on, a.title, t.body FROM articles AS a"
            " JOIN article_text AS t ON t.id = a.id WHERE a.id = ? AND content_hash = ?",
            (article_id, content_hash),
        ).fetchone()
        if row is None:
            row = self._connection.execute(
                "SELECT published_on, title, t.text FROM revisions AS r JOIN revision_text AS t"
                " ON t.article_id = r.article_id AND t.number = r.number"
                " WHERE r.article_id = ? AND content_hash = ? LIMIT 1",
                (article_id, content_hash),
            ).fetchone()
        return Text(*row)

    def new_text(self, content: int | bytes) -> Text:
        """The text of a content, by number or fingerprint."""
        if isinstance(content, int):
            (content,) = self._connection.execute(
                "SELECT content_hash FROM temp.contents WHERE number = ?", (content,)
            ).fetchone()
        (packed,) = self._connection.execute(
            "SELECT packed FROM temp.waiting WHERE content_hash = ? LIMIT 1", (content,)
        ).fetchone()
        article = _unpack("", packed).article
        return Text(article.published_on, article.title, "\n".join(article.paragraphs))

    def claim(self, claim: Claim, share: float, *, same_path: bool) -> None:
        """Notes that a content is like an earlier text."""
        self._connection.execute(
            "INSERT INTO temp.claims (content, article_id, share, same_path) VALUES (?, ?, ?, ?)",
            (claim.content, claim.article_id, share, same_path),
        )

    def claims(self, least: float = 0.0) -> Iterator[Claim]:
        """The claims of contents and articles without one that holds, the strongest first."""
        rows = self._connection.execute(
            "SELECT c.content, c.article_id FROM temp.claims AS c"
            " JOIN temp.contents AS n ON n.number = c.content"
            " WHERE c.share >= ? AND n.claim IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM temp.contents AS o WHERE o.claim = c.article_id)"
            " ORDER BY c.share DESC, c.same_path DESC, n.content_hash, c.article_id",
            (least,),
        )
        return (Claim(*row) for row in rows)

    def hold(self, claims: Iterable[Claim]) -> None:
        """These claims hold."""
        self._connection.executemany(
            "UPDATE temp.contents SET claim = ? WHERE number = ?",
            ((claim.article_id, claim.content) for claim in claims),
        )

    def standing(self, content_hash: bytes) -> Standing:
        """Where a content stands."""
        current, article_id, revision, claim, *flags = self._connection.execute(
            _STANDING, (content_hash,)
        ).fetchone()
        superseded, left, backed, newest = map(bool, flags)
        earlier = None if article_id is None else (article_id, revision)
        return Standing(current, superseded, earlier, left, backed, newest, claim)

    def contents(self) -> Iterator[bytes]:
        """All contents that wait, in the order of their fingerprints."""
        rows = self._connection.execute("SELECT content_hash FROM temp.contents ORDER BY number")
        return (content_hash for (content_hash,) in rows)

    def files(self, content_hash: bytes) -> Iterator[tuple[ParsedFile, KnownSource | None]]:
        """The files with a content, by path."""
        rows = self._connection.execute(
            "SELECT path, packed, source_id, article_id, revision, file_hash, old_hash"
            " FROM temp.waiting WHERE content_hash = ? ORDER BY path",
            (content_hash,),
        )
        for path, packed, *source in rows:
            yield _unpack(path, packed), KnownSource(*source) if source[0] is not None else None


def _unpack(path: str, packed: bytes) -> ParsedFile:
    return parsed_from_plain(path, marshal.loads(packed))  # noqa: S302 - of our own table
