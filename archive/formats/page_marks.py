"""The marks in a page that tell machines what stands there: meta tags and microdata, as texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

from archive.formats import json_ld

_NO_LETTER = re.compile(r"[^a-z]+")


def all_metas(tree: Any) -> dict[str, list[str]]:
    """The contents of the meta tags by their names in small letters."""
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = plain(meta.get("content") or "")
        for attribute in ("property", "name", "http-equiv"):
            name = _NO_LETTER.sub("", (meta.get(attribute) or "").lower())
            if name and content:
                found.setdefault(name, []).append(content)
    return found


def contents(metas: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    """What meta tags of these names hold."""
    return [content for name in names for content in metas.get(name, ())]


def values(nodes: Iterable[json_ld.Node], name: str) -> list[Any]:
    """The values that things have under a name."""
    return [value for node in nodes for value in json_ld.listed(node.get(name))]


def named(nodes: Iterable[json_ld.Node], name: str) -> list[str]:
    """The texts that things have under a name."""
    return [text for node in nodes for one in json_ld.texts(node.get(name)) if (text := plain(one))]


def properties(tree: Any, name: str) -> Iterator[Any]:
    """The elements with a property of microdata that belongs to an article or to the page."""
    for element in tree.iter():
        if name in (element.get("itemprop") or "").lower().split():
            scope = next(
                (e for e in element.iterancestors() if e.get("itemscope") is not None), None
            )
            if scope is None or json_ld.is_article({"@type": scope.get("itemtype")}):
                yield element


def plain(text: str) -> str:
    """A text as one line; some pages write the characters of HTML twice, or tags into titles."""
    if "&" in text:
        text = unescape(text)
    if "</" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    return " ".join(text.split())
