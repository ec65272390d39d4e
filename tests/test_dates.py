"""Dates as programs write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ParseError
from archive.formats.dates import of_one_day, published


@pytest.mark.parametrize(
    ("text", "day", "time"),
    [
        ("2024-05-03", "2024-05-03", None),
        (" 2024-5-3 ", "2024-05-03", None),
        ("2024/05/03", "2024-05-03", None),
        ("2024.05.03 18:19", "2024-05-03", None),
        ("2024-05-03T18:19:08", "2024-05-03", None),
        ("2024-05-03T18:19:08Z", "2024-05-03", "2024-05-03T18:19:08+00:00"),
        ("2024-05-03t18:19:08.721370z", "2024-05-03", "2024-05-03T18:19:08+00:00"),
        ("2024-05-03 18:19:08 UTC", "2024-05-03", "2024-05-03T18:19:08+00:00"),
        ("2024-05-03T23:30+02:00", "2024-05-03", "2024-05-03T23:30:00+02:00"),
        ("2024-05-03T23:30:00-0330", "2024-05-03", "2024-05-03T23:30:00-03:30"),
        ("2024-05-03T23:30:00 +02", "2024-05-03", "2024-05-03T23:30:00+02:00"),
        ("2024-05-03T23:59:60Z", "2024-05-03", "2024-05-03T23:59:59+00:00"),
        ("Fri, 03 May 2024 18:19:08 +0200", "2024-05-03", "2024-05-03T18:19:08+02:00"),
        ("Fri, 3 May 2024 18:19 GMT", "2024-05-03", "2024-05-03T18:19:00+00:00"),
        ("03-May-2024", "2024-05-03", None),
        ("Fri May 03 18:19:08 CEST 2024", "2024-05-03", None),
        ("Fri May 03 18:19:08 UTC 2024", "2024-05-03", "2024-05-03T18:19:08+00:00"),
        ("27.4.2024 18:50", "2024-04-27", None),
        ("03.05.2024, 07:00:03", "2024-05-03", None),
        ("Fri May  3 18:19:08 2024", "2024-05-03", None),
        ("20240503T181908+0200", "2024-05-03", "2024-05-03T18:19:08+02:00"),
        ("2024-05-03T18:19:08EET", "2024-05-03", None),
        ("Fri May 03 2024", "2024-05-03", None),
        (
            "Fri May 03 2024 18:19:08 GMT+0200 (Central European Summer Time)",
            "2024-05-03",
            "2024-05-03T18:19:08+02:00",
        ),
        ("3 may 2024 18:19:08 -0500 (EST)", "2024-05-03", "2024-05-03T18:19:08-05:00"),
    ],
)
def test_a_date_is_taken_as_written(text: str, day: str, time: str | None) -> None:
    assert published(text) == (day, time)


@pytest.mark.parametrize(
    "text",
    [
        "", "2024", "2024-05", "20240503", "03/05/2024", "05-03-2024", "3.5.24", "2024-05/03",
        "2024-W18-5", "1714753148", "yesterday", "2024-02-30", "2024-13-01", "2024-05-03T24:00Z",
        "2024-05-03T18:60Z", "2024-05-03T18:19:61Z", "2024-05-03T18:19+25:00",
        "2024-05-03T18:19+02:60", "Fri, 31 Jun 2024 18:19 GMT", "２０２４-05-03",
        "2024-05-03 and later", "0001-01-01T00:00:00Z", "0000-00-00", "1970-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_date_is_shown(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        published(text)
    assert repr(text) in caught.value.reason


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("2024-01-01T23:30:00Z", "2024-01-02T00:30:00+01:00", True),
        ("2024-01-01T23:30:00Z", "2024-01-02T00:40:00+01:00", True),
        ("2024-01-01T10:00:00Z", "2024-01-02T00:30:00+01:00", True),
        ("2024-01-01T10:00:00Z", "2024-01-02T01:30:00+01:00", False),
        ("2024-01-01", "2024-01-02T00:30:00+01:00", True),
        ("2024-01-02", "2024-01-02T00:30:00+01:00", True),
        ("2024-01-02 00:30", "2024-01-01T23:30:00Z", False),
        ("2024-01-01", "2024-01-02", False),
        ("2024-01-01", "2024-01-02T01:30:00+01:00", False),
    ],
)
def test_one_publication_has_one_day(one: str, other: str, agree: bool) -> None:
    assert of_one_day(published(one), published(other)) is agree
    assert of_one_day(published(other), published(one)) is agree


moments = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 - the zone is added
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.builds(
        lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-719, 840)
    ),
)


@given(moments, moments)
def test_what_python_writes_reads_back(one: datetime, other: datetime) -> None:
    one = one.replace(microsecond=0)
    for written in (one.isoformat(), format_datetime(one)):
        assert published(written) == (one.date().isoformat(), one.isoformat())
    here, there = published(one.isoformat()), published(other.isoformat())
    assert of_one_day(here, here)
    assert of_one_day(here, there) is of_one_day(there, here)


@given(st.text(alphabet="0123456789-/:.TZ+ ,MayFri", max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    try:
        day, time = published(text)
    except ParseError:
        return
    assert len(day) == 10
    assert time is None or time.startswith(day)
