"""Articles found -> hits: the paragraphs to show, where they are marked, the words they lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archive.address import Address
from archive.query.walk import positive_texts
from archive.records import Hit, Passage
from archive.text.passages import best_paragraphs

if TYPE_CHECKING:
    from archive.engines.finding import Found, Marked, Marker
    from archive.query.matching import Span
    from archive.query.nodes import Node, Text
    from archive.text.passages import Marks

PARAGRAPHS = 3
"""Most paragraphs shown of a hit."""

_NAMED = 100
"""Words of a query that are named where a hit lacks them."""


def hits(
    index: Marker, tree: Node, rows: Sequence[Found], *, loose: bool, context: int
) -> Iterator[Hit]:
    """The hits for articles that were found, one by one: the evidence for a tree marked in the best
    paragraphs of each, and `context` paragraphs on either side of those. `loose` says that none has
    all that was asked."""
    words = positive_texts(tree)
    marks = index.mark((row.address for row in rows), tree)
    for row, marked in zip(rows, marks, strict=True):
        yield _hit(row, marked, words, partial=loose or not row.whole, context=context)


def _hit(row: Found, marked: Marked, words: Sequence[Text], *, partial: bool, context: int) -> Hit:
    held = {position: _words_of(spans) for position, spans in marked.paragraphs.items()}
    chosen = best_paragraphs(held, marked.paragraphs, PARAGRAPHS) or [1]
    missing: Iterable[str] = ()
    if partial:
        seen = _words_of(marked.title).union(*held.values())
        missing = (text.words for n, text in enumerate(words[:_NAMED]) if n not in seen)
    if context:
        chosen = sorted(set(_around(chosen, context, len(marked.texts))))
    return Hit(
        article_id=row.article_id,
        published_on=row.published_on,
        category=row.category,
        byline=row.byline,
        title=row.title,
        title_marks=_marks(marked.title),
        score=row.score,
        paragraphs=tuple(
            Passage(
                row.article_id,
                position,
                marked.texts[position - 1],
                _marks(marked.paragraphs.get(position, ())),
                row.version,
            )
            for position in chosen
        ),
        missing=tuple(missing),
        partial=partial,
        version=row.version,
        publication=row.publication,
        url=row.url,
    )


def marks_in(index: Marker, tree: Node, article_id: int) -> tuple[Marks, dict[int, Marks]]:
    """The evidence for a tree in an article: in its title, and by position in each paragraph that
    has some."""
    (marked,) = index.mark([Address(article_id)], tree)
    return _marks(marked.title), {at: _marks(spans) for at, spans in marked.paragraphs.items()}


def _words_of(spans: Sequence[Span]) -> frozenset[int]:
    """The numbers of the words that are among marked places."""
    return frozenset().union(*(numbers for _, _, numbers in spans))


def _around(positions: Iterable[int], context: int, last: int) -> Iterator[int]:
    for position in positions:
        yield from range(max(1, position - context), min(last, position + context) + 1)


def _marks(spans: Sequence[Span]) -> Marks:
    return tuple((start, end) for start, end, _ in spans)
