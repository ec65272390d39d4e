"""The tests are tested: each known fault is put into a copy of the code, and the suite must fail.

    python tests/faults/mutants.py [--only WORD]

Each fault names its place by the text that it replaces, and the tests that must fail on it (on the
code as it is they pass, or the suite would not). Ends with exit code 1 if a fault went unnoticed, or
no longer fits the code.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "archive",
    "migrations",
    "seeds",
    "tests",
    "docs",
    "README.md",
    "pyproject.toml",
    "CHANGELOG.md",
)


@dataclass(frozen=True)
class Fault:
    """A fault: in `file`, `old` becomes `new`; `tests` are what pytest is given."""

    name: str
    file: str
    old: str
    new: str
    tests: str


FAULTS = (
    Fault("autocommit", "archive/engines/sqlite/store.py",
          'self._connection.execute("BEGIN IMMEDIATE")', "pass",
          "tests/test_migrations.py -k killed_before_any"),
    Fault("no index in the transaction", "archive/engines/sqlite/store.py",
          "        sqlite.index(self._connection, indexed)\n", "",
          "tests/test_search.py -k finds_these"),
    Fault("splitlines", "archive/formats/dated_text.py",
          '_decode(data, encoding).split("\\n")', "_decode(data, encoding).splitlines()",
          "tests/test_dated_text.py -k golden"),
    Fault("no content hash", "archive/upkeep/verify.py", "if digest != row.content_hash:", "if False:",
          "tests/test_cli.py -k verify_names"),
    Fault("errors caught and passed over", "archive/ingest/run.py",
          "                self.reject(outcome)\n", "                pass\n",
          "tests/test_ingest.py -k rejections"),
    Fault("query unquoted", "archive/engines/sqlite/match.py",
          """'"' + folded.replace('"', " ") + '"'""", "folded",
          "tests/test_search.py -k any_query"),
    Fault("escape missing", "archive/render/screen.py",
          "return _ACTIVE.sub(_written_out, text)", "return text",
          "tests/test_cli.py -k acts_on_the_terminal"),
    Fault("formulas in CSV", "archive/render/tables.py",
          """return "'" + text if text.startswith(("=", "+", "-", "@", "\\t", "\\\\x0d")) else text""",
          "return text", "tests/test_cli.py -k acts_on_the_terminal"),
    Fault("authorizer off", "archive/engines/sqlite/sql_child.py",
          "    connection.set_authorizer(_authorize)\n", "", "tests/test_sql.py -k refused"),
    Fault("memory of SQL unbounded", "archive/engines/sqlite/sql_child.py",
          "_SQLITE_MEMORY = MEMORY * 3 // 4", "_SQLITE_MEMORY = MEMORY = 1 << 40",
          "tests/test_sql.py -k memory"),
    Fault("time of SQL unbounded in one step", "archive/engines/sqlite/sql.py",
          "not poll.poll(int(left * 1000)):", "not poll.poll(20_000):",
          "tests/test_sql.py -k has_no_end_says"),
    Fault("lock off", "archive/engines/sqlite/lock.py",
          "fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)", "pass",
          "tests/test_backups.py -k same_lock"),
    Fault("foreign keys on in a migration", "archive/engines/sqlite/migrate.py",
          'raw.execute("PRAGMA foreign_keys = OFF")', "pass",
          "tests/test_faults.py -k rebuilds_a_table"),
    Fault("fresh files believed at once", "archive/ingest/ahead.py",
          "isinstance(outcome, ParsedFile) and find.is_fresh(outcome.file)", "False",
          "tests/test_ingest.py -k torn"),
    Fault("original bytes not kept", "archive/ingest/ahead.py",
          "original = compress(data, article)", "original = None",
          "tests/test_ingest.py -k line_ends"),
    Fault("links followed", "archive/ingest/files.py",
          "entry.is_dir(follow_symlinks=False)", "entry.is_dir()", "tests/test_find.py -k links"),
    Fault("newer archives taken", "archive/engines/sqlite/versions.py",
          "    if row[0] not in REVISIONS:\n", "    if False:\n",
          "tests/test_ingest.py -k newer"),
    Fault("backups not verified", "archive/upkeep/backup.py",
          "    problems = verify(copy, quick=True).problems\n",
          "    problems: tuple[str, ...] = ()\n", "tests/test_backups.py -k pushes_out"),
    Fault("the old log left at a restore", "archive/engines/sqlite/copying.py",
          "    for end in sqlite.LOGS:\n        with contextlib.suppress(FileNotFoundError):\n"
          "            os.unlink(path + end)\n", "", "tests/test_at_rest.py -k under_a_reader"),
    Fault("readers that recover nothing", "archive/engines/sqlite/connection.py",
          '"mode=rw" if', '"mode=ro" if', "tests/test_at_rest.py -k last_whole_state"),
    Fault("readers that may write", "archive/engines/sqlite/connection.py",
          'connection.execute("PRAGMA query_only = ON")', "pass",
          "tests/test_at_rest.py -k change_nothing"),
    Fault("a folder not synced", "archive/engines/sqlite/copying.py",
          "    os.replace(finished, path)\n    sync(folder)\n", "    os.replace(finished, path)\n",
          "tests/test_at_rest.py -k on_the_disk"),
    Fault("a backup over anything", "archive/upkeep/backup.py",
          "    if lacking:\n", "    if False:\n", "tests/test_backups.py -k replaces_nothing"),
    Fault("index not compared with its text", "archive/upkeep/verify.py",
          "    if not quick:\n", "    if False:\n", "tests/test_verify.py"),
)  # fmt: skip


def failed(copy: Path, tests: str) -> bool:
    """Whether one of these tests fails in the copy (and not, say, that there are none)."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*pytest, *shlex.split(tests)],
        cwd=copy,
        env=environment,
        capture_output=True,
        timeout=300,
        check=False,
    )
    return run.returncode == 1


def main() -> None:
    """Put in each fault, one at a time."""
    parser = argparse.ArgumentParser(description="Does the suite notice known faults?")
    parser.add_argument("--only", metavar="WORD", help="faults whose name holds this")
    given = parser.parse_args()
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        for fault in FAULTS:
            if given.only and given.only not in fault.name:
                continue
            began = time.monotonic()
            path = copy / fault.file
            sound = path.read_text(encoding="utf-8")
            if fault.old not in sound:
                said = "DOES NOT FIT the code any more"
            else:
                path.write_text(sound.replace(fault.old, fault.new), encoding="utf-8")
                said = "noticed" if failed(copy, fault.tests) else "NOT NOTICED"
                path.write_text(sound, encoding="utf-8")
            unnoticed += said != "noticed"
            print(f"{said:<12} {fault.name}  ({time.monotonic() - began:.0f} s)", flush=True)
    sys.exit(bool(unnoticed))


if __name__ == "__main__":
    main()
