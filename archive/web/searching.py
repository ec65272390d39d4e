"""The page of search: hits with their best paragraphs, counts to narrow down by, a timeline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archive.record_class import record
from archive.render import records
from archive.render.hit_list import SNIPPET_WIDTH
from archive.text.passages import Marks, excerpt
from archive.web import charts
from archive.web.given import Given, link
from archive.web.view import Page, Rows, View

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.engines.finding import Counts
    from archive.records import Hit

HITS = 10
"""Hits on a page."""

_MOST_ROWS, _FARTHEST = 1000, 1_000_000
SORTS = {"auto": "Best first", "newest": "Newest", "oldest": "Oldest"}
_FACETS = ("category", "publication", "year", "month", "byline")
_COUNTED = ("day", "publication", "category", "byline")
_VALUES = 8
_MOST_VALUES = 200


@record
class Snippet:
    """A part of a paragraph, with its citation and its place in the article's page."""

    cite: str
    href: str
    text: str
    marks: Marks


@record
class Value:
    """A value to narrow the hits down by; `href` is empty where the language cannot ask for it."""

    text: str
    articles: int
    href: str


@record
class Facet:
    """Counts by a field: the commonest values, and the others."""

    title: str
    first: Sequence[Value]
    others: Sequence[Value]


def page(archive: Archive, given: Given) -> Page:
    """Returns the page; without a query it shows all articles, the newest first."""
    query, filters = given.query, given.filters
    sort = given.choice("sort", SORTS, "auto" if query else "newest")
    number = given.number("page", 1, least=1, most=_FARTHEST)
    offset = (number - 1) * HITS
    versions, asked = given.versions, given.asked
    found = archive.search(
        query, filters=filters, sort=sort, limit=HITS + 1, offset=offset, versions=versions
    )
    hits = found[:HITS]
    counts = (
        archive.facets(query, _COUNTED, filters=filters, versions=versions) if found.total else {}
    )
    days = counts.get("day", [])
    periods = charts.periods(days)
    values = {
        "query": query,
        "hits": [(hit, list(_snippets(hit, query))) for hit in hits],
        "total": found.total,
        "partial": found.partial,
        "mixed": found.mixed,
        "notices": found.notices,
        "first": offset + 1,
        "empty": not (found.total or query or filters),
        "read_as": _read_as(archive, given),
        "chips": [(name, value, _without(asked, name)) for name, value in filters.items()],
        "sorts": [
            (name, text, link("/", {**asked, "sort": "" if name == "auto" else name}))
            for name, text in SORTS.items()
            if query or name != "auto"
        ],
        "sort": sort,
        "versions": versions,
        "other_versions": link("/", asked | {"versions": "" if versions else "1"}),
        "chart": charts.bars(periods, max((n for _, n in periods), default=0), _dated(asked)),
        "facets": list(_facets(given, counts)) if found.total else [],
        "previous": link("/", {**asked, **_page(sort, number - 1)}) if number > 1 else "",
        "next": link("/", {**asked, **_page(sort, number + 1)}) if len(found) > HITS else "",
        "sql": found.sql,
        "data": link("/search.FORM", {**asked, **_page(sort, 1)}),
        "blame": _blame(archive, given) if not hits and number == 1 else None,
    }
    return Page("search.html", values)


def _page(sort: str, number: int) -> dict[str, object]:
    return {"sort": "" if sort == "auto" else sort, "page": number if number > 1 else ""}


def _snippets(hit: Hit, query: str) -> Iterator[Snippet]:
    for passage in hit.paragraphs:
        text, marks = excerpt(passage.text, passage.marks, SNIPPET_WIDTH)
        href = link(f"/article/{hit.citation}", {"q": query}) + f"#p{passage.position}"
        yield Snippet(passage.citation, href, text, marks)


def _read_as(archive: Archive, given: Given) -> str:
    """Returns how the query was read, where it is more than words or more was made of it."""
    if re.fullmatch(r"[\w\s]*", given.query):
        return ""
    read = archive.read_as(given.query)
    return "" if read.casefold() == given.query.casefold() else read


def _facets(given: Given, counts: Mapping[str, Counts]) -> Iterator[Facet]:
    asked = given.asked

    def facet(title: str, name: str, counts: Sequence[tuple[str | None, int]]) -> Facet:
        values = [
            Value(
                value or f"no {title.lower()}",
                articles,
                link("/", {**asked, name: value if name == "date" else f"={value}"})
                if value
                else "",
            )
            for value, articles in counts[:_MOST_VALUES]
        ]
        return Facet(title, values[:_VALUES], values[_VALUES:])

    for name in _COUNTED[1:]:
        if any(value for value, _ in counts[name]):
            yield facet(name.capitalize(), name, counts[name])
    yield facet("Year", "date", charts.by_year(counts["day"]))


def _dated(asked: dict[str, object]) -> Callable[[str], str]:
    """Returns what gives the address of the hits of a period, of which a page has a hundred."""
    others = link("/", {name: value for name, value in asked.items() if name != "date"})
    mark = "&" if "?" in others else "?"
    return lambda period: f"{others}{mark}date={period}"


def _without(asked: dict[str, object], name: str) -> str:
    return link("/", {key: value for key, value in asked.items() if key != name})


def _blame(archive: Archive, given: Given) -> dict[str, Any]:
    """Returns why nothing was found, and queries that may have been meant."""
    found = archive.blame(given.query, filters=given.filters)
    meant = [
        (near, link("/", {**given.asked, "q": changed}))
        for word, all_near in found.suggestions.items()
        for near in all_near
        if (changed := _replaced(given.query, word, near)) != given.query
    ]
    return {
        "missing": found.missing,
        "meant": meant,
        "leaves_nothing": found.leaves_nothing if found.before else None,
        "before": found.before,
        "articles": found.articles,
    }


def _replaced(query: str, word: str, near: str) -> str:
    return re.sub(re.escape(word), lambda _: near, query, flags=re.IGNORECASE)


def rows(archive: Archive, given: Given) -> Rows:
    """Returns the hits as `archive search` gives them, or its `facet`, `count` or `explain`."""
    query, filters, versions = given.query, given.filters, given.versions
    if given.text("count"):
        return Rows([records.count(archive.count(query, filters=filters, versions=versions))])
    if given.text("explain"):
        return Rows([records.explanation(archive.explain(query, filters=filters))])
    if given.text("facet"):
        name = given.choice("facet", _FACETS, "category")
        counts = archive.facet(query, name, filters=filters, versions=versions)
        return Rows(
            [records.facet([name], [value], number) for value, number in counts], (name, "articles")
        )
    found = archive.search(
        query,
        filters=filters,
        sort=given.choice("sort", (*SORTS, "relevance"), "auto"),
        limit=given.number("limit", HITS, most=_MOST_ROWS),
        offset=given.number("offset", 0, most=_FARTHEST),
        versions=versions,
    )
    return Rows(map(records.hit, found), records.KEYS["hit"])


SEARCH = View(
    "/", "search", page, rows, "hits of a query; with versions=1, facet=, count=1 or explain=1"
)
