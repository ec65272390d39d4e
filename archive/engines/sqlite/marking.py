"""The texts of articles with the evidence for a query in them (`query.matching`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archive.engines.finding import Marked
from archive.engines.sqlite import tokenizer
from archive.query.matching import Matcher

if TYPE_CHECKING:
    from archive.query.nodes import Node


def marked(
    connection: sqlite3.Connection, article_ids: Iterable[int], tree: Node
) -> Iterator[Marked]:
    """Articles with their evidence for a tree."""
    matcher = Matcher(tree, tokenizer.forms)
    for article_id in article_ids:
        title = connection.execute(
            "SELECT title, folded_title FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        rows = connection.execute(
            "SELECT text, folded FROM paragraphs WHERE article_id = ? ORDER BY position",
            (article_id,),
        ).fetchall()
        yield evidence(matcher, title, rows)


def evidence(
    matcher: Matcher,
    title: tuple[str, str | None],
    paragraphs: Sequence[tuple[str, str | None]],
) -> Marked:
    """The evidence in a title and paragraphs, each as written and as folded, where that is
    known."""
    found = {at: matcher.paragraph(*text) for at, text in enumerate(paragraphs, 1)}
    return Marked(
        [text for text, _ in paragraphs],
        matcher.title(*title),
        {at: spans for at, spans in found.items() if spans},
    )
