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
    reader="nexis html 2",
    many=True,
    extra="html",
    obtained="LexisNexis Academic and Nexis delivered it until 2019: Download, Format 'HTML',"
    " Document view 'Full document'.",
    read="As of Nexis in plain text; the paragraphs are those of the page, which an empty line"
    " within one of them parts.",
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
    found = False
    for one in nexis.counted(
        (number, _document(blocks).member(reading)) for number, blocks in _documents(file, reading)
    ):
        found = True
        yield one
    if not found:
        raise ParseError("no '1 of 10 DOCUMENTS' above any document")


def _document(blocks: list[nexis.Block]) -> nexis.Document:
    document = nexis.Document()
    document.put(blocks)
    return document


def _documents(
    file: BinaryIO, reading: Reading
) -> Iterator[tuple[tuple[int, int], list[nexis.Block]]]:
    """Each document: (its number, how many there are), its blocks."""
    centred = frozenset[str]()
    number = (0, 0)
    blocks: list[nexis.Block] | None = None
    for element in export_html.elements(file, reading, lambda one: one.tag in ("style", "div")):
        if element.tag == "style":
            centred |= frozenset(_CENTRED.findall("".join(element.itertext()).replace("<!--", "")))
            continue
        lines = export_html.lines_of(element)
        found = nexis.NUMBERED.fullmatch(lines[0]) if len(lines) == 1 else None
        if found:
            if blocks is not None:
                yield number, blocks
            number, blocks = (nexis.number(found["number"]), nexis.number(found["all"])), []
        elif blocks is not None and lines:
            in_middle = element.get("class", "") in centred
            blocks += _blocks(element, lines, in_middle=in_middle)
    if blocks is not None:
        yield number, blocks


def _blocks(element: Any, lines: list[str], *, in_middle: bool) -> Iterator[nexis.Block]:
    """The lines of an element as one block where they belong together: in the middle, or under a
    label. Else each paragraph is a block."""
    paragraphs = list(_shown(element)) if element.find("p") is not None else lines
    if in_middle or nexis.labelled(" ".join(lines), capitals=True):
        yield nexis.Block(lines, paragraphs, centred=in_middle)
    else:
        for one in paragraphs:
            yield nexis.Block([one], [one])


def _shown(element: Any) -> Iterator[str]:
    """The paragraphs of an element, and the lines of what stands between them."""
    yield from export_html.filled([element.text or ""])
    for one in element:
        if one.tag == "p":
            yield from _paragraphs(one)
        elif isinstance(one.tag, str):
            yield from export_html.lines_of(one)
        yield from export_html.filled([one.tail or ""])


def _paragraphs(element: Any) -> list[str]:
    """The paragraphs of an element, in which an empty line may part them."""
    return export_html.filled(re.split(r"\n\s*\n", export_html.text_of(element)))
