"""What Datasette (0.65) is told of an archive, so that its pages explain themselves and find.

Descriptions and queries are those of `schema` and `schema_doc`. Datasette finds the index of
`articles` only where it is named, for the index lies over a view.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archive.schema import metadata as tables
from archive.schema_doc import EXAMPLES, VIEWS

_FACETS = {"articles": ["category"], "sources": ["revision"]}
_LABELS = {"articles": "title", "sources": "path", "revisions": "title", "rejections": "path"}
_ORDERS = {"articles": {"sort_desc": "published_on"}}
_INSIDE = ("alembic_version", "article_search", "indexed_text", "article_terms")

SEARCH = """SELECT a.id, a.published_on, a.category, a.title,
       snippet(article_search, 0, '[', ']', ' … ', 30) AS passage
  FROM article_search JOIN articles AS a ON a.id = article_search.rowid
 WHERE article_search MATCH :words
 ORDER BY bm25(article_search, 1.0, 2.0) LIMIT 50"""

READ = """SELECT article_id || ':' || position AS citation, text
  FROM paragraphs WHERE article_id = :article ORDER BY position"""


def metadata(path: str) -> dict[str, Any]:
    """Returns the metadata for the archive at a path: Datasette names a database by its file."""
    described: dict[str, dict[str, Any]] = {
        table.name: {
            "description": table.comment,
            "columns": {column.name: column.comment for column in table.columns},
            **_settings(table.name),
        }
        for table in tables.sorted_tables
    }
    for name, (description, columns) in VIEWS.items():
        described[name] = {"description": description, "columns": dict(columns)}
    described["articles"] |= {"fts_table": "article_search", "fts_pk": "id"}
    described["article_text"] |= {"fts_table": "article_search", "fts_pk": "id"}
    for name in _INSIDE:
        described.setdefault(name, {})["hidden"] = True
    queries = {
        "search": {"title": "Articles that hold some words, best first", "sql": SEARCH},
        "read": {"title": "An article, paragraph by paragraph", "sql": READ},
    }
    for title, sql in EXAMPLES:
        queries[_name(title)] = {"title": title, "sql": sql.removesuffix(";")}
    return {
        "title": "Article archive",
        "description": "News articles with their sources, earlier versions and a full-text index",
        "databases": {Path(path).stem: {"tables": described, "queries": queries}},
    }


def _settings(name: str) -> dict[str, Any]:
    settings: dict[str, Any] = dict(_ORDERS.get(name, {}))
    if name in _FACETS:
        settings["facets"] = _FACETS[name]
    if name in _LABELS:
        settings["label_column"] = _LABELS[name]
    return settings


def _name(title: str) -> str:
    """Returns a name for the address of a query: `articles-by-month`."""
    words = "".join(letter if letter.isalnum() else " " for letter in title.lower()).split()
    return "-".join(words[:6])
