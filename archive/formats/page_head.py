"""The head of a saved page: title, date, authors and the rest, from its structured data alone.

JSON-LD (schema.org) comes first, then meta tags, then microdata and microformats. Dates are those
that a page calls the date of publication: one of a change, or one in the running text, is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.errors import ParseError
from archive.formats import json_ld
from archive.formats.dates import Published, of_one_day, published
from archive.record_class import record

# Names of meta tags, letters alone: `article:published_time` is `articlepublishedtime`.
_TITLES = ("ogtitle", "twittertitle", "citationtitle", "dctitle", "dctermstitle", "sailthrutitle")
_DATES = (
    "articlepublishedtime", "ogarticlepublishedtime", "articlepublished", "ogpublishedtime",
    "datepublished", "publisheddate", "publishedat", "parselypubdate", "sailthrudate",
    "dctermsissued", "dcdateissued", "citationpublicationdate", "citationonlinedate",
    "cxenseparserecspublishtime", "cxenseparsepublishtime", "publishdate", "publicationdate",
    "pubdate", "vrpublishedtime", "isopublishdate",
)  # fmt: skip
_VAGUE_DATES = ("date", "dcdate", "dctermsdate", "citationdate")
"""Names that say no more than that it is a date: asked only where no other is there."""
_AUTHORS = (
    "citationauthor", "author", "articleauthorname", "parselyauthor", "sailthruauthor",
    "dccreator", "dctermscreator", "articleauthor", "byl", "cxenseparseauthor",
)  # fmt: skip
_SECTIONS = ("articlesection", "parselysection", "cxenseparserecssection", "section")
_SITES = ("ogsitename", "citationjournaltitle", "dcpublisher", "dctermspublisher", "applicationname")
_NO_LETTER = re.compile(r"[^a-z]+")
_SPACE = re.compile(r"\s+")
_BY = re.compile(r"^(?:by|von|par|por|di|door)\s+(?=[A-ZÀ-Þ])", re.IGNORECASE)
_WAYBACK = re.compile(r"^https?://web\.archive\.org/web/\d+[a-z_]*/(?=https?://)")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?![a-z])", re.IGNORECASE)


@record
class Head:
    """What a page says of its article. `description` is its summary; `closed` says that the page
    calls its article one that has to be paid for."""

    title: str | None
    published: Published | None
    byline: str | None
    category: str | None
    publication: str | None
    url: str | None
    language: str | None
    description: str | None
    closed: bool


def head(tree: Any, saved_from: str | None = None) -> Head:
    """The head of a page (a tree of lxml). `saved_from` is the address that it was saved from.
    `ParseError` where it is a list of articles, or where its dates differ."""
    metas = _metas(tree)
    scripts = (script.text or "" for script in tree.iter("script"))
    nodes = json_ld.nodes(scripts)
    url = _url(tree, metas, saved_from)
    titles = _meta(metas, _TITLES)
    article = _main(nodes, url, titles)
    if not article and any(map(json_ld.is_list, nodes)):
        raise ParseError("a list of articles, no article")
    pages = [node for node in nodes if json_ld.is_page(node)]
    described = [article] if article else pages[:1]
    sites = [*_named(described, "publisher"), *_meta(metas, _SITES)]
    own = [*sites, _host(url)]
    site = _first(_meta(metas, ("ogsitename",)) or sites)
    return Head(
        title=_title(_named(described, "headline"), titles, tree, own),
        published=_published(tree, metas, described, pages),
        byline=_byline(tree, metas, described, own),
        category=_joined(_named(described, "articleSection") or _meta(metas, _SECTIONS)),
        publication=site,
        url=url or _address(_first(_named(described, "url"))),
        language=_language(tree, metas, described),
        description=_first(_meta(metas, ("ogdescription", "description"))),
        closed=any(str(node.get("isAccessibleForFree")).lower() == "false" for node in described),
    )


def _metas(tree: Any) -> dict[str, list[str]]:
    """The contents of the meta tags by their names in small letters."""
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = _plain(meta.get("content") or "")
        for attribute in ("property", "name", "http-equiv"):
            name = _NO_LETTER.sub("", (meta.get(attribute) or "").lower())
            if name and content:
                found.setdefault(name, []).append(content)
    return found


def _meta(metas: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    return [content for name in names for content in metas.get(name, ())]


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
    same = (node for node in articles if wanted & {_key(name) for name in _named([node], "headline")})
    return next(same, articles[0])


def _pages_of(node: json_ld.Node) -> list[Any]:
    pages = json_ld.listed(node.get("mainEntityOfPage"))
    return [page.get("@id") or page.get("url") if isinstance(page, dict) else page for page in pages]


def _named(nodes: Iterable[json_ld.Node], name: str) -> list[str]:
    """The texts that things have under a name."""
    return [text for node in nodes for one in json_ld.texts(node.get(name)) if (text := _plain(one))]


def _title(headlines: list[str], shown: list[str], tree: Any, sites: list[str | None]) -> str | None:
    """The headline of JSON-LD, else the title of the meta tags, else the heading. Where the first
    two differ and one is the name of the window, which is written for search engines, it is the
    other."""
    heading = {text: None for one in tree.iter("h1") if (text := _plain(one.text_content()))}
    window = [text for one in tree.iterfind(".//head/title") if (text := _plain(one.text or ""))]
    places = (headlines, shown, [*heading] if len(heading) == 1 else [], window)
    first, second, third, last = (_without_site(place[0], sites) if place else "" for place in places)
    if first and second and last and _key(first) == _key(last):
        return second
    return first or second or third or last or None


def _without_site(title: str, sites: list[str | None]) -> str:
    for site in filter(None, sites):
        tail = rf"(?<=\S)\s*(?:\||\s[-–—:•·»]\s)\s*{re.escape(site)}\Z"
        title = re.sub(tail, "", title, flags=re.IGNORECASE)
    return title


def _published(
    tree: Any, metas: dict[str, list[str]], described: list[json_ld.Node], pages: list[json_ld.Node]
) -> Published | None:
    """The date of publication, None where the page has none. Of dates that agree the one with a
    zone of its own is the day as the publisher saw it. `ParseError` where two differ, or where none
    of those that are there is a date."""
    written = [*_named(described, "datePublished"), *_meta(metas, _DATES)]
    written = written or _marked(tree) or _named(pages, "datePublished") or _meta(metas, _VAGUE_DATES)
    dates: list[Published] = []
    error: ParseError | None = None
    for text in dict.fromkeys(written):
        try:
            dates.append(published(text))
        except ParseError as found:
            error = error or found
    if not dates:
        if error:
            raise error
        return None
    for date in dates:
        if not of_one_day(dates[0], date):
            one, other = (each[1] or each[0] for each in (dates[0], date))
            raise ParseError(f"two dates that differ: {one} and {other} (--date says which)")
    return max(dates, key=_exactness)


def _exactness(date: Published) -> int:
    """Times with a zone that is not UTC before those in UTC, and those before days."""
    return 0 if date[1] is None else 1 if date[1].endswith("+00:00") else 2


def _marked(tree: Any) -> list[str]:
    """The dates of the elements that microdata or microformats mark as the date of publication;
    none where those of microformats differ, as in lists of further articles."""
    named = [_machine_date(element) for element in _properties(tree, "datepublished")]
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


def _properties(tree: Any, name: str) -> Iterator[Any]:
    """The elements with a property of microdata that belongs to an article or to the page."""
    for element in tree.iter():
        if name in (element.get("itemprop") or "").lower().split():
            scope = next((e for e in element.iterancestors() if e.get("itemscope") is not None), None)
            if scope is None or json_ld.is_article({"@type": scope.get("itemtype")}):
                yield element


def _byline(
    tree: Any, metas: dict[str, list[str]], described: list[json_ld.Node], sites: Iterable[str | None]
) -> str | None:
    """The authors as the page names them, from the first place that names more than the site."""
    places = [
        _named(described, "author"),
        _named(described, "creator"),
        *(list(_names(metas.get(name, ()))) for name in _AUTHORS),
        [_plain(e.get("content") or e.text_content()) for e in _properties(tree, "author")],
    ]
    own = {_key(site) for site in sites if site}
    named = [[name for text in place if len(name := _BY.sub("", text)) < 120] for place in places]
    named = list(filter(None, named))
    for names in named:
        if others := [name for name in names if _key(name) not in own]:
            return _joined(others)
    return _joined(named[0]) if named else None


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
    candidates = [*links, *_meta(metas, ("ogurl", "parselylink")), saved_from]
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
    fine = parts.scheme in ("http", "https") and parts.netloc and not re.search(r"[\s\x00-\x1f]", address)
    return address if fine and len(address) < 2000 else None


def _host(url: str | None) -> str | None:
    return (urlsplit(url).hostname or "").removeprefix("www.") if url else None


def _language(tree: Any, metas: dict[str, list[str]], described: list[json_ld.Node]) -> str | None:
    written = [
        tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        *_named(described, "inLanguage"),
        *_meta(metas, ("oglocale", "contentlanguage", "dclanguage", "language")),
    ]
    found = (_LANGUAGE.match(text.strip()) for text in written if text)
    return next((code[1].lower() for code in found if code), None)


def _plain(text: str) -> str:
    """A text as one line; some pages write the characters of HTML twice, or tags into titles."""
    if "&" in text:
        from html import unescape  # noqa: PLC0415 - rare

        text = unescape(text)
    if "</" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    return _SPACE.sub(" ", text).strip()


def _first(texts: Iterable[str]) -> str | None:
    return next(iter(texts), None)


def _joined(texts: Iterable[str]) -> str | None:
    return ", ".join(dict.fromkeys(texts)) or None


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
