"""Words and phrases as written -> expressions of `article_words`, and the articles to look at.

What the index says by itself goes into an expression: words, prefixes, phrases, and the other forms
of single words (`articles.forms`). Numbers, currency and percent signs, capitals within a phrase,
and phrases with a word that texts write in several parts are looked for in the texts of the
articles that may hold them; the matcher of the query language decides.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from archive.record_class import record
from archive.text import numbers
from archive.text.acronyms import AMBIGUOUS
from archive.text.folding import fold
from archive.text.forms import MARK, jointed
from archive.text.words import pattern, whole_word, words

if TYPE_CHECKING:
    from archive.query.nodes import Node, Text

_MOST_WAYS = 16
"""Ways to write one phrase that are asked for."""

_BEGUN, _LAST = 4, "\U0010ffff"
"""Letters from which the beginning of a word may reach beyond the first of its parts: covid1* is
COVID-19 as well."""

_SIGNS = re.compile(r"[%‰\u00a2-\u00a5\u20a0-\u20cf\uff04\uffe0\uffe1\uffe5\uff05$]")


@record
class Sought:
    """What finds a word or phrase in `article_words`. `exact`: articles that hold it; `look`: those
    that may. Either may be None. `plain` says that it is one string, which may stand in NEAR."""

    exact: str | None
    look: str | None
    plain: bool = False

    @property
    def loose(self) -> str:
        """What finds every article that may hold it."""
        return " OR ".join(f"({part})" for part in (self.exact, self.look) if part) or '""'


@record
class _Unit:
    """A word of a query: its parts, and all of it in one piece where it has several; a number may
    have a point in it."""

    parts: tuple[str, ...]
    whole: str | None
    capitals: bool = False
    is_number: bool = False

    @property
    def ways(self) -> tuple[str, ...]:
        """Ways to write it within a phrase."""
        plain = " ".join(self.parts)
        if self.is_number:
            digits, point, rest = plain.partition(" ")
            return tuple(dict.fromkeys((plain, _grouped(digits) + point + rest)))
        acronym = self.whole or plain
        if acronym.upper() in AMBIGUOUS:
            return tuple(dict.fromkeys((plain, acronym, " ".join(acronym))))
        return (plain, self.whole) if self.whole else (plain,)


def string(folded: str) -> str:
    """Folded text as an FTS5 string, so that nothing in it is an operator: a word or a phrase."""
    return '"' + folded.replace('"', " ") + '"'


def sought(connection: sqlite3.Connection, text: Text) -> Sought:
    """How a word or phrase as written is found."""
    folded = fold(text.words)
    units = list(_units(folded))
    if not units or text.form == "joined":
        return Sought(string(MARK + folded.lower()) if units else None, None)
    capitals = text.form == "capitals"
    star = "*" if text.prefix else ""
    column = f"{text.column} : " if text.column else ""
    ways = itertools.islice(itertools.product(*(unit.ways for unit in units)), _MOST_WAYS)
    phrases = " OR ".join(f"{column}{string(' '.join(way))} {star}" for way in ways)
    single = f"{phrases} OR {_single(units[0], star)}"
    parts = _in_parts(connection, units, star) if not star or len(units) > 1 else None
    if _SIGNS.search(folded) or any(unit.is_number for unit in units[: len(units) - text.prefix]):
        alone = len(units) == 1 and not text.column
        return Sought(None, single if alone else " OR ".join(filter(None, (phrases, parts))))
    marks = [
        string(MARK + (unit.whole or unit.parts[0])) for unit in units if capitals and unit.capitals
    ]
    if marks:
        if len(units) == 1 and not text.column:
            return Sought(marks[0], None)
        return Sought(None, f"({' AND '.join(marks)}) AND ({phrases})")
    if len(units) == 1 and not text.column:
        return Sought(
            single, None, plain=" OR " not in phrases and not _in_parts(connection, units, star)
        )
    return Sought(phrases, parts, plain=" OR " not in phrases and not parts)


def _single(unit: _Unit, star: str) -> str:
    """A word by itself, in the text or among the forms."""
    plain = unit.whole or (unit.parts[0] if len(unit.parts) == 1 else None)
    found = [plain, MARK + plain] if plain else []
    if len(unit.parts) > 1:
        found.append(" ".join(unit.parts))
    return " OR ".join(f"{string(word)} {star}" for word in found)


def _in_parts(connection: sqlite3.Connection, units: list[_Unit], star: str) -> str | None:
    """Articles that have one of the words in several parts, and all others: of a title or a phrase
    these parts may be part."""
    found = []
    for unit in units:
        begun = star if unit is units[-1] and len(unit.parts[0]) >= _BEGUN else ""
        if len(unit.parts) == 1 and _has_form(connection, unit.parts[0], begun):
            others = [f"({_single(other, star * (other is units[-1]))})"
                      for other in units if other is not unit]  # fmt: skip
            found.append(" AND ".join([f"{string(MARK + unit.parts[0])} {begun}", *others]))
    return " OR ".join(f"({part})" for part in found) or None


def _has_form(connection: sqlite3.Connection, word: str, star: str = "") -> bool:
    """Whether texts write a word, or one that begins so, in several parts."""
    rows = connection.execute(
        "SELECT 1 FROM article_vocabulary WHERE term BETWEEN ? AND ? LIMIT 1",
        (MARK + word, MARK + word + _LAST * len(star)),
    )
    return rows.fetchone() is not None


def _units(folded: str, *, numeric: bool = True) -> Iterator[_Unit]:
    """The words of a query; with `numeric`, numbers are read as such: 7-eleven is 7 and eleven."""
    at = 0
    while (found := pattern("W+", folded).search(folded, at)) is not None:
        start, at = found.span()
        number = numbers.read(folded, start) if numeric else None
        if number:
            at = number[1]
            yield _Unit(number[0].groups, None, is_number=True)
            continue
        whole, at = whole_word(folded, start, at)
        parts = tuple(words(folded[start:at].lower()))
        letters = re.sub(r"[-.‐‑]", "", folded[start:at])
        yield _Unit(parts, whole.lower() if len(parts) > 1 else None, letters in AMBIGUOUS)


def _grouped(digits: str) -> str:
    """A number as the words that it is with commas between its thousands."""
    first = len(digits) % 3 or 3
    return " ".join((digits[:first], *re.findall("...", digits[first:])))


def spellings(connection: sqlite3.Connection, word: str) -> list[str]:
    """The ways in which articles write a bare word in several parts, found in a few of them:
    `e mail` for email."""
    folded = fold(word)
    plain = folded.lower()
    if len(words(folded)) == 1 and plain.upper() in AMBIGUOUS:
        return [" ".join(plain)] if _has_form(connection, plain) else []
    if len(words(folded)) != 1:
        return _other_ways(folded)
    found: dict[str, None] = {}
    for title, body in connection.execute(
        "SELECT title, body FROM indexed_text WHERE id IN"
        " (SELECT rowid FROM article_words WHERE article_words MATCH ? LIMIT 3)",
        (string(MARK + plain),),
    ):
        for jointed_word in jointed(f"{title}\n{body}"):
            found |= dict.fromkeys(_pieces(jointed_word, plain))
    return list(found)


def _other_ways(folded: str) -> list[str]:
    """The other ways to write a word that is written in several parts."""
    number, *others = _units(folded)
    if number.is_number and not others:
        return [way for way in number.ways if way != " ".join(words(folded))]
    unit, *others = _units(folded, numeric=False)
    return [unit.whole] if unit.whole and not others else []


def _pieces(word: str, plain: str) -> Iterator[str]:
    """The parts of a word that make another one when they are joined."""
    parts = words(word.lower())
    for start in range(len(parts)):
        for end in range(start + 2, len(parts) + 1):
            if "".join(parts[start:end]) == plain:
                yield " ".join(parts[start:end])


def looked_at(connection: sqlite3.Connection, node: Node, ids: Iterable[int]) -> list[int]:
    """Those of some articles whose texts satisfy a word, a phrase, `Near` or `Paragraph`."""
    from archive.engines.sqlite.texts import Texts  # noqa: PLC0415
    from archive.engines.sqlite.tokenizer import forms  # noqa: PLC0415 - few queries need it
    from archive.query.matching import Matcher  # noqa: PLC0415

    matcher = Matcher(node, forms)
    return [
        written.article_id
        for written in Texts(connection).current(ids)
        if matcher.title(written.title) or any(map(matcher.paragraph, written.paragraphs))
    ]
