"""The SQLite engine: the only place that knows `sqlite3`, SQL and FTS5."""
