"""SQL that would write, or take all time and memory: the statements of tests/test_sql.py."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from harness import Child, Result, command, scratch, write_articles

import test_sql
from archive import Archive
from archive.errors import SqlError

LIMIT = 1.0


def on_sql(step: int) -> Result:
    """Each with a limit of 1 s: over within 3 s of it, in 512 MB, and no file made or changed."""
    attacks = [*test_sql.WRITES, *test_sql.HUNGRY][::step]
    result = Result("attacks on archive sql", len(attacks))
    slowest = 0.0
    with scratch() as root:
        write_articles(root / "news", 300)
        path = root / "a.db"
        Child(lambda _: command("--db", path, "ingest", root / "news")).end()
        before, there = path.read_bytes(), sorted(root.rglob("*"))
        for at, sql in enumerate(attacks):
            began = time.monotonic()
            try:
                with Archive(path) as archive:
                    for _ in archive.sql(sql, timeout=LIMIT).rows:
                        pass
            except SqlError as error:
                result.check("\n" not in str(error), f"{at}: {error}")
            else:
                result.check(sql in test_sql.HUNGRY, f"{at}: {sql[:80]} was answered")
            took = time.monotonic() - began
            slowest = max(slowest, took)
            result.check(took < LIMIT + 3, f"{at}: {sql[:80]} took {took:.1f} s")
            result.check(path.read_bytes() == before, f"{at}: {sql[:80]} changed the archive")
            result.check(sorted(root.rglob("*")) == there, f"{at}: {sql[:80]} made a file")
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        peak = used / (1024 if sys.platform != "darwin" else 1 << 20)
        result.check(peak < 512, f"{peak:.0f} MB of memory")
    result.note = f"the slowest took {slowest:.1f} s with a limit of 1 s; at most {peak:.0f} MB"
    return result
