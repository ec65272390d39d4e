"""A full disk: by a limit on the size of files, and by a small file system of its own."""

from __future__ import annotations

import resource
import shutil
import subprocess
from pathlib import Path

from harness import (
    Child,
    Result,
    command,
    complain_to,
    complete,
    content,
    scratch,
    small_steps,
    write_articles,
)

from archive import Archive


def disk_full(sizes: int) -> Result:
    """No more room after so many bytes: one line, still readable, completes when there is room."""
    result = Result("disk full (ulimit -f), the limit from nothing to enough")
    full = 0
    with scratch() as root:
        write_articles(root / "news", 300)
        whole = root / "whole.db"
        complete(whole, root / "news")
        expected, largest = content(whole), whole.stat().st_size
        base = root / "base.db"
        write_articles(root / "few", 20)
        complete(base, root / "few")
        for at in range(sizes):
            limit = int(largest * at / sizes)
            path = root / f"{at}.db"
            if at % 2:
                shutil.copy(base, path)

            def starved(report: int, path: Path = path, limit: int = limit) -> int:
                complain_to(report)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
                return command("--db", path, "ingest", root / "news")

            child = Child(starved)
            code = child.end()
            result.tries += 1
            full += code == 4
            lines = child.said.decode(errors="replace").splitlines()
            result.check(code in (0, 4), f"{limit}: exit {code} {lines}")
            result.check(code == 0 or len(lines) == 1, f"{limit}: {lines}")
            result.check(not any("Traceback" in line for line in lines), f"{limit}: {lines[-1:]}")
            if path.exists():
                result.sound(path, f"{limit}: ")
            result.check(complete(path, root / "news") == 0, f"{limit}: the next run failed")
            held = content(path)
            result.check(held["paragraphs"] == expected["paragraphs"], f"{limit}: other content")
            path.unlink()
    result.note = f"{full} ran out of room"
    result.most(full, "ran out of room")
    return result


def disk_full_tmpfs(sizes: int) -> Result:
    """The same on a small file system of its own, where this may be mounted."""
    result = Result("disk full (a small tmpfs)")
    full = 0
    with scratch() as root:
        write_articles(root / "news", 300)
        room = root / "room"
        room.mkdir()
        for at in range(sizes):
            size = 100 + 60 * at
            mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "faults", str(room)]
            if subprocess.run(mount, capture_output=True, check=False).returncode:
                result.note = "not run: mounting is not allowed here"
                return result
            try:
                path = room / "a.db"

                def starved(report: int, path: Path = path) -> int:
                    small_steps(report)
                    return command("--db", path, "ingest", root / "news")

                code = Child(starved).end()
                result.tries += 1
                full += code == 4
                result.check(code in (0, 4), f"{size} kB: exit {code}")
                if path.exists():
                    result.sound(path, f"{size} kB: ")
                remount = ["mount", "-o", "remount,size=50m", str(room)]
                subprocess.run(remount, capture_output=True, check=True)
                result.check(complete(path, root / "news") == 0, f"{size} kB: next run failed")
                with Archive(path) as archive:
                    result.check(archive.stats().articles == 300, f"{size} kB: not all there")
            finally:
                subprocess.run(["umount", str(room)], capture_output=True, check=False)
    result.note = f"{full} ran out of room"
    result.most(full, "ran out of room")
    return result
