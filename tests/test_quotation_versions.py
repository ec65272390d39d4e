"""Quotations of versions that were replaced: which come close, and what comes first."""

from __future__ import annotations

import os

import pytest

from archive import Archive

LONG_BEFORE = [
    f"{chr(97 + n % 26)}{'evening' if n % 3 else 'sun'}{chr(97 + n // 26)}" for n in range(60)
]
BEFORE = (
    "The old bridge across the wide river Wełna didn't survive the heavy storm in March.\n"
    "Eight plain words stand here in one row.\n" + " ".join(LONG_BEFORE)
)
AFTER = "The old bridge across the wide river Wełna did survive the heavy storm in April."


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One article: version 1 has three paragraphs, the current one another first one alone."""
    root = tmp_path_factory.mktemp("corrected")
    path = root / "a.txt"
    with Archive(root / "a.db") as archive:
        for at, text in enumerate((BEFORE, AFTER)):
            path.write_text(f" date 2023-01-31\nBridge\n{text}\n", encoding="utf-8")
            os.utime(path, (1_600_000_000 + at, 1_600_000_000 + at))
            archive.ingest([path])
        assert archive.article(1).versions == 2
    return str(root / "a.db")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        # as written, whatever comes close in the current version
        (BEFORE.split("\n")[0], [("1@1:1", 15, 15)]),
        ("WIDE RIVER WELNA DIDN’T SURVIVE", [("1@1:1", 5, 5)]),
        # the best first; of equal ones the current one
        ("The old bridge across the wide stream Wełna didn’t survive the heavy storm in March",
         [("1@1:1", 14, 15), ("1:1", 12, 15)]),
        ("The old bridge across the wide river Wełna would survive the heavy storm in May",
         [("1:1", 13, 15), ("1@1:1", 13, 15)]),
        # close where three words of four agree
        ("Eight simple sentences stand here in one row", [("1@1:2", 6, 8)]),
        ("Eight simple sentences appear here in one row", []),
        ("Eight plain words stand somewhere in one endless row", [("1@1:2", 7, 9)]),
        # more words than are looked for, the longest ones changed
        (" ".join(w if n % 5 else f"somethingelse{n}" for n, w in enumerate(LONG_BEFORE)),
         [("1@1:3", 48, 60)]),
    ],
)  # fmt: skip
def test_a_close_quotation_of_a_replaced_version(
    corrected: str, text: str, places: list[tuple[str, int, int]]
) -> None:
    with Archive(corrected) as archive:
        found = archive.quote(text)
    assert [(place.citation, place.agreeing, place.words) for place in found] == places
    assert [place.exact for place in found] == [right == words for _, right, words in places]
