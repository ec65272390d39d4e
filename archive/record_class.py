"""`@record`: a class as a frozen record with slots, cheap to define; imports nothing of ours.

It does what `dataclass(frozen=True, slots=True)` does at a sixth of the cost: the standard library
compiles six functions for each class, 0.4 ms, and a search meets some thirty classes before its
first result (benchmarks/log.md). This one compiles `__init__` alone and shares the rest.
`replace`, `asdict` and `fields` of `dataclasses` work on records; inheritance, `field` and
`__post_init__` do not: use `dataclasses.dataclass` for those.
"""

from __future__ import annotations

from typing import Any, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type)


@dataclass_transform(frozen_default=True)
def record(cls: _Class) -> _Class:
    """Returns the class anew, as a frozen record with slots; `TypeError` for a class that has a
    base class or `__post_init__`."""
    namespace = dict(cls.__dict__)
    names = tuple(namespace.get("__annotations__", ()))
    if cls.__bases__ != (object,) or "__post_init__" in namespace:
        raise TypeError(f"{cls.__name__}: use dataclasses.dataclass")
    defaults = {name: namespace.pop(name) for name in names if name in namespace}
    for name in ("__dict__", "__weakref__"):
        namespace.pop(name, None)
    scope: dict[str, Any] = {"_set": object.__setattr__, "_defaults": defaults}
    given = [f"{name}=_defaults[{name!r}]" if name in defaults else name for name in names]
    body = [f" _set(self, {name!r}, {name})" for name in names] or [" pass"]
    exec("\n".join((f"def __init__(self, {', '.join(given)}):", *body)), scope)  # noqa: S102
    shared = {
        "__init__": scope["__init__"],
        "__repr__": _repr,
        "__eq__": _eq,
        "__hash__": _hash,
        "__reduce__": _reduce,
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__slots__": names,
        "__match_args__": names,
        "__dataclass_fields__": _Fields(),
    }
    made: Any = type(
        cls.__name__, (), shared | {k: v for k, v in namespace.items() if k != "__hash__"}
    )
    return made  # type: ignore[no-any-return]


def _values(record: Any) -> tuple[Any, ...]:
    return tuple([getattr(record, name) for name in record.__slots__])


def _repr(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name in self.__slots__)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: object) -> Any:
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _reduce(self: Any) -> tuple[type, tuple[Any, ...]]:
    return type(self), _values(self)


def _refuse(_: object, name: str, *__: object) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - rare

    raise FrozenInstanceError(f"cannot change field {name!r}")


class _Fields:
    """What the functions of `dataclasses` ask of a class, worked out when they do."""

    def __get__(self, _: object, cls: Any) -> Any:
        import dataclasses  # noqa: PLC0415 - rare

        defaults = cls.__init__.__defaults__ or ()
        names = cls.__slots__
        plain: list[Any] = [(name, Any) for name in names[: len(names) - len(defaults)]]
        given = zip(names[len(plain) :], defaults, strict=True)
        plain += [(name, Any, dataclasses.field(default=value)) for name, value in given]
        made: Any = dataclasses.make_dataclass(cls.__name__, plain)
        cls.__dataclass_fields__ = made.__dataclass_fields__  # worked out once
        return made.__dataclass_fields__
