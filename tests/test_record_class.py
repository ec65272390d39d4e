"""`@record` against the dataclass of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from archive.record_class import record
from archive.records import Hit, Passage

ours: Any = record


class Plain:
    """A record."""

    number: int
    text: str = "none"
    rest: tuple[int, ...] = ()

    @property
    def double(self) -> int:
        return 2 * self.number


Ours: Any = ours(Plain)
Theirs: Any = dataclasses.dataclass(frozen=True, slots=True)(Plain)
CALLS = [((1,), {}), ((1, "a"), {}), ((), {"rest": (3,), "number": 2}), ((1, "a", (2,)), {})]


@pytest.mark.parametrize(("given", "named"), CALLS)
def test_it_is_as_the_original(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    mine, other = Ours(*given, **named), Theirs(*given, **named)
    assert repr(mine) == repr(other)
    assert hash(mine) == hash(other)
    assert dataclasses.asdict(mine) == dataclasses.asdict(other)
    assert (mine.double, mine.__doc__) == (other.double, other.__doc__)
    assert mine == Ours(*given, **named)
    assert mine != other
    assert mine != dataclasses.replace(mine, number=9) == Ours(9, mine.text, mine.rest)
    assert [f.name for f in dataclasses.fields(mine)] == [f.name for f in dataclasses.fields(other)]
    match mine:
        case Ours(number, text, rest):
            assert (number, text, rest) == (mine.number, mine.text, mine.rest)


@pytest.mark.parametrize(("given", "named"), [((), {}), ((1, "a", (), 4), {}), ((1,), {"no": 1})])
def test_wrong_arguments_are_refused(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    for made in (Ours, Theirs):
        with pytest.raises(TypeError):
            made(*given, **named)


def test_it_cannot_be_changed() -> None:
    mine = Ours(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        mine.number = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del mine.number
    with pytest.raises(AttributeError):
        mine.other = 2
    assert not hasattr(mine, "__dict__")


def test_public_records_travel() -> None:
    hit = Hit(1, "2023-01-31", None, None, "T", ((0, 1),), 1.5, (Passage(1, 1, "x"),))
    travelled = pickle.loads(pickle.dumps(hit))  # noqa: S301 - our own
    assert travelled == hit == copy.deepcopy(hit)
    assert dataclasses.asdict(hit)["paragraphs"][0]["text"] == "x"


def test_what_it_cannot_do_it_says() -> None:
    with pytest.raises(TypeError):
        ours(type("Child", (Plain,), {}))
