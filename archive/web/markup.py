"""Text of articles as HTML: escaped, with matches and changes marked, and nothing that acts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from archive.text.passages import Marks

_CONTROLS = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def visible(text: object) -> Markup:
    """Returns text with its control characters written out as pictures of themselves. What turns
    the direction of text cannot reach beyond the element around it, which is isolated."""
    return escape(_CONTROLS.sub(_picture, str(text)))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


def marked(text: str, marks: Marks = ()) -> Markup:
    """Returns a text with its matches in `<mark>`."""
    parts, at = [], 0
    for start, end in marks:
        parts += [visible(text[at:start]), Markup("<mark>%s</mark>") % visible(text[start:end])]
        at = end
    return Markup("").join([*parts, visible(text[at:])])


_TAGS = {"=": Markup("%s"), "-": Markup("<del>%s</del>"), "+": Markup("<ins>%s</ins>")}


def changed(pieces: Iterable[tuple[str, str]]) -> Markup:
    """Returns the pieces of a difference, with `<del>` and `<ins>`."""
    return Markup("").join(_TAGS[kind] % visible(text) for kind, text in pieces)


def day(iso: str) -> str:
    """Returns a date as it is read: `31 January 2023`."""
    found = date.fromisoformat(iso)
    return f"{found.day} {found:%B} {found.year}"


def moment(utc: str) -> str:
    """Returns a time of the archive as it is read: `31 January 2023, 14:05 UTC`."""
    found = datetime.fromisoformat(utc)
    return f"{found.day} {found:%B} {found.year}, {found:%H:%M} UTC"


def percent(share: float | None) -> str:
    """Returns a share as a percentage, which is 100 only where nothing at all differs."""
    return "" if share is None else f"{int(share * 1000) / 10:g}%"
