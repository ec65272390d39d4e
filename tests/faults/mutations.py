"""Small faults made from the syntax tree of a module, and the blocks of code that they lie in.

`mutations` lists every fault that a module can be given, each named by its function and by what is
done there; `mutated` gives the module's source with one of them. `watched` gives the source in which
each block says, in a map of bytes shared by all processes, that it was run: mutants.py chooses by
that map the tests that can notice a fault.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COMPOUND = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Match)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# What stands in these fields is no code that runs for its value, or runs once at import.
SKIPPED = frozenset({"annotation", "returns", "decorator_list", "type_params", "type_comment"})
OPPOSITE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
COMMUTE = frozenset({"min", "max", "isinstance"})
"""Calls whose arguments are not exchanged: nothing changes, or nothing runs."""
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutation:
    """One fault: `number` is its place among those of its file, `block` the block that it is in."""

    file: str
    function: str
    what: str
    number: int
    block: int

    def __str__(self) -> str:
        return f"{self.file}, {self.function}: {self.what}"


@dataclass(frozen=True)
class _Place:
    """Where the walk is."""

    function: str
    block: int
    statement: ast.AST


_Found = tuple[_Place, str, Callable[[], None]]
"""Where, what is done, and a call that does it to the tree."""


def mutations(file: str, source: str) -> list[Mutation]:
    """Every fault that this source can be given."""
    found: list[Mutation] = []
    seen: Counter[tuple[str, str]] = Counter()
    for number, (place, what, _) in enumerate(_every(ast.parse(source))):
        where = "" if what.startswith(f"`{_shown(place.statement)}`") else _shown(place.statement)
        named = f"{what}, in `{where}`" if where else what
        seen[place.function, named] += 1
        again = seen[place.function, named]
        named += f" ({again})" if again > 1 else ""
        found.append(Mutation(file, place.function, named, number, place.block))
    return found


def mutated(source: str, number: int) -> str:
    """The source with the fault of that number."""
    tree = ast.parse(source)
    _, _, change = list(_every(tree))[number]
    change()
    return ast.unparse(ast.fix_missing_locations(tree))


def watched(source: str, first: int) -> tuple[str, int]:
    """The source whose blocks mark byte `first` and the following ones of the map named by
    FAULT_MAP; and how many blocks it has."""
    tree = ast.parse(source)
    blocks = _number_blocks(tree)
    for number, (statements, at) in reversed(list(enumerate(blocks))):
        statements.insert(at, ast.parse(f"_fault_map[{first + number}] = 1").body[0])
    after = next(
        at for at, node in enumerate([*tree.body, None])
        if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    )  # fmt: skip
    tree.body[after:after] = ast.parse(_PREAMBLE).body
    return ast.unparse(ast.fix_missing_locations(tree)), len(blocks)


# Stands in the module itself: one of ours is run as a file, without the package.
_PREAMBLE = """
import mmap as _mmap, os as _os
try:
    with open(_os.environ["FAULT_MAP"], "r+b") as _file:
        _fault_map = _mmap.mmap(_file.fileno(), 0)
except (KeyError, OSError):
    _fault_map = bytearray(1 << 16)
"""


def _number_blocks(tree: ast.Module) -> list[tuple[list[ast.stmt], int]]:
    """Give each statement within a function the number of its block; the blocks as the list of
    statements that they are in, and their place there. A block ends where code branches."""
    blocks: list[tuple[list[ast.stmt], int]] = []

    def number(node: ast.AST, inside: bool) -> None:
        inside = inside or isinstance(node, FUNCTIONS)
        for value in (getattr(node, field, None) for field in node._fields):
            if inside and isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                begins = True
                for at, statement in enumerate(value):
                    docstring = at == 0 and _is_text(statement) and isinstance(node, FUNCTIONS)
                    if begins and not docstring:
                        blocks.append((value, at))
                        begins = False
                    statement.block = len(blocks) - 1
                    number(statement, inside)
                    begins = begins or isinstance(statement, COMPOUND)
            else:
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        number(child, inside)

    number(tree, inside=False)
    return blocks


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _every(tree: ast.Module) -> Iterator[_Found]:
    """All faults, in the order of the source."""
    _number_blocks(tree)
    yield from _below(tree, _Place("", -1, tree), within=False)


def _below(node: ast.AST, place: _Place, *, within: bool) -> Iterator[_Found]:
    for field, value in ast.iter_fields(node):
        if field in SKIPPED:
            continue
        for at, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or (isinstance(child, ast.stmt) and _is_text(child)):
                continue

            def put(
                new: ast.AST, at: int | None = at, field: str = field, value: object = value
            ) -> None:
                if at is None:
                    setattr(node, field, new)
                else:
                    value[at] = new  # type: ignore[index]

            named = isinstance(child, (*FUNCTIONS, ast.ClassDef))
            function = f"{place.function}.{child.name}".lstrip(".") if named else place.function  # type: ignore[attr-defined]
            block = getattr(child, "block", place.block)
            inside = within or isinstance(child, FUNCTIONS)
            if isinstance(child, FUNCTIONS):  # a default belongs to the function that it is of
                block = getattr(child.body[-1 if len(child.body) == 1 else 1], "block", -1)
            statement = child if isinstance(child, ast.stmt) else place.statement
            there = _Place(function, block, statement)
            if inside:
                for what, change in _faults(child, put):
                    yield there, what, change
            yield from _below(child, there, within=inside)


_Change = tuple[str, Callable[[], None]]
"""What is done, and a call that does it to the tree."""
_Put = Callable[[ast.AST], None]


def _faults(node: ast.AST, put: _Put) -> Iterator[_Change]:
    """What can be done to one node."""
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        yield from _of_a_condition(node)
    elif isinstance(node, ast.stmt):
        yield from _of_a_statement(node, put)
    elif isinstance(node, ast.Call):
        yield from _of_a_call(node, put)
    elif isinstance(node, ast.Constant):
        yield from _of_a_constant(node, put)
    else:
        yield from _of_an_expression(node, put)


def _becomes(node: ast.AST, put: _Put, new: ast.AST, what: str = "") -> _Change:
    return f"`{_shown(node)}` {what or f'becomes `{_shown(new)}`'}", lambda: put(new)


def _of_a_condition(node: ast.If | ast.While | ast.IfExp) -> Iterator[_Change]:
    kind, test = "while" if isinstance(node, ast.While) else "if", node.test
    inverted = _setter(node, "test", ast.UnaryOp(ast.Not(), test))
    yield f"`{kind} {_shown(test)}` inverted", inverted
    yield f"`{kind} {_shown(test)}` never true", _setter(node, "test", ast.Constant(value=False))
    if kind == "if":
        yield f"`if {_shown(test)}` always true", _setter(node, "test", ast.Constant(value=True))


def _of_a_statement(node: ast.stmt, put: _Put) -> Iterator[_Change]:
    match node:
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            nothing = _setter(node, "value", ast.Constant(None))
            yield f"`return {_shown(value)}` returns None", nothing
        case ast.Continue():
            yield _becomes(node, put, ast.Break())
        case (
            ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Break()
            | ast.Assign(targets=[ast.Attribute() | ast.Subscript()])
        ):  # fmt: skip
            yield _becomes(node, put, ast.Pass(), "removed")


def _of_a_call(node: ast.Call, put: _Put) -> Iterator[_Change]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if len(node.args) >= 2 and name not in COMMUTE:
        one, two, *rest = node.args
        starred = isinstance(one, ast.Starred) or isinstance(two, ast.Starred)
        if not starred and ast.dump(one) != ast.dump(two):
            yield _becomes(node, put, _with(node, args=[two, one, *rest]))
    for at, keyword in enumerate(node.keywords):
        if keyword.arg not in (None, "strict"):  # `strict` only watches over ourselves
            others = [*node.keywords[:at], *node.keywords[at + 1 :]]
            yield _becomes(node, put, _with(node, keywords=others), f"without `{keyword.arg}`")


def _of_a_constant(node: ast.Constant, put: _Put) -> Iterator[_Change]:
    if isinstance(node.value, bool):
        yield _becomes(node, put, ast.Constant(not node.value))
    elif isinstance(node.value, int):
        yield _becomes(node, put, ast.Constant(node.value + 1))
        if node.value:
            yield _becomes(node, put, ast.Constant(node.value - 1))


def _of_an_expression(node: ast.AST, put: _Put) -> Iterator[_Change]:
    match node:
        case ast.Compare(ops=[compared]):
            for other in OPPOSITE[type(compared)]:
                yield _becomes(node, put, _with(node, ops=[other()]))
        case ast.BoolOp():
            opposite = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield _becomes(node, put, _with(node, op=opposite))
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield _becomes(node, put, node.operand)
        case ast.BinOp() if type(node.op) in OPERATORS:
            sides = (node.left, node.right)
            if not any(isinstance(side, ast.JoinedStr) or _is_str(side) for side in sides):
                yield _becomes(node, put, _with(node, op=OPERATORS[type(node.op)]()))
        case ast.comprehension(ifs=[_, *_]):
            shown = " and ".join(map(_shown, node.ifs))
            yield f"the condition `{shown}` of a comprehension lost", _setter(node, "ifs", [])
        case ast.Name(ctx=ast.Load()) if node.id in NAMES:
            yield _becomes(node, put, _with(node, id=NAMES[node.id]))
        case ast.Slice() if node.lower or node.upper:
            yield _becomes(node, put, ast.Slice(), "becomes the whole")


def _with(node: ast.AST, **changed: object) -> ast.AST:
    new = copy.copy(node)
    for field, value in changed.items():
        setattr(new, field, value)
    return new


def _setter(node: ast.AST, field: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, field, value)


def _is_str(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _shown(node: ast.AST) -> str:
    """A node in one short line; of a compound statement the head."""
    text = " ".join(ast.unparse(node).split())
    if isinstance(node, (*COMPOUND, *FUNCTIONS)):
        text = ast.unparse(_with(node, body=[])).splitlines()[0].rstrip(":")
    text = text.replace("`", "'").replace("|", "¦")
    return text if len(text) <= 70 else f"{text[:67]}..."
