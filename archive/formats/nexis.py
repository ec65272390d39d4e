"""What the exports of Nexis (LexisNexis) have in common, whatever file they come in.

`nexis_text.py`, `nexis_html.py` and `nexis_docx.py` read a document as lines and labels; `Document`
puts them together. Labels are those of the interfaces in English, German, French, Spanish, Italian,
Portuguese and Dutch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive.errors import ParseError, shortened
from archive.formats import making, months
from archive.formats.contract import Member, Refused

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
    "other": "DATELINE ORTSZEILE GUESTS ANCHORS SHOW HOST HOSTS REPORTERS SERIES DISTRIBUTION BIO"
    " SOURCE CORRECTION SERIE EDITION AUSGABE ÉDITION EDICIÓN EDIZIONE EDIÇÃO EDITIE"
    " DATELINE-LOCATION LIEU LUGAR COLUMN KICKER DACHZEILE URL LINK",
    "language": "LANGUAGE SPRACHE LANGUE IDIOMA LENGUA LINGUA TAAL",
    "tail": "LOAD-DATE UPDATE DATE-CHARGEMENT FECHA-DE-CARGA DATA-CARICAMENTO DATA-DE-CARGA"
    " LAADDATUM"
    " PUBLICATION-TYPE TYPE-PUBLICATION PUB-TYPE PUBLIKATIONSTYP PUBLIKATIONSART JOURNAL-CODE"
    " CODE-REVUE ZEITUNGS-CODE GRAPHIC GRAFIK GRAPHIQUE GRÁFICO GRAFICO GRAFIEK SUBJECT THEMA SUJET"
    " TEMA ONDERWERP PUB-SUBJECT ORGANIZATION COMPANY PERSON GEOGRAPHIC INDUSTRY TICKER CITY STATE"
    " COUNTRY DOCUMENT-TYPE TRANSCRIPT NOTES CORRECTION-DATE ACC-NO CODE ISSN KEYWORDS"
    " STICHWORT DATENBANK TERMS",
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
    r"\s*(?:copyright|©|\(c\)\s*[0-9]{4}|all rights reserved|alle rechte)", re.IGNORECASE
)
_EDITION = re.compile(
    r"(?:[0-9]+\s*-\s*)?.*\b(?:edition|ausgabe|édition|edición|edizione|edição|editie|star|final)\b.*"
    r"|show:.*|[0-9]{1,2}[:.][0-9]{2}\b.*|.*correction appended.*",
    re.IGNORECASE,
)
_LANGUAGES = {
    "english": "en", "englisch": "en", "anglais": "en", "german": "de", "deutsch": "de",
    "french": "fr", "français": "fr", "francais": "fr", "spanish": "es", "español": "es",
    "italian": "it", "italiano": "it", "portuguese": "pt", "português": "pt", "dutch": "nl",
    "nederlands": "nl", "danish": "da", "swedish": "sv", "norwegian": "no", "polish": "pl",
    "russian": "ru", "chinese": "zh", "arabic": "ar", "turkish": "tr", "catalan": "ca",
    "英文": "en", "德文": "de", "法文": "fr", "西班牙文": "es", "简体中文": "zh",
}  # fmt: skip
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


def language_of(text: str) -> str | None:
    """The code of the first language that is named."""
    words = re.split(r"[^\w]+", text.lower())
    return next((_LANGUAGES[word] for word in words if word in _LANGUAGES), None)


class Document:
    """One document: its lines are put in, in order, and the article taken out at its end.

    Before the title stand the publication and the date, centred or in this order; what follows the
    title and its labels is the text, up to the labels that end it.
    """

    def __init__(self, line: int | None = None) -> None:
        self.line = line
        self.key: str | None = None
        self.url: str | None = None
        self.fields: dict[str, str] = {}
        self.head: list[str] = []
        self.title: list[str] = []
        self.text: list[str] = []
        self.in_text = self.ended = False
        self._dates: list[tuple[str, str | None]] = []
        self._undated: str | None = None

    def centred(self, text: str) -> None:
        """A line above the title: publication, date, edition, or the notice of a right."""
        if COPYRIGHT.match(text):
            return
        found = months.written(text)
        if found:
            self._dates.append(found)
        elif re.search(r"\b[12][0-9]{3}\b", text) and self.head and not self._dates:
            self._undated = text
        elif not (_EDITION.fullmatch(text) and self.head):
            self.head.append(text)

    @property
    def dated(self) -> bool:
        """Whether a date stood above the title."""
        return bool(self._dates)

    def label(self, field: str, text: str) -> None:
        """A line with a label."""
        if field == "tail":
            self.ended = bool(self.text) or self.ended
        elif field == "body":
            self.in_text = True
            self.paragraph(text)
        elif field == "title":
            self.title = [text]
        elif field == "highlight":
            self.text.append(text)
        elif field == "language":
            self.ended = bool(self.text) or self.ended
            self.fields.setdefault(field, text)
        else:
            self.fields.setdefault(field, text)
            self.in_text = self.in_text or field == "length"

    def paragraph(self, text: str) -> None:
        """A paragraph of the text, if that has not ended."""
        if text.strip() and not self.ended:
            self.text.append(text)

    def member(self, reading: Reading) -> Member | Refused:
        """The article of the document, or why it is none."""
        key = self.key
        try:
            day, moment = self._date(reading)
            article = making.article(
                day,
                " ".join(self.title),
                self.text,
                category=self.fields.get("category"),
                byline=self.fields.get("byline"),
                publication=self.head[0] if self.head else None,
            )
        except ParseError as error:
            return Refused(error.reason, key=key or self._name(), line=self.line)
        said = self.fields.get("language")
        return Member(
            *(article, key, self.url),
            identifier=key,
            published_at=moment,
            language=language_of(said) if said else None,
            line=self.line,
            remarks=tuple(self._remarks(article.word_count())),
        )

    def _name(self) -> str | None:
        title = shortened(" ".join(self.title), 80)
        return title or None

    def _date(self, reading: Reading) -> tuple[str, str | None]:
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


def missing(numbers: list[tuple[int, int]]) -> Iterator[Refused]:
    """The documents that are declared and are not there, by what stood above those that are."""
    totals = {total for _, total in numbers}
    there = {number for number, _ in numbers}
    if len(totals) != 1 or not there:
        return
    for number in range(min(there), max(there) + 1):
        if number not in there:
            reason = f"document {number:,} of {max(totals):,} is not in the file"
            yield Refused(reason, key=f"document {number}")
