"""The floor of ingest: stdlib sqlite3 and the same work without any convenience.

Reads the same files, hashes them, writes the same tables and the same full-text indexes in one
transaction, with the same page size and settings of the indexes, and twice our page cache. No
checks, no second reading, no other forms of words, nothing for a file that is not as it should be.

    floor_ingest.py FOLDER DATABASE SCHEMA.sql
"""

import hashlib
import os
import sqlite3
import sys

folder, path, schema = sys.argv[1:]
c = sqlite3.connect(path, isolation_level=None)
c.executescript("PRAGMA page_size = 32768; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;")
with open(schema, encoding="utf-8") as file:
    c.executescript(file.read())
c.execute("BEGIN")
now, n = "2026-01-01T00:00:00.000000Z", 0
for where, folders, names in os.walk(folder):
    folders.sort()
    for name in sorted(names):
        place = os.path.join(where, name)
        with open(place, "rb") as f:
            data = f.read()
            status = os.fstat(f.fileno())
        head, title, *texts = data.decode().rstrip("\n").split("\n")
        _, date, category = (*head.split(None, 2), None)[:3]
        digest = hashlib.sha256(data).digest()
        n += 1
        c.execute(
            "INSERT INTO articles (id, published_on, category, title, word_count, paragraph_count,"
            " content_hash, added_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?)",
            (
                *(n, date, category, title),
                *(sum(len(t.split()) for t in texts), len(texts), digest, now, now),
            ),
        )
        c.executemany(
            "INSERT INTO paragraphs (article_id, position, text) VALUES (?,?,?)",
            [(n, at, text) for at, text in enumerate(texts, 1)],
        )
        c.execute(
            "INSERT INTO sources (id, article_id, path, file_hash, size, mtime_ns, first_seen_at,"
            " last_seen_at) VALUES (?,?,?,?,?,?,?,?)",
            (n, n, place, digest, status.st_size, status.st_mtime_ns, now, now),
        )
        c.execute(
            "INSERT INTO article_search (rowid, title, body) VALUES (?,?,?)",
            (n, title, "\n¶ ".join(texts)),
        )
c.execute(
    "INSERT INTO article_words (rowid, title, body, forms)"
    " SELECT id, title, body, forms FROM indexed_text"
)
c.execute("COMMIT")
c.close()
