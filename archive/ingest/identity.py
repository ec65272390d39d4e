"""Deciding what a file is to the archive: new, the same, moved, copied, changed, split.

Third step of ingest. Everything here compares fingerprints and knows neither files nor SQL. The
rules, in the order in which they are tried (an article is named by its content, a source by its
path; "backs" means: this article's current version was read from it):

- the path is new:      no article has this content -> NEW; one has -> a further source of it
- the path has the bytes it had: unchanged (`need_not_read`, `same_bytes`)
- the path is known and its content changed
    - to that of an article there is already -> the source JOINS that article
    - nothing else backs the old content     -> CHANGED, a new version of its article
    - something else does                    -> SPLIT, an article of its own
- the content is the same, only bytes differ (line ends, blank lines) -> REWRITTEN
"""

from __future__ import annotations

from enum import Enum

from archive.record import record


class Verdict(Enum):
    """What to do with a file."""

    NEW = "new"
    FURTHER = "further source"
    REWRITTEN = "rewritten"
    CHANGED = "changed"
    SPLIT = "split"
    JOINED = "joined"


@record
class KnownSource:
    """What the archive knows of a path. `revision` is None where the source backs the article's
    current version, else the number of the revision that it holds."""

    id: int
    article_id: int
    revision: int | None
    file_hash: bytes
    content_hash: bytes


def need_not_read(recorded: tuple[int, int], read_at_ns: int, size: int, mtime_ns: int) -> bool:
    """Whether a file's size and modification time prove that it is the one that was read: equal to
    those recorded when its path was read last, in a run that began at `read_at_ns`.

    As in git's index, a time as fresh as the run that recorded it proves nothing: the file may
    have changed again within the clock's grain. Times of whole seconds may come from a file system
    that keeps only every second one (FAT), all others from a kernel tick of a few milliseconds.
    """
    if recorded != (size, mtime_ns):
        return False
    grain_ns = 2_000_000_000 if mtime_ns % 1_000_000_000 == 0 else 20_000_000
    return mtime_ns < read_at_ns - grain_ns


def same_bytes(known: KnownSource | None) -> bytes | None:
    """The fingerprint of the bytes with which a file that is read again is what its source row
    says, so that it need not be parsed (and must not be, under another encoding than the first
    time); None where no bytes prove that."""
    return known.file_hash if known is not None and known.revision is None else None


def decide(
    known: KnownSource | None,
    content_hash: bytes,
    holder: int | None,
    *,
    shared: bool,
) -> Verdict:
    """The verdict on a file that was parsed: its bytes are not those that its path had.

    `known` is what its path was; `holder` the article whose current content it has, if any;
    `shared` whether another source, still present, backs the content that the path had.
    """
    if known is None:
        return Verdict.NEW if holder is None else Verdict.FURTHER
    if known.revision is None and known.content_hash == content_hash:
        return Verdict.REWRITTEN
    if holder is not None:
        return Verdict.JOINED
    return Verdict.SPLIT if shared or known.revision is not None else Verdict.CHANGED
