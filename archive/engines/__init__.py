"""Database engines, a folder each. All that speaks to a database is in here."""
