"""Timelines, concordances and checked quotations: as lines of a screen, as CSV, as JSON records.

The keys of the records are public: docs/json.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive.render.cells import cells, head, pad, tail, terminal_width
from archive.render.screen import Screen, Segment, inert, json_line
from archive.render.tables import write_csv

if TYPE_CHECKING:
    from archive.questions.concordance import Line
    from archive.questions.quotation import Quotation
    from archive.questions.timeline import Timeline

_EIGHTHS = "▏▎▍▌▋▊▉█"
_SHORTEST_BAR = 5


def show_timeline(out: Screen, found: Timeline) -> None:
    """A line a period: for each query its hits, their share, and a bar, all to one scale."""
    most = found.most
    number = max(len(f"{most:,}"), 4)
    label = {"day": 10, "week": 8, "month": 7, "quarter": 7, "year": 4}[found.by]
    column = (terminal_width() - 1 - label) // len(found.queries)
    bar = max(_SHORTEST_BAR, column - number - 12)
    queries = (" ".join(inert(query).split()) or "(all articles)" for query in found.queries)
    names = [head(query, column - 2) for query in queries]
    out.line(
        (" " * (label + 2), ""),
        *((pad(name, bar + number + 12), "dim") for name in names[:-1]),
        (names[-1], "dim"),
    )
    for period in found:
        segments: list[Segment] = [(period.label, "date")]
        for count, share in zip(period.counts, period.shares, strict=True):
            shown = "" if share is None else f"{share:.1%}"
            segments += [
                (f"  {count:>{number},}", ""),
                (f"  {shown:>6}", "dim"),
                (f"  {_bar(count / most, bar):<{bar}}", "cite"),
            ]
        segments[-1] = (segments[-1][0].rstrip(), "cite")
        out.line(*segments)


def _bar(share: float, width: int) -> str:
    """A bar in eighths of a cell; anything above nothing is seen."""
    eighths = max(round(share * width * 8), bool(share))
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8 - 1] if eighths % 8 else "")


_TIMELINE = ("period", "query", "articles", "of", "share")


def write_timeline(found: Timeline, *, csv: bool) -> None:
    """A row, or else a JSON object, for each period and query."""
    rows = (
        (period.label, query, count, period.total, None if share is None else round(share, 6))
        for period in found
        for query, count, share in zip(found.queries, period.counts, period.shares, strict=True)
    )
    if csv:
        write_csv(_TIMELINE, rows)
        return
    for row in rows:
        json_line(dict(zip(_TIMELINE, row, strict=True)))


_NARROWEST = 10


def show_concordance(out: Screen, lines: Sequence[Line], width: int | None) -> None:
    """A line an occurrence, its key in one column; cut to a width in cells."""
    cited = max((len(line.citation) for line in lines), default=0)
    room = (width or terminal_width() - 1) - cited - len("  2023-01-31  ") - len("**")
    left = max(_NARROWEST, room * 2 // 5)
    for line in lines:
        key = _one_line(line.key)
        before = tail(_one_line(line.left), left)
        after = head(_one_line(line.right), max(_NARROWEST, room - left - cells(key)))
        out.line(
            (f"{line.citation:<{cited}}", "cite"),
            (f"  {line.published_on}", "date"),
            (f"  {pad(before, left, right=True)}", ""),
            (key, "match"),
            (after, ""),
        )


def _one_line(text: str) -> str:
    return inert(text).replace("\t", " ")


def write_concordance(lines: Sequence[Line], width: int | None) -> None:
    """A JSON object an occurrence."""
    side = (width or 100) // 2
    for line in lines:
        json_line(
            {
                "cite": line.citation,
                "id": line.article_id,
                "position": line.position or None,
                "date": line.published_on,
                "left": tail(line.left, side),
                "key": line.key,
                "right": head(line.right, side),
                "mark": (line.start, line.end),
            }
        )


def show_quotations(out: Screen, found: Sequence[Quotation], *, json: bool) -> None:
    """Each place with a verdict and the words, those that differ marked as in a diff."""
    styles = {"=": "", "-": "old", "+": "new"}
    for place in found:
        if json:
            json_line(
                {
                    "cite": place.citation,
                    "exact": place.exact,
                    "share": round(place.share, 4),
                    "agreeing": place.agreeing,
                    "words": place.words,
                    "id": place.article_id,
                    "version": place.version,
                    "date": place.published_on,
                    "category": place.category,
                    "title": place.title,
                    "pieces": place.pieces,
                }
            )
            continue
        head: list[Segment] = [(place.citation, "cite"), ("  ", ""), (place.published_on, "date")]
        if place.category:
            head += [("  ", ""), (place.category, "category")]
        out.line(*head, ("  ", ""), (place.title, "title"))
        if place.exact:
            verdict = f"exact: all {place.words} words agree"
        else:
            verdict = f"close: {place.agreeing} of {place.words} words agree ({place.share:.0%})"
        out.line((verdict, "dim"), indent=4)
        out.line(*((text, styles[kind]) for kind, text in place.pieces), indent=4)
