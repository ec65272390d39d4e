"""The part of the contract that ingest asks (`contract.py` has the rest).

Desk        what one run of ingest works on:
.known      which paths and contents are known, and which sources have lost theirs
.waiting    the files that wait until all are read
.containers files with many articles: which are known, and their bytes
.writer     stores what was decided; None in a dry run
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.record_class import record

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping
    from typing import BinaryIO, Protocol

    from archive.incoming import FoundFile, ParsedFile, ReadAs, Rejection
    from archive.ingest.identity import Change, Claim, KnownSource, Standing, Text
else:
    Protocol = object  # a true one takes 0.1 ms to define


@record
class Desk:
    """What a run of ingest works on; without a writer it is a dry run."""

    known: Known
    waiting: Waiting
    containers: Containers
    writer: Writer | None


@record
class KnownContainer:
    """What the archive knows of a file with many articles: size and modification time as of the run
    that read it last, when that began (in ns), in which format, by which version of the reader and
    with which options; `gone` if a later run did not find it."""

    path: str
    size: int
    mtime_ns: int
    read_at_ns: int
    format: str
    reader: str
    options: str
    file_hash: bytes
    gone: bool


class Known(Protocol):
    """What a run of ingest asks of the archive, and what it has met so far."""

    def meet(
        self,
        files: Collection[FoundFile],
        read_as: ReadAs | None,
        *,
        reread: bool = False,
        held: Container[str] = (),
    ) -> tuple[int, int]:
        """Notes that files are there, and queues those that must be read. Returns how many need not
        be: those that the archive has, and those that were rejected when read in this way (None:
        these are read again). With `reread`, all must be read; `held` are known paths of files with
        many articles."""

    def is_rejected(self, rejection: Rejection, file: FoundFile | None, read_as: ReadAs) -> bool:
        """Whether an earlier run has rejected a file as it is, for the same reason."""

    def word_count(self, article_id: int) -> int:
        """The number of words in the current version of an article."""

    def unmet(self, folders: Collection[str]) -> Iterator[tuple[int, str]]:
        """The sources below these folders that the run has not met, and that no earlier run found
        gone: (number, path)."""

    def lose(self, sources: Iterable[int], *, gone: bool) -> None:
        """Notes that these sources no longer hold what they held."""

    @property
    def losses(self) -> bool:
        """Whether any source has lost its content in this run."""

    def to_read(self, *, known: bool) -> Iterator[tuple[FoundFile, KnownSource | None]]:
        """The queued files at known paths, each with what is known of it, or those at others."""

    def standings(self, hashes: Collection[bytes]) -> dict[bytes, Standing]:
        """Where these contents stand; those that nobody knows are left out."""

    def elsewhere(self, files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
        """For files with (path, content): (path of an earlier source with that text, path)."""

    def count_below(self, folder: str) -> int:
        """The number of sources below a folder."""

    def note(self, changes: Iterable[Change]) -> None:
        """In place of `Writer.apply` in a dry run: remembers what would be known."""


class Waiting(Protocol):
    """Files that wait until all files of a run are read."""

    def add(self, files: Iterable[tuple[ParsedFile, KnownSource | None]]) -> None:
        """Lets files wait, each with what is known of its path."""

    def gather(self) -> bool:
        """All files are read. Returns whether there is anything to decide."""

    def at_same_path(self) -> Iterator[tuple[int, int, bytes, bool, bool]]:
        """Contents that nobody knows, at paths that held something: (content, article, the content
        that the path held, whether no file holds that any more, whether the bytes are the same)."""

    def unclaimed(self) -> Iterator[tuple[int, Text]]:
        """Contents that nobody knows and that no claim holds yet."""

    def lost_texts(self) -> Iterator[tuple[int, int, bytes]]:
        """Texts that no file holds and that nothing follows yet: (number, article, content)."""

    def mark(self, text: int, marks: Collection[int]) -> None:
        """Lets a lost text be found by its marks."""

    def forget_common_marks(self) -> None:
        """Drops marks that many texts have."""

    def marked(self, marks: Collection[int]) -> list[tuple[int, int, bytes]]:
        """The lost texts that share most marks."""

    def old_text(self, article_id: int, content_hash: bytes) -> Text:
        """The version of an article that has a content."""

    def new_text(self, content: int) -> Text:
        """The text of a content that waits."""

    def claim(self, claim: Claim, share: float, *, same_path: bool) -> None:
        """Notes that a content is like an earlier text."""

    def claims(self, least: float = 0.0) -> Iterator[Claim]:
        """The claims that can still hold, the strongest first."""

    def hold(self, claims: Iterable[Claim]) -> None:
        """These claims hold."""

    def contents(self) -> Iterator[bytes]:
        """The fingerprints of all contents that wait."""

    def standing(self, content_hash: bytes) -> Standing:
        """Where a content stands."""

    def files(self, content_hash: bytes) -> Iterator[tuple[ParsedFile, KnownSource | None]]:
        """The files with a content, by path."""


class Containers(Protocol):
    """Files with many articles. What changes them is asked only where there is a writer."""

    def known(self, paths: Collection[str]) -> dict[str, KnownContainer]:
        """What is known of those of these paths that hold containers; they count as met."""

    def unmet(self, folders: Collection[str]) -> Iterator[str]:
        """The containers below these folders that the run has not met, and that no earlier run
        found gone."""

    def members(self, path: str) -> tuple[int, int]:
        """How many members of a container are articles, and how many records were rejected."""

    def begin(self) -> None:
        """Forgets the names that were given to members: another container begins."""

    def name(self, key: str) -> str:
        """A name for a member with this key, which no other member of the container has."""

    def sources(self, path: str, names: Collection[str]) -> dict[str, KnownSource]:
        """What is known of these members."""

    def missing(self, path: str, *, all_of_it: bool = False) -> list[int]:
        """The sources of members that the container no longer has, or of all of them."""

    @property
    def removals(self) -> bool:
        """Whether anything was taken out of the archive."""

    def holds_removed(self, hashes: Iterable[bytes]) -> bool:
        """Whether any of these contents was taken out of the archive."""

    def keep(
        self, file: FoundFile, how: tuple[str, str, str], pieces: Iterable[bytes] | None
    ) -> int:
        """Keeps the bytes of a container that is about to be read; its number. `how` is (format,
        reader, options). Without pieces, it is known, but its bytes are not kept."""

    def opened(self, number: int) -> BinaryIO:
        """The kept bytes of a container, to be read and sought in."""

    def discard(self, path: str) -> None:
        """Forgets the states of a container that no run has read to its end."""

    def same_bytes(self, number: int, known: KnownContainer) -> bool:
        """Whether the bytes that were kept under a number are those that were known before."""

    def read_through(self, number: int, *, parsed: bool) -> None:
        """Notes that a container was read to its end, or need not be parsed: it is current once the
        run settles."""

    def end(self, path: str, *, gone: bool) -> None:
        """A path holds no container any more; `gone`: the file is not there."""


class Writer(Protocol):
    """Stores what a run of ingest has decided."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Carries out changes, in their order."""

    def reject(self, rejection: Rejection, file: FoundFile | None, read_as: ReadAs) -> None:
        """Records a file that did not go in."""

    def remember(self, folders: Iterable[str], options: str) -> None:
        """Records what this run was given, for a later one that takes it in again."""

    def settle(self) -> None:
        """Comes last, in the transaction of all changes that rest on what was lost."""

    def commit(self, counts: Mapping[str, int]) -> None:
        """Makes all so far durable, the run's counts with it."""

    def end(self, counts: Mapping[str, int], *, finished: bool) -> None:
        """As `commit`, for the last time."""

    def abandon(self) -> None:
        """Undoes everything since the last commit."""
