"""`archive datasette-metadata`, with Datasette itself: its pages find, explain and count."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from archive.datasette import metadata
from archive.schema_doc import EXAMPLES

if TYPE_CHECKING:
    from conftest import Cli

NAME = "archive"


@pytest.fixture(scope="module")
def described(cli: Cli, db: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datasette") / "metadata.json"
    path.write_text(cli("datasette-metadata", "--db", db).stdout, encoding="utf-8")
    return path


def datasette(db: str, described: Path, path: str) -> Any:
    """What Datasette answers, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "datasette", db, "-m", str(described), "--get", path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(ran.stdout) if ".json" in path else ran.stdout


def test_the_search_box_of_the_articles_finds(db: str, described: Path) -> None:
    for table, key in (("articles", "title"), ("article_text", "body")):
        found = datasette(db, described, f"/{NAME}/{table}.json?_search=wheat&_shape=array")
        assert [row["id"] for row in found] == [2], table
        assert key in found[0]


def test_pages_explain_tables_and_columns(db: str, described: Path) -> None:
    page = datasette(db, described, f"/{NAME}/articles")
    told = json.loads(described.read_text(encoding="utf-8"))["databases"][NAME]["tables"]
    assert told["articles"]["columns"]["published_on"] in page
    assert 'name="_search"' in page


def test_queries_run(db: str, described: Path) -> None:
    """The examples are those of docs/schema.md, which other tests run."""
    queries = metadata(db)["databases"][NAME]["queries"]
    assert len(queries) == len(EXAMPLES) + 2
    for name in ("search", "read", "articles-by-month"):
        values = "&words=visit&article=1"
        answer = datasette(db, described, f"/{NAME}/{quote(name)}.json?_shape=objects{values}")
        assert answer["ok"], (name, answer)
        assert answer["rows"], name
