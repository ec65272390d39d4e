"""The date of publication of a page, from its structured data alone.

A page has several places for it, some of which programs of others fill, wrongly now and then. So
they are asked in order, and only those of one rank are held against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archive.errors import ParseError
from archive.formats.dates import Published, of_one_day, published
from archive.formats.page_marks import contents, named, properties

if TYPE_CHECKING:
    from archive.formats import json_ld

_DATES = (
    "articlepublishedtime", "ogarticlepublishedtime", "articlepublished", "ogpublishedtime",
)  # fmt: skip
_OTHER_DATES = (
    "datepublished", "publisheddate", "publishedat", "parselypubdate", "sailthrudate",
    "dctermsissued", "dcdateissued", "citationpublicationdate", "citationonlinedate",
    "publishdate", "publicationdate", "pubdate", "vrpublishedtime", "isopublishdate",
)  # fmt: skip
_LAST_DATES = "cxenseparserecspublishtime", "cxenseparsepublishtime"
"""Whose zone is often wrong."""
_VAGUE_DATES = "date", "dcdate", "dctermsdate", "citationdate"
"""Names that say no more than that it is a date."""


def publication(
    tree: Any,
    metas: dict[str, list[str]],
    described: list[json_ld.Node],
    pages: list[json_ld.Node],
) -> Published | None:
    """The date of publication; None where the page has none. `described` is the article of the
    page, and `pages` the page, in JSON-LD. Of dates that agree the one with a zone of its own is
    the day as the publisher saw it. `ParseError` where two of one rank differ, or where none of
    those that are there is a date."""
    ranks = (
        [*named(described, "datePublished"), *contents(metas, _DATES)],
        contents(metas, _OTHER_DATES),
        _marked(tree),
        contents(metas, _LAST_DATES),
        named(pages, "datePublished"),
        contents(metas, _VAGUE_DATES),
    )
    error: ParseError | None = None
    for rank in ranks:
        dates: list[Published] = []
        for text in dict.fromkeys(rank):
            try:
                dates.append(published(text))
            except ParseError as found:
                error = error or found
        for date in dates:
            if not of_one_day(dates[0], date):
                one, other = (each[1] or each[0] for each in (dates[0], date))
                raise ParseError(f"two dates that differ: {one} and {other}")
        if dates:
            return max(dates, key=_exactness)
    if error:
        raise error
    return None


def _exactness(date: Published) -> int:
    """Times with a zone that is not UTC before those in UTC, and those before days."""
    return 0 if date[1] is None else 1 if date[1].endswith("+00:00") else 2


def _marked(tree: Any) -> list[str]:
    """The dates of the elements that microdata or microformats mark as the date of publication;
    none where those of microformats differ, as in lists of further articles."""
    named = [_machine_date(element) for element in properties(tree, "datepublished")]
    if any(named):
        return list(filter(None, named))
    marked = [
        _machine_date(time)
        for time in tree.iter("time")
        if time.get("pubdate") is not None
        or {"published", "dt-published"} & set((time.get("class") or "").lower().split())
    ]
    return list(filter(None, marked)) if len({value[:10] for value in marked}) == 1 else []


def _machine_date(element: Any) -> str:
    return (element.get("datetime") or element.get("content") or "").strip()
