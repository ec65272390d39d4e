"""Single bits flipped in an archive at rest: every change of content is reported."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from typing import Any

from harness import WORDS, Child, Result, complete, content, scratch, write_articles

from archive import Archive, ArchiveError


def bit_flips(tries: int) -> Result:
    """Half of the flips fall anywhere, half into text of articles. What a plain SELECT gives of
    articles, versions, sources and their times must be as it was, or verify reports."""
    result = Result("single bits flipped in an archive", tries)
    changed = reported = 0
    with scratch() as root:
        news = root / "news"
        write_articles(news, 60)
        path = root / "a.db"
        complete(path, news)
        (news / "00007.txt").write_text(f" date 2023-01-01\nChanged\n{' '.join(WORDS)}.\n")
        os.utime(news / "00007.txt", (1_650_000_000, 1_650_000_000))
        complete(path, news)
        data = path.read_bytes()
        for first in range(0, tries, 100):
            child = Child(_Batch(root, data, first, min(100, tries - first)))
            code = child.end()
            result.check(code == 0, f"flips from {first}: exit {code}, {child.said[-300:]!r}")
            for line in child.said.decode(errors="replace").splitlines():
                kind, _, rest = line.partition(" ")
                changed += kind in ("caught", "missed")
                reported += kind in ("caught", "harmless-reported")
                if kind not in ("caught", "harmless", "harmless-reported"):
                    result.failures.append(f"{kind} {rest}")
    result.note = f"{changed} changed content, all must be reported; {reported} reported in all"
    result.most(changed, "changed content")
    return result


class _Batch:
    """Some flips, tried in a child, so that a crash or a hang counts as a failure."""

    def __init__(self, root: Path, data: bytes, first: int, count: int) -> None:
        self._root, self._data, self._first, self._count = root, data, first, count

    def __call__(self, report: int) -> int:
        signal.alarm(120)
        path = self._root / "flipped.db"
        path.write_bytes(self._data)
        expected = content(path, times=True)
        text = [at for at in range(len(self._data)) if self._data.startswith(b"moscow ", at)]
        for number in range(self._first, self._first + self._count):
            chance = random.Random(number)
            at = chance.choice(text) + chance.randrange(7) if number % 2 else 0
            at = at or chance.randrange(len(self._data))
            flipped = bytearray(self._data)
            flipped[at] ^= 1 << chance.randrange(8)
            path.write_bytes(flipped)
            same = _held(path) == expected
            try:
                with Archive(path) as archive:
                    told = bool(archive.verify().problems)
            except ArchiveError:
                told = True
            kind = ("harmless-reported" if told else "harmless") if same else (
                "caught" if told else "missed")  # fmt: skip
            os.write(report, f"{kind} flip {number} at byte {at}\n".encode())
        return 0


def _held(path: Path) -> Any:
    try:
        return content(path, times=True)
    except Exception as error:
        return type(error)
