"""What is made of a query and its filters before anything is asked of an archive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import QueryError, UsageError
from archive.query.fields import FIELDS
from archive.query.nodes import EVERYTHING, NOTHING, And, Dates, Node, Or, Paragraph, Text, Words
from archive.query.parser import MAX_LENGTH, parse
from archive.query.read import read
from archive.query.walk import items_of

XI, VISIT = Text("xi"), Text("visit", column="title", form="written")
THE, YEAR = Text("the"), Dates("2023-01-01", "2023-12-31")

LISTED = Paragraph(And((XI, Or((Text("a"), Text("b"))))))
READ: list[tuple[str, dict[str, str], Node, Node, Node]] = [
    # query, filters, all that was asked, what an article must satisfy, what a concordance lists
    ("xi", {}, XI, XI, XI),
    ("the xi", {}, And((THE, XI)), XI, XI),
    ("the", {}, THE, THE, THE),
    ("the", {"title": "visit"}, And((THE, VISIT)), VISIT, THE),
    ("", {"title": "visit"}, VISIT, VISIT, EVERYTHING),
    ("xi", {"date": "2023"}, And((XI, YEAR)), And((XI, YEAR)), XI),
    ("xi", {"byline": "..."}, And((XI, NOTHING)), And((XI, NOTHING)), XI),
    ("", {"para": "xi (a OR b)"}, LISTED, LISTED, EVERYTHING),
]  # fmt: skip


@pytest.mark.parametrize(("query", "filters", "tree", "sought", "listed"), READ)
def test_a_query_and_its_filters_are_read_as_one_tree(
    query: str, filters: dict[str, str], tree: Node, sought: Node, listed: Node
) -> None:
    asked = read(query, filters)
    assert (asked.tree, asked.sought, asked.listed) == (tree, sought, listed)
    assert set(asked.ignored) == set(items_of(tree)) - set(items_of(sought))


VALUES = st.lists(
    st.sampled_from(["xi", "state", "2023", "2022..2023", "a*", "É", "-", ":", "/", ".", "..."]),
    max_size=4,
).map(" ".join)


@given(st.sampled_from([name for name in FIELDS if name != "para"]), VALUES)
def test_an_option_is_read_as_the_field_with_its_value_in_quotes(name: str, value: str) -> None:
    """But for an asterisk, which in an option is a sign like any other."""
    value = value.replace("*", "")
    try:
        by_field = parse(f'{name}:"{value}"')
    except QueryError as error:
        with pytest.raises(QueryError) as raised:
            read("", {name: value})
        assert str(raised.value) == str(error)
        assert (raised.value.query, raised.value.start) == (value, 0)
        return
    assert read("", {name: value}).tree == by_field


@given(VALUES)
def test_the_option_for_paragraphs_takes_a_query(value: str) -> None:
    assert read("", {"para": value}).tree == parse(f"para:({value})")


@pytest.mark.parametrize("value", ["date:2023", "title:xi", "-xi", "xi category:world"])
def test_the_option_for_paragraphs_takes_words_alone(value: str) -> None:
    with pytest.raises(QueryError, match="para: takes words and phrases") as raised:
        read("moscow", {"para": value})
    assert raised.value.query == value


def test_mistakes_in_filters_are_named() -> None:
    with pytest.raises(UsageError, match="unknown filter 'colour'"):
        read("x", {"colour": "red"})
    with pytest.raises(QueryError, match="after: 'never' is no date"):
        read("x", {"after": "never"})


def test_what_is_too_long_is_cut_in_options() -> None:
    (condition,) = items_of(read("", {"source": "é" * (MAX_LENGTH + 9)}).tree)
    assert isinstance(condition, Words)
    assert len(condition.words) == MAX_LENGTH


@pytest.mark.parametrize(
    ("query", "is_sentence"),
    [
        ("GRAIN PRICES RISE AND FALL", True),
        ("RISE IN GRAIN PRICES OR NOT", True),
        ("EXPORTS FALL IN MAY 1987", True),
        ("ÖLPREISE FALLEN IM MÄRZ", True),
        ("GRAIN PRICES RISE", False),  # three words
        ("OIL GAS TIN ZINC", False),  # none is long
        ("IRAN OR IRAQ OR SYRIA OR LEBANON", False),  # operators between all of its words
        ("GRAIN PRICES Rise AND FALL", False),
        ("GRAIN PRICES RISE (AND FALL)", False),
        ('GRAIN "PRICES RISE" AND FALL', False),
        ("GRAIN PRICES RISE AND FALL*", False),
        ("date:2023 GRAIN PRICES RISE AND FALL", False),
        ("习近平访问莫斯科 普京欢迎 联合国 安全理事会会议", False),  # no capitals to speak of
        ("1987 1988 1989 19901991", False),
    ],
)
def test_a_sentence_in_capitals_is_read_as_in_small_letters(query: str, is_sentence: bool) -> None:
    asked = read(query)
    said = [line for line in asked.notices if line.startswith("a query all in capitals")]
    assert bool(said) == is_sentence
    if is_sentence:
        small = read(query.lower())
        assert (asked.tree, asked.sought) == (small.tree, small.sought)
        assert asked.operators == small.operators
