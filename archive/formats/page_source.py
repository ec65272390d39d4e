"""The bytes of a saved page -> its markup, decoded and without what is no text.

Pictures inside the page (`data:` URLs), scripts, styles, drawings and comments go before anything
is parsed, in time that grows with the length alone; data for machines (JSON-LD) stays.
"""

from __future__ import annotations

import codecs
import re

from archive.errors import ParseError, in_bytes

MOST = 2_000_000
"""Bytes of markup that are parsed."""

_HIDDEN_PICTURE = re.compile(rb"data:[\w.+-]+/[\w.+;=-]*,[^\s\"'<>)]*", re.IGNORECASE)
_INNER_PAGE = re.compile(rb"\ssrcdoc\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_DROPPED = re.compile(rb"<!--|<(script|style|svg)\b[^>]*", re.IGNORECASE)
_ENDS = {
    name: re.compile(rb"</%b\s*>?" % name, re.IGNORECASE) for name in (b"script", b"style", b"svg")
}
_SAVED_FROM = re.compile(
    rb"<!--\s*(?:saved from url=\(\d+\)|Page saved with SingleFile\s+url:\s*)(https?://[^\s]+)"
)
_CHARSET = re.compile(
    rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)
_LOOKED_AT = 16_384
# Browsers read these names as the larger sets.
_READ_AS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949",
}  # fmt: skip


def markup(data: bytes, encoding: str = "utf-8") -> str:
    """The markup of a page. It is UTF-8 where it is valid UTF-8; else `encoding`, where that is
    another one, or the charset that the page declares. `ParseError` where it is neither, holds a
    NUL, or has more than `MOST` bytes without pictures, scripts and styles."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    if encoding.startswith(("utf-16", "utf-32")):
        data, encoding = _decoded(data, encoding).encode(), "utf-8"
    kept = _without(_INNER_PAGE.sub(b"", _HIDDEN_PICTURE.sub(b"", data)))
    if len(kept) > MOST:
        raise ParseError(
            f"{in_bytes(len(kept))} of markup without pictures, scripts and styles:"
            f" at most {in_bytes(MOST)}"
        )
    text = _text(kept, encoding)
    if "\0" in text:
        raise ParseError("a NUL byte (UTF-16? try --encoding utf-16)")
    return text.removeprefix("\ufeff")


def saved_from(data: bytes) -> str | None:
    """The address that the program which saved a page has noted in it."""
    found = _SAVED_FROM.search(data, 0, _LOOKED_AT)
    return found[1].decode("ascii", "replace") if found else None


def _text(kept: bytes, encoding: str) -> str:
    try:
        return kept.decode()
    except UnicodeDecodeError as error:
        place = error.start
    named = encoding if encoding != "utf-8" else _declared(kept)
    if named is None:
        raise ParseError(
            f"not utf-8 (byte 0x{kept[place]:02x}), and no other charset declared"
            " (--encoding NAME reads another encoding)"
        )
    return _decoded(kept, named)


def _declared(kept: bytes) -> str | None:
    """The codec of the declared charset, None where that is UTF-8 or nothing is declared."""
    found = _CHARSET.search(kept, 0, _LOOKED_AT)
    if not found:
        return None
    written = (found[1] or found[2]).decode()
    try:
        name = codecs.lookup(written.removeprefix("x-")).name
    except LookupError:
        raise ParseError(f"its charset is unknown: {written[:40]}") from None
    return None if name == "utf-8" else _READ_AS.get(name, name)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
        text.encode()  # some codecs let lone surrogates through
    except (UnicodeError, LookupError):
        raise ParseError(f"not {encoding}, as which it is to be read") from None
    return text


def _without(data: bytes) -> bytes:
    """The page without comments, scripts, styles and drawings; as in browsers, one that is not
    closed reaches to the end."""
    kept, place = [], 0
    while found := _DROPPED.search(data, place):
        kept.append(data[place : found.start()])
        if found[1] is None:
            end = data.find(b"-->", found.end() - 2)  # `<!-->` is one, too
            place = end + 3 if end >= 0 else len(data)
            continue
        closing = _ENDS[found[1].lower()].search(data, found.end())
        place = closing.end() if closing else len(data)
        if b"ld+json" in found[0].lower():
            kept.append(data[found.start() : place])
    kept.append(data[place:])
    return b"".join(kept)
