"""Dates as programs write them: ISO 8601 and RFC 2822; pure.

`published` takes the day as it is written and guesses nothing: no order of day and month where
both may come first, no century, no zone. `of_one_day` says whether two such dates can be those of
one publication.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from archive.errors import ParseError, quoted

Published = tuple[str, str | None]
"""An ISO date, and the ISO time with its offset where there is one: `2024-05-03`,
`2024-05-03T18:19:08+02:00`."""

_ZONE = r"(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)"
_NAME = "[a-z]{2,5}"  # a zone that means another offset elsewhere
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
_ISO = re.compile(
    r"(?P<year>[0-9]{4})(?P<sign>[-/.])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})"
    rf"(?:(?:T|,?\s+){_CLOCK}\s*(?:{_ZONE}|{_NAME})?)?",
    re.IGNORECASE,
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})"
_DAY, _YEAR = "(?P<day>[0-9]{1,2})", "(?P<year>[0-9]{4})"
_BARE_CLOCK = "(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?"
_SAID = r"(?:\s*\([a-z ]+\))?"
_SHAPES = [
    _ISO,
    *(
        re.compile(shape, re.IGNORECASE)
        for shape in (
            f"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})T{_BARE_CLOCK}{_ZONE}?",
            # with points the day is always first
            rf"{_DAY}\.(?P<month>[0-9]{{1,2}})\.{_YEAR}(?:,?\s+{_CLOCK}\s*{_ZONE}?)?",
            # RFC 2822, Java or C, JavaScript
            rf"(?:[a-z]{{3}},?\s+)?{_DAY}[ -]{_MONTH}[ -]{_YEAR}(?:\s+{_CLOCK}\s*{_ZONE}?{_SAID})?",
            rf"[a-z]{{3}} {_MONTH}\s+{_DAY} {_CLOCK} (?:(?:{_ZONE}|{_NAME}) )?{_YEAR}",
            rf"[a-z]{{3}} {_MONTH} {_DAY} {_YEAR}(?: {_CLOCK} (?:GMT(?=[+-]))?{_ZONE}{_SAID})?",
        )
    ),
]
_EPOCH = "1970-01-01T00:00:00+00:00"
_FIRST_YEAR = 1500


def published(text: str) -> Published:
    """The date and time that a text names; `ParseError`, which shows the text, where it names none
    or one that is no date of publication: a program's zero, or a year before printed news."""
    found = next(filter(None, (shape.fullmatch(text.strip()) for shape in _SHAPES)), None)
    if not found:
        raise ParseError(f"not a date: {quoted(text)}, expected YYYY-MM-DD")
    part = found.groupdict()
    month = part["month"] if "month" in part else _MONTHS.index(part["name"].lower()) + 1
    try:
        day = date(int(part["year"]), int(month), int(part["day"]))
        time = _time(day, part)
    except (ValueError, OverflowError):
        raise ParseError(f"no such date: {quoted(text)}") from None
    if day.year < _FIRST_YEAR or time == _EPOCH:
        raise ParseError(f"no date of publication: {quoted(text)}")
    return day.isoformat(), time


def of_one_day(one: Published, other: Published) -> bool:
    """Whether two dates agree: the same day as written, or the same day in the zone of either. A
    date without a zone may be one of UTC."""
    return one[0] == other[0] or _seen_from(one, other) or _seen_from(other, one)


def _seen_from(one: Published, other: Published) -> bool:
    """Whether the day of `other` is that of `one` in the zone of `other`."""
    if one[1] is None:
        return False
    zone = datetime.fromisoformat(other[1]).tzinfo if other[1] else UTC
    try:
        return datetime.fromisoformat(one[1]).astimezone(zone).date().isoformat() == other[0]
    except OverflowError:
        return False


def _time(day: date, part: dict[str, str | None]) -> str | None:
    """The time with its offset; None where either is missing. `ValueError` for none of a clock."""
    if part["hour"] is None:
        return None
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    whole = datetime(day.year, day.month, day.day, hour, minute, min(second, 59))  # noqa: DTZ001
    if second > 60:
        raise ValueError
    zone = part["zone"]
    if zone is None:
        return None
    if zone[0] not in "+-":
        return whole.replace(tzinfo=UTC).isoformat()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    if int(digits[2:]) > 59:
        raise ValueError
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return whole.replace(tzinfo=timezone(offset if zone[0] == "+" else -offset)).isoformat()
