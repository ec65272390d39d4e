"""The text of a saved page, by trafilatura: a tree -> its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_NO_LETTER = re.compile(r"\W+")
_BY = re.compile(r"^(?:by|von|par|por|di|door)")
_SHORTEST, _AROUND = 20, 40
_HOLDERS = frozenset(
    ("p", "div", "h2", "h3", "h4", "span", "strong", "b", "em", "section", "header", "li")
)
_WITHIN = ("time", "q", "code", "output")
_SENTENCES = ("p", "li", "td", "dd", "blockquote")
_SENTENCE = 20
"""Letters around such an element that make it a part of a sentence."""
_UNSEEN = re.compile(r"(?:sr-only|visually-?hidden|screen-?reader)(?![a-z])", re.IGNORECASE)
"""Classes of what is read out to the blind alone: 'opens in a new window'."""
_BLOCKS = frozenset(("p", "head", "item", "quote", "code", "row", "list", "table", "lb", "fw"))


def paragraphs(tree: Any, heads: Iterable[str], summaries: Iterable[str] = ()) -> list[str]:
    """The paragraphs of the article on a page; headings between them are paragraphs, each item of
    a list is one, and each row of a table. The first of the page's `summaries` that is shown on it
    stands in front, for articles often begin with it; `heads`, a title or a byline, are left out
    there. In the tree, what stands in a sentence is plain text afterwards."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - an extra

    _unwrap(tree)
    found: Any = bare_extraction(tree, include_comments=False, include_tables=True)
    texts = [] if found is None else [text for run in _runs(found.body) if (text := _line(run))]
    known = {letters(head) for head in heads}
    known |= {letters(heading.text_content()) for heading in tree.iter("h1")}
    while texts and _BY.sub("", letters(texts[0])) in known:
        del texts[0]
    whole = letters(" ".join(texts))
    for wanted in dict.fromkeys(letters(summary) for summary in texts and summaries):
        if wanted in whole:
            return texts
        first = _shown(tree, wanted)
        if first:
            return texts if letters(first) in whole else [first, *texts]
    return texts


def _unwrap(tree: Any) -> None:
    """Take the tags off what stands in a sentence and trafilatura would leave out (`time`) or part
    from it (`q`, `code`). It also leaves out what is in a `center` of old pages, and behind it.
    What a page does not show goes."""
    for one in list(tree.iter(*_WITHIN)):
        around = next(one.iterancestors(*_SENTENCES), None)
        if around is None:
            continue
        whole, own = len(letters(around.text_content())), len(letters(one.text_content()))
        if whole - own < _SENTENCE:
            continue
        if one.tag == "q":
            one.text = f"“{one.text or ''}"
            one.tail = f"”{one.tail or ''}"
        one.drop_tag()
    for one in tree.iter("center"):
        one.tag = "div"
    for one in list(tree.iterfind("body//*[@class]")):
        if _UNSEEN.search(one.get("class")):
            one.drop_tree()


def letters(text: str) -> str:
    """A text without what may differ between two places on a page."""
    return _NO_LETTER.sub("", text).casefold()


def _shown(tree: Any, wanted: str) -> str | None:
    """The shortest text of an element of a page that holds this one and little else, a place or an
    author, say."""
    if len(wanted) < _SHORTEST:
        return None
    holders = (e for e in tree.iterfind("body//*") if e.tag in _HOLDERS and len(e) < 10)
    texts = (text for e in holders if len(text := e.text_content()) >= len(wanted))
    near = (line for text in texts if len(line := _line(text)) < 2 * (len(wanted) + _AROUND))
    most = len(wanted) + _AROUND
    fitting = (t for t in near if wanted in (bare := letters(t)) and len(bare) < most)
    return min(fitting, key=len, default=None)


def _line(text: str) -> str:
    return " ".join(text.split())


def _runs(element: Any) -> Iterator[str]:
    """The texts between the bounds of blocks, in order."""
    from lxml.etree import iterwalk  # noqa: PLC0415 - an extra

    run: list[str] = []
    for event, one in iterwalk(element, events=("start", "end")):
        if one.tag in _BLOCKS:
            yield "".join(run)
            run = []
        elif one.tag == "cell" and event == "start" and "".join(run).strip():
            run.append(" | ")
        run.append((one.text if event == "start" else one.tail) or "")
    yield "".join(run)
