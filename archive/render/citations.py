"""Citations as they go into print: a sentence, BibTeX, or CSL-JSON.

Each names the paragraphs by an address that stays true (`12@1:7`) and the content fingerprint, so
that a reader who has the archive can check it. A byline is one literal name in all of them: a guess
where a first name ends, or whether two people are meant, would misname somebody.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archive.render.screen import inert

if TYPE_CHECKING:
    from archive.records import Citation


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip


def show(citations: Sequence[Citation], style: str) -> None:
    """Writes citations: `plain`, `bibtex`, or `csl-json`, which puts all of them in one array."""
    if style == "csl-json":
        sys.stdout.write(json.dumps([csl(cited) for cited in citations]) + "\n")
        return
    sys.stdout.writelines(written(cited, style) + "\n" for cited in citations)


def written(cited: Citation, style: str) -> str:
    """Returns a citation in one of the styles of `show`."""
    if style == "csl-json":
        return json.dumps(csl(cited))
    return bibtex(cited) if style == "bibtex" else plain(cited)


def plain(cited: Citation) -> str:
    """Returns one inert line for a footnote."""
    year, month, day = (int(part) for part in cited.published_on.split("-"))
    date = f"{day} {_MONTHS[month - 1]} {year:04}"
    parts = [f"“{cited.title}”", cited.publication, cited.category, date]
    if cited.byline:
        parts.insert(0, cited.byline)
    if cited.first is not None:
        parts.append(f"{_paragraphs(cited)}")
    parts += [cited.identifier, cited.url]
    return inert(f"{', '.join(part for part in parts if part)}. {_proof(cited)}.")


def bibtex(cited: Citation) -> str:
    """Returns an entry of type `misc`, the one type that needs no journal. It suits BibTeX (year,
    month) and biblatex (date), and the title keeps its capitals."""
    year, month, _ = cited.published_on.split("-")
    note = [_paragraphs(cited)] if cited.first is not None else []
    note += [cited.identifier] if cited.identifier else []
    fields = {
        "author": f"{{{_tex(cited.byline)}}}" if cited.byline else None,
        "title": f"{{{_tex(cited.title)}}}",
        "howpublished": f"{{{_tex(cited.publication)}}}" if cited.publication else None,
        "date": cited.published_on,
        "year": year,
        "keywords": _tex(cited.category) if cited.category else None,
        "url": _url(cited.url) if cited.url else None,
        "note": _tex("; ".join([*note, _proof(cited)])),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value is not None]
    lines.insert(-1, f"  month = {_MONTHS[int(month) - 1][:3].lower()},")
    return "\n".join((f"@misc{{{_key(cited)},", *lines, "}"))


def csl(cited: Citation) -> dict[str, Any]:
    """An item of CSL-JSON (csl-data.json of the Citation Style Language, 1.0.2)."""
    year, month, day = (int(part) for part in cited.published_on.split("-"))
    item: dict[str, Any] = {
        "id": _key(cited),
        "type": "article-newspaper",
        "title": cited.title,
        "issued": {"date-parts": [[year, month, day]]},
        "archive": "Article archive",
        "archive_location": cited.address,
        "note": f"SHA-256 {cited.content_hash.hex()}",
    }
    if cited.byline:
        item["author"] = [{"literal": cited.byline}]
    if cited.category:
        item["section"] = cited.category
    if cited.publication:
        item["container-title"] = cited.publication
    if cited.url:
        item["URL"] = cited.url
    if cited.identifier:
        item["number"] = cited.identifier
    if cited.path:
        item["source"] = cited.path
    return item


def _key(cited: Citation) -> str:
    """A key without the characters that BibTeX reads: `archive12v1.7-9`."""
    return "archive" + cited.address.replace("@", "v").replace(":", ".")


def _url(url: str) -> str:
    """Returns an address as BibTeX's verbatim field takes it."""
    return re.sub(r'[{}\\\s"<>^`|]', lambda found: f"%{ord(found[0]):02X}", inert(url))


def _paragraphs(cited: Citation) -> str:
    if cited.first == cited.last:
        return f"paragraph {cited.first}"
    return f"paragraphs {cited.first}–{cited.last}"


def _proof(cited: Citation) -> str:
    source = f"; source {cited.path}" if cited.path else ""
    return f"Article archive {cited.address}{source}; SHA-256 {cited.content_hash.hex()}"


_TEX = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}",
    **{character: "\\" + character for character in "$&#%_"},
}  # fmt: skip


def _tex(text: str) -> str:
    """Returns text that TeX sets as it stands: special characters become commands, and hyphens,
    quotes, commas, or "!" and "?" with a backquote form no ligatures. Braces become commands too,
    because BibTeX counts braces even after a backslash. All other characters stay as they are, in
    UTF-8."""
    escaped = re.sub(r"[\\{}^~<>|$&#%_]", lambda found: _TEX[found[0]], inert(text))
    return re.sub(r"([-'`,])(?=\1)|[!?](?=`)", r"\g<0>{}", escaped)
