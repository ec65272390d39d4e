"""Archives from strangers: the right marks on the outside, and inside what should run, flood or
confuse. Each command has 10 s and 500 MB for one, and ends with a line or an answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import resource
import shlex
import shutil
import signal
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from harness import Child, Result, command, complain_to, scratch, write_articles

SECONDS = 10
"""Of the processor; a busy machine may take six times as long."""

MEGABYTES = 500

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "
EVERY_TABLE = ("articles", "paragraphs", "sources", "ingests", "rejections", "revisions")
WHEN = {
    "empties": "DELETE FROM articles",
    "swallows": "SELECT RAISE(IGNORE)",
    "floods": "INSERT INTO rejections (ingest_id, path, reason) "
    + ENDLESS
    + "1, hex(randomblob(1000)), 'x' FROM n",
    "loads": "SELECT load_extension('/nowhere/x.so')",
}

# name -> statements. What these make is refused, by every command but doctor.
REFUSED: dict[str, tuple[str, ...]] = {
    **{
        f"a trigger on {table} that {what}": (
            f"CREATE TRIGGER t AFTER INSERT ON {table} BEGIN {does}; END",
        )
        for table, (what, does) in zip(EVERY_TABLE, [*WHEN.items()] * 2, strict=False)
    },
    "a trigger on a view": (
        "CREATE TRIGGER t INSTEAD OF INSERT ON indexed_text BEGIN DELETE FROM articles; END",
    ),
    "a trigger on the index": (
        "CREATE TRIGGER t AFTER INSERT ON article_search_data BEGIN DELETE FROM articles; END",
    ),
    "an endless revision": (
        "DROP TABLE alembic_version",
        f"CREATE VIEW alembic_version AS {ENDLESS} '0002' AS version_num FROM n WHERE i < 0",
    ),
    "a revision that takes all memory": (
        "DROP TABLE alembic_version",
        f"CREATE VIEW alembic_version AS {ENDLESS} '0002' AS version_num FROM n WHERE i < 0"
        " ORDER BY hex(zeroblob(1000)) || i",
    ),
    "endless articles": (
        "ALTER TABLE articles RENAME TO others",
        f"CREATE VIEW articles AS SELECT * FROM others WHERE (SELECT max(i) FROM ({ENDLESS} i FROM n))",
    ),
    "an endless text": (
        "DROP VIEW article_text",
        f"CREATE VIEW article_text AS SELECT id, title, (SELECT max(i) FROM ({ENDLESS} i FROM n))"
        " AS body FROM articles",
    ),
    "an indexed text that takes all memory": (
        "DROP VIEW indexed_text",
        "CREATE VIEW indexed_text AS SELECT id, title, (SELECT group_concat(hex(zeroblob(10000000)))"
        " FROM articles) AS body FROM articles",
    ),
    "an index that is a view": (
        "PRAGMA legacy_alter_table = ON",
        "ALTER TABLE article_search_data RENAME TO others",
        f"CREATE VIEW article_search_data AS SELECT * FROM others WHERE (SELECT max(i) FROM ({ENDLESS} i FROM n))",
    ),
    "a column that is computed": (
        "ALTER TABLE articles ADD COLUMN more AS (hex(zeroblob(50000000)))",
    ),
    "a table of another shape": ("ALTER TABLE sources ADD COLUMN more",),
    "another index of ours": (
        "DROP INDEX ix_articles_category",
        "CREATE INDEX ix_articles_category ON articles (hex(zeroblob(1000000)))",
    ),
    "no revision": ("DELETE FROM alembic_version",),
    "two revisions": ("INSERT INTO alembic_version VALUES ('0001')",),
    "a revision in bytes": ("UPDATE alembic_version SET version_num = x'30303032'",),
    "a revision of escapes": (
        "UPDATE alembic_version SET version_num = char(27) || '[2J' || char(10) || 'x'",
    ),
}

# What these make is an archive, damaged: any command answers, or says so in a line.
ANSWERED: dict[str, tuple[str, ...]] = {
    "a huge title": ("UPDATE articles SET title = printf('%.*c', 200000000, 'x') WHERE id = 1",),
    "a huge paragraph": (
        "UPDATE paragraphs SET text = printf('%.*c', 200000000, 'x') WHERE article_id = 1",
    ),
    "an index on what a stranger computes": (
        "CREATE INDEX theirs ON paragraphs (hex(zeroblob(100000)) || text)",
    ),
    "200,000 rows of a stranger's": (
        "CREATE TABLE lots (x)",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) INSERT INTO lots SELECT i FROM n",
    ),
    "paths that lead out": ("UPDATE sources SET path = '/a/b/../../../../outside/' || id",),
    "relative paths that lead out": ("UPDATE sources SET path = '../../outside/' || id",),
    "some paths that are relative": ("UPDATE sources SET path = 'rel/x' WHERE id = 1",),
    "paths with NUL": (
        "UPDATE sources SET path = '/a/b' || char(0) || '/../../../outside/' || id",
    ),
    "paths with surrogates": (
        "UPDATE sources SET path = cast(x'2f612feda080' AS text) || id",
    ),
    "paths below a file": (
        "UPDATE sources SET path = '/a/f' WHERE id = 1",
        "UPDATE sources SET path = '/a/f/g' WHERE id = 2",
        "UPDATE sources SET path = '/a/f/g/h' WHERE id = 3",
    ),
    "a rank of the index that takes all memory": (
        "INSERT INTO article_search_config VALUES ('rank', 'bm25(randomblob(1000000000))')",
    ),
    "an index of another version": ("UPDATE article_search_config SET v = 99 WHERE k = 'version'",),
    "settings of the index out of range": (
        "INSERT OR REPLACE INTO article_search_config VALUES ('crisismerge', -1),"
        " ('automerge', 99999), ('usermerge', -5), ('hashsize', -1), ('pgsz', 0)",
    ),
    "an index whose segments are none": (
        "UPDATE article_search_data SET block = x'00000000ffffffff7fffffff7f' WHERE id = 10",
    ),
    "an index with a segment of 100 MB": (
        "UPDATE article_search_data SET block = zeroblob(100000000) WHERE id = 10",
    ),
    "an index without averages": (
        "UPDATE article_search_data SET block = x'ffffffffffffffffffffffffffffffff' WHERE id = 1",
    ),
    "an index of noise": (
        "UPDATE article_search_data SET block = randomblob(length(block)) WHERE id > 10",
    ),
    "sizes of the index that are none": (
        "UPDATE article_search_docsize SET sz = x'ffffffffffffffffff'",
    ),
    "no sizes of the index": ("UPDATE article_search_docsize SET sz = NULL",),
    "an index that points elsewhere": ("UPDATE article_search_idx SET pgno = pgno + 1000000",),
    "no paragraphs": ("DELETE FROM paragraphs WHERE article_id = 1",),
    "no article": ("DELETE FROM articles WHERE id = 1",),
    "a version that is not there": ("UPDATE sources SET revision = 9 WHERE id = 1",),
    "numbers as large as there are": (
        "UPDATE articles SET id = 9223372036854775807 WHERE id = 2",
        "UPDATE paragraphs SET article_id = 9223372036854775807 WHERE article_id = 2",
        "UPDATE sources SET article_id = 9223372036854775807 WHERE article_id = 2",
        "UPDATE sources SET id = 9223372036854775807 WHERE id = 3",
        "UPDATE ingests SET id = 9223372036854775807 WHERE id = 1",
        "UPDATE revisions SET number = 9223372036854775807",
    ),
    "numbers below nothing": (
        "UPDATE articles SET id = -5 WHERE id = 2", "UPDATE sources SET id = -7 WHERE id = 3",
    ),
    "paragraphs far apart": (
        "UPDATE paragraphs SET position = position + 9223372036854775000 WHERE article_id = 1",
    ),
}  # fmt: skip

COLUMNS = {
    "articles": ("published_on", "category", "byline", "title", "folded_title", "word_count",
                 "paragraph_count", "content_hash", "added_at", "updated_at"),
    "paragraphs": ("text", "folded"),
    "sources": ("path", "file_hash", "size", "mtime_ns", "original", "first_seen_at",
                "last_seen_at", "revision"),
    "revisions": ("number", "published_on", "category", "byline", "title", "text", "content_hash",
                  "path", "file_hash", "size", "mtime_ns", "original", "replaced_at"),
    "ingests": ("started_at", "finished_at", "new", "changed", "rejected"),
    "rejections": ("path", "line", "reason"),
}  # fmt: skip
WRONG = {
    "bytes": "x'ff00fe'",
    "a word": "'x'",
    "a number": "5",
    "a fraction": "1.5",
    "more than all": "9e999",
    "the largest number": "9223372036854775807",
    "bytes as text": "cast(x'ff61fe' AS text)",
    "nothing": "''",
    "an escape": "char(27) || ']0;owned' || char(7)",
    "NUL": "'2023-01-31' || char(0) || 'x'",
}

COMMANDS = (
    "stats", "list", "search moscow", "search moscow --json", "show 1", "show 1 --raw",
    "history 1", "diff 1", "cite 1", "timeline moscow", "concordance moscow", "similar 1",
    "duplicates", "quote 'the minister said on'", "doctor", "verify", "dump", "export OUT",
    "backup COPY", "sources", "rejections", "--db other.db merge a.db",
    "--db other.db restore a.db", "ingest NEWS", "ingest NEWS --reread", "relocate NEWS moved",
    "reindex", "remove 1 --yes",
)  # fmt: skip
"""2,100 runs with 75 archives; those that write it come last. `other.db` is a sound archive."""


def archives(most: int) -> Iterator[tuple[str, bool, Callable[[sqlite3.Connection], None]]]:
    """Names, whether such an archive is refused, and what makes it from a sound one."""

    def by(statements: tuple[str, ...]) -> Callable[[sqlite3.Connection], None]:
        def make(connection: sqlite3.Connection) -> None:
            for statement in statements:
                connection.execute(statement)

        return make

    made = [(name, True, by(given)) for name, given in REFUSED.items()]
    made += [(name, False, by(given)) for name, given in ANSWERED.items()]
    made += [("a bomb of 2 MB", False, lambda connection: _bomb(connection, 2000))]
    wrong = [
        (f"{table}.{column} is {name}", False, by((f"UPDATE {table} SET {column} = {value}",)))
        for table, columns in COLUMNS.items()
        for column in columns
        for name, value in WRONG.items()
    ]
    chance = random.Random(75)
    chance.shuffle(wrong)
    if most < len(made):
        made = made[:: len(made) // most + 1]
    yield from [*made, *wrong][:most]


def _bomb(connection: sqlite3.Connection, megabytes: int) -> None:
    """Packed bytes that are a thousand times as many, and say so."""
    packer, digest, packed = zlib.compressobj(9), hashlib.sha256(), b""
    for _ in range(megabytes):
        digest.update(bytes(1_000_000))
        packed += packer.compress(bytes(1_000_000))
    packed += packer.flush()
    connection.execute(
        "UPDATE sources SET original = ?, size = ?, file_hash = ? WHERE article_id = 1",
        (packed, megabytes * 1_000_000, digest.digest()),
    )


def sound(root: Path) -> Path:
    """An archive with every kind of row."""
    news, path = root / "news", root / "sound.db"
    write_articles(news, 12)
    (news / "bad.txt").write_text("no header")
    for text in ("", " once more"):
        (news / "00000.txt").write_text(f" date 2023-01-01\nTitle{text}\nOf moscow{text}.\n")
        time = 1_650_000_000 + len(text)
        os.utime(news / "00000.txt", (time, time))
        Child(lambda _: command("--db", path, "ingest", news)).end()
    (root / "more").mkdir()
    (root / "more" / "new.txt").write_text(" date 2023-01-01\nAnother\nOf moscow and 00 grain.\n")
    return path


def on_archives(most: int) -> Result:
    """Every command on archives that are made to harm."""
    result = Result("commands on hostile archives")
    slowest = peak = 0.0
    with scratch() as root:
        base = sound(root)
        for name, refused, make in archives(most):
            room = root / "room"
            room.mkdir()
            path = room / "a.db"
            shutil.copy(base, path)
            shutil.copy(base, room / "other.db")
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
                connection.execute("PRAGMA foreign_keys = OFF")
                connection.execute("PRAGMA ignore_check_constraints = ON")
                try:
                    make(connection)
                except sqlite3.IntegrityError:
                    connection.execute("SELECT 1")  # what SQLite itself does not let in
            before, there = path.read_bytes(), _outside(root)
            for given in COMMANDS:
                label = f"{name}, {given}"
                result.tries += 1
                words = [
                    {"OUT": "out", "COPY": "copy.db", "NEWS": "../more"}.get(word, word)
                    for word in shlex.split(given)
                ]
                child = Child(_run(room, words))
                code = child.end()
                said = child.said.decode(errors="replace")
                out = (room / "stdout").read_bytes()
                slowest, peak = max(slowest, child.seconds), max(peak, child.peak)
                result.check(code != -signal.SIGALRM, f"{label}: no end")
                result.check(child.seconds < SECONDS, f"{label}: {child.seconds:.1f} s")
                result.check(child.peak < MEGABYTES, f"{label}: {child.peak:.0f} MB")
                result.check(code in range(5) or code == -signal.SIGALRM, f"{label}: {code} {said}")
                raw = given.startswith(("dump", "show 1 --raw"))
                result.check("\x1b" not in said, f"{label}: an escape in {said!r}")
                result.check(raw or b"\x1b" not in out, f"{label}: an escape in the answer")
                result.check(_outside(root) == there, f"{label}: files outside")
                if refused and given != "doctor":
                    result.check(code == 4, f"{label}: exit {code}")
                    result.check(path.read_bytes() == before, f"{label}: it was changed")
            shutil.rmtree(room)
    result.note = f"the slowest took {slowest:.1f} s of the processor; at most {peak:.0f} MB"
    return result


def _run(room: Path, words: list[str]) -> Callable[[int], int]:
    def inside(report: int) -> int:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(6 * SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        complain_to(report)
        os.chdir(room)
        os.dup2(os.open("stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        return command("--db", "a.db", *words)

    return inside


def _outside(root: Path) -> list[Path]:
    """The files that no command may touch."""
    return sorted(path for path in root.rglob("*") if path.relative_to(root).parts[0] != "room")
