"""The text of a saved page, by trafilatura: a tree -> its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from typing import Any

_SPACE = re.compile(r"\s+")
_BLOCKS = frozenset(("p", "head", "item", "quote", "code", "row", "list", "table", "lb", "fw"))


def paragraphs(tree: Any) -> list[str]:
    """The paragraphs of the article on a page; headings between them are paragraphs, each item of
    a list is one, and each row of a table. The tree is left as it was."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - an extra

    found = bare_extraction(tree, include_comments=False, include_tables=True)
    if found is None:
        return []
    return [text for run in _runs(found.body) if (text := _SPACE.sub(" ", run).strip())]


def _runs(element: Any) -> Iterator[str]:
    """The texts between the bounds of blocks, in order."""
    run: list[str] = []
    for event, one in _walk(element):
        if event == "text":
            run.append(one)
        elif one in _BLOCKS:
            yield "".join(run)
            run = []
        elif one == "cell" and "".join(run).strip():
            run.append(" | ")
    yield "".join(run)


def _walk(element: Any) -> Iterator[tuple[str, str]]:
    from lxml.etree import iterwalk  # noqa: PLC0415 - an extra

    for event, one in iterwalk(element, events=("start", "end")):
        yield "tag", one.tag
        text = one.text if event == "start" else one.tail
        if text:
            yield "text", text
