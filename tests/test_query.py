"""The query language as a table: text and the tree it is read as."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.errors import QueryError
from archive.query import dates
from archive.query.dates import FIRST_DAY, LAST_DAY
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
from archive.query.parser import MAX_LENGTH, parse
from archive.query.walk import positive_texts, together


def t(words: str, *, prefix: bool = False, column: str | None = None) -> Text:
    """Words as written, of which a phrase or a prefix is; any other word is in any form."""
    return Text(words, prefix, column, form="written" if prefix or " " in words else "any")


A, B, C = t("a1"), t("b1"), t("c1")

TREES: list[tuple[str, Node]] = [
    ("", EVERYTHING),
    ("   ", EVERYTHING),
    ("a1", A),
    ("a1 b1", And((A, B))),
    ("a1 AND b1", And((A, B))),
    ("a1 and b1", And((A, t("and"), B))),
    ("a1 a1 b1", And((A, B))),
    ("a1 OR b1", Or((A, B))),
    ("a1 or b1", And((A, t("or"), B))),
    ("a1 b1 OR c1", Or((And((A, B)), C))),
    ("a1 (b1 OR c1)", And((A, Or((B, C))))),
    ("((a1))", A),
    ("-a1", Not(A)),
    ("NOT a1", Not(A)),
    ("a1 -b1", And((A, Not(B)))),
    ("a1 NOT b1", And((A, Not(B)))),
    ("a1 AND NOT b1", And((A, Not(B)))),
    ("a1 -(b1 OR c1)", And((A, Not(Or((B, C)))))),
    ("NOT -a1", A),
    ("a1 - b1", And((A, B))),
    ("e-mail", t("e-mail")),
    ("a1 -", A),
    ('"a1 b1"', t("a1 b1")),
    ("“a1 b1”", t("a1 b1")),
    ("„a1 b1“", t("a1 b1")),
    ("«a1 b1»", t("a1 b1")),
    ('"a1   b1"', t("a1 b1")),
    ('-"a1 b1"', Not(t("a1 b1"))),
    ('"a1 b*"', t("a1 b", prefix=True)),
    ('"a1 b"*', t("a1 b", prefix=True)),
    ("invad*", t("invad", prefix=True)),
    ("*", NOTHING),
    ("**", NOTHING),
    ("a1 NEAR/5 b1", Near((A,), (B,), 5)),
    ("a1 NEAR/0 b1 c1", And((Near((A,), (B,), 0), C))),
    ("a1 NEAR/5 b1 NEAR/3 c1", And((Near((A,), (B,), 5), Near((B,), (C,), 3)))),
    ("(a1 OR b1) NEAR/5 c1", Near((A, B), (C,), 5)),
    ('"a1 b1" NEAR/5 c*', Near((t("a1 b1"),), (t("c", prefix=True),), 5)),
    ("-a1 NEAR/5 b1", Not(Near((A,), (B,), 5))),
    ("title:a1 NEAR/5 title:b1", Near((t("a1", column="title"),), (t("b1", column="title"),), 5)),
    ("title:(a1 NEAR/5 b1)", Near((t("a1", column="title"),), (t("b1", column="title"),), 5)),
    ("a1 ADJ/2 b1", Near((A,), (B,), 2, ordered=True)),
    ("(a1 OR b1) ADJ/2 c1", Near((A, B), (C,), 2, ordered=True)),
    (
        "title:(a1 ADJ/2 b1)",
        Near((t("a1", column="title"),), (t("b1", column="title"),), 2, ordered=True),
    ),
    ("a1 ADJ/2", And((A, Text("ADJ/2", form="written")))),
    ("para:a1", Paragraph(A)),
    ("para:(a1 b1)", Paragraph(And((A, B)))),
    ("title:para:(a1 b1)", Paragraph(And((A, B)))),
    ('para:("a1 b1" -c1)', Paragraph(And((t("a1 b1"), Not(C))))),
    ("para:(a1 NEAR/5 (b1 OR c1))", Paragraph(Near((A,), (B, C), 5))),
    ("-para:(a1 b1) c1", And((Not(Paragraph(And((A, B)))), C))),
    ("para:", t("para:")),
    ("para:()", NOTHING),
    ("a1 NEAR/5", And((A, Text("NEAR/5", form="written")))),
    ("NEAR/5 a1", And((Text("NEAR/5", form="written"), A))),
    ("a1 NEAR b1", And((A, t("NEAR"), B))),
    ("a1 near/5 b1", And((A, t("near/5"), B))),
    ("NEAR(", t("NEAR")),
    ("title:visit", t("visit", column="title")),
    ("TITLE:visit", t("visit", column="title")),
    ('title:"a1 b1"', t("a1 b1", column="title")),
    ("title:(a1 OR b1)", Or((t("a1", column="title"), t("b1", column="title")))),
    ("title:a1*", t("a1", prefix=True, column="title")),
    ("-title:a1", Not(t("a1", column="title"))),
    ("title: visit", And((t("title:"), t("visit")))),
    ("category:politics", Words("category", "politics")),
    ('category:"us politics"', Words("category", "us politics")),
    ("category:(a1 OR b1)", Or((Words("category", "a1"), Words("category", "b1")))),
    ("byline:smith a1", And((Words("byline", "smith"), A))),
    ("source:2023/", Words("source", "2023/")),
    ("date:2023", Dates("2023-01-01", "2023-12-31")),
    ("date:2023-02", Dates("2023-02-01", "2023-02-28")),
    ("date:2024-02", Dates("2024-02-01", "2024-02-29")),
    ("date:2023-1-5", Dates("2023-01-05", "2023-01-05")),
    ("date:2022..2023-02-24", Dates("2022-01-01", "2023-02-24")),
    ("date:2022..", Dates("2022-01-01", LAST_DAY)),
    ("date:..2022", Dates(FIRST_DAY, "2022-12-31")),
    ("after:2023-01-01", Dates("2023-01-02", LAST_DAY)),
    ("after:2023", Dates("2024-01-01", LAST_DAY)),
    ("before:2023-02", Dates(FIRST_DAY, "2023-01-31")),
    ("a1 -date:2023", And((A, Not(Dates("2023-01-01", "2023-12-31"))))),
    ("foo:bar", t("foo:bar")),
    ("C++", t("C++")),
    ("don't", t("don't")),
    ("don’t", t("don’t")),
    ('"', NOTHING),
    ('a1 "', A),
    ('a1 "b1', And((A, B))),
    ("((a1", A),
    ("a1))", A),
    (")(", NOTHING),
    ("a1 ) b1", And((A, B))),
    ("a1 OR", A),
    ("OR a1", A),
    ("OR OR", NOTHING),
    ("NOT", NOTHING),
    ("AND", NOTHING),
    ("a1 NOT", A),
    ("a1 OR OR b1", Or((A, B))),
    ("🙂", NOTHING),
    ("a1 🙂", A),
    ("a1\0b1", And((A, B))),
    ("date:", t("date:")),
    ("习近平", t("习近平")),
]


@pytest.mark.parametrize(("text", "tree"), TREES, ids=[repr(text) for text, _ in TREES])
def test_reads_a_query_as_this_tree(text: str, tree: Node) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "start", "end", "reason"),
    [
        ("date:2023-99", 5, 12, "there is no date '2023-99'"),
        ("xi date:2023-02-30", 8, 18, "there is no date"),
        ("date:soon", 5, 9, "is no date"),
        ("date:0000", 5, 9, "there is no date"),
        ("date:..", 5, 7, "has no end"),
        ("date:2023..2022", 5, 15, "ends before it begins"),
        ("after:x", 6, 7, "after: 'x' is no date"),
        ("date:(2023)", 5, 6, "is no date"),
        ("x (a b) NEAR/5 c", 2, 16, "NEAR/5 takes words"),
        ("a NEAR/5 title:b", 0, 16, "of one field"),
        ("x para:(a date:2023) y", 7, 20, "para: takes words"),
        ("para:(-a)", 5, 9, "para: takes words"),
        ("para:(title:a b)", 5, 16, "para: takes words"),
        ("title:(para:(a b))", 12, 17, "para: takes words"),
        ("a NEAR/5 date:2023", 0, 18, "NEAR/5 takes words"),
        ("date:２０２３", 5, 9, "is no date"),
    ],
)
def test_a_true_error_says_where_it_is(text: str, start: int, end: int, reason: str) -> None:
    with pytest.raises(QueryError, match=reason.replace("(", r"\(")) as caught:
        parse(text)
    assert (caught.value.start, caught.value.end) == (start, end)


TODAY = date(2024, 3, 1)  # a Friday, the day after a leap day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("date:today", "2024-03-01", "2024-03-01"),
        ("date:Yesterday", "2024-02-29", "2024-02-29"),
        ('date:"this week"', "2024-02-26", "2024-03-03"),
        ("date:last_week", "2024-02-19", "2024-02-25"),
        ('date:"last month"', "2024-02-01", "2024-02-29"),
        ("date:last-year", "2023-01-01", "2023-12-31"),
        ("date:this_year", "2024-01-01", "2024-12-31"),
        ("date:2023..today", "2023-01-01", "2024-03-01"),
        ("after:yesterday", "2024-03-01", LAST_DAY),
        ('before:"last month"', FIRST_DAY, "2024-01-31"),
    ],
)
def test_words_for_dates(monkeypatch: pytest.MonkeyPatch, text: str, first: str, last: str) -> None:
    monkeypatch.setattr(dates, "today", lambda: TODAY)
    assert parse(text) == Dates(first, last)


@pytest.mark.parametrize(
    ("text", "quoted", "times"),
    [
        ("a1 b1", [False, False], [1, 1]),
        ("a1 AND b1", [True, True], [1, 1]),
        ('"a1" b1', [True, False], [1, 1]),
        ("a1 b1 a1", [False, False], [2, 1]),
        ('a1 b1 "a1" a1', [False, False, True], [2, 1, 1]),
    ],
)
def test_knows_what_was_quoted_and_how_often_it_was_written(
    text: str, quoted: list[bool], times: list[int]
) -> None:
    texts = positive_texts(parse(text))
    assert [word.quoted for word in texts] == quoted
    assert [word.times for word in texts] == times


def test_a_query_too_long_is_refused() -> None:
    with pytest.raises(QueryError, match="limit is 20,000"):
        parse("a" * (MAX_LENGTH + 1))


def test_brackets_too_deep_are_passed_over() -> None:
    assert parse("(" * 5000 + "a1" + ")" * 5000) == A


def test_only_words_that_make_a_match_are_positive() -> None:
    tree = parse("a1 (b1 OR title:c1) -d1 date:2023")
    assert positive_texts(tree) == [A, B, t("c1", column="title")]


PIECES = st.sampled_from(
    ['"', "“", "”", "(", ")", "-", "OR", "AND", "NOT", "title:", "date:", "source:", "category:",
     "after:2023", "xi", "习", "*", " ", "\0", "🙂", "NEAR/3", "ADJ/2", "para:", "^", "+", ":", "'", "\ud800"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=20).map("".join)))
@example("date:2023..")
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        parse(text)
    except QueryError as error:
        assert 0 <= error.start <= error.end <= len(text)


def test_equal_parts_are_one_that_counts_them_and_keeps_the_quotes() -> None:
    plain, quoted = Text("xi"), Text("xi", quoted=True)
    orders: list[list[Node]] = [[plain, quoted], [quoted, plain], [plain, And((quoted,))]]
    for items in orders:
        found = together(And, items)
        assert isinstance(found, Text)
        assert (found.words, found.quoted, found.times) == ("xi", True, 2)
    found = together(Or, [plain, plain, Text("aid")])
    assert isinstance(found, Or)
    assert [(item.times, item.quoted) for item in found.items if isinstance(item, Text)] == [
        (2, False),
        (1, False),
    ]
    assert together(And, []) is None
