"""The same files by sqlite-utils: insert and full-text index, as its documents show it. It stores
neither paragraphs nor sources nor hashes.

    sqlite_utils_ingest.py FOLDER DATABASE
"""

import os
import sys
from collections.abc import Iterator
from typing import Any

import sqlite_utils

folder, path = sys.argv[1:]


def articles() -> Iterator[dict[str, Any]]:
    """One dictionary for each file."""
    number = 0
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            with open(os.path.join(where, name), encoding="utf-8") as file:
                head, title, body = file.read().split("\n", 2)
            _, date, category = (*head.split(None, 2), None)[:3]
            number += 1
            yield {"id": number, "date": date, "category": category, "title": title, "body": body}


db = sqlite_utils.Database(path)
table: Any = db["articles"]
table.insert_all(articles(), pk="id", batch_size=1000)
table.enable_fts(["title", "body"], tokenize="porter")
db.close()
