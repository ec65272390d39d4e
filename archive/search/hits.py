"""Articles found -> hits: the paragraphs to show, where they are marked, the words they lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from archive.record import record
from archive.records import Hit, Passage
from archive.text.passages import Marks, best_paragraphs, read_marks, spans, unfold_marks

if TYPE_CHECKING:
    from archive.engines.contract import Found, Marked, Marker
    from archive.query.nodes import Text

PARAGRAPHS = 3
"""Most paragraphs shown of a hit."""

_BATCH = 200
"""Articles whose texts are held at once."""


def hits(
    index: Marker, words: Sequence[Text], rows: Sequence[Found], *, loose: bool, context: int
) -> list[Hit]:
    """The hits for articles that were found: the words marked in the best paragraphs of each, and
    `context` paragraphs on either side of those. `loose` says that none has all that was asked."""
    found: list[Hit] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        marks = index.mark([row.article_id for row in batch], words)
        query = _Words(words, marks.words_of)
        for row, marked in zip(batch, marks.articles, strict=True):
            found.append(_hit(row, marked, query, partial=loose or not row.whole, context=context))
    return found


@record
class _Words:
    """The words of a query, and their numbers by the stretches of text that are marked."""

    texts: Sequence[Text]
    numbers: Mapping[str, frozenset[int]]

    def among(self, marked: Iterable[str]) -> frozenset[int]:
        """The numbers of the words that are among marked stretches of a title."""
        return frozenset().union(*(self.numbers[span] for span in set(marked)))

    def in_body(self, marked: Iterable[str]) -> frozenset[int]:
        """The same for a paragraph: words of a column are not looked for there."""
        return frozenset(n for n in self.among(marked) if not self.texts[n].column)


def _hit(row: Found, marked: Marked, query: _Words, *, partial: bool, context: int) -> Hit:
    stretches = {position: spans(text) for position, text in marked.paragraphs.items()}
    words = {position: query.in_body(found) for position, found in stretches.items()}
    chosen = best_paragraphs(words, stretches, PARAGRAPHS) or [1]
    missing: Iterable[str] = ()
    if partial:
        seen = query.among(spans(marked.title)).union(*words.values())
        missing = (text.words for n, text in enumerate(query.texts) if n not in seen)
    if context:
        chosen = sorted(set(_around(chosen, context, len(marked.texts))))
    return Hit(
        article_id=row.article_id,
        published_on=row.published_on,
        category=row.category,
        byline=row.byline,
        title=row.title,
        title_marks=_marks(row.title, marked.title),
        score=row.score,
        paragraphs=tuple(_passage(row.article_id, position, marked) for position in chosen),
        missing=tuple(missing),
        partial=partial,
    )


def _around(positions: Iterable[int], context: int, last: int) -> Iterator[int]:
    for position in positions:
        yield from range(max(1, position - context), min(last, position + context) + 1)


def _passage(article_id: int, position: int, marked: Marked) -> Passage:
    text = marked.texts[position - 1]
    return Passage(article_id, position, text, _marks(text, marked.paragraphs.get(position, "")))


def _marks(text: str, highlighted: str) -> Marks:
    """Where a highlighted text is marked, in the text as written."""
    return unfold_marks(text, read_marks(highlighted))
