"""The index with the body as its first column, and merged later.

FTS5 writes two bytes for each word of each article that is not in the first column: with the body
second they were a quarter of the index. And it merged segments of a big load so early that pages
which they left stayed free in the file.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("DROP TABLE article_terms")
    op.execute("DROP TABLE article_search")
    op.execute(
        "CREATE VIRTUAL TABLE article_search USING fts5(body, title,"
        ' content="indexed_text", content_rowid="id",'
        " tokenize=\"porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
        " tokenchars '¶'\")"
    )
    for name, value in (("hashsize", 33554432), ("automerge", 8)):
        op.execute(f"INSERT INTO article_search (article_search, rank) VALUES ('{name}', {value})")
    op.execute("CREATE VIRTUAL TABLE article_terms USING fts5vocab(article_search, row)")
    op.execute("INSERT INTO article_search (article_search) VALUES ('rebuild')")
