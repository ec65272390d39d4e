"""What identity over a whole run, taking back and remembering need.

Sources are unique by path and member, and say when a run found them gone; a version that differs
from the next one in bytes alone keeps no second text; a rejected file is remembered once; roots of
ingests, removed articles and the archive's own identity have tables.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MADE = "INSERT INTO archive (id, made_at) VALUES (lower(hex(randomblob(16))), {now})"
SQLITE_NOW = "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"


def upgrade() -> None:
    with op.batch_alter_table("sources", recreate="always") as batch:
        batch.add_column(sa.Column("member", sa.Text), insert_after="path")
        batch.add_column(sa.Column("gone_at", sa.Text))
        batch.drop_constraint("uq_sources_path", type_="unique")
    plain, packed = sa.text("member IS NULL"), sa.text("member IS NOT NULL")
    op.create_index(
        "uq_sources_path",
        "sources",
        ["path"],
        unique=True,
        sqlite_where=plain,
        postgresql_where=plain,
    )
    op.create_index(
        "uq_sources_path_member",
        "sources",
        ["path", "member"],
        unique=True,
        sqlite_where=packed,
        postgresql_where=packed,
    )
    compose_paths()
    with op.batch_alter_table("revisions") as batch:
        batch.alter_column("text", existing_type=sa.Text, nullable=True)
    op.create_index("ix_revisions_content_hash", "revisions", ["content_hash"])
    with op.batch_alter_table("ingests", recreate="always") as batch:
        rewritten = sa.Column("rewritten", sa.Integer, nullable=False, server_default=sa.text("0"))
        batch.add_column(rewritten, insert_after="changed")
    remember_rejections_once()
    op.create_table(
        "roots",
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("last_ingest_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_roots"),
        sa.ForeignKeyConstraint(
            ["last_ingest_id"], ["ingests.id"], name="fk_roots_last_ingest_id_ingests"
        ),
    )
    op.create_table(
        "removals",
        sa.Column("article_id", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("removed_at", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("article_id", "content_hash", name="pk_removals"),
    )
    op.create_index("ix_removals_content_hash", "removals", ["content_hash"])
    op.create_table(
        "archive",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_archive"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(MADE.format(now=SQLITE_NOW))
    op.execute("""
        CREATE VIEW revision_text AS
        SELECT article_id, number,
               coalesce(text,
                        (SELECT later.text FROM revisions AS later
                          WHERE later.article_id = revisions.article_id
                            AND later.number > revisions.number AND later.text IS NOT NULL
                          ORDER BY later.number LIMIT 1),
                        (SELECT body FROM article_text
                          WHERE article_text.id = revisions.article_id)) AS text
          FROM revisions""")


def compose_paths() -> None:
    """Paths in NFC, but where that is another source's path."""
    connection = op.get_bind()
    sources = sa.table("sources", sa.column("path"), sa.column("id"))
    revisions = sa.table("revisions", sa.column("path"))
    taken = sa.select(sources.c.id)
    for path in connection.scalars(sa.select(sources.c.path)).all():
        composed = unicodedata.normalize("NFC", path)
        if composed == path or connection.execute(taken.where(sources.c.path == composed)).first():
            continue
        for table in (sources, revisions):
            change = sa.update(table).where(table.c.path == path).values(path=composed)
            connection.execute(change)


def remember_rejections_once() -> None:
    """Of several rejections of one path the last is kept, with the first run that met it."""
    op.rename_table("rejections", "old_rejections")
    op.drop_index("ix_rejections_ingest_id", "old_rejections")
    op.create_table(
        "rejections",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("size", sa.Integer),
        sa.Column("mtime_ns", sa.BigInteger),
        sa.Column("encoding", sa.Text),
        sa.Column("max_size", sa.Integer),
        sa.Column("reader", sa.Text),
        sa.Column("line", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("first_ingest_id", sa.Integer, nullable=False),
        sa.Column("last_ingest_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rejections"),
        sa.UniqueConstraint("path", name="uq_rejections_path"),
        sa.ForeignKeyConstraint(
            ["first_ingest_id"], ["ingests.id"], name="fk_rejections_first_ingest_id_ingests"
        ),
        sa.ForeignKeyConstraint(
            ["last_ingest_id"], ["ingests.id"], name="fk_rejections_last_ingest_id_ingests"
        ),
    )
    op.create_index("ix_rejections_last_ingest_id", "rejections", ["last_ingest_id"])
    op.execute("""
        INSERT INTO rejections (id, path, line, reason, first_ingest_id, last_ingest_id)
        SELECT old.id, old.path, old.line, old.reason,
               (SELECT min(ingest_id) FROM old_rejections WHERE path = old.path), old.ingest_id
          FROM old_rejections AS old
         WHERE old.id = (SELECT max(id) FROM old_rejections WHERE path = old.path)
         ORDER BY old.id""")
    op.drop_table("old_rejections")
