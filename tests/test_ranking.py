"""How plain words are ranked: the pure rules as tables, and what they do on articles."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive import Archive
from archive.query.function_words import without_function_words
from archive.query.nodes import And, Node, Not, Text
from archive.query.parser import parse
from archive.query.walk import positive_texts
from archive.search import feedback, ranking, searcher
from archive.search.ranking import NUMBERS


def words(tree: Node) -> list[str]:
    return [text.words for text in positive_texts(tree)]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("the xi of moscow", ["xi", "moscow"]),
        ("What did Xi's visit bring?", ["Xi", "visit", "bring?"]),
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
        ("time-sharing systems", [("time", "sharing"), ("sharing", "systems")]),
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


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("grain price rise", ["grain", "price", "rise"]),
        ("Grain grain grain price", ["grain", "grain", "price"]),
        ("time-sharing systems", ["time", "sharing", "systems"]),
        ("Russia's grain, the farmers’ price", ["russia", "grain,", "farmers", "price"]),
        ("o'clock news", ["o'clock", "news"]),
    ],
)
def test_a_word_counts_twice_at_most_and_a_compound_by_its_parts(
    query: str, words: list[str]
) -> None:
    plain = ranking.plain_words(without_function_words(parse(query))) or []
    assert [word.words for word in ranking.counted(plain, 2)] == words


def test_the_rarest_words_are_scored_up_to_so_many_articles() -> None:
    found = {"common": 100, "rare": 10, "commoner": 500}
    for most, kept in ((5, set()), (109, {"rare"}), (110, {"rare", "common"}), (610, set(found))):
        assert ranking.affordable(found, most) == kept


def test_feedback_is_what_the_best_articles_share_and_others_lack() -> None:
    counts = [
        feedback.word_counts(text)
        for text in (
            "Wheat, wheat, wheat; the harvest said said said said tail",
            "wheat harvests harvests said said said",
            "other other",
        )
    ]
    weights = feedback.weights(counts, [3.0, 2.9, 0.1], NUMBERS)
    assert list(weights) == ["said", "wheat"]
    candidates = feedback.by_stem({"wheat": 1.0, "harvest": 0.5, "harvests": 0.7, "of it": 9.0},
                                  [["wheat"], ["harvest"], ["harvest"], ["of", "it"]])  # fmt: skip
    assert [(c.stem, c.form, c.weight) for c in candidates] == [
        ("wheat", "wheat", 1.0),
        ("harvest", "harvest", 1.2),
    ]
    for held_by, chosen in (
        ([4, 3], ["harvest", "wheat"]),
        ([4, 101], ["wheat"]),  # of a thousand: too common
        ([1, 1], []),  # no other article has them
    ):
        assert feedback.telling(candidates, held_by, 1000, NUMBERS) == chosen


def test_an_article_has_the_less_say_the_further_it_is_behind() -> None:
    first, second, third = feedback.shares([10.0, 9.0, 5.0], 8.0)
    assert first == 1
    assert second == pytest.approx(math.exp(-0.8))
    assert third == pytest.approx(math.exp(-4))


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


def test_hits_that_lack_a_word_are_marked_and_counted_apart(make: Make) -> None:
    with make(CROP) as archive:
        hits = archive.search("the wheat prices rose")
        assert {hit.article_id: (hit.partial, hit.missing) for hit in hits} == {
            1: (False, ()),
            2: (True, ("rose",)),
            3: (True, ("wheat",)),
        }
        assert (hits.partial, hits.total) == (False, 1)
        pages = [archive.search("the wheat prices rose", limit=1, offset=at) for at in range(3)]
        assert [page[0].article_id for page in pages] == [hit.article_id for hit in hits]
        assert not any(page.partial for page in pages)
        missing = archive.search("wheat steel")
        assert missing.partial
        assert {hit.article_id for hit in missing} == {1, 2, 3}


@pytest.mark.parametrize(
    ("query", "articles", "order"),
    [
        # whatever speaks for the others: how often, in the title, how short, how new
        ("visit", ["Visits, visits: visited.", "A visit. " + "And more of it. " * 30], [2, 1]),
        ("visits", ["A visit. " + "And more of it. " * 30, "He visits.", "Visit, visit!"], [2, 3, 1]),
        ("communism", ["Community, communities.", "Of communism. " + "Or so. " * 30], [2, 1]),
        ("tax cuts", ["Tax cut, tax cut, tax cut.", "Cuts in a tax. " + "Or so. " * 30], [2, 1]),
        ("state visit", ["State visits, state visits.", "A state visit. " + "So. " * 30], [2, 1]),
        ("café", ["Cafés, cafés.", "A cafe. " + "And more of it. " * 30], [2, 1]),
        ("U.S. troop", ["US troops, US troops.", "A troop of the US. " + "So. " * 30], [2, 1]),
    ],
)  # fmt: skip
def test_words_as_written_come_before_other_forms(
    make: Make, query: str, articles: list[str], order: list[int]
) -> None:
    with make({f"Story {n}": text for n, text in enumerate(articles)}) as archive:
        assert [hit.article_id for hit in archive.search(query)] == order


def test_words_as_written_come_first_however_many_have_other_forms(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher, "NUMBERS", replace(NUMBERS, pool=10))
    texts = {f"Communities {n}": "Community, communities." for n in range(40)}
    texts |= {f"Story {n}": "Of communism. " + "And more of it. " * 30 for n in range(15)}
    with make(texts) as archive:
        found = [hit.article_id for hit in archive.search("communism", limit=55)]
        assert sorted(found[:15]) == list(range(41, 56))
        assert len(set(found)) == 55


def test_equal_articles_stand_newest_first(make: Make) -> None:
    with make({f"Story {n}": "Wheat prices rose." for n in range(40)}) as archive:
        for query in ("wheat", "wheat prices", "wheat rose zebra"):
            days = [hit.published_on for hit in archive.search(query, limit=40)]
            assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("query", ["wheat", "wheat zebra prices", "wheat zebra prices date:2023"])
def test_pages_of_any_size_go_on_where_the_one_before_ended(
    make: Make, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also behind the pool, which is scored by more."""
    monkeypatch.setattr(searcher, "NUMBERS", replace(NUMBERS, pool=10))
    texts = {
        f"Story {n}": "Wheat. " * (n % 5 + 1) + "prices " * (n % 3) + "zebra " * (n == 7)
        for n in range(40)
    }
    with make(texts) as archive:
        every = [hit.article_id for hit in archive.search(query, limit=100)]
        assert len(set(every)) == len(every) == 40
        for size in (1, 7, 15):
            pages = [archive.search(query, limit=size, offset=at) for at in range(0, 40, size)]
            assert [hit.article_id for page in pages for hit in page] == every
            scores = [hit.score or 0 for page in pages for hit in page]
            assert scores == sorted(scores, reverse=True)


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
def test_the_sql_of_a_ranking_gives_the_same_articles_in_the_same_order(
    make: Make, query: str
) -> None:
    with make(CROP) as archive:
        results = archive.search(query)
        with contextlib.closing(sqlite3.connect(archive.path)) as plain:
            rows = plain.execute(results.sql).fetchall()
        assert [row[0] for row in rows] == [hit.article_id for hit in results]
        assert rows


COMMON = {
    **{f"Story {n}": "Government said much. " + "Grain. " * (n == 3) for n in range(8)},
    "The government said": "It did.",
    "Other": "Nothing of the kind.",
}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("government grain", [4]),  # found by the rare word, scored by both
        ("government OR grain", [4, 9, 8]),  # the rare word, then the title, then the newest
        ("government", [9, 8, 7]),
        ("government said", [9, 8, 7]),
        ("government AND said", [9, 8, 7]),
        ('"government said"', [9, 8, 7]),
        ("gover*", [9, 8, 7]),
        ("government said date:2023-01-01..2023-01-05", [5, 4, 3]),
    ],
)
def test_a_word_in_too_many_articles_tells_nothing_by_bm25(
    make: Make, query: str, first: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher, "NUMBERS", replace(NUMBERS, found=2, scored=4))
    with make(COMMON) as archive:
        for limit in (3, 2000):
            hits = archive.search(query, limit=limit)
            assert [hit.article_id for hit in hits][: len(first)] == first
            assert not any(hit.partial for hit in hits[: len(first)] if "grain" not in query)
            with contextlib.closing(sqlite3.connect(archive.path)) as plain:
                rows = plain.execute(hits.sql).fetchall()
            assert [row[0] for row in rows] == [hit.article_id for hit in hits]


def test_a_tree_of_filters_alone_has_no_words() -> None:
    assert ranking.plain_words(And(())) is None
    assert without_function_words(And(())) == And(())


def test_a_long_page_is_made_as_it_is_read(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searcher, "_HELD", 3)
    with make({f"Story {n}": "Wheat prices rose." for n in range(8)}) as archive:
        whole = archive.search("wheat", limit=2**31)
        assert len(whole) == len(list(whole)) == 8
        assert [hit.article_id for hit in whole] == [8, 7, 6, 5, 4, 3, 2, 1]
        assert whole[1] == whole[1:2][0] == archive.search("wheat", limit=2)[1]
        with archive.snapshot():
            assert whole[-1].title == "Story 0"
        archive.close()
        assert next(iter(whole)).title == "Story 7"
