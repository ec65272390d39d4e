"""A source's own copy of its bytes, where its article's rows do not rebuild them: packed small.

Ingest and load pack (`compress`); `rebuild` gives the bytes of any source back.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.records import Article


LARGEST_FILE = 100 * 1024 * 1024
"""Bytes of the largest file that is ever taken in."""


PIECE = 8 * 1024 * 1024
"""Bytes of a piece of a file with many articles."""


def piece_of(digest: bytes, packed: bytes) -> bytes:
    """The bytes of a piece, from what is kept of it (zlib); `ValueError` if it is damaged."""
    from hashlib import sha256  # noqa: PLC0415 - as in `rebuild`

    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, PIECE + 1)
    except (zlib.error, TypeError):
        data = b""
    if len(data) > PIECE or sha256(data).digest() != digest:
        raise ValueError("a piece of a kept file is damaged")
    return data


def compress(data: bytes, article: Article) -> bytes:
    """A file's bytes, deflated against the article's canonical form (zlib, RFC 1950, preset
    dictionary): a file that differs from it only in line ends takes a few dozen bytes."""
    packer = zlib.compressobj(9, zdict=article.canonical()[-32768:])
    return packer.compress(data) + packer.flush()


def _decompress(original: bytes, article: Article, size: int) -> bytes:
    """The inverse of `compress`; `ValueError` if it was damaged, or is more than the `size` that
    it should have, which a few packed bytes could be."""
    if not 0 <= size <= LARGEST_FILE:
        raise ValueError(f"a file of {size:,} bytes was never taken in")
    unpacker = zlib.decompressobj(zdict=article.canonical()[-32768:])
    try:
        data = unpacker.decompress(original, size + 1)
    except zlib.error:
        data = b""
    if not unpacker.eof or len(data) > size:
        raise ValueError("the kept bytes cannot be unpacked")
    return data


def rebuild(article: Article, original: bytes | None, file_hash: bytes, size: int) -> bytes:
    """A source's bytes, from its article and from its own copy (`original`) where it has one.
    `ValueError` if they are not the bytes that were read, of their `size`."""
    from hashlib import sha256  # noqa: PLC0415 - an ingest that reads nothing needs none

    if original is None:
        data = article.canonical()
        read = sha256(data + article.trailer()).digest()  # of a member, which has none of its own
    else:
        data = _decompress(original, article, size)
        read = sha256(data).digest()
    if read != file_hash:
        raise ValueError("the bytes are not those that were read")
    return data
