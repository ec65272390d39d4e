"""The walk over all files of a run: what size and time prove is known, the rest is queued.

The first step of `run.py`. At its end it is known which sources are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from archive.incoming import FoundFile, Rejection
from archive.ingest import files as find
from archive.ingest.choosing import composed

if TYPE_CHECKING:
    from archive.engines.writing import Desk
    from archive.ingest.containers import ContainerReader
    from archive.ingest.options import Options
    from archive.ingest.tally import Tally

CHUNK_FILES = 512
CHUNK_BYTES = 8 * 1024 * 1024

_File = TypeVar("_File")


class Walk:
    """The walk of one run; `folders` are those that it was given, from the root."""

    def __init__(
        self,
        desk: Desk,
        options: Options,
        tally: Tally,
        reader: ContainerReader,
        reject: Callable[[Rejection, FoundFile | None], None],
    ) -> None:
        self.folders: list[str] = []
        self._known, self._containers = desk.known, desk.containers
        self._options, self._tally, self._reader = options, tally, reader
        self._reject = reject

    def meet(self, paths: Iterable[str]) -> Iterator[int]:
        """Meets all files, and sees which sources are gone; after each step, the number of files
        that are dealt with."""
        done = 0
        # A strict run says of every file again what is wrong with it.
        options = self._options
        remembered = None if options.strict or options.reread else options.read_as
        for chunk in in_chunks(self._files(find.walked(paths, self.folders)), options.max_size):
            same = {file.path for file in self._reader.unchanged(chunk)}
            for path in same:
                self._reader.leave(path)
            rest = [file for file in chunk if file.path not in same] if same else chunk
            held = {file.path for file in rest if self._reader.changed(file.path)}
            unchanged, rejected = self._known.meet(
                rest, remembered, reread=options.reread, held=held
            )
            self._tally.counts["unchanged"] += unchanged
            self._tally.reject(rejected)
            done += unchanged + rejected + len(same)
            if unchanged or rejected or same:
                yield done
        folders = [composed(folder) for folder in self.folders]
        gone = (source for source, path in self._known.unmet(folders) if find.is_gone(path))
        self._known.lose(list(gone), gone=True)
        for path in filter(find.is_gone, self._containers.unmet(folders)):
            self._reader.close(path, gone=True)

    def _files(self, paths: Iterable[str]) -> Iterator[FoundFile]:
        """The files to look at; what is none is rejected or counted here."""
        for found in find.find(paths, self._options.choice):
            if isinstance(found, FoundFile):
                yield found
            elif isinstance(found, Rejection):
                self._reject(found, None)
            else:
                self._tally.passed_over[found.why] += 1


def in_chunks(
    files: Iterable[_File], max_size: int, size_of: Callable[[_File], int] = attrgetter("size")
) -> Iterator[list[_File]]:
    """The files in groups of bounded number and size."""
    chunk: list[_File] = []
    size = 0
    for file in files:
        chunk.append(file)
        size += min(size_of(file), max_size)
        if len(chunk) >= CHUNK_FILES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
