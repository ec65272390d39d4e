"""Faults that are known: those that the archive once had or could easily have, each with the tests
that notice it, and those of mutations.py that change nothing that can be seen, each with the reason.

A fault is found by the name of its function, whichever module that is in; the change is made to the
function's tree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Change = Callable[[Any], int]
"""Changes the tree of a function (or module), and says how many places it found."""


@dataclass(frozen=True)
class Fault:
    """A fault: `change` is done to `function` (both of two names with `or` between, the module where
    there is none); `tests` are what pytest is given."""

    name: str
    function: str
    change: Change
    tests: str

    def put_into(self, source: str) -> str | None:
        """The source with the fault; None where it has no such function, or nothing to change."""
        tree = ast.parse(source)
        found = [
            node
            for name in self.function.split(" or ")
            for node in _functions(tree, name.split(".") if name else [])
        ]
        places = sum(self.change(node) for node in found)
        if not places:
            return None
        return ast.unparse(ast.fix_missing_locations(tree))


def _functions(node: ast.AST, names: list[str]) -> list[ast.AST]:
    """The functions of that qualified name."""
    if not names:
        return [node]
    kinds = (ast.FunctionDef, ast.ClassDef)
    inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, kinds)]
    return [
        found for child in inner if child.name == names[0] for found in _functions(child, names[1:])
    ]


class _Exchange(ast.NodeTransformer):
    """Puts another node in the place of each for which `change` gives one."""

    def __init__(self, change: Callable[[ast.AST], ast.AST | None]) -> None:
        self.change, self.places = change, 0

    def visit(self, node: ast.AST) -> ast.AST:
        new = self.change(node)
        if new is None:
            return self.generic_visit(node)
        self.places += 1
        return new


def _exchange(change: Callable[[ast.AST], ast.AST | None]) -> Change:
    def within(function: ast.AST) -> int:
        exchange = _Exchange(change)
        exchange.generic_visit(function)
        return exchange.places

    return within


def _called(node: ast.AST) -> str | None:
    """The last name of what is called."""
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "attr", getattr(node.func, "id", None))


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def lost(name: str, argument: str | None = None) -> Change:
    """A statement that is a call of that name, with that first argument, is left out."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Expr) or _called(node.value) != name:
            return None
        call = node.value
        assert isinstance(call, ast.Call)
        first = call.args[0] if call.args else None
        fits = argument is None or (isinstance(first, ast.Constant) and first.value == argument)
        return ast.Pass() if fits else None

    return _exchange(change)


def call_becomes(name: str, new: str) -> Change:
    """A call of that name becomes an expression, in which SELF is what the method belonged to."""

    def change(node: ast.AST) -> ast.AST | None:
        if _called(node) != name:
            return None
        assert isinstance(node, ast.Call)
        own = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        return _expression(new.replace("SELF", own))

    return _exchange(change)


def attribute_becomes(name: str, new: str) -> Change:
    return _exchange(
        lambda node: (
            _expression(new) if isinstance(node, ast.Attribute) and node.attr == name else None
        )
    )


def never(name: str) -> Change:
    """The conditions in which that name stands are never true."""

    def change(function: ast.AST) -> int:
        found = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.If) and re.search(rf"\b{name}\b", ast.unparse(node.test))
        ]
        for node in found:
            node.test = ast.Constant(value=False)
        return len(found)

    return change


def returns(new: str) -> Change:
    """The function does nothing but return that."""

    def change(function: Any) -> int:
        function.body = [ast.Return(_expression(new))]
        return 1

    return change


def assigned(name: str, new: str) -> Change:
    """The constant has another value."""

    def change(node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.Assign(node.targets, _expression(new))
        return None

    return _exchange(change)


def constant_becomes(old: str, new: str) -> Change:
    """That text is another."""
    return _exchange(
        lambda node: (
            ast.Constant(new) if isinstance(node, ast.Constant) and node.value == old else None
        )
    )


FAULTS = (
    Fault("autocommit", "Store._begin", lost("execute", "BEGIN IMMEDIATE"),
          "tests/test_migrations.py -k killed_before_any"),
    Fault("no index in the transaction", "Store._write_text", lost("index"),
          "tests/test_search.py -k finds_these"),
    Fault("splitlines", "parse", call_becomes("split", "SELF.splitlines()"),
          "tests/test_dated_text.py -k golden"),
    Fault("no content hash", "_article", never("digest"), "tests/test_cli.py -k verify_names"),
    Fault("errors caught and passed over", "_Run.take", lost("reject"),
          "tests/test_ingest.py -k rejections"),
    Fault("query unquoted", "string", returns("folded"), "tests/test_search.py -k any_query"),
    Fault("escape missing", "inert", returns("text"), "tests/test_cli.py -k acts_on_the_terminal"),
    Fault("formulas in CSV", "_safe_cell",
          returns("inert(value) if isinstance(value, str) else value"),
          "tests/test_cli.py -k acts_on_the_terminal"),
    Fault("authorizer off", "_close_in", lost("set_authorizer"), "tests/test_sql.py -k refused"),
    Fault("memory of SQL unbounded", "", assigned("MEMORY", "1 << 40"), "tests/test_sql.py -k memory"),
    Fault("time of SQL unbounded in one step", "_frames", call_becomes("poll", "SELF.poll(20_000)"),
          "tests/test_sql.py -k has_no_end_says"),
    Fault("lock off", "_try_lock", lost("flock"), "tests/test_backups.py -k same_lock"),
    Fault("foreign keys on in a migration", "to_newest", lost("execute", "PRAGMA foreign_keys = OFF"),
          "tests/test_faults.py -k rebuilds_a_table"),
    Fault("fresh files believed at once", "_is_fresh", returns("False"),
          "tests/test_ingest.py -k torn"),
    Fault("original bytes not kept", "parse", call_becomes("compress", "None"),
          "tests/test_ingest.py -k line_ends"),
    Fault("links followed", "_walk", call_becomes("is_dir", "SELF.is_dir()"),
          "tests/test_find.py -k links"),
    Fault("newer archives taken", "revision_of", never("REVISIONS"), "tests/test_ingest.py -k newer"),
    Fault("backups not verified", "_require_sound", attribute_becomes("problems", "()"),
          "tests/test_backups.py -k pushes_out"),
    Fault("the old log left at a restore", "put", lost("unlink"),
          "tests/test_at_rest.py -k under_a_reader"),
    Fault("readers that recover nothing", "ways_to_read", constant_becomes("mode=rw", "mode=ro"),
          "tests/test_at_rest.py -k last_whole_state"),
    Fault("readers that may write", "_touched or list_places", lost("execute", "PRAGMA query_only = ON"),
          "tests/test_at_rest.py -k change_nothing"),
    Fault("a folder not synced", "put", lost("sync"), "tests/test_at_rest.py -k on_the_disk"),
    Fault("a backup over anything", "_require_earlier", never("lacking"),
          "tests/test_backups.py -k replaces_nothing"),
    Fault("index not compared with its text", "verify", never("quick"), "tests/test_verify.py"),
)  # fmt: skip

EQUIVALENT: dict[tuple[str, str], str] = {
    (
        "Plan.exceeds",
        "`1` becomes `2`, in `statement = self._loose.count(most + 1)`",
    ): "more than the most are more than the most, however far they are counted",
    (
        "Replaced.plan",
        "`if tree not in self._plans` always true",
    ): "a plan that is made again is the same, which changes the time alone",
    (
        "_Escapes.__missing__",
        "`code > 65535` becomes `code >= 65535`, in `form = '\\\\U{:08x}' if code > 65535 else"
        " '\\\\x{:02x}' if code < 256 e...`",
    ): "65535 is no character that is written out",
    (
        "prepare",
        "`logging.disable()` removed",
    ): "standard error of that process leads nowhere; it saves the time of writing alone",
    (
        "_is_centred",
        "`True` becomes `False`, in `return all((_stands_in_middle(line) or _is_wrapped(line, after)"
        " for...`",
    ): "both lists are made of one length",
    (
        "_leads_back",
        "`return False` returns None",
    ): "it is asked whether it is true alone",
    (
        "Intake.__init__",
        "`False` becomes `True`, in `self._sent = False`",
    ): "each job begins with setting it",
    (
        "Searched.__init__",
        "`self.folded is not written and len(written) > _PIECE` becomes `self.folded is not written"
        " or len(written) > _PIECE`, in `if self.folded is not written and len(written) > _PIECE`",
    ): "a text may be folded in pieces whatever its length, which changes the time alone",
    (
        "_counts",
        "`1` becomes `0`, in `return dict.fromkeys(words, 1)`",
    ): "in a small archive it matters alone that all words have the same number",
    (
        "_walk",
        "`False` becomes `True`, in `yield (path, Rejection(show_path(path), _AGAIN), None, False)`",
    ): "whether the path was given is asked of files alone",
    (
        "Waiting.files",
        "`0` becomes `1`, in `yield (_unpack(path, packed), KnownSource(*source) if source[0] is"
        " ...`",
    ): "a source has both numbers or none",
    (
        "timeline",
        "the condition `day` of a comprehension lost, in `known = sorted((day for day, _ in"
        " all_days if day))`",
    ): "every article has a day; the condition is for the type alone",
    (
        "_answer",
        "`0` becomes `1`, in `total, size, began = (0, 0, time.monotonic())`",
    ): "one byte of 256 MiB",
    (
        "_Fields.__get__",
        "`cls.__dataclass_fields__ = made.__dataclass_fields__` removed",
    ): "what was worked out is kept, which changes the time alone",
    (
        "align",
        "`1` becomes `0`, in `columns = [((1 << len(sought)) - 1, 0)]`",
    ): "only its lowest bits are looked at, which are all ones in -1 too",
    (
        "Terminal.__init__",
        "`Console(markup=False, highlight=False, emoji=False, width=terminal_...` without `markup`,"
        " in `self._console = Console(markup=False, highlight=False, emoji=False,...`",
    ): "it is given `Text` alone, in which no markup is read",
    (
        "held",
        "`time.sleep(0.05)` removed",
    ): "who waits asks more often, which costs time of the processor alone",
    (
        "_pattern",
        "`7424` becomes `7425`, in `blocks = ((160, 592), (688, 767), (880, 1120), (1568, 1749),"
        " (7312,...`",
    ): "the first letter of that block is folded to itself",
    (
        "_fold_character",
        "`return ''` returns None",
    ): "`re.sub` takes None for an empty text",
    (
        "_sought",
        "`max` becomes `min`, in `terms = (re.escape(word.term) for word in max(parts, key=len)"
        "[:_LOO...`",
    ): "all parts must be there, and which of them the quick look takes changes the time alone",
    (
        "_window",
        "`0` becomes `1`, in `last = max((b for a, b in marks if best[0] <= a and b <= best[0] + ...`",
    ): "marks do not overlap, and where the best is alone the default is its end",
    (
        "_pattern",
        "`160` becomes `159`, in `blocks = ((160, 592), (688, 767), (880, 1120), (1568, 1749), (7312,...`",
    ): "the character before that block is a control character, which is folded to itself",
    (
        "_without_commands",
        "`3` becomes `2`, in `if opens_line and len(mark) >= 3 and _FENCE.match(text[start:_end(t...`",
    ): "the pattern that follows asks for three of them itself",
    (
        "problem",
        "`sqlite3.connect(f'{sqlite.file_uri(path)}?mode=rw', uri=True, isola...` without `isolation_level`, in `with contextlib.closing(sqlite3.connect(f'{sqlite.file_uri(path)}?m...`",
    ): "the check then stands in a transaction, and the connection is closed after it",
    (
        "Store.abandon",
        "`self._next_words = self._next_article` removed",
    ): "the articles from there on are gone, so that none is indexed twice",
    (
        "Intake.__init__",
        "`1` becomes `0`, in `self._alone = (os.cpu_count() or 1) < 2`",
    ): "one processor is fewer than two, and none is too",
    (
        "show_stats",
        "`if stats.size` always true, in `share = stats.index_size / stats.size if stats.size else 0`",
    ): "the file of an archive is never empty",
}
"""Faults of mutations.py that nothing can notice, by function and what is done there: the reason."""


@dataclass(frozen=True)
class Run:
    """A run over small faults: how many the suite noticed as it was then, and of which kind those
    were that it did not."""

    seed: int
    faults: int
    noticed: int
    survivors: str


BEFORE = (
    "Each run measures the suite as it stands, with faults that it has not met; afterwards every",
    "survivor gets a test, or its reason below. Two early runs noticed 83% and 85%. The runs since:",
)

RUNS = (
    Run(
        3,
        60,
        50,
        "2 that nothing can notice; limits one beside what they should be (3: the end of an excerpt,"
        " the largest number of a row, the rejections listed); a number within a number at the very"
        " beginning of a text; a CSV file cut in the middle of a line end; control characters in the"
        " JSON of a page; the share of the index in `stats`, whose text no test read; how much of a"
        " table is held before it is shown",
    ),
    Run(
        4,
        200,
        162,
        "limits one beside what they should be (9, most without a test so far); 8 that nothing can"
        " notice; pages whose text no test compared (5, since when all are kept as they were looked at); authors named by `rel` or by"
        " microdata of something else; a folder's files behind a path that is not there; the"
        " publication in a citation; what follows a comment in an export, which was lost in truth",
    ),
    Run(
        4,
        59,
        44,
        "the 60th was still run when this was written, and nothing can notice it; 4 that nothing can notice; a limit or an edge (4: a document of ProQuest, the hits of all"
        " versions, the last letter of a misspelt word, a line at the left of a page); one of two"
        " marks of a format; the days between a copy and the first of its group; quotes of a word"
        " that stands twice in a query; places in a long text across two of its pieces, which no"
        " test ran; the scale of a chart; meta tags without a name; the settings of an index that is"
        " made anew",
    ),
)
"""The latest runs, each before its own survivors got their tests: written by hand, from what the run
prints."""
