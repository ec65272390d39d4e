"""The part of the contract that concerns what is changed on purpose: taking articles out, telling
that a folder has moved, bringing another archive in (`contract.py` has the rest).

The reports of an engine are made of these records, in a dry run as well; and what to look at
before: which files are known.
"""

from __future__ import annotations

from archive.record_class import record


@record
class Removed:
    """An article that was taken out, as it was; `paths` are the files that it was read from, and
    `containers` those of them that hold many articles, whose bytes go with it."""

    article_id: int
    published_on: str
    title: str
    versions: int
    paths: tuple[str, ...]
    containers: tuple[str, ...] = ()


@record
class RemovalReport:
    """What was taken out. `unfinished` says why its bytes could not be purged yet, None if they
    are. `tables` of the user's in the archive and `copies`, which are known backups and archives
    beside it, may hold the articles still: they are not ours to purge."""

    articles: tuple[Removed, ...]
    unfinished: str | None
    tables: tuple[str, ...]
    copies: tuple[str, ...]
    dry_run: bool


@record
class RestoreReport:
    """What a restore did: `replaced` is where the archive that was there lies now, None if there
    was none; `withheld` are the articles of the copy that were removed here, which it lost."""

    replaced: str | None
    withheld: tuple[int, ...]


@record
class KeptPath:
    """A path that stays as it is, since another source holds the one that it would get; its
    article in this archive."""

    path: str
    article_id: int


@record
class RelocationReport:
    """What a relocation did: sources that are at the new place now, those of them that were known
    there already, and those that stay, since another story is known at their new path."""

    old: str
    new: str
    moved: int
    joined: int
    kept: tuple[KeptPath, ...]
    dry_run: bool


@record
class MergeReport:
    """What a merge brought: `articles` that were not known, `versions` of articles that were,
    `sources`, `removals` (tombstones) and `runs`. `renumbered` are (number there, number here) of
    new articles whose number was taken. `kept` are paths that both archives know, with different
    content: they stay as they are here. `withheld` are articles of the other archive that were
    removed here; `removed_there` are articles of this one that were removed there."""

    articles: int
    versions: int
    sources: int
    removals: int
    runs: int
    renumbered: tuple[tuple[int, int], ...]
    kept: tuple[KeptPath, ...]
    withheld: tuple[int, ...]
    removed_there: tuple[int, ...]
    dry_run: bool


@record
class SourceFile:
    """A file that was read; `version` is None where it holds the current one. Times in UTC;
    `gone_at` is that of the run that found it gone."""

    path: str
    member: str | None
    article_id: int
    version: int | None
    size: int
    first_seen_at: str
    last_seen_at: str
    gone_at: str | None
    url: str | None
    identifier: str | None
