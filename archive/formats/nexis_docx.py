"""Nexis exports in DOCX, as Nexis Uni, Nexis Advance and Lexis+ make them.

The document is read as it is unpacked, paragraph by paragraph: bookmarks say where a document
and its body begin, in every language of the interface. Its sizes are looked at before anything
is unpacked.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, BinaryIO
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from archive.errors import ParseError
from archive.formats import months, nexis
from archive.formats.contract import Format

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from archive.formats.contract import Member, Reading, Refused

FORMAT = Format(
    name="nexis-docx",
    title="Nexis, DOCX",
    endings=(".docx",),
    reader="nexis docx 2",
    many=True,
    obtained="In Nexis Uni, Nexis or Lexis+ select the articles, Download, 'Full documents', MS"
    " Word (docx), 'Save as a single file' or one by one.",
    read="Headline, publication, date and time, byline, section, language, the document's number"
    " (urn:contentItem) with its address, and the text. A highlight is the first paragraph, a"
    " correction the last ones. The list of documents at the beginning, captions and the terms of"
    " the index are not read.",
    rejected="A document without a headline, without text, or without a date that has a day; a"
    " file that is no DOCX of Nexis, is encrypted, or unpacks to more than 64 MiB. RTF and PDF"
    " are not read.",
)

_BLOCK = 1 << 20
LARGEST = 64 * 1024 * 1024
_SPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DOCUMENT, _RELATIONS = "word/document.xml", "word/_rels/document.xml.rels"
_BEGINS, _BODY = re.compile(r"Bookmark_[0-9]+"), re.compile(r"Body(?:_[0-9]+)?")
_OTHER = re.compile(r"(?:Classification|Correction|Graphic|Notes)(?:_[0-9]+)?")
_CORRECTION = re.compile(r"Correction(?:_[0-9]+)?")
_NUMBER = re.compile(r"urn:contentItem:[0-9A-Z-]+")
_ENDS = re.compile(
    r"end of document|ende des dokuments?|fin du document|fin del documento|fine del documento"
    r"|fim do documento|einde (?:van )?(?:het )?document",
    re.IGNORECASE,
)
_APPENDED = re.compile(r"correction appended", re.IGNORECASE)
_LABELLED = re.compile(r"graphic|graphique|grafik|classification", re.IGNORECASE)


def recognises(file: BinaryIO) -> bool:
    """Whether a file is a DOCX with links to documents of Nexis, or with its bookmarks."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = {one.filename: one.file_size for one in archive.infolist()}
            if names.get(_DOCUMENT, LARGEST + 1) > LARGEST:
                return False
            if 0 < names.get(_RELATIONS, 0) <= LARGEST:
                with archive.open(_RELATIONS) as links:
                    if re.search(rb"lexis|nexis|urn:contentItem", links.read(1 << 20)):
                        return True
            with archive.open(_DOCUMENT) as document:
                return re.search(rb'w:name="Bookmark_[0-9]+"', document.read(1 << 20)) is not None
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, KeyError, NotImplementedError,
            ValueError, EOFError):  # fmt: skip
        return False


def members(file: BinaryIO, reading: Reading) -> Iterator[Member | Refused]:
    """The documents of a file, and those that are no articles."""
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST:
                raise ParseError(f"it unpacks to more than {LARGEST >> 20} MiB")
            if _DOCUMENT not in archive.namelist():
                raise ParseError("a ZIP file, but no DOCX")
            links = dict(_links(archive)) if _RELATIONS in archive.namelist() else {}
            with _checked(archive, _DOCUMENT) as document:
                found = False
                for one in _documents(document, links):
                    found = True
                    yield one.member(reading)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, LookupError) as error:
        raise ParseError(f"a DOCX that is damaged: {error}") from None
    except (RuntimeError, NotImplementedError):
        raise ParseError("a DOCX that is encrypted, or packed in an unusual way") from None
    except ET.ParseError as error:
        raise ParseError(f"a DOCX whose text is no XML: {error}") from None
    if not found:
        raise ParseError("no document of Nexis in it")


def _links(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Where links lead, by their ids."""
    with _checked(archive, _RELATIONS) as file:
        for _, element in ET.iterparse(file):  # noqa: S314 - see `_checked`
            if element.tag.endswith("}Relationship"):
                yield element.get("Id", ""), element.get("Target", "")
            element.clear()


def _checked(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A part of the DOCX, which must not have a DOCTYPE: a few lines of entities can make
    gigabytes."""
    with archive.open(name) as part:
        before = part.read(64)
        if b"\0" in before:
            raise ParseError("a DOCX whose text is not UTF-8")
        while block := part.read(_BLOCK):
            if b"<!DOCTYPE" in before + block or b"<!ENTITY" in before + block:
                raise ParseError("a DOCX with a DOCTYPE")
            before = block[-16:]
    return archive.open(name)


class _Paragraph:
    """A paragraph: its lines, the bookmarks that begin in it, and the ids of its links."""

    def __init__(self, element: Element) -> None:
        self.bookmarks: list[str] = []
        self.links: list[str] = []
        parts: list[str] = []
        for one in element.iter():
            match one.tag.removeprefix(_SPACE):
                case "t":
                    parts.append(one.text or "")
                case "br" | "cr":
                    parts.append("\n")
                case "tab":
                    parts.append(" ")
                case "bookmarkStart":
                    self.bookmarks.append(one.get(f"{_SPACE}name", ""))
                case "hyperlink":
                    self.links.append(one.get(_LINK, ""))
        self.lines = [
            line for line in (" ".join(one.split()) for one in "".join(parts).split("\n")) if line
        ]


def _paragraphs(file: Any) -> Iterator[_Paragraph]:
    """The paragraphs as they are unpacked; what was read is dropped."""
    above: list[Element] = []
    inside = 0
    for event, element in ET.iterparse(file, events=("start", "end")):  # noqa: S314
        if event == "start":
            above.append(element)
            inside += element.tag == f"{_SPACE}p"
            continue
        above.pop()
        if element.tag == f"{_SPACE}p":
            inside -= 1
            if not inside:
                yield _Paragraph(element)
        if not inside and above:
            above[-1].remove(element)


def _documents(file: Any, links: dict[str, str]) -> Iterator[nexis.Document]:
    document: _Document | None = None
    for paragraph in _paragraphs(file):
        if any(map(_BEGINS.fullmatch, paragraph.bookmarks)):
            if document:
                yield document.whole()
            document = _Document()
        if document is not None:
            document.take(paragraph, links)
    if document:
        yield document.whole()


class _Document:
    """A document as its paragraphs come: head, text, and what is said after it."""

    def __init__(self) -> None:
        self._made = nexis.Document()
        self._head: list[str] = []
        self._in_text = self._ended = self._corrects = False

    def take(self, paragraph: _Paragraph, links: dict[str, str]) -> None:
        if self._made.key is None and not self._in_text:
            self._identify(links.get(one, "") for one in paragraph.links)
        lines = paragraph.lines
        if any(map(_BODY.fullmatch, paragraph.bookmarks)):
            self._in_text, lines = True, lines[1:]
        if any(map(_OTHER.fullmatch, paragraph.bookmarks)):
            self._ended = True
            self._corrects = any(map(_CORRECTION.fullmatch, paragraph.bookmarks))
            lines = lines[1:] if self._corrects else lines
        for line in lines:
            self._take_line(line)

    def _take_line(self, line: str) -> None:
        if not self._in_text:
            self._head.append(line)
            return
        self._ended = (
            self._ended
            or _ENDS.fullmatch(line) is not None
            or (_LABELLED.fullmatch(line) is not None and bool(self._made.text))
            or nexis.ends(line, capitals=False)
        )
        if not self._ended:
            self._made.text.append(line)
        elif found := nexis.labelled(line, capitals=False):
            self._made.label(*found)
        elif _LABELLED.fullmatch(line) or _ENDS.fullmatch(line):
            self._corrects = False
        elif self._corrects:
            self._made.correction.append(line)

    def _identify(self, targets: Iterator[str]) -> None:
        for target in targets:
            found = _NUMBER.search(unquote(target))
            if found:
                self._made.key, self._made.url = found[0], target
                return

    def whole(self) -> nexis.Document:
        """The document, with its head: title lines, publication, date, rights, then labels."""
        head = [line for line in self._head if not _APPENDED.fullmatch(line)]
        at = next((n for n, line in enumerate(head) if n and _is_date(line)), None)
        labels = 0 if at is None else at + 1
        if at is None:
            rights = (n for n, line in enumerate(head) if nexis.COPYRIGHT.match(line))
            at = labels = next(rights, len(head))
        self._made.title = " ".join(head[: max(at - 1, 1)])
        self._made.centred(
            [re.sub(r"(?<=\w)\(", " (", line) for line in head[max(at - 1, 1) : labels]]
        )
        for line in head[labels:]:
            found = nexis.labelled(line, capitals=False)
            if found and found[0] not in ("title", "body"):
                self._made.label(*found)
        return self._made


def _is_date(line: str) -> bool:
    try:
        return months.written(line) is not None
    except ParseError:  # no day of the calendar, but a date that was printed
        return True
