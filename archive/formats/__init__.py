"""Source formats: one module each, bytes -> `Article`. They never see SQL, and SQL never sees them.

There is one so far, dated text; the second one brings the choice between them.
"""
