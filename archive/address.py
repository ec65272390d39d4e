"""Addresses: how an article, a version of it or some of its paragraphs are named.

    12        the article      12:7    its seventh paragraph     12:7-9  three of them
    12@1      its first version, 12@1:7 a paragraph of that
    hash:1a2b3c4d, hash:1a2b3c4d:7    by the beginning of the fingerprint of its content, which is
                                      the same in every archive

The commands read what the user wrote (`parse`, `whole`); records write it back (`str(address)`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from archive.errors import NoSuchArticle, UsageError, quoted
from archive.record_class import record

_PLACE = r"(?::([0-9]{1,9})(?:-([0-9]{1,9}))?)?"
_WRITTEN = rf"([0-9]{{1,18}})(?:@([0-9]{{1,9}}))?{_PLACE}"
_BY_CONTENT = rf"(?i:hash):([0-9A-Fa-f]{{8,64}}){_PLACE}"

Find = Callable[[str], tuple[int, int | None]]
"""Finds the article and the version that has a content, by the beginning of its fingerprint."""


@record
class Address:
    """An article, perhaps a version of it, perhaps some of its paragraphs (both ends included)."""

    article_id: int
    version: int | None = None
    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        """The address as it is written: `12@1:7-9`."""
        version = "" if self.version is None else f"@{self.version}"
        first = "" if self.first is None else f":{self.first}"
        last = "" if self.last == self.first else f"-{self.last}"
        return f"{self.article_id}{version}{first}{last}"

    def positions(self, count: int) -> range:
        """The positions that the address names in an article of `count` paragraphs, all where it
        names none; `NoSuchArticle` if the article has no such paragraphs."""
        first, last = self.first, self.last
        if first is None or last is None:
            return range(1, count + 1)
        if first == 0 or last > count:
            raise NoSuchArticle(f"article {self.article_id} has paragraphs 1 to {count}")
        return range(first, last + 1)


def parse(text: str, find: Find | None = None) -> Address:
    """Reads `12`, `12@1`, `12:7`, `12:7-9`, `12@1:7`, and with `find` `hash:1a2b3c4d` in place of
    the number; `UsageError` for anything else."""
    by_content = re.fullmatch(_BY_CONTENT, text.strip()) if find else None
    found = by_content or re.fullmatch(_WRITTEN, text.strip())
    if not found:
        raise UsageError(
            f"{quoted(text)} names no article: write 12, 12:7, 12:7-9, 12@1:7 or hash:1a2b3c4d"
        )
    first, last = (int(part) if part else None for part in found.groups()[-2:])
    if first is not None and last is not None and last < first:
        raise UsageError(f"{quoted(text)}: the range ends before it begins")
    if find and by_content:
        article_id, version = find(found[1].lower())
    else:
        article_id, version = int(found[1]), int(found[2]) if found[2] else None
    return Address(article_id, version, first, last if last is not None else first)


def whole(text: str, find: Find | None = None) -> Address:
    """Reads an address that names no paragraphs, such as `12` and `12@1`; `UsageError` for anything
    else."""
    place = parse(text, find)
    if place.first is not None:
        such = f"name an article, such as {place.article_id}"
        raise UsageError(f"{quoted(text)} is a paragraph: {such}")
    return place
