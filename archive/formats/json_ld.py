"""What a page says of itself to machines in JSON-LD, as plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

Node = dict[str, Any]

_DEEPEST = 8
_ARTICLE = re.compile(r"(?:Article|Report|(?<!Job)Posting)\Z")
_PAGE = frozenset(("WebPage", "ItemPage", "AboutPage", "MedicalWebPage", "FAQPage", "ClaimReview"))
_LIST = frozenset(("CollectionPage", "SearchResultsPage", "ProfilePage"))
_WRAPPED = re.compile(r"^\s*(?://)?\s*<!\[CDATA\[|(?://)?\s*\]\]>\s*$|^\s*<!--|-->\s*$|;\s*$")


def nodes(scripts: Iterable[str]) -> list[Node]:
    """The things described in the scripts of a page, in their order: those at the top, in `@graph`
    or as `mainEntity`, not those that are listed in others. Scripts that are no JSON are passed
    over. References by `@id` are resolved one step deep."""
    found: list[Node] = []
    for script in scripts:
        try:
            value = json.loads(_WRAPPED.sub("", script), strict=False)
        except (ValueError, RecursionError):
            continue
        found += _flat(value, 0)
    known = {node["@id"]: node for node in found if isinstance(node.get("@id"), str)}
    for node in found:
        for name in ("author", "creator", "publisher"):
            if name in node:
                node[name] = [_resolved(value, known) for value in listed(node[name])]
    return found


def _resolved(value: Any, known: dict[str, Node]) -> Any:
    if isinstance(value, dict) and "name" not in value and isinstance(value.get("@id"), str):
        return known.get(value["@id"], value)
    return value


def _flat(value: Any, depth: int) -> Iterator[Node]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _flat(one, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(value.get(name), dict | list):
                yield from _flat(value[name], depth + 1)


def is_article(node: Node) -> bool:
    """Whether a thing is an article of any kind."""
    return any(_ARTICLE.search(name) for name in types(node))


def is_page(node: Node) -> bool:
    """Whether a thing is a page on one subject."""
    return not _PAGE.isdisjoint(types(node))


def is_list(node: Node) -> bool:
    """Whether a thing is a page that lists others."""
    return not _LIST.isdisjoint(types(node))


def types(node: Node) -> list[str]:
    """The names of a thing's types, without the address of the vocabulary."""
    return [
        re.split(r"[/#:]", name)[-1] for name in listed(node.get("@type")) if isinstance(name, str)
    ]


def listed(value: Any) -> list[Any]:
    """A value as a list: JSON-LD leaves the brackets of a single one out."""
    return value if isinstance(value, list) else [] if value is None else [value]


def texts(value: Any) -> list[str]:
    """The texts of a value: its own, or the names of the things that it holds."""
    found = []
    for one in listed(value):
        if isinstance(one, dict):
            found += texts(one.get("name") or one.get("@value") or _full_name(one))
        elif isinstance(one, str) and one.strip():
            found.append(one)
    return found


def _full_name(person: Node) -> str:
    parts = (person.get("givenName"), person.get("familyName"))
    return " ".join(part for part in parts if isinstance(part, str))
