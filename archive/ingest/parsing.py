"""Reading and parsing: paths -> articles, hashed and folded, as the store wants them.

Needs no database, so that it can run in a second process (`ahead.py`). `parse` is where the source
format is chosen.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

from archive.errors import ParseError
from archive.formats import dated_text
from archive.formats.packing import compress
from archive.ingest import files as find
from archive.records import FoundFile, ParsedFile, Rejection
from archive.text.folding import fold
from archive.text.forms import forms

SETTLE_SECONDS = 0.05
SETTLE_TRIES = 5

Wanted = tuple[str, bytes | None]
"""A path to read, and the SHA-256 of the bytes it is known to have held, if any."""

Outcome = ParsedFile | FoundFile | Rejection
"""What became of it; a `FoundFile` where the bytes are those it is known to have held."""


def take_in(job: Iterable[Wanted], encoding: str, max_size: int) -> list[Outcome]:
    """Read and parse files; what became of each, in their order.

    Fresh ones are read until two readings a moment apart agree, so that nobody is still writing
    them. The moment is spent once for all of them.
    """
    wanted = list(job)
    outcomes = [_take_in(one, encoding, max_size) for one in wanted]
    fresh = [at for at, outcome in enumerate(outcomes) if _is_fresh(outcome)]
    for _ in range(SETTLE_TRIES):
        if not fresh:
            break
        time.sleep(SETTLE_SECONDS)
        before = [outcomes[at] for at in fresh]
        for at in fresh:
            outcomes[at] = _take_in(wanted[at], encoding, max_size)
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


def _take_in(wanted: Wanted, encoding: str, max_size: int) -> Outcome:
    path, known_hash = wanted
    try:
        file, data = find.read(path, max_size)
        file_hash = hashlib.sha256(data).digest()
        if file_hash == known_hash:
            return file
        return parse(file, data, file_hash, encoding)
    except find.Unreadable as error:
        return Rejection(path, str(error))
    except ParseError as error:
        return Rejection(path, error.reason, error.line)


def parse(file: FoundFile, data: bytes, file_hash: bytes, encoding: str) -> ParsedFile:
    """A file's bytes as the store takes them; `ParseError` if they hold no article."""
    article = dated_text.parse(data, encoding)
    content_hash, original = file_hash, None
    canonical = article.canonical()
    if canonical != data:
        content_hash = hashlib.sha256(canonical).digest()
        original = compress(data, article)
    texts = (article.title, *article.paragraphs)
    folded: tuple[str, ...] | None = None
    if not canonical.isascii():
        folded = tuple(map(fold, texts))
        if folded == texts:
            folded = None
    return ParsedFile(
        *(file, article, file_hash, content_hash, original, article.word_count(), folded),
        forms(folded or texts),
    )
