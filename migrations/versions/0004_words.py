"""A second full-text index, of words as written and of their other forms.

The forms are made by the program from the text, so it fills the index itself in the same
transaction (env.py).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("articles", sa.Column("forms", sa.Text))
    if op.get_bind().dialect.name != "sqlite":
        return
    context.config.attributes["stale"] = True
    op.execute("DROP VIEW indexed_text")
    op.execute("""
        CREATE VIEW indexed_text AS
        SELECT id, coalesce(folded_title, title) AS title,
               (SELECT group_concat(text, char(10) || '¶ ')
                  FROM (SELECT coalesce(folded, text) AS text FROM paragraphs
                         WHERE article_id = articles.id ORDER BY position)) AS body,
               'ℵ' || replace(forms, ' ', ' ℵ') AS forms
          FROM articles""")
    op.execute(
        "CREATE VIRTUAL TABLE article_words USING fts5(body, title, forms,"
        ' content="indexed_text", content_rowid="id",'
        " tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc' tokenchars '¶'\")"
    )
    for name, value in (("hashsize", 33554432), ("automerge", 8)):
        op.execute(f"INSERT INTO article_words (article_words, rank) VALUES ('{name}', {value})")
    op.execute("CREATE VIRTUAL TABLE article_vocabulary USING fts5vocab(article_words, row)")
