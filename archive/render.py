"""Showing records: on a terminal with Rich, elsewhere as plain text, or as JSON lines.

The only module that knows Rich, and it loads it only when standard output is a terminal. Nothing
from an article or a path acts on the terminal: control characters, the bidirectional controls and
lone surrogates are written out (`inert`), and Rich's markup is never read from data.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from archive.snippets import Marks, excerpt

if TYPE_CHECKING:
    from archive.article import Hit, IngestReport, Passage, StoredArticle, Version
    from archive.diff import Difference
    from archive.upkeep import Stats

SNIPPET_WIDTH = 360
"""Characters shown of a paragraph in a list of hits."""

# Cc but tab and line feed, line and paragraph separators, bidirectional controls and other
# invisible commands, surrogates.
_ACTIVE = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)

Segment = tuple[str, str]
"""A text and its style: `` (none), `id`, `date`, `category`, `title`, `match`, `cite`, `dim`."""


def inert(text: str) -> str:
    r"""The text with whatever could act on a terminal written out as `\\x1b` or `\\u202e`."""
    return _ACTIVE.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class Screen(Protocol):
    """Where lines go."""

    def line(self, *segments: Segment, indent: int = 0) -> None:
        """Write one line, inert."""


class Plain:
    """Lines of plain text; matches stand between asterisks, words that went and came in the
    brackets of wdiff."""

    _FRAMES: ClassVar = {"match": ("*", "*"), "old": ("[-", "-]"), "new": ("{+", "+}")}

    def line(self, *segments: Segment, indent: int = 0) -> None:
        """Write one line, inert."""
        none = ("", "")
        parts = (text.join(self._FRAMES.get(style, none)) for text, style in segments)
        sys.stdout.write(" " * indent + inert("".join(parts)) + "\n")


class Terminal:
    """Lines in colour, wrapped to the terminal's width. Honours NO_COLOR and TERM=dumb."""

    _STYLES: ClassVar = {
        "id": "bold cyan", "date": "green", "category": "magenta", "title": "bold",
        "match": "bold yellow", "cite": "cyan", "dim": "dim", "old": "red strike", "new": "green",
    }  # fmt: skip

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - costs 50 ms, for terminals alone

        self._console = Console(markup=False, highlight=False, emoji=False)

    def line(self, *segments: Segment, indent: int = 0) -> None:
        """Write one line, inert, wrapped under its indent."""
        from rich.padding import Padding  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        text = Text()
        for part, style in segments:
            text.append(inert(part), self._STYLES.get(style, ""))
        self._console.print(Padding(text, (0, 0, 0, indent)) if indent else text)


def screen() -> Screen:
    """Rich on a terminal that is not dumb, else plain text."""
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        return Terminal()
    return Plain()


def json_line(record: dict[str, Any]) -> None:
    """One JSON object on a line of standard output; ASCII, so that no terminal is touched."""
    sys.stdout.write(json.dumps(record) + "\n")


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
    out.line(*head, ("  ", ""), *_marked(hit.title, hit.title_marks, "title"))
    if hit.missing:
        out.line(("without: " + ", ".join(hit.missing), "dim"), indent=4)
    if not passages:
        return
    for passage in hit.paragraphs:
        text, marks = excerpt(passage.text, passage.marks, SNIPPET_WIDTH)
        out.line((passage.citation, "cite"), ("  ", ""), *_marked(text, marks), indent=4)


def _marked(text: str, marks: Marks, style: str = "") -> list[Segment]:
    segments: list[Segment] = []
    at = 0
    for start, end in marks:
        segments += [(text[at:start], style), (text[start:end], "match")]
        at = end
    return [*segments, (text[at:], style)]


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


def in_bytes(size: float) -> str:
    """A size for people: `29.2 MB`."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as a table: widths from the first hundred, so that the rest can stream."""
    rows = iter(rows)
    first = [[_cell(value) for value in row] for row, _ in zip(rows, range(100), strict=False)]
    names = [inert(name) for name in columns]
    widths = [
        min(60, max([len(name), *(len(row[at]) for row in first)])) for at, name in enumerate(names)
    ]

    def write(cells: Sequence[str]) -> None:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        sys.stdout.write("  ".join(padded).rstrip() + "\n")

    write(names)
    write(["-" * width for width in widths])
    for cells in first:
        write(cells)
    for row in rows:
        write([_cell(value) for value in row])


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return "x'" + value[:64].hex() + ("…'" if len(value) > 64 else "'")
    return inert(str(value)).replace("\n", "\\n").replace("\t", " ")


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as CSV (RFC 4180). Cells that a spreadsheet would run as a formula get a `'` in front,
    and control characters are written out."""
    sys.stdout.write(_csv_line(columns))
    for row in rows:
        sys.stdout.write(_csv_line(row))


def _csv_line(row: Sequence[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([_safe_cell(value) for value in row])
    return buffer.getvalue()


def _safe_cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if not isinstance(value, str):
        return value
    text = inert(value)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\\x0d")) else text


def sql_record(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row of `sql --json`; bytes as hexadecimal text. Of columns with one name, the last."""
    cells = (value.hex() if isinstance(value, bytes) else value for value in row)
    return dict(zip(columns, cells, strict=True))
