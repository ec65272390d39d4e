"""Golden files: made files of the shape that each format has, and all that is read of them.

    WRITE_GOLDEN=1 pytest tests/test_golden.py

writes anew what is expected, to be looked at before it is committed. The texts are invented.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ParseError
from archive.formats import choosing
from archive.formats.contract import Member, Reading, Refused
from archive.formats.registry import formats
from conftest import ROOT

FOLDER = ROOT / "tests" / "data" / "formats"
OF_MANY = [found.name for found, _ in formats() if found.many]
FILES = sorted(
    path
    for name in OF_MANY
    for path in (FOLDER / name).iterdir()
    if not path.name.endswith(".expected.json")
)


def _said(one: Member | Refused) -> dict[str, Any]:
    """All that was read of a record."""
    if isinstance(one, Refused):
        return {"refused": one.reason, "key": one.key, "line": one.line}
    article = one.article
    names = ("key", "url", "identifier", "published_at", "language", "line")
    found = {
        "title": article.title,
        "date": article.published_on,
        "category": article.category,
        "byline": article.byline,
        "publication": article.publication,
        "paragraphs": list(article.paragraphs),
        **{name: getattr(one, name) for name in names},
        "remarks": [reason for _, reason in one.remarks],
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_file_gives_these_articles(path: Path) -> None:
    with path.open("rb") as file:
        found = choosing.by_signature(file)
        assert found is not None
        assert found[0].name == path.parent.name
        file.seek(0)
        read: list[dict[str, Any]] = []
        try:
            read += [_said(one) for one in found[1].members(file, Reading())]
        except ParseError as error:
            read.append({"error": error.reason, "line": error.line})
    expected = path.with_name(f"{path.name}.expected.json")
    if "WRITE_GOLDEN" in os.environ:
        expected.write_text(json.dumps(read, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert read == json.loads(expected.read_text(encoding="utf-8"))


def test_every_format_has_golden_files() -> None:
    assert {path.parent.name for path in FILES} == set(OF_MANY)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_file_cut_short_anywhere_is_refused_or_read(path: Path) -> None:
    data = path.read_bytes()
    for length in {*range(0, len(data), max(1, len(data) // 40)), len(data) - 1}:
        cut = data[:length]
        for found, module in formats():
            module.recognises(io.BytesIO(cut))
            if found.name == path.parent.name:
                try:
                    list(module.members(io.BytesIO(cut), Reading()))
                except ParseError as error:
                    assert "\n" not in error.reason
