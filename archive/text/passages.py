"""Passages: which paragraphs of a hit to show, and what part of a long one.

Offsets are in characters of the text as written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Marks = tuple[tuple[int, int], ...]

_MOST_WINDOWS = 300


def best_paragraphs(
    words: Mapping[int, frozenset[int]], matches: Mapping[int, Sequence[object]], most: int
) -> list[int]:
    """Positions of the paragraphs to show, best first; none where no paragraph has a match.

    By position, `words` are the query's words in a paragraph and `matches` all its matches. The
    first has the most words, then the most matches, then comes first in the article; each further
    one must bring a word that none before it has.
    """
    chosen: list[int] = []
    seen: frozenset[int] = frozenset()
    while len(chosen) < most:
        ranked = [
            (len(found - seen), min(len(matches[position]), 5), -position)
            for position, found in words.items()
            if found - seen
        ]
        if not ranked:
            break
        position = -max(ranked)[2]
        chosen.append(position)
        seen |= words[position]
    return chosen


def excerpt(text: str, marks: Marks, width: int) -> tuple[str, Marks]:
    """At most about `width` characters of a text around most of its marks, cut between words, with
    an ellipsis where something is left out; the marks within it."""
    if len(text) <= width:
        return text, marks
    start, end = _window(text, marks, width)
    lead, tail = "… " if start else "", " …" if end < len(text) else ""
    shift = len(lead) - start
    kept = tuple((a + shift, b + shift) for a, b in marks if start <= a and b <= end)
    return lead + text[start:end].strip() + tail, kept


def _window(text: str, marks: Marks, width: int) -> tuple[int, int]:
    """The stretch that holds the most marks, moved to word boundaries."""
    if not marks:
        return 0, _word_end(text, width)
    marks = marks[:_MOST_WINDOWS]
    best = max(
        marks,
        key=lambda mark: (sum(mark[0] <= a and b <= mark[0] + width for a, b in marks), -mark[0]),
    )
    last = max((b for a, b in marks if best[0] <= a and b <= best[0] + width), default=best[1])
    margin = max(0, (width - (last - best[0])) // 2)
    start = max(0, min(best[0] - margin, len(text) - width))
    end = min(len(text), max(start + width, last))
    while start > 0 and start < best[0] and not text[start - 1].isspace():
        start += 1
    while start < best[0] and text[start].isspace():
        start += 1
    return start, max(_word_end(text, end), last)


def _word_end(text: str, end: int) -> int:
    """The last word boundary at or before `end`; `end` itself in a text without spaces."""
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", max(0, end - 60), end + 1)
    return space if space > 0 else end
