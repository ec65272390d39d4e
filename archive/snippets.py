"""From FTS5's highlighted text to passages: which paragraphs to show, and what part of a long one.

Pure text work; knows no SQL. Offsets are in characters of the text as written.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.folding import MARK_END, MARK_START, fold, offsets, unfolded

Marks = tuple[tuple[int, int], ...]

_LONGEST_UNFOLDED = 300_000
_MOST_WINDOWS = 300


def read_marks(highlighted: str) -> tuple[str, Marks]:
    """A text without its marks, and where they were."""
    if MARK_START not in highlighted:
        return highlighted, ()
    marks: list[tuple[int, int]] = []
    plain: list[str] = []
    length = 0
    for index, piece in enumerate(highlighted.split(MARK_START)):
        marked, found, rest = piece.partition(MARK_END) if index else ("", "", piece)
        if not found and index:
            marked, rest = "", piece
        if found:
            marks.append((length, length + len(marked)))
        plain += (marked, rest)
        length += len(marked) + len(rest)
    return "".join(plain), tuple(marks)


def pieces(text: str, width: int = 2000) -> list[str]:
    """A text cut between words into pieces of about this many characters; together, the text."""
    found: list[str] = []
    start = 0
    while start < len(text):
        end = max(_word_end(text, start + width), start + 1)
        found.append(text[start:end])
        start = end
    return found or [""]


def unfold_marks(text: str, marks: Marks) -> Marks:
    """Marks in the folded text as marks in the text as written; none in one too long to fold
    again while somebody waits."""
    if not marks or text.isascii():
        return marks
    if len(text) > _LONGEST_UNFOLDED:
        return ()
    if fold(text) is text:
        return marks
    places = offsets(text)
    return tuple(unfolded(places, start, end) for start, end in marks if end > start)


def best_paragraphs(words: Sequence[frozenset[int]], counts: Sequence[int], most: int) -> list[int]:
    """Indices of the paragraphs to show, best first; none where no paragraph has a match.

    `words` are the query's words in each paragraph, `counts` how many matches it has. The first
    has the most words, then the most matches, then comes first in the article; each further one
    must bring a word that none before it has.
    """
    chosen: list[int] = []
    seen: frozenset[int] = frozenset()
    while len(chosen) < most:
        ranked = [
            (len(found - seen), min(counts[at], 5), -at)
            for at, found in enumerate(words)
            if found - seen
        ]
        if not ranked:
            break
        at = -max(ranked)[2]
        chosen.append(at)
        seen |= words[at]
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
