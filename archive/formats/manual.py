"""The page on source formats: `archive help formats`, docs/formats.md and the table of the README.

Made from the `FORMAT` of each module in the table, so that a new format is on all of them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from archive.formats.contract import FIELDS, Format
from archive.formats.registry import formats

DATED_TEXT = Format(
    name="text",
    title="Dated text",
    endings=(".txt",),
    reader="",
    many=False,
    obtained="Write a header line with the date, a title line, and each paragraph on a line of its"
    " own: 'archive help format' has all of it.",
    read="Byline, date, category, title, paragraphs.",
    rejected="No header, a day that is not in the calendar, no title, no paragraph, NUL bytes,"
    " bytes that are not text in the encoding.",
)
"""Dated text as one of the formats. It has its own page, docs/format.md."""

INTRODUCTION = (
    (
        "'archive ingest' knows what a file is by its ending and by what it begins with. Files"
        " that end in .txt, or in a way that no format has, are dated text first; only where they"
        " are none, the other formats look at them. Where two fit, none is guessed: the file is"
        " rejected, and '--format NAME' says which it is. That is remembered for files of many"
        " articles."
    ),
    (
        "Dates are never guessed. '--date 2024-05-01' dates articles that have no date of their"
        " own, and '--map title=headline' says which field or column of a table holds a field of"
        " ours:"
        f" {', '.join(FIELDS)}."
    ),
    (
        "Of a file with many articles each record is an article by itself: it can be new,"
        " corrected, moved to another place of the file, or rejected, and the others go in."
        " 'archive sources' shows it as PATH [MEMBER]. The file is kept whole, in each state in"
        " which it was read, and 'archive export' gives it back byte for byte. Pictures, style"
        " sheets, scripts and the folders that browsers save beside a page are passed over and"
        " counted."
    ),
)
_WIDTH = 106


def all_formats() -> list[Format]:
    """Every format, dated text first."""
    return [DATED_TEXT, *(found for found, _ in formats())]


def table() -> str:
    """The formats as a Markdown table."""
    rows = [
        f"| {found.title} | {' '.join(f'`{one}`' for one in found.endings)} | `{found.name}` |"
        f" {f'`[{found.extra}]`' if found.extra else ''} |\n"
        for found in all_formats()
    ]
    return "| format | endings | `--format` | extra |\n|---|---|---|---|\n" + "".join(rows)


def markdown() -> str:
    """The whole page: docs/formats.md."""
    pages = (f"## {one.title}\n\n{_joined(_said(one, '**', '`'))}\n" for one in all_formats())
    introduction = _joined(_filled(map(_marked, INTRODUCTION)))
    return "\n".join((f"# Source formats\n\n{introduction}\n\n{table()}", *pages))


def plain() -> str:
    """The page for a terminal: the same without Markdown's marks."""
    pages = (
        f"{one.title}\n\n{textwrap.indent(_joined(_said(one, '', '')), '  ')}"
        for one in all_formats()
    )
    return _joined(["Source formats", *_filled(INTRODUCTION), *pages]) + "\n"


def _marked(text: str) -> str:
    return re.sub(r"'((?:archive|--)[^']*)'", r"`\1`", text)


def _said(found: Format, strong: str, mark: str) -> Iterator[str]:
    """What is said of a format, as paragraphs."""
    endings = ", ".join(f"{mark}{one}{mark}" for one in found.endings)
    head = f"{endings}; {mark}--format {found.name}{mark}"
    if found.extra:
        head += f"; needs {mark}pip install 'article-archive[{found.extra}]'{mark}"
    parts = {"Get it": found.obtained, "Read": found.read, "Rejected": found.rejected}
    yield head
    yield from _filled(
        f"{strong}{name}:{strong} {_marked(text) if mark else text}" for name, text in parts.items()
    )


def _filled(paragraphs: Iterable[str]) -> list[str]:
    return [textwrap.fill(one, _WIDTH, break_on_hyphens=False) for one in paragraphs]


def _joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraphs)
