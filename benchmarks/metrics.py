"""How good a ranking is, against graded judgements: nDCG, average precision, recall.

A ranking is a list of document names, best first; judgements map names to grades (0 or less: not
relevant). tests/test_metrics.py compares these with trec_eval's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Grades = Mapping[str, int]


def ndcg(ranking: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth`, with gain 2^grade - 1 (Burges et
    al. 2005) and discount log2(rank + 1); 0 where nothing is relevant."""
    gains = [_gain(grades.get(name, 0)) for name in ranking[:depth]]
    ideal = sorted(map(_gain, grades.values()), reverse=True)[:depth]
    best = _discounted(ideal)
    return _discounted(gains) / best if best else 0.0


def _gain(grade: int) -> float:
    return 2.0**grade - 1 if grade > 0 else 0.0


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def average_precision(ranking: Sequence[str], grades: Grades) -> float:
    """Mean of the precision at the rank of each relevant document, 0 for those not ranked."""
    relevant = sum(grade > 0 for grade in grades.values())
    found, total = 0, 0.0
    for rank, name in enumerate(ranking, 1):
        if grades.get(name, 0) > 0:
            found += 1
            total += found / rank
    return total / relevant if relevant else 0.0


def recall(ranking: Sequence[str], grades: Grades, depth: int = 100) -> float:
    """Share of the relevant documents that are among the first `depth`."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0
