"""Storing: parsed files and their verdicts -> rows and index entries, batch by batch.

Fifth step of ingest. One `Store` lives as long as one run. `known`, `holders` and `shared` answer
what `identity.decide` asks; `apply` carries a verdict out. All that belongs to one article (its
rows, its index entry, its source, the run's counts) is in one transaction, and `commit` ends one.

New articles are collected and written in bulk; everything else is rare and written at once, after
what was collected.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import sqlite as sqlite_dialect

from archive import schema
from archive.engines import sqlite
from archive.folding import fold
from archive.identity import KnownSource, Verdict
from archive.lookup import A, R, S, is_present, look_up_holders, look_up_sources, utc_text

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from archive.article import Article, FoundFile, ParsedFile, Rejection

P = schema.paragraphs

COUNTED = ("new", "changed", "split", "moved", "copied", "unchanged", "rejected")


def _insert(table: Table) -> str:
    """The table's INSERT with one `?` a column, for rows of plain tuples."""
    return str(insert(table).compile(dialect=sqlite_dialect.dialect(paramstyle="qmark")))


_INSERT_ARTICLE, _INSERT_PARAGRAPH, _INSERT_SOURCE = _insert(A), _insert(P), _insert(S)

_REFRESH = (
    update(S)
    .where(S.c.id == bindparam("source"))
    .values(size=bindparam("size"), mtime_ns=bindparam("mtime"), last_seen_at=bindparam("seen"))
)


class Store:
    """The writing side of one run of ingest. `counts` are the files so far, by `COUNTED` name."""

    def __init__(self, connection: Connection, started_ns: int) -> None:
        self.counts = dict.fromkeys(COUNTED, 0)
        self._connection = connection
        self._now = utc_text(started_ns)
        self._run: int | None = None
        self._rejections: list[Rejection] = []
        self._new: list[tuple[int, Article, bytes]] = []
        self._new_sources: list[tuple[Any, ...]] = []
        self._refreshed: list[dict[str, Any]] = []
        self._holders: dict[bytes, int] = {}
        self._transaction = connection.begin()
        self._next_article = self._after(A)
        self._next_source = self._after(S)

    def _after(self, table: Table) -> int:
        highest = self._connection.scalar(select(func.max(table.c.id)))
        return (highest or 0) + 1

    def known(self, paths: Iterable[str]) -> dict[str, KnownSource]:
        """What the archive knows of these paths."""
        self._flush()
        return look_up_sources(self._connection, paths)

    def hold(self, hashes: Iterable[bytes]) -> None:
        """Make `holder` ready for these content fingerprints."""
        self._flush()
        self._holders = look_up_holders(self._connection, hashes)

    def holder(self, content_hash: bytes) -> int | None:
        """The article whose current content has this fingerprint, the latest change included."""
        return self._holders.get(content_hash)

    def shared(self, known: KnownSource) -> bool:
        """Whether another file, still present, backs the current version of the same article."""
        self._flush()
        return is_present(self._connection, known.article_id, known.id)

    def apply(self, parsed: ParsedFile, known: KnownSource | None, verdict: Verdict) -> None:
        """Carry out a verdict."""
        if known is None:
            name = self._add(parsed, verdict)
        else:
            self._flush()
            name = self._replace(parsed, known, verdict)
        self.counts[name] += 1

    def refresh(self, file: FoundFile, known: KnownSource) -> None:
        """The same bytes, read again: remember when, and the time the file has now."""
        self._refreshed.append(
            {"source": known.id, "size": file.size, "mtime": file.mtime_ns, "seen": self._now}
        )
        self.counts["unchanged"] += 1

    def reject(self, rejection: Rejection) -> None:
        """Record a file that did not go in."""
        self._rejections.append(rejection)
        self.counts["rejected"] += 1

    def commit(self) -> None:
        """Make all so far durable, the run's counts with it."""
        self.end(finished=False)
        self._transaction = self._connection.begin()

    def end(self, *, finished: bool) -> None:
        """As `commit`, for the last time; `finished` if the run saw all its files."""
        self._flush()
        self._record(finished=finished)
        self._transaction.commit()

    def abandon(self) -> None:
        """Undo everything since the last commit, but keep what was rejected for the record."""
        self._transaction.rollback()
        self._new, self._new_sources, self._refreshed = [], [], []
        self.counts = dict.fromkeys(COUNTED, 0) | {"rejected": len(self._rejections)}
        self._transaction = self._connection.begin()

    def _add(self, parsed: ParsedFile, verdict: Verdict) -> str:
        if verdict is Verdict.NEW:
            self._add_source(parsed, self._add_article(parsed))
            return "new"
        article_id = self._holders[parsed.content_hash]
        self._flush()
        name = "copied" if is_present(self._connection, article_id) else "moved"
        self._add_source(parsed, article_id)
        return name

    def _add_article(self, parsed: ParsedFile) -> int:
        article_id = self._next_article
        self._next_article += 1
        self._new.append((article_id, parsed.article, parsed.content_hash))
        self._holders[parsed.content_hash] = article_id
        return article_id

    def _add_source(self, parsed: ParsedFile, article_id: int) -> None:
        file = parsed.file
        self._new_sources.append(
            (
                *(self._next_source, article_id, None, file.path, parsed.file_hash),
                *(file.size, file.mtime_ns, parsed.original, self._now, self._now),
            )
        )
        self._next_source += 1

    def _replace(self, parsed: ParsedFile, known: KnownSource, verdict: Verdict) -> str:
        """A known path whose bytes changed: keep what it was, then let it be what it is."""
        article_id = known.article_id
        if verdict is Verdict.CHANGED:
            self._new_version(parsed, known)
        else:
            if not self._kept_elsewhere(known):
                self._keep(known)
            if verdict is Verdict.SPLIT:
                article_id = self._add_article(parsed)
                self._flush()
            elif verdict is Verdict.JOINED:
                article_id = self._holders[parsed.content_hash]
        self._connection.execute(
            update(S)
            .where(S.c.id == known.id)
            .values(
                article_id=article_id,
                revision=None,
                file_hash=parsed.file_hash,
                size=parsed.file.size,
                mtime_ns=parsed.file.mtime_ns,
                original=parsed.original,
                last_seen_at=self._now,
            )
        )
        return {Verdict.SPLIT: "split", Verdict.JOINED: "copied"}.get(verdict, "changed")

    def _new_version(self, parsed: ParsedFile, known: KnownSource) -> None:
        article_id, article = known.article_id, parsed.article
        # Sources whose files are gone still hold the old version, and say so; bytes of their own
        # are kept now, so that no number given later can come to mean another text.
        others = select(S.c.id, S.c.file_hash).where(
            S.c.article_id == article_id, S.c.revision.is_(None), S.c.id != known.id
        )
        gone = [
            replace(known, id=row.id, file_hash=row.file_hash)
            for row in self._connection.execute(others)
        ]
        numbers = {
            source.id: self._revision_with(source)
            for source in gone
            if source.file_hash != known.file_hash
        }
        last = self._keep(known)
        for source in gone:
            number = numbers.get(source.id, last)
            self._connection.execute(update(S).where(S.c.id == source.id).values(revision=number))
        sqlite.unindex(self._connection, article_id)
        self._connection.execute(P.delete().where(P.c.article_id == article_id))
        names = [column.name for column in A.columns]
        values = dict(
            zip(names, self._article_row(article_id, article, parsed.content_hash), strict=True)
        )
        del values["id"], values["added_at"]
        assignments = ", ".join(f"{name} = ?" for name in values)
        self._connection.exec_driver_sql(
            f"UPDATE articles SET {assignments} WHERE id = ?", (*values.values(), article_id)
        )
        self._write_text([(article_id, article)])
        self._holders.pop(known.content_hash, None)
        self._holders[parsed.content_hash] = article_id

    def _revision_with(self, source: KnownSource) -> int:
        """The number of the revision that has a source's bytes; it is written if there is none."""
        return self._found_revision(source) or self._keep(source)

    def _found_revision(self, source: KnownSource) -> int | None:
        found = select(R.c.number).where(
            R.c.article_id == source.article_id, R.c.file_hash == source.file_hash
        )
        return self._connection.scalar(found.limit(1))

    def _kept_elsewhere(self, known: KnownSource) -> bool:
        """Whether the bytes that a source row is about to lose stand in another row as well."""
        other = select(S.c.id).where(
            S.c.article_id == known.article_id,
            S.c.revision.is_not_distinct_from(known.revision),
            S.c.file_hash == known.file_hash,
            S.c.id != known.id,
        )
        if self._connection.scalar(other.limit(1)) is not None:
            return True
        return self._found_revision(known) is not None

    def _keep(self, known: KnownSource) -> int:
        """Write what a source holds now to `revisions`; the number it gets."""
        numbers = select(func.max(R.c.number)).where(R.c.article_id == known.article_id)
        number = (self._connection.scalar(numbers) or 0) + 1
        content = self._content(known)
        file = (
            self._connection.execute(
                select(S.c.path, S.c.file_hash, S.c.size, S.c.mtime_ns, S.c.original).where(
                    S.c.id == known.id
                )
            )
            .mappings()
            .one()
        )
        self._connection.execute(
            insert(R).values(number=number, replaced_at=self._now, **content, **file)
        )
        return number

    def _content(self, known: KnownSource) -> dict[str, Any]:
        shared = ("published_on", "category", "byline", "title", "content_hash")
        if known.revision is None:
            text = self._connection.exec_driver_sql(
                "SELECT body FROM article_text WHERE id = ?", (known.article_id,)
            ).scalar_one()
            rows = select(A.c.id.label("article_id"), *(A.c[name] for name in shared)).where(
                A.c.id == known.article_id
            )
            return {**self._one(rows), "text": text}
        rows = select(R.c.article_id, R.c.text, *(R.c[name] for name in shared)).where(
            R.c.article_id == known.article_id, R.c.number == known.revision
        )
        return dict(self._one(rows))

    def _one(self, rows: Any) -> RowMapping:
        return self._connection.execute(rows).mappings().one()

    def _article_row(
        self, article_id: int, article: Article, content_hash: bytes
    ) -> tuple[Any, ...]:
        folded = fold(article.title)
        return (
            *(article_id, article.published_on, article.category, article.byline, article.title),
            None if folded == article.title else folded,
            *(article.word_count(), len(article.paragraphs), content_hash, self._now, self._now),
        )

    def _write_text(self, rows: Sequence[tuple[int, Article]]) -> None:
        paragraphs: list[tuple[int, int, str, str | None]] = []
        indexed: list[tuple[int, str, str]] = []
        for article_id, article in rows:
            folded = [fold(text) for text in article.paragraphs]
            pairs = zip(article.paragraphs, folded, strict=True)
            paragraphs += [
                (article_id, position, text, None if text == other else other)
                for position, (text, other) in enumerate(pairs, 1)
            ]
            indexed.append((article_id, fold(article.title), sqlite.body(folded)))
        self._connection.exec_driver_sql(_INSERT_PARAGRAPH, paragraphs)
        sqlite.index(self._connection, indexed)

    def _flush(self) -> None:
        """Write what was collected."""
        if self._new:
            self._connection.exec_driver_sql(
                _INSERT_ARTICLE, [self._article_row(*row) for row in self._new]
            )
            self._write_text([(article_id, article) for article_id, article, _ in self._new])
            self._new = []
        if self._new_sources:
            self._connection.exec_driver_sql(_INSERT_SOURCE, self._new_sources)
            self._new_sources = []
        if self._refreshed:
            self._connection.execute(_REFRESH, self._refreshed)
            self._refreshed = []

    def _record(self, *, finished: bool) -> None:
        values: dict[str, Any] = {**self.counts}
        if finished:
            values["finished_at"] = utc_text(time.time_ns())
        runs = schema.ingests
        if self._run is None:
            added = self._connection.execute(insert(runs).values(started_at=self._now, **values))
            self._run = int(added.lastrowid)
        else:
            self._connection.execute(update(runs).where(runs.c.id == self._run).values(**values))
        if self._rejections:
            self._connection.execute(
                insert(schema.rejections),
                [
                    {"ingest_id": self._run, "path": r.path, "line": r.line, "reason": r.reason}
                    for r in self._rejections
                ],
            )
            self._rejections = []
