"""Which module of `cli/commands/` holds which command, in the groups and the order of `--help`.

Stands apart so that a call can load the module of its command alone, and `--help` can group them.
"""

from __future__ import annotations

COMMANDS = {
    "finding": ("search", "list", "timeline", "concordance", "quote", "similar", "duplicates"),
    "reading": ("show", "cite", "history", "diff", "sources", "serve"),
    "ingesting": ("ingest",),
    "taking_back": ("remove", "relocate", "merge", "rejections", "export"),
    "upkeep": (
        "stats", "verify", "doctor", "backup", "restore", "dump", "load", "upgrade", "reindex"
    ),
    "by_hand": ("sql", "schema", "datasette-metadata", "help", "completion"),
}  # fmt: skip
"""The modules that hold commands, and the commands of each."""

TITLES = {
    "finding": "Find",
    "reading": "Read",
    "ingesting": "Bring in and take out",
    "taking_back": "Bring in and take out",
    "upkeep": "Keep sound",
    "by_hand": "By hand",
}
