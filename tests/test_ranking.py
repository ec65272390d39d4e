"""How plain words are ranked: the pure rules as tables, and what they do on articles."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from archive import Archive
from archive.query.function_words import without_function_words
from archive.query.nodes import And, Node, Not, Text
from archive.query.parser import parse
from archive.query.walk import positive_texts
from archive.search import ranking


def words(tree: Node) -> list[str]:
    return [text.words for text in positive_texts(tree)]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("the xi of moscow", ["xi", "moscow"]),
        ("What did Xi's visit bring?", ["Xi's", "visit", "bring?"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ("the who", ["the", "who"]),
        ("the WHO", ["WHO"]),
        ("US troops", ["US", "troops"]),
        ("I met Xi", ["met", "Xi"]),
        ("it’s war", ["war"]),
        ('"the" xi', ["the", "xi"]),
        ("the AND xi", ["the", "xi"]),
        ("the date:2023", ["the"]),
        ("title:the xi", ["the", "xi"]),
        ("the* xi", ["the", "xi"]),
        ("(the OR a) xi", ["the", "a", "xi"]),
    ],
)
def test_function_words_do_not_decide(query: str, kept: list[str]) -> None:
    assert words(without_function_words(parse(query))) == kept


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("grain price rise", ["grain", "price", "rise"]),
        ("grain date:2023 -price category:world", ["grain"]),
        ("grain -(price OR wheat)", ["grain"]),
        ('grain "price rise"', None),
        ("grain AND price", None),
        ("grain pric*", None),
        ("grain title:price", None),
        ("grain OR price", None),
        ("grain (price OR wheat)", None),
        ("grain NEAR/3 price", None),
        ("para:(grain price)", None),
        ("date:2023", None),
    ],
)
def test_plain_words_are_words_and_filters_and_nothing_else(
    query: str, found: list[str] | None
) -> None:
    plain = ranking.plain_words(parse(query))
    assert (None if plain is None else [word.words for word in plain]) == found


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("grain price rise", [("grain", "price"), ("price", "rise")]),
        ("grain of the price", []),
        ("time-sharing systems", [("time", "sharing"), ("time-sharing", "systems")]),
        ("grain title:price rise", []),
        ("grain", []),
    ],
)
def test_pairs_are_words_side_by_side(query: str, pairs: list[tuple[str, ...]]) -> None:
    assert ranking.pairs(parse(query)) == pairs


def test_filters_are_what_words_cannot_loosen() -> None:
    tree = parse("grain price -wheat date:2023 NOT category:world")
    assert len(ranking.filters(tree)) == 3
    assert Not(Text("wheat")) in ranking.filters(tree)


def test_the_commonest_words_are_left_out_of_what_costs_too_much() -> None:
    rare, common, commoner = Text("rare"), Text("common"), Text("commoner")
    found = {rare: 10, common: 100, commoner: ranking.COMMON_POSTINGS}
    assert ranking.affordable([commoner, common, rare], found) == [common, rare]
    assert ranking.affordable([commoner], found) == [commoner]


def test_feedback_is_what_the_first_articles_share_and_others_lack() -> None:
    counts = [
        Counter({"wheat": 3, "harvest": 1, "said": 9, "tail": 1}),
        Counter({"wheat": 1, "harvests": 2, "said": 8}),
        Counter({"other": 5}),
    ]
    assert ranking.shared_words(counts) == ["said", "wheat"]
    stems = {"wheat": "wheat", "harvest": "harvest", "harvests": "harvest", "said": "said"}
    found = ranking.candidates(counts, [3.0, 2.0, 0.1], stems)
    assert {word.stem for word in found} == {"wheat", "harvest", "said"}
    assert found[0].stem == "said"
    frequencies = {"wheat": 4, "harvest": 3, "said": 900}
    chosen = [text.words for text in ranking.feedback(found, frequencies, 1000)]
    assert set(chosen) == {"wheat", "harvest"}
    assert ranking.feedback(found, dict.fromkeys(frequencies, 1), 1000) == []


Make = Callable[[dict[str, str]], Archive]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """An archive of articles given by title and text; ids in order."""

    def made(articles: dict[str, str]) -> Archive:
        for number, (title, text) in enumerate(articles.items()):
            path = tmp_path / f"{number:03}.txt"
            path.write_text(f" date 2023-01-{number % 28 + 1:02}\n{title}\n{text}\n")
        archive = Archive(tmp_path / "a.db")
        archive.ingest([tmp_path])
        return archive

    return made


CROP = {
    "Grain": "Wheat prices rose sharply. " + "Much else was said about markets that day. " * 20,
    "Wheat wheat wheat": "Wheat wheat prices prices prices.",
    "Steel": "Steel prices rose.",
    "Nothing": "Quite another matter.",
}


def test_an_article_with_every_word_comes_before_any_that_lacks_one(make: Make) -> None:
    with make(CROP) as archive:
        hits = archive.search("the wheat prices rose")
        assert [(hit.article_id, hit.partial, hit.missing) for hit in hits] == [
            (1, False, ()),
            (2, True, ("rose",)),
            (3, True, ("wheat",)),
        ]
        assert (hits.partial, hits.total) == (False, 1)
        pages = [archive.search("the wheat prices rose", limit=1, offset=at)[0] for at in range(3)]
        assert [hit.article_id for hit in pages] == [1, 2, 3]
        assert not archive.search("the wheat prices rose", limit=1, offset=1).partial


def test_two_words_go_on_only_where_no_article_has_both(make: Make) -> None:
    with make(CROP) as archive:
        assert [hit.article_id for hit in archive.search("wheat rose")] == [1]
        missing = archive.search("wheat steel")
        assert missing.partial
        assert {hit.article_id for hit in missing} == {1, 2, 3}


def test_and_and_quotes_ask_for_exactly_what_they_say(make: Make) -> None:
    with make(CROP) as archive:
        for query in ("wheat AND prices AND rose", 'wheat prices "rose"'):
            assert [hit.article_id for hit in archive.search(query)] == [1]


def test_a_further_word_never_buries_the_best_article(make: Make) -> None:
    with make(CROP) as archive:
        best = archive.search("wheat rose sharply")[0].article_id
        for further in ("xylophone", "matter", "steel"):
            hits = archive.search(f"wheat rose sharply {further}")
            assert best in [hit.article_id for hit in hits][:2]


def test_words_side_by_side_count(make: Make) -> None:
    filler = "Nothing to see in this long line of words. "
    with make(
        {
            "One": f"A state in the north. {filler * 3} Her visit was short.",
            "Two": f"A state visit in the north. {filler * 3} Her stay was short.",
        }
    ) as archive:
        assert [hit.article_id for hit in archive.search("state visit")] == [2, 1]


def test_a_compound_counts_by_its_parts_but_must_occur_as_it_stands(make: Make) -> None:
    with make(
        {
            "One": "Systems for time-sharing were new.",
            "Two": "Systems share their time, and sharing is old.",
            "Three": "Systems alone.",
        }
    ) as archive:
        hits = archive.search("new time-sharing systems")
        assert [(hit.article_id, hit.partial) for hit in hits] == [(1, False), (2, True), (3, True)]
        assert hits[1].missing == ("new", "time-sharing")


def test_feedback_prefers_articles_like_the_best(make: Make) -> None:
    """Of two articles with the same words of the query, the one comes first that shares more with
    the other good ones."""
    good = {
        f"Harvest {n}": f"Wheat crop failed, drought in Kansas silos {n}. Farmers wait."
        for n in range(6)
    }
    late = {
        "Far": "Wheat crop failed. A theatre review of the opera season was postponed here.",
        "Near": "Wheat crop failed. A drought emptied the silos of Kansas this summer here.",
    }
    other = {
        f"Other {n}": f"Some opera and theatre {n} on stage tonight, a review." for n in range(100)
    }
    with make(good | late | other) as archive:
        titles = [hit.title for hit in archive.search("wheat crop failed", limit=20)]
        assert titles.index("Near") < titles.index("Far")


QUERIES = ["wheat prices rose", "wheat steel", "prices of steel date:2023-01..2023-12",
           "quite another nothing -wheat", 'wheat "another matter" steel', "time-sharing wheat rose prices"]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_the_sql_of_a_blend_gives_the_same_articles_in_the_same_order(
    make: Make, query: str
) -> None:
    with make(CROP) as archive:
        results = archive.search(query)
        with contextlib.closing(sqlite3.connect(archive.path)) as plain:
            rows = plain.execute(results.sql).fetchall()
        assert [row[0] for row in rows] == [hit.article_id for hit in results]
        assert rows


def test_common_words_of_a_large_archive_are_not_scored_but_must_occur(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "MOST_POSTINGS", 3)
    monkeypatch.setattr(ranking, "COMMON_POSTINGS", 3)
    with make(CROP) as archive:
        hits = archive.search("wheat prices rose sharply")
        assert hits[0].article_id == 1
        assert not hits[0].partial
        assert all(hit.partial for hit in hits[1:])


def test_a_tree_of_filters_alone_has_no_words() -> None:
    assert ranking.plain_words(And(())) is None
    assert without_function_words(And(())) == And(())
