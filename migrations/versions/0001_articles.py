"""Articles, paragraphs, sources, revisions, the record of ingests, and the full-text index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("published_on", sa.Date, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("byline", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("folded_title", sa.Text),
        sa.Column("word_count", sa.Integer, nullable=False),
        sa.Column("paragraph_count", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("added_at", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("content_hash", name="uq_articles_content_hash"),
        sa.CheckConstraint("paragraph_count >= 1", name="ck_articles_paragraph_count"),
    )
    op.create_index("ix_articles_published_on", "articles", ["published_on"])
    op.create_index("ix_articles_category", "articles", ["category"])
    op.create_table(
        "paragraphs",
        sa.Column("article_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("folded", sa.Text),
        sa.PrimaryKeyConstraint("article_id", "position", name="pk_paragraphs"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_paragraphs_article_id_articles"
        ),
        sa.CheckConstraint("position >= 1", name="ck_paragraphs_position"),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("article_id", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("file_hash", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("original", sa.LargeBinary),
        sa.Column("first_seen_at", sa.Text, nullable=False),
        sa.Column("last_seen_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("path", name="uq_sources_path"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_sources_article_id_articles"
        ),
    )
    op.create_index("ix_sources_article_id", "sources", ["article_id"])
    op.create_table(
        "revisions",
        sa.Column("article_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("published_on", sa.Date, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("byline", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("file_hash", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("original", sa.LargeBinary),
        sa.Column("replaced_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "number", name="pk_revisions"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_revisions_article_id_articles"
        ),
    )
    counts = ("new", "changed", "split", "moved", "copied", "unchanged", "rejected")
    op.create_table(
        "ingests",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("finished_at", sa.Text),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.PrimaryKeyConstraint("id", name="pk_ingests"),
    )
    op.create_table(
        "rejections",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("ingest_id", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("line", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rejections"),
        sa.ForeignKeyConstraint(
            ["ingest_id"], ["ingests.id"], name="fk_rejections_ingest_id_ingests"
        ),
    )
    op.create_index("ix_rejections_ingest_id", "rejections", ["ingest_id"])
    if op.get_bind().dialect.name == "sqlite":
        create_full_text_index()


def create_full_text_index() -> None:
    # A view over a subquery in key order: group_concat takes the rows as they come.
    view = """
        CREATE VIEW {name} AS
        SELECT id, {title} AS title,
               (SELECT group_concat(text, {between})
                  FROM (SELECT {text} AS text FROM paragraphs
                         WHERE article_id = articles.id ORDER BY position)) AS body
          FROM articles"""
    op.execute(view.format(name="article_text", title="title", text="text", between="char(10)"))
    op.execute(
        view.format(
            name="indexed_text",
            title="coalesce(folded_title, title)",
            text="coalesce(folded, text)",
            between="char(10) || '¶ '",
        )
    )
    op.execute(
        "CREATE VIRTUAL TABLE article_search USING fts5(title, body,"
        ' content="indexed_text", content_rowid="id",'
        " tokenize=\"porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
        " tokenchars '¶'\")"
    )
    # A larger in-memory hash while much is indexed (about 15 % faster); kept in the file.
    op.execute("INSERT INTO article_search (article_search, rank) VALUES ('hashsize', 33554432)")
    op.execute("CREATE VIRTUAL TABLE article_terms USING fts5vocab(article_search, row)")
