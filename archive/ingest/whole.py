"""Deciding on the files that waited, once all files of a run are read.

Asks `waiting` for the texts that may follow each other, lets `identity` compare and match them, and
gives the change for each file. Stores nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive.incoming import Reassigned
from archive.ingest import identity
from archive.ingest.identity import Change, Claim, Replaced

if TYPE_CHECKING:
    from archive.engines.writing import Waiting


def changes(waiting: Waiting) -> Iterator[tuple[Change, Reassigned | None]]:
    """The changes, in the order in which they are to be stored; with each what its path held, if
    that is another story. First, which versions are replaced: only then may rows change."""
    follow(waiting)
    for content in waiting.contents():
        change, _ = next(_changes(waiting, content))
        if isinstance(change, identity.NewVersion):
            yield Replaced(change.article_id), None
    for content in waiting.contents():
        yield from _changes(waiting, content)


def _changes(waiting: Waiting, content: bytes) -> Iterator[tuple[Change, Reassigned | None]]:
    standing = waiting.standing(content)
    first = True
    for parsed, source in waiting.files(content):
        change = identity.decide(parsed, source, standing, first=first)
        first = False
        given = None
        if source and identity.given_away(change, standing):
            given = Reassigned(parsed.file.name, source.article_id)
        yield change, given


def follow(waiting: Waiting) -> None:
    """Works out which contents follow which texts. First at the same path, where most corrections
    are; what is certain there is settled. Then texts that no file holds any more, among the
    contents that are left. The same bytes are the same story, whatever a reading in another
    encoding makes of them."""
    for content, article_id, old, lost, same_bytes in waiting.at_same_path():
        before, after = waiting.old_text(article_id, old), waiting.new_text(content)
        share = 1.0 if same_bytes else identity.alike(before, after, same_place=lost)
        if share:
            waiting.claim(Claim(content, article_id), share, same_path=True)
    waiting.hold(identity.match(waiting.claims(identity.CERTAIN_SHARE)))
    for number, article_id, old in waiting.lost_texts():
        waiting.mark(number, identity.marks(waiting.old_text(article_id, old)))
    waiting.forget_common_marks()
    for content, after in waiting.unclaimed():
        for _, article_id, old in waiting.marked(identity.marks(after)):
            share = identity.alike(waiting.old_text(article_id, old), after, same_place=False)
            if share:
                waiting.claim(Claim(content, article_id), share, same_path=False)
    waiting.hold(identity.match(waiting.claims()))
