"""Saved web pages with one article each: head from structured data, text by trafilatura.

Pages are written by anybody, so they are read in a process of their own (`apart.py`), by
`page_reading.py`: `page_source.py` decodes and thins them out, `page_head.py` and `page_text.py`
read what is left.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from archive.formats.apart import Apart
from archive.formats.contract import Format

if TYPE_CHECKING:
    from archive.formats.contract import Member, Reading

FORMAT = Format(
    name="html",
    title="Saved web pages",
    endings=(".html", ".htm", ".xhtml"),
    reader="html 1",
    many=False,
    extra="html",
    obtained=(
        "Save the page of an article from the browser (complete or HTML only), or with SingleFile,"
        " wget or a crawler. One article a file; the folder of pictures that a browser saves beside"
        " it is not needed."
    ),
    read=(
        "Title, date of publication, authors, section, publication, address and language from what"
        " the page says of itself to machines: JSON-LD, meta tags, microdata. The text is found by"
        " trafilatura, without menus, comments and advertisements; headings, list items and rows of"
        " tables are paragraphs. The summary comes first where it is shown above the article."
    ),
    rejected=(
        "Pages without a structured date of publication (the date of a change or in a footer is"
        " none; --date gives one), pages whose dates of publication differ, lists of articles,"
        " pages without text or with a summary alone, as behind a consent or payment wall, and"
        " pages of more than 2 MB without pictures, scripts and styles. A page is UTF-8, or else in"
        " the charset that it declares."
    ),
)

_PAGE = re.compile(
    rb"\s*(?:<\?[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|link|base"
    rb"|script|style|main|article|section|header|div|h[1-6]|p|table|center|font)\b",
    re.IGNORECASE | re.DOTALL,
)
_LOOKED_AT = 4096
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
READER = Apart("archive.formats.page_reading", "html")


def recognises(file: BinaryIO) -> bool:
    """Whether a file begins as a page does."""
    head = file.read(_LOOKED_AT).removeprefix(b"\xef\xbb\xbf")
    if head[:2] in _MARKS:
        head = head[2:].decode(_MARKS[head[:2]], "replace").encode()
    return bool(_PAGE.match(head))


def parse(data: bytes, reading: Reading) -> Member:
    """The article of a page; `ParseError` where it has none, `MissingExtra` where the libraries
    that read it are not there."""
    return READER.read(data, reading)
