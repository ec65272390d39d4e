"""Migrations: the schema they make is the documented one, and being killed never harms."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine

from archive import Archive, schema, schema_rows
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import files as database
from archive.engines.sqlite import schema_revisions
from archive.errors import ArchiveOutdated
from conftest import ROOT, SEEDS, Interrupted, add_revision, written_schema


def test_the_constant_names_the_revisions_there_are() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema_revisions.migrations_folder()))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(reversed([script.revision for script in scripts])) == schema_revisions.REVISIONS


def test_the_typed_rows_are_those_of_the_tables() -> None:
    written = (ROOT / "archive" / "engines" / "rows.py").read_text(encoding="utf-8")
    assert written == schema_rows.module()


def test_revision_files_import_nothing_of_ours() -> None:
    for path in (ROOT / "migrations").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) archive\b", path.read_text(), re.MULTILINE)


def test_the_migrated_schema_is_the_documented_one(db: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(db, copy)
    engine = create_engine(f"sqlite:///{copy}", poolclass=NullPool)
    with engine.connect() as connection:
        virtual = {
            name
            for name, kind in connection.exec_driver_sql("SELECT name, type FROM pragma_table_list")
            if kind in ("virtual", "shadow")
        }

        def ours(thing: Any, name: str | None, kind: str, _: bool, __: Any) -> bool:
            return not (kind == "table" and name in virtual)

        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True}
        )
        assert compare_metadata(context, schema.metadata) == []


def test_a_new_archive_is_marked_as_one(db: str) -> None:
    with contextlib.closing(sqlite3.connect(db)) as plain:
        assert plain.execute("PRAGMA application_id").fetchone()[0] == sqlite.APPLICATION_ID
        assert plain.execute("PRAGMA page_size").fetchone()[0] == sqlite.PAGE_SIZE
        assert plain.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        (ddl,) = plain.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'article_search'"
        ).fetchone()
    assert f'tokenize="{sqlite.TOKENIZER}"' in ddl


@pytest.mark.parametrize("revision", schema_revisions.REVISIONS)
def test_the_schema_of_each_revision_is_what_the_migrations_make(revision: str) -> None:
    name = "head" if revision == schema_revisions.REVISIONS[-1] else revision
    made = ROOT / "migrations" / f"{name}.sql"
    command = f"python migrations/snapshot.py {revision} > migrations/{name}.sql"
    assert made.exists(), f"write it: {command}"
    same = made.read_text(encoding="utf-8") == written_schema(ROOT / "migrations", revision)
    assert same, f"write it anew: {command}"


DATA = ROOT / "tests" / "data"


def test_killed_before_any_statement_the_next_run_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ingest, the making of the archive included, stopped before its n-th statement, for
    every n."""
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Interrupted, **k))
    monkeypatch.setattr(Interrupted, "limit", 0)
    monkeypatch.setattr(Interrupted, "statements", 0)
    with Archive(tmp_path / "whole.db") as archive:
        archive.ingest([SEEDS])
        total = Interrupted.statements
        expected = archive.raw(1)
    assert total > 30
    for limit in range(1, total + 1):
        path = tmp_path / f"{limit}.db"
        Interrupted.statements, Interrupted.limit = 0, limit
        with Archive(path) as archive, pytest.raises(KeyboardInterrupt):
            archive.ingest([SEEDS])
        Interrupted.limit = 0
        with Archive(path) as archive:
            archive.ingest([SEEDS])
            assert archive.raw(1) == expected
            assert archive.verify().problems == ()
            assert archive.count("moscow") == 1
        assert sorted(p.name for p in tmp_path.glob(f"{limit}.db*")) == [f"{limit}.db"]
        path.unlink()


NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9998", "{before}"
def upgrade() -> None:
    with op.batch_alter_table("articles") as batch:
        batch.add_column(sa.Column("note", sa.Text))
"""


def test_an_older_archive_is_refused_by_reads_and_upgraded_after_a_backup(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later revision, whose migration adds a column, with rows in the tables."""
    older, newer = schema_revisions.REVISIONS[-1], "9998"
    path = tmp_path / "a.db"
    shutil.copy(db, path)
    add_revision(tmp_path, monkeypatch, newer, NEXT.format(before=older))
    content = path.read_bytes()
    with Archive(path) as archive:
        with pytest.raises(ArchiveOutdated, match="upgrade"):
            archive.search("moscow")
        assert path.read_bytes() == content
        assert archive.upgrade() == (older, newer, f"{path}.{older}.backup")
        assert archive.count("moscow") == 2
        assert archive.verify().problems == ()
        assert list(archive.sql("SELECT count(note), count(*) FROM articles").rows) == [(0, 10)]
    monkeypatch.undo()
    with Archive(f"{path}.{older}.backup") as archive:
        assert archive.verify().problems == ()
        assert archive.count("moscow") == 2


@pytest.mark.parametrize("revision", schema_revisions.REVISIONS[:-1])
def test_an_older_archive_becomes_one_of_the_newest_revision(
    db: str, tmp_path: Path, revision: str
) -> None:
    """Its tables, indexes and views are those of a new archive, and its rejections stand once."""
    path = tmp_path / "a.db"
    path.write_bytes(gzip.decompress((DATA / f"archive-{revision}.db.gz").read_bytes()))
    with Archive(path) as archive:
        assert archive.upgrade() == (
            revision,
            schema_revisions.REVISIONS[-1],
            f"{path}.{revision}.backup",
        )
        assert archive.verify().problems == ()
    schema_of = "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2"
    with (
        contextlib.closing(sqlite3.connect(path)) as upgraded,
        contextlib.closing(sqlite3.connect(db)) as new,
    ):
        assert upgraded.execute(schema_of).fetchall() == new.execute(schema_of).fetchall()
        found = upgraded.execute(
            "SELECT path, first_ingest_id < last_ingest_id FROM rejections ORDER BY path"
        ).fetchall()
        assert ("/news/bad.txt", 1) in found
        assert len(found) == len(dict(found))
        ((identity,),) = upgraded.execute("SELECT id FROM archive").fetchall()
        assert re.fullmatch("[0-9a-f]{32}", identity)
        assert new.execute("SELECT id FROM archive").fetchall() != [(identity,)]


def test_paths_of_an_older_archive_are_written_in_nfc(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(gzip.decompress((DATA / "archive-0002.db.gz").read_bytes()))
    with contextlib.closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("UPDATE sources SET path = '/news/cafe\u0301.txt' WHERE id = 1")
        plain.execute("UPDATE revisions SET path = '/news/cafe\u0301.txt' WHERE article_id = 2")
    with Archive(path) as archive:
        archive.upgrade()
        assert archive.article(4).sources[0].path == "/news/café.txt"
        assert archive.verify().problems == ()


def test_four_first_ingests_at_once_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    command = [sys.executable, "-m", "archive", "--db", str(path), "ingest", str(SEEDS)]
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0, 0], said
    assert sorted(output.split(" ")[1] for output, _ in said) == ["new", *["unchanged"] * 3]
    with Archive(path) as archive:
        assert archive.verify().problems == ()
    assert os.listdir(tmp_path) == ["a.db"]


def test_a_failed_migration_leaves_the_archive_as_it_was(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    shutil.copy(db, path)

    def broken(config: Config, _: str) -> None:
        connection: Connection = config.attributes["connection"]
        with connection.begin():
            connection.exec_driver_sql("DROP TABLE paragraphs")
            raise KeyboardInterrupt

    add_revision(tmp_path, monkeypatch, "9998", NEXT.format(before=schema_revisions.REVISIONS[-1]))
    monkeypatch.setattr(command, "upgrade", broken)
    with pytest.raises(KeyboardInterrupt):
        database.upgrade(str(path))
    monkeypatch.undo()
    with Archive(path) as archive:
        assert archive.verify().problems == ()
