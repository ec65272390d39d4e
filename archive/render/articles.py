"""Hits, articles, versions, differences and figures: as lines of a screen, and as JSON records.

The keys of the records are public: docs/json.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from archive.render.screen import Screen, Segment, in_bytes, json_line, marked
from archive.text.passages import excerpt

if TYPE_CHECKING:
    from archive.engines.contract import Stats
    from archive.records import Hit, IngestReport, Passage, StoredArticle, Version
    from archive.search.explain import Explanation
    from archive.text.diff import Difference

SNIPPET_WIDTH = 360
"""Characters shown of a paragraph in a list of hits."""


def hit_record(hit: Hit) -> dict[str, Any]:
    """A hit as `search --json` writes it; documented in docs/json.md."""
    return {
        "id": hit.article_id,
        "date": hit.published_on,
        "category": hit.category,
        "byline": hit.byline,
        "title": hit.title,
        "title_marks": hit.title_marks,
        "score": hit.score,
        "partial": hit.partial,
        "missing": hit.missing,
        "paragraphs": [passage_record(passage) for passage in hit.paragraphs],
    }


def passage_record(passage: Passage) -> dict[str, Any]:
    """A paragraph as JSON."""
    return {
        "cite": passage.citation,
        "position": passage.position,
        "text": passage.text,
        "marks": passage.marks,
    }


def article_record(stored: StoredArticle) -> dict[str, Any]:
    """An article as `show --json` writes it; documented in docs/json.md."""
    article = stored.article
    return {
        "id": stored.id,
        "version": stored.version,
        "versions": stored.versions,
        "date": article.published_on,
        "category": article.category,
        "byline": article.byline,
        "title": article.title,
        "paragraphs": [
            {"cite": f"{stored.id}:{position}", "position": position, "text": text}
            for position, text in enumerate(article.paragraphs, 1)
        ],
        "content_hash": stored.content_hash.hex(),
        "sources": [
            {**asdict(source), "file_hash": source.file_hash.hex()} for source in stored.sources
        ],
    }


def report_record(report: IngestReport) -> dict[str, Any]:
    """The end of an ingest as `ingest --json` writes it; documented in docs/json.md."""
    return {**asdict(report), "files": report.files}


def show_hit(out: Screen, hit: Hit, *, passages: bool) -> None:
    """A hit: a line with number, date, category and title, then its best paragraphs."""
    head: list[Segment] = [(str(hit.article_id), "id"), ("  ", ""), (hit.published_on, "date")]
    if hit.category:
        head += [("  ", ""), (hit.category, "category")]
    out.line(*head, ("  ", ""), *marked(hit.title, hit.title_marks, "title"))
    if hit.missing:
        out.line(("without: " + ", ".join(hit.missing), "dim"), indent=4)
    if not passages:
        return
    for passage in hit.paragraphs:
        text, marks = excerpt(passage.text, passage.marks, SNIPPET_WIDTH)
        out.line((passage.citation, "cite"), ("  ", ""), *marked(text, marks), indent=4)


def show_explanation(out: Screen, found: Explanation, *, json: bool) -> None:
    """How a query was read, its parts with what each finds alone, and the plan."""
    if json:
        json_line(asdict(found))
        return
    out.line(("read as   ", "dim"), (found.read_as, ""))
    if found.ignored:
        out.line(("ignored   ", "dim"), (", ".join(found.ignored), ""))
    for part in found.parts:
        out.line((f"{part.articles:>10,}  ", ""), (part.text, "match"))
    out.line((f"{found.articles:>10,}  ", ""), ("all of it", "title"))
    for step in found.plan:
        out.line((step, "dim"), indent=4)


def show_article(out: Screen, stored: StoredArticle) -> None:
    """A whole article, each paragraph with its number."""
    article = stored.article
    number = str(stored.id)
    if stored.version != stored.versions:
        number += f"@{stored.version}"
    head: list[Segment] = [(number, "id"), ("  ", ""), (article.published_on, "date")]
    for text, style in ((article.category, "category"), (article.byline, "")):
        head += [("  ", ""), (text, style)] if text else []
    out.line(*head)
    out.line((article.title, "title"))
    for position, text in enumerate(article.paragraphs, 1):
        out.line()
        out.line((f"{number}:{position}", "cite"), ("  ", ""), (text, ""))
    out.line()
    for source in stored.sources:
        out.line((f"source  {source.path}", "dim"))
    if stored.versions > 1:
        out.line((f"version {stored.version} of {stored.versions}", "dim"))


def show_passages(out: Screen, passages: Iterable[Passage]) -> None:
    """Paragraphs, each with its citation."""
    for passage in passages:
        out.line((passage.citation, "cite"), ("  ", ""), (passage.text, ""))


def show_history(out: Screen, article_id: int, versions: Iterable[Version], *, json: bool) -> None:
    """The versions of an article, one a line."""
    for version in versions:
        number = f"{article_id}@{version.number}"
        if json:
            json_line({"cite": number, **asdict(version)})
            continue
        until = f"until {version.replaced_at[:19]}Z" if version.replaced_at else "current"
        out.line((number, "id"), (f"  {until:<26}  ", "date"), (version.title, "title"))
        note = "; the text is the same" if version.same_text else ""
        out.line((f"{version.path or 'no file holds it any more'}{note}", "dim"), indent=4)


def show_diff(
    out: Screen,
    old: StoredArticle,
    new: StoredArticle,
    differences: Iterable[Difference],
    *,
    json: bool,
) -> None:
    """Each difference with its place in both texts."""
    styles = {"=": "", "-": "old", "+": "new"}
    for found in differences:
        places = [
            f"{stored.id}@{stored.version}" + (f":{position}" if position else "")
            for stored, position in ((old, found.old), (new, found.new))
            if position or found.field != "paragraph"
        ]
        if json:
            json_line({"places": places, **asdict(found)})
            continue
        out.line((" -> ".join(places), "cite"), (f"  {found.field}", "dim"))
        out.line(*((text, styles[kind]) for kind, text in found.pieces), indent=4)


def show_stats(out: Screen, stats: Stats) -> None:
    """The figures of an archive."""
    share = stats.index_size / stats.size if stats.size else 0
    rows = [
        ("articles", f"{stats.articles:,}"),
        ("paragraphs", f"{stats.paragraphs:,}"),
        ("words", f"{stats.words:,}"),
        ("sources", f"{stats.sources:,}"),
        ("old versions", f"{stats.revisions:,}"),
        ("dates", f"{stats.first_date} to {stats.last_date}" if stats.first_date else "none"),
        ("file", f"{in_bytes(stats.size)}, {share:.0%} of it index"),
        ("sources' bytes", in_bytes(stats.text_size)),
    ]
    for name, value in rows:
        out.line((f"{name:<15}", "dim"), (value, ""))
    for category, count in stats.categories[:20]:
        out.line((f"{count:>12,}  ", ""), (category or "(no category)", "category"))
    if len(stats.categories) > 20:
        out.line((f"{len(stats.categories) - 20:>12,}  further categories", "dim"))


def show_facet(
    out: Screen, name: str, rows: Sequence[tuple[str | None, int]], *, json: bool
) -> None:
    """Counts by value, one a line."""
    for value, count in rows:
        if json:
            json_line({name: value, "articles": count})
        else:
            out.line((f"{count:>10,}  ", ""), (value or f"(no {name})", "category"))
