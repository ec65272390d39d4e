"""What the benchmarks share: whose turn it is, bounds that are missed, files that are not there."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

import measure


def test_each_round_begins_with_another() -> None:
    rounds = [measure.order(["us", "floor", "peer"], turn) for turn in range(4)]
    assert [turn[0] for turn in rounds] == ["us", "floor", "peer", "us"]
    assert all(sorted(turn) == ["floor", "peer", "us"] for turn in rounds)


@pytest.mark.parametrize(
    ("values", "bound", "median"),
    [
        ((1.0, 1.2, 1.3), 1.1, "MISSED 1.20"),
        ((1.0, 1.1, 1.3), 1.1, "1.10"),
        ((1.0, 1.2, 1.3), None, "1.20"),
    ],
)
def test_a_median_over_its_bound_is_marked(
    values: tuple[float, ...], bound: float | None, median: str
) -> None:
    cells = measure.Ratio("us / floor", values, bound, processes="2 / 1").cells()
    assert dict(zip(measure.COLUMNS, cells, strict=True)) == {
        "what": "us / floor", "to reach": "" if bound is None else "1.10", "minimum": "1.00",
        "median": median, "maximum": "1.30", "rounds": "3", "processes": "2 / 1",
    }  # fmt: skip


def test_processes_are_counted() -> None:
    started = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(0.5)'])"
    assert measure.run([sys.executable, "-c", "import time; time.sleep(0.2)"]).processes == 1
    assert measure.run([sys.executable, "-c", started]).processes == 2


def test_what_is_missing_is_an_error(tmp_path: Path) -> None:
    parser = measure.arguments("A question.")
    for given in ([], [str(tmp_path)], [str(tmp_path / "gone")], ["--invented", str(tmp_path)]):
        with pytest.raises(SystemExit, match=r"no articles|name a folder"):
            measure.base(parser.parse_args(given))
    assert measure.base(parser.parse_args(["--invented"])) is None
    (tmp_path / "a.txt").write_text("x")
    assert measure.base(parser.parse_args([str(tmp_path)])) == tmp_path.resolve()
    none: argparse.Namespace = parser.parse_args(["--invented"])
    with pytest.raises(SystemExit, match="peer is not installed"):
        measure.takes_part("peer", none, there=False)
    left_out = parser.parse_args(["--invented", "--without", "peer"])
    assert not measure.takes_part("peer", left_out, there=False)


def test_the_tables_of_the_documents_take_new_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {name: tmp_path / f"{name}.md" for name in ("PERFORMANCE", "README")}
    for name, page in pages.items():
        page.write_text(
            f"a\n{measure.BEGIN}\n\n| x |\n|---|\n| old |  | 1 | 2 | 3 |\n"
            f"| again |  | 1 | 2 | 3 |\n\n{measure.END}\nz\n"
        )
        monkeypatch.setattr(measure, name, page)
    given = measure.arguments("A question.").parse_args(["--invented", "--write"])
    measure.report([measure.Ratio("new", (2.0,), 1.0), measure.Ratio("again", (5.0,))], given)
    known = ["| old |  | 1 | 2 | 3 |  |  |", "| again |  | 5.00 | 5.00 | 5.00 | 1 | 1 |"]
    new = ["| new | 1.00 | 2.00 | **MISSED** 2.00 | 2.00 | 1 | 1 |"]
    written = {name: page.read_text().splitlines() for name, page in pages.items()}
    assert written["PERFORMANCE"][5:-3] == known + new
    assert written["README"][5:-3] == known
