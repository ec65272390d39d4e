"""The closed room: what the user's own SQL may do, and what it may not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from archive import Archive, ArchiveError
from archive.errors import SqlError

ANSWERS: list[tuple[str, list[tuple[object, ...]]]] = [
    ("SELECT count(*) FROM articles", [(10,)]),
    ("SELECT ':x', 'a?b', '100%'", [(":x", "a?b", "100%")]),
    ("SELECT cast(x'ff61' AS text)", [("\\xffa",)]),
    ("SELECT x'ff', NULL, 1.5", [(b"\xff", None, 1.5)]),
    ("WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT i FROM n",
     [(1,), (2,), (3,)]),
    ("SELECT rowid FROM article_search WHERE article_search MATCH 'grain'", [(2,)]),
    ("SELECT snippet(article_search, 1, '[', ']', '', 3) FROM article_search"
     " WHERE article_search MATCH 'title: grain'", [("[Grain] prices rise",)]),
    ("SELECT doc FROM article_terms WHERE term = 'moscow'", [(2,)]),
    ("VALUES (1), (2)", [(1,), (2,)]),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "rows"), ANSWERS, ids=[sql[:40] for sql, _ in ANSWERS])
def test_reading_is_answered(db: str, sql: str, rows: list[tuple[object, ...]]) -> None:
    with Archive(db) as archive:
        assert list(archive.sql(sql).rows) == rows


WRITES = [
    "DELETE FROM articles", "UPDATE articles SET title = ''", "DROP TABLE articles",
    "INSERT INTO articles (title) VALUES ('x')", "CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)",
    "ATTACH 'made.db' AS m", "VACUUM", "VACUUM INTO 'made.db'", "PRAGMA query_only = OFF",
    "PRAGMA journal_mode = WAL", "PRAGMA writable_schema = ON", "REINDEX", "ANALYZE", "BEGIN",
    "SAVEPOINT s", "DETACH main", "SELECT load_extension('x')", "SELECT fts3_tokenizer('x')",
    "INSERT INTO article_search (article_search) VALUES ('rebuild')",
    "SELECT writefile('made.db', 'x')", "EXPLAIN DELETE FROM articles", "",
    "SELECT 1; DELETE FROM articles", "-- nothing", "CREATE VIRTUAL TABLE v USING fts5(x)",
    "REPLACE INTO articles (id) VALUES (1)", "ALTER TABLE articles RENAME TO x",
]  # fmt: skip


@pytest.mark.parametrize("sql", WRITES)
def test_everything_else_is_refused(
    db: str, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = Path(db).read_bytes()
    with Archive(db) as archive, pytest.raises(SqlError) as refused:
        list(archive.sql(sql).rows)
    assert "\n" not in str(refused.value)
    assert Path(db).read_bytes() == before
    assert list(tmp_path.iterdir()) == []


ENDLESS = [
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    "SELECT count(*) FROM " + ", ".join(f"articles a{n}" for n in range(20)),
]


@pytest.mark.parametrize("sql", ENDLESS, ids=["max", "rows", "join"])
def test_what_has_no_end_is_stopped(db: str, sql: str) -> None:
    began = time.monotonic()
    with Archive(db) as archive, pytest.raises(SqlError, match=r"stopped after 0\.3 s"):
        for _ in archive.sql(sql, timeout=0.3).rows:
            pass
    assert time.monotonic() - began < 3


def test_a_value_too_long_is_refused(db: str) -> None:
    with Archive(db) as archive, pytest.raises(ArchiveError, match="too big"):
        list(archive.sql("SELECT zeroblob(500000000)").rows)
