"""The documents say what the program does: made from the code, or run here."""

from __future__ import annotations

import ast
import contextlib
import importlib
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from archive import Archive
from archive.cli.app import app
from archive.cli.command_table import COMMANDS
from archive.cli.main import load
from archive.formats import manual as formats
from archive.query import manual as language
from archive.query.fields import FIELDS
from archive.schema_doc import EXAMPLES, markdown
from conftest import ROOT, SEEDS, Cli

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_schema_page_is_what_the_program_prints(cli: Cli) -> None:
    assert (ROOT / "docs" / "schema.md").read_text(encoding="utf-8") == markdown()
    assert cli("schema").stdout == markdown()


def test_the_page_on_formats_and_the_readme_are_made_from_the_formats() -> None:
    made = "python -c \"from archive.formats.manual import *; print(markdown(), end='')\""
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert page == formats.markdown(), f"{made} > docs/formats.md"
    assert formats.table() in (ROOT / "README.md").read_text(encoding="utf-8")
    shown = formats.plain()
    assert all(found.title in shown and found.obtained for found in formats.all_formats())


def test_the_query_page_and_the_readme_have_the_one_table_of_the_language(cli: Cli) -> None:
    assert (ROOT / "docs" / "query.md").read_text(encoding="utf-8") == language.markdown()
    assert language.table() in README
    shown = cli("help", "query").stdout
    assert shown == language.plain()
    for field in FIELDS.values():
        assert field.example in shown


@pytest.fixture(scope="module")
def seed_db(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("docs") / "archive.db")
    with Archive(path) as archive:
        archive.ingest([SEEDS])
    return path


def test_there_are_at_least_ten_example_queries() -> None:
    assert len(EXAMPLES) >= 10


EMPTY = {"Articles that several files hold", "What changed, and when",
         "The files that the last run rejected, and why"}  # fmt: skip


@pytest.mark.parametrize(("title", "sql"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_each_example_query_runs_in_a_plain_sqlite(seed_db: str, title: str, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(f"file:{seed_db}?mode=ro", uri=True)) as plain:
        rows = plain.execute(sql).fetchall()
    assert bool(rows) == (title not in EMPTY)
    if shutil.which("sqlite3"):
        shell = subprocess.run(
            ["sqlite3", "-readonly", seed_db, sql], capture_output=True, text=True, check=True
        )
        assert bool(shell.stdout) == bool(rows)


def test_article_text_is_the_paragraphs_joined_by_newlines(seed_db: str) -> None:
    with contextlib.closing(sqlite3.connect(seed_db)) as plain:
        title, body = plain.execute("SELECT title, body FROM article_text").fetchone()
    with Archive(seed_db) as archive:
        article = archive.article(1).article
    assert (title, body) == (article.title, "\n".join(article.paragraphs))


def test_the_readmes_table_has_every_command() -> None:
    load()
    table = README.split("| command | does |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `archive ([\w-]+)[^`]*` \| .+ \|$", table, re.MULTILINE)
    commands = [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]
    assert sorted(rows) == sorted(commands)


def test_the_readme_names_every_field() -> None:
    for field in FIELDS.values():
        assert field.example in README, field.name


def test_the_python_example_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SEEDS, tmp_path / "seeds")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102
    assert "1:10" in capsys.readouterr().out


def test_every_error_code_of_the_readme_is_one_of_the_contract() -> None:
    assert re.findall(r"^\| (\d) \|", README, re.MULTILINE) == ["0", "1", "2", "3", "4"]


# From here on docs/reliability.md names the code as a run of mutants met it.
_MUTANTS = "<!-- mutants: "
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").split(_MUTANTS)[0]
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md"))
    if path.name != "CHANGELOG.md"
}
DOCSTRINGS = {
    path.relative_to(ROOT).as_posix(): "\n\n".join(
        ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
    )
    for folder in ("archive", "migrations", "benchmarks", "docs")
    for path in (ROOT / folder).rglob("*.py")
}
PROSE = PAGES | DOCSTRINGS
FILES = [
    f"/{path.relative_to(ROOT).as_posix()}"
    for folder in ("archive", "migrations", "benchmarks", "docs", "tests")
    for path in (ROOT / folder).rglob("*.*")
] + [f"/{path.name}" for path in ROOT.glob("*.md")]


_PATH = re.compile(r"[\w./-]*\w\.(?:py|md|sql)\b")


def test_every_file_that_is_named_exists() -> None:
    named = {(place, name) for place, text in PROSE.items() for name in _PATH.findall(text)}
    missing = {
        (place, name)
        for place, name in named
        if not any(file.endswith(f"/{name.removeprefix('../')}") for file in FILES)
        and not re.search("[A-Z]{4}", name.replace("README", "").replace("CHANGELOG", ""))
    }
    assert not missing


ROOMS = [path.stem for path in (ROOT / "archive").iterdir() if not path.name.startswith("__")]
_MODULE = re.compile(rf"\b(?:archive\.)?((?:{'|'.join(ROOMS)})(?:\.[A-Za-z_]\w*)+)(?![\w(])")


def _is_there(name: str) -> bool:
    """Whether a name such as `engines.contract.Index` is a module, or something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        with contextlib.suppress(ModuleNotFoundError):
            found: object = importlib.import_module(".".join(("archive", *parts[:length])))
            for part in parts[length:]:
                found = getattr(found, part, None)
            return found is not None
    return False


def test_every_module_that_is_named_exists() -> None:
    named = {(place, name) for place, text in PROSE.items() for name in _MODULE.findall(text)}
    files = (".py", ".md", ".csv", ".sql")
    assert not [
        (place, name) for place, name in named if not name.endswith(files) and not _is_there(name)
    ]


def test_every_link_leads_somewhere() -> None:
    links = {
        (place, link)
        for place, text in PAGES.items()
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    }
    assert not [link for link in links if not ((ROOT / link[0]).parent / link[1]).exists()]


@pytest.mark.parametrize("module", sorted(COMMANDS))
def test_the_first_lines_of_a_module_name_its_commands(module: str) -> None:
    head = DOCSTRINGS[f"archive/cli/commands/{module}.py"].split("\n\n")[0]
    named = re.findall(r"[\w-]+", head.split(": ", 1)[1])
    assert sorted({*named} - {"and"}) == sorted(COMMANDS[module])
