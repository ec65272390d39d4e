"""Imports go one way, and each command loads no more than it needs."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from archive.cli.app import app
from archive.cli.command_table import COMMANDS
from archive.cli.main import load
from conftest import ROOT

PACKAGE = ROOT / "archive"

# Each folder (or module beside them) may import those before it, and itself.
LAYERS = [
    {"record_class", "errors"},
    {"address"},
    {"records", "incoming", "schema", "schema_doc", "schema_rows", "datasette"},
    {"text"},
    {"formats"},
    {"query"},
    {"search", "engines", "ingest", "upkeep", "questions"},
    {"render"},
    {"reader"},
    {"api"},
    {"web"},
    {"cli"},
    {"__main__"},
]


def _module(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__" or len(parts) == 0)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


MODULES = {_module(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _room(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def test_every_module_has_its_layer() -> None:
    assert set(map(_room, MODULES)) == set().union(*LAYERS) | {""}


@pytest.mark.parametrize("name", sorted(set(MODULES) - {""}))
def test_imports_go_one_way(name: str) -> None:
    level = next(at for at, layer in enumerate(LAYERS) if _room(name) in layer)
    allowed = set().union(*LAYERS[: level + 1])
    ours = {
        _room(module.removeprefix("archive."))
        for module in _imports(MODULES[name])
        if module.startswith("archive.") and module.removeprefix("archive.") in MODULES
    }
    assert ours <= allowed


@pytest.mark.parametrize(
    ("library", "owners"),
    [
        ("typer", {"cli"}),
        ("starlette", {"web"}),
        ("jinja2", {"web.app"}),
        ("uvicorn", {"web.server"}),
        ("rich", {"render.screen", "render.progress"}),
        ("alembic", {"engines.sqlite.migrate"}),
        ("lxml", {"formats"}),
        ("trafilatura", {"formats.page_text", "formats.page_reading"}),
        ("yaml", {"formats.markdown"}),
        ("rapidfuzz", {"text.likeness", "search.spelling", "upkeep.verify"}),
        ("sqlalchemy", {"schema", "schema_doc", "schema_rows", "engines.statements",
                        "engines.sqlite.filling", "engines.sqlite.migrate", "engines.sqlite.tables"}),
    ],
)  # fmt: skip
def test_only_these_modules_know(library: str, owners: set[str]) -> None:
    knowing = {
        name
        for name, path in MODULES.items()
        if any(found.split(".")[0] == library for found in _imports(path))
    }
    assert all(any(f"{name}.".startswith(f"{owner}.") for owner in owners) for name in knowing)


SQL = re.compile(r"\bPRAGMA \w|\bfts5\b|\browid\b|\bSELECT\b.+\bFROM\b", re.DOTALL)


def _speaks_to_sqlite(path: Path) -> bool:
    """Whether a module imports SQLite or its engine, or has SQL among its strings. What stands in a
    docstring is read by people."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]
    imports = _imports(path)
    engine = any(name.startswith("archive.engines.sqlite.") for name in imports)
    return "sqlite3" in imports or engine or any(map(SQL.search, strings))


@pytest.mark.parametrize("name", sorted(set(MODULES) - {""}))
def test_only_the_engine_speaks_to_sqlite(name: str) -> None:
    ours = name.startswith("engines.sqlite.") or name in ("api", "schema_doc", "datasette")
    assert ours or not _speaks_to_sqlite(MODULES[name])


def test_what_is_sql_among_strings() -> None:
    for text in ("SELECT a\n FROM b", "PRAGMA foreign_keys = ON", "USING fts5(x)", "x.rowid = 1"):
        assert SQL.search(text)
    for text in ("the SELECT statement of a user", "narrow it", "from here"):
        assert not SQL.search(text)


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES)
def test_files_stay_small_and_say_what_they_are_for(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source))
    assert source.count("\n") <= 330


HEAVY = {"sqlalchemy", "alembic", "rich", "mako"}
WEB = {"starlette", "jinja2", "uvicorn"}


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (
            ["--help"],
            {
                *HEAVY,
                "sqlite3",
                "archive.api",
                "archive.search.searcher",
                "archive.engines.sqlite.files",
            },
        ),
        (
            ["search", "moscow"],
            {*HEAVY, "archive.ingest.run", "archive.engines.sqlite.store", "archive.ingest.files"},
        ),
        (["search", "--help"], {*HEAVY, "sqlite3", "archive.api", "archive.render"}),
        (["help", "json"], {*HEAVY, "sqlite3", "archive.api"}),
        (["search", "moscow", "--json"], HEAVY),
        (["list"], HEAVY),
        (["show", "1"], HEAVY),
        (["cite", "1:1"], HEAVY),
        (["concordance", "moscow"], HEAVY),
        (["timeline", "moscow"], HEAVY),
        (["quote", "state visit"], HEAVY),
        (["stats"], {*HEAVY, "rapidfuzz"}),
        (["similar", "1"], HEAVY),
        (["sql", "SELECT 1"], HEAVY),
        (["serve", "--help"], {*HEAVY, *WEB, "sqlite3"}),
        (["verify"], HEAVY),
        (["ingest", "--help"], HEAVY),
        (["ingest", "{folder}", "--db", "{copy}"], HEAVY),
        (["ingest", "{folder}", "--db", "{copy}.new"], HEAVY),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_loads_no_more_than_it_needs(
    db: str, folder: Path, tmp_path: Path, arguments: list[str], forbidden: set[str]
) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(db).read_bytes())
    given = [argument.format(folder=folder, copy=copy) for argument in arguments]
    program = (
        "import sys, json, os\n"
        "end = os._exit\n"
        "def say(code):\n"
        "    print(json.dumps(sorted(sys.modules)), file=sys.stderr, flush=True)\n"
        "    end(code)\n"
        "os._exit = say\n"
        "from archive.cli.main import main\n"
        "main()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, "--db", db, *given],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(run.stderr.splitlines()[-1]))
    assert not forbidden & loaded


def test_each_command_stands_where_the_command_line_looks_for_it() -> None:
    load()
    places: dict[str, list[str]] = {}
    for command in app.registered_commands:
        assert command.callback
        module = command.callback.__module__.removeprefix("archive.cli.commands.")
        places.setdefault(module, []).append(command.name or command.callback.__name__)
    wanted = {module: sorted(names) for module, names in COMMANDS.items()}
    assert {module: sorted(names) for module, names in places.items()} == wanted


def test_the_public_names_are_these() -> None:
    import archive  # noqa: PLC0415

    assert sorted(archive.__all__) == [
        "Archive", "ArchiveError", "Article", "Hit", "IngestReport", "Options", "Passage",
        "QueryError", "Rejection", "Source", "StoredArticle",
    ]  # fmt: skip
    for name in archive.__all__:
        assert getattr(archive, name).__name__ == name
    with pytest.raises(AttributeError):
        archive.Nothing  # noqa: B018
