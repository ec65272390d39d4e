"""Deciding what the files of a run are to the archive: pure rules over plain records.

Knows neither files nor SQL. An article is named by its content, a source by
its path. A run decides as a whole, so that the order of names does not matter:

1. `need_not_read`, `first_look`: what can be said of one file alone, while files are being read.
   The same bytes, the same text in other bytes, a further file with a known text, and, where no
   text has lost a file, a new text at a new path. Everything else waits until all are read.
2. `alike`, `match`: which of the texts that nobody knows follows which earlier text. Of several
   successors the most alike is the new version; an article gets one new version in a run.
3. `decide`: the change for each file that waited.

Changes are records. The store carries them out (`Store.apply`); a dry run counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

from archive.record_class import record
from archive.text.folding import fold
from archive.text.likeness import SHORT, SHORT_SHARE, is_template, sketch, words

if TYPE_CHECKING:
    from archive.incoming import FoundFile, ParsedFile

LIKE_SHARE = 0.5
"""From this share of common words on, a text that nobody knows follows the text before it
(docs/design.md has the figures, benchmarks/corrections.py makes them)."""

CERTAIN_SHARE = 0.9
"""From here on, what follows at the same path is not compared with texts lost elsewhere."""


@record
class KnownSource:
    """What the archive knows of a path. `revision` is None where the file holds the article's
    current version, else the number of the version that it holds. Hashes are of that version."""

    id: int
    article_id: int
    revision: int | None
    file_hash: bytes
    content_hash: bytes


@record
class Standing:
    """Where a content stands in the archive, and what the run has met of it.

    `current` is the article whose current version has it, which the run replaces if `superseded`;
    `earlier` the article and the version number that it had, if it is no longer current. `left`
    says that one of its earlier files is gone or holds something else. For content that was
    replaced: `backed` says that a file still holds the current version of that article, `newest`
    that no later version of it is among the files that wait. `claim` is the article of which it is
    to be the new version. `removed` is the number of the article that had it and was taken out.
    """

    current: int | None = None
    superseded: bool = False
    earlier: tuple[int, int] | None = None
    left: bool = False
    backed: bool = True
    newest: bool = False
    claim: int | None = None
    removed: int | None = None


UNKNOWN = Standing()
JUST_MADE = Standing(current=0)
"""Of a content that became an article a moment ago."""


@record
class Text:
    """A version of an article, as far as likeness looks at it."""

    published_on: str
    title: str
    body: str


@record
class Claim:
    """A content (by its number) that is like an earlier text of an article."""

    content: int
    article_id: int


@record
class NewArticle:
    """An article that nobody knows; `source` is what the path was, if it held another story."""

    parsed: ParsedFile
    source: KnownSource | None = None


@record
class NewVersion:
    """The file holds a new current version of an article."""

    parsed: ParsedFile
    article_id: int
    source: KnownSource | None


@record
class Further:
    """The file holds the current version of an article. `counted` is the name that it counts as."""

    parsed: ParsedFile
    source: KnownSource | None
    counted: str


@record
class Earlier:
    """The file holds a version of an article that was replaced; `revision` is None for the one that
    is replaced in this run."""

    parsed: ParsedFile
    source: KnownSource | None
    article_id: int
    revision: int | None
    counted: str


@record
class Rewritten:
    """The same text at the same path in other bytes: line ends, blank lines, encoding."""

    parsed: ParsedFile
    source: KnownSource


@record
class Refreshed:
    """The same bytes, read again."""

    file: FoundFile
    source: KnownSource


@record
class KeptOut:
    """The file holds what was taken out of the archive as `article_id`: it does not go in."""

    parsed: ParsedFile
    article_id: int


@record
class Replaced:
    """The current version of an article is about to be replaced: keep it. Comes before the changes
    of all files, so that what is kept does not depend on their order."""

    article_id: int


Change = NewArticle | NewVersion | Further | Earlier | Rewritten | Refreshed | KeptOut | Replaced


def counted(change: Change) -> str | None:
    """The name under which a change counts in the report; None for one that is no file's."""
    match change:
        case NewArticle():
            return "new" if change.source is None else "split"
        case NewVersion():
            return "changed"
        case Further() | Earlier():
            return change.counted
        case Rewritten():
            return "rewritten"
        case Refreshed():
            return "unchanged"
        case KeptOut() | Replaced():
            return None


def need_not_read(recorded: tuple[int, int], read_at_ns: int, file: FoundFile) -> bool:
    """Whether a file's size and times prove that it is the one that was read: size and modification
    time equal to those recorded when its path was read last, in a run that began at `read_at_ns`,
    and no change of any kind since, for a modification time can be put back.

    As in git's index, a time as fresh as the run that recorded it proves nothing: the file may
    have changed again within the clock's grain. Times of whole seconds may come from a file system
    that keeps only every second one (FAT), all others from a kernel tick of a few milliseconds.
    """
    if recorded != (file.size, file.mtime_ns) or file.changed_ns > read_at_ns:
        return False
    grain_ns = 2_000_000_000 if file.mtime_ns % 1_000_000_000 == 0 else 20_000_000
    return file.mtime_ns < read_at_ns - grain_ns


def first_look(
    parsed: ParsedFile, source: KnownSource | None, standing: Standing, *, losses: bool
) -> Change | None:
    """The change for a file that was read, where no other file of the run can alter it; None where
    the file has to wait. `losses` says whether any text has lost a file in this run."""
    if standing.removed is not None:
        return KeptOut(parsed, standing.removed)
    if source is not None:
        same = source.content_hash == parsed.content_hash
        if same and source.file_hash == parsed.file_hash:  # read again, and nothing has changed
            return Refreshed(parsed.file, source)
        return Rewritten(parsed, source) if same else None
    if standing.current is not None:
        return Further(parsed, None, _moved(standing))
    if standing.earlier is None and not losses:
        return NewArticle(parsed)
    return None


def _moved(standing: Standing) -> str:
    return "moved" if standing.left else "copied"


def decide(
    parsed: ParsedFile, source: KnownSource | None, standing: Standing, *, first: bool
) -> Change:
    """The change for a file that waited. `first` says whether it is the first of the files with its
    content."""
    if standing.current is not None:
        if standing.superseded:
            return Earlier(parsed, source, standing.current, None, _moved(standing))
        return Further(parsed, source, _moved(standing))
    article_id = standing.claim
    if article_id is None and standing.earlier is not None:
        article_id, revision = standing.earlier
        if standing.backed or not standing.newest:
            return Earlier(parsed, source, article_id, revision, _moved(standing))
    if article_id is not None:
        if first:
            return NewVersion(parsed, article_id, source)
        return Further(parsed, source, "changed")
    return NewArticle(parsed, source) if first else Further(parsed, source, "copied")


def given_away(change: Change, standing: Standing) -> bool:
    """Whether a change gives the path of one story to another."""
    if not isinstance(change, NewArticle | NewVersion | Further | Earlier) or not change.source:
        return False
    target = standing.current or standing.claim or (standing.earlier or (None,))[0]
    return target != change.source.article_id


def alike(old: Text, new: Text, *, same_place: bool) -> float:
    """How much a text is like an earlier one, from 0 to 1; 0 where it is another story.

    The same title is enough where the new text took the place of the old one, which stands nowhere
    else (`same_place`); elsewhere the date must be the same as well, since columns and tables come
    under one title every day. Under another title half of the words must be common, or half of the
    pairs of neighbouring words of the old text must be left, as in a flash that grew to a report.
    Elsewhere short texts need more. Forms that are filled in anew are not alike.
    """
    ours, theirs = _words(old), _words(new)
    share = _common(ours, theirs)
    if _plain(old.title) == _plain(new.title) and (
        same_place or (old.published_on == new.published_on and not is_template(ours, theirs))
    ):
        return max(share, LIKE_SHARE)
    short = min(len(ours), len(theirs)) < SHORT and not same_place
    least = SHORT_SHARE if short else LIKE_SHARE
    return share if share >= least and not is_template(ours, theirs) else 0.0


def _words(text: Text) -> list[str]:
    return words(fold(f"{text.title}\n{text.body}"))


def _common(ours: list[str], theirs: list[str]) -> float:
    same = (Counter(ours) & Counter(theirs)).total() / (max(len(ours), len(theirs)) or 1)
    pairs = Counter(pairwise(ours))
    kept = (pairs & Counter(pairwise(theirs))).total()
    return max(same, kept / (pairs.total() or 1))


def marks(text: Text) -> set[int]:
    """Fingerprints that lead from a text to those that may be like it: of its title, beyond those
    that a phrase can have, and of its phrases."""
    title = crc32(_plain(text.title).encode(errors="replace"))
    return {title + (1 << 32), *sketch(fold(text.body))}


def _plain(title: str) -> str:
    return fold(title).casefold()


def match(claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims that hold, from all claims in order: the most alike first, of equal ones that at
    the same path, then the smaller fingerprint. Each content and each article is in one of them."""
    contents: set[int] = set()
    articles: set[int] = set()
    for claim in claims:
        if claim.content not in contents and claim.article_id not in articles:
            contents.add(claim.content)
            articles.add(claim.article_id)
            yield claim
