"""Power cuts: what a disk may hold when the power goes, after every command that writes.

A command is run once with its system calls recorded. A cut replays the first of them on a model of a
file system that promises no more than POSIX: what was written to a file since its last sync is there,
or not, or in part (sectors of 512 bytes, in any order); what was named, renamed or removed in a folder
since that folder's last sync has happened, or not, each for itself.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from harness import Result, scratch
from tracing import Case, cases, survived

SECTOR = 512
_CALL = re.compile(r"(\w+)\((.*)\)\s+= \d+(?:<.*>)?$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FILE = re.compile(r"^\d+<([^>]*)>")


@dataclass
class File:
    """What is on the disk for certain, and what was done since: (offset, bytes), or (length, None)
    for a file cut to a length."""

    sure: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.since:
            self.sure = _changed(self.sure, *change)
        self.since = []

    def after_a_cut(self, chance: random.Random, kept: float, torn: float) -> bytes:
        data = self.sure
        for offset, written in self.since:
            if chance.random() < kept:
                data = _changed(data, offset, written)
            elif written is not None and chance.random() < torn:
                for at in range(0, len(written), SECTOR):
                    if chance.random() < 0.5:
                        data = _changed(data, offset + at, written[at : at + SECTOR])
        return data


def _changed(data: bytes, offset: int, written: bytes | None) -> bytes:
    if written is None:
        return data[:offset].ljust(offset, b"\0")
    return data[:offset].ljust(offset, b"\0") + written + data[offset + len(written) :]


Name = tuple[str, str]
"""A folder and a name in it."""


class Disk:
    """The files of one folder, and those below it, as calls change them."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.sure: dict[Name, File | None] = {}
        self.since: list[dict[Name, File | None]] = []
        self.position: dict[int, int] = {}
        for path in root.iterdir():
            self.sure[os.path.split(path)] = File(path.read_bytes())

    def now(self, path: str) -> File | None:
        """The file of a name, as a program sees it."""
        found = self.sure.get(os.path.split(path))
        for change in self.since:
            found = change.get(os.path.split(path), found)
        return found

    @property
    def unsynced(self) -> bool:
        """Whether a cut now could leave less than all."""
        now = dict(self.sure)
        for change in self.since:
            now |= change
        return bool(self.since) or any(file.since for file in now.values() if file)

    def name(self, **changes: File | None) -> None:
        self.since.append({os.path.split(path): file for path, file in changes.items()})

    def take(self, line: str) -> bool:
        """Carry out one line of a trace; whether it was a change here."""
        found = _CALL.match(line)
        if not found:
            return False
        call, given = found.groups()
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(given)]
        if call in ("openat", "unlink", "rename", "link", "mkdir"):
            names = [os.path.join(self.root, text.decode()) for text in texts]
            return names[-1].startswith(self.root + "/") and self._names(call, names, given)
        path = _unescaped(_FILE.match(given))
        if path.startswith(self.root) and call in ("fsync", "fdatasync"):
            self._sync(path)
            return True
        file = self.now(path)
        if file is None:
            return False
        number = int(given.rsplit(", ", 1)[1]) if ", " in given else 0
        if call == "ftruncate":
            file.since.append((number, None))
        elif call == "pwrite64":
            file.since.append((number, texts[0]))
        else:
            at = self.position.get(id(file), 0)
            file.since.append((at, texts[0]))
            self.position[id(file)] = at + len(texts[0])
        return True

    def _names(self, call: str, names: list[str], given: str) -> bool:
        first, last = names[0], names[-1]
        if call == "openat":
            if "O_CREAT" not in given or self.now(first) is not None:
                return False
            self.name(**{first: File()})
        elif call == "mkdir":
            self.name(**{first: Folder()})
        elif call == "unlink":
            self.name(**{first: None})
        elif call == "link":
            self.name(**{last: self.now(first)})
        else:
            self.name(**{first: None, last: self.now(first)})
        return True

    def _sync(self, path: str) -> None:
        file = self.now(path)
        if file is not None and not isinstance(file, Folder):
            file.sync()
            return
        kept = []
        for change in self.since:
            here = {name: held for name, held in change.items() if name[0] == path}
            self.sure |= here
            if rest := {name: held for name, held in change.items() if name not in here}:
                kept.append(rest)
        self.since = kept

    def after_a_cut(self, to: Path, chance: random.Random) -> None:
        """Write what a cut leaves into an empty folder."""
        kept, named = chance.choice((0.0, 1.0, 0.5)), chance.choice((0.0, 1.0, 0.5))
        torn = chance.choice((0.0, 0.5))
        names = dict(self.sure)
        for change in self.since:
            if chance.random() < named:
                names |= change
        for (folder, name), file in sorted(names.items(), key=lambda item: item[0]):
            place = to / os.path.relpath(folder, self.root) / name
            if isinstance(file, Folder):
                place.mkdir()
            elif file is not None and place.parent.is_dir():
                place.write_bytes(file.after_a_cut(chance, kept, torn))


class Folder(File):
    """A folder below the one that is looked at."""


def _unescaped(found: re.Match[str] | None) -> str:
    """A path that strace shows behind a descriptor."""
    shown = found[1] if found else ""
    return re.sub(r"(?:\\x[0-9a-f]{2})+", lambda part: _decoded(part[0]), shown)


def _decoded(escaped: str) -> str:
    return bytes.fromhex(escaped.replace("\\x", "")).decode(errors="replace")


def cuts(tries: int) -> Result:
    """So many cuts, over all commands evenly, at random moments."""
    result = Result("power cuts: what was not synced lost or torn, in files and names")
    chance = random.Random(11)
    unsynced = 0
    with scratch() as root:
        every = [case for case in cases(root) if case.name != "export"]
        changes = {case.name: _changes(case, root) for case in every}
        for at in range(tries):
            case = every[at % len(every)]
            folder = root / "work"
            case.fresh(folder)
            disk = Disk(folder)
            lines = changes[case.name]
            moment = len(lines) if at % 10 == 0 else chance.randrange(len(lines))
            for line in lines[:moment]:
                disk.take(line)
            unsynced += disk.unsynced
            shutil.rmtree(folder)
            folder.mkdir()
            disk.after_a_cut(folder, chance)
            result.tries += 1
            label = f"{at}, {case.name}, cut after {moment} of {len(lines)} calls"
            survived(result, case, folder, label, done=moment == len(lines))
    result.note = (
        f"{sum(map(len, changes.values()))} calls of {len(every)} commands;"
        f" {unsynced} cuts with something not synced"
    )
    return result


def _changes(case: Case, root: Path) -> list[str]:
    """The lines of a trace that change the files of a case."""
    disk = Disk(case.fresh(root / "work").parent)
    lines = (root / f"{case.name}.trace").read_text().splitlines()
    found = [line for line in lines if disk.take(line)]
    assert len(found) > 20, f"{case.name}: only {len(found)} calls were understood"
    return found
