"""Nexis exports in HTML, as LexisNexis made them until 2019."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from archive.errors import ParseError
from archive.formats import export_html, nexis
from archive.formats.contract import Format

if TYPE_CHECKING:
    from archive.formats.contract import Member, Reading, Refused

FORMAT = Format(
    name="nexis-html",
    title="Nexis, HTML",
    endings=(".html", ".htm"),
    reader="nexis html 1",
    many=True,
    extra="html",
    obtained="LexisNexis Academic and Nexis delivered it until 2019: Download, Format 'HTML',"
    " Document view 'Full document'.",
    read="As of Nexis in plain text; the paragraphs are those of the page.",
    rejected="As of Nexis in plain text.",
)

_SIGNATURE = 1 << 16
_CENTRED = re.compile(r"\.(\w+)\s*\{[^}]*text-align:\s*center", re.IGNORECASE)


def recognises(file: BinaryIO) -> bool:
    """Whether a page has the marks that LexisNexis leaves in it."""
    head = file.read(_SIGNATURE)
    return b"<!-- LXNComment" in head or (b"<DOCFULL>" in head and b"DOC_ID_" in head)


def members(file: BinaryIO, reading: Reading) -> Iterator[Member | Refused]:
    """The documents of a file, and those that are no articles."""
    centred = frozenset[str]()
    document: nexis.Document | None = None
    numbers: list[tuple[int, int]] = []
    for element in export_html.elements(file, reading, lambda one: one.tag in ("style", "div")):
        if element.tag == "style":
            centred |= frozenset(_CENTRED.findall("".join(element.itertext()).replace("<!--", "")))
            continue
        lines = export_html.lines_of(element)
        found = nexis.NUMBERED.fullmatch(lines[0]) if len(lines) == 1 else None
        if found:
            if document:
                yield document.member(reading)
            document = nexis.Document()
            numbers.append((nexis.number(found["number"]), nexis.number(found["all"])))
        elif document and lines:
            _put(document, element, lines, in_middle=element.get("class", "") in centred)
    if document is None:
        raise ParseError("no '1 of 10 DOCUMENTS' above any document")
    yield document.member(reading)
    yield from nexis.missing(numbers)


def _put(document: nexis.Document, element: Any, lines: list[str], *, in_middle: bool) -> None:
    text = " ".join(lines)
    found = nexis.labelled(text, capitals=True)
    if nexis.COPYRIGHT.match(text) and (document.title or document.text):
        document.ended = bool(document.text) or document.ended
    elif found and not (document.text and found[0] in ("title", "body")):
        document.label(*found)
    elif in_middle and not document.text and not document.in_text:
        for line in lines:
            document.centred(line)
    elif not document.title and not document.in_text:
        document.title = [text]
    else:
        for paragraph in element.iterfind("p"):
            document.paragraph(" ".join(export_html.lines_of(paragraph)))
