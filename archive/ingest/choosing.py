"""Which of the files below a folder are looked at, by their names.

Files and folders that are hidden, files under a temporary name, pictures and scripts, what the user
leaves out, and the archive's own copies are passed over and counted (`files.find`). A file that is
itself given to ingest is always looked at.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable

from archive.record_class import record

HIDDEN, TEMPORARY, EXCLUDED, OWN_COPY = "hidden", "temporary", "excluded", "own_copies"
MEDIA = "media"
"""Why something is passed over; the names under which it counts in the report."""

_TEMPORARY_ENDS = (
    "~", ".part", ".partial", ".crdownload", ".download", ".opdownload", ".tmp", ".temp", ".swp",
)  # fmt: skip

_MEDIA_ENDS = (
    ".avif", ".bmp", ".css", ".eot", ".gif", ".heic", ".ico", ".jpeg", ".jpg", ".js", ".m4a",
    ".mjs", ".mov", ".mp3", ".mp4", ".ogg", ".otf", ".png", ".svg", ".tif", ".tiff", ".ttf", ".wav",
    ".webm", ".webp", ".woff", ".woff2",
)  # fmt: skip
_PAGE_FOLDERS = re.compile(r"(.+)[_.-](?:files|Dateien|fichiers|archivos|ficheiros|bestanden|file)")
"""How browsers call the folder in which they put the parts of a page that they save."""


@record
class Choice:
    """What to look at below a folder. `include` and `exclude` are globs: for a name or, with a
    slash in them, for the end of a path. The `own_files` of the archive are left out without a
    word, its `own_copies` are passed over. `follow` follows symbolic links."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    own_files: frozenset[str] = frozenset()
    own_copies: frozenset[str] = frozenset()
    follow: bool = False


Entry = os.DirEntry[str]


def chooser(choice: Choice) -> Callable[[Entry], str | None]:
    """The function that says why an entry of a folder is passed over, or None."""
    included = _matcher(choice.include) if choice.include else None
    excluded = _matcher(choice.exclude) if choice.exclude else None

    def why(entry: Entry) -> str | None:
        name = entry.name
        if name.startswith("."):
            return HIDDEN
        if excluded and excluded(name, entry.path):
            return EXCLUDED
        if is_temporary(name) and not entry.is_dir(follow_symlinks=choice.follow):
            return TEMPORARY
        if _is_media(entry, follow=choice.follow) and not (included and included(name, entry.path)):
            return MEDIA
        if included and not entry.is_dir(follow_symlinks=choice.follow):
            return None if included(name, entry.path) else EXCLUDED
        return None

    return why


def _is_media(entry: Entry, *, follow: bool) -> bool:
    """Whether an entry is a picture, a script or the like, or the folder of a saved page."""
    if entry.name.lower().endswith(_MEDIA_ENDS):
        return not entry.is_dir(follow_symlinks=follow)
    folder = _PAGE_FOLDERS.fullmatch(entry.name)
    if folder is None or not entry.is_dir(follow_symlinks=follow):
        return False
    page = os.path.join(os.path.dirname(entry.path), folder[1])
    return any(os.path.exists(page + ending) for ending in (".html", ".htm", ".xhtml"))


def is_temporary(name: str) -> bool:
    """Whether an editor, an office program or a download gives such a name to a file that it has
    not finished, or to one that is not meant to last."""
    if name.lower().endswith(_TEMPORARY_ENDS):
        return True
    return name.startswith(("~$", "#")) and (name[0] == "~" or name[-1] == "#")


def composed(path: str) -> str:
    """A path in NFC."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def _matcher(globs: Iterable[str]) -> Callable[[str, str], bool]:
    from fnmatch import translate  # noqa: PLC0415 - where globs are given

    patterns = [composed(glob).rstrip("/") for glob in globs]
    names = re.compile("|".join(translate(glob) for glob in patterns if "/" not in glob) or "(?!)")
    places = (
        translate(glob) if os.path.isabs(glob) else f"(?s:.*/){translate(glob)}"
        for glob in patterns
        if "/" in glob
    )
    paths = re.compile("|".join(places) or "(?!)")

    def matches(name: str, path: str) -> bool:
        return bool(names.match(composed(name)) or paths.match(composed(path)))

    return matches
