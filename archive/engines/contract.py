"""What the rest of the program may ask of a database: narrow protocols and their frozen records.

An engine is a folder beside this file. `api.Archive` makes one from the path or address that it is
given; everything else sees these protocols alone and no connection, no SQL and no cursor.

    Engine      opens, locks, upgrades, copies and checks an archive      (keeping)
    Snapshot    one archive as of one moment, for reading:
      .articles   articles, versions, sources, citations                  (reading)
      .index      a query tree -> counts, facets, ranked hits, marks      (finding)
      .terms      the words of the index and how common they are          (finding)
      .tables     every row in order, for verify, dump, export, figures   (keeping)
    Writer      what ingest asks before it decides, and what it stores    (writing)

Each protocol has the methods that its callers need, and no more.
"""

from __future__ import annotations
