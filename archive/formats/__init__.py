"""Source formats: one module each, bytes -> `Article`. They never see SQL, and SQL never sees them.

There is one so far, dated text. `ingest/parsing.py` calls it, and will choose between several.
"""
