"""Excerpts, and the choice of paragraphs."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.text import passages
from archive.text.passages import best_paragraphs, excerpt


def test_a_mark_behind_the_stretch_does_not_lengthen_it() -> None:
    text = "alpha beta gamma delta epsilon zeta eta theta"
    assert passages._window(text, ((0, 5), (17, 22)), 20) == (0, 16)  # noqa: SLF001


@pytest.mark.parametrize(
    ("words", "counts", "chosen"),
    [
        ({}, {}, []),
        ({1: set(), 2: set()}, {1: 0, 2: 0}, []),
        ({1: {0}, 3: {0, 1}}, {1: 5, 3: 2}, [3]),
        ({1: {0}, 2: {1}, 3: {2}, 4: {3}}, {1: 1, 2: 1, 3: 1, 4: 1}, [1, 2, 3]),
        ({1: {0}, 2: {0}}, {1: 1, 2: 3}, [2]),
        ({4: {0}, 7: {0}}, {4: 2, 7: 2}, [4]),
        ({1: {0, 1}, 2: {2}, 3: {0, 2}}, {1: 2, 2: 1, 3: 2}, [1, 3]),
    ],
)
def test_the_best_paragraphs_bring_the_most_words(
    words: dict[int, set[int]], counts: dict[int, int], chosen: list[int]
) -> None:
    found = {position: frozenset(numbers) for position, numbers in words.items()}
    matches = {position: ["x"] * count for position, count in counts.items()}
    assert best_paragraphs(found, matches, 3) == chosen


def test_a_short_text_is_not_cut() -> None:
    assert excerpt("short text", ((0, 5),), 50) == ("short text", ((0, 5),))


def test_a_long_text_is_cut_around_most_of_its_marks() -> None:
    text = "alpha " * 40 + "beta gamma beta " + "delta " * 40
    marks = ((0, 5), (240, 244), (251, 255))
    cut, kept = excerpt(text, marks, 60)
    assert [cut[a:b] for a, b in kept] == ["beta", "beta"]
    assert cut.startswith("… alpha")
    assert cut.endswith(" …")


@given(st.text("ab ", min_size=1, max_size=150), st.integers(1, 40))
@example("a b c", 3)
@example("a " + "b" * 61, 61)
@example("a " + "b" * 61, 62)
@example("ab", 2)
def test_without_marks_the_cut_is_at_the_last_space_of_sixty(text: str, width: int) -> None:
    spaces = [at for at in range(max(1, width - 60), width + 1) if text[at : at + 1] == " "]
    start, end = passages._window(text, (), width)  # noqa: SLF001
    assert (start, end) == (0, len(text) if width >= len(text) else max(spaces, default=width))


@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=80), st.data())
def test_an_excerpt_is_never_cut_inside_a_word(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    starts = [sum(len(word) + 1 for word in words[:at]) for at in range(len(words))]
    chosen = data.draw(st.sets(st.integers(0, len(words) - 1), max_size=5))
    marks = tuple((starts[at], starts[at] + len(words[at])) for at in sorted(chosen))
    cut, kept = excerpt(text, marks, 40)
    inside = cut.removeprefix("… ").removesuffix(" …")
    assert f" {inside} " in f" {text} "
    assert len(inside) <= 60
    assert all(cut[a:b] in words for a, b in kept)
    assert bool(kept) == bool(marks)
