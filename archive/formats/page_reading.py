"""One saved page, read: bytes -> the article and what is known of it.

Runs in a process of its own (`apart.py`), which `web_page.py` asks.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archive.errors import ParseError
from archive.formats import page_head, page_text
from archive.formats.contract import Member
from archive.formats.making import article
from archive.formats.page_source import markup, saved_from

if TYPE_CHECKING:
    from archive.formats.contract import Reading

_BANNERS = "wm-ipp", "donato", "wm-capinfo"
"""How the ids of the elements begin that web.archive.org adds to a page."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that lxml reads, but refuses to write; trafilatura then gives no text."""
_BEGINNING, _ARTICLE = 300, 3000
"""Letters under which a text that has to be paid for is taken for its beginning, and under which it
may be."""
_IS_IT_WHOLE = (
    "the page says that its article has to be paid for, and the text is short: is it whole?"
)


def prepare() -> Callable[[], None]:
    """Load the libraries; `ImportError` where they are not there. Gives the function that empties
    their caches."""
    import trafilatura  # noqa: F401, PLC0415 - an extra
    from trafilatura.meta import reset_caches  # noqa: PLC0415

    logging.disable()
    return reset_caches


def read(data: bytes, reading: Reading) -> Member:
    """The article of a page; `ParseError` where it has none."""
    tree = _tree(markup(data, reading.encoding))
    found = page_head.head(tree, saved_from(data))
    paragraphs = page_text.paragraphs(
        tree, filter(None, (found.title, found.byline)), found.summaries
    )
    day, time = found.published or (reading.date, None)
    if not paragraphs:
        raise ParseError("no text")
    if not day:
        raise ParseError("no date of publication in its structured data (--date gives one)")
    if _is_summary(paragraphs, found):
        raise ParseError("summary only: the text is not in the page")
    made = article(
        *(day, found.title, paragraphs),
        category=found.category,
        byline=found.byline,
        publication=found.publication,
    )
    remarks = ((None, _IS_IT_WHOLE),) if found.closed and _is_short(paragraphs, _ARTICLE) else ()
    return Member(made, url=found.url, published_at=time, language=found.language, remarks=remarks)


def _is_summary(paragraphs: list[str], found: page_head.Head) -> bool:
    """Whether a text is no more than a summary that breaks off, or the free beginning of an article
    that has to be paid for."""
    text = " ".join(paragraphs)
    bare = page_text.letters(text)
    summary = any(bare in page_text.letters(one) for one in found.summaries)
    if found.closed:
        cut = found.words is not None and len(text.split()) < found.words // 2
        return summary or cut or _is_short(paragraphs, _BEGINNING)
    return summary and text.endswith(("…", "..."))


def _is_short(paragraphs: list[str], letters: int) -> bool:
    return len(page_text.letters("".join(paragraphs))) < letters


def _tree(text: str) -> Any:
    """The tree of a page; `ParseError` where it has no content, or is nested too deeply."""
    from lxml import etree, html  # noqa: PLC0415 - an extra

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False
    )
    try:
        tree = html.document_fromstring(text.encode(), parser=parser)
    except etree.LxmlError:
        raise ParseError("no text: the page is empty") from None
    if any("depth" in error.message.lower() for error in parser.error_log):
        raise ParseError("its elements are nested too deeply")
    if "&#" in text or _CONTROL.search(text):
        _without_controls(tree)
    for element in list(tree.iterfind("body//*[@id]")):
        if element.get("id").startswith(_BANNERS):
            element.drop_tree()
    return tree


def _without_controls(tree: Any) -> None:
    for element in tree.iter():
        if element.text and _CONTROL.search(element.text):
            element.text = _CONTROL.sub("", element.text)
        if element.tail and _CONTROL.search(element.tail):
            element.tail = _CONTROL.sub("", element.tail)
