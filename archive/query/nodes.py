"""The nodes of a query tree.

The parser makes trees of text and never sees a database; an engine answers trees and never sees
text. Whatever treats nodes by their kind is a `match` that ends in `assert_never`, so that mypy
names every place to look at when a kind is added (CONTRIBUTING.md).
"""

from __future__ import annotations

import dataclasses
from dataclasses import field
from typing import Literal

from archive.record_class import record

Form = Literal["any", "written", "capitals", "joined"]
"""Which ways to write a word count: any form of it (`visit` finds *visits*), the word as written
but for case and accents, that in capitals alone (`US`, never *us*), or that where it is written in
several parts alone (an engine's way to find 1,250 for `1250`)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """A word or a phrase of the full text; `column` is None or `title`, `prefix` for `invad*`.
    `words` are as the user wrote them, `quoted` says that quotes stood around them, and `times`
    how often they stood in the query; neither makes another word of it. `form` says which ways to
    write the words count."""

    words: str
    prefix: bool = False
    column: str | None = None
    quoted: bool = field(default=False, compare=False)
    times: int = field(default=1, compare=False)
    form: Form = "any"


@record
class Near:
    """One of `left` and one of `right` in the same column with at most `distance` words between
    them, in this order where `ordered`, else in either."""

    left: tuple[Text, ...]
    right: tuple[Text, ...]
    distance: int
    ordered: bool = False


@record
class Paragraph:
    """A tree of words that one paragraph must satisfy."""

    item: Node


@record
class Words:
    """Words that a column (`category`, `byline`) or a source's path must hold, the last one only
    begun where `prefix`; or the digits with which a fingerprint (`hash`) begins."""

    field: str
    words: str
    prefix: bool = False


@record
class Dates:
    """Published between two ISO dates, both included."""

    first: str
    last: str


@record
class Not:
    """All articles but those of `item`."""

    item: Node


@record
class And:
    """Articles in every one of `items`; without items, every article (`EVERYTHING`)."""

    items: tuple[Node, ...]


@record
class Or:
    """Articles in any of `items`; without items, no article (`NOTHING`)."""

    items: tuple[Node, ...]


Node = Text | Near | Paragraph | Words | Dates | Not | And | Or

NOTHING = Or(())
"""Matches no article: a query of punctuation only, such as `"..."`."""

EVERYTHING = And(())
"""Matches every article: an empty query."""
