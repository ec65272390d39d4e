"""Reading and parsing: paths -> articles, hashed and folded, as the store wants them.

Needs no database, so that it can run in a second process (`ahead.py`). A file is dated text unless
its ending or its beginning says otherwise (`formats/choosing.py`); one with many articles is only
named here, and read later (`containers.py`).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archive.errors import MissingExtra, ParseError
from archive.formats import dated_text
from archive.formats.kinds import LOOKED_AT, kind
from archive.formats.packing import compress
from archive.incoming import Container, FoundFile, ParsedFile, Rejection
from archive.ingest import files as find
from archive.records import UNSAID, Origin
from archive.text.folding import fold
from archive.text.forms import forms

if TYPE_CHECKING:
    from archive.formats.contract import Format, Member, Reading
    from archive.records import Article

SETTLE_SECONDS = 0.05
SETTLE_TRIES = 5

Wanted = tuple[str, bytes | None, str | None]
"""A path to read, the SHA-256 of the bytes it is known to have held, and the name of the format
that was given for it, if any."""


Outcome = ParsedFile | FoundFile | Rejection | Container
"""What became of it; a `FoundFile` where the bytes are those it is known to have held."""


def take_in(job: Iterable[Wanted], reading: Reading) -> list[Outcome]:
    """Read and parse files; what became of each, in their order.

    Fresh ones are read until two readings a moment apart agree, so that nobody is still writing
    them. The moment is spent once for all of them.
    """
    wanted = list(job)
    outcomes = [_take_in(one, reading) for one in wanted]
    fresh = [at for at, outcome in enumerate(outcomes) if _is_fresh(outcome)]
    for _ in range(SETTLE_TRIES):
        if not fresh:
            break
        time.sleep(SETTLE_SECONDS)
        before = [outcomes[at] for at in fresh]
        for at in fresh:
            outcomes[at] = _take_in(wanted[at], reading)
        fresh = [at for at, old in zip(fresh, before, strict=True) if _differ(old, outcomes[at])]
    for at in fresh:
        outcomes[at] = Rejection(wanted[at][0], find.CHANGING)
    return outcomes


def _is_fresh(outcome: Outcome) -> bool:
    return isinstance(outcome, ParsedFile) and find.is_fresh(outcome.file)


def _differ(old: Outcome, new: Outcome) -> bool:
    return (
        isinstance(old, ParsedFile)
        and isinstance(new, ParsedFile)
        and old.file_hash != new.file_hash
    )


def _take_in(wanted: Wanted, reading: Reading) -> Outcome:
    path, _, given = wanted
    other = None
    try:
        if given or not path.endswith(find.PLAIN):
            other = _other_format(path, given)
        if other is None:
            try:
                return _read(wanted, None, reading)
            except ParseError:
                if not given:
                    other = _other_format(path, None, whatever_its_name=True)
                if other is None:
                    raise
        found, module = other
        return Container(path, found.name) if found.many else _read(wanted, module, reading)
    except find.Unreadable as error:
        return Rejection(path, str(error))
    except MissingExtra as error:
        return Rejection(path, error.reason, extra=error.extra)
    except ParseError as error:
        what = _kind(path) if other is None and not given else None
        if what:
            return Rejection(path, f"{what}: save it as plain text", lasting=True)
        return Rejection(path, error.reason, error.line, lasting=True)


def _other_format(
    path: str, name: str | None, *, whatever_its_name: bool = False
) -> tuple[Format, Any] | None:
    """The format of a file, and its module; None for dated text."""
    from archive.formats import choosing  # noqa: PLC0415 - most folders hold dated text alone

    if name:
        return None if name == choosing.DATED_TEXT else choosing.named(name)
    if not (whatever_its_name or choosing.has_ending(path)):
        return None
    with find.opened(path) as file:
        if not whatever_its_name:
            return choosing.by_ending(path, file)
        return choosing.by_signature(file) or (
            choosing.by_ending_alone(path) if file.seek(0, os.SEEK_END) else None
        )


def _kind(path: str) -> str | None:
    """What a file is that is no article, by its ends."""
    try:
        with find.opened(path) as file:
            head = file.read(LOOKED_AT)
            file.seek(max(len(head), file.seek(0, os.SEEK_END) - LOOKED_AT))
            return kind(head, file.read())
    except find.Unreadable:
        return None


def _read(wanted: Wanted, module: Any, reading: Reading) -> ParsedFile | FoundFile:
    """A file with one article: dated text, or in the format of a module."""
    path, known_hash, _ = wanted
    file, data = find.read(path, reading.max_size)
    file_hash = hashlib.sha256(data).digest()
    if file_hash == known_hash:
        return file
    if module is None:
        return parse(file, data, file_hash, reading.encoding)
    member: Member = module.parse(data, reading)
    original = compress(data, member.article)
    return of_member(file, member, file_hash=file_hash, original=original)


def of_member(
    file: FoundFile,
    member: Member,
    *,
    file_hash: bytes | None = None,
    original: bytes | None = None,
) -> ParsedFile:
    """A member as the store takes it. Without a file hash, its article stands for its bytes."""
    article = member.article
    content_hash = article.content_hash()
    found = (member.url, member.identifier, member.published_at, member.language)
    remarks = (*member.remarks, *_future(article))
    return _parsed(
        *(file, article, file_hash or content_hash, content_hash, original),
        remarks=remarks,
        origin=Origin(*found) if any(found) else UNSAID,
    )


def parse(file: FoundFile, data: bytes, file_hash: bytes, encoding: str) -> ParsedFile:
    """A dated text's bytes as the store takes them; `ParseError` if they hold no article."""
    article = dated_text.parse(data, encoding)
    content_hash, original = file_hash, None
    canonical = article.canonical()
    if canonical != data:
        content_hash = hashlib.sha256(canonical).digest()
        original = compress(data, article)
    return _parsed(
        *(file, article, file_hash, content_hash, original),
        remarks=_remarks(article, data, encoding),
        origin=UNSAID,
    )


def _parsed(  # noqa: PLR0913 - what a parsed file is made of
    file: FoundFile,
    article: Article,
    file_hash: bytes,
    content_hash: bytes,
    original: bytes | None,
    *,
    remarks: tuple[tuple[int | None, str], ...],
    origin: Origin,
) -> ParsedFile:
    texts = (article.title, *article.paragraphs)
    folded: tuple[str, ...] | None = None
    if not all(map(str.isascii, texts)):
        folded = tuple(map(fold, texts))
        if folded == texts:
            folded = None
    return ParsedFile(
        *(file, article, file_hash, content_hash, original, article.word_count(), folded),
        *(forms(folded or texts), remarks, origin),
    )


def _remarks(article: Article, data: bytes, encoding: str) -> tuple[tuple[int | None, str], ...]:
    """What is odd about a file that holds an article: (line or None, what)."""
    found: list[tuple[int | None, str]] = []
    second = dated_text.second_article(data)
    if second is not None:
        found.append((second, "a second article seems to begin here: write one article a file"))
    found += _future(article)
    if dated_text.is_utf8_read_as_another(data, encoding):
        found.append((None, f"it is valid UTF-8 but was read as {encoding}: right so?"))
    return tuple(found)


def _future(article: Article) -> list[tuple[int | None, str]]:
    if article.published_on > _latest_today(int(time.time()) // 600):
        return [(None, f"its date is in the future: {article.published_on}")]
    return []


@lru_cache(maxsize=1)
def _latest_today(tenth_minute: int) -> str:
    """The ISO date where the day is furthest ahead, 14 hours before UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(tenth_minute * 600 + 14 * 3600))
