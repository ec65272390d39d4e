"""Files with many articles: bytes kept -> members, named, a chunk at a time.

The bytes are kept first, as of one moment, and the members are read from what was kept, so that the
archive can give back just the file that its articles came from. `run.py` then treats each member as
it treats a file, at the place (path, member). A member's name is the key that its format gives it,
else its date and title, with a number where the file has several so named: never its ordinal, so
that the others may come, go and change places.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from archive.errors import MissingExtra, ParseError
from archive.formats import choosing
from archive.formats.contract import Reading, Refused
from archive.incoming import FoundFile, ParsedFile, Rejection
from archive.ingest import files as find
from archive.ingest.identity import need_not_read
from archive.ingest.parsing import SETTLE_SECONDS, SETTLE_TRIES, of_member
from archive.records import Article

if TYPE_CHECKING:
    from archive.engines.writing import Desk, KnownContainer
    from archive.formats.contract import Member
    from archive.ingest.identity import KnownSource
    from archive.ingest.options import Options
    from archive.ingest.tally import Tally

    Taken = tuple[ParsedFile, KnownSource | None] | Rejection

CHUNK_MEMBERS = 512
CHUNK_BYTES = 8 * 1024 * 1024
BLOCK = 8 * 1024 * 1024

_LONGEST_KEY = 200
_SAID = ("format", "fields", "date")


class ContainerReader:
    """The containers of one run: those that have changed, by path, and how each is read."""

    def __init__(self, desk: Desk, options: Options, tally: Tally) -> None:
        self._containers, self._known = desk.containers, desk.known
        self._tally = tally
        self._writes = desk.writer is not None
        self._options = options
        self._changed: dict[str, KnownContainer] = {}
        self._whole = self.same_bytes = False
        """Of the container that was read last: whether it was read to its end, or is as it was."""

    def changed(self, path: str) -> KnownContainer | None:
        """What was known of a container that has changed."""
        return self._changed.get(path)

    @property
    def any_changed(self) -> bool:
        """Whether any known container has changed."""
        return bool(self._changed)

    def unchanged(self, files: Sequence[FoundFile]) -> Iterator[FoundFile]:
        """Those of these files that are containers which need not be read."""
        known = self._containers.known([file.path for file in files])
        for file in files:
            found = known.get(file.path)
            if found is None:
                continue
            if self._is_as_before(found, file):
                yield file
            else:
                self._changed[file.path] = found

    def leave(self, path: str) -> None:
        """Count the members of a container that is as it was."""
        members, rejected = self._containers.members(path)
        self._tally.counts["unchanged"] += members
        self._tally.reject(rejected)

    def close(self, path: str, *, gone: bool) -> None:
        """A path holds no container any more: its members have lost what they held."""
        self._known.lose(self._containers.missing(path, all_of_it=True), gone=True)
        if self._writes:
            self._containers.end(path, gone=gone)

    def _is_as_before(self, known: KnownContainer, file: FoundFile) -> bool:
        recorded = (known.size, known.mtime_ns)
        proven = need_not_read(recorded, known.read_at_ns, file) and not known.gone
        return proven and not self._options.reread and self._is_read_so(known)

    def _is_read_so(self, known: KnownContainer) -> bool:
        how = known.format, known.reader, known.options
        return how == self._how(known.format, self.reading(known.path, known))

    def reading(self, path: str, known: KnownContainer | None = None) -> Reading:
        """How a container is read: as was said of it in an earlier run, unless this one says
        something else."""
        known = known or self._changed.get(path)
        if known is None or self._options.said():
            return self._options.reading
        said: dict[str, Any] = json.loads(known.options)
        given = {name: said[name] for name in _SAID if said.get(name)}
        fields = tuple((ours, theirs) for ours, theirs in given.pop("fields", ()))
        return Reading(self._options.encoding, self._options.max_size, fields, **given)

    def _how(self, name: str, reading: Reading) -> tuple[str, str, str]:
        """A container's format, the version of its reader, and its options as JSON."""
        said = {name: getattr(reading, name) for name in _SAID if getattr(reading, name)}
        options = json.dumps(
            {"encoding": reading.encoding, "max_size": reading.max_size, **said}, sort_keys=True
        )
        return name, choosing.named(name)[0].reader, options

    def read(self, file: FoundFile, name: str) -> Iterator[list[Taken]]:
        """The members of a container with what is known of each, and the records that are none;
        afterwards `missing` are those that it has lost. What is wrong with the file as a whole is a
        rejection of it, after what came before. Nothing, if its bytes are as they were."""
        self._whole = self.same_bytes = False
        reading = self.reading(file.path)
        how = self._how(name, reading)
        _, module = choosing.named(name)
        try:
            with find.opened(file.place or file.path) as opened:
                now = _settled(file.path, opened)
                if not self._writes:
                    yield from self._members(now, module.members(opened, reading))
                    return
                kept = not self._holds_removed(opened, module, reading)
                number = self._keep(now, opened, how, kept=kept)
                if number is not None:
                    source = self._containers.opened(number) if kept else opened
                    source.seek(0)
                    yield from self._members(now, module.members(source, reading), number)
        except find.Unreadable as error:
            yield [Rejection(file.path, str(error))]

    def _keep(
        self, file: FoundFile, opened: BinaryIO, how: tuple[str, str, str], *, kept: bool
    ) -> int | None:
        """Keeps the bytes of a container: its number, or None where they are as they were."""
        number = self._containers.keep(file, how, _blocks(opened) if kept else None)
        if find.found(file.path, opened) != file or (kept and opened.tell() != file.size):
            self._containers.discard(file.path)
            raise find.Unreadable(find.CHANGING)
        known = self._changed.get(file.path)
        again = known and not known.gone and self._is_read_so(known) and not self._options.reread
        if known and again and self._containers.same_bytes(number, known):
            self._containers.read_through(number, parsed=False)
            self.same_bytes = True
            return None
        return number

    def _members(
        self, file: FoundFile, found: Iterator[Member | Refused], number: int | None = None
    ) -> Iterator[list[Taken]]:
        self._containers.begin()
        members = 0
        failure: list[Taken] = []
        try:
            for chunk in _chunks(found):
                members += sum(not isinstance(one, Refused) for one in chunk)
                yield self._take(file, chunk)
            self._whole = True
        except MissingExtra as error:
            failure = [Rejection(file.path, error.reason, extra=error.extra)]
        except ParseError as error:
            behind = f" (the {members:,} before it went in)" if members else ""
            failure = [Rejection(file.path, error.reason + behind, error.line, lasting=True)]
        if number is not None:
            if self._whole or members:
                self._containers.read_through(number, parsed=True)
            else:
                self._containers.discard(file.path)
        if failure:
            yield failure

    def _holds_removed(self, opened: BinaryIO, module: Any, reading: Reading) -> bool:
        """Whether a container holds what was taken out of the archive, so that its bytes must not
        be kept."""
        if not self._containers.removals:
            return False
        with contextlib.suppress(ParseError):
            for chunk in _chunks(module.members(opened, reading)):
                articles = [one.article for one in chunk if not isinstance(one, Refused)]
                if self._containers.holds_removed(map(Article.content_hash, articles)):
                    return True
        return False

    def _take(self, file: FoundFile, chunk: list[Member | Refused]) -> list[Taken]:
        names = [self._containers.name(_key(one)) for one in chunk]
        known = self._containers.sources(file.path, names)
        taken: list[Taken] = []
        for one, name in zip(chunk, names, strict=True):
            if isinstance(one, Refused):
                taken.append(Rejection(file.path, one.reason, one.line, lasting=True, member=name))
                continue
            size = len(one.article.canonical())
            place = FoundFile(file.path, size, file.mtime_ns, member=name)
            taken.append((of_member(place, one), known.get(name)))
        return taken

    def missing(self, path: str) -> list[int]:
        """The sources of members that the container which was read last no longer has."""
        return self._containers.missing(path) if self._whole else []


def _settled(path: str, opened: BinaryIO) -> FoundFile:
    """An open file, once nobody has written to it for a moment."""
    now = find.found(path, opened)
    for _ in range(SETTLE_TRIES):
        if not find.is_fresh(now):
            return now
        time.sleep(SETTLE_SECONDS)
        before, now = now, find.found(path, opened)
        if before == now:
            return now
    raise find.Unreadable(find.CHANGING)


def _blocks(opened: BinaryIO) -> Iterator[bytes]:
    opened.seek(0)
    while block := opened.read(BLOCK):
        yield block


def _chunks(found: Iterable[Member | Refused]) -> Iterator[list[Member | Refused]]:
    """Members in groups of bounded number and size."""
    chunk: list[Member | Refused] = []
    size = 0
    for one in found:
        chunk.append(one)
        if not isinstance(one, Refused):
            size += sum(map(len, one.article.paragraphs))
        if len(chunk) >= CHUNK_MEMBERS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _key(one: Member | Refused) -> str:
    """What tells a member from the others of its file."""
    if one.key is not None:
        key = one.key
    elif isinstance(one, Refused):
        key = "a record" if one.line is None else f"line {one.line}"
    else:
        key = f"{one.article.published_on} {one.article.title}"
    key = " ".join(key.replace("\0", " ").encode(errors="replace").decode().split())
    if len(key) > _LONGEST_KEY:
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        key = f"{key[: _LONGEST_KEY - 20]} {digest}"
    return key or "a record"
