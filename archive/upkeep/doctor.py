"""What state an archive and its surroundings are in, and what to do about it: `archive doctor`.

Says which versions there are, how large the archive is and whether its last run ended. The engine
adds what it finds about its files and locks (`Engine.condition`). Reads little and changes nothing,
and says something even where the archive cannot be opened; `verify` is what reads all of it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive.engines.contract import Finding
from archive.errors import ArchiveError, ArchiveMissing, ArchiveOutdated, counted, in_bytes

if TYPE_CHECKING:
    from archive.engines.contract import Engine, Snapshot


def examine(engine: Engine) -> tuple[Finding, ...]:
    """All findings about an archive; none of them is raised as an error."""
    from archive import __version__  # noqa: PLC0415 - reads the installed package's data

    return (
        Finding("program", f"archive {__version__}, schema {engine.schema}"),
        Finding("Python", platform.python_version()),
        *engine.condition(),
        *_inside(engine),
    )


def _inside(engine: Engine) -> list[Finding]:
    try:
        revision = engine.revision()
        if revision != engine.schema:
            return [Finding("schema", revision, "run 'archive upgrade' (makes a backup)")]
        with engine.snapshot() as snapshot:
            return [Finding("schema", revision), *_figures(snapshot)]
    except ArchiveMissing:
        return []
    except ArchiveOutdated as error:
        return [Finding("schema", "of a newer program", str(error))]
    except ArchiveError as error:
        return [Finding("archive", "cannot be opened", str(error))]


def _figures(snapshot: Snapshot) -> Iterator[Finding]:
    figures = snapshot.tables.figures()
    share = figures.index_size / figures.size if figures.size else 0
    size, text = in_bytes(figures.size), in_bytes(figures.text_size)
    files = counted(figures.sources, "file")
    yield Finding("articles", f"{figures.articles:,}, from {files}")
    yield Finding("size", f"{size}, {share:.0%} of it index; text {text}")
    yield from snapshot.tables.findings()
    for run in list(snapshot.audit.ingests())[-1:]:
        advice = None if run.finished_at else "it did not finish: run ingest again"
        yield Finding("last ingest", run.started_at, advice)
