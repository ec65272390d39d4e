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
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archive.engines.sqlite import tokenizer
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
        return (plain, self.whole) if self.whole else (plain,)

    @property
    def initials(self) -> tuple[str, ...]:
        """The same, and an acronym's letters one by one, which may be no acronym there."""
        return (*self.ways, " ".join(self.whole or self.parts[0])) if self.capitals else self.ways


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
    phrases = _phrases([unit.ways for unit in units], column, star)
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
        phrases = _phrases([unit.initials for unit in units], column, star)
        return Sought(None, f"({' AND '.join(marks)}) AND ({phrases})")
    if len(units) == 1 and not text.column:
        return Sought(
            single, None, plain=" OR " not in phrases and not _in_parts(connection, units, star)
        )
    return Sought(phrases, parts, plain=" OR " not in phrases and not parts)


def _phrases(ways: Sequence[Sequence[str]], column: str, star: str) -> str:
    """A phrase in all ways to write its words."""
    some = itertools.islice(itertools.product(*ways), _MOST_WAYS)
    return " OR ".join(f"{column}{string(' '.join(way))} {star}" for way in some)


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
    distinct = list(dict.fromkeys(units)) if not star else units
    for unit in distinct:
        begun = star if unit is units[-1] and len(unit.parts[0]) >= _BEGUN else ""
        if len(unit.parts) == 1 and _has_form(connection, unit.parts[0], begun):
            others = [f"({_single(other, star * (other is units[-1]))})"
                      for other in distinct if other is not unit]  # fmt: skip
            if others and not begun and unit.parts[0].upper() in AMBIGUOUS:
                # AND is a form of itself; A.N.D. alone is in parts. A and S stand everywhere.
                others += [string(letter) for letter in unit.parts[0] if letter not in "as"]
            found.append(" AND ".join([f"{string(MARK + unit.parts[0])} {begun}", *others]))
    return " OR ".join(f"({part})" for part in found) or None


def _has_form(connection: sqlite3.Connection, word: str, star: str = "") -> bool:
    """Whether texts write a word, or one that begins so, in several parts."""
    rows = connection.execute(
        "SELECT 1 FROM article_words WHERE article_words MATCH ? LIMIT 1",
        (string(MARK + word) + star,),
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
    if len(words(folded)) != 1:
        return _other_ways(folded)
    if plain.upper() in AMBIGUOUS:
        return [" ".join(plain)] if _has_form(connection, plain) else []
    held = joined_forms(connection, plain)
    found: dict[str, None] = {}
    for title, body in connection.execute(
        "SELECT title, body FROM indexed_text WHERE id IN"
        " (SELECT rowid FROM article_words WHERE article_words MATCH ? LIMIT 3)",
        (_marked(held),),
    ):
        for jointed_word in jointed(f"{title}\n{body}"):
            found |= dict.fromkeys(_pieces(jointed_word, held))
    return list(found)


def joined_forms(connection: sqlite3.Connection, word: str) -> list[str]:
    """What articles write in several parts, in one piece, of the same stem as a word; for a short
    word the word itself alone, as very many begin so."""
    plain = fold(word).lower()
    stem = tokenizer.forms([plain])[0][1]
    if len(stem) < _BEGUN:
        return [plain] if _has_form(connection, plain) else []
    rows = connection.execute(
        "SELECT term FROM article_vocabulary WHERE term BETWEEN ? AND ?",
        (MARK + stem[:-1], MARK + stem[:-1] + _LAST),
    )
    held = [term.removeprefix(MARK) for (term,) in rows]
    return [
        form for form, (_, other) in zip(held, tokenizer.forms(held), strict=True) if other == stem
    ]


def _marked(forms: Sequence[str]) -> str:
    return " OR ".join(string(MARK + form) for form in forms) or string("")


def found_alone(connection: sqlite3.Connection, found: Sequence[Text]) -> bool:
    """Whether the other ways of a word find nothing but what is written in several parts."""
    word, *others = (string(fold(text.words)) for text in found)
    rows = connection.execute(
        "SELECT 1 FROM article_search WHERE article_search MATCH ? AND +rowid NOT IN"
        " (SELECT rowid FROM article_words WHERE article_words MATCH ?) LIMIT 1",
        (
            f"({' OR '.join(others)}) NOT {word}",
            _marked(joined_forms(connection, found[0].words)),
        ),
    )
    return rows.fetchone() is None


def _other_ways(folded: str) -> list[str]:
    """The other ways to write a word that is written in several parts; none for mere signs."""
    match list(_units(folded)):
        case [number] if number.is_number:
            return [way for way in number.ways if way != " ".join(words(folded))]
    match list(_units(folded, numeric=False)):
        case [unit] if unit.whole:
            return [unit.whole]
    return []


def _pieces(word: str, wanted: Sequence[str]) -> Iterator[str]:
    """The parts of a word that make one of some others when they are joined."""
    parts = words(word.lower())
    for start in range(len(parts)):
        for end in range(start + 2, len(parts) + 1):
            if "".join(parts[start:end]) in wanted:
                yield " ".join(parts[start:end])


def looked_at(connection: sqlite3.Connection, node: Node, ids: Iterable[int]) -> list[int]:
    """Those of some articles whose texts satisfy a word, a phrase, `Near` or `Paragraph`."""
    from archive.engines.sqlite.texts import Texts  # noqa: PLC0415
    from archive.query.matching import Matcher  # noqa: PLC0415

    matcher = Matcher(node, tokenizer.forms)
    return [
        written.article_id
        for written in Texts(connection).current(ids)
        if matcher.title(written.title) or any(map(matcher.paragraph, written.paragraphs))
    ]
