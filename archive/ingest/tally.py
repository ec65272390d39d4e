"""What a run of ingest counts and keeps for its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from operator import attrgetter
from typing import TypeVar

from archive.incoming import IngestReport, KeptOut, Reassigned, Rejection, Remark

LISTED = 10_000
"""Rejections, and paths given to another story, that a report lists; the tables have them all."""

_Noted = TypeVar("_Noted")

COUNTED = ("new", "changed", "rewritten", "split", "moved", "copied", "unchanged", "rejected")


class Tally:
    """The files of a run, counted by what became of them; of the odd ones, the first."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTED, 0)
        self.passed_over: Counter[str] = Counter()
        self.rejections: list[Rejection] = []
        self.kept_out: list[KeptOut] = []
        self.lacking: Counter[str] = Counter()
        self._still_rejected = 0
        self._remarks: list[Remark] = []
        self._reassigned: list[Reassigned] = []

    def reject(self, files: int, rejection: Rejection | None = None) -> None:
        """Counts files that do not go in; without a rejection, they are the same as before."""
        self.counts["rejected"] += files
        if rejection is None:
            self._still_rejected += files
        elif len(self.rejections) < LISTED:
            self.rejections.append(rejection)

    def remark(self, remark: Remark) -> None:
        """Notes something odd about a file that goes in."""
        if len(self._remarks) < LISTED:
            self._remarks.append(remark)

    def reassign(self, given: Reassigned) -> None:
        """Notes a path that holds another story than before."""
        if len(self._reassigned) < LISTED:
            self._reassigned.append(given)

    def forget(self) -> None:
        """Leaves only what was rejected, where nothing goes in."""
        self.counts = dict.fromkeys(COUNTED, 0) | {"rejected": self.counts["rejected"]}

    def report(
        self, *, relocated: tuple[str, str] | None, seconds: float, dry_run: bool, stopped: bool
    ) -> IngestReport:
        """All of it as a report, lists in order of the paths."""
        return IngestReport(
            **self.counts | {"rejected": self.counts["rejected"] - self._still_rejected},
            **self.passed_over,
            still_rejected=self._still_rejected,
            rejections=_by_path(self.rejections),
            remarks=_by_path(self._remarks),
            reassigned=_by_path(self._reassigned),
            kept_out=_by_path(self.kept_out),
            lacking=tuple(sorted(self.lacking.items())),
            relocated=relocated,
            seconds=seconds,
            dry_run=dry_run,
            stopped=stopped,
        )


def _by_path(found: Iterable[_Noted]) -> tuple[_Noted, ...]:
    return tuple(sorted(found, key=attrgetter("path")))
