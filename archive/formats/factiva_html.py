"""Factiva exports in HTML: the page of full articles that Factiva saves, with or without codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from archive.errors import ParseError
from archive.formats import export_html, making, months
from archive.formats.contract import Format, Member, Refused
from archive.formats.nexis import language_of

if TYPE_CHECKING:
    from archive.formats.contract import Reading

FORMAT = Format(
    name="factiva",
    title="Factiva, HTML",
    endings=(".html", ".htm"),
    reader="factiva 2",
    many=True,
    extra="html",
    obtained="In Factiva select the articles, 'Format for saving', 'Article format' (or with"
    " indexing), and save the page that opens from the browser, HTML only.",
    read="Headline, byline, date and time, source, section, language, accession number and the"
    " text, from a page in any language of the interface that prints its dates in English,"
    " German, French, Spanish, Italian, Portuguese, Dutch or Chinese. Articles may be in any"
    " language.",
    rejected="An article without a headline, without a date that can be read, or without text.",
)

_SIGNATURE = 1 << 21
_ARTICLE = re.compile(r"article (?P<language>[a-z]{2})[a-z]{0,6}Article")
_NUMBER = re.compile(r"(?:\w+\s+)?([A-Z][A-Z0-9]{3,9}[0-9]{10,}[a-z0-9]{5,})", re.IGNORECASE)
_AROUND = re.compile(r"article-(?P<number>[A-Z0-9]{15,40})", re.IGNORECASE)
_WORDS = re.compile(r"[0-9][0-9.,\s]*\s?(?:\w+|字|单词|詞)", re.UNICODE)
_CODE = re.compile(r"[A-Z][A-Z0-9]{2,9}")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_COPYRIGHT = re.compile(r"\s*(?:copyright|©|\(c\)|\(copyright\))", re.IGNORECASE)
_TAIL = frozenset(("RF", "CO", "IN", "NS", "RE", "IPD", "IPC", "PUB", "AN", "CT", "CX", "ART"))


def recognises(file: BinaryIO) -> bool:
    """Whether a page has articles as Factiva writes them."""
    return re.search(rb"class=.article [a-z]{2,8}Article.", file.read(_SIGNATURE)) is not None


def members(file: BinaryIO, reading: Reading) -> Iterator[Member | Refused]:
    """The articles of a page, and those that lack something."""
    found = False
    for element in export_html.elements(file, reading, _is_article):
        found = True
        table = element.find(".//table")
        fields = _coded(table) if table is not None and _is_coded(table) else _plain(element)
        yield _member(element, fields, reading)
    if not found:
        raise ParseError("no article of Factiva on the page")


def _is_article(element: Any) -> bool:
    """Whether an element is `<div class="article enArticle">`."""
    return element.tag == "div" and bool(_ARTICLE.fullmatch(element.get("class", "")))


def _member(element: Any, fields: dict[str, list[str]], reading: Reading) -> Member | Refused:
    def one(name: str) -> str | None:
        return " ".join(fields.get(name, ())) or None

    number = _number(element, fields.get("AN", ()))
    printed = one("PD") or ""
    try:
        day = months.written(f"{printed} {one('ET') or ''}".strip()) or months.written(printed)
        if day is None and not reading.date:
            raise ParseError(f"no date that can be read: {printed!r}" if printed else "no date")
        article = making.article(
            day[0] if day else reading.date,
            one("HD"),
            [*fields.get("LP", ()), *fields.get("TD", ())],
            category=one("SE"),
            byline=one("BY"),
            publication=one("SN"),
        )
    except ParseError as error:
        return Refused(error.reason, key=number or one("HD"))
    laid_out = _ARTICLE.fullmatch(element.get("class", ""))
    return Member(
        article,
        key=number,
        identifier=number,
        published_at=day[1] if day else None,
        language=language_of(one("LA") or "") or (laid_out and laid_out["language"]),
    )


def _number(element: Any, printed: Iterable[str]) -> str | None:
    """The number of an article by the element around it, `<div id="article-...">`, or as it is
    printed."""
    above = element.getparent()
    found = _AROUND.fullmatch(above.get("id", "")) if above is not None else None
    if found:
        return str(found["number"])
    return next((said[1] for text in printed if (said := _NUMBER.search(text))), None)


def _is_coded(table: Any) -> bool:
    """Whether a table names its fields by the codes of Factiva."""
    return any("".join(bold.itertext()).strip() == "HD" for bold in table.iter("b"))


def _coded(table: Any) -> dict[str, list[str]]:
    """The fields of an article with codes."""
    fields: dict[str, list[str]] = {}
    for row in table.iter("tr"):
        cells = row.findall("td")
        if len(cells) >= 2:
            code = " ".join(export_html.lines_of(cells[0]))
            fields.setdefault(code, []).extend(export_html.lines_of(cells[1]))
    return fields


def _plain(element: Any) -> dict[str, list[str]]:
    """The fields of an article without codes: what stands above the headline, then lines that are
    told apart by what they look like, then paragraphs."""
    fields: dict[str, list[str]] = {}
    after: list[str] = []
    for part in _parts(element):
        lines = export_html.lines_of(part)
        text = " ".join(lines)
        if not text:
            continue
        if part.get("id") == "hd":
            counted = part.find(".//*[@class]")
            numbered = counted is not None and "counted" in counted.get("class", "")
            fields["HD"] = [re.sub(r"^[0-9]+\)\s*", "", text) if numbered else text]
        elif part.get("class") == "author":
            fields["BY"] = [text]
        elif part.tag == "div" and "TD" not in fields:
            if "HD" in fields:
                after.append(text)
            else:
                fields["SE"] = [text]
        elif found := _NUMBER.fullmatch(text):
            fields["AN"] = [found[1]]
        elif part.tag == "pre":  # a table; it ends the paragraph that it stands in
            fields.setdefault("TD", []).extend(export_html.written_lines(part))
        elif part.tag == "p" and (part.get("class") or "").startswith("articleParagraph"):
            fields.setdefault("TD", []).extend(lines)
    return fields | _told_apart(after)


def _parts(element: Any) -> Iterator[Any]:
    """The lines and paragraphs of an article; lines stand in `div`s, which a paragraph that was
    opened before them may hold."""
    for part in element.iter("div", "p", "pre"):
        if part is not element and part.find(".//div") is None and part.find(".//p") is None:
            yield part


def _told_apart(lines: list[str]) -> dict[str, list[str]]:
    """Number of words, date, time, source and language among the lines under a headline."""
    fields: dict[str, list[str]] = {}
    for at, text in enumerate(lines):
        if "PD" not in fields and months.written(text):
            fields["PD"] = [text]
        elif "PD" in fields and "ET" not in fields and "SN" not in fields and _TIME.match(text):
            fields["ET"] = [text]
        elif "PD" in fields and "SN" not in fields:
            fields["SN"] = [text]
        elif "SC" not in fields and "SN" in fields and _CODE.fullmatch(text):
            fields["SC"] = [text]
        elif _COPYRIGHT.match(text):
            fields["LA"] = [lines[at - 1]]
            break
    if "PD" not in fields:
        fields["PD"] = [text for text in lines if re.search(r"\b[12][0-9]{3}\b", text)][:1]
    return fields
