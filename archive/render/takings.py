"""What the commands report that take articles out or bring archives in: remove, relocate, merge,
rejections."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from archive.errors import counted
from archive.render.reports import say, warn

if TYPE_CHECKING:
    from archive.engines.taking_back import KeptPath, MergeReport, RelocationReport, RemovalReport
    from archive.upkeep.taking_back import RejectedFile


def describe_removal(report: RemovalReport) -> None:
    """Says on standard error which articles would go."""
    for line in _articles(report):
        warn(line)
    sys.stderr.flush()


def show_removal(report: RemovalReport) -> None:
    """Shows which articles went, then what is not the archive's to purge."""
    for line in _articles(report):
        say(line)
    if report.unfinished:
        warn(
            f"removed, but their bytes are still in the file ({report.unfinished}):"
            " the next command that writes purges them"
        )
    held = sorted({path for article in report.articles for path in article.containers})
    if held:
        kept = "would no longer be kept" if report.dry_run else "are no longer kept"
        warn(f"the bytes of {', '.join(held)} {kept}, for they hold it; the other articles stay")
    if report.tables:
        warn(f"not searched, since they are yours: the tables {', '.join(report.tables)}")
    if report.copies:
        warn(f"may hold them still: {', '.join(report.copies)}; and so may other backups")
    articles = counted(len(report.articles), "article")
    say(f"would be removed: {articles}" if report.dry_run else f"{articles} removed")


def _articles(report: RemovalReport) -> list[str]:
    return [
        f"{article.article_id}  {article.published_on}  {article.title}"
        f"  ({counted(article.versions, 'version')}, {counted(len(article.paths), 'path')})"
        for article in report.articles
    ]


def show_relocation(report: RelocationReport) -> None:
    """Shows what stays, then how much moved."""
    _show_kept("another story is known there, so this one's source stays where it was", report.kept)
    joined = f", {report.joined:,} of them known there already" if report.joined else ""
    say(f"{_would(report)}{counted(report.moved, 'source')} at {report.new}{joined}")


def show_merge(report: MergeReport) -> None:
    """Shows what did not come as it was, then how much came."""
    _show_kept("known here with other content, stays", report.kept)
    for there, here in report.renumbered:
        say(f"article {there} there is {here} here")
    show_withheld(report.withheld)
    for number in report.removed_there:
        warn(f"article {number} here was removed there: 'archive remove {number}' takes it out")
    came = (
        counted(report.articles, "article"),
        counted(report.versions, "version"),
        counted(report.sources, "source"),
        counted(report.runs, "run"),
        counted(report.removals, "removal"),
    )
    say(f"{_would(report)}{', '.join(came)}")


def show_withheld(numbers: Iterable[int]) -> None:
    """Says which articles of another archive stay out, since they were removed from this one."""
    for number in numbers:
        warn(f"article {number} there was removed here: kept out")


def show_rejections(files: Sequence[RejectedFile]) -> None:
    """Shows each file that did not go in, and why."""
    for file in files:
        place = f"{file.path}:{file.line}" if file.line else file.path
        say(f"{place}: {file.reason}")


def _would(report: RelocationReport | MergeReport) -> str:
    return "would be: " if report.dry_run else ""


def _show_kept(why: str, kept: Sequence[KeptPath]) -> None:
    for one in kept:
        warn(f"{one.path} (article {one.article_id}): {why}")
