"""Searches on the archive of conftest.py, as a table: query and the ids it finds."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive import Archive, QueryError
from archive.engines.sqlite.plan import Compiler
from archive.engines.sqlite.schema_revisions import open_for_reading
from archive.errors import NoSuchArticle, UsageError
from archive.query.parser import parse
from test_query import PIECES

FOUND: list[tuple[str, set[int]]] = [
    ("xi moscow", {1}),
    ("moscow", {1, 7}),
    ("MOSCOW", {1, 7}),
    ('"state visit"', {1}),
    ("“state visit”", {1}),
    ('"STATE VISIT"', {1}),
    ('"STATE VISITS"', set()),
    ("state visit", {1, 3}),
    ("state -visit", set()),
    ("putin -zelensky", {1}),
    ("putin NOT zelensky", {1}),
    ("-putin -moscow", {2, 3, 4, 5, 8, 9, 10}),
    ("invad*", {2}),
    ("invasion", {2}),
    ("invade", {2}),
    ('"invaded ukr*"', {2}),
    ("xi OR grain", {1, 2}),
    ("(xi OR senate) moscow", {1, 7}),
    ("moscow -(xi OR senate)", set()),
    ("putin NEAR/1 xi", {1}),
    ("xi NEAR/1 putin", {1}),
    ("xi NEAR/0 putin", set()),
    ("(wheat OR putin) NEAR/2 (rose OR xi)", {1, 2}),
    ('"state visit" NEAR/5 xi', {1}),
    ("moscow NEAR/3 putin", set()),  # in two paragraphs
    ("title:(xi NEAR/4 moscow)", set()),
    ("title:(xi NEAR/5 moscow)", {1}),
    ("moscow -(xi NEAR/5 moscow)", {7}),
    ("grain NEAR/5 xyl*", set()),
    ("xi ADJ/3 putin", set()),
    ("putin ADJ/3 xi", {1}),
    ("putin ADJ/0 xi", set()),
    ("putin ADJ/1 xi", {1}),
    ("(wheat OR putin) ADJ/4 (russia OR state)", {1, 2}),
    ('invited ADJ/2 "state visit"', set()),
    ('invited ADJ/3 "state visit"', {1}),
    ('putin ADJ/9 "state vis*"', {1}),
    ("title:(xi ADJ/4 moscow)", set()),
    ("title:(xi ADJ/5 moscow)", {1}),
    ("moscow -(xi ADJ/9 moscow)", {7}),
    ("习 ADJ/0 近", {5}),
    ("平 ADJ/0 近", set()),
    ("para:(xi putin)", {1}),
    ("para:(xi moscow)", set()),
    ("para:(moscow chinese)", {1}),
    ("para:(state visit)", {1}),
    ('para:"state visit"', {1}),
    ("para:(wheat nervous)", set()),
    ("para:((wheat OR traders) nervous)", {2}),
    ("para:(moscow -president)", {7}),
    ("para:(putin NEAR/1 xi)", {1}),
    ("para:(putin ADJ/1 xi) moscow", {1}),
    ("moscow -para:(moscow chinese)", {7}),
    ("para:(invad* russia)", {2}),
    ("para:(莫斯科 平)", {5}),
    ("para:(莫斯科 普京)", set()),
    ("grain OR para:(xi putin)", {1, 2}),
    ("para:(xi putin) date:2022", set()),
    ("xi AND moscow", {1}),
    ("the xi of moscow", {1}),
    ("what did xi do in moscow", {1}),
    ('"of" xi', set()),
    ("the", {1, 2, 3, 4, 7, 8}),
    ("chinese president", {1}),
    ("president -xi", set()),
    ("wheat chicago", {2}),
    ('"were nervous"', {2}),
    ("jane smith", set()),
    ("regulators bank", {3}),
    ('"e mail rules"', {3}),
    ("title:bank rules", {3}),
    ("bank -rules", set()),
    ("annual report", {8}),
    ('"more filler follows"', {8}),
    ("senat*", {7}),
    ("ukraine", {2, 7}),
    ("ukraine -russia", {7}),
    ("ukraine NEAR/1 aid", {7}),
    ("russia ADJ/2 ukraine", {2}),
    ("ukraine ADJ/2 russia", set()),
    ("(russia OR senate) ADJ/2 (ukraine OR aid)", {2, 7}),
    ("thanked them", {7}),
    ("plain words", {6}),
    ("title:here", {6}),
    ("title:(votes aid)", {7}),
    ("title:(xi -bank)", {1}),
    ("-title:xi moscow", {7}),
    ("category:culture byline:zoe", {4}),
    ("category:politics -byline:john", {1}),
    ("byline:(jane OR john)", {2, 7}),
    ("date:2023 -category:politics", {4, 5}),
    ("date:2018..2020", {8, 9, 10}),
    ("before:2020 OR after:2024-01", {7, 9, 10}),
    ("after:2024-02-29", set()),
    ("date:2024-02-29", {7}),
    ("kremlin", set()),
    ("(xi OR xylophone) AND moscow", {1}),
    ("普京", {5}),
    ("习近平 莫斯科", {5}),
    ('"习近平抵达"', {5}),
    ("h2o -co2", set()),
    ("WALESA", {4}),
    ("soft-hyphen", {9}),
    ("ful*", {9}),
    ("hyperlink trick", {10}),
    ("title:visit", {1}),
    ("title:moscow", {1}),
    ("moscow -title:moscow", {7}),
    ("title:(grain OR bank)", {2, 3}),
    ("category:politics", {1, 7}),
    ('category:"us politics"', {7}),
    ("category:POLITICS -category:us", {1}),
    ('category:"culture arts"', {4}),
    ("category:国际", {5}),
    ("-category:politics", {2, 3, 4, 5, 6, 8, 9, 10}),
    ("category:nothing", set()),
    ("byline:smith", {2, 7}),
    ('byline:"jane smith"', {2}),
    ("byline:zoe", {4}),
    ("byline:muller", {4}),
    ("source:01-", {1}),
    ("source:/07/", {7}),
    ("source:%", set()),
    ("source:.0_", set()),
    ("date:2023", {1, 4, 5}),
    ("date:2023-01", {1}),
    ("date:2022..2023-01", {1, 2, 3}),
    ("date:..2019", {9, 10}),
    ("date:2024..", {7}),
    ("after:2023-02-01", {5, 7}),
    ("after:2023-01 before:2023-03", {4}),
    ("before:2019", {10}),
    ("category:politics date:2023", {1}),
    ("moscow OR category:business", {1, 3, 7, 8}),
    ("moscow -date:2023", {7}),
    ("(moscow date:2024) OR (bank date:2022)", {3, 7}),
    ("e-mail", {3}),
    ("didn't", {3}),
    ("didn’t", {3}),
    ("C++", {3}),
    ("cafe", {4}),
    ("CAFÉ", {4}),
    ("cafe\u0301", {4}),
    ("resume naive", {4}),
    ("strasse", {4}),
    ("Straße", {4}),
    ("walesa", {4}),
    ("final office", {4}),
    ("ﬁnal", {4}),
    ("习近平", {5}),
    ("近平", {5}),
    ("平", {5}),
    ("莫斯科", {5}),
    ("习莫", set()),
    ("title:莫斯科", {5}),
    ("hyphen", {9}),
    ("full width", {9}),
    ("ｆｕｌｌ", {9}),
    ("h2o co2", {9}),
    ("needle", {8}),
    ("zelensky", {6, 7}),
    ("¶", set()),
    ("🙂", set()),
    ('"', set()),
    ("((", set()),
    ("zelensky 🙂", {6, 7}),
    # a phrase never spans two paragraphs, though "state" ends one and "visit" begins the next
    ('"state visit of the auditors"', set()),
    ('"moscow putin invited"', set()),
]


@pytest.mark.parametrize(("query", "ids"), FOUND, ids=[query for query, _ in FOUND])
def test_finds_these_articles(db: str, query: str, ids: set[int]) -> None:
    with Archive(db) as archive:
        results = archive.search(query, limit=50)
        found = {hit.article_id for hit in results if not hit.partial}
        assert found == ids
        assert archive.count(query) == len(ids)
        if not results.partial:
            assert results.total == len(ids)


ORDERED: list[tuple[str, str, list[int]]] = [
    ("", "auto", [7, 5, 4, 1, 3, 2, 6, 8, 9, 10]),
    ("moscow", "auto", [1, 7]),
    ("moscow", "newest", [7, 1]),
    ("moscow", "oldest", [1, 7]),
    ("category:business", "auto", [3, 8]),
    ("category:business", "relevance", [3, 8]),
    ("category:business", "oldest", [8, 3]),
    ("moscow OR category:business", "auto", [1, 7, 3, 8]),
]


@pytest.mark.parametrize(("query", "sort", "ids"), ORDERED)
def test_orders_hits_like_this(db: str, query: str, sort: str, ids: list[int]) -> None:
    with Archive(db) as archive:
        hits = archive.search(query, sort=sort, limit=50)
        pages = [archive.search(query, sort=sort, limit=1, offset=at)[0] for at in range(len(ids))]
    found = [hit.article_id for hit in hits]
    if query.startswith("moscow OR"):  # those that match no word come last, in no promised order
        assert (found[:2], set(found[2:])) == (ids[:2], set(ids[2:]))
    else:
        assert found == ids
    assert [page.article_id for page in pages] == found


def test_the_beginning_of_a_fingerprint_finds_its_article(db: str) -> None:
    with Archive(db) as archive:
        for number in range(1, 11):
            fingerprint = archive.article(number).content_hash.hex()
            for digits in (8, 9, 63, 64):
                query = f"hash:{fingerprint[:digits].upper()}"
                assert [hit.article_id for hit in archive.search(query)] == [number]
        assert archive.count(f"hash:{'0' * 8}") == 0


def test_marks_the_words_found_in_title_and_paragraphs(db: str) -> None:
    with Archive(db) as archive:
        (hit,) = archive.search("xi AND putin AND spring")
    assert [hit.title[start:end] for start, end in hit.title_marks] == ["Xi"]
    (passage,) = hit.paragraphs
    assert passage.citation == "1:2"
    assert [passage.text[a:b] for a, b in passage.marks] == ["Putin", "Xi", "spring"]


def test_shows_a_further_paragraph_only_for_a_further_word(db: str) -> None:
    with Archive(db) as archive:
        (hit,) = archive.search("ukraine traders")
        assert [passage.citation for passage in hit.paragraphs] == ["2:1", "2:2"]
        (hit,) = archive.search("chicago traders")
        assert [passage.citation for passage in hit.paragraphs] == ["2:2"]


def test_shows_the_first_paragraph_where_only_the_title_or_a_filter_matched(db: str) -> None:
    with Archive(db) as archive:
        for query in ("title:grain", "category:world"):
            (hit,) = archive.search(query)
            assert [(p.citation, p.marks) for p in hit.paragraphs] == [("2:1", ())]


@pytest.mark.parametrize(
    ("query", "id_", "marked"),
    [
        ("strasse walesa", 4, ["Straße", "Wałęsa"]),
        ("final office", 4, ["ﬁnal", "ofﬁce"]),
        ("习近平", 5, ["习近平"]),
        ("主席", 5, ["主席"]),
        ("co2", 9, ["CO₂"]),
    ],
)
def test_marks_stand_on_the_text_as_written(
    db: str, query: str, id_: int, marked: list[str]
) -> None:
    with Archive(db) as archive:
        (hit,) = archive.search(query)
    assert hit.article_id == id_
    assert [p.text[a:b] for p in hit.paragraphs for a, b in p.marks] == marked


def test_marks_in_a_folded_title(db: str) -> None:
    with Archive(db) as archive:
        (hit,) = archive.search("hyphen full")
    assert [hit.title[a:b] for a, b in hit.title_marks] == ["hy\u00adphen", "ＦＵＬＬ"]


@pytest.mark.parametrize("unit", ["thing other ", "thing", "事物", "ﬁne thing "])
def test_a_very_long_article_is_found_and_marked_soon(tmp_path: Path, unit: str) -> None:
    text = unit * (2_000_000 // len(unit))
    (tmp_path / "a.txt").write_text(f" date 2023-01-31\nLong thing\nShort.\n{text} needle\n")
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path / "a.txt"])
        for query in (
            "needle",
            unit.split(maxsplit=1)[0],
            "short needle",
            "thing OR other OR " * 500,
        ):
            began = time.thread_time()
            assert [hit.article_id for hit in archive.search(query)] == [1]
            assert time.thread_time() - began < 5
        (hit,) = archive.search("short needle")
        assert [p.citation for p in hit.paragraphs] == ["1:1", "1:2"]
        if unit == "thing other ":
            assert [p.text[a:b] for p in hit.paragraphs for a, b in p.marks] == ["Short", "needle"]


def test_partial_hits_are_said_to_be_partial_and_name_what_is_missing(db: str) -> None:
    with Archive(db) as archive:
        results = archive.search("grain xylophone")
        assert results.partial
        assert [(hit.article_id, hit.missing) for hit in results] == [(2, ("xylophone",))]
        assert archive.count("grain xylophone") == 0
        filtered = archive.search("moscow xylophone", filters={"date": "2024"})
        assert [hit.article_id for hit in filtered] == [7]
        assert not archive.search("moscow xi", limit=1).partial
        assert len(archive.search("moscow xi", offset=1)) == 0
        excluded = archive.search("moscow xylophone -senate")
        assert [hit.article_id for hit in excluded] == [1]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"category": "politics"}, {1, 7}),
        ({"category": "politics", "date": "2023"}, {1}),
        ({"byline": "smith", "before": "2023"}, {2}),
        ({"title": "state visit"}, {1}),
        ({"source": "01-visit"}, {1}),
        ({"after": "2023-12"}, {7}),
    ],
)
def test_filters_narrow_a_query(db: str, filters: dict[str, str], ids: set[int]) -> None:
    with Archive(db) as archive:
        assert {hit.article_id for hit in archive.search("", filters=filters)} == ids


@pytest.mark.parametrize(
    ("query", "name", "counts"),
    [
        ("", "year", [("2018", 1), ("2019", 1), ("2020", 1), ("2021", 1), ("2022", 2),
                      ("2023", 3), ("2024", 1)]),
        ("moscow", "category", [("Politics", 1), ("US Politics", 1)]),
        ("moscow", "month", [("2023-01", 1), ("2024-02", 1)]),
        ("date:2022", "byline", [(None, 1), ("Jane Smith", 1)]),
        ("moscow OR category:business", "category",
         [("Business", 2), ("Politics", 1), ("US Politics", 1)]),
        ("zelensky -senate", "category", [(None, 1)]),
        ("xylophone", "year", []),
    ],
)  # fmt: skip
def test_facets_count_all_hits(
    db: str, query: str, name: str, counts: list[tuple[str | None, int]]
) -> None:
    with Archive(db) as archive:
        assert archive.facet(query, name) == counts
        assert sum(count for _, count in counts) == archive.count(query)


def test_mistakes_in_calls_are_usage_errors(db: str) -> None:
    with Archive(db) as archive:
        with pytest.raises(UsageError, match="unknown sort"):
            archive.search("x", sort="best")
        with pytest.raises(UsageError, match="count from 0"):
            archive.search("x", limit=-1)
        with pytest.raises(UsageError, match="unknown facet"):
            archive.facet("x", "colour")
        with pytest.raises(UsageError, match="unknown filter"):
            archive.search("x", filters={"colour": "red"})
        with pytest.raises(QueryError, match="no date"):
            archive.search("x", filters={"date": "never"})
        with pytest.raises(UsageError, match="counts from 0"):
            archive.concordance("moscow", limit=-1)
        with pytest.raises(UsageError, match="counts from 0"):
            archive.similar(archive.article(1), limit=-1)
        for article_id, version in ((2**63, None), (1, 2**63)):
            with pytest.raises(NoSuchArticle):
                archive.article(article_id, version)
        results = archive.search("moscow")
    with pytest.raises(UsageError, match="was closed"):
        _ = results.total


def test_a_single_query_or_path_is_no_list_of_letters(db: str, folder: Path) -> None:
    with Archive(db) as archive:
        assert archive.timeline("moscow").queries == ("moscow",)
        assert archive.ingest(str(folder / "01"), dry_run=True).files == 1
        assert archive.ingest(folder / "01", dry_run=True).files == 1


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="no sqlite3 shell here")
@pytest.mark.parametrize("query", [query for query, _ in FOUND] + ["grain xylophone", "it's"])
def test_the_sql_gives_the_same_ids_in_the_stock_shell(db: str, query: str) -> None:
    with Archive(db) as archive:
        results = archive.search(query, limit=5)
    shell = subprocess.run(
        ["sqlite3", "-readonly", "-noheader", "-ascii", db, results.sql],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    rows = [row.split("\x1f")[0] for row in shell.stdout.split("\x1e") if row]
    assert rows == [str(hit.article_id) for hit in results]


PLANS = ["moscow", "moscow date:2023", "moscow category:politics", "moscow -category:politics",
         "moscow source:01", "date:2023", "-moscow", "moscow OR category:business"]  # fmt: skip


@pytest.mark.parametrize("query", PLANS)
@pytest.mark.parametrize("order", ["relevance", "newest"])
def test_match_never_runs_again_for_each_article(db: str, query: str, order: str) -> None:
    connection = open_for_reading(db)
    plan = Compiler(connection).compiled(parse(query))
    for statement in (plan.page(plan.ids(order, 10, 0), order), plan.count()):
        details = [
            row[3]
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)
        ]
        # FTS5 writes `=` into the plan where it is asked for one rowid at a time.
        scans = [detail for detail in details if "article_search" in detail]
        assert not [scan for scan in scans if "=" in scan.split("INDEX", 1)[1]], details
    connection.close()


def test_newest_first_walks_the_index_on_dates(db: str) -> None:
    connection = open_for_reading(db)
    statement = Compiler(connection).compiled(parse("date:2023")).ids("newest", 10, 0)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)
    details = " ".join(row[3] for row in rows)
    assert "ix_articles_published_on" in details
    assert "TEMP B-TREE" not in details
    connection.close()


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=16).map("".join)))
@example("C++")
@example("}\\__/*¶C++ORbefore:NEAR(2023-02-30NEAR/3}")
@example('"don\'t" OR title:"C++*"')
def test_any_query_answers_or_is_a_query_error(db: str, text: str) -> None:
    with Archive(db) as archive:
        try:
            results = archive.search(text)
        except QueryError:
            return
        if not results.partial:
            assert archive.count(text) == results.total
        with contextlib.closing(sqlite3.connect(db)) as plain:
            rows = plain.execute(results.sql).fetchall()
        assert [row[0] for row in rows] == [hit.article_id for hit in results]


@pytest.mark.parametrize(
    "text",
    ["(a OR (b AND " * 25, "oil (price OR " * 50, " ".join(f"-a{n}" for n in range(1200)),
     " ".join(f"source:{n}" for n in range(1500)), "source:" + "🙂" * 15_000],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_query_too_complex_for_sqlite_is_a_usage_error_not_a_broken_archive(
    db: str, text: str
) -> None:
    with Archive(db) as archive:
        with pytest.raises(UsageError, match="the query is too complex"):
            archive.search(text)
        assert len(archive.search("moscow")) == 2


def test_odd_limits_and_filters_answer(db: str) -> None:
    with Archive(db) as archive:
        assert len(archive.search("moscow", limit=2**70)) == 2
        assert len(archive.search("moscow", offset=2**70)) == 0
        assert len(archive.search("moscow", filters={"title": "\udce9"})) == 0


@pytest.mark.parametrize(
    "text",
    ["word " * 4000, "(" * 20000, "-" * 20000, '"' * 19999, "a OR " * 4000, "NOT " * 4000, "é" * 20000,
     "习" * 20000, " ".join(f"w{n}" for n in range(3000)), " OR ".join(f"w{n}" for n in range(2000))],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_long_queries_answer(db: str, text: str) -> None:
    with Archive(db) as archive:
        assert len(archive.search(text)) <= 10


@pytest.mark.parametrize("sort", ["auto", "relevance", "newest", "oldest"])
@pytest.mark.parametrize("query", ["moscow nowherefound", "putin moscow grain nowherefound"])
def test_an_answer_with_some_of_the_words_says_so(db: str, query: str, sort: str) -> None:
    with Archive(db) as archive:
        answer = archive.search(query, sort=sort)
        assert len(answer) > 0
        assert answer.partial
        assert not archive.search("moscow", sort=sort).partial


@pytest.mark.parametrize(
    "query",
    ["source:Zürich", "source:ZÜRICH", "source:zurich", "source:Zu\u0308rich", "source:'zürich/a'"],
)
def test_a_path_is_found_in_any_case_accent_and_form(tmp_path: Path, query: str) -> None:
    folder = tmp_path / "Zürich"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f" date 2023-01-31\n{name}\nText of {name}.\n")
    (tmp_path / "c.txt").write_text(" date 2023-01-31\nc\nText of c.\n")
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path])
        found = {hit.title for hit in archive.search(query.replace("'", '"'))}
        assert found == ({"a"} if "/a" in query else {"a", "b"})
        assert archive.count("source:zurich source:c.txt") == 0


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("merkel NEAR/9 putin", {2, 3}),
        ("putin NEAR/9 merkel", {2, 3}),
        ("merkel ADJ/9 putin", {2}),
        ("putin ADJ/9 merkel", {3}),
        ("(merkel OR nobody) NEAR/9 (nobody OR putin)", {2, 3}),
        ('"merkel" NEAR/9 "putin"', {2, 3}),
        ("merk* NEAR/9 put*", {2, 3}),
        ("para:(merkel NEAR/9 putin)", {2}),
        ("spoke -(merkel NEAR/9 putin)", {1}),
        ("spoke merkel NEAR/9 putin", {2, 3}),
        ("berlin OR merkel NEAR/9 putin", {1, 2, 3}),
        ("title:(merkel NEAR/9 putin)", {3}),
        ("merkel NEAR/9 spoke", {1, 2, 3}),
    ],
)
def test_near_does_not_cross_paragraphs(tmp_path: Path, query: str, ids: set[int]) -> None:
    texts = (
        "Berlin\nMerkel spoke.\nPutin spoke.",
        "One\nMerkel spoke of Putin.\nMerkel.\nPutin.",
        "Putin, Merkel\nMerkel spoke.\nPutin.",
    )
    for number, text in enumerate(texts, 1):
        (tmp_path / f"{number}.txt").write_text(f" date 2023-01-31\n{text}\n")
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path])
        for sort in ("auto", "newest"):
            results = archive.search(query, sort=sort)
            assert {hit.article_id for hit in results if not hit.partial} == ids
        assert archive.count(query) == len(ids)
        if "berlin" not in query and "spoke -" not in query:
            assert {line.article_id for line in archive.concordance(query)} == ids
        with sqlite3.connect(archive.path) as plain:
            shown = {row[0] for row in plain.execute(archive.search(query).sql)}
        plain.close()
        assert shown == ids
