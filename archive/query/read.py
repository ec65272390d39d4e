"""A query and the filters given beside it -> `Asked`: all that the rest asks of a query.

    text     -> parser ------------------+
    filters  -> parser, field by field --+-> one tree -> the same without function words

Every command that takes a query reads it here, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from archive.errors import shortened, unknown
from archive.query.fields import FIELDS
from archive.query.function_words import without_function_words
from archive.query.hints import near_misses, sentence_in_capitals
from archive.query.nodes import NOTHING, Node, Text
from archive.query.parser import cleaned, parse, parse_value
from archive.query.scanner import scan
from archive.query.walk import conjunction, items_of
from archive.record_class import record
from archive.text.folding import fold
from archive.text.words import words as text_words

if TYPE_CHECKING:
    from archive.query.scanner import Token

_SENTENCE, _LONGEST_SENTENCE = 4, 60
"""Words of a query that is looked for as a whole."""

Filters = Mapping[str, str]
"""Further conditions: values by field of the query language."""


@record
class Asked:
    """A query as it was read.

    `tree` is everything that was asked, query and filters in one conjunction. `sought` is what an
    article must satisfy: the tree without function words. `listed` is the same of the query alone,
    whose occurrences a concordance lists. `verbatim` finds the articles in which the whole query
    stands word for word, under the same filters; None for a short query and one with fields.
    `operators` says that some of its words are read as operators. `notices` are lines for the
    reader: what was read otherwise than typed, and what was perhaps meant.
    """

    tree: Node
    sought: Node
    listed: Node
    verbatim: Node | None = None
    operators: bool = False
    notices: tuple[str, ...] = ()

    @property
    def ignored(self) -> tuple[Node, ...]:
        """The function words that do not decide."""
        kept = items_of(self.sought)
        return tuple(item for item in items_of(self.tree) if item not in kept)


def read(text: str, filters: Filters | None = None) -> Asked:
    """Reads a query and its filters; `QueryError`, and `UsageError` for an unknown filter."""
    asked = cleaned(text)
    tokens = scan(asked)
    if sentence_in_capitals(tokens):
        asked = asked.lower()
        notices = [f"a query all in capitals is read as a sentence: {shortened(asked)}"]
        tokens = scan(asked)
    else:
        notices = near_misses(tokens)
    query = parse(asked)
    conditions = [_condition(name, value) for name, value in (filters or {}).items()]
    tree = conjunction(item for part in (query, *conditions) for item in items_of(part))
    phrase = _verbatim(asked, tokens)
    return Asked(
        tree,
        without_function_words(tree),
        without_function_words(query),
        phrase and conjunction((phrase, *conditions)),
        any(token.kind in ("and", "or", "not", "near") for token in tokens),
        tuple(notices),
    )


def _verbatim(text: str, tokens: Sequence[Token]) -> Text | None:
    """All words of a query as one phrase, where it may have been copied from an article."""
    if any(token.kind == "field" or token.prefix for token in tokens):
        return None
    if not _SENTENCE <= len(text_words(fold(text))) <= _LONGEST_SENTENCE:
        return None
    return Text(" ".join(text.replace('"', " ").split()), quoted=True, form="written")


def _condition(name: str, value: str) -> Node:
    if name not in FIELDS:
        raise unknown("filter", name, FIELDS)
    return parse_value(FIELDS[name], value) or NOTHING
