"""The records of files on their way in: found, read, parsed, rejected, and what a run made of them.

`ingest/` makes them, the store takes them; `records.py` has what it gives back. All are frozen.
"""

from __future__ import annotations

from typing import Any

from archive.record_class import record
from archive.records import UNSAID, Article, Origin


@record
class FoundFile:
    """A regular file met by the walk: absolute path in NFC, size in bytes, modification time in ns.
    `place` is where it is opened, where that is not `path`: the end of a link, a name in NFD.
    `changed_ns` is the time at which the system last changed it in any way, 0 if not known. Of a
    record in a file of many articles, `member` is its key there, and size is that of its article as
    dated text."""

    path: str
    size: int
    mtime_ns: int
    place: str | None = None
    changed_ns: int = 0
    member: str | None = None

    @property
    def name(self) -> str:
        """The path, with the member behind it where there is one."""
        return self.path if self.member is None else f"{self.path} [{self.member}]"


@record
class Rejection:
    """A file that did not go in, or a `member` of it, and why. `line` counts from 1 where a line is
    at fault. `lasting` says that it will not go in either while it is the same and read in the same
    way; `extra` is the extra of the package that would read it."""

    path: str
    reason: str
    line: int | None = None
    lasting: bool = False
    member: str | None = None
    extra: str | None = None


@record
class Container:
    """A file with many articles, in the format of this name."""

    path: str
    format: str


@record
class Remark:
    """Something about a file that went in and that its owner may not have meant."""

    path: str
    reason: str
    line: int | None = None


@record
class ReadAs:
    """How files are read, which is part of why one is rejected: `reader` is the version of the
    rules (`formats.registry.READERS`), with what was said beyond encoding and size."""

    encoding: str
    max_size: int
    reader: str


@record
class ParsedFile:
    """A file that was read and parsed. `original` holds its bytes where the article's rows do not
    rebuild them (see `Article.canonical`), else None. Hashes are SHA-256, 32 bytes. `folded` are
    the title and the paragraphs as the index has them; None where that is as written, as usual.
    `forms` are the other ways to write words of it (`text.forms`); `remarks` are (line or None,
    what is odd about the file)."""

    file: FoundFile
    article: Article
    file_hash: bytes
    content_hash: bytes
    original: bytes | None
    word_count: int
    folded: tuple[str, ...] | None
    forms: str | None
    remarks: tuple[tuple[int | None, str], ...] = ()
    origin: Origin = UNSAID

    def plain(self) -> tuple[Any, ...]:
        """All but the path in plain tuples: ten times as fast to write and send as records."""
        file, a = self.file, self.article
        article = (a.published_on, a.title, a.paragraphs, a.category, a.byline, a.publication)
        hashes = (self.file_hash, self.content_hash)
        rest = (self.original, self.word_count, self.folded, self.forms, self.remarks)
        o = self.origin
        origin = None if o is UNSAID else (o.url, o.identifier, o.published_at, o.language)
        return (file.size, file.mtime_ns, file.member, article, *hashes, *rest, origin)


def parsed_from_plain(path: str, row: tuple[Any, ...]) -> ParsedFile:
    """The inverse of `ParsedFile.plain`."""
    size, mtime_ns, member, article = row[:4]
    file = FoundFile(path, size, mtime_ns, member=member)
    origin = Origin(*row[-1]) if row[-1] else UNSAID
    return ParsedFile(file, Article(*article), *(*row[4:-1], origin))


@record
class Reassigned:
    """A path that holds another story than before; `article_id` is the one it held."""

    path: str
    article_id: int


@record
class KeptOut:
    """A file with what was taken out of the archive, as article `article_id`: it did not go in."""

    path: str
    article_id: int


@record
class IngestReport:
    """What one ingest did, in files, each member of a file with many articles for itself;
    `rejections` and `remarks` by path, of each the first in order. `rejected` are those that were
    not rejected before, `still_rejected` those that were and are the same. `hidden` (by a dot),
    `temporary` (by their names), `excluded`, `own_copies` (of the archive) and `media` (pictures,
    scripts, folders of saved pages) were passed over. `stopped` says that it was told to end early:
    all that the report counts is stored, the rest is for the next run. `reassigned` are the first
    paths, in order, that now hold another story than before. In no other count are `kept_out`, the
    files with what was taken out of the archive, and `lacking`, (extra of the package, number of
    files that only it can read). `relocated` is a folder that seems to have moved, and where it is
    now."""

    new: int = 0
    changed: int = 0
    rewritten: int = 0
    split: int = 0
    moved: int = 0
    copied: int = 0
    unchanged: int = 0
    hidden: int = 0
    temporary: int = 0
    excluded: int = 0
    own_copies: int = 0
    media: int = 0
    rejections: tuple[Rejection, ...] = ()
    rejected: int = 0
    still_rejected: int = 0
    remarks: tuple[Remark, ...] = ()
    reassigned: tuple[Reassigned, ...] = ()
    kept_out: tuple[KeptOut, ...] = ()
    lacking: tuple[tuple[str, int], ...] = ()
    relocated: tuple[str, str] | None = None
    seconds: float = 0.0
    dry_run: bool = False
    stopped: bool = False

    @property
    def files(self) -> int:
        """All files looked at, whatever became of them."""
        stored = self.new + self.changed + self.rewritten + self.split + self.moved + self.copied
        left_out = self.rejected + self.still_rejected + len(self.kept_out)
        return stored + self.unchanged + left_out + sum(files for _, files in self.lacking)
