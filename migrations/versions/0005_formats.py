"""What other source formats than dated text need.

Articles have a publication; sources have an address on the web, an identifier, a time and a
language; a record of a file with many articles can be rejected by itself; containers are such
files, whose bytes are kept in pieces.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("articles", sa.Column("publication", sa.Text))
    said = sa.text("publication IS NOT NULL")
    op.create_index(
        "ix_articles_publication",
        "articles",
        ["publication"],
        sqlite_where=said,
        postgresql_where=said,
    )
    op.add_column("revisions", sa.Column("publication", sa.Text))
    for name in ("url", "identifier", "published_at", "language"):
        op.add_column("sources", sa.Column(name, sa.Text))
    reject_members()
    op.create_table(
        "containers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("file_hash", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("stored_at", sa.Text, nullable=False),
        sa.Column("read_at", sa.Text),
        sa.Column("replaced_at", sa.Text),
        sa.Column("gone_at", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_containers"),
    )
    current = sa.text("replaced_at IS NULL")
    op.create_index(
        "uq_containers_path",
        "containers",
        ["path"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_table(
        "pieces",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pieces"),
        sa.UniqueConstraint("hash", name="uq_pieces_hash"),
    )
    op.create_table(
        "container_pieces",
        sa.Column("container_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("piece_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("container_id", "position", name="pk_container_pieces"),
        sa.ForeignKeyConstraint(
            ["container_id"], ["containers.id"], name="fk_container_pieces_container_id_containers"
        ),
        sa.ForeignKeyConstraint(
            ["piece_id"], ["pieces.id"], name="fk_container_pieces_piece_id_pieces"
        ),
    )


def reject_members() -> None:
    """Rejections are unique by path and member, as sources are."""
    op.rename_table("rejections", "old_rejections")
    op.drop_index("ix_rejections_last_ingest_id", "old_rejections")
    op.create_table(
        "rejections",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("member", sa.Text),
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
        sa.ForeignKeyConstraint(
            ["first_ingest_id"], ["ingests.id"], name="fk_rejections_first_ingest_id_ingests"
        ),
        sa.ForeignKeyConstraint(
            ["last_ingest_id"], ["ingests.id"], name="fk_rejections_last_ingest_id_ingests"
        ),
    )
    columns = (
        "id, path, size, mtime_ns, encoding, max_size, reader, line, reason, first_ingest_id,"
        " last_ingest_id"
    )
    op.execute(f"INSERT INTO rejections ({columns}) SELECT {columns} FROM old_rejections")
    op.drop_table("old_rejections")
    op.create_index("ix_rejections_last_ingest_id", "rejections", ["last_ingest_id"])
    plain, packed = sa.text("member IS NULL"), sa.text("member IS NOT NULL")
    for name, key, where in (
        ("uq_rejections_path", ["path"], plain),
        ("uq_rejections_path_member", ["path", "member"], packed),
    ):
        op.create_index(
            name, "rejections", key, unique=True, sqlite_where=where, postgresql_where=where
        )
