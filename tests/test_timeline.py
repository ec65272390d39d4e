"""Timelines: periods against the calendar, counts against the articles, and as the command shows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Archive
from archive.errors import QueryError, UsageError
from archive.questions.timeline import PERIODS, timeline
from conftest import ARTICLES

if TYPE_CHECKING:
    from conftest import Cli


def _index(days: list[tuple[str, int]]) -> Any:
    """An index in which every query has these hits by day."""
    return SimpleNamespace(plan=lambda _: SimpleNamespace(facets=lambda _: {"day": days}))


@pytest.mark.parametrize(
    ("by", "days", "labels"),
    [
        ("day", ["2020-02-28", "2020-03-01"], ["2020-02-28", "2020-02-29", "2020-03-01"]),
        ("week", ["2020-12-31", "2021-01-10"], ["2020-W53", "2021-W01"]),
        ("week", ["2023-01-01", "2023-01-02"], ["2022-W52", "2023-W01"]),
        ("week", ["9999-12-25", "9999-12-31"], ["9999-W51", "9999-W52"]),
        ("month", ["2022-11-30", "2023-02-01"], ["2022-11", "2022-12", "2023-01", "2023-02"]),
        ("month", ["9999-12-31", "0999-01-31"], None),
        ("quarter", ["2022-03-31", "2022-12-01"], ["2022-Q1", "2022-Q2", "2022-Q3", "2022-Q4"]),
        ("quarter", ["2022-12-31", "2023-04-01"], ["2022-Q4", "2023-Q1", "2023-Q2"]),
        ("year", ["2019-12-31", "2021-01-01"], ["2019", "2020", "2021"]),
        ("year", ["0001-01-01", "0002-12-31"], ["0001", "0002"]),
        ("day", ["2023-01-31"], ["2023-01-31"]),
        ("day", [], []),
    ],
)
def test_periods(by: str, days: list[str], labels: list[str] | None) -> None:
    counted = [(day, 1) for day in days]
    found = [period.label for period in timeline(_index(counted), ["q"], by)]
    if labels is None:
        assert (len(found), found[0], found[-1]) == (9001 * 12, "0999-01", "9999-12")
    else:
        assert found == labels


@given(
    st.lists(st.dates(date(1999, 12, 1), date(2004, 3, 1)), min_size=1), st.sampled_from(PERIODS)
)
@settings(deadline=None)
def test_every_hit_is_in_one_period_and_no_period_is_missing(days: list[date], by: str) -> None:
    form = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}.get(by, "")

    def label(day: date) -> str:
        return day.strftime(form or f"%Y-Q{1 + (day.month - 1) // 3}")

    hits = sorted(Counter(day.isoformat() for day in days).items())
    periods = list(timeline(_index(hits), ["q"], by))
    counts = {period.label: period.counts[0] for period in periods if period.counts[0]}
    assert counts == Counter(map(label, days))
    span = (max(days) - min(days)).days + 1
    every = dict.fromkeys(label(min(days) + timedelta(n)) for n in range(span))
    assert [period.label for period in periods] == list(every)


def test_counts_and_shares(db: str) -> None:
    with Archive(db) as archive:
        found = archive.timeline(["visit", "moscow OR zelensky", ""], "year")
    rows = [(period.label, period.counts, period.total) for period in found]
    assert rows == [
        ("2018", (0, 0, 1), 1), ("2019", (0, 0, 1), 1), ("2020", (0, 0, 1), 1),
        ("2021", (0, 1, 1), 1), ("2022", (1, 0, 2), 2), ("2023", (1, 1, 3), 3), ("2024", (0, 1, 1), 1),
    ]  # fmt: skip
    assert [period.shares[1] for period in found] == [0, 0, 0, 1, 0, pytest.approx(1 / 3), 1]


def test_partial_matches_do_not_count_and_filters_do(db: str) -> None:
    with Archive(db) as archive:
        assert archive.timeline(["visit needle"], "year").most == 0
        found = archive.timeline(["moscow"], "year", filters={"category": "us"})
    assert [(p.label, p.counts, p.total) for p in found if p.counts[0]] == [("2024", (1,), 1)]


@pytest.mark.parametrize(
    ("queries", "filters", "labels"),
    [
        (["visit"], {}, ["2018", "2024"]),
        (["visit"], {"date": "2022"}, ["2022", "2022"]),
        (["visit"], {"date": "2015..2025-01"}, ["2015", "2025"]),
        (["visit"], {"after": "2019"}, ["2020", "2024"]),
        (["visit"], {"before": "2021"}, ["2018", "2020"]),
        (["visit date:2021", "moscow date:2023"], {}, ["2021", "2023"]),
        (["visit date:2021", "moscow"], {"after": "2019"}, ["2020", "2024"]),
        (["zzzz"], {"date": "2021..2022"}, ["2021", "2022"]),
        (["visit"], {"after": "2030"}, []),
    ],
)
def test_from_the_first_to_the_last_period_asked_for(
    db: str, queries: list[str], filters: dict[str, str], labels: list[str]
) -> None:
    with Archive(db) as archive:
        found = [period.label for period in archive.timeline(queries, "year", filters=filters)]
    assert found[:1] + found[-1:] == labels
    assert (
        found == [str(year) for year in range(int(labels[0]), int(labels[1]) + 1)]
        if labels
        else not found
    )


def test_a_share_is_of_all_articles_not_of_those_that_fit_the_filters(db: str) -> None:
    with Archive(db) as archive:
        (year,) = archive.timeline([""], "year", filters={"date": "2022", "category": "world"})
    assert (year.counts, year.total) == ((1,), 2)


def test_a_share_is_of_the_articles_of_the_days_asked_for(db: str) -> None:
    """Weeks and months begin before and end after them: articles 3, of 2022-12-31, and 4, of
    2023-02-01, stand in the first and the last week of January 2023, whose only one is article 1."""
    with Archive(db) as archive:
        found = list(archive.timeline(["visit"], "week", filters={"date": "2023-01"}))
        assert [(p.label, p.counts, p.total) for p in (found[0], found[-1])] == [
            ("2022-W52", (0,), 0), ("2023-W05", (1,), 1),
        ]  # fmt: skip
        year, _ = archive.timeline(["visit"], "year", filters={"after": "2023-02-01"})
        assert (year.label, year.counts, year.total) == ("2023", (0,), 1)


def test_mistakes_from_python(db: str) -> None:
    with Archive(db) as archive:
        with pytest.raises(UsageError, match="choose day, week, month, quarter, year"):
            archive.timeline([""], "decade")
        with pytest.raises(QueryError):
            archive.timeline(["x date:2023-99"], "year")


def test_bars_side_by_side(cli: Cli, db: str) -> None:
    shown = cli(
        "timeline",
        "visit",
        "wheat OR bank",
        "--by",
        "year",
        "--date",
        "2022..2023",
        "--db",
        db,
        COLUMNS="60",
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == (
        "      visit                      wheat OR bank\n"
        "2022     1   50.0%  █████▌          2  100.0%  ███████████\n"
        "2023     1   33.3%  █████▌          0    0.0%\n"
    )


def test_more_queries_than_the_width_holds(cli: Cli, db: str) -> None:
    shown = cli(
        "timeline",
        *["visit\nvisit"] * 9,
        "--by",
        "year",
        "--date",
        "2022..2023",
        "--db",
        db,
        COLUMNS="40",
    )
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) == 3
    assert shown.stdout.count("█████") == 18


def test_no_query_is_all_articles_and_empty_periods_are_shown(cli: Cli, db: str) -> None:
    lines = cli("timeline", "--by", "month", "--db", db).stdout.splitlines()
    assert lines[0].strip() == "(all articles)"
    assert len(lines) == 1 + 70
    assert lines[1].startswith("2018-05     1  100.0%  █")
    assert lines[2].split() == ["2018-06", "0"]


def test_rows_as_csv_and_json(cli: Cli, db: str) -> None:
    given = ("--by", "year", "--date", "2022..2023", "--db", db)
    shown = cli("timeline", "--csv", *given, "visit", "=grain").stdout
    rows = list(csv.reader(io.StringIO(shown)))
    assert rows == [
        ["period", "query", "articles", "of", "share"],
        ["2022", "visit", "1", "2", "0.5"], ["2022", "'=grain", "1", "2", "0.5"],
        ["2023", "visit", "1", "3", "0.333333"], ["2023", "'=grain", "0", "3", "0.0"],
    ]  # fmt: skip
    records = [
        json.loads(line) for line in cli("timeline", "visit", "--json", *given).stdout.splitlines()
    ]
    assert records == [
        {"period": "2022", "query": "visit", "articles": 1, "of": 2, "share": 0.5},
        {"period": "2023", "query": "visit", "articles": 1, "of": 3, "share": 0.333333},
    ]
    months = cli(
        "timeline", "category:politics", "--after", "2022", "--json", "--db", db
    ).stdout.splitlines()
    assert json.loads(months[1]) == {
        "period": "2023-02", "query": "category:politics", "articles": 0, "of": 1, "share": 0,
    }  # fmt: skip


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_nothing_found(cli: Cli, db: str, form: list[str]) -> None:
    result = cli("timeline", "zzzz", *form, "--db", db)
    assert (result.returncode, result.stderr) == (1, "archive: nothing found\n")
    zeros = {"--csv": ",zzzz,0,", "--json": '"articles": 0,'}
    rows = [row for row in result.stdout.splitlines() if not form or zeros[form[0]] in row]
    assert len(rows) == (70 if form else 71)  # and the names of the queries


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "decade"], "decade"),
        (["x date:2023-99"], "there is no date '2023-99'"),
        (["--date", "soon"], "soon"),
    ],
)
def test_mistakes(cli: Cli, db: str, arguments: list[str], message: str) -> None:
    result = cli("timeline", *arguments, "--db", db)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_a_hostile_query_is_inert(cli: Cli, db: str, form: list[str]) -> None:
    shown = cli("timeline", "moscow \x1b]0;x\x07\u202e OR moscow", *form, "--db", db)
    assert shown.returncode == 0
    assert "]0;x" in shown.stdout
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown.stdout)


def test_the_whole_is_the_number_of_articles(cli: Cli, db: str) -> None:
    for by in PERIODS:
        shown = cli("timeline", "--by", by, "--json", "--db", db).stdout
        counts = [json.loads(line)["articles"] for line in shown.splitlines()]
        assert sum(counts) == len(ARTICLES)
