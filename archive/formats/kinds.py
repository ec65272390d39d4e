"""What a file is that is no article, as far as its first bytes tell.

Asked only when a file has been rejected (`ingest/parsing.py`).
"""

from __future__ import annotations

_ZIPPED = (
    (b"word/", "a Word document"),
    (b"xl/", "an Excel table"),
    (b"ppt/", "a PowerPoint file"),
    (b"opendocument.text", "an OpenDocument text"),
    (b"epub", "an e-book"),
)
_STARTS = (
    (b"%PDF-", "a PDF file"),
    (b"{\\rtf", "a Word document (RTF)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Word document, or another of Microsoft Office"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"SQLite format 3\0", "an SQLite database"),
)
LOOKED_AT = 4096
"""Bytes at either end of a file that tell what it is."""


def kind(head: bytes, tail: bytes) -> str | None:
    """What a file with these ends is, in words, where it is of a kind that is often met in folders
    of articles."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith(b"PK\x03\x04"):
        # The names of what is in it stand at the beginning and again at the end.
        names = head + tail
        return next((what for name, what in _ZIPPED if name in names), "a ZIP file")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "a picture (WebP)"
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return "a picture (HEIC)"
    return next((what for start, what in _STARTS if head.startswith(start)), None)
