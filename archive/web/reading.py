"""The pages about one article: its text, its citations, its versions and what differs in them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from archive.address import Address, parse, whole
from archive.errors import UsageError
from archive.record_class import record
from archive.render import citations, records
from archive.web.given import Given, link
from archive.web.view import Page, Rows, View

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.questions.changes import Changes
    from archive.records import StoredArticle
    from archive.text.diff import Difference
    from archive.text.passages import Marks

_WORDS_A_MINUTE = 230


def _stored(archive: Archive, given: Given) -> StoredArticle:
    place = whole(given.address)
    return archive.article(place.article_id, place.version)


def article(archive: Archive, given: Given) -> Page:
    """Returns the page on which an article is read, the words of `q` marked."""
    stored = _stored(archive, given)
    text = stored.article
    current = stored.version == stored.versions
    title_marks: Marks = ()
    marks: dict[int, Marks] = {}
    if given.query and current:
        with contextlib.suppress(UsageError):  # the text is what was asked for
            title_marks, marks = archive.marks(stored.id, given.query)
    before, after = archive.neighbours(stored.id)
    words = text.word_count()
    values = {
        "stored": stored,
        "article": text,
        "address": _address(stored),
        "current": current,
        "title_marks": title_marks,
        "marks": marks,
        "matches": sum(map(len, marks.values())),
        "words": words,
        "minutes": max(1, round(words / _WORDS_A_MINUTE)),
        "citation": citations.plain(stored.cite(Address(stored.id, stored.version))),
        "before": before,
        "after": after,
        "back": link("/", {"q": given.query}) if given.query else "",
        "data": f"/article/{_address(stored)}.FORM",
    }
    return Page("article.html", values)


def _address(stored: StoredArticle) -> str:
    """Returns the shortest address of a version of an article: `12`, or `12@1` for an old one."""
    return str(Address(stored.id, None if stored.version == stored.versions else stored.version))


def _article_rows(archive: Archive, given: Given) -> Rows:
    return Rows([records.article(_stored(archive, given))])


def _cited(given: Given) -> Address:
    """Returns what is to be cited: the article, or the paragraphs `p`, `7` or `7-9`."""
    place = whole(given.address)
    paragraphs = given.text("p")
    return parse(f"{place}:{paragraphs}") if paragraphs else place


def cite(archive: Archive, given: Given) -> Page:
    """Returns the page with the citations of an article or of some of its paragraphs."""
    place = _cited(given)
    cited = archive.cite(str(place))
    values = {
        "cited": cited,
        "href": f"/article/{given.address}" + (f"#p{place.first}" if place.first else ""),
        "styles": [
            ("Plain", "for a footnote", citations.plain(cited)),
            ("BibTeX", "for LaTeX, Zotero, JabRef", citations.bibtex(cited)),
            ("CSL-JSON", "for Zotero, pandoc", json.dumps([citations.csl(cited)], indent=2)),
        ],
        "texts": archive.paragraphs(str(place)) if place.first else (),
        "data": link(f"/article/{given.address}/cite.FORM", {"p": given.text("p")}),
    }
    return Page("cite.html", values)


def _cite_rows(archive: Archive, given: Given) -> Rows:
    return Rows([citations.csl(archive.cite(str(_cited(given))))])


def history(archive: Archive, given: Given) -> Page:
    """Returns the page with the versions of an article, the newest first."""
    stored = _stored(archive, given)
    values = {
        "stored": stored,
        "versions": archive.history(stored.id)[::-1],
        "data": f"/article/{stored.id}/history.FORM",
    }
    return Page("history.html", values)


def _history_rows(archive: Archive, given: Given) -> Rows:
    number = whole(given.address).article_id
    return Rows([records.version(number, version) for version in archive.history(number)])


@record
class Line:
    """A line of a comparison: a field or a paragraph that differs, or `same` paragraphs that do
    not, which are passed over."""

    label: str
    pieces: tuple[tuple[str, str], ...]
    same: int = 0


def _changes(archive: Archive, given: Given) -> Changes:
    return archive.diff(given.address, given.text("with") or None)


def diff(archive: Archive, given: Given) -> Page:
    """Returns the page that shows, word by word, what differs between two texts."""
    found = _changes(archive, given)
    values = {
        "old": found.old,
        "new": found.new,
        "lines": list(_lines(found)),
        "addresses": [f"{stored.id}@{stored.version}" for stored in (found.old, found.new)],
        "data": link(f"/article/{given.address}/diff.FORM", {"with": given.text("with")}),
    }
    return Page("diff.html", values)


def _lines(found: Changes) -> Iterator[Line]:
    """Yields the differences in order, and between them how many paragraphs are the same."""
    seen = 0
    for difference in found.differences:
        at = difference.new
        if at is not None:
            if at > seen + 1:
                yield Line("", (), at - seen - 1)
            seen = at
        yield Line(_label(difference), difference.pieces)
    rest = len(found.new.article.paragraphs) - seen
    if found.differences and rest:
        yield Line("", (), rest)


def _label(difference: Difference) -> str:
    if difference.field != "paragraph":
        return difference.field
    old, new = difference.old, difference.new
    if old == new:
        return f"{new}"
    return " → ".join(str(at) for at in (old, new) if at is not None)


def _diff_rows(archive: Archive, given: Given) -> Rows:
    return Rows(records.changes(_changes(archive, given)), records.KEYS["changes"])


def _view(path: str, page: Any, rows: Any, data: str) -> View:
    return View(f"/article/{{address}}{path}", "read", page, rows, data)


VIEWS = (
    _view("/cite", cite, _cite_rows, "citation as CSL-JSON; p=7 or p=7-9 for paragraphs"),
    _view("/history", history, _history_rows, "versions of an article"),
    _view("/diff", diff, _diff_rows, "what differs; with=12@3 for another text"),
    _view("", article, _article_rows, "an article; 12@1 for a version"),
)
