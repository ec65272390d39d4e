"""The floor of a search as a process: a minimal Typer program over stdlib sqlite3.

floor_search.py search DATABASE QUERY
"""

import sqlite3

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def search(path: str, query: str) -> None:
    """Find articles."""
    c = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for row in c.execute(
        "SELECT rowid, title, snippet(article_search, 0, '*', '*', '...', 20)"
        " FROM article_search WHERE article_search MATCH ? ORDER BY rank LIMIT 10",
        (query,),
    ):
        print(*row)


@app.command()
def other() -> None:
    """Make it a program of commands."""


app()
