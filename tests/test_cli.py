"""The command line from outside: output, exit codes, one line for each mistake."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.engines.contract import Stats
from archive.render.reports import _MOST_CATEGORIES, show_stats
from conftest import ARTICLES, SEEDS, Cli

CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def seed_db(cli: Cli, tmp_path: Path) -> Path:
    path = tmp_path / "seed.db"
    result = cli("ingest", SEEDS, "--db", path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("1 new  (")
    return path


def test_the_seed_is_one_article_of_21_paragraphs(cli: Cli, seed_db: Path) -> None:
    result = cli("stats", "--json", "--db", seed_db)
    stats = json.loads(result.stdout)
    assert (stats["articles"], stats["paragraphs"]) == (1, 21)
    assert (stats["first_date"], stats["last_date"]) == ("2023-01-31", "2023-01-31")
    assert stats["categories"] == [["Politics", 1]]


@pytest.mark.parametrize("more", [-1, 0, 1, 2])
def test_the_figures_are_shown_with_the_share_of_the_index(
    more: int, capsys: pytest.CaptureFixture[str]
) -> None:
    most = _MOST_CATEGORIES + more
    categories = ((None, 9_000), *((f"C{number}", 8) for number in range(1, most)))
    show_stats(
        Stats(
            articles=1_000, paragraphs=2_000, words=30_000, sources=4, revisions=5,
            first_date="2020-01-02", last_date="2023-01-31", categories=categories,
            size=4_000_000, text_size=2_500, index_size=1_000_000,
        )
    )  # fmt: skip
    shown = capsys.readouterr().out.splitlines()
    figures, lines = shown[:8], shown[8:]
    assert [(line[:15].rstrip(), line[15:]) for line in figures] == [
        ("articles", "1,000"), ("paragraphs", "2,000"), ("words", "30,000"), ("sources", "4"),
        ("old versions", "5"), ("dates", "2020-01-02 to 2023-01-31"),
        ("file", "4.0 MB, 25% of it index"), ("sources' bytes", "2.5 kB"),
    ]  # fmt: skip
    assert lines[0] == "       9,000  (no category)"
    assert lines[1] == "           8  C1"
    noun = {1: "1 further category", 2: "2 further categories"}.get(more)
    assert lines[_MOST_CATEGORIES:] == ([f"{'':>12}  {noun}"] if noun else [])


@pytest.mark.parametrize(
    ("query", "cited", "marked"),
    [
        ("xi moscow", ["1:1"], {"Xi", "Moscow"}),
        ('"nuclear threats"', ["1:10"], {"nuclear threats"}),
        ("category:politics date:2023", ["1:1"], set()),
    ],
)
def test_the_seed_is_found_with_the_right_paragraphs(
    cli: Cli, seed_db: Path, query: str, cited: list[str], marked: set[str]
) -> None:
    hit = json.loads(cli("search", query, "--json", "--db", seed_db).stdout)
    assert hit["title"] == (
        "Xi Jinping likely to visit Moscow around anniversary of Ukraine invasion"
    )
    assert [paragraph["cite"] for paragraph in hit["paragraphs"]] == cited
    assert {p["text"][a:b] for p in hit["paragraphs"] for a, b in p["marks"]} == marked


def test_show_raw_gives_the_exact_bytes(seed_db: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "archive", "--db", str(seed_db), "show", "1", "--raw"],
        capture_output=True,
        check=True,
    )
    (source,) = SEEDS.glob("*.txt")
    assert shown.stdout == source.read_bytes()


def test_search_prints_citation_and_marks(cli: Cli, db: str) -> None:
    result = cli("search", "needle", "--db", db)
    assert result.returncode == 0
    head, passage = result.stdout.splitlines()
    assert head == "8  2020-01-01  Business  Annual report"
    assert passage.startswith("    8:1  … ")
    assert "The *needle* word stands here." in passage
    assert passage.endswith(" …")
    assert len(passage) < 420


def test_search_says_what_is_partial_and_how_many_there_are(cli: Cli, db: str) -> None:
    partial = cli("search", "grain xylophone", "--db", db)
    assert partial.returncode == 0
    assert "no article has all of it; these have some of the words" in partial.stderr
    assert "    without: xylophone" in partial.stdout
    more = cli("list", "--limit", "3", "--db", db)
    assert len(more.stdout.splitlines()) == 3
    assert "1 to 3 of 10; --offset 3 for more" in more.stderr


def test_list_takes_the_filters_of_search(cli: Cli, db: str) -> None:
    shown = cli("list", "--category", "politics", "--before", "2024", "--db", db).stdout
    assert shown == "1  2023-01-31  Politics  Xi plans a state visit to Moscow\n"
    assert cli("list", "moscow", "--date", "2024", "--count", "--db", db).stdout == "1\n"
    oldest = cli("list", "--sort", "oldest", "--limit", "1", "--json", "--db", db).stdout
    assert json.loads(oldest)["id"] == 10


def test_count_and_sql(cli: Cli, db: str) -> None:
    assert cli("search", "moscow", "--count", "--db", db).stdout == "2\n"
    assert cli("list", "moscow", "--count", "--json", "--db", db).stdout == '{"articles": 2}\n'
    beyond = cli("search", "moscow", "--offset", "2", "--db", db)
    assert (beyond.returncode, beyond.stdout) == (1, "")
    assert beyond.stderr.startswith("archive: none of the 2 is on this page")
    sql = cli("search", "moscow", "--sql", "--db", db).stdout
    with contextlib.closing(sqlite3.connect(db)) as plain:
        assert [row[0] for row in plain.execute(sql)] == [1, 7]


def test_facets_count_instead_of_showing(cli: Cli, db: str) -> None:
    shown = cli("search", "zelensky", "--facet", "category", "--db", db)
    assert (shown.returncode, shown.stdout) == (
        0, "         1  (no category)\n         1  US Politics\n",
    )  # fmt: skip
    rows = cli("list", "--facet", "year", "--json", "--after", "2022", "--db", db).stdout
    assert [json.loads(row) for row in rows.splitlines()] == [
        {"year": "2023", "articles": 3},
        {"year": "2024", "articles": 1},
    ]
    nothing = cli("search", "xylophone", "--facet", "month", "--db", db)
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "no article has xylophone" in nothing.stderr


def test_nothing_found_is_exit_1_and_says_so(cli: Cli, db: str) -> None:
    result = cli("search", "xylophone", "--db", db)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "archive: nothing found for 'xylophone'\narchive: no article has xylophone\n"
    )
    assert cli("search", "xylophone", "--count", "--db", db).returncode == 1


def test_a_query_mistake_is_exit_2_with_the_place_marked(cli: Cli, db: str) -> None:
    result = cli("search", "xi date:2023-99", "--db", db)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "archive: date: there is no date '2023-99'",
        "  xi date:2023-99",
        "          ^^^^^^^",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "x"], "'x' names no article"),
        (["show", "3-4"], "names no article"),
        (["show", "1:3-2"], "ends before it begins"),
        (["show", "1:2", "--raw"], "is a paragraph: name an article"),
        (["ingest", "/no/such/folder"], "/no/such/folder: no such file or folder"),
        (["ingest", ".", "--encoding", "klingon"], "unknown encoding 'klingon'"),
        (["ingest", ".", "--encoding", "hex"], "unknown encoding 'hex'"),
        (["ingest", ".", "--max-size", "big"], "--max-size 'big'"),
        (["list", "--date", "never"], "date: 'never' is no date"),
        (["search", "x", "--sort", "best"], "--sort"),
        (["nonsense"], "No such command"),
        (["sql", "DELETE FROM articles"], "only reading is allowed here"),
        (["sql", "SELECT * FROM nowhere"], "no such table: nowhere"),
        (["sql", "SELECT 1; SELECT 2"], "one statement at a time"),
        (["sql", ""], "gives no rows"),
    ],
)
def test_usage_mistakes_are_exit_2(cli: Cli, db: str, arguments: list[str], said: str) -> None:
    result = cli("--db", db, *arguments)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_several_addresses_are_shown_in_the_order_given(cli: Cli, db: str) -> None:
    one, two = (cli("show", address, "--db", db).stdout for address in ("2", "1:1"))
    assert cli("show", "2", "1:1", "1:1", "--db", db).stdout == f"{one}\n{two}{two}"
    raw = [cli("show", address, "--raw", "--db", db).stdout for address in ("2", "1")]
    assert cli("show", "2", "1", "--raw", "--db", db).stdout == "".join(raw)
    lines = cli("show", "2", "1:1", "--json", "--db", db).stdout.splitlines()
    assert [json.loads(line).get("cite") for line in lines] == [None, "1:1"]
    assert cli("show", "2", "1:1", "--csv", "--db", db).returncode == 2
    nothing = cli("show", "2", "99", "--db", db)
    assert (nothing.returncode, nothing.stdout) == (1, "")


@pytest.mark.parametrize("address", ["99", "1@2", "1:0", "1:3", "2:1-9"])
def test_what_is_not_there_is_exit_1(cli: Cli, db: str, address: str) -> None:
    result = cli("show", address, "--db", db)
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1


READS = [["search", "x"], ["list"], ["show", "1"], ["stats"], ["sql", "SELECT 1"], ["verify"],
         ["backup", "copy.db"], ["reindex"], ["upgrade"], ["search", "x", "--count"]]  # fmt: skip


@pytest.mark.parametrize("arguments", READS, ids=" ".join)
def test_a_missing_archive_is_exit_4_and_never_made(
    cli: Cli, tmp_path: Path, arguments: list[str]
) -> None:
    result = cli(*arguments, "--db", "missing.db", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (4, "")
    assert "no archive at missing.db" in result.stderr
    assert list(tmp_path.iterdir()) == []


def _foreign(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE articles (id INTEGER)")


def _newer(path: Path, db: str) -> None:
    path.write_bytes(Path(db).read_bytes())
    with contextlib.closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize("kind", ["text", "empty", "foreign", "newer", "folder"])
def test_what_is_no_archive_is_refused_and_left_as_it_is(
    cli: Cli, db: str, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "other.db"
    if kind == "text":
        path.write_text("just some text, long enough to be read as a header " * 40)
    elif kind == "empty":
        path.touch()
    elif kind == "foreign":
        _foreign(path)
    elif kind == "newer":
        _newer(path, db)
    else:
        path.mkdir()
    before = path.read_bytes() if path.is_file() else b""
    said = "newer version" if kind == "newer" else "not an article archive"
    for arguments in [*READS, ["ingest", str(SEEDS)]]:
        result = cli(*arguments, "--db", path, cwd=tmp_path)
        assert (result.returncode, result.stdout) == (4, ""), arguments
        assert said in result.stderr or kind == "folder", (arguments, result.stderr)
        assert len(result.stderr.splitlines()) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["other.db"]
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_reading_changes_nothing_and_leaves_nothing(cli: Cli, db: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(Path(db).read_bytes())
    before = hashlib.sha256(path.read_bytes()).digest()
    for arguments in READS:
        if arguments[0] not in ("backup", "reindex"):
            cli(*arguments, "--db", path, cwd=tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.db"]
    assert hashlib.sha256(path.read_bytes()).digest() == before


def test_rejected_files_are_named_with_line_and_reason_and_the_rest_goes_in(
    cli: Cli, tmp_path: Path
) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "good.txt").write_text(" date 2023-01-31 Politics\nTitle\nText.\n")
    (news / "bad.txt").write_text("\n date 2023-02-30\nTitle\nText.\n")
    (news / "latin.txt").write_bytes(b" date 2023-01-31\nCaf\xe9\nText.\n")
    os.mkfifo(news / "pipe.txt")
    (news / "esc\x1b[2J.txt").write_text("no header\n")
    result = cli("ingest", news, "--db", tmp_path / "a.db")
    assert result.returncode == 3
    assert result.stdout.startswith("1 new, 4 rejected  (")
    lines = result.stderr.splitlines()
    assert f"{news}/bad.txt:2: no such date: 2023-02-30" in lines
    assert any("latin.txt:2: not utf-8: byte 0xe9 at offset 20 " in line for line in lines)
    assert any("pipe.txt: not a regular file" in line for line in lines)
    assert any("esc\\x1b[2J.txt:1: no header" in line for line in lines)
    assert not CONTROL.search(result.stderr)
    again = cli("ingest", news, "--json", "--db", tmp_path / "a.db")
    report = json.loads(again.stdout)
    assert (again.returncode, report["unchanged"], report["rejected"]) == (0, 1, 0)
    assert (report["still_rejected"], report["rejections"]) == (4, [])
    strict = cli("ingest", news, "--json", "--strict", "--db", tmp_path / "a.db")
    report = json.loads(strict.stdout)
    assert (strict.returncode, report["rejected"], report["still_rejected"]) == (3, 4, 0)
    assert report["rejections"][0]["reason"] == "no such date: 2023-02-30"


def test_paths_on_standard_input(cli: Cli, folder: Path, tmp_path: Path) -> None:
    paths = "\n".join(str(path) for path in sorted(folder.rglob("*.txt"))[:3]) + "\n/nowhere\n"
    result = cli("ingest", "-", "--db", tmp_path / "a.db", input_=paths)
    assert result.returncode == 3
    assert result.stdout.startswith("3 new, 1 rejected")
    assert "/nowhere: No such file or directory" in result.stderr


def test_dry_run_makes_nothing(cli: Cli, folder: Path, tmp_path: Path) -> None:
    result = cli("ingest", folder, "--dry-run", "--db", tmp_path / "a.db")
    assert result.stdout.startswith("would be: 10 new")
    assert list(tmp_path.iterdir()) == []


def test_strict_stores_nothing_if_one_file_is_bad(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" date 2023-01-31\nTitle\nText.\n")
    (tmp_path / "b.txt").write_text("no header")
    result = cli("ingest", tmp_path / "a.txt", tmp_path / "b.txt", "--strict", cwd=tmp_path)
    assert result.returncode == 3
    assert "nothing stored" in result.stdout
    assert cli("stats", "--json", cwd=tmp_path).stdout.startswith('{"articles": 0,')


def test_the_archive_is_found_by_option_variable_or_folder(cli: Cli, seed_db: Path) -> None:
    folder = seed_db.parent
    for arguments, env in (
        (["--db", str(seed_db), "list"], {}),
        (["list", "--db", str(seed_db)], {}),
        (["list"], {"ARCHIVE_DB": str(seed_db)}),
    ):
        assert cli(*arguments, **env).stdout.startswith("1  2023-01-31")
    seed_db.rename(folder / "archive.db")
    assert cli("list", cwd=folder).stdout.startswith("1  2023-01-31")


def test_odd_archive_paths_work(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a?b#c%d é.db"
    assert cli("ingest", SEEDS, "--db", path).returncode == 0
    assert cli("search", "moscow", "--count", "--db", path).stdout == "1\n"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("address", ["postgresql://me:secret@host/news", "postgres:///news"])
def test_an_address_of_postgresql_is_refused(cli: Cli, tmp_path: Path, address: str) -> None:
    for arguments in (["search", "x"], ["ingest", str(SEEDS)], ["doctor"]):
        result = cli(*arguments, "--db", address, cwd=tmp_path)
        assert (result.returncode, result.stdout) == (2, "")
        said = "archive: there is no PostgreSQL engine yet: name a file with --db\n"
        assert result.stderr == said
        assert list(tmp_path.iterdir()) == []


def test_nothing_of_an_article_acts_on_the_terminal_or_the_spreadsheet(cli: Cli, db: str) -> None:
    everything = "SELECT a.title, p.text FROM articles a JOIN paragraphs p ON p.article_id = a.id"
    for arguments in (["search", "trick"], ["search", "trick", "--json"], ["show", "10"],
                      ["show", "10", "--json"], ["show", "10:1"], ["list"], ["sql", everything],
                      ["sql", everything, "--csv"], ["sql", everything, "--json"]):  # fmt: skip
        result = cli(*arguments, "--db", db)
        assert result.returncode == 0
        assert not CONTROL.search(result.stdout), arguments
    shown = cli("show", "10:1", "--db", db).stdout
    assert shown == "10:1  A \\x1b]52;z;eA==\\x07 title \\u202e trick.\n"
    csv = cli("sql", "SELECT title FROM articles WHERE id = 10", "--csv", "--db", db).stdout
    assert csv == 'title\n"\'=HYPERLINK(""x"")"\n'


def test_output_survives_any_locale(cli: Cli, db: str) -> None:
    result = cli("show", "5", "--db", db, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert result.returncode == 0
    assert "\\u4e60" in result.stdout


def test_file_names_are_utf8_in_any_locale(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "é中.txt").write_bytes(" date 2023-01-31\nCafé\nText.\n".encode())
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = cli("ingest", tmp_path / "é中.txt", "--db", tmp_path / "ü.db", **locale)
    assert (result.returncode, result.stderr) == (0, "")
    source = cli("sql", "SELECT path FROM sources", "--json", "--db", tmp_path / "ü.db").stdout
    assert json.loads(source)["path"].endswith("/é中.txt")


WRITERS = [["list"], ["search", "moscow", "--json"], ["show", "1"], ["show", "1", "--raw"], ["stats"],
           ["sql", "SELECT * FROM paragraphs", "--csv"], ["dump"], ["schema"], ["verify"], ["--help"],
           ["sql", f"SELECT '{'x' * 100_000}'"], ["search", "moscow", "--count"]]  # fmt: skip


@pytest.mark.parametrize("arguments", WRITERS, ids=" ".join)
def test_output_that_cannot_be_written_is_one_line(db: str, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "archive", "--db", db, *arguments]
    for redirect, code, lines in ((">/dev/full", 2, 1), (">&-", 0, 0)):
        result = subprocess.run(
            ["bash", "-c", f'"$@" {redirect}', "-", *command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (result.returncode, len(result.stderr.splitlines())) == (code, lines), result
        assert "Traceback" not in result.stderr
    if "-" not in arguments[-1]:
        silent = subprocess.run(["bash", "-c", '"$@" <&- >&- 2>&-', "-", *command], check=False)
        assert silent.returncode == 0


def test_a_closed_pipe_is_quiet(db: str) -> None:
    command = f"{sys.executable} -m archive --db '{db}' sql 'WITH RECURSIVE n(i) AS (SELECT 1 UNION"
    command += " ALL SELECT i + 1 FROM n LIMIT 200000) SELECT i FROM n' | head -1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert result.stderr == ""


def test_on_a_terminal_matches_are_in_colour_unless_no_color(db: str) -> None:
    def on_terminal(**env: str) -> str:
        master, slave = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "archive", "--db", db, "search", "needle"],
            stdout=slave,
            stderr=slave,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **env},
        ) as process:
            os.close(slave)
            output = b""
            with contextlib.suppress(OSError):
                while chunk := os.read(master, 4096):
                    output += chunk
            process.wait()
        os.close(master)
        return output.decode()

    assert "\x1b[1;38;5;161mneedle\x1b[0m" in on_terminal(TERM="xterm-256color")
    assert "*needle*" in on_terminal(NO_COLOR="1")
    assert "*needle*" in on_terminal(TERM="dumb")


def test_verify_and_reindex(cli: Cli, db: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(Path(db).read_bytes())
    sound = cli("verify", "--db", path)
    assert sound.returncode == 0
    assert sound.stdout.startswith("10 articles, ")
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute("DELETE FROM article_search_docsize WHERE id = 3")
        other.execute("INSERT INTO article_search (article_search, rowid, title, body)"
                      " SELECT 'delete', id, title, body FROM indexed_text WHERE id = 4")  # fmt: skip
    broken = cli("verify", "--db", path)
    assert broken.returncode == 4
    assert "run 'archive reindex'" in broken.stdout
    assert cli("reindex", "--db", path).stdout == "10 articles indexed\n"
    assert cli("verify", "--db", path).returncode == 0
    assert cli("search", "cafe", "--count", "--db", path).stdout == "1\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE paragraphs SET text = text || '.' WHERE article_id = 2", "article 2: the text is"),
        ("UPDATE articles SET category = 'X' WHERE id = 3", "article 3: the text is not"),
        ("UPDATE articles SET word_count = 1 WHERE id = 3", "article 3: paragraph numbers"),
        ("UPDATE sources SET file_hash = x'00' WHERE id = 4", "the bytes are not those"),
        ("UPDATE sources SET article_id = 99 WHERE id = 4", "refers to a row of articles"),
        ("DELETE FROM paragraphs WHERE article_id = 7 AND position = 2", "article 7: the text"),
        ("DELETE FROM sources WHERE id = 5", "article 5: no source holds it"),
        ("UPDATE paragraphs SET folded = 'x' WHERE article_id = 5", "article 5: its folded text"),
        ("UPDATE articles SET title = x'ff' WHERE id = 6", "article 6: values of the wrong kind"),
        (
            "UPDATE articles SET added_at = '2023-01-01T00:00:00.000000Z' WHERE id = 6",
            "article 6: its times are those of no ingest",
        ),
        ("UPDATE sources SET last_seen_at = 'x' WHERE id = 6", "its times are those of no ingest"),
        ("UPDATE ingests SET finished_at = 'x'", "ingest 1: its times are no times"),
        (
            "INSERT INTO rejections (path, reason, first_ingest_id, last_ingest_id)"
            " VALUES ('/x', 'y', 1, 1)",
            "ingest 1: 0 files rejected, 1 listed",
        ),
        ("UPDATE ingests SET new = 7", "the ingests brought 7 articles, but there are 10"),
        ("DROP TABLE article_search", "the index is not there"),
    ],
)
def test_verify_names_every_change_of_content(
    cli: Cli, db: str, tmp_path: Path, change: str, said: str
) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(Path(db).read_bytes())
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute(change)
    result = cli("verify", "--db", path)
    assert result.returncode == 4
    assert said in result.stdout


def test_backup_is_a_sound_copy_and_never_the_archive_itself(
    cli: Cli, db: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    assert cli("backup", copy, "--db", db).stdout == f"{copy}\n"
    assert cli("verify", "--db", copy).returncode == 0
    assert cli("backup", tmp_path, "--db", copy).returncode == 2
    (tmp_path / "copy.db-wal").write_bytes(b"left over")
    assert cli("backup", copy, "--db", db).returncode == 0
    assert not (tmp_path / "copy.db-wal").exists()
    text = tmp_path / "text"
    text.write_text("precious")
    assert cli("backup", text, "--db", db).returncode == 4
    assert text.read_text() == "precious"
    text.unlink()
    assert cli("backup", tmp_path / "no" / "copy.db", "--db", db).returncode == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["copy.db"]


def test_upgrade_of_a_current_archive_changes_nothing(cli: Cli, db: str) -> None:
    assert cli("upgrade", "--db", db).stdout == "up to date (schema 0005)\n"


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_signal_ends_ingest_in_order(tmp_path: Path, number: int, code: int) -> None:
    news = tmp_path / "news"
    news.mkdir()
    for at in range(3000):
        (news / f"{at}.txt").write_text(f" date 2023-01-31\nTitle {at}\n" + f"word{at} " * 400)
    path = tmp_path / "a.db"
    with subprocess.Popen(
        [sys.executable, "-m", "archive", "--db", str(path), "ingest", str(news)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not path.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        _, complaints = process.communicate(timeout=10)
    assert process.returncode == code
    assert "Traceback" not in complaints
    assert not (tmp_path / "a.db.lock").exists()
    again = subprocess.run(
        [sys.executable, "-m", "archive", "--db", str(path), "ingest", str(news), "--json"],
        capture_output=True,
        check=True,
    )
    report = json.loads(again.stdout)
    assert report["new"] + report["unchanged"] == 3000


def test_a_signal_ends_a_read_at_once(db: str) -> None:
    endless = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with subprocess.Popen(
        [sys.executable, "-m", "archive", "--db", db, "sql", endless, "--timeout", "60"]
    ) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=2) == -signal.SIGINT


def test_every_command_has_help(cli: Cli) -> None:
    top = cli("--help").stdout
    names = re.findall(r"^  ([a-z-]+)  ", top.split("Find:")[1], re.MULTILINE)
    assert sorted(names) == [
        "backup", "cite", "completion", "concordance", "datasette-metadata", "diff", "doctor", "dump",
        "duplicates", "export", "help", "history",
        "ingest", "list", "load", "merge", "quote", "reindex", "rejections", "relocate", "remove",
        "restore", "schema", "search", "serve", "show", "similar", "sources", "sql", "stats",
        "timeline", "upgrade", "verify",
    ]  # fmt: skip
    for name in names:
        assert cli(name, "--help").stdout.startswith("Usage: ")


def test_the_fixture_articles_come_back_byte_for_byte(db: str) -> None:
    for at, text in enumerate(ARTICLES.values(), 1):
        shown = subprocess.run(
            [sys.executable, "-m", "archive", "--db", db, "show", str(at), "--raw"],
            capture_output=True,
            check=True,
        )
        assert shown.stdout == text.encode()
