"""What the commands that work on a whole archive report: ingest, export, stats, verify, doctor."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from archive.errors import counted, in_bytes
from archive.render import grouped
from archive.render.screen import Plain, inert, screen

if TYPE_CHECKING:
    from archive.engines.contract import Finding, Stats
    from archive.incoming import IngestReport, KeptOut, Reassigned
    from archive.upkeep.export import ExportReport
    from archive.upkeep.verify import VerifyReport

_MOST_CATEGORIES = 20
_EXAMPLES = 3


def say(line: str) -> None:
    """Writes one inert line of a report."""
    Plain().line((line, ""))


def warn(line: str) -> None:
    """Writes one inert line on standard error."""
    sys.stderr.write(inert(line).replace("\n", "\\n") + "\n")


def show_ingest(report: IngestReport, *, strict: bool) -> None:
    """Says on standard error what was rejected and what is odd, then sums up the run."""
    lines = [*grouped.by_reason(report.rejections)]
    if report.rejected > len(report.rejections):
        lines.append(f"  ... and {report.rejected - len(report.rejections):,} more")
    for line in lines:
        warn(line)
    if any(line.startswith("  ...") for line in lines):
        warn("'archive rejections' lists all files that do not go in")
    for line in grouped.by_reason(report.remarks):
        warn(f"warning: {line}" if not line.startswith(" ") else line)
    _show_places(report)
    if report.kept_out:
        warn(f"kept out, since it was removed: {_examples(report.kept_out, 'removed as article')}")
    for extra, files in report.lacking:
        said = counted(files, "file needs an extra", "files need an extra")
        warn(f"{said}: pip install 'article-archive[{extra}]'")
    shown = [f"{getattr(report, name):,} {said}" for name, said in _COUNTS if getattr(report, name)]
    if report.kept_out:
        shown.append(f"{len(report.kept_out):,} kept out")
    rate = report.files / report.seconds if report.seconds else 0
    prefix = "would be: " if report.dry_run else ""
    if strict and report.rejected:
        prefix = "nothing stored (--strict): "
    say(f"{prefix}{', '.join(shown) or 'no files'}  ({report.seconds:.1f} s, {rate:,.0f} files/s)")


_COUNTS = (
    *((name, name) for name in (
        "new", "changed", "rewritten", "split", "moved", "copied", "unchanged", "rejected"
    )),
    ("still_rejected", "still rejected"),
    ("hidden", "hidden passed over"),
    ("temporary", "temporary passed over"),
    ("excluded", "excluded"),
    ("own_copies", "own copies passed over"),
    ("media", "pictures and the like passed over"),
)  # fmt: skip


def _show_places(report: IngestReport) -> None:
    """Says which paths came to another story, and which folder seems to have moved."""
    if report.reassigned:
        paths = counted(len(report.reassigned), "path")
        given = _examples(report.reassigned, "held article")
        warn(f"another story than before at {paths}: {given}")
    if report.relocated:
        old, new = report.relocated
        command = f"archive relocate {shlex.quote(old)} {shlex.quote(new)}"
        warn(f"most of {old} is now at {new}: '{command}' says that the folder has moved")


def _examples(files: Sequence[Reassigned | KeptOut], how: str) -> str:
    """The first few of some files, each with its article."""
    first = "; ".join(f"{file.path} {how} {file.article_id}" for file in files[:_EXAMPLES])
    return first + (" ..." if len(files) > _EXAMPLES else "")


def show_export(report: ExportReport) -> None:
    """Says on standard error what could not be written, then how much was."""
    for problem in report.problems:
        warn(problem)
    say(f"{counted(report.files, 'file')}, {in_bytes(report.size)}")


def show_stats(stats: Stats) -> None:
    """Shows the figures of an archive, and its largest categories."""
    out = screen()
    share = stats.index_size / stats.size if stats.size else 0
    rows = [
        ("articles", f"{stats.articles:,}"),
        ("paragraphs", f"{stats.paragraphs:,}"),
        ("words", f"{stats.words:,}"),
        ("sources", f"{stats.sources:,}"),
        ("old versions", f"{stats.revisions:,}"),
        ("dates", f"{stats.first_date} to {stats.last_date}" if stats.first_date else "none"),
        ("file", f"{in_bytes(stats.size)}, {share:.0%} of it index"),
        ("sources' bytes", in_bytes(stats.text_size)),
    ]
    for name, value in rows:
        out.line((f"{name:<15}", "dim"), (value, ""))
    for category, count in stats.categories[:_MOST_CATEGORIES]:
        out.line((f"{count:>12,}  ", ""), (category or "(no category)", "category"))
    further = len(stats.categories) - _MOST_CATEGORIES
    if further > 0:
        noun = counted(further, "further category", "further categories")
        out.line((f"{'':>12}  {noun}", "dim"))


def show_verification(report: VerifyReport) -> None:
    """Shows what is wrong, then what was checked."""
    for problem in report.problems:
        say(problem)
    checked = (
        counted(report.articles, "article"),
        counted(report.paragraphs, "paragraph"),
        counted(report.sources, "source"),
        counted(report.revisions, "old version"),
    )
    verdict = "DAMAGED" if report.problems else "all as stored"
    note = " (index not read against its text)" if report.quick else ""
    say(f"{', '.join(checked)}: {verdict}{note}")


def show_findings(findings: Iterable[Finding]) -> None:
    """Shows each finding, and below it what to do."""
    for finding in findings:
        say(f"{finding.name:<15} {finding.found}")
        if finding.advice:
            say(f"{'':<15} ! {finding.advice}")
