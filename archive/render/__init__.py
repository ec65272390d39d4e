"""Showing what was found: to people on a screen, to other programs as rows.

`records` holds the keys of the rows, `rows` writes them. `screen` is where lines for people go, and
what makes text inert; the other modules each show the answers of some commands.
"""
