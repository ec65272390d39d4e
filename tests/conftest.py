"""Fixtures: a small archive with known articles, made once, and the command line in process."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive import Archive
from archive.cli.main import run as command_line
from archive.engines.sqlite import schema_revisions

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"

# name -> bytes; ids are given in name order, so 1 to 10. Written so that each query of the tables
# in test_search.py has one right answer.
ARTICLES = {
    "01-visit": (
        " date 2023-01-31 Politics\nXi plans a state visit to Moscow\n"
        "The Chinese president will travel to Moscow.\n"
        "Putin invited Xi for a state visit in spring.\n"
    ),
    "02-grain": (
        " Jane Smith date 2022-02-24 World\nGrain prices rise after the invasion\n"
        "Wheat rose as Russia invaded Ukraine.\nTraders in Chicago were nervous.\n"
    ),
    "03-bank": (
        " date 2022-12-31 Business\nBank fined over e-mail rules\n"
        "Regulators said the bank didn't keep its e-mail.\n"
        "A C++ programmer had warned the state\nvisit of the auditors came too late.\n"
    ),
    "04-cafe": (
        " Zoë Müller date 2023-02-01 Culture & Arts\nCafé society returns\n"
        "The naïve résumé of a Straße, by Wałęsa.\nThe ﬁnal scene is in the ofﬁce.\n"
    ),
    "05-china": (" date 2023-03-20 国际\n习近平访问莫斯科\n中国国家主席习近平抵达莫斯科。\n普京欢迎。\n"),
    "06-none": " date 2021-06-15\nNo category here\nPlain words about putin and zelensky.\n",
    "07-us": (
        " John Smith date 2024-02-29 US Politics\nSenate votes on aid\n"
        "The vote on Ukraine aid passed; zelensky thanked them.\nMoscow objected.\n"
    ),
    "08-long": (
        " date 2020-01-01 Business\nAnnual report\n" + "Filler sentence about nothing. " * 60
        + "The needle word stands here. " + "More filler follows it. " * 60 + "\n"
    ),
    "09-soft": " date 2019-07-07 Technology\nSoft hy\u00adphen and ＦＵＬＬ width\nH₂O and CO₂.\n",
    "10-formula": ' date 2018-05-05 Sports\n=HYPERLINK("x")\nA \x1b]52;z;eA==\x07 title \u202e trick.\n',
}  # fmt: skip


_kept_in_memory = ""


def pytest_configure() -> None:
    """Where there is room, all archives of the tests lie in memory: half of the time went into
    waiting for the disk, and a killed process leaves the same there."""
    global _kept_in_memory  # noqa: PLW0603 - for the end of the run
    memory = "/dev/shm"  # noqa: S108 - a name of its own is made in it
    if "TMPDIR" in os.environ or not os.path.isdir(memory):
        return
    if shutil.disk_usage(memory).free > 2_000_000_000 and os.access(memory, os.W_OK):
        _kept_in_memory = tempfile.mkdtemp(prefix="archive-tests-", dir=memory)
        os.chmod(_kept_in_memory, 0o1777)  # noqa: S103 - as any temporary folder
        os.environ["TMPDIR"] = tempfile.tempdir = _kept_in_memory


def pytest_unconfigure() -> None:
    """Nothing stays there. Some folders nest too deep for `shutil.rmtree`."""
    if _kept_in_memory:
        subprocess.run(["rm", "-rf", _kept_in_memory], check=False)


def add_revision(root: Path, patch: pytest.MonkeyPatch, name: str, script: str) -> None:
    """Make a later revision the newest, whose migration is the script."""
    migrations, before = root / "migrations", schema_revisions.REVISIONS[-1]
    shutil.copytree(ROOT / "migrations", migrations)
    (migrations / "versions" / f"{name}_next.py").write_text(script)
    (migrations / "head.sql").rename(migrations / f"{before}.sql")
    (migrations / "head.sql").write_text(written_schema(migrations, name), encoding="utf-8")
    patch.setattr(schema_revisions, "REVISIONS", (*schema_revisions.REVISIONS, name))
    patch.setattr(schema_revisions, "migrations_folder", lambda: migrations)


def written_schema(migrations: Path, revision: str) -> str:
    """What migrations/snapshot.py writes for a revision."""
    run = [sys.executable, str(migrations / "snapshot.py"), revision]
    return subprocess.run(run, capture_output=True, encoding="utf-8", check=True).stdout


def as_looked_at(name: str, text: str) -> None:
    """Compares a text with what is kept of it, which WRITE_CAPTURES=1 writes anew."""
    path = ROOT / "tests" / "captures" / name
    if "WRITE_CAPTURES" in os.environ:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the articles above, with times that are not fresh."""
    root = tmp_path_factory.mktemp("news")
    for name, text in ARTICLES.items():
        path = root / name[:2] / f"{name}.txt"
        path.parent.mkdir(parents=True)
        path.write_bytes(text.encode())
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return root


@pytest.fixture(scope="session")
def db(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An archive of that folder; tests only read it."""
    path = str(tmp_path_factory.mktemp("archive") / "archive.db")
    with Archive(path) as archive:
        report = archive.ingest([folder])
    assert (report.new, report.rejected) == (len(ARTICLES), 0)
    return path


class Interrupted(sqlite3.Connection):
    """A connection that is stopped before its statement number `limit`, counted over all."""

    statements, limit = 0, 0

    @classmethod
    def count(cls) -> None:
        cls.statements += 1
        if cls.statements == cls.limit:
            raise KeyboardInterrupt

    def execute(self, *given: Any) -> sqlite3.Cursor:
        self.count()
        return super().execute(*given)

    def executemany(self, *given: Any) -> sqlite3.Cursor:
        self.count()
        return super().executemany(*given)

    def commit(self) -> None:
        self.count()
        super().commit()

    def __del__(self) -> None:
        self.close()  # an interrupt may come before whoever opened it can see to that


Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def cli() -> Cli:
    """Run the command line in a process of its own: a fork, which starts in a tenth of the time, or
    where the environment is the point a new interpreter."""

    def run(
        *arguments: str | Path, input_: str | None = None, cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        given = [*map(str, arguments)]
        settings = {"COLUMNS": "100", "ARCHIVE_DB": "", **env}
        if not env:
            return _forked(given, input_, cwd, settings)
        return subprocess.run(
            [sys.executable, "-m", "archive", *given],
            input=input_,
            stdin=subprocess.DEVNULL if input_ is None else None,
            capture_output=True,
            cwd=cwd,
            env={**os.environ, **settings},
            encoding="utf-8",
            errors="surrogateescape",
            timeout=60,
            check=False,
        )

    return run


def _forked(
    arguments: list[str], input_: str | None, cwd: Path | None, env: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """The command line in a fork of this process, with streams of its own."""
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        given.write((input_ or "").encode(errors="surrogateescape"))
        given.seek(0)
        pid = os.fork()
        if pid == 0:
            try:
                for number, stream in enumerate((given, out, err)):
                    os.dup2(stream.fileno(), number)
                sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
                sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
                sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
                os.environ.update(env)
                os.chdir(cwd or ".")
                signal.alarm(60)
                sys.argv = ["archive", *arguments]
                os._exit(command_line())
            except BaseException:  # noqa: BLE001 - whatever it is, the parent is to see it
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(70)
        _, status = os.waitpid(pid, 0)
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read().decode("utf-8", "surrogateescape"))
    return subprocess.CompletedProcess(arguments, os.waitstatus_to_exitcode(status), *said)
