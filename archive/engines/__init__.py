"""Database engines: what only one of them can do. SQLite is the first; PostgreSQL may follow."""
