"""Searching: a query tree -> ranked hits, and what explains them."""
