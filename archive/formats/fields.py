"""Records of tables -> members: which of their fields is the title, the text, the date.

JSON and CSV name their fields as their makers liked. The names that scrapers and corpora use are
known here; `--map` goes before them. Nothing is guessed: a date comes from a field of publication
alone, never from one that says when a record was made, changed or fetched.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archive.errors import ParseError, quoted, shortened
from archive.formats import dates, making, months
from archive.formats.contract import FIELDS, Member

if TYPE_CHECKING:
    from archive.formats.contract import Reading

_NAMES: dict[str, tuple[str, ...]] = {
    "date": (
        "date", "published", "published_at", "published_on", "publish_date", "published_date",
        "date_published", "date_publish", "publishing_date", "publication_date", "pub_date",
        "publication_time", "publish_time", "first_published", "issued", "published_time",
        "publish_at", "web_publication_date", "release_date", "article_date", "news_date", "datum",
        "fecha",
    ),
    "title": ("title", "headline", "heading", "web_title", "article_title", "news_title", "titel",
              "titre"),
    "text": (
        "text", "body", "content", "article", "article_text", "full_text", "maintext",
        "main_text", "article_body", "body_text", "plain_text", "content_text", "raw_text", "story",
        "article_content", "paragraphs", "news_text", "texte",
    ),
    "byline": ("byline", "author", "authors", "author_name", "author_names", "creator", "writer",
               "by", "auteur"),
    "category": ("category", "section", "section_name", "article_section", "news_desk", "desk",
                 "category_name", "rubric", "rubrik", "channel"),
    "publication": (
        "publication", "source", "source_name", "outlet", "newspaper", "publisher", "medium",
        "media", "site_name", "site", "source_domain", "source_common_name", "domain", "hostname",
        "news_source", "publication_name", "journal",
    ),
    "url": ("url", "link", "web_url", "permalink", "canonical_url", "article_url", "source_url",
            "href", "article_link", "uri"),
    "id": ("id", "_id", "article_id", "doc_id", "document_id", "uuid", "guid", "uid", "news_id"),
    "identifier": ("identifier", "doi", "accession_number", "accession"),
    "language": ("language", "lang", "language_code"),
}  # fmt: skip
_SUMMARIES = ("description", "summary", "abstract", "snippet", "excerpt", "lead", "teaser")
_INNER = ("name", "main", "label", "title", "text", "rendered", "$oid", "$date", "@value", "value",
          "#text")  # fmt: skip
"""Where a field that is itself a record has its value."""
_PARTS = frozenset(
    ("summary", "lead", "sections", "section", "headline", "heading", "title", "paragraphs",
     "paragraph", "text", "body", "content", "main", "rendered", "value", "@value", "#text")
)  # fmt: skip
"""What a text that is itself a record may consist of."""

_HTML = re.compile(
    r"</?(?:p|br|div|span|a|h[1-6]|li|ul|strong|em)(?:\s[^<>]*)?/?>"
    r"|&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});",
    re.IGNORECASE,
)
_SECONDS, _MILLISECONDS = re.compile(r"1[0-9]{9}"), re.compile(r"1[0-9]{12}")
_CUT_SHORT = re.compile(r"\[\+[0-9]+ chars\]\s*$")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_NEEDED = ("title", "text", "date")
_SHOWN = 12


@lru_cache(maxsize=256)
def chosen(names: tuple[str, ...], given: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """For each field of ours, the names among these that hold it, the likeliest first."""
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(_plain(name), name)
    said = dict(given)
    found = {}
    for ours in FIELDS:
        if ours in said:
            found[ours] = [said[ours]]
        else:
            found[ours] = [plain[name] for name in map(_plain, _NAMES[ours]) if name in plain]
    return found


def shows_articles(names: Sequence[str], given: tuple[tuple[str, str], ...]) -> bool:
    """Whether records with fields of these names may be articles."""
    found = chosen(tuple(names), given)
    return bool(found["title"] and found["text"])


def lacking(names: Sequence[str], given: tuple[tuple[str, str], ...], *, dated: bool) -> str | None:
    """What keeps records with fields of these names from being articles; None if nothing does."""
    found = chosen(tuple(names), given)
    wanted = ("title", "text") if dated else ("title", "text", "date")
    missing = [ours for ours in wanted if not set(found[ours]) & set(names)]
    if not missing:
        return None
    told = " or give one with --date" if missing == ["date"] else ""
    there = ", ".join(shortened(" ".join(name.split()), 40) for name in names[:_SHOWN]) or "none"
    return (
        f"no field for the {' and the '.join(missing)} among {there}: say which with"
        f" --map {missing[0]}=NAME{told}"
    )


def member(record: Mapping[str, Any], reading: Reading, line: int | None) -> Member:
    """The member that a record holds; `ParseError`, which says what it lacks."""
    names = tuple(record)
    found = chosen(names, reading.fields)
    values = {ours: _value(record, theirs) for ours, theirs in found.items()}
    for ours, theirs in reading.fields:
        if ours in _NEEDED and values[ours] is None and not (ours == "date" and reading.date):
            there = ", ".join(shortened(name, 40) for name in names[:_SHOWN])
            raise ParseError(f"nothing in {quoted(theirs)} for the {ours}; its fields are {there}")
    text = _paragraphs(values["text"])
    if not text:
        summary = next((name for name in names if _plain(name) in _SUMMARIES), None)
        if found["text"] == [] and summary is None:
            raise ParseError(lacking(names, reading.fields, dated=True) or "no text")
        raise ParseError(f"no text but a summary ({summary})" if summary else "no text")
    if cut := _CUT_SHORT.search(text[-1]):
        raise ParseError(f"the text is cut short: {cut[0].strip()}")
    if not (found["title"] and (found["date"] or reading.date)):
        raise ParseError(lacking(names, reading.fields, dated=bool(reading.date)) or "no title")
    day, moment = _date(record, found["date"], reading.date)
    title = _words(values["title"])
    # Some programs call the address the source.
    publications = [one for name in found["publication"] if (one := _words(_value(record, [name])))]
    addresses = filter(_ADDRESS.match, publications)
    article = making.article(
        *(day, title, text),
        category=_words(values["category"]),
        byline=_name(values["byline"]),
        publication=next((one for one in publications if not _ADDRESS.match(one)), None),
    )
    marked = any(map(_HTML.search, (article.title, *article.paragraphs)))
    return Member(
        article,
        key=_words(values["id"]),
        url=_words(values["url"]) or next(addresses, None),
        identifier=_words(values["identifier"]),
        published_at=moment,
        language=_words(values["language"]),
        line=line,
        remarks=((line, "its text has HTML in it, which is kept"),) if marked else (),
    )


def key_of(record: Mapping[str, Any], reading: Reading) -> str | None:
    """The id of a record that may be no article."""
    try:
        return _words(_value(record, chosen(tuple(record), reading.fields)["id"]))
    except ParseError:
        return None


def not_text(error: UnicodeError, reading: Reading) -> ParseError:
    """The error for bytes that are no text in the encoding that they are read in."""
    found = ""
    if isinstance(error, UnicodeDecodeError) and error.object:
        found = f": byte 0x{error.object[error.start]:02x}"
    return ParseError(f"not {reading.encoding}{found} (--encoding NAME)")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9$@#]", "", name.lower())


def _value(record: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The first value that is not empty; a name may lead into records, as in `source.name`."""
    for name in names:
        value: Any = record.get(name)
        if value is None and "." in name:
            value = record
            for part in name.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
        if value not in (None, "", [], {}):
            return value
    return None


def _inner(value: Any) -> Any:
    """The value of a field that is itself a record."""
    while isinstance(value, Mapping):
        value = next((value[name] for name in _INNER if value.get(name)), None)
    return value


def _words(value: Any) -> str | None:
    """A value as one line; lists are joined with commas. `ParseError` for what no text can hold."""
    if isinstance(value, list | tuple):
        parts = dict.fromkeys(filter(None, map(_words, value)))
        return ", ".join(parts) or None
    value = _inner(value)
    if isinstance(value, list):
        return _words(value)
    if value is None or isinstance(value, bool) or value in (math.inf, -math.inf):
        return None
    text = " ".join(str(value).split())
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ParseError(f"a character that no text can hold in {quoted(ascii(text))}")
    return text or None


def _name(value: Any) -> str | None:
    """A value as the name of somebody; the number of an author is none."""
    name = _words(value)
    return None if name is None or name.isdigit() else name


def _paragraphs(value: Any) -> list[str]:
    """The paragraphs of a text: those of a list, or the lines. `ParseError` for a record of other
    things than texts."""
    if isinstance(value, Mapping):
        filled = {
            name: one
            for name, one in value.items()
            if one not in (None, "", [], {}) and not isinstance(one, bool)
        }
        if strange := [name for name in filled if _plain(name) not in _PARTS]:
            named = ", ".join(shortened(name, 40) for name in strange[:_SHOWN])
            raise ParseError(f"the text is no text but a record with {named}")
        value = [*filled.values()]
    if isinstance(value, list | tuple):
        return [line for one in value for line in _paragraphs(one)]
    if value is None or isinstance(value, bool):
        return []
    lines = str(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line for line in lines if line.strip()]


def has_date(record: Mapping[str, Any], reading: Reading) -> bool:
    """Whether a record names a date of publication that can be read."""
    try:
        return bool(_date(record, chosen(tuple(record), reading.fields)["date"], None))
    except ParseError:
        return False


def _date(record: Mapping[str, Any], names: Sequence[str], usual: str | None) -> dates.Published:
    """The date of publication, and its time where that is known; of several that agree, the first
    that has a time."""
    given = {name: text for name in names if (text := _words(_value(record, [name])))}
    if not given:
        if usual is None:
            raise ParseError("no date")
        return usual, None
    found = {name: _read_date(text) for name, text in given.items()}
    first, *others = found.values()
    if not all(dates.of_one_day(first, other) for other in others):
        said = " and ".join(f"{day} ({name})" for name, (day, _) in found.items())
        raise ParseError(f"two dates that differ: {said}: say which with --map date=NAME")
    return next((one for one in found.values() if one[1] and one[0] == first[0]), first)


def _read_date(text: str) -> dates.Published:
    if _SECONDS.fullmatch(text) or _MILLISECONDS.fullmatch(text):
        seconds = int(text) / (1 if len(text) == 10 else 1000)
        moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
        return moment[:10], moment
    if len(text) == 8 and text.isascii() and text.isdigit():
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        return dates.published(text)
    except ParseError:
        printed = months.written(text)  # December 31, 2017
        if printed is None:
            raise
        return printed
