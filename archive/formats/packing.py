"""A source's own copy of its bytes, where its article's rows do not rebuild them: packed small.

Ingest and load pack (`compress`); `rebuild` gives the bytes of any source back.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.records import Article


def compress(data: bytes, article: Article) -> bytes:
    """A file's bytes, deflated against the article's canonical form (zlib, RFC 1950, preset
    dictionary): a file that differs from it only in line ends takes a few dozen bytes."""
    packer = zlib.compressobj(9, zdict=article.canonical()[-32768:])
    return packer.compress(data) + packer.flush()


def _decompress(original: bytes, article: Article) -> bytes:
    """The inverse of `compress`; `zlib.error` if it was damaged."""
    unpacker = zlib.decompressobj(zdict=article.canonical()[-32768:])
    return unpacker.decompress(original) + unpacker.flush()


def rebuild(article: Article, original: bytes | None, file_hash: bytes) -> bytes:
    """A source's bytes, from its article and from its own copy (`original`) where it has one.
    `ValueError` if they are not the bytes that were read."""
    try:
        data = article.canonical() if original is None else _decompress(original, article)
    except zlib.error:
        raise ValueError("the kept bytes cannot be unpacked") from None
    if hashlib.sha256(data).digest() != file_hash:
        raise ValueError("the bytes are not those that were read")
    return data
