"""One saved page, read: bytes -> the article and what is known of it. Runs in a process of its own
(`apart.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.errors import ParseError
from archive.formats import page_head, page_text
from archive.formats.contract import Member
from archive.formats.making import article
from archive.formats.page_source import markup, saved_from

if TYPE_CHECKING:
    from archive.formats.contract import Reading


def read(data: bytes, reading: Reading) -> Member:
    """The article of a page; `ParseError` where it has none."""
    tree = _tree(markup(data, reading.encoding))
    found = page_head.head(tree, saved_from(data))
    day, time = found.published or (reading.date, None)
    if not day:
        raise ParseError("no date of publication in its structured data (--date gives one)")
    paragraphs = page_text.paragraphs(tree)
    made = article(
        *(day, found.title, paragraphs),
        category=found.category,
        byline=found.byline,
        publication=found.publication,
    )
    return Member(made, url=found.url, published_at=time, language=found.language)


def _tree(text: str):
    from lxml import etree, html  # noqa: PLC0415 - an extra

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    return html.document_fromstring(text.encode(), parser=parser)
