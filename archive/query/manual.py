"""The page about the query language: operators, fields and dates, each with an example.

`archive help query`, docs/query.md and the README's table are made from what stands here and in
`fields`.
"""

from __future__ import annotations

from archive.query.fields import FIELDS

OPERATORS = (
    ("xi moscow", "both words, anywhere in title or text"),
    ("xi AND moscow", "the same, and nothing that holds only one of them"),
    ('"state visit"', "these words as written, in one paragraph; any kind of quotes"),
    ('"news"', 'this word as written, not *new*; `"$5 million"` is not in $25 million'),
    ("UK, US, G7", "acronyms, with or without dots and hyphens; `US` in capitals alone"),
    ("putin -zelensky", "the first without the second; `NOT` does the same"),
    ("grain OR wheat", "either"),
    ("(grain OR wheat) price", "brackets"),
    ("invad*", 'words that begin so; `"state visi*"` at the end of a phrase'),
    ("xi NEAR/5 putin", "at most five words between them, in either order"),
    ("xi ADJ/5 putin", "the same in this order; both take `(a OR b)` on either side"),
)
"""What to write, and what it finds."""

DATES = (
    ("2023, 2023-01, 2023-01-31", "a year, a month, a day"),
    ("2022..2023-02", "from the first day of the one to the last of the other"),
    ("2022.. or ..2022", "a range with an open end"),
    ("today, yesterday", "a day"),
    ('"March 2020"', "a month by name; `3 March 2020` does too"),
    ('"this week", "last month"', "a week from Monday, a month, a year; `last_month` does too"),
)  # fmt: skip

RULES = """\
Words are compared in any case, accent and form: `visit` finds *visits*, `cafe` finds *Café*. In
quotes, with `*`, and in an acronym of two to five capitals they are as written, but for case and
accents; numbers are whole then, and currency and percent signs count. Dots, hyphens and thousands'
commas make no other word: U.K. is UK, e-mail is email, 1,250 is 1250. US, IT, WHO and other
acronyms that are function words in small letters count in capitals alone.
Function words (the, of, what) never decide whether an article is found, unless they stand in quotes
or are all that is asked.

A query of three or more plain words also finds articles that hold some of them, and those that hold
all are preferred; a query of two finds such articles only where none holds both. These hits are
marked, and the missing words named. `AND`, quotes and any other sign above ask for exactly what
they say; only where that finds nothing at all are the best partial hits shown.

Four words and more, all in capitals, are read as a sentence in small letters. Where a whole query
of four words and more stands word for word in an article, that article comes first. What looks like
an operator of another program is pointed out.

Nothing else is special: `C++`, `don't`, a lone quote, brackets that do not close are searched as
the words they hold. Chinese, Japanese, Korean and Thai text is found by any run of its characters.
A query that begins with a minus sign goes behind `--`: `archive search -- -zelensky`.

`archive search --explain QUERY` shows how a query was read and what each part of it finds alone.
"""


def _rows(rows: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"| `{write}` | {finds} |\n" for write, finds in rows)


def table() -> str:
    """Operators and fields as a Markdown table."""
    fields = tuple((field.example, field.help) for field in FIELDS.values())
    return "| write | to find |\n|---|---|\n" + _rows(OPERATORS) + _rows(fields)


def markdown() -> str:
    """The whole page: docs/query.md."""
    dates = "| dates | mean |\n|---|---|\n" + _rows(DATES)
    return (
        "# Queries\n\nOne language in every command that takes a query. This page is made from the"
        f" code (`archive help query`\nprints it).\n\n{table()}\n{dates}\n{RULES}"
    )


def plain() -> str:
    """The page for a terminal: the same without Markdown's marks."""
    fields = tuple((field.example, field.help) for field in FIELDS.values())
    rows = (*OPERATORS, *fields)
    width = max(len(write) for write, _ in (*rows, *DATES)) + 2
    lines = [f"  {write:<{width}}{finds}" for write, finds in rows]
    dates = [f"  {write:<{width}}{finds}" for write, finds in DATES]
    text = "\n".join(["Queries", "", *lines, "", "Dates", "", *dates, "", RULES])
    return text.replace("`", "")
