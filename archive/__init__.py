"""The article archive: a folder of plain-text news articles as one SQLite file that answers.

Data flows one way:

    ingest   find -> read -> parse -> decide -> store (rows + index) -> report
             find.py         formats/  identity.py  store.py            ingest.py
    search   text + filters -> query tree -> plan -> page -> hits -> render
             query/                          engines/       search/  render/

Questions have a module each: concordance, timeline, quotation, similar, explain.
`database.py` opens files, `schema.py` says what is in them, `cli/` is the command line, and
`Archive` (api.py) is the same for programs. Names are loaded when first used, so that
`archive --help` loads none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.errors import ArchiveError, QueryError
    from archive.ingest.run import Options
    from archive.records import (
        Article,
        Hit,
        IngestReport,
        Passage,
        Rejection,
        Source,
        StoredArticle,
    )

__version__ = "0.1.0"

_HOME = {
    "Archive": "archive.api",
    "ArchiveError": "archive.errors",
    "Article": "archive.records",
    "Hit": "archive.records",
    "IngestReport": "archive.records",
    "Options": "archive.ingest.run",
    "Passage": "archive.records",
    "QueryError": "archive.errors",
    "Rejection": "archive.records",
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
