"""A query and the filters given beside it -> `Asked`: all that the rest asks of a query.

    text     -> parser ------------------+
    filters  -> parser, field by field --+-> one tree -> the same without function words

Every command that takes a query reads it here, once.
"""

from __future__ import annotations

from collections.abc import Mapping

from archive.errors import unknown
from archive.query.fields import FIELDS
from archive.query.function_words import without_function_words
from archive.query.nodes import NOTHING, Node
from archive.query.parser import parse, parse_value
from archive.query.walk import conjunction, items_of
from archive.record import record

Filters = Mapping[str, str]
"""Further conditions: values by field of the query language."""


@record
class Asked:
    """A query as it was read.

    `tree` is everything that was asked, query and filters in one conjunction. `sought` is what an
    article must satisfy: the tree without function words. `listed` is the same of the query alone,
    whose occurrences a concordance lists.
    """

    tree: Node
    sought: Node
    listed: Node

    @property
    def ignored(self) -> tuple[Node, ...]:
        """The function words that do not decide."""
        kept = items_of(self.sought)
        return tuple(item for item in items_of(self.tree) if item not in kept)


def read(text: str, filters: Filters | None = None) -> Asked:
    """Reads a query and its filters; `QueryError`, and `UsageError` for an unknown filter."""
    query = parse(text)
    conditions = [_condition(name, value) for name, value in (filters or {}).items()]
    tree = conjunction(item for part in (query, *conditions) for item in items_of(part))
    return Asked(tree, without_function_words(tree), without_function_words(query))


def _condition(name: str, value: str) -> Node:
    if name not in FIELDS:
        raise unknown("filter", name, FIELDS)
    return parse_value(FIELDS[name], value) or NOTHING
