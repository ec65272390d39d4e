"""The closed room: what the user's own SQL may do, and what it may not."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archive import Archive
from archive.engines.sqlite import sql_child as sqlite_room
from archive.errors import SqlError

if TYPE_CHECKING:
    from conftest import Cli

UNIT = 1024 if sys.platform != "darwin" else 1024 * 1024

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
    if sql.split()[:1] in (["ATTACH"], ["DELETE"], ["VACUUM"], ["PRAGMA"]):
        assert "only reading is allowed here" in str(refused.value)
    assert Path(db).read_bytes() == before
    assert list(tmp_path.iterdir()) == []


# What takes for ever, or all memory there is; each stopped by one of the bounds.
COUNT = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
HUNGRY = [
    COUNT + "SELECT max(i) FROM n",
    COUNT + "SELECT i FROM n",
    COUNT + "SELECT i FROM n ORDER BY i DESC",
    COUNT + "SELECT count(DISTINCT randomblob(1000)) FROM n",
    COUNT + "SELECT group_concat(randomblob(10000)) FROM n",
    COUNT + "SELECT zeroblob(90000000) FROM n",
    COUNT + "SELECT hex(zeroblob(4000000)) FROM n",
    "WITH x(s) AS (SELECT 'ab' UNION ALL SELECT s || s FROM x) SELECT max(length(s)) FROM x",
    "SELECT count(*) FROM " + ", ".join(f"articles a{n}" for n in range(20)),
    "SELECT " + ", ".join(["randomblob(100000000)"] * 8),
    "SELECT " + ", ".join(["zeroblob(15000000)"] * 200),
    "SELECT zeroblob(500000000)",
    "SELECT printf('%.*c', 2000000000, 'x')",
    "SELECT printf('%099999999d', 1)",
    "SELECT instr(zeroblob(90000000), zeroblob(40000000) || x'01')",
    "SELECT replace(hex(zeroblob(40000000)), '0', '0000000000')",
    "SELECT length(quote(zeroblob(49999999))), length(hex(zeroblob(49999999)))",
    "SELECT 'a' LIKE '" + "%a" * 20000 + "'",
    "SELECT hex(zeroblob(100000)) LIKE '" + "%0" * 20 + "%1'",
    "SELECT hex(zeroblob(100000)) GLOB '" + "*0" * 20 + "*1'",
    "SELECT json_group_array(hex(randomblob(100000))) FROM paragraphs a, paragraphs b, paragraphs c",
    "SELECT sum(length(a.text || b.text)) OVER (ORDER BY c.text) FROM paragraphs a, paragraphs b, paragraphs c,"
    " paragraphs d, paragraphs e",
    "SELECT highlight(article_search, 1, hex(zeroblob(100000)), hex(zeroblob(100000)))"
    " FROM article_search WHERE article_search MATCH 'a OR the OR of OR in'",
    "SELECT 1 FROM article_search WHERE article_search MATCH '" + " OR ".join(["a*"] * 5000) + "'",
    "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "SELECT 1" + " UNION SELECT 1" * 2000,
    "SELECT '" + "x" * 1_100_000 + "'",
]  # fmt: skip


def test_there_are_at_least_forty_attacks() -> None:
    assert len({*WRITES, *HUNGRY}) >= 40


ASKING = """\
import json, resource, sys
from archive import Archive, ArchiveError
line = ""
try:
    for _ in Archive(sys.argv[1]).sql(sys.stdin.read(), timeout=0.3).rows:
        pass
except ArchiveError as error:
    line = str(error)
peaks = [resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]
try:  # not getrusage, which begins with the memory of whoever started this process
    with open("/proc/self/status") as status:
        peaks += [int(row.split()[1]) for row in status if row.startswith("VmHWM")]
except OSError:
    pass
print(json.dumps([line, *peaks]))
"""


@pytest.mark.parametrize("sql", HUNGRY, ids=[f"{at}-{sql[-30:]}" for at, sql in enumerate(HUNGRY)])
def test_time_and_memory_are_bounded(
    db: str, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each ends within 3 s over its limit and 512 MB, with rows or one line, and makes no file. A
    process of its own asks, so that no other test's memory counts."""
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    before = Path(db).read_bytes()
    began = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", ASKING, db],
        input=sql, capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert time.monotonic() - began < 4
    line, *peaks = json.loads(run.stdout)
    assert "\n" not in line
    assert len(line) < 300
    assert max(peaks) < 512 * UNIT
    assert Path(db).read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_end_says_that_it_was_stopped(db: str) -> None:
    for sql in (HUNGRY[0], HUNGRY[14]):  # between two steps of SQLite, and inside one
        with Archive(db) as archive, pytest.raises(SqlError, match=r"stopped after 0\.3 s"):
            list(archive.sql(sql, timeout=0.3).rows)


def test_a_value_too_long_and_too_much_memory_are_named(db: str) -> None:
    huge = "SELECT " + ", ".join(["randomblob(100000000)"] * 8)
    with Archive(db) as archive:
        with pytest.raises(SqlError, match="too big"):
            list(archive.sql("SELECT zeroblob(500000000)").rows)
        with pytest.raises(SqlError, match="more than 512 MB"):
            list(archive.sql(huge, timeout=50).rows)  # memory runs out first, however busy it is
        with pytest.raises(SqlError, match=r"a row of 20 MB: at most 17; take parts"):
            list(archive.sql("SELECT zeroblob(20000000)").rows)
        with pytest.raises(SqlError, match="statement of 1,100,009 characters: at most 1,000,000"):
            archive.sql(HUNGRY[-1])


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FORM articles", 'near "FORM": syntax error, at column 10'),
        ("SELECT form, x FROM articles WHERE form form", 'near "form": syntax error, at column 41'),
        ("SELECT 1,\n  nope FROM articles", "no such column: nope, at line 2, column 3"),
        ("SELECT max(nope(3))", "no such function: nope, at column 12"),
        ("SELECT 'a", 'unrecognized token: "\'a", at column 8'),
        ("SELECT * FROM nowhere", "no such table: nowhere, at column 15"),
        ("SELECT 1 FROM article_search('\"')", "unterminated string"),
    ],
)
def test_mistakes_are_one_line_with_the_place(db: str, sql: str, said: str) -> None:
    with Archive(db) as archive, pytest.raises(SqlError) as mistake:
        list(archive.sql(sql).rows)
    assert str(mistake.value) == f"SQL: {said}"


def test_time_that_the_reader_takes_does_not_count(db: str) -> None:
    sql = COUNT + "SELECT i, zeroblob(10000) FROM n LIMIT 200"
    with Archive(db) as archive:
        rows = archive.sql(sql, timeout=1).rows
        assert next(rows)[0] == 1
        time.sleep(2)
        assert sum(1 for _ in rows) == 199


def test_rows_stream_and_closing_ends_the_process(db: str) -> None:
    def running() -> int:
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        return len(children.read_text().split()) if children.exists() else 0

    before = running()
    with Archive(db) as archive:
        rows = archive.sql(COUNT + "SELECT i FROM n", timeout=60).rows
        assert [next(rows)[0] for _ in range(1000)] == list(range(1, 1001))
        rows.close()  # type: ignore[attr-defined]
    assert running() == before


def test_the_room_can_write_no_file_and_has_no_way_out(db: str, tmp_path: Path) -> None:
    """The walls one by one: with the others taken away, each still holds."""
    uri = f"file:{db}?mode=ro"
    with (
        contextlib.closing(sqlite3.connect(uri, uri=True)) as only_mode,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        only_mode.execute("DELETE FROM rejections")
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(db).read_bytes())
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as only_query_only:
        only_query_only.execute("PRAGMA query_only = ON")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            only_query_only.execute("UPDATE articles SET title = 'x'")
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as only_authorizer:
        only_authorizer.set_authorizer(sqlite_room._authorize)  # noqa: SLF001 - a wall by itself
        for sql in WRITES:
            if sql and not sql.startswith(("--", "SELECT 1;", "SELECT writefile")):
                with pytest.raises(sqlite3.DatabaseError):
                    only_authorizer.execute(sql)
    limited = (
        "import resource, sqlite3, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "for sql in (\"UPDATE articles SET title = 'x'\", f\"VACUUM INTO '{sys.argv[1]}.made'\"):\n"
        "    try: c.execute(sql)\n"
        "    except sqlite3.Error: pass\n"
    )
    subprocess.run([sys.executable, "-c", limited, str(copy)], check=True)
    made = Path(f"{copy}.made")
    assert not made.exists() or made.stat().st_size == 0
    with Archive(copy) as archive:
        assert archive.verify().problems == ()


def test_an_archive_whose_index_is_gone_can_still_be_asked(db: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(db).read_bytes())
    with contextlib.closing(sqlite3.connect(copy)) as other:
        other.execute("DROP TABLE article_search")
    with Archive(copy) as archive:
        assert list(archive.sql("SELECT count(*) FROM articles").rows) == [(10,)]


WALLS = """\
import json, os, resource, sqlite3, sys
from archive.engines.sqlite import sql_child as room
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
room._close_in(connection, room._Clock(60, os.getppid()), 7)

def said(sql):
    try:
        return connection.execute(sql).fetchall()
    except (sqlite3.Error, MemoryError) as error:
        return str(error)

found = {"authorizer": said("UPDATE articles SET title = 'x'")}
connection.set_authorizer(None)
found |= {
    "query_only": said("UPDATE articles SET title = 'x'"),
    "attached": said("ATTACH ':memory:' AS other"),
    "a value": said("SELECT zeroblob(100000001)"),
    "a statement": said("SELECT '" + "x" * 1000000 + "'"),
    "temp_store": said("PRAGMA temp_store"),
    "heap": said("PRAGMA hard_heap_limit"),
}
for name in ("AS", "FSIZE", "CORE", "CPU"):
    found[name] = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
print(json.dumps(found))
"""


def test_the_room_puts_up_each_of_its_walls(db: str, tmp_path: Path) -> None:
    """On a connection that could write, with the one wall that hides the others taken down."""
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(db).read_bytes())
    run = [sys.executable, "-c", WALLS, str(copy)]
    found = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
    assert found == {
        "authorizer": "not authorized",
        "query_only": "attempt to write a readonly database",
        "attached": "too many attached databases - max 0",
        "a value": "string or blob too big",
        "a statement": "query string is too large",
        "temp_store": [[2]],
        "heap": [[384 << 20]],
        "AS": [512 << 20] * 2,
        "FSIZE": [0, 0],
        "CORE": [0, 0],
        "CPU": [10, 10],
    }


def test_the_room_opens_the_archive_for_reading_alone(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing else in the way, what would write finds a file that it cannot write to."""
    copy, open_room = tmp_path / "copy.db", tmp_path / "room.py"
    copy.write_bytes(Path(db).read_bytes())
    text = Path(sqlite_room.__file__).read_text(encoding="utf-8")
    open_room.write_text(text.replace("        _close_in(connection, clock, seconds)\n", ""))
    assert open_room.read_text() != text
    monkeypatch.setattr(sqlite_room, "__file__", str(open_room))
    with Archive(copy) as archive, pytest.raises(SqlError, match="attempt to write a readonly"):
        list(archive.sql("DELETE FROM rejections RETURNING path").rows)


def test_the_room_ends_with_the_program_that_asked(db: str) -> None:
    asking = [sys.executable, "-m", "archive", "--db", db, "sql", HUNGRY[0], "--timeout", "60"]
    with subprocess.Popen(asking) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            pytest.skip("no /proc to find the process in")
        while not (found := children.read_text().split()):
            time.sleep(0.01)
        time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    with contextlib.suppress(OSError):  # it is gone
        while Path(f"/proc/{found[0]}/cmdline").read_bytes():  # which is empty once it has ended
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_rows_are_given_up_to_a_whole_size(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        def __init__(self, deadline: float) -> None:
            self.deadline, self.written = deadline, list[Any]()

        def write(self, frame: tuple[Any, ...]) -> None:
            self.written.append(frame)

    monkeypatch.setattr(sqlite_room, "LONGEST_ANSWER", 1000)
    monkeypatch.setattr(sqlite_room, "LONGEST_ROW", 500)
    five = f"SELECT '{'x' * 300}' UNION ALL SELECT '{'y' * 300}' UNION ALL SELECT '{'z' * 400}'"
    with contextlib.closing(sqlite3.connect(db)) as connection:
        for statement, deadline, rows, refused in (
            (five, 1.0, 3, None),
            (f"{five} UNION ALL SELECT 'a'", 1.0, 3, "MiB of rows: narrow it"),
            (f"{five} UNION ALL SELECT 'a'", math.inf, 4, None),
            (f"SELECT '{'x' * 501}'", math.inf, 0, "a row of"),
        ):
            clock = Clock(deadline)
            with pytest.raises(Exception, match=refused) if refused else contextlib.nullcontext():
                sqlite_room._answer(connection, statement, clock)  # type: ignore[arg-type]  # noqa: SLF001
            assert sum(len(frame[1]) for frame in clock.written if frame[0] == "rows") == rows
            assert (("end",) in clock.written) is not bool(refused)


VALUES = "SELECT NULL AS none, x'00ff' AS bytes, '' AS empty, 1.5 AS number, 1e999 AS endless"


def test_each_kind_of_value_is_shown_as_what_it_is(cli: Cli, db: str) -> None:
    """NULL is not the empty text (CSV knows no difference), nor bytes the text of their digits."""
    assert cli("sql", VALUES, "--db", db).stdout.splitlines() == [
        "none  bytes    empty  number  endless",
        "----  -------  -----  ------  -------",
        "NULL  x'00ff'            1.5      inf",
    ]
    assert cli("sql", VALUES, "--csv", "--db", db).stdout == (
        "none,bytes,empty,number,endless\n,00ff,,1.5,inf\n"
    )
    assert json.loads(cli("sql", VALUES, "--json", "--db", db).stdout) == {
        "none": None, "bytes": "00ff", "empty": "", "number": 1.5, "endless": "inf",
    }  # fmt: skip
    for size, shown in ((64, "ab" * 64), (65, "ab" * 64 + "…")):
        row = cli("sql", f"SELECT x'{'ab' * size}'", "--db", db).stdout.splitlines()[2]
        assert row == f"x'{shown}'"
    nulls = "SELECT id, category FROM articles WHERE category IS NULL"
    assert cli("sql", nulls, "--db", db).stdout.splitlines()[2].split() == ["6", "NULL"]


def test_an_error_before_the_first_row_is_no_answer_cut_short(cli: Cli, db: str) -> None:
    said = cli("sql", "SELECT abs(-9223372036854775808)", "--db", db)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == "archive: SQL: integer overflow\n"
