"""Changing on purpose what an archive holds: removing, relocating, merging; and what to look at
before: which files are gone, which never went in.

What can be said without the database is said here; the engine does the rest.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from archive.address import whole
from archive.errors import ArchiveUnusable, UsageError, quoted
from archive.ingest.choosing import composed
from archive.ingest.files import absolute
from archive.record_class import record
from archive.upkeep.verify import verify

if TYPE_CHECKING:
    from archive.engines.contract import Audit, Engine
    from archive.engines.taking_back import MergeReport, RelocationReport, RemovalReport


@record
class RejectedFile:
    """A file that did not go in, or a `member` of one. Size in bytes and encoding, where they are
    known; times are those of the first and the last run (UTC) that rejected it as it is."""

    path: str
    member: str | None
    line: int | None
    reason: str
    size: int | None
    encoding: str | None
    first_rejected_at: str
    last_rejected_at: str


def remove(
    engine: Engine, addresses: Iterable[str | int], reason: str | None, *, dry_run: bool
) -> RemovalReport:
    """Take whole articles out. `UsageError` for an address of a version or a paragraph."""
    if isinstance(addresses, str):
        addresses = [addresses]
    numbers = []
    with engine.snapshot() as snapshot:
        for address in map(str, addresses):
            place = whole(address, snapshot.articles.with_content)
            if "@" in address:
                raise UsageError(
                    f"{quoted(address)} is a version: only whole articles can be removed,"
                    f" such as {place.article_id}"
                )
            numbers.append(place.article_id)
    if not numbers:
        raise UsageError("name the articles to remove")
    return engine.remove(numbers, reason, dry_run=dry_run)


def relocate(engine: Engine, old: str, new: str, *, dry_run: bool) -> RelocationReport:
    """Give what is known at and below a path its place at and below another."""
    before, now = composed(absolute(old)), composed(absolute(new))
    if before == now:
        raise UsageError(f"{quoted(old)} and {quoted(new)} are the same place")
    return engine.relocate(before, now, dry_run=dry_run)


def merge(engine: Engine, other: Engine, *, dry_run: bool) -> MergeReport:
    """Bring in another archive, which must be sound."""
    problems = verify(other, quick=True).problems
    other.close()
    if problems:
        raise ArchiveUnusable(f"{other.path} is damaged: {problems[0]}")
    return engine.merge(other.path, dry_run=dry_run)


def is_missing(path: str) -> bool:
    """Whether there is no file at a path, in any form that its name may have on the disk."""
    return not (os.path.lexists(path) or os.path.lexists(unicodedata.normalize("NFD", path)))


def rejections(audit: Audit) -> tuple[RejectedFile, ...]:
    """All files that did not go in, by path."""
    moments = {run.id: run.started_at for run in audit.ingests()}
    rows = sorted(audit.rejections(), key=lambda row: (row.path, row.line or 0, row.member or ""))
    return tuple(
        RejectedFile(
            *(row.path, row.member, row.line, row.reason, row.size, row.encoding),
            *(moments[row.first_ingest_id], moments[row.last_ingest_id]),
        )
        for row in rows
    )
