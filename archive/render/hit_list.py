"""What `search` and `list` show: hits, facets, an explanation, and notices about what they lack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archive.errors import counted, quoted, shortened
from archive.render.screen import Screen, Segment, marked, screen
from archive.text.passages import excerpt

if TYPE_CHECKING:
    from archive.records import Hit
    from archive.search.explain import Blame, Explanation
    from archive.search.searcher import Results

SNIPPET_WIDTH = 360
"""Characters shown of a paragraph in a list of hits."""


def show_hits(hits: Sequence[Hit], *, passages: bool) -> None:
    """Shows hits, one a line, or with their best paragraphs below them."""
    out = screen()
    for at, hit in enumerate(hits):
        if at and passages:
            out.line()
        _show_hit(out, hit, passages=passages)


def _show_hit(out: Screen, hit: Hit, *, passages: bool) -> None:
    head: list[Segment] = [(hit.citation, "id"), ("  ", ""), (hit.published_on, "date")]
    for text in filter(None, (hit.category, hit.publication)):
        head += [("  ", ""), (text, "category")]
    out.line(*head, ("  ", ""), *marked(hit.title, hit.title_marks, "title"))
    if hit.missing:
        out.line(("without: " + ", ".join(hit.missing), "dim"), indent=4)
    for passage in hit.paragraphs if passages else ():
        text, marks = excerpt(passage.text, passage.marks, SNIPPET_WIDTH)
        out.line((passage.citation, "cite"), ("  ", ""), *marked(text, marks), indent=4)


def show_explanation(found: Explanation) -> None:
    """Shows how a query was read, what each part of it finds alone, and the plan."""
    out = screen()
    out.line(("read as   ", "dim"), (found.read_as, ""))
    if found.ignored:
        out.line(("ignored   ", "dim"), (", ".join(found.ignored), ""))
    for part in found.parts:
        out.line((f"{part.articles:>10,}  ", ""), (part.text, "match"))
    out.line((f"{found.articles:>10,}  ", ""), ("all of it", "title"))
    for step in found.plan:
        out.line((step, "dim"), indent=4)


def notice(results: Results, offset: int) -> str | None:
    """Returns what to say about a page of hits: what else there is, or what they lack."""
    last = offset + len(results)
    if not results and results.total:
        found = f"none of the {results.total:,} is" if results.total > 1 else "the only hit is not"
        return f"{found} on this page: see --offset and --limit"
    if results.partial:
        return "no article has all of it; these have some of the words"
    if results.mixed:
        full = counted(results.total, "article has", "articles have")
        return f"{full} all of the words, the others some of them"
    if results.total > last:
        return f"{offset + 1:,} to {last:,} of {results.total:,}; --offset {last} for more"
    return None


def blamed(found: Blame, query: str, *, nothing: bool) -> Iterator[str]:
    """Yields why nothing, or nothing complete, was found, and what may have been meant."""
    if nothing:
        yield f"nothing found for {quoted(query)}" if query else "nothing found"
    for part in found.missing:
        near = found.suggestions.get(part.strip('"'), ())
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        yield f"no article has {shortened(part)}{meant}"
    if found.leaves_nothing and found.before:
        articles = counted(found.articles, "article")
        yield f"{found.leaves_nothing} leaves nothing of the {articles} with {found.before}"
