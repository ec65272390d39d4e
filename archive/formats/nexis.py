"""What the exports of Nexis (LexisNexis) have in common, whatever file they come in.

`nexis_text.py`, `nexis_html.py` and `nexis_docx.py` read a document as lines and labels; `Document`
puts them together. Labels are those of the interfaces in English, German, French, Spanish, Italian,
Portuguese and Dutch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.errors import ParseError, shortened
from archive.formats import making, months
from archive.formats.contract import Member, Refused
from archive.record_class import record

if TYPE_CHECKING:
    from archive.formats.contract import Reading

_LABELS = {
    "title": "HEADLINE TITLE TITEL ÜBERSCHRIFT UEBERSCHRIFT TITRE TITULAR TÍTULO TITULO TITOLO KOP",
    "byline": "BYLINE AUTHOR NAME AUTOR VON AUTEUR SIGNATURE AUTORE FIRMA",
    "category": "SECTION RUBRIK RESSORT RUBRIQUE SECCIÓN SECCION SEZIONE SEÇÃO SECÇÃO SECAO RUBRIEK"
    " SECTIE",
    "length": "LENGTH LÄNGE LAENGE LONGUEUR LONGITUD LUNGHEZZA TAMANHO COMPRIMENTO EXTENSÃO LENGTE",
    "highlight": "HIGHLIGHT CHAPEAU ZUSAMMENFASSUNG",
    "body": "BODY TEXT TEXTE TEXTO TESTO TEKST ARTICLE ARTIKEL",
    "dateline": "DATELINE ORTSZEILE LIEU LUGAR DATELINE-LOCATION",
    "other": "GUESTS ANCHORS SHOW HOST HOSTS REPORTERS SERIES DISTRIBUTION BIO"
    " SOURCE SERIE EDITION AUSGABE ÉDITION EDICIÓN EDIZIONE EDIÇÃO EDITIE"
    " COLUMN KICKER DACHZEILE URL LINK",
    "correction": "CORRECTION",
    "language": "LANGUAGE SPRACHE LANGUE IDIOMA LENGUA LINGUA TAAL",
    "end": "LOAD-DATE DATE-CHARGEMENT FECHA-DE-CARGA DATA-CARICAMENTO DATA-DE-CARGA LAADDATUM"
    " PUBLICATION-TYPE TYPE-PUBLICATION PUB-TYPE PUBLIKATIONSTYP PUBLIKATIONSART JOURNAL-CODE"
    " CODE-REVUE ZEITUNGS-CODE GRAPHIC GRAFIK GRAPHIQUE GRÁFICO GRAFICO GRAFIEK DOCUMENT-TYPE"
    " CORRECTION-DATE",
    "update": "UPDATE",
    "index": "SUBJECT THEMA SUJET TEMA ONDERWERP PUB-SUBJECT ORGANIZATION COMPANY PERSON GEOGRAPHIC"
    " INDUSTRY TICKER CITY STATE COUNTRY TRANSCRIPT NOTES ACC-NO CODE ISSN KEYWORDS STICHWORT"
    " DATENBANK TERMS",
}
_MEANT = {label: field for field, labels in _LABELS.items() for label in labels.split()}
_LABEL = re.compile(r"(?P<label>[^\W\d_][^\W\d_]*(?:[ -][^\W\d_]+){0,2})\s*:\s*", re.UNICODE)
NUMBERED = re.compile(
    r"\s*(?:focus\s*-\s*)?(?:dokument|document|documento)?\s*(?P<number>[0-9][0-9.,]*)"
    r"\s+(?:of|von|de|di|van|sur)\s+(?P<all>[0-9][0-9.,]*)"
    r"(?:\s+(?:documents?|dokumente?|documentos?|documenti|documenten))?\s*",
    re.IGNORECASE,
)
"""What stands above each document: `1 of 10 DOCUMENTS`, `Dokument 1 von 10`."""


def number(digits: str) -> int:
    """A number with or without signs between its thousands."""
    return int(re.sub(r"\D", "", digits))


COPYRIGHT = re.compile(
    r"\s*(?:copyright\b[^a-z]*[12][0-9]{3}\b|copyright\s*(?:©|\(c\))|©|\(c\)\s*[12][0-9]{3}"
    r"|(?:all )?rights reserved|alle rechte|tous droits|todos los derechos|tutti i diritti"
    r"|todos os direitos)",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"(?:copyright|provided by|distributed by|prepared by|supplied by|syndicated by"
    r"|correction appended)\b",
    re.IGNORECASE,
)
"""What may stand above a publication or under it, and is none."""
_PERCENT = re.compile(r"\([0-9]{1,3}%\)")
"""How much of a document is about a term of the index."""
_LANGUAGES = {
    "english": "en", "englisch": "en", "anglais": "en", "german": "de", "deutsch": "de",
    "french": "fr", "français": "fr", "francais": "fr", "spanish": "es", "español": "es",
    "italian": "it", "italiano": "it", "portuguese": "pt", "português": "pt", "dutch": "nl",
    "nederlands": "nl", "danish": "da", "swedish": "sv", "norwegian": "no", "polish": "pl",
    "russian": "ru", "chinese": "zh", "arabic": "ar", "turkish": "tr", "catalan": "ca",
    "英文": "en", "德文": "de", "法文": "fr", "西班牙文": "es", "简体中文": "zh",
}  # fmt: skip
_UNDER = ("length", "category", "byline", "language", "highlight", "index")
"""Labels that older deliveries have under the text."""
_CORRECTED = "Correction"
"""Stands above what a paper corrected later, which is kept behind the text."""
_OFF = 0.1
"""From this share on, a declared length that differs from that of the text is remarked on."""


def labelled(text: str, *, capitals: bool) -> tuple[str, str] | None:
    """The field that a line begins with by a label, and what follows it; None for other lines. In
    plain text labels are in `capitals`, so that a line of text is not taken for one."""
    found = _LABEL.match(text)
    if not found:
        return None
    label = found["label"]
    if capitals and label != label.upper():
        return None
    field = _MEANT.get(label.upper()) or _MEANT.get(label.upper().replace(" ", "-"))
    return (field, text[found.end() :].strip()) if field else None


def ends(line: str, *, capitals: bool = True) -> bool:
    """Whether a line has a label that stands under a text and never in it."""
    field, rest = labelled(line, capitals=capitals) or ("", "")
    match field:
        case "end":
            return True
        case "update":
            return months.written(rest) is not None
        case "language":
            return language_of(rest) is not None
        case "index":
            return _PERCENT.search(rest) is not None
    return False


def _is_anywhere(field: str, rest: str) -> bool:
    """Whether a label is one wherever it stands: some texts begin above the last labels."""
    return field == "dateline" or (field == "length" and rest[:1].isdigit())


def _is_under(line: str) -> bool:
    """Whether a line next to the end of a text is none of it."""
    field, _ = labelled(line, capitals=True) or ("", "")
    return field in _UNDER or COPYRIGHT.match(line) is not None


def language_of(text: str) -> str | None:
    """The code of the first language that is named."""
    words = re.split(r"[^\w]+", text.lower())
    return next((_LANGUAGES[word] for word in words if word in _LANGUAGES), None)


@record
class Block:
    """Lines that stand together, the paragraphs that they are, and whether they are centred."""

    lines: list[str]
    paragraphs: list[str]
    centred: bool = False


class Document:
    """One document: its blocks are put in, and the article taken out.

    Above the title stand the publication and the date, centred or in this order; what follows the
    title and its labels is the text, up to the labels that end it.
    """

    def __init__(self, line: int | None = None) -> None:
        self.line = line
        self.key: str | None = None
        self.url: str | None = None
        self.fields: dict[str, str] = {}
        self.title = ""
        self.highlight = ""
        self.text: list[str] = []
        self.correction: list[str] = []
        self.publication: str | None = None
        self._dates: list[tuple[str, str | None]] = []
        self._undated: str | None = None
        self._wrong: ParseError | None = None

    def put(self, blocks: list[Block]) -> None:
        """The blocks of plain text or of a page, in order."""
        at = 0
        for at, block in enumerate(blocks):
            line = " ".join(block.lines)
            field, rest = labelled(line, capitals=True) or ("", "")
            if field == "body":
                _, first = labelled(block.paragraphs[0], capitals=True) or ("", rest)
                blocks[at : at + 1] = [
                    Block([one], [one]) for one in (first, *block.paragraphs[1:])
                ]
                break
            if field:
                self.label(field, rest)
            elif block.centred and "length" not in self.fields:
                self.centred(block.lines)
            elif COPYRIGHT.match(line):
                continue
            elif not self.title and "length" not in self.fields:
                self.title = line
            else:
                break
        else:
            at = len(blocks)
        self._put_text(blocks[at:])

    def _put_text(self, blocks: list[Block]) -> None:
        """The text, and the labels and rights that stand under it. Within the text what looks like
        a label is none."""
        end = next((n for n, one in enumerate(blocks) if ends(" ".join(one.lines))), len(blocks))
        while end and _is_under(" ".join(blocks[end - 1].lines)):
            end -= 1
        last: str | None = None
        for at, block in enumerate(blocks):
            line = " ".join(block.lines)
            found = labelled(line, capitals=True)
            if at < end and not (found and _is_anywhere(*found)):
                self.text += block.paragraphs
            elif found and found[0] == "correction":
                _, first = labelled(block.paragraphs[0], capitals=True) or found
                self.correction += filter(None, (first, *block.paragraphs[1:]))
            elif found:
                self.label(*found)
            elif last == "correction" and not COPYRIGHT.match(line):
                self.correction += block.paragraphs
                continue
            elif last == "highlight" and not self.highlight:  # its text stands under the label
                self.label("highlight", line)
            last = found[0] if found else None

    def centred(self, lines: list[str]) -> None:
        """Lines above the title: rights and publication, date, edition."""
        names: list[str] = []
        for line in lines:
            if self._take_date(line) or _NOTICE.match(line) or COPYRIGHT.match(line) or self._dates:
                continue
            if (self.publication or names) and re.search(r"\b[12][0-9]{3}\b", line):
                self._undated = line
            else:
                names.append(line)
        if self.publication is None and names:
            # the holder of the rights may take several lines
            self.publication = names[-1 if COPYRIGHT.match(lines[0]) else 0]

    def _take_date(self, line: str) -> bool:
        try:
            found = months.written(line)
        except ParseError as error:  # of this document alone
            self._wrong = error
            return True
        self._dates += [found] if found else []
        return found is not None

    def label(self, field: str, text: str) -> None:
        """A line with a label."""
        if field == "title":
            self.title = text
        elif field == "highlight":
            self.highlight = self.highlight or text
        else:
            self.fields.setdefault(field, text)

    def member(self, reading: Reading) -> Member | Refused:
        """The article of the document, or why it is none."""
        key = self.key
        corrected = [_CORRECTED, *self.correction] if self.correction else []
        try:
            day, moment = self._date(reading)
            article = making.article(
                day,
                self.title,
                [self.highlight, *self.text, *corrected],
                category=self.fields.get("category"),
                byline=self.fields.get("byline"),
                publication=self.publication,
            )
        except ParseError as error:
            return Refused(
                error.reason, key=key or shortened(self.title, 80) or None, line=self.line
            )
        said = self.fields.get("language")
        return Member(
            *(article, key, self.url),
            identifier=key,
            published_at=moment,
            language=language_of(said) if said else None,
            line=self.line,
            remarks=tuple(self._remarks(article.word_count() - len(" ".join(corrected).split()))),
        )

    def _date(self, reading: Reading) -> tuple[str, str | None]:
        if self._wrong:
            raise self._wrong
        days = {day for day, _ in self._dates}
        if len(days) > 1:
            raise ParseError(f"two dates that differ: {' and '.join(sorted(days))}")
        if self._dates:
            return self._dates[0]
        if reading.date:
            return reading.date, None
        found = f": found {shortened(self._undated)!r}" if self._undated else ""
        raise ParseError(f"no date with a day{found}")

    def _remarks(self, words: int) -> Iterator[tuple[int | None, str]]:
        found = re.match(r"[0-9][0-9.,\s]*", self.fields.get("length", ""))
        declared = int(re.sub(r"\D", "", found[0]) or 0) if found else 0
        if declared and abs(words - declared) > _OFF * declared:
            yield self.line, f"its length is {words:,} words, declared are {declared:,}"


def counted(
    found: Iterable[tuple[tuple[int, int] | None, Member | Refused]],
) -> Iterator[Member | Refused]:
    """Documents, each given with its number and how many are declared; at their end those of the
    numbers between that are not there. Where the file ends before the last number, which part of a
    delivery does and a file that was cut short, its last document has a remark."""
    numbers: list[tuple[int, int]] = []
    last: Member | Refused | None = None
    for number_, one in found:
        if last:
            yield last
        last = one
        numbers += [number_] if number_ else []
    if last is None:
        return
    at, total = numbers[-1] if numbers else (0, 0)
    if at < total and isinstance(last, Member):
        remark = (last.line, f"the file ends with document {at:,} of {total:,}")
        last = replace(last, remarks=(*last.remarks, remark))
    yield last
    yield from _missing(numbers)


def _missing(numbers: list[tuple[int, int]]) -> Iterator[Refused]:
    totals = {total for _, total in numbers}
    there = {number for number, _ in numbers}
    if len(totals) != 1 or not there:
        return
    for number in range(min(there), max(there) + 1):
        if number not in there:
            reason = f"document {number:,} of {max(totals):,} is not in the file"
            yield Refused(reason, key=f"document {number}")
