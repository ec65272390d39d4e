"""The pages of archives from strangers: an answer or a line, and nothing of theirs runs."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from archive.web.app import application
from conftest import ROOT
from test_web import Outline, fetch

sys.path.insert(0, str(ROOT / "tests" / "faults"))

import hostile

PAGES = (
    "/", "/?q=the", "/search.json?q=the", "/article/1", "/article/1.json", "/article/1/cite",
    "/article/1/history", "/article/1/diff", "/article/1/similar", "/timeline", "/timeline?q=the",
    "/concordance?q=the", "/quote?text=the+minister+said+on", "/duplicates", "/about",
    "/health.json",
)  # fmt: skip
ARCHIVES = 30
"""All that are made by name, and some with a forged value."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.sound(tmp_path_factory.mktemp("hostile"))


def test_every_page_of_a_hostile_archive_is_an_answer_or_a_line(base: Path, tmp_path: Path) -> None:
    for number, (name, refused, make) in enumerate(hostile.archives(ARCHIVES)):
        path = tmp_path / f"{number}.db"
        shutil.copy(base, path)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            with contextlib.suppress(sqlite3.IntegrityError):  # what SQLite does not let in
                make(connection)
        app = application(str(path))
        for page in PAGES:
            answer = fetch(app, page)
            label = f"{name}, {page}: {answer.status_code}"
            allowed = (503,) if refused else (200, 404, 503)
            assert answer.status_code in allowed, label
            assert "Traceback" not in answer.text, label
            assert not re.search(r"[\x00\x07\x1b]", answer.text), label
            if answer.headers["content-type"].startswith("text/html"):
                outline = Outline()
                outline.feed(answer.text)
                assert (outline.open, outline.inline) == ([], []), label
        app.state.desk.close()
        path.unlink()
