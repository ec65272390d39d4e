"""Markdown as a person would read it out: source text -> paragraphs; pure.

Headings, list items, rows of tables and lines of code are a paragraph each; else paragraphs are
parted by blank lines. Emphasis, links and code lose their signs and keep their words; pictures,
comments, rules, anchors and the commands of site generators go. Bullets go, numbers stay. What is
escaped stays as meant. Every pattern looks at each character a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from archive.errors import ParseError

Block = tuple[int, str]
"""The rank of a heading, 0 for other paragraphs, and the text."""

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*\Z)|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*\Z")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\Z")
_QUOTE = re.compile(r"[ \t]*>[ \t]?")
_BULLET = re.compile(r"[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?")
_NUMBER = re.compile(r"[ \t]*[0-9]{1,9}[.)][ \t]")
_CALLOUT = re.compile(r"\[![\w-]+\][+-]?[ \t]*")
_DEFINITION = re.compile(r" {0,3}\[(?!\^)[^\[\]]+\]:[ \t]*\S+")
_NOTE = re.compile(r" {0,3}\[\^[^\[\]]+\]:[ \t]*")
_DIV = re.compile(r" {0,3}:{3,}")
_CELLS = re.compile(r"(?<!\\)\|")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*\Z")

_DROPPED = {
    "<!--": "-->", "%%": "%%", "{{<": ">}}", "{{%": "%}}", "{%": "%}",
    "<script": "</script>", "<style": "</style>",
}  # fmt: skip
_MARK = re.compile(rf"\n|`+|~{{3,}}|{'|'.join(map(re.escape, _DROPPED))}")
_TARGET = r"\((?:[^()]|\([^()]*+\))*+\)"
_SIGN = re.compile(r"[]\\[*_<`~={&^]")
_CODE = re.compile(r"(?<![\\`])(`{1,3})(?!`)(.+?)(?<!`)\1(?!`)")
_KEPT = re.compile(r"\0([0-9]+)\0")
_INLINE = (
    (re.compile(rf"!\[[^\[\]]*+\](?:{_TARGET}|\[[^\[\]]*+\])|!\[\[[^\[\]]*+\]\]"), ""),
    (re.compile(r"\[\[(?:[^\[\]|]*+\|)?([^\[\]|]*+)\]\]"), r"\1"),
    (re.compile(r"\[\^[^\[\]\s]++\]"), ""),
    (re.compile(rf"(?<!\\)\[([^\[\]]*+)\](?:{_TARGET}|\[[^\[\]]*+\])(?:\{{[^{{}}]*+\}})?"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^<>\s]++)>"), r"\1"),
    (re.compile(r"<br\s*/?>", re.IGNORECASE), " "),
    (re.compile(r"</?[a-zA-Z][\w-]*+(?:\s[^<>]*+)?/?>"), ""),
)
_EMPHASIS = (
    (re.compile(r"(?<![\\\w*])(\*|\*\*\*)(?=[^\s*])([^*]*[^\s*\\])\1(?![\w*])"), r"\2"),
    (re.compile(r"(?<!\\)\*\*(?=[^\s*])([^*]*[^\s*\\])\*\*"), r"\1"),
    (re.compile(r"(?<![\\\w])(_{1,3})(?=[^\s_])((?:[^_]|(?<=\w)_(?=\w))*[^\s_\\])\1(?!\w)"), r"\2"),
    (re.compile(r"(?<!\\)~~([^~\s](?:[^~]*[^~\s])?)~~"), r"\1"),
    (re.compile(r"(?<!\\)==([^=\s](?:[^=]*[^=\s])?)=="), r"\1"),
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ANCHOR = re.compile(r"(?: \^[\w-]+| ?\{[#.][^{}]*\})\Z")


def blocks(text: str) -> Iterator[Block]:
    """The headings and paragraphs of a text, in order, without empty ones."""
    text = _without_commands(text.replace("\r\n", "\n"))
    for rank, code, raw in _raw(text.split("\n")):
        plain = raw.strip() if code else inline(raw)
        if plain:
            yield rank, plain


def inline(text: str) -> str:
    """A run of text without signs of markup."""
    if not _SIGN.search(text):
        return " ".join(text.split())
    if "\0" in text:
        raise ParseError("a NUL character")
    codes: list[str] = []

    def set_aside(code: re.Match[str]) -> str:
        codes.append(code[2].strip())
        return f"\0{len(codes) - 1}\0"

    text = _CODE.sub(set_aside, text)
    for pattern, kept in _INLINE:
        text = pattern.sub(kept, text)
    text = _ANCHOR.sub("", " ".join(text.split()))
    for _ in range(2):  # one kind in another
        for pattern, kept in _EMPHASIS:
            text = pattern.sub(kept, text)
    text = unescape(_ESCAPE.sub(r"\1", text))
    return " ".join(_KEPT.sub(lambda found: codes[int(found[1])], text).split())


def _without_commands(text: str) -> str:
    """A text without comments, scripts and commands, but for those that stand in code.

    What is opened and never closed is text.
    """
    kept: list[str] = []
    place = begun = line = paragraph_end = 0
    is_first = True
    unclosed: set[str] = set()
    while found := _MARK.search(text, place):
        mark, start, place = found[0], found.start(), found.end()
        if mark == "\n":
            line, is_first = place, True
            continue
        opens_line = is_first and not text[line:start].strip(" \t>")
        is_first = False
        if mark in _DROPPED:
            end = _DROPPED[mark]
            stop = -1 if mark in unclosed else text.find(end, place)
            if stop < 0:
                unclosed.add(mark)
            else:
                kept.append(text[begun:start])
                begun = place = stop + len(end)
        elif opens_line and len(mark) >= 3 and _FENCE.match(text[start : _end(text, "\n", place)]):
            closed = re.compile(rf"^[ \t>]*{mark[0]}{{{len(mark)},}}[ \t]*$", re.MULTILINE).search(
                text, place
            )
            place = closed.end() if closed else len(text)
        elif mark[0] == "`" and len(mark) <= 3 and text[start - 1 : start] != "\\":
            if paragraph_end < place:
                paragraph_end = _end(text, "\n\n", place)
            code = re.compile(rf"(?<!`){mark}(?!`)").search(text, place, paragraph_end)
            place = code.end() if code else place
    return "".join((*kept, text[begun:]))


def _end(text: str, mark: str, place: int) -> int:
    """Where a mark comes next, or the end of the text."""
    found = text.find(mark, place)
    return len(text) if found < 0 else found


def _raw(lines: list[str]) -> Iterator[tuple[int, bool, str]]:  # noqa: C901 - line by line
    """Rank, whether it is code, and the source of each block."""
    run: list[str] = []
    fence = ""

    def flushed() -> Iterator[tuple[int, bool, str]]:
        if run:
            yield 0, False, " ".join(run)
            run.clear()

    for written in lines:
        line = written
        while quote := _QUOTE.match(line):
            line = line[quote.end() :]
        opened = _FENCE.match(line)
        if fence:
            if opened and line.strip().startswith(fence) and not line.strip(" \t`~"):
                fence = ""
            else:
                yield 0, True, line
            continue
        if opened:
            yield from flushed()
            fence = opened[1]
        elif run and (under := _UNDERLINE.match(line)):
            yield 1 if under[1][0] == "=" else 2, False, " ".join(run)
            run.clear()
        elif not line.strip() or _RULE.match(line) or _DIV.match(line) or _is_passed_over(line):
            yield from flushed()
        elif heading := _HEADING.match(line):
            yield from flushed()
            yield len(heading[1]), False, heading[2] or ""
        elif line.lstrip().startswith("|"):
            yield from flushed()
            cells = (cell.strip() for cell in _CELLS.split(line.strip().strip("|")))
            yield 0, False, " | ".join(cells).replace("\\|", "|")
        else:
            if _BULLET.match(line) or _NUMBER.match(line) or _NOTE.match(line):
                yield from flushed()
            run.append(_shed(line))
    yield from flushed()


def _is_passed_over(line: str) -> bool:
    """Whether a line is no text: the target of a link, or the rule below the head of a table."""
    return bool(_DEFINITION.match(line) or ("|" in line and _TABLE_RULE.match(line)))


def _shed(line: str) -> str:
    """A line without bullet, mark of a note or of a callout, and without the sign of a line end."""
    for mark in (_BULLET, _NOTE, _CALLOUT):
        found = mark.match(line)
        line = line[found.end() :] if found else line
    return line.strip().removesuffix("\\")
