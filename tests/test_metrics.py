"""The metrics of benchmarks/quality.py against trec_eval's, and by hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT, SEEDS

sys.path.insert(0, str(ROOT / "benchmarks"))

import metrics
import quality

NAMES = [f"d{number}" for number in range(30)]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.integers(-1, 4), min_size=1),
    st.permutations(NAMES),
    st.integers(0, 30),
)
def test_the_metrics_are_those_of_trec_eval(
    grades: dict[str, int], order: list[str], length: int
) -> None:
    ranking = order[:length]
    run = {"q": {name: float(-rank) for rank, name in enumerate(ranking)}}
    judged = {name: max(grade, 0) for name, grade in grades.items()}
    # trec_eval's gain is the grade itself: given 2^grade - 1, its nDCG is ours.
    gains = {name: 2**grade - 1 for name, grade in judged.items()}
    theirs: dict[str, float] = {}
    for wanted, qrels in (({"map", "recall"}, judged), ({"ndcg_cut"}, gains)):
        evaluator = pytrec_eval.RelevanceEvaluator({"q": qrels}, wanted)
        theirs |= evaluator.evaluate(run).get("q", {}) if ranking else {}
    assert metrics.ndcg(ranking, grades) == pytest.approx(theirs.get("ndcg_cut_10", 0.0))
    assert metrics.average_precision(ranking, grades) == pytest.approx(theirs.get("map", 0.0))
    assert metrics.recall(ranking, grades) == pytest.approx(theirs.get("recall_100", 0.0))


def test_the_metrics_by_hand() -> None:
    grades = {"a": 2, "b": 1, "c": 0}
    assert metrics.ndcg(["a", "b"], grades) == 1.0
    assert metrics.ndcg(["c", "a"], grades) == pytest.approx(
        (3 / 1.585) / (3 + 1 / 1.585), abs=1e-3
    )
    assert metrics.average_precision(["c", "a", "b"], grades) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert metrics.recall(["c", "a"], grades) == 0.5
    assert metrics.ndcg([], {}) == metrics.average_precision([], {}) == metrics.recall([], {}) == 0


def test_quality_measures_a_collection(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    (folder / "articles").mkdir(parents=True)
    for source in SEEDS.iterdir():
        (folder / "articles" / "right.txt").write_bytes(source.read_bytes())
    for number in range(3):
        text = f" date 2020-01-0{number + 1}\nOther {number}\nNothing of the matter.\n"
        (folder / "articles" / f"wrong{number}.txt").write_text(text)
    queries = [
        {"qid": "1", "text": "the nuclear threats of Putin"},
        {"qid": "2", "text": "unjudged"},
    ]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (folder / "qrels.tsv").write_text("1\tright\t1\n1\twrong0\t0\n")
    result = quality.measured(folder, tmp_path / "a.db")
    assert (result.articles, result.queries) == (4, 1)
    assert result.ours == result.plain == (1.0, 1.0, 1.0)
    assert quality.table([result])[-1].startswith("| mean ratio | | | 1.000 | 1.000 | 1.000 |")
