"""Files that ingest has something to say about, grouped by what it says: three examples of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archive.errors import counted

if TYPE_CHECKING:
    from archive.incoming import Rejection, Remark

_EXAMPLES = 3
_VARYING = re.compile(r"'[^' ]*'|\b0x[0-9a-f]{2}\b|\d[\d,-]*")
"""What differs between reasons of one kind."""


def by_reason(files: Sequence[Rejection | Remark]) -> Iterator[str]:
    """The lines that say what is wrong with which files, the most frequent reason first. A reason
    that one file has stands behind its path; else a line above the examples has it, with dots for
    what differs from file to file."""
    groups: dict[str, list[Rejection | Remark]] = {}
    for file in files:
        groups.setdefault(_VARYING.sub("...", file.reason), []).append(file)
    for kind, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        if len(group) == 1:
            yield f"{_place(group[0])}: {group[0].reason}"
            continue
        same = len({file.reason for file in group}) == 1
        whole = len({file.path for file in group}) == len(group)
        what = counted(len(group), "file" if whole else "record")
        yield f"{what}: {group[0].reason if same else kind}"
        for file in group[:_EXAMPLES]:
            yield f"  {_place(file)}" + ("" if same else f": {file.reason}")
        if len(group) > _EXAMPLES:
            yield f"  ... and {len(group) - _EXAMPLES:,} more"


def _place(file: Rejection | Remark) -> str:
    if file.line:
        return f"{file.path}:{file.line}"
    member = getattr(file, "member", None)
    return file.path if member is None else f"{file.path} [{member}]"
