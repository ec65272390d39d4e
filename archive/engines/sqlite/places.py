"""What FTS5's own language cannot say: words in a given order (ADJ/n), words of one paragraph.

The index knows each word's places in each article (`fts5vocab`, kind `instance`). FTS5 first finds
the articles that hold the words at all; their places, and those of the paragraph breaks, are then
compared here. Places count tokens from 0 in a column, breaks included.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from typing import assert_never

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import tokenizer
from archive.engines.sqlite.match import in_any_form, superset
from archive.query.nodes import And, Dates, Near, Node, Not, Or, Paragraph, Text, Words
from archive.query.walk import all_texts
from archive.record_class import record
from archive.text.folding import PARAGRAPH_BREAK, fold

Span = tuple[int, int]
"""First and last place of a word or phrase."""

_Word = tuple[str, bool]
"""A word as the index has it, and whether it only begins one."""

_COLUMNS = ("title", "body")


def articles_where(connection: sqlite3.Connection, node: Near | Paragraph) -> list[int]:
    """The ids of the articles for which an ordered `Near` or a `Paragraph` holds, ascending."""
    candidates = in_any_form(superset(node))
    if candidates is None:
        return []
    sqlite.list_places(connection)
    texts = all_texts(node)
    stems = tokenizer.stems([fold(text.words) for text in texts])
    words = {
        text: [(stem, text.prefix and at == len(found)) for at, stem in enumerate(found, 1)]
        for text, found in zip(texts, stems, strict=True)
    }
    scoped = {text.column for text in texts} - {None}
    columns = ("body",) if isinstance(node, Paragraph) else tuple(scoped) or _COLUMNS
    found: set[int] = set()
    for column in columns:
        reader = _Reader(connection, candidates, str(column))
        places = {word: reader.places(word) for every in words.values() for word in every}
        breaks = reader.places((PARAGRAPH_BREAK, False))
        holding = {article_id for of in places.values() for article_id in of}
        for article_id in holding:
            spans = {text: _spans(every, places, article_id) for text, every in words.items()}
            article = _Places(spans, _numbers(breaks.get(article_id)))
            if _paragraphs(node, article):
                found.add(article_id)
    return sorted(found)


@record
class _Reader:
    """Reads places of words in one column of the candidates."""

    connection: sqlite3.Connection
    candidates: str
    column: str

    def places(self, word: _Word) -> dict[int, str]:
        """Article -> the word's places, ascending, separated by commas."""
        stem, prefix = word
        condition = "term >= ? AND term < ?" if prefix else "term = ?"
        values = (stem, stem + "\U0010ffff") if prefix else (stem,)
        rows = self.connection.execute(
            f"SELECT doc, group_concat(offset) FROM temp.article_places WHERE {condition}"
            " AND col = ? AND doc IN"
            " (SELECT rowid FROM article_search WHERE article_search MATCH ?) GROUP BY doc",
            (*values, self.column, self.candidates),
        )
        return dict(rows.fetchall())


@record
class _Places:
    """Where the words of a tree stand in one article, and where its paragraphs end."""

    spans: dict[Text, list[Span]]
    breaks: list[int]

    def paragraph(self, span: Span) -> int:
        """Number of the paragraph, from 0, in which a span lies."""
        return bisect_left(self.breaks, span[0])


def _numbers(written: str | None) -> list[int]:
    return sorted(map(int, written.split(","))) if written else []


def _spans(words: list[_Word], places: dict[_Word, dict[int, str]], article_id: int) -> list[Span]:
    """Where a word, or the words of a phrase one after the other, stand in an article."""
    if not words:
        return []
    first, *others = (_numbers(places[word].get(article_id)) for word in words)
    following = [frozenset(of) for of in others]
    last = len(words) - 1
    return [
        (at, at + last)
        for at in first
        if all(at + shift in of for shift, of in enumerate(following, 1))
    ]


def _paragraphs(node: Node, article: _Places) -> set[int]:
    """The numbers of the paragraphs in which a tree holds."""
    match node:
        case Paragraph():
            return _paragraphs(node.item, article)
        case Text():
            return {article.paragraph(span) for span in article.spans[node]}
        case Near():
            left = sorted(span for text in node.left for span in article.spans[text])
            right = sorted(span for text in node.right for span in article.spans[text])
            found = _following(left, right, node.distance, article)
            if not node.ordered:
                found |= _following(right, left, node.distance, article)
            return found
        case Not():
            return set(range(len(article.breaks) + 1)) - _paragraphs(node.item, article)
        case And():
            return set.intersection(*(_paragraphs(item, article) for item in node.items))
        case Or():
            return set().union(*(_paragraphs(item, article) for item in node.items))
        case Words() | Dates():
            raise TypeError(node)  # pragma: no cover - the parser lets neither into para:
        case _:
            assert_never(node)


def _following(left: list[Span], right: list[Span], distance: int, article: _Places) -> set[int]:
    """The paragraphs in which one of `right` follows one of `left` with at most `distance` words
    between them, in the same paragraph."""
    starts = [start for start, _ in right]
    found = set()
    for span in left:
        at = bisect_right(starts, span[1])
        if at < len(right) and starts[at] - span[1] - 1 <= distance:
            paragraph = article.paragraph(span)
            if article.paragraph(right[at]) == paragraph:
                found.add(paragraph)
    return found
