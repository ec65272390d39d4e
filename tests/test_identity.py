"""The rules of identity over plain records, without files or a database."""

from __future__ import annotations

import pytest

from archive.incoming import FoundFile, ParsedFile
from archive.ingest.identity import (
    LIKE_SHARE,
    Claim,
    Earlier,
    Further,
    KnownSource,
    NewArticle,
    NewVersion,
    Rewritten,
    Standing,
    Text,
    alike,
    decide,
    first_look,
    given_away,
    marks,
    match,
    need_not_read,
)
from archive.records import Article

SECOND = 1_000_000_000
READ_AT = 1_700_000_000 * SECOND + 500_000_000
PARSED = ParsedFile(
    FoundFile("/news/a.txt", 10, 1), Article("2023-01-31", "T", ("Text.",)), b"bytes", b"content",
    None, 1, None, None,
)  # fmt: skip
SAME, OTHER = (KnownSource(1, 7, None, b"old bytes", content) for content in (b"content", b"other"))


@pytest.mark.parametrize(
    ("source", "standing", "losses", "change"),
    [
        (None, Standing(), False, NewArticle(PARSED)),
        (None, Standing(), True, None),
        (None, Standing(current=7), True, Further(PARSED, None, "copied")),
        (None, Standing(current=7, left=True), True, Further(PARSED, None, "moved")),
        (None, Standing(earlier=(7, 1)), False, None),
        (SAME, Standing(current=7), True, Rewritten(PARSED, SAME)),
        (OTHER, Standing(), True, None),
        (OTHER, Standing(current=8), True, None),
    ],
)
def test_what_no_other_file_can_alter_is_decided_at_once(
    source: KnownSource | None, standing: Standing, losses: bool, change: object
) -> None:
    assert first_look(PARSED, source, standing, losses=losses) == change


@pytest.mark.parametrize(
    ("source", "standing", "first", "change"),
    [
        (None, Standing(), True, NewArticle(PARSED)),
        (None, Standing(), False, Further(PARSED, None, "copied")),
        (OTHER, Standing(), True, NewArticle(PARSED, OTHER)),
        (OTHER, Standing(current=8), True, Further(PARSED, OTHER, "copied")),
        (OTHER, Standing(current=8, left=True), True, Further(PARSED, OTHER, "moved")),
        (OTHER, Standing(claim=7), True, NewVersion(PARSED, 7, OTHER)),
        (OTHER, Standing(claim=7), False, Further(PARSED, OTHER, "changed")),
        (None, Standing(claim=7), True, NewVersion(PARSED, 7, None)),
        (OTHER, Standing(8, superseded=True), True, Earlier(PARSED, OTHER, 8, None, "copied")),
        (None, Standing(earlier=(7, 2)), True, Earlier(PARSED, None, 7, 2, "copied")),
        (None, Standing(earlier=(7, 2), backed=False), True, Earlier(PARSED, None, 7, 2, "copied")),
        (
            OTHER,
            Standing(earlier=(7, 2), backed=False, newest=True),
            True,
            NewVersion(PARSED, 7, OTHER),
        ),
        (
            OTHER,
            Standing(earlier=(7, 2), backed=False, newest=True),
            False,
            Further(PARSED, OTHER, "changed"),
        ),
    ],
)
def test_decides_on_what_waited(
    source: KnownSource | None, standing: Standing, first: bool, change: object
) -> None:
    assert decide(PARSED, source, standing, first=first) == change


@pytest.mark.parametrize(
    ("standing", "given"),
    [
        (Standing(), True),
        (Standing(current=8), True),
        (Standing(current=7), False),
        (Standing(claim=7), False),
        (Standing(claim=8), True),
        (Standing(earlier=(7, 1)), False),
    ],
)
def test_a_path_is_given_away_where_it_comes_to_another_article(
    standing: Standing, given: bool
) -> None:
    assert given_away(decide(PARSED, OTHER, standing, first=True), standing) is given
    assert not given_away(decide(PARSED, None, standing, first=True), standing)


def test_the_strongest_claims_hold_one_for_each_content_and_article() -> None:
    claims = [Claim(1, 7), Claim(2, 7), Claim(1, 8), Claim(2, 9), Claim(3, 9), Claim(3, 8)]
    assert list(match(claims)) == [Claim(1, 7), Claim(2, 9), Claim(3, 8)]


def words(first: int, last: int) -> str:
    return " ".join(f"word{number}" for number in range(first, last))


OLD = Text("2023-01-31", "Quake hits the east", words(0, 60))


@pytest.mark.parametrize(
    ("new", "elsewhere", "same_place"),
    [
        (Text("2023-01-31", "QUAKE hits the east", words(100, 160)), True, True),
        (Text("2023-02-01", "Quake hits the east", words(100, 160)), False, True),
        (Text("2023-02-01", "Quake: 12 dead", words(0, 60)), True, True),
        (Text("2023-02-01", "Quake: 12 dead", words(0, 40) + words(100, 120)), True, True),
        (Text("2023-02-01", "Bank raises rates", words(0, 20) + words(100, 140)), False, False),
        (Text("2023-02-01", "Bank raises rates", words(0, 60) + words(100, 400)), True, True),
        (Text("2023-02-01", "Bank raises rates", words(100, 160)), False, False),
    ],
)
def test_is_alike(new: Text, elsewhere: bool, same_place: bool) -> None:
    assert (alike(OLD, new, same_place=False) >= LIKE_SHARE) is elsewhere
    assert (alike(OLD, new, same_place=True) >= LIKE_SHARE) is same_place


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Story alpha|Only alpha is told in this paragraph number alpha.",) * 2,
        ("Gold closes at 1,412|" + words(0, 40), "Gold closes at 1,418|" + words(0, 40)),
    ],
)
def test_short_texts_need_more_and_numbers_may_be_corrected(old: str, new: str) -> None:
    before, after = (Text("2023-01-31", *text.split("|")) for text in (old, new))
    assert alike(before, after, same_place=True)
    other = Text("2023-01-31", "Story zulu", "Only zulu is told in this paragraph number zulu.")
    assert not alike(before, other, same_place=False)


def test_a_form_filled_in_anew_is_another_story() -> None:
    form = (
        "Closing prices on day {0}: gold {0}1.5, silver {0}7.25, copper {0}2, tin {0}9. "
        + words(0, 60)
    )
    one, other = (Text(f"2023-01-{n}", f"Prices {n}", form.format(n)) for n in (11, 23))
    assert not alike(one, other, same_place=True)


def test_marks_lead_from_a_correction_to_what_it_corrects() -> None:
    assert marks(OLD) & marks(Text("2024-01-01", "quake hits THE east", "Nothing else."))
    assert marks(OLD) & marks(Text("2024-01-01", "Other", words(0, 30) + words(100, 130)))
    assert not marks(OLD) & marks(Text("2024-01-01", "Other", words(100, 160)))


@pytest.mark.parametrize(
    ("size", "mtime_ns", "trusted"),
    [
        (100, 1_600_000_000 * SECOND, True),
        (101, 1_600_000_000 * SECOND, False),
        (100, 1_600_000_001 * SECOND, False),
    ],
)
def test_a_file_is_skipped_only_with_its_size_and_time(
    size: int, mtime_ns: int, trusted: bool
) -> None:
    recorded = (100, 1_600_000_000 * SECOND)
    assert need_not_read(recorded, READ_AT, FoundFile("/a", size, mtime_ns)) is trusted


@pytest.mark.parametrize(
    ("mtime_ns", "trusted"),
    [
        (READ_AT + 1, False),
        (READ_AT - 1, False),
        (READ_AT - 19_999_999, False),
        (READ_AT - 20_000_001, True),
        (1_700_000_000 * SECOND, False),  # whole seconds: perhaps a clock of two-second steps
        (1_699_999_999 * SECOND, False),
        (1_699_999_998 * SECOND, True),
    ],
)
def test_a_time_as_fresh_as_the_run_is_not_trusted(mtime_ns: int, trusted: bool) -> None:
    assert need_not_read((100, mtime_ns), READ_AT, FoundFile("/a", 100, mtime_ns)) is trusted


@pytest.mark.parametrize(
    ("changed_ns", "trusted"),
    [(READ_AT + 1, False), (READ_AT - 1, True), (READ_AT - SECOND, True)],
)
def test_a_time_that_was_put_back_is_not_trusted(changed_ns: int, trusted: bool) -> None:
    old = 1_600_000_000 * SECOND
    file = FoundFile("/a", 100, old, None, changed_ns)
    assert need_not_read((100, old), READ_AT, file) is trusted
