"""Where lines for people go: to a terminal by Rich, elsewhere as plain text.

Only this module and the progress bar know Rich, and they load it only for a terminal. Nothing from
an article or a path acts on the terminal: control characters, bidirectional controls and lone
surrogates are written out (`inert`), and Rich's markup is never read from data.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Protocol

from archive.render.cells import terminal_width

if TYPE_CHECKING:
    from archive.text.passages import Marks

# Cc but tab and line feed, line and paragraph separators, bidirectional controls and other
# invisible commands, surrogates.
_ACTIVE = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]+"
)

Segment = tuple[str, str]
"""A text and its style: `` (none), `id`, `date`, `category`, `title`, `match`, `cite`, `dim`."""


def inert(text: str) -> str:
    r"""Returns the text with whatever could act on a terminal written out: `\\x1b`, `\\u202e`."""
    if text.isascii() and text.isprintable():  # most texts, and quickly told
        return text
    return _ACTIVE.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    return found[0].translate(_ESCAPES)


class _Escapes(dict[int, str]):
    """How each character is written out; those that were asked for are remembered."""

    def __missing__(self, code: int) -> str:
        form = "\\U{:08x}" if code > 0xFFFF else "\\x{:02x}" if code < 0x100 else "\\u{:04x}"
        return self.setdefault(code, form.format(code))


_ESCAPES = _Escapes()


class Screen(Protocol):
    """Where lines go."""

    def line(self, *segments: Segment, indent: int = 0) -> None:
        """Writes one line, inert."""


class Plain:
    """Lines of plain text."""

    def line(self, *segments: Segment, indent: int = 0) -> None:
        """Writes one line, inert."""
        parts = (_framed(text, style) for text, style in segments)
        sys.stdout.write(" " * indent + inert("".join(parts)) + "\n")


def _framed(text: str, style: str) -> str:
    """Returns a text with what its colour would say: matches stand between asterisks, removed and
    added words in the brackets of wdiff."""
    return text.join(_FRAMES.get(style, ("", "")))


_FRAMES = {"match": ("*", "*"), "old": ("[-", "-]"), "new": ("{+", "+}")}


STYLES = {
    "id": "bold color(31)", "date": "color(28)", "category": "color(133)", "title": "bold",
    "match": "bold color(161)", "cite": "color(31)", "dim": "color(243)",
    "old": "color(161) strike", "new": "color(28) underline",
}  # fmt: skip
"""Colours of the 256, chosen to read on black and on white: each has a contrast of 4 with both."""


class Terminal:
    """Lines in colour, wrapped to the width of the terminal. With NO_COLOR, and on a terminal that
    has no colours, marks are those of plain text."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - costs 50 ms, for terminals alone

        self._console = Console(markup=False, highlight=False, emoji=False, width=terminal_width())
        self._colours = not self._console.no_color and self._console.color_system is not None

    def line(self, *segments: Segment, indent: int = 0) -> None:
        """Writes one line, inert, wrapped under its indent."""
        from rich.padding import Padding  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        text = Text()
        for part, style in segments:
            shown = part if self._colours else _framed(part, style)
            text.append(inert(shown), STYLES.get(style, ""))
        self._console.print(Padding(text, (0, 0, 0, indent)) if indent else text)


def screen() -> Screen:
    """Returns Rich's screen on a terminal that is not dumb, else plain text."""
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        return Terminal()
    return Plain()


def marked(text: str, marks: Marks, style: str = "") -> list[Segment]:
    """Returns a text in segments, with its matches in a style of their own."""
    segments: list[Segment] = []
    at = 0
    for start, end in marks:
        segments += [(text[at:start], style), (text[start:end], "match")]
        at = end
    return [*segments, (text[at:], style)]
