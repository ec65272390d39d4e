"""The program's answers beside those of a plain scan of the texts (`plain_scan`)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archive import Archive
from plain_scan import compared, hostile


@pytest.mark.parametrize("seed", [1, 2])
def test_finds_in_hostile_text_what_a_scan_finds(tmp_path: Path, seed: int) -> None:
    chosen = random.Random(seed)  # noqa: S311 - the same in every run
    hostile(chosen, tmp_path, 40)
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path])
        assert compared(archive, chosen, 120) == []
