"""The head of a saved page: title, date, authors and the rest, from its structured data alone.

JSON-LD comes first, then meta tags, then microdata and microformats; nothing is read from the
running text. `page_dates.py` finds the date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from archive.errors import ParseError
from archive.formats import json_ld
from archive.formats.page_dates import publication
from archive.formats.page_marks import all_metas, contents, named, plain, properties, values
from archive.record_class import record

if TYPE_CHECKING:
    from archive.formats.dates import Published

# Names of meta tags, letters alone: `article:published_time` is `articlepublishedtime`.
_TITLES = ("ogtitle", "twittertitle", "citationtitle", "dctitle", "dctermstitle", "sailthrutitle")
_AUTHORS = (
    "citationauthor", "author", "articleauthorname", "parselyauthor", "sailthruauthor",
    "dccreator", "dctermscreator", "articleauthor", "byl", "cxenseparseauthor",
)  # fmt: skip
_SECTIONS = ("articlesection", "parselysection", "cxenseparserecssection", "section")
_SUMMARIES = "ogdescription", "description"
_SITES = (
    "ogsitename",
    "citationjournaltitle",
    "dcpublisher",
    "dctermspublisher",
    "applicationname",
)
_BY = re.compile(r"^(?:by|von|par|por|di|door)\s+(?=[A-ZÀ-Þ])", re.IGNORECASE)
_WAYBACK = re.compile(r"^https?://web\.archive\.org/web/\d+[a-z_]*/(?=https?://)")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?![a-z])", re.IGNORECASE)


@record
class Head:
    """What a page says of its article. `summaries` are its descriptions, `words` is the length that
    it gives; `closed` says that its article has to be paid for."""

    title: str | None
    published: Published | None
    byline: str | None
    category: str | None
    publication: str | None
    url: str | None
    language: str | None
    summaries: tuple[str, ...]
    words: int | None
    closed: bool


def head(tree: Any, saved_from: str | None = None) -> Head:
    """The head of a page (a tree of lxml). `saved_from` is the address that it was saved from.
    `ParseError` where it is a list of articles, or where its dates differ."""
    metas = all_metas(tree)
    scripts = (script.text or "" for script in tree.iter("script"))
    nodes = json_ld.nodes(scripts)
    url = _url(tree, metas, saved_from)
    titles = contents(metas, _TITLES)
    article = _main(nodes, url, titles)
    is_front = _is_front(url) and "article" not in metas.get("ogtype", ())
    if not article and (is_front or any(map(json_ld.is_list, nodes))):
        raise ParseError("a list of articles, no article")
    pages = [node for node in nodes if json_ld.is_page(node)]
    described = [article] if article else pages[:1]
    sites = [*named(described, "publisher"), *contents(metas, _SITES)]
    own = [*sites, _host(url)]
    site = _first(contents(metas, ("ogsitename", "citationjournaltitle")) or sites)
    return Head(
        title=_title(named(described, "headline"), titles, tree, own),
        published=publication(tree, metas, described, pages),
        byline=_byline(tree, metas, described, own),
        category=_joined(named(described, "articleSection") or contents(metas, _SECTIONS)),
        publication=site,
        url=url or _address(_first(named(described, "url"))),
        language=_language(tree, metas, described),
        summaries=(*named(described, "description"), *contents(metas, _SUMMARIES)),
        words=next(map(int, filter(str.isdecimal, map(str, values(described, "wordCount")))), None),
        closed=any(
            str(value).lower() == "false" for value in values(described, "isAccessibleForFree")
        ),
    )


def _main(nodes: list[json_ld.Node], url: str | None, titles: list[str]) -> json_ld.Node | None:
    """Of the articles that a page describes the one that it is: with its address, else with its
    title, else the first."""
    articles = [node for node in nodes if json_ld.is_article(node)]
    if len(articles) < 2:
        return articles[0] if articles else None
    for node in articles:
        if url and url in (node.get("url"), node.get("@id"), *_pages_of(node)):
            return node
    wanted = {_key(title) for title in titles}
    same = (
        node for node in articles if wanted & {_key(name) for name in named([node], "headline")}
    )
    return next(same, articles[0])


def _pages_of(node: json_ld.Node) -> list[Any]:
    pages = json_ld.listed(node.get("mainEntityOfPage"))
    return [
        page.get("@id") or page.get("url") if isinstance(page, dict) else page for page in pages
    ]


def _title(
    headlines: list[str], shown: list[str], tree: Any, sites: list[str | None]
) -> str | None:
    """The headline of JSON-LD, else the title of the meta tags, else the heading. Where the first
    two differ and one is the name of the window, which is written for search engines, it is the
    other."""
    heading = {text: None for one in tree.iter("h1") if (text := plain(one.text_content()))}
    window = [text for one in tree.iter("title") if (text := plain(one.text or ""))]
    places = (headlines, shown, [*heading] if len(heading) == 1 else [], window)
    first, second, third, last = (
        _without_site(place[0], sites) if place else "" for place in places
    )
    if first and second and last and _key(first) == _key(last):
        return second
    return first or second or third or last or None


def _without_site(title: str, sites: list[str | None]) -> str:
    for site in filter(None, sites):
        tail = rf"(?<=\S)\s*(?:\||\s(?:--|[-–—:•·»])\s)\s*{re.escape(site)}\Z"
        title = re.sub(tail, "", title, flags=re.IGNORECASE)
    return title


def _byline(
    tree: Any,
    metas: dict[str, list[str]],
    described: list[json_ld.Node],
    sites: Iterable[str | None],
) -> str | None:
    """The authors as the page names them, from the first place that names more than the site."""
    places = [
        named(described, "author"),
        named(described, "creator"),
        *(list(_names(metas.get(name, ()))) for name in _AUTHORS),
        [plain(e.get("content") or e.text_content()) for e in properties(tree, "author")],
        [
            plain(a.text_content())
            for a in tree.iter("a")
            if "author" in (a.get("rel") or "").lower()
        ],
    ]
    own = {_key(site) for site in sites if site}
    found = [[name for text in place if _is_name(name := _BY.sub("", text))] for place in places]
    found = list(filter(None, found))
    for names in found:
        if others := [name for name in names if _key(name) not in own]:
            return _joined(others)
    return _joined(found[0]) if found else None


def _is_name(text: str) -> bool:
    """Whether a text can name authors: no address, number or sentence."""
    return len(text) < 120 and "@" not in text and re.search(r"[^\W\d_]", text) is not None


def _names(contents: Iterable[str]) -> Iterator[str]:
    """The names among the contents of a meta tag, which may be addresses."""
    for content in contents:
        if not re.match(r"https?:|/|@|www\.", content):
            yield content


def _url(tree: Any, metas: dict[str, list[str]], saved_from: str | None) -> str | None:
    links = (
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    )
    candidates = [*links, *contents(metas, ("ogurl", "parselylink")), saved_from]
    for candidate in filter(None, candidates):
        address = _address(urljoin(saved_from or "", candidate.strip()))
        if address:
            return address
    return None


def _address(text: str | None) -> str | None:
    """An address of the web, without that of the copy of an archive."""
    address = _WAYBACK.sub("", (text or "").strip())
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    fine = (
        parts.scheme in ("http", "https")
        and parts.netloc
        and not re.search(r"[\s\x00-\x1f]", address)
    )
    return address if fine and len(address) < 2000 else None


def _is_front(url: str | None) -> bool:
    """Whether an address is that of a whole site."""
    parts = urlsplit(url or "x")
    return parts.path.strip("/") in ("", "index.html") and not parts.query


def _host(url: str | None) -> str | None:
    return (urlsplit(url).hostname or "").removeprefix("www.") if url else None


def _language(tree: Any, metas: dict[str, list[str]], described: list[json_ld.Node]) -> str | None:
    written = [
        tree.get("lang") or tree.get("xml:lang"),
        *named(described, "inLanguage"),
        *contents(metas, ("oglocale", "contentlanguage", "dclanguage", "language")),
    ]
    found = (_LANGUAGE.match(text.strip()) for text in written if text)
    return next((code[1].lower() for code in found if code), None)


def _first(texts: Iterable[str]) -> str | None:
    return next(iter(texts), None)


def _joined(texts: Iterable[str]) -> str | None:
    return ", ".join(dict.fromkeys(texts)) or None


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
