"""Function words: plain words such as `the`, `of` and `what`, which say nothing about an article.

`read` leaves them out of what an article must hold; ranking gives them no weight.
"""

from __future__ import annotations

from archive.query.nodes import Node, Text
from archive.query.walk import conjunction, items_of

# English: articles, pronouns, prepositions, conjunctions, auxiliaries and question words.
_FUNCTION_WORDS = """
a about after against all also am among an and any anybody anyone anything are aren't as at be
because been before being between both but by can cannot can't could couldn't did didn't do does
doesn't doing don't during each either else ever every everyone everything few for from had has
hasn't have haven't having he hence her here hers herself him himself his how however i i'd i'll
i'm i've if in into is isn't it it's its itself may me might more most much must my myself neither
no nobody nor not nothing of off often on only onto or other others our ours ourselves out over
own per perhaps quite rather same shall she should shouldn't since so some somebody someone
something such than that that's the their theirs them themselves then there thereby therefore
these they this those though through thus to too toward towards unless until up upon us very via
was wasn't we were weren't what whatever what's when where whereas whether which while who whoever
whole whom whose why will with within without won't would wouldn't yet you your yours yourself
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())


def is_function_word(text: Text) -> bool:
    """Whether a word decides nothing: a plain one of the list, not an acronym such as US or WHO."""
    word = text.words
    plain = text.form == "any" and not (text.quoted or text.prefix or text.column)
    return plain and word.lower().replace("’", "'").strip("'\".,;:!?") in STOP_WORDS


def without_function_words(tree: Node) -> Node:
    """The tree without plain function words, where other words are left to search."""
    items = items_of(tree)
    kept = [item for item in items if not (isinstance(item, Text) and is_function_word(item))]
    if len(kept) == len(items) or not any(isinstance(item, Text) for item in kept):
        return tree
    return conjunction(kept)
