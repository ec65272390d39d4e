"""The pages that set texts beside one another: a quotation and its source, an article and those
like it, all copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.address import whole
from archive.render import records
from archive.web.given import Given, link
from archive.web.view import Page, Rows, View

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.questions.quotation import Quotation
    from archive.questions.similar import Copy, Similar
    from archive.records import StoredArticle

_PLACES, _MOST_PLACES = 5, 100
_ALIKE, _MOST_ALIKE = 8, 200
_GROUPS = 50
_MOST_DAYS = 100_000


def quote(archive: Archive, given: Given) -> Page:
    """Returns the page on which a quotation is checked."""
    text = given.text("text")
    values = {
        "text": text,
        "places": [(place, _place(place)) for place in _quotations(archive, given)],
        "data": link("/quote.FORM", {"text": text}) if text else None,
    }
    return Page("quote.html", values)


def _quotations(archive: Archive, given: Given) -> tuple[Quotation, ...]:
    text = given.text("text")
    limit = given.number("limit", _PLACES, least=1, most=_MOST_PLACES)
    return archive.quote(text, limit=limit, versions=given.versions) if text else ()


def _place(found: Quotation) -> str:
    version = "" if found.version is None else f"@{found.version}"
    return f"/article/{found.article_id}{version}" + (
        f"#p{max(found.first, 1)}" if found.last else ""
    )


def _quote_rows(archive: Archive, given: Given) -> Rows:
    return Rows(map(records.quotation, _quotations(archive, given)), records.KEYS["quotation"])


def similar(archive: Archive, given: Given) -> Page:
    """Returns the page with the copies of an article, and others on its matter."""
    stored, found = _alike(archive, given)
    values = {
        "stored": stored,
        "copies": [one for one in found if one.share is not None],
        "matter": [one for one in found if one.share is None],
        "data": f"/article/{given.address}/similar.FORM",
    }
    return Page("similar.html", values)


def _alike(archive: Archive, given: Given) -> tuple[StoredArticle, tuple[Similar, ...]]:
    place = whole(given.address)
    stored = archive.article(place.article_id, place.version)
    limit = given.number("limit", _ALIKE, most=_MOST_ALIKE)
    return stored, archive.similar(stored, limit=limit)


def _similar_rows(archive: Archive, given: Given) -> Rows:
    return Rows(map(records.similar, _alike(archive, given)[1]), records.KEYS["similar"])


def duplicates(archive: Archive, given: Given) -> Page:
    """Returns the page with the groups of copies, those of the latest articles first."""
    found = _copies(archive, given)[::-1]
    number = given.number("page", 1, least=1, most=_MOST_DAYS)
    within = given.text("within")
    pages = [
        link("/duplicates", {"within": within, "page": at if at > 1 else ""})
        for at in (number - 1, number + 1)
    ]
    values = {
        "within": within,
        "groups": found[(number - 1) * _GROUPS : number * _GROUPS],
        "total": len(found),
        "articles": sum(map(len, found)),
        "previous": pages[0] if number > 1 else "",
        "next": pages[1] if len(found) > number * _GROUPS else "",
        "data": link("/duplicates.FORM", {"within": within}),
    }
    return Page("duplicates.html", values)


def _copies(archive: Archive, given: Given) -> list[tuple[Copy, ...]]:
    within = given.number("within", -1, most=_MOST_DAYS)
    return archive.duplicates(within=None if within < 0 else within)


def _duplicates_rows(archive: Archive, given: Given) -> Rows:
    return Rows(map(records.copies, _copies(archive, given)), records.KEYS["copies"])


VIEWS = (
    View("/quote", "study", quote, _quote_rows, "places that a quotation comes from"),
    View(
        "/article/{address}/similar", "study", similar, _similar_rows,
        "articles most like one; limit=20",
    ),
    View("/duplicates", "study", duplicates, _duplicates_rows, "groups of copies; within=3 days"),
)  # fmt: skip
