"""The table of source formats: one line for each module of this folder but dated text.

Ingest asks `formats()` which of them a file is (`ingest/parsing.py`); help and documents list them.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.formats.contract import Format

READERS = "formats 2"
"""The version of all rules together: files that an earlier version rejected are read again."""

MODULES: tuple[str, ...] = (
    "nexis_docx",
    "nexis_html",
    "nexis_text",
    "factiva_html",
    "proquest_text",
    "json_lines",
    "json_array",
    "csv_table",
    "markdown",
    "web_page",
)
"""Export signatures come before those of tables, and those before plain pages."""


def formats() -> Iterator[tuple[Format, Any]]:
    """Each format with its module."""
    for name in MODULES:
        module = import_module(f"archive.formats.{name}")
        yield module.FORMAT, module
