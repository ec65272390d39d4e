"""Bringing another archive in: its articles, versions, sources, runs and tombstones.

All in one transaction, article by article. An article is known here if any of its texts is. Then
its other versions are added to the one here, behind those that it has, so that no citation comes to
mean another text; where the archive here has only a version that was replaced there, the newer one
is current from now on. An article that is not known keeps its number, or gets a new one.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.engines.rows import RevisionRow
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import index, pieces
from archive.engines.sqlite.here import Here, one_of, rows_of
from archive.engines.sqlite.replaced import Keeping
from archive.engines.taking_back import KeptPath, MergeReport

_HASHES = """
    SELECT content_hash FROM articles WHERE id = ?1 UNION
    SELECT content_hash FROM revisions WHERE article_id = ?1"""


def merge(
    ours: sqlite3.Connection, theirs: sqlite3.Connection, now: str, *, dry_run: bool
) -> MergeReport:
    """Brings all that another archive holds into this one."""
    ours.execute("BEGIN IMMEDIATE")
    merging = _Merging(ours, theirs, now)
    merging.runs()
    for (article_id,) in theirs.execute("SELECT id FROM articles ORDER BY id").fetchall():
        merging.article(article_id)
    merging.tombstones()
    merging.rejections_and_roots()
    report = merging.report(dry_run=dry_run)
    if dry_run:
        ours.rollback()
    else:
        ours.commit()
    return report


class _Merging:
    """The state of a merge: what came so far."""

    def __init__(self, ours: sqlite3.Connection, theirs: sqlite3.Connection, now: str) -> None:
        self._ours, self._theirs, self._now = ours, theirs, now
        self._here = Here(ours, theirs)
        self._keeping = Keeping(ours, now)
        self._runs: dict[int, int] = {}
        self._new_runs: set[str] = set()
        self._articles = self._versions = self._sources = self._removals = 0
        self._renumbered: list[tuple[int, int]] = []
        self._kept: list[KeptPath] = []
        self._withheld: list[int] = []
        self._removed_there: set[int] = set()

    def report(self, *, dry_run: bool) -> MergeReport:
        """What came, and what did not."""
        return MergeReport(
            articles=self._articles,
            versions=self._versions,
            sources=self._sources,
            removals=self._removals,
            runs=len(self._new_runs),
            renumbered=tuple(self._renumbered),
            kept=tuple(sorted(self._kept, key=lambda kept: kept.path)),
            withheld=tuple(self._withheld),
            removed_there=tuple(sorted(self._removed_there)),
            dry_run=dry_run,
        )

    def runs(self) -> None:
        """The runs of ingest, told apart by their moments, and one that stands for the merge."""
        for run in rows_of(self._theirs, "SELECT * FROM ingests ORDER BY id"):
            number = run.pop("id")
            known = self._here.value(
                "SELECT id FROM ingests WHERE started_at = ?", run["started_at"]
            )
            if known is None:
                known = self._here.insert("ingests", run)
                self._new_runs.add(run["started_at"])
            self._runs[number] = known
        counts = [
            row[1] for row in self._ours.execute("PRAGMA table_info(ingests)") if row[1] != "id"
        ]
        mine = dict.fromkeys(counts, 0) | {"started_at": self._now, "finished_at": self._now}
        self._here.insert("ingests", mine)

    def article(self, number: int) -> None:
        """An article with its versions and sources."""
        row = one_of(self._theirs, "SELECT * FROM articles WHERE id = ?", number)
        hashes = [content for (content,) in self._theirs.execute(_HASHES, (number,))]
        if any(map(self._here.is_removed, hashes)):
            self._withheld.append(number)
            self._recount(row["added_at"], "rejected")
            return
        known = self._known(row["content_hash"], hashes)
        if known is None:
            self._bring(row)
        else:
            self._recount(row["added_at"], "copied")
            self._add_versions(row, known)
        sources = "SELECT * FROM sources WHERE article_id = ? ORDER BY id"
        for source in rows_of(self._theirs, sources, number):
            self._source(source, row["content_hash"])

    def _known(self, current: bytes, hashes: list[bytes]) -> int | None:
        """The article here that has the current text, or else another one, of one there."""
        for content in sorted(hashes, key=lambda content: content != current):
            found = self._here.holder(content)
            if found is not None:
                return found
        return None

    def _bring(self, row: dict[str, Any]) -> None:
        """An article that nobody knows here, with its versions as they are."""
        number = there = row["id"]
        if self._here.has_number(there):
            number = self._here.new_number()
            self._renumbered.append((there, number))
        self._here.insert("articles", row | {"id": number})
        self._write_text(there, number)
        revisions = "SELECT * FROM revisions WHERE article_id = ? ORDER BY number"
        for revision in rows_of(self._theirs, revisions, there):
            self._here.insert("revisions", revision | {"article_id": number})
        self._articles += 1

    def _write_text(self, there: int, number: int) -> None:
        for paragraph in rows_of(
            self._theirs, "SELECT * FROM paragraphs WHERE article_id = ?", there
        ):
            self._here.insert("paragraphs", paragraph | {"article_id": number})
        index.enter(self._ours, number)

    def _add_versions(self, row: dict[str, Any], known: int) -> None:
        """The versions of a known article that are not here: behind those that are."""
        old = self._here.value("SELECT content_hash FROM articles WHERE id = ?", known)
        missing = [
            revision
            for revision in rows_of(
                self._theirs,
                "SELECT r.*, t.text AS text FROM revisions AS r"
                " JOIN revision_text AS t USING (article_id, number)"
                " WHERE r.article_id = ? ORDER BY number",
                row["id"],
            )
            if self._lacks(revision, known)
        ]
        newer = self._here.holder(row["content_hash"]) is None
        if not missing and not newer:
            return
        follows = (
            newer
            and self._theirs.execute(
                "SELECT 1 FROM revisions WHERE article_id = ? AND content_hash = ?",
                (row["id"], old),
            ).fetchone()
        )
        if newer and not follows:
            missing.append(self._current_as_revision(row))
        self._keeping.current(known)
        for revision in missing:
            last = self._here.value("SELECT max(number) FROM revisions WHERE article_id = ?", known)
            self._here.insert("revisions", revision | {"article_id": known, "number": last + 1})
        self._versions += len(missing)
        if follows:
            self._replace(row, known)
            self._versions += 1
        else:  # the text here stays the current one
            self._ours.execute(
                "UPDATE sources SET revision = NULL WHERE article_id = ?1 AND revision IN"
                " (SELECT number FROM revisions WHERE article_id = ?1 AND content_hash = ?2)",
                (known, old),
            )

    def _replace(self, row: dict[str, Any], known: int) -> None:
        """The current version there becomes that of an article here, whose own was kept."""
        sqlite.unindex(self._ours, known)
        self._ours.execute("DELETE FROM paragraphs WHERE article_id = ?", (known,))
        values = {name: value for name, value in row.items() if name not in ("id", "added_at")}
        assignments = ", ".join(f"{name} = ?" for name in values)
        self._ours.execute(
            f"UPDATE articles SET {assignments} WHERE id = ?", (*values.values(), known)
        )
        self._write_text(row["id"], known)

    def _current_as_revision(self, row: dict[str, Any]) -> dict[str, Any]:
        """The current version of an article there as a version that was replaced by the merge."""
        held = one_of(
            self._theirs,
            "SELECT path, file_hash, size, mtime_ns, original FROM sources"
            " WHERE article_id = ?1 AND revision IS NULL UNION ALL"
            " SELECT path, file_hash, size, mtime_ns, original FROM revisions"
            " WHERE article_id = ?1 AND content_hash = ?2 LIMIT 1",
            *(row["id"], row["content_hash"]),
        )
        (text,) = self._theirs.execute(
            "SELECT body FROM article_text WHERE id = ?", (row["id"],)
        ).fetchone()
        same = {name: row[name] for name in RevisionRow._fields if name in row}
        return {**same, **held, "text": text, "replaced_at": self._now}

    def _source(self, source: dict[str, Any], current: bytes) -> None:
        """A source, as one of the version here that has its text."""
        content = current
        if source["revision"] is not None:
            (content,) = self._theirs.execute(
                "SELECT content_hash FROM revisions WHERE article_id = ? AND number = ?",
                (source["article_id"], source["revision"]),
            ).fetchone()
        article_id = self._here.value("SELECT id FROM articles WHERE content_hash = ?", content)
        number = None
        if article_id is None:
            article_id, number = self._ours.execute(
                "SELECT article_id, number FROM revisions WHERE content_hash = ?"
                " ORDER BY file_hash = ? DESC, number DESC LIMIT 1",
                (content, source["file_hash"]),
            ).fetchone()
        where, place = sqlite.at_place(source["path"], source["member"])
        at = self._ours.execute(
            f"SELECT article_id, file_hash, revision, id FROM sources WHERE {where}", place
        ).fetchone()
        if at is None:
            values = source | {"article_id": article_id, "revision": number}
            del values["id"]
            if source["first_seen_at"] not in self._new_runs:  # a run that both had
                values["first_seen_at"] = self._now
                self._ours.execute(
                    "UPDATE ingests SET copied = copied + 1 WHERE started_at = ?", (self._now,)
                )
            self._here.insert("sources", values)
            self._sources += 1
        elif at[0] == article_id and at[2] is not None and number is None:
            self._bring_up_to_date(at[3], source)
        elif at[1] != source["file_hash"] or at[0] != article_id:
            self._kept.append(KeptPath(source["path"], at[0]))
            self._keep_bytes(source, article_id, number)

    def _bring_up_to_date(self, here: int, source: dict[str, Any]) -> None:
        """A path that holds an earlier version here, and there the current one of that article."""
        columns = ("file_hash", "size", "mtime_ns", "original", "last_seen_at", "gone_at")
        self._ours.execute(
            f"UPDATE sources SET revision = NULL, {', '.join(f'{name} = ?' for name in columns)}"
            " WHERE id = ?",
            (*(source[name] for name in columns), here),
        )
        self._sources += 1

    def _keep_bytes(self, source: dict[str, Any], article_id: int, number: int | None) -> None:
        """What a source holds whose path stays another's, if these bytes stand nowhere here."""
        if number is not None or self._here.has_bytes(article_id, source["file_hash"]):
            return  # those of a replaced version came with it
        row = one_of(self._ours, "SELECT * FROM articles WHERE id = ?", article_id)
        last = self._here.value(
            "SELECT max(number) FROM revisions WHERE article_id = ?", article_id
        )
        values = {name: row[name] for name in RevisionRow._fields if name in row}
        values |= {name: source[name] for name in RevisionRow._fields if name in source}
        values |= {"article_id": article_id, "number": (last or 0) + 1}
        values |= {"text": None, "replaced_at": self._now}
        self._here.insert("revisions", values)

    def tombstones(self) -> None:
        """What was removed there: it is kept out here too, unless it is here."""
        numbers: dict[int, int] = {}
        rows = rows_of(self._theirs, "SELECT * FROM removals ORDER BY article_id")
        spent: dict[int, bool] = {}
        for row in rows:
            there, content = row["article_id"], row["content_hash"]
            here = self._here.holder(content)
            if here is not None:
                self._removed_there.add(here)
            if here is not None or self._here.is_removed(content):
                spent.setdefault(there, False)
                continue
            spent[there] = True
            if there not in numbers:
                taken = self._here.has_number(there)
                numbers[there] = self._here.new_number() if taken else there
            self._here.insert("removals", row | {"article_id": numbers[there]})
            self._removals += 1
        for is_spent in spent.values():
            if not is_spent:
                self._recount(self._run_with_more(), "copied")

    def rejections_and_roots(self) -> None:
        """Files that did not go in, and what ingest was given; what is known here stays."""
        for row in rows_of(self._theirs, "SELECT * FROM rejections ORDER BY id"):
            del row["id"]
            for name in ("first_ingest_id", "last_ingest_id"):
                row[name] = self._runs[row[name]]
            if not self._here.value(
                "SELECT 1 FROM rejections WHERE path = ?1 AND member IS ?2 UNION ALL"
                " SELECT 1 FROM sources WHERE path = ?1 AND member IS ?2 LIMIT 1",
                *(row["path"], row["member"]),
            ):
                self._here.insert("rejections", row)
        pieces.bring(self._ours, self._theirs, self._now, self._withheld)
        for row in rows_of(self._theirs, "SELECT * FROM roots ORDER BY path"):
            row["last_ingest_id"] = self._runs[row["last_ingest_id"]]
            if not self._here.value("SELECT 1 FROM roots WHERE path = ?", row["path"]):
                self._here.insert("roots", row)

    def _recount(self, moment: str, name: str) -> None:
        """Of a run that came along, a file that became no new article here counts by what became of
        it, as it would have if the run had been one of this archive."""
        if moment in self._new_runs:
            self._ours.execute(
                f"UPDATE ingests SET {name} = {name} + 1, new = new - (new > 0),"
                " split = split - (new = 0) WHERE started_at = ? AND new + split > 0",
                (moment,),
            )

    def _lacks(self, revision: dict[str, Any], known: int) -> bool:
        """Whether a version there has a text, or of the article here bytes, that are not here."""
        holder = self._here.holder(revision["content_hash"])
        return holder is None or (
            holder == known and not self._here.has_bytes(known, revision["file_hash"])
        )

    def _run_with_more(self) -> str:
        """A run that came along and counts more new articles than are here of it."""
        rows = self._ours.execute(
            "SELECT started_at FROM ingests AS i WHERE new + split >"
            " (SELECT count(*) FROM articles WHERE added_at = i.started_at) ORDER BY id DESC"
        )
        return next((moment for (moment,) in rows if moment in self._new_runs), "")
