"""The decision table, without files or a database."""

from __future__ import annotations

import pytest

from archive.ingest.identity import KnownSource, Verdict, decide, need_not_read, same_bytes

SECOND = 1_000_000_000
READ_AT = 1_700_000_000 * SECOND + 500_000_000
BYTES, CONTENT, OTHER = b"bytes", b"content", b"other"


def known(revision: int | None = None) -> KnownSource:
    return KnownSource(1, 7, revision, BYTES, CONTENT)


@pytest.mark.parametrize(
    ("source", "content", "holder", "shared", "verdict"),
    [
        (None, CONTENT, None, False, Verdict.NEW),
        (None, CONTENT, 7, False, Verdict.FURTHER),
        (known(), CONTENT, 7, False, Verdict.REWRITTEN),
        (known(), CONTENT, 7, True, Verdict.REWRITTEN),
        (known(), OTHER, None, False, Verdict.CHANGED),
        (known(), OTHER, None, True, Verdict.SPLIT),
        (known(), OTHER, 8, False, Verdict.JOINED),
        (known(), OTHER, 8, True, Verdict.JOINED),
        (known(revision=2), CONTENT, None, False, Verdict.SPLIT),
        (known(revision=2), OTHER, None, False, Verdict.SPLIT),
        (known(revision=2), OTHER, 7, False, Verdict.JOINED),
    ],
)
def test_decides(
    source: KnownSource | None, content: bytes, holder: int | None, shared: bool, verdict: Verdict
) -> None:
    assert decide(source, content, holder, shared=shared) is verdict


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
    assert need_not_read(recorded, READ_AT, size, mtime_ns) is trusted


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
    assert need_not_read((100, mtime_ns), READ_AT, 100, mtime_ns) is trusted


def test_bytes_prove_only_what_the_source_holds_now() -> None:
    assert same_bytes(known()) == BYTES
    assert same_bytes(known(revision=1)) is None
    assert same_bytes(None) is None
