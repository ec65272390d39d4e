"""How a query was read, and what is to blame where it finds nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from archive import Archive
from archive.errors import QueryError
from archive.query.describe import describe
from archive.query.nodes import EVERYTHING, NOTHING, Text
from archive.query.parser import parse
from archive.query.walk import all_texts
from test_query import PIECES

if TYPE_CHECKING:
    from conftest import Cli

DESCRIBED = [
    ("xi moscow", "xi moscow"),
    ("“state  visit”", '"state visit"'),
    ("invad* title:visit", "invad* title:visit"),
    ("xi NEAR/5 (putin OR moscow)", "xi NEAR/5 (putin OR moscow)"),
    ("xi ADJ/2 putin", "xi ADJ/2 putin"),
    ("para:(xi putin)", "para:(xi putin)"),
    ("-xi -(a b)", "-xi -(a b)"),
    ("a (b OR (c d))", "a (b OR (c d))"),
    ("date:2023 category:politics", 'date:2023-01-01..2023-12-31 category:"politics"'),
    ("after:2023-01-01 before:2023-02-01", "date:2023-01-02.. date:..2023-01-31"),
    ("date:2023-05-01", "date:2023-05-01"),
    ('"', "(no word)"),
    ('"xi* *"', "xi*"),
]


@pytest.mark.parametrize(("query", "text"), DESCRIBED)
def test_describes_a_tree_in_the_terms_of_the_language(query: str, text: str) -> None:
    assert describe(parse(query)) == text


@given(st.lists(PIECES, max_size=12).map("".join))
@example("NEAR/3(ADJ/2“title:")
@example("(a NEAR/2 b) OR -(c d)")
@example('"xi* *"')
@example("NEAR/3''^")
@example("NOT(-title:")
@example('🙂"("^"OR"')
def test_what_is_described_is_read_as_the_same(text: str) -> None:
    try:
        tree = parse(text)
    except QueryError:
        return
    # An operator without one of its sides is a word, but none of those that a query of at most
    # three words may have where one in capitals is an acronym.
    assume(not any("/" in word.words for word in all_texts(tree)))
    if tree not in (NOTHING, EVERYTHING):
        assert parse(describe(tree)) == tree


def test_explains_each_part(db: str) -> None:
    with Archive(db) as archive:
        found = archive.explain("the moscow (putin OR senate) -wheat date:2023")
    assert [(part.text, part.articles) for part in found.parts] == [
        ("moscow", 2), ("putin", 2), ("senate", 1), ("date:2023-01-01..2023-12-31", 3),
    ]  # fmt: skip
    assert (found.articles, found.ignored) == (1, ("the",))
    assert any("article_search" in step for step in found.plan)
    assert found.sql.startswith("SELECT")


@pytest.mark.parametrize(
    ("query", "missing", "nothing"),
    [
        ("moscow xylophone", ("xylophone",), None),
        ("moscow AND wheat", (), "wheat"),
        ("moscow date:2021", (), "date:2021-01-01..2021-12-31"),
        ("date:1999", ("date:1999-01-01..1999-12-31",), None),
        ("moscow -moscow", (), "-moscow"),
        ("xi ADJ/1 moscow", ("xi ADJ/1 moscow",), None),
        ('"moscow putin"', ('"moscow putin"',), None),
        ("category:politics wheat", (), "wheat"),
    ],
)
def test_says_what_left_nothing(
    db: str, query: str, missing: tuple[str, ...], nothing: str | None
) -> None:
    with Archive(db) as archive:
        assert archive.count(query) == 0
        found = archive.blame(query)
    assert (found.missing, found.leaves_nothing) == (missing, nothing)


def test_the_command_explains(cli: Cli, db: str) -> None:
    shown = cli("search", "--explain", "the moscow putin", "--db", db)
    assert shown.returncode == 0
    assert shown.stdout.startswith("read as   moscow putin\nignored   the\n         2  *moscow*\n")
    record = json.loads(cli("search", "--explain", "moscow xylophone", "--json", "--db", db).stdout)
    assert record["parts"] == [
        {"text": "moscow", "articles": 2},
        {"text": "xylophone", "articles": 0},
    ]
    assert cli("search", "--explain", "xylophone", "--db", db).returncode == 1
    assert cli("search", "--explain", "date:2023-99", "--db", db).returncode == 2


def test_a_search_that_finds_nothing_says_why_unasked(cli: Cli, db: str) -> None:
    nothing = cli("search", "zelnsky", "--db", db)
    assert nothing.returncode == 1
    assert nothing.stderr == (
        "archive: nothing found for 'zelnsky'\n"
        "archive: no article has zelnsky; did you mean zelensky?\n"
    )
    filtered = cli("search", "moscow", "--date", "2021", "--db", db)
    assert filtered.stderr.endswith(
        "archive: date:2021-01-01..2021-12-31 leaves nothing of the 2 articles with moscow\n"
    )


def test_context_brings_the_paragraphs_around(cli: Cli, db: str) -> None:
    with Archive(db) as archive:
        (hit,) = archive.search("title:visit invited", context=1)
        assert [passage.position for passage in hit.paragraphs] == [1, 2]
        assert hit.paragraphs[1].marks
        (far,) = archive.search("invited", context=99)
        assert [passage.position for passage in far.paragraphs] == [1, 2]
    shown = cli("search", "invited", "-C", "1", "--db", db).stdout
    assert "    1:1  The Chinese president" in shown


def test_help_on_the_language_needs_no_archive(cli: Cli) -> None:
    assert cli("help", "query", "--db", "/nowhere").returncode == 2
    assert cli("help", "query").returncode == 0
    assert cli("help", "other").returncode == 2


def test_text_is_hashed_without_its_quotes() -> None:
    assert Text("a", quoted=True) == Text("a")
    assert len({Text("a", quoted=True), Text("a", times=3)}) == 1
