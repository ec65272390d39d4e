"""JSON: an array of records, a record that holds such an array, or one article.

An array is read item by item, in memory for the largest of them; anything else as a whole.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from archive.errors import ParseError
from archive.formats import fields, json_lines
from archive.formats.contract import Format, Refused

if TYPE_CHECKING:
    from archive.formats.contract import Member, Reading

FORMAT = Format(
    name="json",
    title="JSON",
    endings=(".json",),
    reader="json 1",
    many=True,
    obtained="Many programs export an array of records, or a record that holds one, such as the"
    " 'articles' of a news API.",
    read="As of JSON Lines. The array may be the whole file, or the one array of records in it.",
    rejected="As of JSON Lines; also a file that is cut short or has more than one array of"
    " records. What comes before the place of a mistake goes in.",
)

_BLOCK = 1 << 20
_SPACE = " \t\r\n"
_DEEPEST = 2


def recognises(file: BinaryIO) -> bool:
    """Whether a file begins as JSON does, and is no JSON Lines."""
    head = file.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
    if head.startswith(b"["):
        return head[1:].lstrip()[:1] in (b"{", b"]")
    if not (head.startswith(b"{") and head[1:].lstrip().startswith(b'"')):
        return False
    file.seek(0)
    return not json_lines.recognises(file)


def members(file: BinaryIO, reading: Reading) -> Iterator[Member | Refused]:
    """The members of a file, and the records that are none."""
    encoding = "utf-8-sig" if reading.encoding == "utf-8" else reading.encoding
    text = cast("TextIO", codecs.getreader(encoding)(file))
    try:
        buffer = _Buffer(text, reading.largest_record)
        records = _items(buffer) if buffer.next() == "[" else _inside(buffer, reading)
        for found, line in records:
            if isinstance(found, dict):
                yield json_lines.of_record(found, reading, line)
            else:
                yield Refused("no record of JSON, which stands in braces", line=line)
        if buffer.next():
            raise ParseError("something follows the end of the JSON", buffer.line)
    except UnicodeError as error:
        raise fields.not_text(error, reading) from None


class _Buffer:
    """Text that is read as far as it is needed; `line` is that of the place, from 1."""

    def __init__(self, text: TextIO, most: int) -> None:
        self._text, self.most = text, most
        self._held, self._at = "", 0
        self._ended = False
        self.line = 1
        self._decoder = json.JSONDecoder(
            parse_constant=json_lines.no_number, object_pairs_hook=json_lines.without_doubles
        )

    def more(self, size: int = _BLOCK) -> bool:
        """Reads on; False at the end."""
        block = self._text.read(size)
        self._held = self._held[self._at :] + block
        self._at = 0
        self._ended = not block
        return bool(block)

    def next(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            while self._at < len(self._held):
                character = self._held[self._at]
                if character not in _SPACE:
                    return character
                self.pass_over()
            if not self.more():
                return ""

    def pass_over(self) -> None:
        """Goes one character on."""
        self.line += self._held[self._at] == "\n"
        self._at += 1

    def _too_long(self) -> ParseError:
        return ParseError(f"a record over the limit of {self.most:,} characters", self.line)

    def value(self) -> Any:
        """The value that begins here; `ParseError` where it is none, or over the limit."""
        self.next()
        size = _BLOCK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except RecursionError:
                raise ParseError("JSON that is nested too deep", self.line) from None
            except ValueError as error:
                held = len(self._held) - self._at
                if held > self.most:
                    raise self._too_long() from None
                if self.more(size):
                    size = max(size, held)  # twice as much each time
                    continue
                said = error.msg if isinstance(error, json.JSONDecodeError) else error
                raise ParseError(f"no JSON: {said}", self.line) from None
            if end == len(self._held) and self.more():
                continue  # a number may go on
            if end - self._at > self.most:
                raise self._too_long()
            self.line += self._held.count("\n", self._at, end)
            self._at = end
            return value


def _items(buffer: _Buffer) -> Iterator[tuple[Any, int]]:
    """The items of an array, each with its line."""
    buffer.pass_over()
    if buffer.next() == "]":
        buffer.pass_over()
        return
    while True:
        buffer.next()
        line = buffer.line
        yield buffer.value(), line
        match buffer.next():
            case ",":
                buffer.pass_over()
            case "]":
                buffer.pass_over()
                return
            case "":
                raise ParseError("the file ends in the middle of an array", buffer.line)
            case _:
                raise ParseError("no comma between two records", buffer.line)


def _inside(buffer: _Buffer, reading: Reading) -> Iterator[tuple[Any, int | None]]:
    """The records that a record holds, or that record itself."""
    buffer.most = reading.max_size
    whole = buffer.value()
    if not isinstance(whole, dict):
        raise ParseError("no record of JSON, which stands in braces", 1)
    arrays = list(_arrays(whole, _DEEPEST))
    if fields.shows_articles(tuple(whole), reading.fields) or not arrays:
        yield whole, 1
        return
    if len(arrays) > 1:
        names = ", ".join(name for name, _ in arrays[:5])
        raise ParseError(f"several arrays of records ({names}): write each to a file of its own")
    for found in arrays[0][1]:
        yield found, None


def _arrays(record: dict[str, Any], depth: int) -> Iterator[tuple[str, list[Any]]]:
    """The arrays of records in a record, and in records that it holds, by name."""
    for name, value in record.items():
        if _is_records(value):
            yield name, value
        elif isinstance(value, dict) and depth:
            yield from _arrays(value, depth - 1)


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)
