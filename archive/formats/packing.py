"""A source's own copy of its bytes, where its article's rows do not rebuild them: packed small.

Ingest packs (`compress`), reading and verify unpack (`decompress`).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.records import Article


def compress(data: bytes, article: Article) -> bytes:
    """A file's bytes, deflated against the article's canonical form (zlib, RFC 1950, preset
    dictionary): a file that differs from it only in line ends takes a few dozen bytes."""
    packer = zlib.compressobj(9, zdict=article.canonical()[-32768:])
    return packer.compress(data) + packer.flush()


def decompress(original: bytes, article: Article) -> bytes:
    """The inverse of `compress`; `zlib.error` if it was damaged."""
    unpacker = zlib.decompressobj(zdict=article.canonical()[-32768:])
    return unpacker.decompress(original) + unpacker.flush()
