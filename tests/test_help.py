"""Help: grouped and uncut, with examples that run; all that it points to is in the program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive.cli.command_table import COMMANDS, TITLES
from archive.formats.dated_text import parse
from conftest import ROOT, Cli

ENDED = {"serve": "timeout --preserve-status -s INT 3 {}"}
"""How an example is run that would go on for ever."""

NAMES = [name for names in COMMANDS.values() for name in names]


def _examples(cli: Cli, name: str) -> list[str]:
    shown = cli(name, "--help").stdout.rstrip().split("\n  Examples:\n")[1]
    return [line.removeprefix("    ") for line in shown.split("\n")]


@pytest.fixture(scope="module")
def desk(cli: Cli, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the examples expect it: news, an archive in which article 1 has a copy and two
    versions, a backup and a dump of it, and `archive` itself in bin; one file was rejected."""
    desk = tmp_path_factory.mktemp("desk")
    shutil.copytree(folder, desk / "news")
    story = desk / "news" / "01" / "01-xi.txt"
    (source,) = (desk / "news" / "01").glob("*.txt")
    text = source.read_text(encoding="utf-8")
    source.rename(story)
    (desk / "news" / "copy.txt").write_text(text + "The end.\n", encoding="utf-8")
    (desk / "news" / "broken.txt").write_text("no article", encoding="utf-8")
    cli("ingest", "news", cwd=desk)
    (desk / "news" / "broken.txt").unlink()
    story.write_text(text + "And more.\n", encoding="utf-8")
    cli("ingest", "news", cwd=desk)
    cli("backup", "backup.db", cwd=desk)
    (desk / "dump.jsonl").write_text(cli("dump", cwd=desk).stdout, encoding="utf-8")
    (desk / "bin").mkdir()
    program = desk / "bin" / "archive"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archive "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return desk


@pytest.mark.parametrize("name", NAMES)
def test_every_commands_help_ends_in_two_examples_that_run(
    cli: Cli, desk: Path, tmp_path: Path, name: str
) -> None:
    examples = _examples(cli, name)
    assert len(examples) == 2
    path = {"PATH": f"{desk / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    for at, example in enumerate(examples):
        assert re.search(rf"\barchive {name}\b", example)
        place = shutil.copytree(desk, tmp_path / str(at))
        cli("relocate", desk, place, cwd=place)
        ran = subprocess.run(
            ["bash", "-o", "pipefail", "-c", ENDED.get(name, "{}").format(example)],
            cwd=place,
            env={**os.environ, **path, "ARCHIVE_DB": "", "BROWSER": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, (example, ran.stderr)


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_help_groups_the_commands_and_cuts_no_line(cli: Cli, columns: str) -> None:
    shown = cli("--help", COLUMNS=columns).stdout
    assert "..." not in shown.replace("[ARGS]...", "")
    titles = re.findall(r"^(\S.*):$", shown, re.MULTILINE)
    assert titles == ["Options", *dict.fromkeys(TITLES.values())]
    commands = shown.split(f"{TITLES['finding']}:\n")[1]
    assert re.findall(r"^  ([a-z-]+)  ", commands, re.MULTILINE) == NAMES


def test_arguments_and_values_have_names_that_people_can_read(cli: Cli) -> None:
    assert " search [OPTIONS] QUERY...\n" in cli("search", "--help").stdout
    assert " list [OPTIONS] [QUERY...]\n" in cli("list", "--help").stdout
    for name in NAMES:
        assert not re.search(r"<(int|float|text)", cli(name, "--help").stdout), name


def test_help_on_a_command_is_its_help(cli: Cli) -> None:
    assert cli("help").stdout == cli("--help").stdout
    for name in ("search", "sql", "help"):
        assert cli("help", name).stdout == cli(name, "--help").stdout


@pytest.mark.parametrize("topic", ["format", "json"])
def test_help_has_the_pages_of_the_formats(cli: Cli, topic: str) -> None:
    assert cli("help", topic).stdout == (ROOT / "docs" / f"{topic}.md").read_text(encoding="utf-8")


def test_an_unknown_topic_is_a_mistake(cli: Cli) -> None:
    result = cli("help", "nonsense")
    assert (result.returncode, result.stdout) == (2, "")
    assert "'query', 'format', 'formats', 'json'" in result.stderr


def test_all_that_help_points_to_can_be_reached(cli: Cli) -> None:
    for name in NAMES:
        shown = " ".join(cli(name, "--help").stdout.split())
        assert "docs/" not in shown, name
        for topic in re.findall(r"archive help (\w+)", shown):
            assert cli("help", topic).returncode == 0, (name, topic)


def test_the_example_of_the_format_is_an_article() -> None:
    page = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    example = re.findall(r"((?:^    .*\n)+)", page, re.MULTILINE)[0]
    text = "".join(line[4:] + "\n" for line in example.splitlines())
    article = parse(text.encode(), "utf-8")
    assert (article.published_on, article.category) == ("2023-01-31", "Politics")
    assert (article.title, len(article.paragraphs)) == ("Xi plans a state visit to Moscow", 2)


def test_an_empty_folder_is_told_what_to_do_first(cli: Cli, tmp_path: Path, db: str) -> None:
    first = cli(cwd=tmp_path)
    assert first.returncode == 2
    assert "archive ingest FOLDER" in first.stderr
    shutil.copy(db, tmp_path / "archive.db")
    assert cli(cwd=tmp_path).stderr == cli("--help").stdout


@pytest.mark.parametrize(
    ("command", "option", "given", "bounds"),
    [
        ("search", "--offset", "-1", "from 0"),
        ("search", "--context", "many", "from 0"),
        ("search", "--context", f"{'0' * 20}9999999999", "from 0"),
        ("concordance", "--width", "39", "from 40 to 2,000"),
        ("serve", "--port", "65536", "from 1 to 65,535"),
        ("backup", "--keep", "0", "from 1"),
    ],
)
def test_a_number_out_of_bounds_is_one_line(
    cli: Cli, db: str, command: str, option: str, given: str, bounds: str
) -> None:
    said = (
        cli(command, "x", option, given, "--db", db)
        if command != "serve"
        else cli(command, option, given, "--db", db)
    )
    assert said.stderr == f"archive: {option} '{given}': write a number {bounds}\n"
    assert said.returncode == 2
    assert "x>=" not in cli(command, "--help").stdout


def test_seconds_may_be_parts_of_one(cli: Cli, db: str) -> None:
    assert cli("sql", "SELECT 1", "--timeout", "0.5", "--db", db).returncode == 0
    said = cli("sql", "SELECT 1", "--timeout", "-1", "--db", db).stderr
    assert said == "archive: --timeout '-1': write a number of seconds, or 0 for no limit\n"
