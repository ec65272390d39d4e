"""Sorting with a part of the things in memory gives what sorting all of them gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive
from archive.questions import in_order as module
from archive.questions.in_order import in_order


@given(things=st.lists(st.tuples(st.integers(0, 9), st.text(max_size=3))), limit=st.integers(0, 40))
def test_runs_in_a_file_give_the_order_of_a_list(things: list[tuple[int, str]], limit: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "HELD", 4)
        patched.setattr(module, "_BLOCK", 2)
        found = list(in_order(things, lambda thing: thing[0], limit))
    assert found == sorted(things, key=lambda thing: thing[0])[:limit]


@pytest.mark.parametrize("sort", ["left", "right"])
def test_a_concordance_is_in_the_same_order_however_much_memory_holds(
    db: str, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Archive(db) as archive:
        whole = archive.concordance("a* OR t*", sort=sort, limit=100_000)
        monkeypatch.setattr(module, "HELD", 7)
        assert archive.concordance("a* OR t*", sort=sort, limit=100_000) == whole
        assert archive.concordance("a* OR t*", sort=sort, limit=20) == whole[:20]
    assert len(whole) > 50
