"""The records that travel between the modules, all frozen; knows none of the modules.

Parsers make an `Article`, the store takes one; search gives `Hit`s. `canonical()` is the one
written form of an article: the plainest dated-text file that holds it. Two things rest on it:

- the content fingerprint is the SHA-256 of that form. It is unambiguous because no field can hold
  a line feed and the header reads back in one way only;
- a source whose bytes equal that form needs no copy of its own: its rows rebuild it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.address import Address
from archive.record_class import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WORD_SHAPE = bytes(ord(" ") if chr(code).isspace() else ord("x") for code in range(256))
"""For each byte of ASCII text, whether it is part of a word (`x`) or white space."""


MANY = 1000
"""Paragraphs of a long article."""

MAX_HEADER = 2000
"""Characters that the header line of a dated text may have."""


@record
class Article:
    """One parsed article: text as written, without line ends. `published_on` is an ISO date."""

    published_on: str
    title: str
    paragraphs: tuple[str, ...]
    category: str | None = None
    byline: str | None = None
    publication: str | None = None

    def canonical(self) -> bytes:
        """The article as a dated-text file: UTF-8, LF, no blank lines. `publication` has no place
        in it."""
        lines = (self._header(), self.title, *self.paragraphs)
        if len(lines) <= MANY:
            return "\n".join((*lines, "")).encode()
        from io import BytesIO  # noqa: PLC0415 - for long articles, which are not held twice

        whole = BytesIO()
        for block in blocks(lines):
            whole.write("\n".join((*block, "")).encode())
        return whole.getvalue()

    def _header(self) -> str:
        byline = f"{self.byline} " if self.byline else ""
        category = f" {self.category}" if self.category else ""
        return f" {byline}date {self.published_on}{category}"

    def trailer(self) -> bytes:
        """What the content fingerprint covers beyond `canonical()`, which two different articles
        can share where there is a publication, or where the header reads back in another way. It
        begins with a NUL, which no dated text has; empty where it is not needed."""
        if self.publication is None and self._reads_back():
            return b""
        fields = (self.byline, self.published_on, self.category, self.publication)
        return ("\0" + "\n".join(field or "" for field in fields)).encode()

    def _reads_back(self) -> bool:
        """Whether the header of `canonical()` gives the same byline, date and category."""
        if len(self._header().strip()) > MAX_HEADER:
            return False
        category = self.category or ""
        if "date" not in category.lower():
            return True
        import re  # noqa: PLC0415 - rare, and a search needs none

        second = r"(?:^|.*\s)date\s+[0-9]{4}-[0-9]{2}-[0-9]{2}(?:\s|$)"
        return re.match(second, category, re.IGNORECASE | re.DOTALL) is None

    def content_hash(self, canonical: bytes | None = None) -> bytes:
        """SHA-256 (32 bytes) of `canonical()`, which may be given, and `trailer()`: equal exactly
        where the content is equal."""
        from hashlib import sha256  # noqa: PLC0415 - a search needs none, and it takes 3 ms

        found = sha256(self.canonical() if canonical is None else canonical)
        found.update(self.trailer())
        return found.digest()

    def word_count(self) -> int:
        """Words in the paragraphs, separated by white space (as `str.split` sees it)."""
        return sum(map(_words, blocks(self.paragraphs)))


def blocks(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """The lines, and of a long article some at a time, so that it is not held again as a whole."""
    for at in range(0, len(lines), MANY):
        yield lines[at : at + MANY]


def _words(lines: Iterable[str]) -> int:
    text = "\n".join(lines)
    if not text.isascii():
        return len(text.split())
    # The same count, four times as fast: the places where a word begins.
    return f" {text}".encode().translate(WORD_SHAPE).count(b" x")


@record
class Origin:
    """What a file says of where its article comes from. `identifier` is an accession number or a
    DOI, `published_at` an ISO time with its offset, `language` a code such as `en`."""

    url: str | None = None
    identifier: str | None = None
    published_at: str | None = None
    language: str | None = None


UNSAID = Origin()


@record
class Passage:
    """A paragraph of an article. `text` is the paragraph as written; `marks` are (start, end)
    character offsets of a search's matches in it, ascending, not overlapping. `version` is None
    for the current one."""

    article_id: int
    position: int
    text: str
    marks: tuple[tuple[int, int], ...] = ()
    version: int | None = None

    @property
    def citation(self) -> str:
        """The address of the paragraph, `12:7`, or `12@1:7` in an earlier version."""
        return str(Address(self.article_id, self.version, self.position, self.position))


@record
class Hit:
    """One article found by a search, with its best paragraphs, best first.

    `score` is higher for better hits and None where nothing was ranked; `partial` says
    that the article lacks some of the words of the query, and `missing` names them; `version` is
    None for the current one. `publication` and `url` are None where no file says them.
    """

    article_id: int
    published_on: str
    category: str | None
    byline: str | None
    title: str
    title_marks: tuple[tuple[int, int], ...]
    score: float | None
    paragraphs: tuple[Passage, ...]
    missing: tuple[str, ...] = ()
    partial: bool = False
    version: int | None = None
    publication: str | None = None
    url: str | None = None

    @property
    def citation(self) -> str:
        """The address of the article, `12`, or `12@1` for an earlier version."""
        return str(Address(self.article_id, self.version))


@record
class Source:
    """A file that backs an article, or a `member` of one: its path and what was read there, times
    in UTC."""

    path: str
    member: str | None
    file_hash: bytes
    size: int
    first_seen_at: str
    last_seen_at: str
    origin: Origin


@record
class Version:
    """One version of an article. `replaced_at` (UTC) is None for the current one; `same_text` says
    that only bytes differ from the version before (line ends, say). `path` is the file it was read
    from, None for a current version that no file holds any more."""

    number: int
    title: str
    path: str | None
    replaced_at: str | None
    same_text: bool


@record
class StoredArticle:
    """An article as the archive holds it; `version` counts from 1, `versions` is the newest.
    `path` is the file that the version was read from, None for a current version that no file
    holds any more."""

    id: int
    version: int
    versions: int
    article: Article
    content_hash: bytes
    sources: tuple[Source, ...]
    path: str | None

    @property
    def origin(self) -> Origin:
        """What its files say of where it comes from; of several that say something, the first."""
        return next((one.origin for one in self.sources if one.origin != UNSAID), UNSAID)

    def passages(self, place: Address) -> tuple[Passage, ...]:
        """The paragraphs at an address of this article; `NoSuchArticle` if it has none there."""
        texts = self.article.paragraphs
        return tuple(
            Passage(self.id, position, texts[position - 1], version=place.version)
            for position in place.positions(len(texts))
        )

    def cite(self, place: Address) -> Citation:
        """The citation of an address of this article; `NoSuchArticle` if it has no such place."""
        place.positions(len(self.article.paragraphs))
        return Citation(
            article_id=self.id,
            version=self.version,
            first=place.first,
            last=place.last,
            published_on=self.article.published_on,
            category=self.article.category,
            byline=self.article.byline,
            title=self.article.title,
            path=self.path,
            content_hash=self.content_hash,
            publication=self.article.publication,
            url=self.origin.url,
            identifier=self.origin.identifier,
        )


@record
class Citation:
    """What a citation in print needs, so that it can be found and checked again.

    The version is always named, for a citation must stay true when the article gets a new one;
    `first` and `last` are the cited paragraphs, None for the whole article. `path` is the file that
    the version was read from, None where no file holds a current version any more. `publication`,
    `url` and `identifier` (accession number or DOI) are None where no file says them."""

    article_id: int
    version: int
    first: int | None
    last: int | None
    published_on: str
    category: str | None
    byline: str | None
    title: str
    path: str | None
    content_hash: bytes
    publication: str | None = None
    url: str | None = None
    identifier: str | None = None

    @property
    def address(self) -> str:
        """The permanent address: `12@1`, `12@1:7` or `12@1:7-9`."""
        return str(Address(self.article_id, self.version, self.first, self.last))
