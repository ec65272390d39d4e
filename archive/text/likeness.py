"""Near-duplicates: which articles may be copies of each other, how much text two of them share, and
how copies form groups. Pure: knows no SQL and no screen.

    text -> sketch (a few fingerprints of its phrases)
    sketches in order of time -> pairs that share fingerprints -> each pair's real share -> groups

A sketch only proposes; whether two articles are copies is decided on their texts alone
(`common_share`). Nothing of this is stored: a sketch costs about as much to make as to read back
(benchmarks/log.md has the figures).
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from zlib import crc32

from archive.record_class import record
from archive.text.words import pattern

COPY_SHARE = 0.8
"""From this share of common text on, two articles are copies of each other."""

SHORT_SHARE, SHORT = 0.88, 30
"""The same for texts of fewer words than this: titles often differ in the one word that matters."""

_FINGERPRINTS, _FEW = 16, 8
_AGREEING = 2
_HOLDERS, _LIKELY = 3, 8
_PHRASES = re.compile(rb"\. (.{16})", re.DOTALL)
_ENDS = bytes.maketrans(b",\n", b". ")
_OTHER_ENDS = tuple(mark.encode() for mark in "。，、！？،۔।॥")
MOST_COMPARED, _MOST_SKETCHED = 400_000, 4_000_000
_SHAPE = r"\d+(?:[.,:/]\d+)*|W+"
"""A number with all its parts, or a word."""
_NUMBER = re.compile(r"(?<![0-9a-z])[0-9]+(?:[.,:/][0-9]+)*")
_WITHIN = str.maketrans(".,:/", "\1\2\3\4")
_BETWEEN = str.maketrans(
    {code: " " for code in range(5, 128) if not chr(code).isalnum()}
    | {chr(code): mark for code, mark in enumerate(".,:/", 1)}
)
_MARKS = re.compile("[\0-\4¶‘’“”–—…£€]+")
_FEW_NUMBERS = 3


@record
class Group:
    """Copies of one article. `first` is the earliest; `members` are (article, share of the text
    that it has in common with the first), each `COPY_SHARE` or more, in order of time."""

    first: int
    members: tuple[tuple[int, float], ...]

    @property
    def shares(self) -> tuple[tuple[int, float], ...]:
        """All articles of the group with their shares; the first has 1."""
        return (self.first, 1.0), *self.members


def sketch(folded: str) -> array[int]:
    """Up to 16 fingerprints (CRC-32) of the phrases of a folded text, and as many again of its runs
    of three words where it has few phrases.

    Phrases are the 16 bytes after a full stop or comma: places that both of two copies have,
    whatever was put in or left out before them (of a very long text, those of its first part).
    Method: SpotSigs (Theobald, Siddharth, Paepcke, SIGIR 2008), with punctuation in place of stop
    words, so that it serves every language that has any; and of all fingerprints the smallest, as
    in Broder's sketches (1997).
    """
    data = folded[:_MOST_SKETCHED].lower().encode(errors="replace")
    if not folded.isascii():
        for mark in _OTHER_ENDS:
            data = data.replace(mark, b". ")
    found = set(map(crc32, _PHRASES.findall(data.translate(_ENDS))))
    kept = sorted(found)[:_FINGERPRINTS]
    if len(found) < _FEW:
        words = data.split()
        runs = {crc32(b" ".join(run)) for run in zip(words, words[1:], words[2:], strict=False)}
        kept += sorted(runs - found)[:_FINGERPRINTS]
    return array("I", kept)


def whole(folded: str) -> int:
    """A hash of all of a folded text but for its case; another one in each run."""
    starts = range(0, len(folded), _MOST_SKETCHED)
    return hash(tuple(hash(folded[at : at + _MOST_SKETCHED].lower()) for at in starts))


def candidates(
    articles: Iterable[tuple[int, int, Sequence[int], int]], within: int | None = None
) -> Iterator[tuple[int, list[int]]]:
    """For each article, the earlier ones that may be its originals, likeliest first.

    `articles` are (id, day number, sketch, hash of the text) in order of time; with `within`, only
    articles at most this many days apart are paired. The hash leads to the last article with the
    same text, whatever came between. Each fingerprint of a sketch leads to the last few articles
    that had it, so phrases that thousands of articles share cost no more than others.
    """
    holders: dict[int, tuple[tuple[int, int], ...]] = {}
    same: dict[int, tuple[int, int]] = {}
    for article, day, fingerprints, whole in articles:
        votes: Counter[int] = Counter()
        here = (article, day)
        for fingerprint in fingerprints:
            before = holders.get(fingerprint, ())
            for other, then in before:
                if within is None or day - then <= within:
                    votes[other] += 1
            holders[fingerprint] = (*before[1 - _HOLDERS :], here)
        twin = same.get(whole)
        if twin is not None and (within is None or day - twin[1] <= within):
            votes[twin[0]] += len(fingerprints) + _AGREEING
        same[whole] = here
        likely = [other for other, count in votes.most_common(_LIKELY) if count >= _AGREEING]
        if likely:
            yield article, likely


def words(folded: str) -> list[str]:
    """The words of a folded text as `common_share` compares them: without case and punctuation,
    each Chinese, Japanese, Korean or Thai character one word. Of a long text the first 400,000
    characters."""
    text = folded[:MOST_COMPARED].casefold()
    plain = _MARKS.sub(" ", text)
    if not plain.isascii():
        return pattern(_SHAPE, text).findall(text)
    # The same a few times faster: what is within a number is put out of the way, then all is cut.
    return _NUMBER.sub(_apart, plain).translate(_BETWEEN).split()


def _apart(number: re.Match[str]) -> str:
    return number[0].translate(_WITHIN) + " "


def common_share(one: Sequence[str], other: Sequence[str]) -> float:
    """How much of two texts (as `words`) is common, from 0 to 1: twice the length of their longest
    common subsequence of words, divided by the words of both. 0 where it makes them no copies."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - needed by two commands alone

    least = SHORT_SHARE if len(one) + len(other) < 2 * SHORT else COPY_SHARE
    return Indel.normalized_similarity(one, other, score_cutoff=least)


def is_template(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two texts are one form filled in twice, such as market reports: of the numbers of the
    one that has fewer, the other lacks most, and at least four (or all, if three). A lightly edited
    copy keeps most of its numbers, whatever was put in."""
    ours, theirs = (Counter(word for word in text if word[0].isdigit()) for text in (one, other))
    common = (ours & theirs).total()
    lacking = min(ours.total(), theirs.total()) - common
    return lacking > common and lacking >= _FEW_NUMBERS + (common > 0)


def copied_share(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of common text of two copies; 0 for two articles that are none."""
    share = common_share(one, other)
    return 0.0 if share and is_template(one, other) else share


def by_family(
    likely: Iterable[tuple[int, list[int]]],
) -> Iterator[tuple[int, list[int]]]:
    """The same pairs, those that hang together one after the other, so that few texts need to be at
    hand. Groups are the same in any such order."""
    head: dict[int, int] = {}

    def find(article: int) -> int:
        while (above := head.setdefault(article, article)) != article:
            head[article] = article = head[above]
        return article

    pairs = list(likely)
    for article, originals in pairs:
        for original in originals:
            head[find(article)] = find(original)
    return iter(sorted(pairs, key=lambda pair: find(pair[0])))


def group(
    likely: Iterable[tuple[int, list[int]]], share: Callable[[int, int], float]
) -> list[Group]:
    """The groups of copies; `share` gives the `copied_share` of two articles.

    A copy joins the group of its nearest original if it is a copy of that group's first as well;
    if not, the original begins a further group. So each member has been compared with its first,
    and a chain of small changes never brings unlike articles together.
    """
    home: dict[int, int] = {}
    groups: dict[int, list[tuple[int, float]]] = {}
    for article, originals in likely:
        found = [(share(original, article), original) for original in originals]
        best, original = max(found, key=lambda pair: pair[0])
        if not best:
            continue
        first = home.get(original, original)
        common = best if first == original else share(first, article)
        if not common:
            first, common = original, best
        groups.setdefault(first, []).append((article, common))
        home[article] = first
    return [Group(first, tuple(members)) for first, members in groups.items()]
