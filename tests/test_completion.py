"""What Tab completes: the words that are offered, and the three shells doing it for real."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from archive.cli.command_table import COMMANDS
from archive.query.fields import FIELDS
from conftest import ROOT, Cli
from terminals import run

NAMES = [name for names in COMMANDS.values() for name in names]
CATEGORIES = ["Business", "Culture & Arts", "Politics", "Sports", "Technology", "US Politics",
              "World", "国际"]  # fmt: skip


def _offered(cli: Cli, line: str, **env: str) -> list[str]:
    done = cli("completion", "answer", line, **env)
    assert (done.returncode, done.stderr) == (0, "")
    return [answer.split("\t")[0] for answer in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("archive ", NAMES),
        ("archive se", ["search", "serve"]),
        ("archive --", ["--db", "--version", "--no-pager", "--help"]),
        ("archive --db ", []),
        ("archive --db x.db sh", ["show"]),
        ("archive --no-pager search --so", ["--sort", "--source"]),
        ("archive nonsense ", NAMES),
        ("archive search --sort ", ["auto", "relevance", "newest", "oldest", "random"]),
        ("archive search --sort=n", ["--sort=newest"]),
        ("archive concordance x --sort ", ["date", "left", "right"]),
        ("archive list --facet y", ["year"]),
        ("archive timeline --by w", ["week"]),
        ("archive search -n ", ["all"]),
        ("archive search moscow ", [f"{name}:" for name in FIELDS]),
        ("archive search 'state vi", []),
        ("archive search ti", ["title:"]),
        ("archive show --r", ["--raw"]),
        ("archive ingest ", []),
        ("archive ingest --str", ["--strict"]),
        ("archive help j", ["json"]),
        ("archive help h", ["history", "help"]),
        ("archive help search ", []),
        ("archive completion ", ["bash", "zsh", "fish"]),
        ("archive cite --style b", ["bibtex"]),
        ("", NAMES),
    ],
)
def test_what_is_offered(cli: Cli, line: str, wanted: list[str]) -> None:
    assert _offered(cli, line) == wanted


def test_categories_come_from_the_archive(cli: Cli, db: str, tmp_path: Path) -> None:
    assert _offered(cli, f"archive --db {db} list --category ") == CATEGORIES
    assert _offered(cli, f"archive list --db {db} --category p") == ["Politics"]
    assert _offered(cli, f"archive list --db {db} category:c") == []
    assert _offered(cli, f"archive list --db {db} 'category:\"c") == ['category:"Culture & Arts"']
    assert _offered(cli, "archive list category:w", ARCHIVE_DB=db) == ["category:World"]
    assert _offered(cli, f"archive --db {tmp_path}/no.db list --category ") == []
    assert [*tmp_path.iterdir()] == []


def test_bash_gets_the_part_behind_its_word_breaks(cli: Cli, db: str) -> None:
    line = f"archive --db {db} list category:w"
    assert _offered(cli, line, COMP_WORDBREAKS=" :=") == ["World"]
    assert _offered(cli, line, COMP_WORDBREAKS=" ") == ["category:World"]


def test_commands_and_options_come_with_what_they_do(cli: Cli) -> None:
    assert "diff\tShow word by word what" in cli("completion", "answer", "archive di").stdout
    assert "--raw\tThe source" in cli("completion", "answer", "archive show --r").stdout


def test_an_unknown_shell_is_a_mistake(cli: Cli) -> None:
    done = cli("completion", "tcsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "archive: unknown shell 'tcsh': choose bash, zsh, fish\n"


STARTS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SOURCED = {
    "bash": "source <(archive completion bash)",
    "zsh": "autoload -Uz compinit && compinit -D; source <(archive completion zsh)",
    "fish": "archive completion fish | source",
}


@pytest.mark.parametrize("shell", STARTS)
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("archive conc\t", "archive concordance"),
        ("archive search --expl\t", "archive search --explain"),
        ("archive search mosc --sort rel\t", "archive search mosc --sort relevance"),
        ("archive search tit\t", "archive search title:"),
        ("archive list --category Tec\t", "archive list --category Technology"),
        ("archive list --category US\t", r"archive list --category US\ Politics"),
        ("archive list category:Spo\t", "archive list category:Sports"),
        ("archive ingest some-fo\t", "archive ingest some-folder/"),
    ],
)
def test_a_shell_completes(db: str, tmp_path: Path, shell: str, typed: str, completed: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    program = tmp_path / "bin" / "archive"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archive "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "some-folder").mkdir()
    env = {
        "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "ARCHIVE_DB": db,
        "HOME": str(tmp_path), "PS1": "> ",
    }  # fmt: skip

    steps = [
        (lambda screen: ">" in screen or "%" in screen or "#" in screen,
         f"{SOURCED[shell]}; cd {tmp_path}; clear; printf 'REA%s\\n' DY\n".encode()),
        (lambda screen: "READY" in screen, typed.encode()),
    ]  # fmt: skip
    seen = run(STARTS[shell], steps, env, until=lambda screen: completed in screen)
    assert completed in seen.screen
