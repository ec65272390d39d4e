"""The schema as Markdown: `archive schema` prints it, docs/schema.md is the same text.

Tables and columns come from `archive.schema`; the example queries stand here, and a test runs each
in a plain SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.dialects import sqlite

from archive.record_class import record
from archive.schema import metadata

INTRODUCTION = """\
# Schema

An archive is one SQLite file that any SQLite from 3.40 on can read. Its tables are a public
interface: they change only by migrations, and a change of meaning stands in CHANGELOG.md. Write
to it with `archive` alone; the full-text index is kept in step by the program, not by triggers.

Tables, views and indexes of your own may stand in the same file; a dump leaves them out. Later
versions may use names that begin with `article_`, and `tags`, `folders` and `settings`: take other
ones. A file with a trigger on the tables below, or with something else in the place of
one of them, is not opened, so that nothing in a file from elsewhere can run.

This page is made from the code (`archive schema` prints it).
"""

_INDEXED = (
    ("body", "words of the paragraphs"),
    ("title", "words of the title"),
    (
        "forms",
        (
            "other ways to write words of both, in no order: `ℵuk` for U.K., `ℵ1250` for 1,250,"
            " `ℵus` where US or U.S. stands in capitals"
        ),
    ),
)

_TERMS = (
    ("term", "the word"),
    ("doc", "number of articles that hold it"),
    ("cnt", "number of times it occurs"),
)

VIEWS = {
    "article_text": (
        "A view: each article as two texts, as written.",
        (
            ("id", "the article"),
            ("title", "the title"),
            ("body", "the paragraphs, joined by newlines"),
        ),
    ),
    "revision_text": (
        "A view: the text of each replaced version, also where `revisions.text` is NULL.",
        (
            ("article_id", "the article"),
            ("number", "the version"),
            ("text", "the paragraphs, joined by newlines"),
        ),
    ),
    "indexed_text": (
        (
            "A view: the same as the full-text index sees it, folded where that changes something,"
            " and with a `¶` between paragraphs so that no phrase spans two."
        ),
        (
            ("id", "the article"),
            ("title", "the title, folded"),
            ("body", "the paragraphs, folded, joined by a newline, `¶` and a space"),
            ("forms", "other ways to write words of it, each with a `ℵ` before it"),
        ),
    ),
    "article_search": (
        (
            "The full-text index (FTS5, external content on `indexed_text`; stems, folds case and"
            " accents). Its `rowid` is the article's id. Weights go by the order of columns:"
            " `bm25(article_search, 1.0, 2.0)` counts the title twice."
        ),
        _INDEXED[:2],
    ),
    "article_words": (
        (
            "The second full-text index, of words as written: the same without stems. What stands"
            " in quotes, `word*` and acronyms are answered from it."
        ),
        _INDEXED,
    ),
    "article_vocabulary": (
        "The words of `article_words` (fts5vocab), as written, in small letters without accents.",
        _TERMS,
    ),
    "article_terms": (
        "The words of `article_search` (fts5vocab), as stems.",
        _TERMS,
    ),
}

EXAMPLES = (
    (
        "Articles that hold two words, best first",
        """SELECT a.id, a.published_on, a.title
  FROM article_search JOIN articles AS a ON a.id = article_search.rowid
 WHERE article_search MATCH 'xi moscow'
 ORDER BY bm25(article_search, 1.0, 2.0) LIMIT 10;""",
    ),
    (
        "A phrase, with the words around it",
        """SELECT rowid, snippet(article_search, 0, '[', ']', ' … ', 20)
  FROM article_search WHERE article_search MATCH '"nuclear threats"' LIMIT 10;""",
    ),
    (
        "A word in the title alone, of one year",
        """SELECT a.id, a.published_on, a.title
  FROM article_search CROSS JOIN articles AS a ON a.id = article_search.rowid
 WHERE article_search MATCH 'title: visit'
   AND a.published_on BETWEEN '2023-01-01' AND '2023-12-31';""",
    ),
    (
        "The paragraphs that hold some text, cited",
        """SELECT article_id || ':' || position AS citation, text
  FROM paragraphs WHERE text LIKE '%Kremlin%' ORDER BY article_id, position;""",
    ),
    (
        "One article as it was written",
        "SELECT title || char(10) || body FROM article_text WHERE id = 1;",
    ),
    (
        "Articles by month",
        """SELECT substr(published_on, 1, 7) AS month, count(*) AS articles
  FROM articles GROUP BY month ORDER BY month;""",
    ),
    (
        "How many articles of each category hold a word",
        """SELECT a.category, count(*) AS articles
  FROM article_search CROSS JOIN articles AS a ON a.id = article_search.rowid
 WHERE article_search MATCH 'invasion'
 GROUP BY a.category ORDER BY articles DESC;""",
    ),
    (
        "The commonest words that begin with some letters",
        """SELECT term, doc FROM article_vocabulary
 WHERE term >= 'inv' AND term < 'inw' ORDER BY doc DESC LIMIT 20;""",
    ),
    (
        "The longest articles",
        "SELECT id, word_count, title FROM articles ORDER BY word_count DESC LIMIT 10;",
    ),
    (
        "Which files hold an article, and their SHA-256",
        """SELECT s.article_id, s.path, lower(hex(s.file_hash)) AS sha256
  FROM sources AS s WHERE s.article_id = 1;""",
    ),
    (
        "Articles that several files hold",
        """SELECT article_id, count(*) AS files
  FROM sources WHERE revision IS NULL GROUP BY article_id HAVING files > 1;""",
    ),
    (
        "What changed, and when",
        """SELECT article_id || '@' || number AS version, replaced_at, title, path
  FROM revisions ORDER BY replaced_at DESC, article_id, number;""",
    ),
    (
        "The files that the last run rejected, and why",
        """SELECT path, line, reason FROM rejections
 WHERE last_ingest_id = (SELECT max(id) FROM ingests);""",
    ),
)


@record
class ColumnDescription:
    """A column as the schema documents it; `type` and `notes` are empty for one of a view."""

    name: str
    type: str
    notes: str
    meaning: str


def columns() -> Iterator[tuple[str, ColumnDescription]]:
    """Every column with the name of its table or view, in the order of the page."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            kind = str(column.type.compile(dialect=sqlite.dialect()))
            notes = "primary key" if column.primary_key else ("" if column.nullable else "not null")
            notes += ", unique" if column.unique else ""
            for key in column.foreign_keys:
                notes += f" -> {key.target_fullname}"
            found = (column.name, kind, notes.strip(", "), column.comment or "")
            yield table.name, ColumnDescription(*found)
    for name, (_, described) in VIEWS.items():
        for column_name, meaning in described:
            yield name, ColumnDescription(column_name, "", "", meaning)


def markdown() -> str:
    """The whole page."""
    described: dict[str, list[ColumnDescription]] = {}
    for table, column in columns():
        described.setdefault(table, []).append(column)
    parts = [INTRODUCTION]
    for one in metadata.sorted_tables:
        parts.append(f"\n## {one.name}\n\n{one.comment}\n\n| column | type | |\n|---|---|---|\n")
        for column in described[one.name]:
            notes = f" ({column.notes})" if column.notes else ""
            parts.append(f"| `{column.name}` | {column.type}{notes} | {column.meaning} |\n")
    for name, (description, _) in VIEWS.items():
        parts.append(f"\n## {name}\n\n{description}\n\n| column | |\n|---|---|\n")
        parts += [f"| `{column.name}` | {column.meaning} |\n" for column in described[name]]
    parts.append("\n## Queries to start from\n\nAll run in plain `sqlite3 archive.db`.\n")
    parts += [f"\n{title}:\n\n```sql\n{sql}\n```\n" for title, sql in EXAMPLES]
    return "".join(parts)
