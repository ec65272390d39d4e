"""Every key of `--json` and `--csv`: functions that turn a record into a dict, and nothing else.

The keys are public. docs/json.md says what each one means and has the table of all of them; a test
fails when the keys change but `FORMAT`, the table or its history does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archive.render.cells import head, tail

if TYPE_CHECKING:
    from archive.engines.contract import Finding, Stats
    from archive.engines.taking_back import (
        MergeReport,
        RelocationReport,
        RemovalReport,
        SourceFile,
    )
    from archive.incoming import IngestReport
    from archive.questions.changes import Changes
    from archive.questions.concordance import Line
    from archive.questions.quotation import Quotation
    from archive.questions.similar import Copy, Similar
    from archive.questions.timeline import Timeline
    from archive.records import Citation, Hit, Passage, StoredArticle, Version
    from archive.schema_doc import ColumnDescription
    from archive.search.explain import Explanation
    from archive.upkeep.taking_back import RejectedFile
    from archive.upkeep.verify import VerifyReport

FORMAT = 5
"""The version of the keys. It rises when a key goes or changes its meaning, and when one comes."""

Record = Mapping[str, Any]

KEYS = {
    "hit": ("id", "version", "date", "category", "byline", "title", "publication", "url",
            "title_marks", "score", "partial", "missing", "paragraphs"),
    "timeline": ("period", "query", "articles", "of", "share"),
    "line": ("cite", "id", "version", "position", "date", "left", "key", "right", "mark"),
    "quotation": ("cite", "exact", "share", "agreeing", "words", "id", "version", "date",
                  "category", "title", "pieces"),
    "similar": ("id", "date", "category", "title", "kind", "share", "words"),
    "copies": ("id", "date", "category", "title", "copies"),
    "changes": ("places", "field", "old", "new", "pieces"),
}  # fmt: skip
"""The keys of the rows that may all be missing, for the head of their CSV."""


def _same(found: object, *keys: str) -> Record:
    """Returns the keys that the fields of a record are called by as well."""
    return {key: getattr(found, key) for key in keys}


def hit(found: Hit) -> Record:
    """A hit of `search` and `list`."""
    return {
        "id": found.article_id,
        "version": found.version,
        "date": found.published_on,
        **_same(found, "category", "byline", "title", "publication", "url"),
        **_same(found, "title_marks", "score", "partial", "missing"),
        "paragraphs": [passage(paragraph) for paragraph in found.paragraphs],
    }


def passage(found: Passage) -> Record:
    """A paragraph of `search` and `show`."""
    return {"cite": found.citation, **_same(found, "position", "text", "marks")}


def count(articles: int) -> Record:
    """The number of hits, of `--count`."""
    return {"articles": articles}


def facet(names: Sequence[str], values: Sequence[str | None], articles: int) -> Record:
    """A value of `--facet` under the name of the facet, or one of each of two."""
    return {**dict(zip(names, values, strict=True)), "articles": articles}


def explanation(found: Explanation) -> Record:
    """The explanation of `search --explain`."""
    return {
        "read_as": found.read_as,
        "parts": [_same(part, "text", "articles") for part in found.parts],
        **_same(found, "articles", "ignored", "plan", "sql"),
    }


def timeline(found: Timeline) -> Iterator[Record]:
    """The rows of `timeline`, one for each period and query."""
    for period in found:
        for query, articles, share in zip(found.queries, period.counts, period.shares, strict=True):
            rounded = None if share is None else round(share, 6)
            row = (period.label, query, articles, period.total, rounded)
            yield dict(zip(KEYS["timeline"], row, strict=True))


def line(found: Line, width: int) -> Record:
    """A line of `concordance`, its text cut to `width` cells on either side."""
    return {
        "cite": found.citation,
        "id": found.article_id,
        "version": found.version,
        "position": found.position or None,
        "date": found.published_on,
        "left": tail(found.left, width),
        "key": found.key,
        "right": head(found.right, width),
        "mark": (found.start, found.end),
    }


def quotation(found: Quotation) -> Record:
    """A place of `quote`."""
    return {
        "cite": found.citation,
        "exact": found.exact,
        "share": round(found.share, 4),
        **_same(found, "agreeing", "words"),
        "id": found.article_id,
        "version": found.version,
        "date": found.published_on,
        **_same(found, "category", "title", "pieces"),
    }


def similar(found: Similar) -> Record:
    """An article of `similar`."""
    return {
        **_heading(found),
        "kind": "matter" if found.share is None else "copy",
        "share": None if found.share is None else round(found.share, 4),
        "words": found.words,
    }


def copies(group: Sequence[Copy]) -> Record:
    """A group of `duplicates`: its first article, and the others as copies of it."""
    first, *others = group
    shares = [{**_heading(copy), "share": round(copy.share, 4)} for copy in others]
    return {**_heading(first), "copies": shares}


def _heading(found: Copy | Similar) -> Record:
    return {
        "id": found.article_id,
        "date": found.published_on,
        **_same(found, "category", "title"),
    }


def shown(found: Iterable[StoredArticle | tuple[Passage, ...]]) -> Iterator[Record]:
    """Articles, and paragraphs of others, of `show`."""
    for one in found:
        if isinstance(one, tuple):
            yield from map(passage, one)
        else:
            yield article(one)


def article(stored: StoredArticle) -> Record:
    """An article of `show`."""
    paragraphs = enumerate(stored.article.paragraphs, 1)
    return {
        **_same(stored, "id", "version", "versions"),
        "date": stored.article.published_on,
        **_same(stored.article, "category", "byline", "title", "publication"),
        **_same(stored.origin, "url", "identifier", "published_at", "language"),
        "paragraphs": [
            {"cite": f"{stored.id}:{position}", "position": position, "text": text}
            for position, text in paragraphs
        ],
        "content_hash": stored.content_hash.hex(),
        "sources": [
            {
                **_same(source, "path", "member"),
                "file_hash": source.file_hash.hex(),
                **_same(source, "size", "first_seen_at", "last_seen_at"),
            }
            for source in stored.sources
        ],
    }


def version(article_id: int, found: Version) -> Record:
    """A version of `history`."""
    return {
        "cite": f"{article_id}@{found.number}",
        **_same(found, "number", "title", "path", "replaced_at", "same_text"),
    }


def changes(found: Changes) -> Iterator[Record]:
    """The differences of `diff`."""
    for change in found.differences:
        yield {"places": found.places(change), **_same(change, "field", "old", "new", "pieces")}


def citation(found: Citation, written: str) -> Record:
    """A citation of `cite`, with the text of it in the style that was asked for."""
    return {
        "cite": found.address,
        "id": found.article_id,
        **_same(found, "version", "first", "last"),
        "date": found.published_on,
        **_same(found, "category", "byline", "title", "publication", "url", "identifier", "path"),
        "content_hash": found.content_hash.hex(),
        "citation": written,
    }


def column(table: str, found: ColumnDescription) -> Record:
    """A column of a table or view, of `schema`."""
    return {"table": table, **_same(found, "name", "type", "notes", "meaning")}


def stats(found: Stats) -> Record:
    """The figures of `stats`."""
    return _same(
        found, "articles", "paragraphs", "words", "sources", "revisions", "first_date",
        "last_date", "categories", "size", "text_size", "index_size",
    )  # fmt: skip


def verification(report: VerifyReport) -> Record:
    """The report of `verify`."""
    return _same(report, "articles", "paragraphs", "sources", "revisions", "quick", "problems")


def finding(found: Finding) -> Record:
    """A finding of `doctor`."""
    return _same(found, "name", "found", "advice")


def ingest(report: IngestReport) -> Record:
    """The report of `ingest`."""
    return {
        **_same(report, "new", "changed", "rewritten", "split", "moved", "copied", "unchanged"),
        **_same(report, "hidden", "temporary", "excluded", "own_copies", "media"),
        "rejections": [
            _same(file, "path", "member", "reason", "line") for file in report.rejections
        ],
        "warnings": [_same(file, "path", "reason", "line") for file in report.remarks],
        "reassigned": [_same(given, "path", "article_id") for given in report.reassigned],
        "kept_out": [_same(file, "path", "article_id") for file in report.kept_out],
        "lacking": [{"extra": extra, "files": files} for extra, files in report.lacking],
        **_same(report, "relocated", "rejected", "still_rejected", "seconds", "dry_run"),
        **_same(report, "stopped", "files"),
    }


def removal(report: RemovalReport) -> Record:
    """The report of `remove`."""
    return {
        "articles": [
            {
                "id": article.article_id,
                "date": article.published_on,
                **_same(article, "title", "versions", "paths", "containers"),
            }
            for article in report.articles
        ],
        **_same(report, "unfinished", "tables", "copies", "dry_run"),
    }


def relocation(report: RelocationReport) -> Record:
    """The report of `relocate`."""
    return {
        **_same(report, "old", "new", "moved", "joined"),
        "kept": [_same(kept, "path", "article_id") for kept in report.kept],
        "dry_run": report.dry_run,
    }


def merging(report: MergeReport) -> Record:
    """The report of `merge`."""
    return {
        **_same(report, "articles", "versions", "sources", "removals", "runs", "renumbered"),
        "kept": [_same(kept, "path", "article_id") for kept in report.kept],
        **_same(report, "withheld", "removed_there", "dry_run"),
    }


SOURCE_FILE = ("path", "member", "id", "version", "size", "first_seen_at", "last_seen_at",
               "gone_at", "url", "identifier")  # fmt: skip
"""The keys of a row of `sources`."""


def source_file(found: SourceFile) -> Record:
    """A file of `sources`."""
    rest = _same(found, *SOURCE_FILE[3:])
    return {**_same(found, "path", "member"), "id": found.article_id, **rest}


REJECTION = ("path", "member", "line", "reason", "size", "encoding", "first_rejected_at",
             "last_rejected_at")  # fmt: skip
"""The keys of a row of `rejections`."""


def rejection(found: RejectedFile) -> Record:
    """A file of `rejections`."""
    return _same(found, *REJECTION)


def sql_row(columns: Sequence[str], row: Sequence[Any]) -> Record:
    """A row of `sql`, by the names of its columns; of several with one name, the last. JSON has
    neither bytes nor infinity: these become text."""
    return dict(zip(columns, map(_json_value, row), strict=True))


def _json_value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, float) and math.isinf(value) else value
