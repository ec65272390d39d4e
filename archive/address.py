"""Addresses: how an article, a version of it or some of its paragraphs are named.

    12        the article      12:7    its seventh paragraph     12:7-9  three of them
    12@1      its first version, 12@1:7 a paragraph of that

The commands read what the user wrote (`parse`, `whole`); records write it back (`str(address)`).
"""

from __future__ import annotations

import re

from archive.errors import NoSuchArticle, UsageError, quoted
from archive.record import record

_WRITTEN = r"([0-9]{1,18})(?:@([0-9]{1,9}))?(?::([0-9]{1,9})(?:-([0-9]{1,9}))?)?"


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


def parse(text: str) -> Address:
    """Reads `12`, `12@1`, `12:7`, `12:7-9`, `12@1:7`; `UsageError` for anything else."""
    found = re.fullmatch(_WRITTEN, text.strip())
    if not found:
        raise UsageError(f"{quoted(text)} names no article: write 12, 12:7, 12:7-9 or 12@1:7")
    article_id, version, first, last = (int(part) if part else None for part in found.groups())
    if first is not None and last is not None and last < first:
        raise UsageError(f"{quoted(text)}: the range ends before it begins")
    return Address(article_id or 0, version, first, last if last is not None else first)


def whole(text: str) -> Address:
    """Reads an address that names no paragraphs: `12`, `12@1`; `UsageError` for anything else."""
    place = parse(text)
    if place.first is not None:
        such = f"name an article, such as {place.article_id}"
        raise UsageError(f"{quoted(text)} is a paragraph: {such}")
    return place
