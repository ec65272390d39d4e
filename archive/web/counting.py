"""The pages that count: timeline, concordance, and what there is to know about the archive."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from archive.address import Address
from archive.errors import QueryError, UsageError
from archive.render import records
from archive.web import charts
from archive.web.given import Given, link
from archive.web.view import Page, Rows, View

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.questions.concordance import Line
    from archive.questions.timeline import Timeline

_PERIODS = ("day", "week", "month", "quarter", "year")
_SORTS = {"date": "Oldest first", "left": "By the words before", "right": "By the words after"}
_QUERIES = 5
_BARS = 4000
_LINES, _MOST_LINES = 100, 2000
_SIDE = 60
_CATEGORIES = 6


def _counted(archive: Archive, given: Given) -> Timeline:
    queries = given.texts("q", _QUERIES) or [""]
    by = given.choice("by", _PERIODS, "month")
    return archive.timeline(queries, by, filters=given.filters)


def timeline(archive: Archive, given: Given) -> Page:
    """Returns the page with a chart for each query, all on one scale."""
    found = _counted(archive, given)
    periods = list(itertools.islice(found, _BARS + 1))
    if len(periods) > _BARS:
        raise UsageError(f"more than {_BARS:,} periods: count by month or by year")
    by = given.choice("by", _PERIODS, "month")
    filters: dict[str, object] = {**given.filters}

    def chart(at: int, query: str) -> list[charts.Bar]:
        counts = [(period.label, period.counts[at]) for period in periods]
        dated = {**filters, "q": query}
        return charts.bars(
            counts, found.most or 1,
            lambda label: "" if by in ("week", "quarter") else link("/", {**dated, "date": label}),
        )  # fmt: skip

    queries = found.queries if found.most or any(found.queries) else ()
    values = {
        "filters": given.filters,
        "queries": [*given.texts("q", _QUERIES), ""][:_QUERIES],
        "charts": [
            (query, chart(at, query), sum(period.counts[at] for period in periods))
            for at, query in enumerate(queries)
        ],
        "most": found.most,
        "periods": [period for period in periods if any(period.counts)],
        "by": by,
        "periods_by": _PERIODS,
        "data": link("/timeline.FORM", given.parameters),
    }
    return Page("timeline.html", values)


def _timeline_rows(archive: Archive, given: Given) -> Rows:
    return Rows(records.timeline(_counted(archive, given)), records.KEYS["timeline"])


def concordance(archive: Archive, given: Given) -> Page:
    """Returns the page with each occurrence of a query's words on a line."""
    lines: tuple[Line, ...] = ()
    message = ""
    if given.query:
        try:
            lines = _occurrences(archive, given, _LINES + 1)
        except QueryError:
            raise
        except UsageError as error:
            message = str(error)
    asked = given.asked
    values = {
        "query": given.query,
        "lines": [(line, _place(line, given.query)) for line in lines[:_LINES]],
        "more": len(lines) > _LINES,
        "message": message,
        "sort": given.choice("sort", _SORTS, "date"),
        "sorts": [
            (name, text, link("/concordance", {**asked, "sort": "" if name == "date" else name}))
            for name, text in _SORTS.items()
        ],
        "versions": given.versions,
        "other_versions": link("/concordance", asked | {"versions": "" if given.versions else "1"}),
        "data": link("/concordance.FORM", given.parameters) if lines else None,
        "side": _SIDE,
    }
    return Page("concordance.html", values)


def _occurrences(archive: Archive, given: Given, limit: int) -> tuple[Line, ...]:
    sort = given.choice("sort", _SORTS, "date")
    return archive.concordance(
        given.query, filters=given.filters, sort=sort, limit=limit, versions=given.versions
    )


def _place(line: Line, query: str) -> str:
    place = f"#p{line.position}" if line.position else ""
    address = Address(line.article_id, line.version)
    return link(f"/article/{address}", {"q": query}) + place


def _concordance_rows(archive: Archive, given: Given) -> Rows:
    limit = given.number("limit", _LINES, most=_MOST_LINES)
    found = _occurrences(archive, given, limit)
    return Rows([records.line(line, 50) for line in found], records.KEYS["line"])


def about(archive: Archive, _given: Given) -> Page:
    """Returns the page about the archive: counts, growth, categories over time, health, data."""
    figures = archive.stats()
    named = [category for category, _ in figures.categories if category][:_CATEGORIES]
    years = list(itertools.islice(archive.timeline([""], "year"), _BARS))
    rows = [[(year.label, year.counts[0]) for year in years]]
    for name in named:
        counts = dict(archive.facet("", "year", filters={"category": f"={name}"}))
        rows.append([(year.label, counts.get(year.label, 0)) for year in years])
    most = [max((count for _, count in row), default=0) for row in rows]
    values = {
        "figures": figures,
        "years": charts.bars(rows[0], most[0], lambda year: link("/", {"date": year})),
        "categories": [
            (name, charts.bars(row, top), sum(count for _, count in row), top)
            for name, row, top in zip(named, rows[1:], most[1:], strict=True)
        ],
        "others": len(figures.categories) - len(named),
        "growth": _growth(archive),
        "findings": archive.doctor(),
        "data": "/about.FORM",
    }
    return Page("about.html", values)


def _growth(archive: Archive) -> list[charts.Bar]:
    """The number of articles after each period in which some came in; none for a single period."""
    added = charts.periods(archive.growth())
    sums = list(itertools.accumulate(articles for _, articles in added))
    labels = [label for label, _ in added]
    return charts.bars(list(zip(labels, sums, strict=True)), sums[-1]) if len(sums) > 1 else []


def _about_rows(archive: Archive, _given: Given) -> Rows:
    return Rows([records.stats(archive.stats())])


def _health(archive: Archive, _given: Given) -> Rows:
    return Rows(map(records.finding, archive.doctor()))


def _to_about(_archive: Archive, _given: Given) -> Page:
    return Page("", {}, moved="/about#health")


VIEWS = (
    View("/timeline", "study", timeline, _timeline_rows, "hits by period; q= several times, by="),
    View(
        "/concordance",
        "study",
        concordance,
        _concordance_rows,
        "occurrences; sort=, limit=, versions=1",
    ),
    View("/about", "read", about, _about_rows, "figures of the archive"),
    View("/health", "read", _to_about, _health, "findings about the archive's state"),
)
