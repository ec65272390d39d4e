"""Words as written: tables of texts, queries and what they find; and the same by a plain scan."""

from __future__ import annotations

import contextlib
import random
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from archive import Archive
from archive.engines.sqlite.plan import Compiler
from archive.query.parser import parse

TEXTS = (
    ("Ministry buys trucks", "The trucks are used for food aid. It is important, with new money."),
    ("Clinic opens", "The clinic treats AIDS patients. US donors paid."),
    ("News of imports", "The news is that imports fell at the internal meeting."),
    ("Unit of staff", "An international unit of BoE staff met in the city."),
    ("U.S. envoy in U.K.", "The U.S. envoy spoke of A.I. at the G-7, of COVID-19 and e-mail."),
    ("US envoy in UK", "The US envoy spoke of AI at the G7, of COVID19 and email."),
    ("Deal one", "The price was $85.5 billion, growth 3.5 percent; it has 1,250 shops, 159,000 jobs."),
    ("Deal two", "The price was £5 billion, 25 million of it in cash. Tell us about it."),
    ("Deal three", "The price was $5 billion and growth 5 percent, or 5%, of 1250 shops."),
    ("LET US GO HOME", "They sang it to us."),
    ("Soviet Union", "The U.S.S.R. was a state-owned, U.S.-led sled. Café visits."),
)  # fmt: skip

FOUND = [
    # a word as written, and in any form
    ("AIDS", {2}), ('"AIDS"', {2}), ('"aids"', {2}), ("aid", {1, 2}),
    ('"news"', {3}), ('"imports"', {3}), ("import", {1, 3}), ('"internal"', {3}),
    ('"United"', set()), ('"visit"', set()), ("visit", {11}), ('"cafe"', {11}), ('"CAFÉ"', {11}),
    ("trucks -AIDS", {1}), ("trucks -US", {1}), ('clinic -"donor"', {2}), ("clinic -donor", set()),
    ('title:"news"', {3}), ('title:"new"', set()), ('para:"news"', {3}), ('para:"new"', {1}),
    ('"trucks" OR "news"', {1, 3}), ('trucks OR "news"', {1, 3}), ('"the trucks"', {1}),
    ('"the truck"', set()), ('para:("news" imports)', {3}), ('"news" NEAR/3 imports', {3}),
    ('"new" NEAR/3 money', {1}), ('"news" ADJ/3 "imports"', {3}), ('"imports" ADJ/3 "news"', set()),
    # prefixes
    ("internation*", {4}), ("intern*", {3, 4}), ("title:impor*", {3}), ('"food ai*"', {1}),
    ("truck* -import*", set()), ("growth*", {7, 9}),
    # numbers and signs
    ('"5 percent"', {9}), ('"3.5 percent"', {7}), ('"$5 billion"', {9}), ('"£5 billion"', {8}),
    ('"5 billion"', {8, 9}), ('"5%"', {9}), ('"5 million"', set()), ('"000 jobs"', set()),
    ('"1250"', {7, 9}), ('"1,250"', {7, 9}), ("1250", {7, 9}), ("1,250", {7, 9}),
    ('"1,250 shops"', {7, 9}), ('"1250 shops"', {7, 9}), ('"159000 jobs"', {7}), ('"85"', set()),
    # acronyms and joined words
    ("US", {2, 5, 6, 11}), ('"US"', {2, 5, 6, 11}), ("U.S.", {2, 5, 6, 11}), ("us", {1, 2, 5, 6, 8, 10, 11}),
    ("US envoy", {5, 6}), ("U.S. envoy", {5, 6}), ('"US envoy"', {5, 6}), ('"U.S. envoy"', {5, 6}),
    ('"the us envoy"', {5, 6}), ("title:US", {5, 6}), ('title:"U.S. envoy"', {5, 6}),
    ("UK", {5, 6}), ("U.K.", {5, 6}), ("uk", {5, 6}), ("AI", {5, 6}), ("A.I.", {5, 6}),
    ("G7", {5, 6}), ("G-7", {5, 6}), ('"the G7"', {5, 6}), ("COVID19", {5, 6}),
    ("covid-19", {5, 6}), ("email", {5, 6}), ("e-mail", {5, 6}), ('"email"', {5, 6}),
    ('"e-mail"', {5, 6}), ('"and email"', {5, 6}), ('"and e-mail"', {5, 6}), ("para:email", {5, 6}),
    ("USSR", {11}), ('"sled"', {11}), ('"sted"', set()), ("stateowned", {11}), ('"state owned"', {11}),
    ('"US, envoy"', {5, 6}), ("US, envoy", {5, 6}), ("U.S.\u00ad envoy", {5, 6}), ('"of A.I. a*"', {5, 6}),
    ('"the G-7, o*"', {5, 6}), ("title:UK", {5, 6}), ("US -UK", {2, 11}), ("WHO", set()), ("IT", set()), ("envoy NEAR/3 uk", {5, 6}),
]  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("written")
    for number, (title, text) in enumerate(TEXTS, 1):
        (root / f"{number:02}.txt").write_text(f" date 2023-01-31\n{title}\n{text}\n")
    path = str(root / "a.db")
    with Archive(path) as archive:
        archive.ingest([root])
    return path


@pytest.mark.parametrize(("query", "ids"), FOUND, ids=[query for query, _ in FOUND])
def test_finds_words_as_they_are_written(written: str, query: str, ids: set[int]) -> None:
    with Archive(written) as archive:
        assert archive.count(query) == len(ids)
        results = archive.search(query, limit=50)
        assert {hit.article_id for hit in results if not hit.partial} == ids
        listed = {hit.article_id for hit in archive.search(query, limit=50, sort="newest")}
        assert not ids or listed == ids


@pytest.mark.parametrize("query", [query for query, ids in FOUND if ids])
def test_the_shell_finds_the_same(written: str, query: str) -> None:
    with Archive(written) as archive:
        results = archive.search(query, limit=50)
    shell = subprocess.run(
        ["sqlite3", "-readonly", "-ascii", written, results.sql],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    rows = [row.split("\x1f")[0] for row in shell.stdout.split("\x1e") if row]
    assert rows == [str(hit.article_id) for hit in results]


def test_says_in_the_sql_what_was_found_beforehand(written: str) -> None:
    with Archive(written) as archive:
        assert "/* ids found beforehand */" in archive.search('"5 percent"').sql
        assert "beforehand" not in archive.search('"percent"').sql


SHAPES = ['"news"', '"news" date:2023', 'trucks "news"', 'trucks -"news"', 'trucks OR "news"',
          '"5 percent"', '"5 percent" shops', "US envoy", 'title:"news"', '"the news"']  # fmt: skip


@pytest.mark.parametrize("query", SHAPES)
@pytest.mark.parametrize("order", ["relevance", "newest"])
def test_an_index_is_never_asked_again_for_each_article(
    written: str, query: str, order: str
) -> None:
    """Nothing but the outermost loop scans an index, and a subquery is run once."""
    with contextlib.closing(sqlite3.connect(written)) as connection:
        statement = Compiler(connection).compiled(parse(query)).ids(order, 10, 0)
        steps = connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)
        plan = [str(step[3]) for step in steps]
    assert not any("CORRELATED" in step for step in plan)
    scans = [at for at, step in enumerate(plan) if "VIRTUAL TABLE INDEX" in step]
    subqueries = [at for at, step in enumerate(plan) if "LIST SUBQUERY" in step]
    assert all(at == 0 or at - 1 in subqueries or "MATERIALIZE" in plan[at - 1] for at in scans)


WORDS = ["news", "new", "aid", "aids", "us", "US", "U.S.", "uk", "U.K.", "5", "25", "3.5", "1,250", "1250", "$5", "5%", "percent", "billion", "e-mail", "email", "G-7", "G7", "café", "Café", "ﬁne", "state-owned", "owned", "IT", "it", "don't", "«quoted»", "习近平", "½", "1990-91", "a.m."]  # fmt: skip


def _scan(query: str, text: str) -> bool:
    """Whether a text holds a word or a phrase without signs, dots and hyphens, or a prefix."""
    sought = query.strip('*"').lower().split()
    words = re.findall(r"[0-9a-z]+", text.lower())
    for at in range(len(words) - len(sought) + 1):
        here = words[at : at + len(sought)]
        last = here[-1].startswith(sought[-1]) if query.endswith('*"') else here[-1] == sought[-1]
        if here[:-1] == sought[:-1] and last:
            return True
    return False


def test_the_same_as_a_plain_scan(tmp_path: Path) -> None:
    chosen = random.Random(7)  # noqa: S311 - the same in every run
    stems = ["new", "aid", "import", "visit", "nation", "state", "general", "univers", "relat"]
    ends = ["", "s", "ed", "ing", "al", "ally", "ation", "ity", "e", "ion"]
    vocabulary = [stem + end for stem in stems for end in ends]
    texts = []
    for number in range(60):
        words = [chosen.choice(vocabulary) for _ in range(40)]
        text = "".join(word + chosen.choice([" ", " ", ", ", ". ", "; "]) for word in words)
        (tmp_path / f"{number:02}.txt").write_text(f" date 2023-01-31\nX {number}\n{text}\n")
        texts.append(text)
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path])
        for _ in range(300):
            words = [chosen.choice(vocabulary) for _ in range(chosen.randint(1, 2))]
            star = chosen.random() < 0.3
            if star:
                words[-1] = words[-1][: max(2, len(words[-1]) - 2)]
            query = f'"{" ".join(words)}{"*" * star}"'
            expected = sum(_scan(query, text) for text in texts)
            assert archive.count(query) == expected, query


def test_any_text_of_an_article_finds_it_as_it_is_written(tmp_path: Path) -> None:
    """Hostile words in every order: a piece of a paragraph in quotes finds its article."""
    chosen = random.Random(3)  # noqa: S311 - the same in every run
    texts = []
    for number in range(30):
        text = "small " + " ".join(chosen.choice(WORDS) for _ in range(12))
        (tmp_path / f"{number:02}.txt").write_text(f" date 2023-01-31\nT {number}\n{text}\n")
        texts.append(text)
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path])
        assert archive.verify().problems == ()
        for number, text in enumerate(texts, 1):
            words = text.split(" ")
            for _ in range(10):
                start = chosen.randrange(len(words))
                piece = " ".join(words[start : start + chosen.randint(1, 4)])
                found = {hit.article_id for hit in archive.search(f'"{piece}"', limit=50)}
                assert number in found, piece
