"""What a value of a row must be, which SQLite itself does not see to: for verify and load."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import NoneType
from typing import Any

from archive.errors import quoted

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)
_NAMES: Mapping[type, str] = {int: "a whole number", str: "text", bytes: "bytes", NoneType: "null"}


def is_time(value: object) -> bool:
    """Whether a value is a moment as the archive writes them (UTC)."""
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def is_date(value: object) -> bool:
    """Whether a value is a day of the calendar as the archive writes it."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def fault(row: Mapping[str, Any], kinds: Mapping[str, Any]) -> str | None:
    """The first thing that is wrong with the values of a row, given the kinds of its columns."""
    return next(filter(None, (_fault(name, row[name], kinds[name]) for name in row)), None)


def _fault(name: str, value: object, kind: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, kind):
        wanted = " or ".join(_NAMES[one] for one in getattr(kind, "__args__", (kind,)))
        return f"{name}: {quoted(str(value))} is not {wanted}"
    if isinstance(value, int):
        least, most = (0, 2**62) if _counts(name) else (1, 2**31 - 1)
        if not (least <= value <= most or (name == "mtime_ns" and -(2**63) <= value < 2**63)):
            return f"{name}: no such number: {quoted(str(value))}"
    if name.endswith("_at") and value is not None and not is_time(value):
        return f"{name}: no time: {quoted(str(value))}"
    return None


def is_place(path: object) -> bool:
    """Whether a path is that of a file which was read: absolute, and nothing in it leads back."""
    if not isinstance(path, str) or "\0" in path:
        return False
    return path.startswith("/") and {"", ".", ".."}.isdisjoint(path.lstrip("/").split("/"))


def _counts(name: str) -> bool:
    """Whether a column counts, so that it may be 0, and does not number."""
    return name not in ("id", "number", "line") and not name.endswith("_id")
