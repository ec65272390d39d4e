"""What `timeline` shows: a line of figures and bars for each period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.render.cells import head, pad, terminal_width
from archive.render.screen import Segment, inert, screen

if TYPE_CHECKING:
    from archive.questions.timeline import Timeline

_EIGHTHS = "▏▎▍▌▋▊▉█"
_SHORTEST_BAR = 5


def show_timeline(found: Timeline) -> None:
    """Shows the hits of each query, their share and a bar; all bars have one scale."""
    out = screen()
    most = found.most or 1
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
    """Returns a bar in eighths of a cell; anything above nothing can be seen."""
    eighths = max(round(share * width * 8), bool(share))
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8 - 1] if eighths % 8 else "")
