"""A `Ranking` -> SQL: the best articles by the words of a query, and a page of them by all else.

    pool     the best by bm25 of the words; `others` are those after them
    own      the pool by its words, by neighbours, by words as written
    known    both, in a list where they have been asked for already
    related  the pool by the words of feedback
    whole    those that have all that is asked

Every score but the first is asked with `AND +rowid IN (the pool)`: FTS5 then finds all that match,
which is fast, and SQLite works out bm25 for the pool alone. The plus sign matters: without it the
match is run again for each article.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from archive.engines.sqlite.match import STEMS, WRITTEN, any_of
from archive.engines.sqlite.statements import SHOWN, Compiled, Statement, leaders
from archive.engines.sqlite.written import string
from archive.query.nodes import Text
from archive.text.folding import fold

if TYPE_CHECKING:
    from archive.engines.ranking import Ranking


def best(ranking: Ranking, conditions: Compiled, exact: str | None, most: int) -> Statement:
    """The best articles by the words of a query: id, score (higher is better) and 1 for one of
    the pool."""
    known = _known(ranking, conditions, exact, most)
    return _with(
        known, Statement("SELECT id, -score, pooled FROM known ORDER BY pooled DESC, score")
    )


def page(  # noqa: PLR0913, PLR0917 - a page is asked for so
    ranking: Ranking, conditions: Compiled, whole: Compiled, exact: str | None,
    limit: int, offset: int,
) -> Statement:  # fmt: skip
    """A page of articles with what is shown of them: as `Compiled.page`, 0 for one that lacks some
    of what is asked. Equal ones of the pool stand newest first."""
    known = _known(ranking, conditions, exact, max(ranking.pool, limit + offset))
    all_whole = int(whole == conditions)
    rows = [
        Statement(
            f"SELECT id, {ranking.word_weight!r} * score AS score, pooled, {all_whole} AS whole,"
            " 0 AS first, 0 AS exact FROM known"
        )
    ]
    related = any_of(map(Text, ranking.related))
    if related:
        pool = "SELECT id FROM known WHERE pooled"
        found = _scored(STEMS, related, ranking.title, pool, ranking.related_weight)
        rows.append(Statement(f"SELECT id, score, 0, 0, 0, 0 FROM ({found.sql})", found.values))
    if not all_whole:
        has_all = whole.among("SELECT id FROM known")
        rows.append(Statement(f"SELECT id, 0, 0, 1, 0, 0 FROM ({has_all.sql})", has_all.values))
    if exact:
        as_written = (
            f"SELECT rowid, 0, 0, 0, 0, 1 FROM {WRITTEN}"
            f" WHERE {WRITTEN} MATCH ? AND +rowid IN (SELECT id FROM known)"
        )
        rows.append(Statement(as_written, (exact,)))
    if ranking.first:
        leading = leaders(ranking.first)
        rows.append(Statement(f"SELECT id, 0, 0, 1, first, 0 FROM ({leading.sql})", leading.values))
    factor = f"CASE WHEN max(pooled) AND max(whole) THEN {ranking.whole!r} ELSE 1 END"
    return _with(
        known,
        _union(
            f"SELECT {SHOWN}, hit.score, hit.whole\nFROM"
            f" (SELECT id, sum(score) * {factor} AS score, max(pooled) AS pooled,"
            " max(whole) AS whole, max(first) AS first, max(exact) AS exact FROM (",
            rows,
            ") GROUP BY id) AS hit JOIN articles AS a ON a.id = hit.id\n"
            "ORDER BY hit.first DESC, hit.exact DESC, hit.score,"
            " CASE WHEN hit.pooled THEN a.published_on END DESC, a.id DESC LIMIT ? OFFSET ?",
            (limit, offset),
        ),
    )


def _known(
    ranking: Ranking, conditions: Compiled, exact: str | None, most: int
) -> dict[str, Statement]:
    """The parts of a statement up to `known`."""
    if ranking.known:
        pool, others = (
            json.dumps({at: -score for at, score, is_one in ranking.known if is_one == pooled})
            for pooled in (1, 0)
        )
        rows = "SELECT key + 0 AS id, value AS score, {} AS pooled FROM json_each(?)"
        return {"known": Statement(f"{rows.format(1)} UNION ALL {rows.format(0)}", (pool, others))}
    match = any_of(ranking.found_by)
    if most <= ranking.pool:
        parts = {"pool": conditions.scored(match, ranking.title, most, exact)}
        others = ""
    else:
        parts = {
            "found": conditions.scored(match, ranking.title, most, exact),
            "pool": Statement(
                "SELECT id, score FROM found ORDER BY score, id DESC LIMIT ?", (ranking.pool,)
            ),
        }
        others = " UNION ALL SELECT id, score, 0 FROM found WHERE id NOT IN (SELECT id FROM pool)"
    parts["known"] = _union(
        "SELECT id, sum(score) AS score, 1 AS pooled FROM (",
        _own(ranking),
        f") GROUP BY id{others}",
    )
    return parts


def _own(ranking: Ranking) -> list[Statement]:
    """The scores of a pool: a row for each article and part."""
    pool = "SELECT id FROM pool"
    anew = ranking.words != ranking.found_by
    found = [Statement(f"SELECT id, {'0.0 AS ' * anew}score FROM pool")]
    words = any_of(ranking.words)
    asked = [
        (1.0 * anew, STEMS, words),
        (ranking.pair_weight, STEMS, _neighbours(ranking.pairs, ranking.near)),
        (ranking.exact_weight, WRITTEN, words),
    ]
    return found + [
        _scored(index, match, ranking.title, pool, weight)
        for weight, index, match in asked
        if weight and match
    ]


def _neighbours(pairs: Sequence[tuple[str, str]], near: int) -> str:
    """The FTS5 expression for words side by side, and for words near each other."""
    folded = [(fold(left), fold(right)) for left, right in pairs]
    phrases = [string(f"{left} {right}") for left, right in folded]
    if near:
        phrases += [f"NEAR({string(left)} {string(right)}, {near})" for left, right in folded]
    return " OR ".join(phrases)


def _scored(index: str, match: str, title: float, pool: str, weight: float = 1.0) -> Statement:
    """The articles of a pool that an index finds, with their bm25."""
    times = "" if weight == 1 else f"{weight!r} * "
    return Statement(
        f"SELECT rowid AS id, {times}bm25({index}, 1.0, {title}) AS score FROM {index}"
        f" WHERE {index} MATCH ? AND +rowid IN ({pool})",
        (match,),
    )


def _union(
    before: str, parts: Sequence[Statement], after: str, values: tuple[int, ...] = ()
) -> Statement:
    """A statement about the rows of several others."""
    sql = " UNION ALL ".join(part.sql for part in parts)
    asked = tuple(value for part in parts for value in part.values)
    return Statement(before + sql + after, (*asked, *values))


def _with(parts: dict[str, Statement], rest: Statement) -> Statement:
    """A statement in named parts."""
    named = ",\n".join(f"{name} AS MATERIALIZED ({part.sql})" for name, part in parts.items())
    values: Iterable[Statement] = (*parts.values(), rest)
    return Statement(
        f"WITH {named}\n{rest.sql}", tuple(value for part in values for value in part.values)
    )
