"""What dates in a query mean: `2023`, `2023-01`, `2022..2023-02`, `last month`, after, before.

Works on ISO dates as text, as the tables have them. Used by the query parser and the filters.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from archive.errors import quoted

FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"


def date_range(name: str, value: str) -> tuple[str, str]:
    """First and last ISO day that the field (date, after, before) means; `ValueError` if none.

    A partial date stands for all its days. `date:A..B` runs from the first day of A to the last of
    B, and either may be missing. `after:` begins behind the value, `before:` ends ahead of it.
    """
    if name == "date":
        first, dots, last = value.partition("..")
        if not dots:
            return _days(value)
        if not first and not last:
            raise ValueError("'..' has no end; write 2022..2023, 2022.. or ..2023")
        begin = _days(first)[0] if first else FIRST_DAY
        end = _days(last)[1] if last else LAST_DAY
        if begin > end:
            raise ValueError(f"{quoted(value)} ends before it begins")
        return begin, end
    first_day, last_day = _days(value)
    if name == "after":
        return _shift(last_day, 1), LAST_DAY
    return FIRST_DAY, _shift(first_day, -1)


_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
           "october", "november", "december")  # fmt: skip
_DAY_MONTH = re.compile(r"(?:([0-9]{1,2})\.? )?([a-z]{3,9})\.? ([0-9]{4})")
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.? ([0-9]{1,2}),? ([0-9]{4})")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_NAMED = re.compile(r"(this|last)[ -](week|month|year)")


def _days(value: str) -> tuple[str, str]:
    """First and last ISO day of a year, a month, a day, or of a word for one."""
    plain = " ".join(value.lower().replace("_", " ").split())
    named = _named(plain)
    if named:
        return named[0].isoformat(), named[1].isoformat()
    found = _DATE.fullmatch(_in_digits(plain))
    if not found:
        raise ValueError(
            f"{quoted(value)} is no date; write 2023, 2023-01, 2023-01-31, today, last_month or"
            ' "March 2023"'
        )
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        raise ValueError(f"there is no date {quoted(value)}") from None
    if day:
        return first.isoformat(), first.isoformat()
    return first.isoformat(), _last_of_month(first.year, month or 12).isoformat()


def _in_digits(value: str) -> str:
    """A date with the name of its month (March 2020, 3 Mar 2020, March 3, 2020) in digits."""
    found = _DAY_MONTH.fullmatch(value)
    day, month, year = found.groups() if found else (None, "", "")
    if other := _MONTH_DAY.fullmatch(value):
        month, day, year = other.groups()
    for number, name in enumerate(_MONTHS, 1):
        if month and (month in (name, name[:3]) or (month, name) == ("sept", "september")):
            return f"{year}-{number:02}" + (f"-{day}" if day else "")
    return value


def _last_of_month(year: int, month: int) -> date:
    if month == 12:  # of the year 9999, say, which no day follows
        return date(year, 12, 31)
    return date(year, month + 1, 1) - timedelta(days=1)


def today() -> date:
    """The day that `today` means: the local calendar's."""
    return date.today()  # noqa: DTZ011 - the reader's own day is what is meant


def _named(value: str) -> tuple[date, date] | None:
    """First and last day of `today`, `yesterday`, `this week`, `last month` and their like."""
    now = today()
    if value in ("today", "yesterday"):
        day = now - timedelta(days=value == "yesterday")
        return day, day
    found = _NAMED.fullmatch(value)
    if not found:
        return None
    last = found[1] == "last"
    if found[2] == "week":
        monday = now - timedelta(days=now.weekday() + 7 * last)
        return monday, monday + timedelta(days=6)
    if found[2] == "month":
        anchor = now.replace(day=1) - timedelta(days=1) if last else now
        return anchor.replace(day=1), _last_of_month(anchor.year, anchor.month)
    year = now.year - last
    return date(year, 1, 1), date(year, 12, 31)


def _shift(day: str, by: int) -> str:
    try:
        return date.fromordinal(date.fromisoformat(day).toordinal() + by).isoformat()
    except (ValueError, OverflowError):
        return day
