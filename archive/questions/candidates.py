"""Which articles may hold a quotation whose words are not all right: those with what is rare in it.

The rarest words and the rarest pairs of neighbours vote, each with the more weight the fewer
articles have it. Pairs matter: where three quarters of a text's words are right, two right ones
stand side by side, however common each is alone.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive.query.nodes import EVERYTHING, Text

if TYPE_CHECKING:
    from archive.engines.finding import Index
    from archive.engines.texts import Terms

_COUNTED = 60
"""Most words whose articles are counted: the longest ones."""
_VOTES = 12
"""Words, and pairs, that vote."""
_LEAST = 0.4
"""Share of the most votes that an article must have."""
_VOTERS = 50_000
"""Most articles that one word or pair votes for."""


def by_rare_words(
    index: Index, terms: Terms, parts: Sequence[Sequence[str]], most: int
) -> list[int]:
    """Articles that hold some of the rarest words of a quotation, the likeliest first."""
    total = index.plan(EVERYTHING).count()
    longest = sorted({word for part in parts for word in part}, key=lambda word: (-len(word), word))
    counts = {word: index.plan(Text(word)).count() for word in longest[:_COUNTED]}
    rare = sorted((word for word in counts if counts[word]), key=counts.__getitem__)[:_VOTES]
    pairs = {(a, b) for part in parts for a, b in itertools.pairwise(part)}
    rarest = sorted(
        (min(counts.get(a, total), counts.get(b, total)), a, b)
        for a, b in pairs
        if counts.get(a, 1) and counts.get(b, 1)
    )[:_VOTES]
    votes: defaultdict[int, float] = defaultdict(float)
    for words in [[word] for word in rare] + [[a, b] for _, a, b in rarest]:
        found = terms.holding(words, _VOTERS)
        weight = math.log((total + 1) / (len(found) + 0.5))
        for article in found:
            votes[article] += weight
    enough = _LEAST * max(votes.values(), default=0)
    likely = [article for article in votes if votes[article] >= enough]
    return sorted(likely, key=lambda article: (-votes[article], article))[:most]
