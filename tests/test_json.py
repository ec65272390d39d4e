"""The keys of `--json` and `--csv` are public: they change only together with docs/json.md."""

from __future__ import annotations

import csv
import hashlib
import inspect
import io
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from archive.cli.app import app
from archive.cli.helping import name_of
from archive.cli.main import load
from archive.render.records import FORMAT, KEYS
from conftest import ROOT, Cli

PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")

CALLS = {
    "search": ["-n", "3", "visit"],
    "search --explain": ["xi visit"],
    "search --count": ["visit"],
    "search --facet": ["category", "visit"],
    "list": ["-n", "1"],
    "timeline": ["visit"],
    "concordance": ["visit"],
    "quote": ["planned a state visit in the spring"],
    "similar": ["1"],
    "duplicates": [],
    "show": ["1"],
    "show PARAGRAPH": ["1:1"],
    "cite": ["1:1"],
    "cite --style csl-json": ["1:1"],
    "history": ["1"],
    "diff": ["1"],
    "sources": [],
    "ingest": [".", "--dry-run"],
    "remove": ["2", "--dry-run"],
    "relocate": ["a.txt", "copy.txt", "--dry-run"],
    "merge": ["../other.db", "--dry-run"],
    "rejections": [],
    "stats": [],
    "verify": [],
    "doctor": [],
    "sql": ["SELECT id, title FROM articles"],
    "schema": [],
}
"""Every command that writes JSON, and each kind of answer of it once."""

STORY = (
    "Xi of China planned a state visit to Moscow in the spring, said the Kremlin on Tuesday.\n" * 4
)


@pytest.fixture(scope="module")
def keys(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The keys that each call gives, `parts.text` for one inside another, from an archive in which
    nothing is empty: there are a copy, an earlier version, a path with another story, a file that is
    no article, and one whose article was removed; and another archive that knows that story."""
    folder = tmp_path_factory.mktemp("keys") / "news"
    folder.mkdir()
    head = " Ann Lee date 2023-01-31 Politics\nXi plans a visit\n"
    gone = " date 2023-01-31\nGone\nRemoved.\n"
    texts = {"a": head + "First.\n", "broken": "nothing\n", "copy": head + STORY, "gone": gone}
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    db = folder.with_suffix(".db")
    assert cli("ingest", folder, "--db", db).returncode == 3
    (folder / "a.txt").write_text(head + STORY + "And more.\n", encoding="utf-8")
    os.utime(folder / "a.txt", (1, 1))
    assert cli("ingest", folder, "--db", db).returncode == 0  # what is rejected was so before
    assert cli("remove", "3", "--yes", "--db", db).returncode == 0
    other = folder.parent / "other.db"
    assert cli("backup", other, "--db", db).returncode == 0
    (folder / "broken.txt").write_text("still nothing\n", encoding="utf-8")
    (folder / "copy.txt").write_text(
        " date 2023-02-01\nOther\nNot that.\ndate 2023-02-02\n", encoding="utf-8"
    )
    assert cli("ingest", folder, "--db", other).returncode == 3
    found: dict[str, list[str]] = {}
    for call, given in CALLS.items():
        form = [] if call.endswith("csl-json") else ["--json"]
        arguments = [*call.removesuffix(" PARAGRAPH").split(" "), *given, *form]
        place = [] if call == "schema" else ["--db", db]
        shown = cli(*arguments, *place, cwd=folder)
        rows = [json.loads(line) for line in shown.stdout.splitlines()]
        assert rows, (call, shown.stderr)
        found[call] = list(dict.fromkeys(path for row in rows for path in _paths(row)))
    return found


def _paths(value: Any, above: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _paths(inner, above)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield above + key
            yield from _paths(inner, f"{above}{key}.")


def _table(keys: dict[str, list[str]]) -> str:
    rows = (f"| `{call}` | {', '.join(found)} |\n" for call, found in keys.items())
    return "| answer of | keys |\n|---|---|\n" + "".join(rows)


def test_the_page_has_the_table_of_all_keys(keys: dict[str, list[str]]) -> None:
    table = _table(keys)
    assert table in PAGE, f"docs/json.md needs this table:\n{table}"


def test_keys_change_only_with_the_format_and_its_history(keys: dict[str, list[str]]) -> None:
    history = re.findall(r"^\| (\d+) \| `([0-9a-f]{8})` \| .+ \|$", PAGE, re.MULTILINE)
    fingerprint = hashlib.sha256(json.dumps([*keys.values()]).encode()).hexdigest()[:8]
    assert [int(number) for number, _ in history] == list(range(1, FORMAT + 1))
    assert history[-1][1] == fingerprint, (
        f"the keys are not those of format {FORMAT}: raise records.FORMAT, and add a line with"
        f" {fingerprint} and what changed to the history of docs/json.md"
    )


def test_every_key_is_explained(keys: dict[str, list[str]]) -> None:
    for call, found in keys.items():
        command = call.split(" ")[0].replace("list", "search")
        section = PAGE.split(f"\n## {command}\n")[1].split("\n## ")[0]
        for key in found if command != "sql" else []:
            assert f"`{key.split('.')[-1]}`" in section, (call, key)


def test_every_command_with_rows_is_in_the_table() -> None:
    load()
    commands = {
        name_of(command)
        for command in app.registered_commands
        if command.callback and "form" in inspect.signature(command.callback).parameters
    }
    assert commands == {call.split(" ")[0] for call in CALLS}


def test_csv_has_the_same_keys_and_a_head_even_without_rows(cli: Cli, db: str) -> None:
    for command, kind in (("search", "hit"), ("list", "hit"), ("concordance", "line"),
                          ("timeline", "timeline"), ("quote", "quotation")):  # fmt: skip
        for query in ("a state visit to moscow", "a state xylophone to nowhere"):
            shown = cli(command, query, "--csv", "--db", db).stdout
            rows = csv.reader(io.StringIO(shown))
            assert tuple(next(rows)) == KEYS[kind], command
    for command, kind in (
        ("similar 6", "similar"),
        ("duplicates", "copies"),
        ("diff 1 1", "changes"),
    ):
        shown = cli(*command.split(), "--csv", "--db", db).stdout
        assert tuple(shown.splitlines()[0].split(",")) == KEYS[kind]


def test_json_is_written_in_one_place() -> None:
    faces = [*(ROOT / "archive" / "render").glob("*.py"), *(ROOT / "archive" / "cli").glob("*.py")]
    writers = {path.name for path in faces if "json.dumps" in path.read_text(encoding="utf-8")}
    assert writers == {"rows.py", "citations.py"}  # what a reference manager reads is one array
