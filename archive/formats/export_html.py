"""Exports in HTML, element by element: for the formats whose files hold many articles.

The parser is that of lxml (libxml2), which forgives what browsers forgive. It reads on as elements
are asked for, and what was seen is dropped, so that memory does not grow with the file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from archive.errors import MissingExtra, ParseError
from archive.formats.fields import not_text

if TYPE_CHECKING:
    from archive.formats.contract import Reading

_BLOCK = 1 << 20
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_BLOCKS = frozenset(("p", "div", "br", "tr", "li", "td", "h1", "h2", "h3", "table"))
_DROPPED = frozenset(("script", "style", "noscript"))
MOST_NESTED, MOST_LOOSE = 200, 200_000
"""Elements inside each other, and ends and beginnings of elements in one that is wanted or before
it, beyond which a file is no export."""


def elements(file: BinaryIO, reading: Reading, wanted: Callable[[Any], bool]) -> Iterator[Any]:
    """The elements that are wanted, each at its end. It is emptied when the next one is asked for.
    `ParseError` for what is not text in UTF-8, in the charset that the file declares, or in the
    encoding that was given."""
    try:
        from lxml import etree  # noqa: PLC0415 - heavy, and an extra
    except ImportError:
        raise MissingExtra("html") from None
    encoding = _encoding(file, reading)
    file.seek(0)
    walk = etree.iterparse(
        file, events=("start", "end"), html=True, encoding=encoding, recover=True
    )
    depth = loose = 0
    try:
        for event, element in walk:
            depth += 1 if event == "start" else -1
            loose += 1
            if depth > MOST_NESTED or loose > MOST_LOOSE:
                raise ParseError("more elements than an export has")
            if event == "end" and wanted(element):
                yield element
                element.clear(keep_tail=True)
                loose = 0
    except etree.LxmlError as error:
        raise ParseError(f"no HTML: {error}") from None


def _encoding(file: BinaryIO, reading: Reading) -> str:
    """The encoding of a file: that which was given, UTF-8, or what the file declares."""
    tried = [reading.encoding]
    if reading.encoding == "utf-8":
        file.seek(0)
        declared = _CHARSET.search(file.read(4096))
        tried += [declared[1].decode("ascii", "replace")] if declared else []
    failure: UnicodeError | None = None
    for name in tried:
        try:
            decoder = codecs.getincrementaldecoder(name)()
        except LookupError:
            continue
        file.seek(0)
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            failure = failure or error
            continue
        return name
    raise not_text(failure or UnicodeError(), reading)


def text_of(element: Any) -> str:
    """The text of an element, with a line for each block in it. What follows a comment or a script
    in it belongs to it."""
    from lxml import etree  # noqa: PLC0415

    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, one in walk:
        if event == "start":
            if one.tag in _DROPPED:
                walk.skip_subtree()
                continue
            if one.tag in _BLOCKS:
                parts.append("\n")
            parts.append(_flowing(one.text))
        else:
            if one.tag in _BLOCKS and one.tag != "br":
                parts.append("\n")
            if one is not element:
                parts.append(_flowing(one.tail))
    return "".join(parts)


def written_lines(element: Any) -> list[str]:
    """The lines of preformatted text, as they are written."""
    return filled("".join(element.itertext()).splitlines())


def _flowing(text: str | None) -> str:
    """Text as a page shows it, where a line end is a blank."""
    return re.sub(r"[\s\u00a0]+", " ", text or "")


def lines_of(element: Any) -> list[str]:
    """The lines of an element that are not empty, white space in them as one blank."""
    return filled(text_of(element).split("\n"))


def filled(texts: Iterable[str]) -> list[str]:
    """Those of some texts that are not empty, white space in them as one blank."""
    return list(filter(None, (" ".join(text.split()) for text in texts)))
