"""A dry run: the store's part played without writing, to say what an ingest would do."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from archive.engines.sqlite.known import (
    is_present,
    look_up_holders,
    look_up_sources,
    look_up_unchanged,
)
from archive.engines.sqlite.store import COUNTED
from archive.ingest.identity import KnownSource, Verdict

if TYPE_CHECKING:
    from archive.records import FoundFile, ParsedFile, Rejection


class Rehearsal:
    """A `Store` that only counts: what a run would do, for `--dry-run`. Reads the archive if there
    is one (`connection`), and keeps the fingerprints of what would be new in memory."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self.counts = dict.fromkeys(COUNTED, 0)
        self._connection = connection
        self._virtual: dict[bytes, int] = {}
        self._holders: dict[bytes, int] = {}
        # Sources that would no longer hold what they held, contents that none would hold, and
        # articles that would have one more file.
        self._left: set[int] = set()
        self._gone: set[bytes] = set()
        self._joined: set[int] = set()

    def unchanged(self, files: Mapping[str, FoundFile]) -> set[str]:
        """As `Store.unchanged`."""
        return look_up_unchanged(self._connection, files) if self._connection is not None else set()

    def known(self, paths: Collection[str]) -> dict[str, KnownSource]:
        """As `Store.known`."""
        return look_up_sources(self._connection, paths) if self._connection is not None else {}

    def hold(self, hashes: Collection[bytes]) -> None:
        """As `Store.hold`."""
        if self._connection is not None:
            self._holders = look_up_holders(self._connection, hashes)

    def holder(self, content_hash: bytes) -> int | None:
        """As `Store.holder`; -1 for an article that the run would make."""
        if content_hash in self._virtual:
            return self._virtual[content_hash]
        return None if content_hash in self._gone else self._holders.get(content_hash)

    def shared(self, known: KnownSource) -> bool:
        """As `Store.shared`."""
        return self._is_present(known.article_id, known.id)

    def _is_present(self, article_id: int, *but: int) -> bool:
        if article_id in self._joined:
            return True
        assert self._connection is not None  # noqa: S101 - a known article comes from a connection
        return is_present(self._connection, article_id, *but, *self._left)

    def refresh(self, file: FoundFile, known: KnownSource) -> None:  # noqa: ARG002 - as Store's
        """As `Store.refresh`."""
        self.counts["unchanged"] += 1

    def apply(self, parsed: ParsedFile, known: KnownSource | None, verdict: Verdict) -> None:
        """Count what `Store.apply` would do."""
        name = verdict.value
        if verdict is Verdict.FURTHER or verdict is Verdict.JOINED:
            holder = self.holder(parsed.content_hash)
            name = "copied"
            if holder is not None and holder > 0:
                if known is None and not self._is_present(holder):
                    name = "moved"
                self._joined.add(holder)
        elif verdict is Verdict.REWRITTEN:
            name = "changed"
        self.counts[name] += 1
        if known is not None and verdict is not Verdict.REWRITTEN:
            self._left.add(known.id)
        if known is not None and verdict is Verdict.CHANGED:
            self._gone.add(known.content_hash)
            self._virtual.pop(known.content_hash, None)
        self._virtual.setdefault(parsed.content_hash, -1)

    def reject(self, rejection: Rejection) -> None:  # noqa: ARG002 - as Store.reject
        """As `Store.reject`."""
        self.counts["rejected"] += 1

    def commit(self) -> None:
        """Nothing to keep."""

    def end(self, *, finished: bool) -> None:
        """Nothing to keep."""

    def abandon(self) -> None:
        """Nothing to undo."""
        self.counts = dict.fromkeys(COUNTED, 0) | {"rejected": self.counts["rejected"]}
