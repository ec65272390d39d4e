"""What `search` and `list` have in common: hits, counts by facets, and what to say about them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive.cli.app import Filters, found_nothing, note
from archive.cli.asking import point_out
from archive.errors import UsageError

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.rows import Form


def explain(archive: Archive, query: str, filters: Filters, form: Form) -> None:
    """Shows how a query was read, and what each part of it finds alone."""
    from archive.render import hit_list, records, rows

    found = archive.explain(query, filters=filters)
    rows.put(form, [records.explanation(found)], lambda: hit_list.show_explanation(found))
    if not found.articles:
        found_nothing()


def count(
    archive: Archive, query: str, filters: Filters, form: Form,
    *, facets: Sequence[str], versions: bool,
) -> None:  # fmt: skip
    """Shows how many articles a query finds, in all or by one or two facets."""
    from archive.render import counts, records, rows

    if len(facets) > 2 or len({*facets}) < len(facets):
        raise UsageError("--facet counts by one name, or by two that differ")
    point_out(query)
    if not facets:
        total = archive.count(query, filters=filters, versions=versions)
        rows.put(form, [records.count(total)], lambda: print(total))
    else:
        ask = archive.facet if len(facets) == 1 else archive.cross
        found = ask(query, *facets, filters=filters, versions=versions)
        total = len(found)
        rows.put(
            form,
            (records.facet(facets, values, articles) for *values, articles in found),
            lambda: counts.show_facets(facets, found),
            (*facets, "articles"),
        )
        if not found:
            _blame(archive, query, filters, nothing=True)
    if not total:
        found_nothing()


def seed_of(sort: str, seed: int | None) -> int:
    """Returns the seed of a random order: the one given, else one by chance, which is told."""
    if sort != "random":
        if seed is not None:
            raise UsageError("--seed goes with --sort random")
        return 0
    if seed is None:
        seed = time.time_ns() % 1_000_000
        note(f"--seed {seed} draws the same again")
    return seed


def show(
    archive: Archive, query: str, filters: Filters, form: Form,
    *, sort: str, seed: int, limit: int, offset: int, context: int, sql: bool, passages: bool,
    versions: bool,
) -> None:  # fmt: skip
    """Shows a page of hits, or its SQL, and says what it lacks."""
    from archive.render import hit_list, records, rows

    with archive.snapshot():
        results = archive.search(
            query,
            filters=filters,
            sort=sort,
            seed=seed,
            limit=limit,
            offset=offset,
            context=context,
            versions=versions,
        )
        for notice in results.notices:
            note(notice)
        if sql:
            print(results.sql)
        else:
            rows.put(
                form,
                map(records.hit, results),
                lambda: hit_list.show_hits(results, passages=passages),
                records.KEYS["hit"],
            )
            said = hit_list.notice(results, offset)
            if said:
                note(said)
        if limit and not offset and (results.partial or not results):
            _blame(archive, query, filters, nothing=not results)
    if not results:
        found_nothing()


def _blame(archive: Archive, query: str, filters: Filters, *, nothing: bool) -> None:
    """Says why nothing was found, and what may have been meant."""
    from archive.render import hit_list

    for line in hit_list.blamed(archive.blame(query, filters=filters), query, nothing=nothing):
        note(line)
