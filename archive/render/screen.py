"""Where lines for people go: to a terminal by Rich, elsewhere as plain text.

Only this module and the progress bar know Rich, and they load it only for a terminal. Nothing from
an article or a path acts on the terminal: control characters, bidirectional controls and lone
surrogates are written out (`inert`), and Rich's markup is never read from data.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, ClassVar, Protocol

from archive.errors import counted

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
    """Lines of plain text. Matches stand between asterisks; removed and added words stand in the
    brackets of wdiff."""

    _FRAMES: ClassVar = {"match": ("*", "*"), "old": ("[-", "-]"), "new": ("{+", "+}")}

    def line(self, *segments: Segment, indent: int = 0) -> None:
        """Writes one line, inert."""
        none = ("", "")
        parts = (text.join(self._FRAMES.get(style, none)) for text, style in segments)
        sys.stdout.write(" " * indent + inert("".join(parts)) + "\n")


class Terminal:
    """Lines in colour, wrapped to the width of the terminal. Honours NO_COLOR."""

    _STYLES: ClassVar = {
        "id": "bold cyan", "date": "green", "category": "magenta", "title": "bold",
        "match": "bold yellow", "cite": "cyan", "dim": "dim", "old": "red strike", "new": "green",
    }  # fmt: skip

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - costs 50 ms, for terminals alone

        self._console = Console(markup=False, highlight=False, emoji=False)

    def line(self, *segments: Segment, indent: int = 0) -> None:
        """Writes one line, inert, wrapped under its indent."""
        from rich.padding import Padding  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        text = Text()
        for part, style in segments:
            text.append(inert(part), self._STYLES.get(style, ""))
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


def in_bytes(size: float) -> str:
    """Returns a size for people: `29.2 MB`."""
    if size < 1000:
        return counted(int(size), "byte")
    for unit in ("kB", "MB"):
        size /= 1000
        if size < 1000:
            return f"{size:,.1f} {unit}"
    return f"{size / 1000:,.1f} GB"
