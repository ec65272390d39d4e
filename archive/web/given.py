"""What a browser asks for: the parameters of an address, read and bounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from archive.errors import UsageError, quoted, unknown
from archive.query.fields import FIELDS
from archive.record_class import record

LONGEST = 10_000
"""Characters of a parameter; those of a quotation too, which has to fit into an address."""


@record
class Given:
    """The parameters of one request, in order; the last of several with one name counts."""

    parameters: tuple[tuple[str, str], ...]
    address: str = ""
    """The article that the path names: `12` or `12@1`."""

    def text(self, name: str, default: str = "") -> str:
        """Returns a parameter without the white space around it; `UsageError` if it is too long."""
        value = next((value for key, value in reversed(self.parameters) if key == name), default)
        if len(value) > LONGEST:
            raise UsageError(f"{name} has {len(value):,} characters: give at most {LONGEST:,}")
        return value.strip()

    def texts(self, name: str, most: int) -> list[str]:
        """Returns the first values of a parameter that may come several times, empty ones apart."""
        given = [
            Given(((name, value),)).text(name) for key, value in self.parameters if key == name
        ]
        return [value for value in given if value][:most]

    def number(self, name: str, default: int, *, least: int = 0, most: int) -> int:
        """Returns a number between two bounds; `UsageError` for what is none."""
        value = self.text(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            raise UsageError(f"{name} {quoted(value)}: write a number")
        return min(max(int(value), least), most)

    def choice(self, name: str, choices: Iterable[str], default: str) -> str:
        """Returns one of some values; `UsageError` for another one."""
        value, known = self.text(name) or default, [*choices]
        if value not in known:
            raise unknown(name, value, known)
        return value

    @property
    def query(self) -> str:
        """The query."""
        return self.text("q")

    @property
    def versions(self) -> bool:
        """Whether replaced versions are searched too."""
        return bool(self.text("versions"))

    @property
    def asked(self) -> dict[str, object]:
        """The parameters that say what is searched for."""
        versions = {"versions": "1"} if self.versions else {}
        return {"q": self.query, **self.filters, **versions}

    @property
    def filters(self) -> dict[str, str]:
        """The conditions by field that stand beside the query."""
        return {name: value for name in FIELDS if (value := self.text(name))}


def link(path: str, values: Mapping[str, object] | Iterable[tuple[str, object]] = ()) -> str:
    """Returns an address with parameters, those that are empty left out."""
    pairs = values.items() if isinstance(values, Mapping) else values
    kept = [(name, value) for name, value in pairs if value not in ("", None)]
    return path + ("?" + urlencode(kept, quote_via=quote) if kept else "")
