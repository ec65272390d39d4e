"""What `concordance` shows: key words in context, with all key words in one column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive.render.cells import cells, head, pad, tail, terminal_width
from archive.render.screen import inert, screen

if TYPE_CHECKING:
    from archive.questions.concordance import Line

_NARROWEST = 10


def show_lines(lines: Sequence[Line], width: int | None) -> None:
    """Shows each occurrence on a line, cut to a width in cells."""
    out = screen()
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
