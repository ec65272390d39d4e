"""Rows for other programs: JSON and CSV of every command, files written whole, samples, tables."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive import Archive

if TYPE_CHECKING:
    from conftest import Cli

CALLS = [
    ["search", "-n", "3", "visit"], ["search", "--explain", "visit"], ["search", "--count", "visit"],
    ["list", "--facet", "year"], ["list", "--facet", "category", "--facet", "year"], ["list"],
    ["timeline", "visit"], ["concordance", "visit"], ["quote", "a state visit in spring"],
    ["duplicates"], ["show", "1"], ["show", "1:1-2"], ["history", "1"], ["diff", "1", "2"], ["stats"],
    ["doctor"], ["sql", "SELECT id, title FROM articles"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
def test_csv_has_the_rows_and_keys_of_json(
    cli: Cli, db: str, tmp_path: Path, arguments: list[str]
) -> None:
    db = shutil.copy(db, str(tmp_path / "own.db"))  # doctor tells of other readers, too
    objects = [
        json.loads(line) for line in cli(*arguments, "--json", "--db", db).stdout.splitlines()
    ]
    rows = [*csv.DictReader(io.StringIO(cli(*arguments, "--csv", "--db", db).stdout))]
    assert [list(row) for row in rows] == [list(found) for found in objects]
    for row, found in zip(rows, objects, strict=True):
        for key, value in found.items():
            if isinstance(value, int) and not isinstance(value, bool):
                assert row[key] == str(value)


def test_a_cell_holds_what_a_reader_of_it_needs(cli: Cli, db: str) -> None:
    shown = cli("search", "visit xylophone Moscow", "-n", "1", "--csv", "--db", db).stdout
    (row,) = csv.DictReader(io.StringIO(shown))
    assert (row["missing"], row["partial"], row["byline"]) == ("xylophone", "true", "")
    assert row["paragraphs"].splitlines()[0] == "1:1 The Chinese president will travel to Moscow."
    assert json.loads(row["title_marks"]) == [[17, 22], [26, 32]]


def test_one_answer_has_one_form(cli: Cli, db: str) -> None:
    both = cli("list", "--json", "--csv", "--db", db)
    assert (both.returncode, both.stdout) == (2, "")
    assert "choose one" in both.stderr


@pytest.mark.parametrize("command", [["list"], ["search", "date:2000.."], ["concordance", "the"]])
def test_all_is_no_limit(cli: Cli, db: str, command: list[str]) -> None:
    shown = cli(*command, "--limit", "all", "--json", "--db", db)
    many = cli(*command, "--limit", "1000", "--json", "--db", db)
    assert shown.stdout == many.stdout
    assert (shown.returncode, shown.stderr) == (0, "")


@pytest.mark.parametrize("given", ["-1", "x", "", "1.5", "٣"])
def test_a_limit_that_is_none_is_one_line(cli: Cli, db: str, given: str) -> None:
    result = cli("list", f"--limit={given}", "--db", db)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"archive: --limit {given!r}: write a number from 0, or all\n"


def test_what_a_limit_left_out_of_a_table_is_said_beside_it(cli: Cli, db: str) -> None:
    for form in ("--csv", "--json"):
        assert "1 to 2 of 10" in cli("list", "-n", "2", form, "--db", db).stderr


def test_a_seed_draws_the_same_again(cli: Cli, db: str) -> None:
    def drawn(seed: int, *arguments: str) -> list[int]:
        given = ("list", "--sort", "random", "--seed", str(seed), "--json", "--db", db, *arguments)
        return [json.loads(line)["id"] for line in cli(*given).stdout.splitlines()]

    every = drawn(1)
    assert sorted(every) == list(range(1, 11))
    assert drawn(1) == every
    assert drawn(1, "-n", "3", "--offset", "2") == every[2:5]
    assert drawn(2) != every
    assert drawn(1, "moscow") == [found for found in every if found in (1, 7)]
    sql = cli("list", "--sort", "random", "--seed", "1", "--sql", "--db", db).stdout
    with contextlib.closing(sqlite3.connect(db)) as plain:
        assert [row[0] for row in plain.execute(sql)] == every


def test_a_draw_without_a_seed_names_the_one_it_took(cli: Cli, db: str) -> None:
    first = cli("list", "--sort", "random", "--db", db)
    seed = first.stderr.split("--seed ")[1].split()[0]
    assert cli("list", "--sort", "random", "--seed", seed, "--db", db).stdout == first.stdout
    assert cli("list", "--seed", "1", "--db", db).returncode == 2


def test_a_draw_prefers_no_article_and_no_pair(db: str) -> None:
    seeds = range(2000)
    first: Counter[int] = Counter()
    pairs: Counter[bool] = Counter()
    with Archive(db) as archive:
        for seed in seeds:
            order = [hit.article_id for hit in archive.search("", sort="random", seed=seed)]
            first[order[0]] += 1
            pairs[order.index(1) < order.index(2)] += 1
    assert all(140 < first[article] < 260 for article in range(1, 11)), first
    assert 900 < pairs[True] < 1100


def test_two_facets_are_a_cross_table(cli: Cli, db: str) -> None:
    shown = cli("list", "--facet", "category", "--facet", "year", "--after", "2021", "--db", db)
    assert shown.stdout.splitlines() == [
        "category        2022  2023  2024  all",
        "--------------  ----  ----  ----  ---",
        "Business           1     0     0    1",
        "Culture & Arts     0     1     0    1",
        "Politics           0     1     0    1",
        "US Politics        0     0     1    1",
        "World              1     0     0    1",
        "国际               0     1     0    1",
        "all                2     3     1    6",
    ]


@pytest.mark.parametrize("query", ["", "moscow", "moscow OR putin -grain", "category:business"])
def test_a_cross_table_counts_each_hit_once(cli: Cli, db: str, query: str) -> None:
    given = ("list", query, "--limit", "all", "--json", "--db", db)
    hits = [json.loads(line) for line in cli(*given).stdout.splitlines()]
    wanted = Counter((hit["category"], hit["date"][:4]) for hit in hits)
    with Archive(db) as archive:
        found = archive.cross(query, "category", "year")
        totals = dict(archive.facet(query, "category"))
    assert {(value, other): count for value, other, count in found} == wanted
    assert list(dict.fromkeys(value for value, _, _ in found)) == list(totals)


def test_facets_are_one_or_two_that_differ(cli: Cli, db: str) -> None:
    for names in (
        ["year", "year"],
        ["year", "month", "byline"],
        ["nonsense"],
        ["year", "nonsense"],
    ):
        given = [part for name in names for part in ("--facet", name)]
        result = cli("list", *given, "--db", db)
        assert (result.returncode, result.stdout) == (2, ""), names
        assert len(result.stderr.splitlines()) == 1


def test_a_statement_comes_from_standard_input(cli: Cli, db: str) -> None:
    statement = "-- how many\nSELECT count(*) AS n,\n 'é' AS e FROM articles;\n"
    assert cli("sql", "-", "--csv", "--db", db, input_=statement).stdout == "n,e\n10,é\n"
    broken = cli("sql", "-", "--db", db, input_="SELECT '\udcff'")
    assert (broken.returncode, broken.stdout) == (2, "")
    assert "not UTF-8" in broken.stderr
    assert cli("sql", "-", "--db", db, input_="").returncode == 2


# A file is written whole or not at all.


def test_a_file_gets_what_standard_output_would(cli: Cli, db: str, tmp_path: Path) -> None:
    path = tmp_path / "out"
    for arguments in (["list", "--csv"], ["show", "5"], ["search", "visit"], ["stats", "--json"]):
        result = cli(*arguments, "--output", path, "--db", db)
        assert (result.returncode, result.stdout) == (0, "")
        assert path.read_text(encoding="utf-8") == cli(*arguments, "--db", db).stdout
    with (tmp_path / "raw").open("wb") as raw:
        cli("dump", "--output", path, "--db", db)
        subprocess.run(
            [sys.executable, "-m", "archive", "--db", db, "dump"], stdout=raw, check=True
        )
    assert path.read_bytes() == (tmp_path / "raw").read_bytes()
    assert [entry.name for entry in sorted(tmp_path.iterdir())] == ["out", "raw"]


def test_an_answer_without_rows_is_whole_too(cli: Cli, db: str, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert cli("search", "xylophone", "--csv", "-o", path, "--db", db).returncode == 1
    assert path.read_text().startswith("id,version,date,")


def test_permissions_and_links_stay_as_they_are(cli: Cli, db: str, tmp_path: Path) -> None:
    path, link = tmp_path / "real", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    cli("list", "--output", link, "--db", db)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_text() != "old"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "99"], 1),
        (["search", "date:2023-99"], 2),
        (["sql", "SELECT 1 UNION ALL SELECT abs(-9223372036854775807 - 1)"], 2),
    ],
    ids=["missing", "mistake", "halfway"],
)
def test_what_fails_leaves_the_file_as_it_was(
    cli: Cli, db: str, tmp_path: Path, arguments: list[str], code: int
) -> None:
    path = tmp_path / "out"
    path.write_text("old")
    assert cli(*arguments, "--output", path, "--db", db).returncode == code
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_a_signal_leaves_nothing_half_written(db: str, tmp_path: Path, number: int) -> None:
    endless = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    command = ["sql", endless, "--csv", "--timeout", "60", "--output", str(tmp_path / "out")]
    with subprocess.Popen([sys.executable, "-m", "archive", "--db", db, *command]) as process:
        while not [*tmp_path.iterdir()] and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        assert process.wait(timeout=5) == 128 + number
    assert [*tmp_path.iterdir()] == []


SIGNALLED_AS_THE_FILE_IS_MADE = """
import os, signal, sys
make = os.open
def made(path, flags, *rest):
    descriptor = make(path, flags, *rest)
    if flags & os.O_CREAT:
        os.kill(os.getpid(), signal.SIGTERM)
    return descriptor
os.open = made
from archive.cli.main import main
main()
"""


def test_a_signal_in_the_moment_that_the_file_is_made_leaves_nothing(
    db: str, tmp_path: Path
) -> None:
    command = ["list", "--csv", "--output", str(tmp_path / "out"), "--db", db]
    program = [sys.executable, "-c", SIGNALLED_AS_THE_FILE_IS_MADE, *command]
    ended = subprocess.run(program, check=False)
    assert ended.returncode == 128 + signal.SIGTERM
    assert [*tmp_path.iterdir()] == []


def test_what_must_not_be_replaced_is_refused(cli: Cli, db: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(before := Path(db).read_bytes())
    os.mkfifo(tmp_path / "pipe")
    # A device that nothing can replace, whatever fault is put into the code.
    terminal, other_end = pty.openpty()
    device = os.ttyname(other_end)
    for path, said in ((copy, "is a database"), (tmp_path, "is not a file"), (device, "is not"),
                       (tmp_path / "pipe", "is not a file"), ("/no/folder", "cannot be written")):  # fmt: skip
        result = cli("list", "--output", path, "--db", copy)
        assert (result.returncode, result.stdout) == (2, "")
        assert said in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert copy.read_bytes() == before
    os.close(other_end)
    os.close(terminal)
