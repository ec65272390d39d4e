"""The query language: text -> a small tree. Knows no SQL."""
