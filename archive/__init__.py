"""The article archive: a folder of plain-text news articles as one SQLite file that answers.

Data flows one way:

    ingest   find -> read -> parse -> decide -> store -> report          (ingest/run.py)
    search   text -> query tree -> plan -> page -> hits                  (query/, search/)

A command of `cli/` calls one method of `Archive` (`api.py`), which calls one use case of `ingest/`,
`search/`, `questions/` or `upkeep/`. These ask the database through `engines/contract.py`, and
`render/` shows what they return. docs/design.md walks both flows from file to file.

Names are loaded when first used, so that `archive --help` loads none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.errors import ArchiveError, QueryError
    from archive.incoming import IngestReport, Rejection
    from archive.ingest.options import Options
    from archive.records import Article, Hit, Passage, Source, StoredArticle

__version__ = "0.1.0"

_HOME = {
    "Archive": "archive.api",
    "ArchiveError": "archive.errors",
    "Article": "archive.records",
    "Hit": "archive.records",
    "IngestReport": "archive.incoming",
    "Options": "archive.ingest.options",
    "Passage": "archive.records",
    "QueryError": "archive.errors",
    "Rejection": "archive.incoming",
    "Source": "archive.records",
    "StoredArticle": "archive.records",
}

__all__ = [
    "Archive",
    "ArchiveError",
    "Article",
    "Hit",
    "IngestReport",
    "Options",
    "Passage",
    "QueryError",
    "Rejection",
    "Source",
    "StoredArticle",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'archive' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
