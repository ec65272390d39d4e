"""A folder that has moved: all that the archive knows below its old place is at the new one."""

from __future__ import annotations

import sqlite3

from archive.engines.taking_back import KeptPath, RelocationReport

# The sources below the old place, with their new paths, and what is known there: only the same
# version with the same bytes can become one with the source that has moved.
_PLAN = """
CREATE TEMP TABLE moving AS
SELECT s.id, ?2 || substr(s.path, length(?1) + 1) AS path, o.id AS other,
       o.id IS NOT NULL AND NOT (o.article_id = s.article_id AND o.revision IS s.revision
                                 AND o.file_hash = s.file_hash) AS kept
  FROM main.sources AS s
  LEFT JOIN main.sources AS o ON o.path = ?2 || substr(s.path, length(?1) + 1)
       AND o.member IS s.member AND NOT (o.path = ?1 OR o.path >= ?1 || '/' AND o.path < ?1 || '0')
 WHERE s.path = ?1 OR s.path >= ?1 || '/' AND s.path < ?1 || '0'"""
# Nothing moves to where another one stays.
_STAY = """
UPDATE temp.moving SET kept = 1,
       other = (SELECT id FROM main.sources AS s WHERE s.path = moving.path)
 WHERE NOT kept AND path IN (SELECT s.path FROM main.sources AS s
                               JOIN temp.moving AS m ON m.id = s.id WHERE m.kept)"""
# Of two sources that become one, the row that is older stays, with what was seen last.
_JOIN = """
UPDATE main.sources SET (size, mtime_ns, first_seen_at, last_seen_at, gone_at) =
  (SELECT o.size, o.mtime_ns, min(o.first_seen_at, sources.first_seen_at),
          max(o.last_seen_at, sources.last_seen_at), o.gone_at
     FROM main.sources AS o JOIN temp.moving AS m ON m.other = o.id WHERE m.id = sources.id)
 WHERE id IN (SELECT id FROM temp.moving WHERE other IS NOT NULL AND NOT kept)"""
# In two steps, since the old place may be part of the new one, or the other way round.
_STEPS = ("char(0) || id", "(SELECT path FROM temp.moving AS m WHERE m.id = sources.id)")
_MOVE = "UPDATE main.sources SET path = {} WHERE id IN (SELECT id FROM temp.moving WHERE NOT kept)"
# Other tables name files without being what makes them known.
_BELOW = "(path = ?1 OR path >= ?1 || '/' AND path < ?1 || '0')"
_NEW = "?2 || substr(path, length(?1) + 1)"
_REVISIONS = f"""
UPDATE main.revisions SET path = {_NEW} WHERE {_BELOW}
   AND NOT EXISTS (SELECT 1 FROM main.sources AS s WHERE s.path = revisions.path)"""


def relocate(
    connection: sqlite3.Connection, old: str, new: str, *, dry_run: bool
) -> RelocationReport:
    """Gives all sources at and below `old` their paths at and below `new`."""
    connection.execute(_PLAN, (old, new))
    while connection.execute(_STAY).rowcount:
        pass
    moved, joined = connection.execute(
        "SELECT count(*), count(other) FROM temp.moving WHERE NOT kept"
    ).fetchone()
    kept = connection.execute(
        "SELECT m.path, o.article_id FROM temp.moving AS m JOIN main.sources AS o ON o.id = m.other"
        " WHERE kept ORDER BY m.path"
    )
    report = RelocationReport(
        old, new, moved, joined, tuple(KeptPath(*row) for row in kept), dry_run
    )
    if not dry_run:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_JOIN)
        connection.execute(
            "DELETE FROM main.sources WHERE id IN (SELECT other FROM temp.moving WHERE NOT kept)"
        )
        for path in _STEPS:
            connection.execute(_MOVE.format(path))
        connection.execute(_REVISIONS, (old, new))
        for table in ("rejections", "roots", "containers"):  # one known at the new place stays
            connection.execute(
                f"UPDATE OR IGNORE main.{table} SET path = {_NEW} WHERE {_BELOW}", (old, new)
            )
            left = f"{_BELOW} AND NOT ({_BELOW.replace('?1', '?2')})"
            if table == "containers":  # its bytes are kept all the same
                change = f"UPDATE main.containers SET replaced_at = stored_at, path = {_NEW}"
            else:
                change = f"DELETE FROM main.{table}"
            connection.execute(f"{change} WHERE {left}", (old, new))
        connection.commit()
    return report
