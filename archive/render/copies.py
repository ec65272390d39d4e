"""Similar articles and groups of copies: as lines of a screen, and as JSON records.

The keys of the records are public: docs/json.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive.render.screen import Screen, Segment, json_line

if TYPE_CHECKING:
    from archive.questions.similar import Copy, Similar


def show_similar(out: Screen, found: Sequence[Similar], *, json: bool) -> None:
    """Each article on a line, and below it what makes it similar."""
    for article in found:
        kind = "matter" if article.share is None else "copy"
        if json:
            words = {"kind": kind, "share": _share(article), "words": article.words}
            json_line(_record(article) | words)
            continue
        out.line(*_head(article))
        why = f"same matter: {', '.join(article.words)}"
        if article.share is not None:
            why = f"copy: {_percent(article.share)} of the text in common"
        out.line((why, "dim"), indent=4)


def show_duplicates(out: Screen, groups: Sequence[Sequence[Copy]], *, json: bool) -> None:
    """Each group: its first article, then the others with their share of common text."""
    for at, group in enumerate(groups):
        first, *others = group
        if json:
            copies = [_record(copy) | {"share": _share(copy)} for copy in others]
            json_line(_record(first) | {"copies": copies})
            continue
        if at:
            out.line()
        out.line(*_head(first))
        for copy in others:
            out.line((f"{_percent(copy.share):>5}  ", ""), *_head(copy), indent=2)


def _head(article: Copy | Similar) -> list[Segment]:
    segments: list[Segment] = [(str(article.article_id), "id"), ("  ", "")]
    segments.append((article.published_on, "date"))
    if article.category:
        segments += [("  ", ""), (article.category, "category")]
    return [*segments, ("  ", ""), (article.title, "title")]


def _record(article: Copy | Similar) -> dict[str, Any]:
    return {
        "id": article.article_id,
        "date": article.published_on,
        "category": article.category,
        "title": article.title,
    }


def _share(article: Copy | Similar) -> float | None:
    return None if article.share is None else round(article.share, 4)


def _percent(share: float) -> str:
    """A share as a percentage that says 100 only where nothing at all differs."""
    return f"{int(share * 100)} %"
