"""What a view is: a question to the archive, with its answer as a page and as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archive.record_class import record

if TYPE_CHECKING:
    from archive.api import Archive
    from archive.render.records import Record
    from archive.web.given import Given


@record
class Page:
    """A template and the values in it; or, with `moved`, the address where the page is."""

    template: str
    values: Mapping[str, Any]
    status: int = 200
    moved: str = ""


@record
class Rows:
    """Records with the keys of the commands; `columns` head a CSV without any."""

    records: Iterable[Record]
    columns: Sequence[str] = ()


@record
class View:
    """A path and its answers. `lane` names the threads that answer it; `data` says on /about what
    the rows are, which lie at the path with `.json` and `.csv`."""

    path: str
    lane: str
    page: Callable[[Archive, Given], Page]
    rows: Callable[[Archive, Given], Rows]
    data: str
