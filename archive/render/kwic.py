"""What `concordance` shows: key words in context, with all key words in one column."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import TYPE_CHECKING

from archive.render.cells import cells, head, pad, tail, terminal_width
from archive.render.screen import inert, screen

if TYPE_CHECKING:
    from archive.questions.concordance import Line

_NARROWEST, _MEASURED = 10, 1000


def show_lines(lines: Iterable[Line], width: int | None) -> None:
    """Shows each occurrence on a line, cut to a width in cells. The column of citations is as wide
    as the widest of the first lines, and wider from where one does not fit."""
    out = screen()
    whole = width or terminal_width() - 1
    coming = iter(lines)
    first = [*islice(coming, _MEASURED)]
    cited = max((len(line.citation) for line in first), default=0)
    for line in chain(first, coming):
        citation = line.citation
        cited = max(cited, len(citation))
        room = whole - cited - len("  2023-01-31  ") - len("**")
        left = max(_NARROWEST, room * 2 // 5)
        key = _one_line(line.key)
        before = tail(_one_line(line.left), left)
        after = head(_one_line(line.right), max(_NARROWEST, room - left - cells(key)))
        out.line(
            (f"{citation:<{cited}}", "cite"),
            (f"  {line.published_on}", "date"),
            (f"  {pad(before, left, right=True)}", ""),
            (key, "match"),
            (after, ""),
        )


def _one_line(text: str) -> str:
    return inert(text).replace("\t", " ")
