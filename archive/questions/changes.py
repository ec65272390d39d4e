"""What changed: which two texts `archive diff` compares, and how they differ.

one or two addresses -> two stored articles -> their differences (text/diff.py)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archive.record_class import record
from archive.records import StoredArticle
from archive.text.diff import Difference, compare

if TYPE_CHECKING:
    from archive.address import Address

Load = Callable[[int, int | None], StoredArticle]
"""Returns an article by its number and version (None: the current one)."""


@record
class Changes:
    """Two texts and the differences between them; none where they are equal."""

    old: StoredArticle
    new: StoredArticle
    differences: tuple[Difference, ...]

    def places(self, difference: Difference) -> list[str]:
        """Returns the addresses of a difference in the old and the new text: `12@1:7`, or `12@1`
        where it is no paragraph. Where a paragraph has no counterpart there is one address."""
        return [
            f"{stored.id}@{stored.version}" + (f":{position}" if position else "")
            for stored, position in ((self.old, difference.old), (self.new, difference.new))
            if position or difference.field != "paragraph"
        ]


def changes(load: Load, old: Address, new: Address | None) -> Changes:
    """Compares two articles or versions. Without `new`, compares a version with the next one, or
    the last two versions of an article."""
    if new is not None:
        before = load(old.article_id, old.version)
        after = load(new.article_id, new.version)
    else:
        after = load(old.article_id, None)
        first = max(1, after.versions - 1) if old.version is None else old.version
        before = load(old.article_id, first)
        after = load(old.article_id, min(first + 1, after.versions))
    return Changes(before, after, compare(before.article, after.article))
