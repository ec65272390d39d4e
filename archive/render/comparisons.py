"""What `diff`, `quote`, `similar` and `duplicates` show: texts beside one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from archive.errors import counted
from archive.render.screen import Segment, screen

if TYPE_CHECKING:
    from archive.questions.changes import Changes
    from archive.questions.quotation import Quotation
    from archive.questions.similar import Copy, Similar


def show_changes(found: Changes) -> None:
    """Shows each difference with its place in both texts."""
    out = screen()
    for difference in found.differences:
        places = " -> ".join(found.places(difference))
        out.line((places, "cite"), (f"  {difference.field}", "dim"))
        out.line(*_pieces(difference.pieces), indent=4)


def show_quotations(found: Iterable[Quotation]) -> None:
    """Shows each place with a verdict and its words, with those that differ marked as in a diff."""
    out = screen()
    for place in found:
        out.line(*_heading(place.citation, "cite", place))
        if place.exact:
            agree = counted(place.words, "word agrees", "words agree")
            verdict = f"exact: {'all ' if place.words > 1 else ''}{agree}"
        else:
            verdict = (
                f"close: {place.agreeing} of {place.words} words agree ({_percent(place.share)})"
            )
        out.line((verdict, "dim"), indent=4)
        out.line(*_pieces(place.pieces), indent=4)


def show_similar(found: Iterable[Similar]) -> None:
    """Shows each article, and below it what makes it similar."""
    out = screen()
    for article in found:
        out.line(*_heading(str(article.article_id), "id", article))
        why = f"same matter: {', '.join(article.words)}"
        if article.share is not None:
            why = f"copy: {_percent(article.share)} of the text in common"
        out.line((why, "dim"), indent=4)


def show_duplicates(groups: Iterable[Sequence[Copy]]) -> None:
    """Shows each group: its first article, then the others with their share of common text."""
    out = screen()
    for at, (first, *others) in enumerate(groups):
        if at:
            out.line()
        out.line(*_heading(str(first.article_id), "id", first))
        for copy in others:
            share: Segment = (f"{_percent(copy.share):>4}  ", "")
            out.line(share, *_heading(str(copy.article_id), "id", copy), indent=2)


def _heading(name: str, style: str, article: Copy | Similar | Quotation) -> list[Segment]:
    segments: list[Segment] = [(name, style), ("  ", ""), (article.published_on, "date")]
    if article.category:
        segments += [("  ", ""), (article.category, "category")]
    return [*segments, ("  ", ""), (article.title, "title")]


def _pieces(pieces: Iterable[tuple[str, str]]) -> list[Segment]:
    styles = {"=": "", "-": "old", "+": "new"}
    return [(text, styles[kind]) for kind, text in pieces]


def _percent(share: float) -> str:
    """Returns a share as a percentage, which is 100 only where nothing at all differs."""
    return f"{int(share * 100)}%"
