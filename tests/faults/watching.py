"""A pytest plugin for mutants.py: writes which blocks of code each test runs, and how long it takes.

Loaded with `-p watching` in a copy of the tree whose code marks its blocks (mutations.py) in the map
of bytes that FAULT_MAP names; every process that a test starts marks the same map. A line of JSON
for each test that passes goes to the file beside it.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator
from typing import Any

import pytest

BLOCKS = 1 << 16
_path = f"{os.environ['FAULT_MAPS']}/{os.getpid()}"
with open(_path, "wb") as _empty:
    _empty.write(bytes(BLOCKS))
os.chmod(_path, 0o666)  # noqa: S103 - a test runs the code as nobody
os.environ["FAULT_MAP"] = _path
with open(_path, "r+b") as _file:
    _map = mmap.mmap(_file.fileno(), 0)
_times: dict[str, float] = {}
_shared: dict[str, set[int]] = {}


def _marked() -> set[int]:
    return {at for at, mark in enumerate(_map[:]) if mark}


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Iterator[Any]:
    """What a shared fixture runs while it is made counts for every test that asks for it."""
    before = bytes(_map[:])
    _map[:] = bytes(BLOCKS)
    try:
        return (yield)
    finally:
        if fixturedef.scope != "function":
            _shared[fixturedef.argname] = _marked()
        for at, mark in enumerate(before):
            if mark:
                _map[at] = 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """What is marked from the set-up of a test to its end is this test's."""
    _map[:] = bytes(BLOCKS)
    _times[item.nodeid] = 0.0
    answer = yield
    seconds = _times.pop(item.nodeid)
    if seconds >= 0:
        run = _marked()
        for name in getattr(item, "fixturenames", ()):
            run |= _shared.get(name, set())
        line = {"test": item.nodeid, "seconds": seconds, "blocks": sorted(run)}
        with open(f"{_path}.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return answer


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Adds up the time; a test that does not pass is of no use, which -1 says."""
    if report.nodeid in _times and _times[report.nodeid] >= 0:
        failed = report.outcome == "failed"
        _times[report.nodeid] = -1 if failed else _times[report.nodeid] + report.duration
