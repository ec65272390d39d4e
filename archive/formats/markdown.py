"""Markdown with front matter: clips of Obsidian and MarkDownload, pages of Hugo, Jekyll, Pandoc.

The head is YAML between lines of `---`, or TOML between lines of `+++`; its values are taken as
they are written. `markdown_text.py` reads the text below.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

from archive.errors import MissingExtra, ParseError, in_bytes
from archive.formats.contract import Format, Member
from archive.formats.dated_text import decoded
from archive.formats.dates import Published, of_one_day, published
from archive.formats.making import article
from archive.formats.markdown_text import blocks, inline

if TYPE_CHECKING:
    from archive.formats.contract import Reading

FORMAT = Format(
    name="markdown",
    title="Markdown with front matter",
    endings=(".md", ".markdown"),
    reader="markdown 1",
    many=False,
    extra="markdown",
    obtained=(
        "Clip articles with Obsidian Web Clipper or MarkDownload, or take the sources of a site"
        " that Hugo, Jekyll or Pandoc makes. One article a file."
    ),
    read=(
        "From the front matter title, author, published (or publishDate, date), source or url, site"
        " or publication, category or section, language. Without a title there, the first heading"
        " is the title. Of the text the words: links, emphasis and code lose their signs, pictures"
        " and comments are left out; headings, list items and rows of tables are paragraphs. Tags"
        " and descriptions are not taken."
    ),
    rejected=(
        "Files without a date of publication (when a page was clipped, created or changed is none,"
        " nor is a date in a file's name; --date gives one), without a title or text, front matter"
        " that is no valid YAML or TOML, has aliases or more than 64 KiB, and files of more than"
        " 2 MB."
    ),
)

MOST = 2_000_000
MOST_HEAD = 64 * 1024
_OPENED = re.compile(r"(---|\+\+\+)[ \t]*\r?\n")
_CLOSED = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*\r?$", re.MULTILINE),
}
_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*"
    rb"(?:---[ \t]*\r?\n\s*[\"']?[\w -]+[\"']?:|\+\+\+[ \t]*\r?\n|# \S)"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?![a-z])", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s<>]+")

# Names of front matter, letters alone and small: `date-published` is `datepublished`.
_NAMES = {
    "title": ("title", "headline"),
    "date": ("published", "datepublished", "publishdate", "publisheddate", "publishedat",
             "publishedon", "pubdate", "publicationdate", "issued"),
    "byline": ("author", "authors", "byline", "creator"),
    "category": ("category", "categories", "section"),
    "publication": ("publication", "site", "sitename", "publisher", "newspaper", "journal",
                    "source"),
    "url": ("source", "url", "link", "canonicalurl", "sourceurl", "originalurl"),
    "language": ("lang", "language"),
    "identifier": ("doi", "identifier"),
}  # fmt: skip
_LAST_DATE = "date"


def recognises(file: BinaryIO) -> bool:
    """Whether a file begins with front matter, or with a heading of the first rank."""
    return bool(_BEGINS.match(file.read(4096)))


def parse(data: bytes, reading: Reading) -> Member:
    """The article of a file; `ParseError` where it has none, `MissingExtra` where it has a head in
    YAML and PyYAML is not there."""
    if len(data) > MOST:
        raise ParseError(f"{in_bytes(len(data))} of Markdown: at most {in_bytes(MOST)}")
    head, text = _parted(decoded(data, reading.encoding))
    names = {**_NAMES}
    for ours, theirs in reading.fields:
        names[ours] = (_key(theirs),)
    found = {field: [v for name in names[field] for v in _texts(head.get(name))] for field in names}
    body = list(blocks(text))
    title = next(map(inline, found["title"]), None)
    if title is None:
        title = next((words for rank, words in body if rank == 1), None)
    if body and body[0][0] == 1 and body[0][1] == title:
        del body[0]
    if head.keys().isdisjoint(names["date"]):  # beside an empty one it dates the clip
        found["date"] = _texts(head.get(_LAST_DATE))
    day, time = _published(found["date"]) or (reading.date, None)
    made = article(
        *(day, title, (words for _, words in body)),
        category=_joined(found["category"]),
        byline=_joined(map(inline, found["byline"])),
        publication=next((name for name in found["publication"] if not _WEB.match(name)), None),
    )
    languages = found["language"]
    return Member(
        made,
        url=next((address for address in found["url"] if _WEB.fullmatch(address)), None),
        identifier=next(iter(found["identifier"]), None),
        published_at=time,
        language=next((code[0].lower() for code in map(_LANGUAGE.match, languages) if code), None),
    )


def _parted(text: str) -> tuple[dict[str, Any], str]:
    """The head of a file by the keys of its names, and the text below it."""
    opened = _OPENED.match(text)
    if not opened:
        return {}, text
    closed = _CLOSED[opened[1]].search(text, opened.end())
    if not closed:
        raise ParseError(f"its front matter has no end: a line of {opened[1]}", 1)
    source = text[opened.end() : closed.start()]
    if len(source.encode()) > MOST_HEAD:
        raise ParseError(f"front matter of {in_bytes(len(source.encode()))}: at most 64 KiB", 1)
    values = _yaml(source) if opened[1] == "---" else _toml(source)
    if not isinstance(values, dict):
        raise ParseError("its front matter has no names", 1)
    return {_key(str(name)): value for name, value in values.items()}, text[closed.end() :]


def _toml(source: str) -> Any:
    try:
        return tomllib.loads(source.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ParseError(f"its front matter is no TOML: {error}") from None


def _yaml(source: str) -> Any:
    """The values of a YAML head, all scalars as they are written; no tag makes an object."""
    try:
        import yaml  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtra("markdown") from None

    class Loader(yaml.BaseLoader):  # type: ignore[misc]
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise ParseError(
                    "its front matter has an alias", self.peek_event().start_mark.line + 2
                )
            return super().compose_node(parent, index)

    try:
        return yaml.load(source, Loader) or {}  # noqa: S506 - a loader of plain values
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ParseError(
            f"its front matter is no YAML: {error.problem} (values with signs need quotes)",
            mark.line + 2 if mark else None,
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ParseError("its front matter is no YAML") from None


def _texts(value: Any) -> list[str]:
    """The texts of a value: its own, those of a list, the names of things."""
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, dict):
        return _texts(value.get("name"))
    text = "" if value is None or isinstance(value, bool) else " ".join(str(value).split())
    return [text] if text and text.lower() not in ("null", "~") else []


def _published(written: Iterable[str]) -> Published | None:
    """The date; `ParseError` where one is none, or where two differ."""
    dates = [published(text) for text in written]
    for date in dates:
        if not of_one_day(dates[0], date):
            raise ParseError(f"two dates that differ: {dates[0][0]} and {date[0]}")
    return dates[0] if dates else None


def _joined(texts: Iterable[str]) -> str | None:
    return ", ".join(dict.fromkeys(filter(None, texts))) or None


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
