"""The query language: text -> a small tree. Knows no SQL, and raises for nothing by accident.

    xi moscow                     And(Text xi, Text moscow)
    xi AND moscow                 the same, but each Text is quoted: exactly what is asked
    "state visit"                 Text, a phrase as written; “ ” „ « » work as well
    UK                            Text as written; US, WHO and their like in capitals alone
    putin -zelensky               And(Text putin, Not(Text zelensky)); NOT does the same
    xi OR (putin invad*)          Or(Text xi, And(Text putin, Text invad, prefix))
    xi NEAR/5 putin               Near: at most five words between them, in either order;
                                  (a OR b) NEAR/5 c for alternatives; ADJ/5 in this order
    para:(xi putin)               Paragraph(And(Text xi, Text putin))
    title:visit                   Text in the title alone; title:(a OR b) as well
    category:politics             Words in the category; byline: likewise; source: a piece of path
    date:2022..2023-02            Dates 2022-01-01 to 2023-02-28, both included

Whatever is not language is searched as the words it holds: brackets that do not close, a lone
quote, `foo:bar`, `C++`. The few true errors (`date:2023-99`) say where they are.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import assert_never

from archive.errors import QueryError
from archive.query.acronyms import BARE, form_of, has_acronyms
from archive.query.dates import date_range
from archive.query.fields import FIELDS, Field
from archive.query.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    Dates,
    Near,
    Node,
    Not,
    Or,
    Paragraph,
    Text,
    Words,
)
from archive.query.scanner import Token, scan
from archive.query.walk import together
from archive.text.words import has_words

_HASH = re.compile("[0-9a-f]{8,64}")

MAX_LENGTH = 20_000
"""Characters a query may have."""

MAX_PAIRS = 400
"""Pairs of words that one NEAR/n may stand for."""

MAX_DEPTH = 50
"""Brackets within brackets; deeper ones are passed over."""


_POSSESSIVE = re.compile(r"(?<=\w)(?:['’][sS]?)+(?!\w)")
"""The end of a possessive: `Russia's` is asked for as *Russia*."""


def parse(text: str) -> Node:
    """The tree of a query; `QueryError` with the place for a date that is none or a query too long.

    An empty query is `EVERYTHING`; one that holds no word at all, such as `"!"`, is `NOTHING`.
    """
    text = cleaned(text)
    if not text.strip():
        return EVERYTHING
    return _Parser(text, scan(text)).parse()


def parse_value(field: Field, value: str) -> Node | None:
    """The node for all of a value in a field, as the option `--field value` asks for; None for a
    value without words."""
    value = cleaned(value[:MAX_LENGTH])
    if field.kind == "paragraph":
        parser = _Parser(value, scan(value))
        return parser.in_paragraph(parser.parse(), 0) if has_words(value) else None
    end = len(value)
    tokens = [Token("phrase", value, 0, end), Token("end", "", end, end)]
    return _Parser(value, tokens).in_field(field)


def cleaned(text: str) -> str:
    """The text without what neither a database nor a terminal takes; `QueryError` if it is too
    long."""
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"the query has {len(text):,} characters; the limit is {MAX_LENGTH:,}", "", 0, 0
        )
    return text.replace("\0", " ").encode(errors="replace").decode()


class _Parser:
    """Recursive descent over the tokens: or -> and -> not -> near -> atom."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text, self.tokens = text, tokens
        self.at = self.depth = 0
        self.scope: list[Field] = []
        self.acronyms = has_acronyms(
            token.text for token in tokens if token.kind in ("word", "phrase")
        )

    def parse(self) -> Node:
        items: list[Node] = []
        while self.peek.kind != "end":
            found = self.any_of()
            if found is not None:
                items.append(found)
            if self.peek.kind == ")":  # one that nothing opened
                self.at += 1
        return together(And, items) or NOTHING

    @property
    def peek(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def any_of(self) -> Node | None:
        items = [self.all_of()]
        while self.peek.kind == "or":
            self.at += 1
            items.append(self.all_of())
        return together(Or, [item for item in items if item is not None])

    def all_of(self) -> Node | None:
        items: list[Node] = []
        exact = False
        while self.peek.kind not in ("end", "or", ")"):
            if self.peek.kind == "and":
                self.at += 1
                exact = True
                continue
            item = self.negated()
            if item is not None:
                items.append(item)
        if exact:
            items = [replace(i, quoted=True) if isinstance(i, Text) else i for i in items]
        return together(And, items)

    def negated(self) -> Node | None:
        negations = 0
        while self.peek.kind == "not":
            self.at += 1
            negations += 1
        if self.peek.kind in ("end", "or", "and", ")"):
            return None
        item = self.near()
        return Not(item) if item is not None and negations % 2 else item

    def near(self) -> Node | None:
        """An atom, or several with NEAR/n or ADJ/n between them, for each pair of neighbours."""
        began = self.peek.start
        item = self.atom()
        pairs: list[Node] = []
        while self.peek.kind == "near" and item is not None:
            operator = self.next()
            if self.peek.kind not in ("(", "word", "phrase", "field"):
                self.at -= 1  # no second operand: it is a word
                break
            right = self.atom()
            if right is None:
                break
            sides = _alternatives(item), _alternatives(right)
            columns = {text.column for side in sides for text in side or ()}
            end = self.tokens[self.at - 1].end
            if None in sides or len(columns) > 1:
                message = f"{operator.text} takes words, phrases, or ( OR ) of them, of one field"
                raise QueryError(message, self.text, began, end)
            left_texts, right_texts = (side or () for side in sides)
            if len(left_texts) * len(right_texts) > MAX_PAIRS:
                raise QueryError(f"{operator.text}: too many words", self.text, began, end)
            kind, _, distance = operator.text.partition("/")
            pairs.append(Near(left_texts, right_texts, int(distance), ordered=kind == "ADJ"))
            item = right
        return together(And, pairs) if pairs else item

    def atom(self) -> Node | None:
        token = self.next()
        if token.kind == "(":
            return self.group()
        if token.kind == "field":
            return self.in_field(FIELDS[token.text])
        return self.leaf(token)

    def group(self) -> Node | None:
        if self.depth >= MAX_DEPTH:
            return None
        self.depth += 1
        found = self.any_of()
        self.depth -= 1
        if self.peek.kind == ")":
            self.at += 1
        return found

    def in_field(self, of: Field) -> Node | None:
        match of.kind:
            case "date":
                return self.dates(of)
            case "paragraph":
                start = self.peek.start
                found = self.operand()
                return None if found is None else self.in_paragraph(found, start)
            case "hash":
                return self.hash(of)
            case "text" | "words" | "path":
                self.scope.append(of)
                found = self.operand()
                self.scope.pop()
                return found
            case _:
                assert_never(of.kind)

    def hash(self, of: Field) -> Words:
        token = self.next()
        digits = token.text.lower()
        if token.kind not in ("word", "phrase") or not _HASH.fullmatch(digits):
            message = f"{of.name}: takes 8 or more of the digits that 'show' and 'cite' print"
            raise QueryError(message, self.text, token.start, token.end)
        return Words(of.name, digits)

    def operand(self) -> Node | None:
        """What stands behind the colon of a field."""
        return self.atom() if self.peek.kind in ("(", "word", "phrase") else None

    def in_paragraph(self, found: Node, start: int) -> Paragraph:
        if self.scope or not _of_one_paragraph(found):
            end = self.tokens[self.at - 1].end
            message = "para: takes words and phrases with OR, NOT, NEAR/n and ADJ/n"
            raise QueryError(message, self.text, start, end)
        return Paragraph(found)

    def leaf(self, token: Token) -> Node | None:
        words = " ".join(token.text.split())
        of = self.scope[-1] if self.scope else None
        if of is not None and of.kind == "path":
            path = token.text.strip()
            return Words(of.name, path) if path else None
        whole = of is not None and of.kind == "words" and words.startswith("=")
        if not has_words(words) and not (whole and words != "="):
            return None
        if of is not None and of.kind == "words":
            return Words(of.name, token.text.strip(), token.prefix)
        quoted = token.kind == "phrase"
        noun = words if quoted or token.prefix else _POSSESSIVE.sub("", words)
        words = noun if BARE.fullmatch(noun) else words
        exact = quoted or token.prefix or not BARE.fullmatch(words)
        form = form_of(words, quoted=exact, acronyms=self.acronyms)
        return Text(words, token.prefix, of.name if of else None, quoted=quoted, form=form)

    def dates(self, of: Field) -> Dates:
        token = self.next()
        value = token.text if token.kind in ("word", "phrase") else ""
        start = token.end - len(value) if token.kind == "word" else token.start
        try:
            return Dates(*date_range(of.name, value))
        except ValueError as error:
            raise QueryError(f"{of.name}: {error}", self.text, start, token.end) from None


def _alternatives(node: Node) -> tuple[Text, ...] | None:
    """The words of an operand of NEAR/n; None where it is more than that."""
    items = node.items if isinstance(node, Or) else (node,)
    texts = tuple(item for item in items if isinstance(item, Text))
    return texts if len(texts) == len(items) else None


def _of_one_paragraph(node: Node) -> bool:
    """Whether a tree holds nothing but words of the body, and some that must be there."""
    match node:
        case Text():
            return node.column is None
        case Near():
            return all(text.column is None for text in node.left + node.right)
        case And():
            parts = [item.item if isinstance(item, Not) else item for item in node.items]
            wanted = any(not isinstance(item, Not) for item in node.items)
            return wanted and all(map(_of_one_paragraph, parts))
        case Or():
            return all(map(_of_one_paragraph, node.items))
        case Not() | Words() | Dates() | Paragraph():
            return False
        case _:
            assert_never(node)
