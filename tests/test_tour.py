"""The tour: no command is missing from it, and the page is made of what the commands print."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from archive.cli.app import app
from archive.cli.main import load
from conftest import ROOT, SEEDS

PAGE = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tour() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tour", ROOT / "docs" / "make_tour.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _commands(tour: ModuleType) -> list[str]:
    return [step[1] for step in tour.TOUR if not isinstance(step, str)]


def test_every_command_of_the_program_is_on_the_tour(tour: ModuleType) -> None:
    load()
    ours = {c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands}
    shown = {
        found for command in _commands(tour) for found in re.findall(r"^archive ([\w-]+)", command)
    }
    assert shown == ours


def test_the_page_has_every_step_in_order(tour: ModuleType) -> None:
    steps = [f"## {step}" if isinstance(step, str) else f"$ {step[1]}" for step in tour.TOUR]
    lines = [line for line in PAGE.splitlines() if line.startswith("$ ") or line in steps]
    assert lines == steps


def test_the_page_tells_nothing_of_the_machine(tour: ModuleType) -> None:
    assert not re.search(r"source /|/articles/.*/articles/|files/s|\d{4}-\d\d-\d\dT", PAGE)
    assert "Traceback" not in PAGE
    assert str(ROOT) not in PAGE


def test_output_is_bounded_and_without_times(tour: ModuleType) -> None:
    assert tour.bounded("1 new  (1.6 s, 3,155 files/s)\n") == "1 new  (… s)\n"
    assert tour.bounded("until 2026-11-24T12:00:00Z  x") == "until <time>  x\n"
    assert tour.bounded("x" * 1000) == "x" * tour.MOST_CHARACTERS + " […]\n"
    many = tour.bounded("a \n" * 1000).splitlines()
    assert many[:-1] == ["a"] * tour.MOST_LINES
    assert many[-1] == f"[… {1000 - tour.MOST_LINES} more lines]"
    assert tour.bounded("") == ""


@pytest.fixture
def small(tour: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection of one article, a tour of some steps, and a place for the page."""
    shutil.copytree(SEEDS, tmp_path / "small" / "articles")
    steps = ("Steps", ("In.", "archive ingest articles"), ("None.", "archive search zzzz"),
             ("Where.", "archive cite 1:2"))  # fmt: skip
    monkeypatch.setattr(tour, "TOUR", steps)
    monkeypatch.setattr(tour, "PAGE", tmp_path / "tour.md")
    return tmp_path / "small"


def test_a_page_is_what_the_commands_print(tour: ModuleType, small: Path) -> None:
    made = tour.page(small)
    (source,) = (path.name for path in SEEDS.glob("*.txt"))
    assert made.startswith(
        tour.HEAD + "\n## Steps\n\nIn.\n\n```console\n$ archive ingest articles\n"
    )
    assert "1 new  (… s)\n```\n" in made
    assert (
        "archive: nothing found for 'zzzz'\narchive: no article has zzzz\n(exit code 1)\n```\n"
        in made
    )
    assert f"1@1:2; source articles/{source}; SHA-256" in made


def test_checking(
    tour: ModuleType,
    small: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["make_tour.py", *arguments])
        return int(tour.main())

    assert run(str(small), "--check") == 1
    assert run(str(small)) == 0
    assert run(str(small), "--check") == 0
    tour.PAGE.write_text(tour.PAGE.read_text(encoding="utf-8").replace("nothing found", "found"),
                         encoding="utf-8")  # fmt: skip
    capsys.readouterr()
    assert run(str(small), "--check") == 1
    assert "+archive: nothing found for 'zzzz'" in capsys.readouterr().err
    assert run("nowhere.tar.gz", "--check") == 0
    assert "no collection at nowhere.tar.gz" in capsys.readouterr().err
