"""Bringing articles in: find -> read -> parse -> decide -> store -> report (`run.py`)."""
