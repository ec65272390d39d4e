"""Dates as exports of news databases print them, with the names of months and weekdays in English,
German, French, Spanish, Italian, Portuguese and Dutch, and Chinese dates in digits; pure.

`written` takes a whole text as a date or not at all: a day of a month of a year, which a weekday, a
time and the name of an edition may stand around. Nothing is guessed: a month without a day is none.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from archive.errors import ParseError, quoted

_MONTHS = (
    ("january", "januar", "jänner", "janvier", "enero", "gennaio", "janeiro", "januari", "jan"),
    ("february", "februar", "feber", "février", "fevrier", "febrero", "febbraio", "fevereiro",
     "februari", "feb", "fev", "fév"),
    ("march", "märz", "maerz", "mars", "marzo", "março", "marco", "maart", "mar", "mär", "mrt"),
    ("april", "avril", "abril", "aprile", "apr", "abr", "avr"),
    ("may", "mai", "mayo", "maggio", "maio", "mei"),
    ("june", "juni", "juin", "junio", "giugno", "junho", "jun"),
    ("july", "juli", "juillet", "julio", "luglio", "julho", "jul", "juil"),
    ("august", "août", "aout", "agosto", "augustus", "aug", "ago"),
    ("september", "septembre", "septiembre", "setiembre", "settembre", "setembro", "sep", "sept",
     "set"),
    ("october", "oktober", "octobre", "octubre", "ottobre", "outubro", "oct", "okt", "ott", "out"),
    ("november", "novembre", "noviembre", "novembro", "nov"),
    ("december", "dezember", "décembre", "decembre", "diciembre", "dicembre", "dezembro", "dec",
     "dez", "dic", "déc"),
)  # fmt: skip
_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WEEKDAYS = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "miércoles",
    "miercoles",
    "jueves",
    "viernes",
    "sábado",
    "sabado",
    "domingo",
    "lunedì",
    "lunedi",
    "martedì",
    "martedi",
    "mercoledì",
    "mercoledi",
    "giovedì",
    "giovedi",
    "venerdì",
    "venerdi",
    "domenica",
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "onsdag",
    "mandag",
    "tirsdag",
    "torsdag",
    "fredag",
    "lørdag",
    "søndag",
]
_NAME = "|".join(sorted(_NUMBER, key=len, reverse=True))
_DAY_OF_WEEK = "|".join(_WEEKDAYS)
_PRINTED = re.compile(
    rf"(?:(?:{_DAY_OF_WEEK})[.,]?\s+)?"
    rf"(?:(?P<name>{_NAME})\.?\s+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\.?,?\s+(?P<year>[0-9]{{4}})"
    r"|(?P<day_>[0-9]{1,2})(?:er|st|nd|rd|th|º|°)?\.?\s+(?:de\s+)?"
    rf"(?P<name_>{_NAME})\.?,?\s+(?:de\s+|del\s+)?(?P<year_>[0-9]{{4}})"
    r"|(?P<year__>[0-9]{4})\s*年\s*(?P<month>[0-9]{1,2})\s*月\s*(?P<day__>[0-9]{1,2})\s*日)"
    rf"(?P<rest>(?:[,;.]|\s|$).*)?",
    re.IGNORECASE | re.DOTALL,
)
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>[A-Z]{2,5}\b"
    r"(?P<shift>[+-][0-9]{1,2}(?::?[0-9]{2})?\b)?)?",
    re.IGNORECASE,
)
_OFFSETS = {
    "gmt": 0, "utc": 0, "wet": 0, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "est": -5,
    "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
"""Hours from UTC of the zones that have one meaning in news databases; others give no time."""


def written(text: str) -> tuple[str, str | None] | None:
    """The ISO date that a text is, and the ISO time with offset where it prints one; None for what
    is no date. `ParseError` for a day that is not in the calendar."""
    found = _PRINTED.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    part = found.groupdict()
    year, day = (part[name] or part[f"{name}_"] or part[f"{name}__"] for name in ("year", "day"))
    name = part["name"] or part["name_"]
    month = int(part["month"]) if name is None else _NUMBER[name.lower()]
    try:
        on = date(int(year), month, int(day))
    except ValueError:
        raise ParseError(f"no such date: {quoted(text)}") from None
    return on.isoformat(), _moment(on, part["rest"] or "")


def _moment(on: date, rest: str) -> str | None:
    found = _TIME.search(rest)
    offset = _offset((found["zone"] or "").lower(), found["shift"] or "") if found else None
    if not found or offset is None:
        return None
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        moment = datetime(on.year, on.month, on.day, hour, int(found["minute"]))  # noqa: DTZ001
        return moment.replace(tzinfo=timezone(offset)).isoformat()
    except ValueError:
        return None


def _offset(zone: str, shift: str) -> timedelta | None:
    """How far a zone is from UTC: `est`, `gmt` with `+1`; None for one that is not known."""
    name = zone.removesuffix(shift)
    if name not in _OFFSETS or (shift and name not in {"gmt", "utc"}):
        return None
    digits = shift[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits or "0", "0")
    shifted = timedelta(hours=int(hours), minutes=int(minutes))
    return timedelta(hours=_OFFSETS[name]) + (-shifted if shift.startswith("-") else shifted)
