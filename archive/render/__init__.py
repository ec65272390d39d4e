"""Showing records: on a terminal with Rich, elsewhere as plain text, or as JSON lines.

`screen` is where lines go and what makes text inert; the others show one kind of thing each.
"""
