"""What people see on a terminal: screens of two sizes, colours, the pager, tables that fit."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from operator import length_hint
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Archive
from archive.render.cells import cells
from archive.render.screen import STYLES, inert
from archive.render.tables import show_table
from conftest import ARTICLES, ROOT, as_looked_at
from terminals import on_terminal

CAPTURES = ROOT / "tests" / "captures"
SIZES = [(80, 24), (160, 50)]
ENDLESS = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"

CALLS: list[tuple[str, ...]] = [
    ("NO_COLOR=1", "search", "visit moscow"),
    ("NO_COLOR=1", "diff", "1@1", "1@2"),
    ("NO_COLOR=1", "quote", "Putin has invited Xi for a state visit in spring"),
    ("--help",),
    ("search", "--help"),
    ("search", "grain xylophone"),
    ("search", "xylophone"),
    ("list",),
    ("list", "--facet", "category", "--facet", "year"),
    ("timeline", "moscow", "putin", "--by", "year"),
    ("concordance", "moscow"),
    ("show", "8:1"),
    ("sql", "SELECT id, published_on, category, title, word_count FROM articles"),
    ("sql", "SELECT * FROM articles LIMIT 2"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of the fixture articles; the first has two versions."""
    desk = tmp_path_factory.mktemp("desk")
    for name, text in ARTICLES.items():
        (desk / f"{name}.txt").write_text(text, encoding="utf-8")
    with Archive(desk / "archive.db") as archive:
        archive.ingest([desk])
        changed = (
            ARTICLES["01-visit"].replace("in spring", "in the spring").replace("will", "is to")
        )
        (desk / "01-visit.txt").write_text(changed, encoding="utf-8")
        archive.ingest([desk])
    return desk


@pytest.fixture
def here(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(desk)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return desk


less = pytest.mark.skipif(not shutil.which("less"), reason="less is not installed")
without_times = re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z")


@less
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_screens_are_as_they_were_looked_at(here: Path, size: tuple[int, int]) -> None:
    """To look at them anew after a change: WRITE_CAPTURES=1 pytest tests/test_screens.py"""
    shown = []
    for call in CALLS:
        env = {"NO_COLOR": "1"} if call[0] == "NO_COLOR=1" else {}
        seen = on_terminal(*call[len(env) :], size=size, keys=[b"q"], env=env)
        given = " ".join(f"'{part}'" if " " in part else part for part in call)
        screen = seen.waiting[0] if seen.waiting else seen.screen
        shown.append(f"$ {given}\n{without_times.sub('TIME', screen)}\n")
        assert seen.code == (1 if "xylophone" in call else 0)
    text = ("-" * size[0] + "\n").join(shown)
    as_looked_at(f"{size[0]}x{size[1]}.txt", text)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_screen_is_wider_than_the_terminal(size: tuple[int, int]) -> None:
    path = CAPTURES / f"{size[0]}x{size[1]}.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        assert line.startswith("$ ") or cells(line) <= size[0]


# Colours


def _luminance(number: int) -> float:
    """The relative luminance of one of the 256 colours (WCAG 2)."""
    levels = (0, 95, 135, 175, 215, 255)
    code = number - 16
    if number < 232:
        parts = [levels[code // 36], levels[code // 6 % 6], levels[code % 6]]
    else:
        parts = [8 + 10 * (number - 232)] * 3
    linear = [
        part / 255 / 12.92 if part / 255 <= 0.03928 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("style", STYLES)
def test_every_colour_reads_on_black_and_on_white(style: str) -> None:
    found = re.search(r"color\((\d+)\)", STYLES[style])
    if found:
        luminance = _luminance(int(found[1]))
        assert (luminance + 0.05) / 0.05 >= 4
        assert 1.05 / (luminance + 0.05) >= 4
    else:
        assert style == "title"


@pytest.mark.parametrize(
    ("call", "marks"),
    [
        (("search", "moscow"), ["*Moscow*"]),
        (("diff", "1@1", "1@2"), ["[-will -]", "{+is to +}", "{+the +}"]),
        (("quote", "Putin has invited Xi for a state visit in spring"), ["{+has +}", "[-the -]"]),
        (("concordance", "moscow"), ["*Moscow*"]),
    ],
    ids=lambda value: value[0],
)
def test_marks_are_seen_without_colour(here: Path, call: tuple[str, ...], marks: list[str]) -> None:
    coloured = on_terminal(*call)
    for env in ({"NO_COLOR": "1"}, {"TERM": "unknown"}):
        plain = on_terminal(*call, env=env)
        assert not re.search(r"\x1b\[[0-9;]*3\d", plain.output)
        for mark in marks:
            assert mark in plain.screen
            assert mark not in coloured.screen


# The pager


@pytest.fixture
def pager(tmp_path: Path) -> tuple[str, Path]:
    """A pager that keeps what it was given in a file, and that file."""
    kept = tmp_path / "kept"
    program = "import sys; data = sys.stdin.buffer.read(); open(sys.argv[1], 'wb').write(data)"
    return f"{sys.executable} -c \"{program}\" '{kept}'", kept


LONG = ["show", "8"]
PLAIN = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    "call",
    [LONG, ["schema"], ["help", "query"], ["search", "--help"], ["help", "search"], [*LONG, "--json"],
     ["sql", "SELECT * FROM paragraphs", "--csv"]],
    ids=" ".join,
)  # fmt: skip
def test_what_is_longer_than_the_screen_goes_to_the_pager(
    here: Path, pager: tuple[str, Path], call: list[str]
) -> None:
    command, kept = pager
    whole = on_terminal(*call, env={"PAGER": "cat"})
    seen = on_terminal(*call, env={"PAGER": command})
    assert (seen.code, seen.output) == (0, "")
    assert kept.read_text() == whole.output.replace("\r\n", "\n")


def test_what_fits_does_not(here: Path, pager: tuple[str, Path]) -> None:
    command, kept = pager
    for arguments, size in ((["show", "1"], (80, 24)), (LONG, (160, 50)), (["list"], (80, 24))):
        seen = on_terminal(*arguments, size=size, env={"PAGER": command})
        assert seen.code == 0
        assert seen.screen
        assert not kept.exists()
    on_terminal("show", "1", size=(80, 6), env={"PAGER": command})
    assert kept.exists()


@pytest.mark.parametrize("env", [{"PAGER": ""}, {"PAGER": "cat"}, {"TERM": "dumb"}, {"option": ""}])
def test_the_pager_can_be_turned_off(
    here: Path, pager: tuple[str, Path], env: dict[str, str]
) -> None:
    command, kept = pager
    option = ["--no-pager"] if "option" in env else []
    for arguments in ([*option, *LONG], [*LONG, *option], [*option, "help", "show"]):
        seen = on_terminal(*arguments, env={"PAGER": command, **env})
        assert (seen.code, kept.exists()) == (0, False)
        assert ("More filler follows it." in seen.screen) == ("8" in arguments)


def test_a_pager_that_is_not_there_is_one_line(here: Path) -> None:
    seen = on_terminal(*LONG, env={"PAGER": "no-such-pager -x"})
    assert (seen.code, seen.output.count("archive: ")) == (0, 1)
    assert "there is no pager 'no-such-pager -x'" in seen.output
    assert "More filler follows it." in seen.screen


@less
def test_notices_come_after_the_pager_and_not_into_it(here: Path) -> None:
    seen = on_terminal("search", "filler OR moscow", "-n", "2", size=(80, 6), keys=[b"q"])
    assert seen.code == 0
    (waiting,) = seen.waiting
    assert "archive: " not in waiting
    assert "archive: 1 to 2 of 3; --offset 2 for more" in seen.screen


@less
def test_a_reader_who_has_seen_enough_ends_an_endless_answer(here: Path) -> None:
    seen = on_terminal("sql", ENDLESS, "--timeout", "60", keys=[b"q"])
    assert (seen.code, len(seen.waiting)) == (0, 1)


@less
def test_ctrl_c_leaves_the_pager_to_the_reader(here: Path) -> None:
    def running(screen: str) -> bool:
        return screen.count("\n") > 20

    seen = on_terminal("sql", ENDLESS, "--timeout", "60", keys=[b"G", b"\x03", b"q"], ready=running)
    assert (seen.code, len(seen.waiting)) == (130, 3)
    assert "Traceback" not in seen.output


# Tables


def test_a_table_fits_the_screen_and_stays_aligned(here: Path) -> None:
    seen = on_terminal("sql", "SELECT id, title, title AS again, published_on FROM articles")
    head, rule, *lines = seen.screen.split("\n")
    assert cells(head) <= 80
    assert len({len(part) for part in rule.split("  ")}) > 1
    at = head.index("published_on")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", _from_cell(line, at)) for line in lines)
    assert any("…" in line for line in lines)


def _from_cell(line: str, at: int) -> str:
    return next(line[cut:] for cut in range(len(line)) if cells(line[:cut]) == at)


def test_a_row_too_wide_for_that_has_one_field_a_line(here: Path) -> None:
    columns = ", ".join(f"title AS t{number}" for number in range(10))
    seen = on_terminal("sql", f"SELECT {columns} FROM articles WHERE id IN (1, 4)")
    lines = seen.screen.split("\n")
    assert lines[0] == "row 1"
    assert lines[1] == "  t0  Xi plans a state visit to Moscow"
    assert lines[11:13] == ["", "row 2"]


def test_elsewhere_nothing_is_cut(here: Path) -> None:
    with os.popen(  # noqa: S605 - a pipe, not a terminal
        f"{sys.executable} -m archive sql 'SELECT * FROM paragraphs WHERE article_id = 8'"
    ) as pipe:
        shown = pipe.read()
    assert ARTICLES["08-long"].split("\n")[2] in shown


@pytest.mark.parametrize(
    ("value", "taken"),
    [("x" * 400_000, 3), (b"x" * 400_000, 3), (4_000_000, 100), (None, 100)],
    ids=["text", "bytes", "number", "nothing"],
)
def test_a_table_begins_once_a_hundred_rows_or_a_million_characters_are_known(
    value: object, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer is shown while it is read, and a long one is not held."""
    rows = iter([(1, value)] * 150)
    left: list[int] = []

    class Out(io.StringIO):
        def write(self, text: str) -> int:
            left.append(length_hint(rows))
            return len(text)

    monkeypatch.setattr(sys, "stdout", Out())
    show_table(["a", "b"], rows)
    assert left[0] == 150 - taken
    assert left[-1] == 0


class _FakeTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(1, 6).flatmap(
        lambda columns: st.lists(
            st.lists(
                st.one_of(st.none(), st.integers(), st.text(max_size=60)),
                min_size=columns,
                max_size=columns,
            ),
            min_size=1,
            max_size=8,
        )
    ),
    width=st.integers(30, 160),
)
def test_any_rows_fit_any_screen(rows: list[list[object]], width: int) -> None:
    shown = _FakeTerminal()
    names = [f"column {number}" for number in range(len(rows[0]))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        patch.setattr(sys, "stdout", shown)
        show_table(names, rows)
    lines = shown.getvalue().split("\n")[:-1]
    widest = max(width, 2 * len("  ") + len(names[0]) + 20)
    assert all(cells(line) <= widest for line in lines)
    if lines[0].startswith("row "):
        assert sum(line.startswith("row ") for line in lines) >= len(rows)
    else:
        assert len(lines) == len(rows) + 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x00\x7f\x9b\xff", "\\x00\\x7f\\x9b\xff"),
        ("a\u202eb\u2028c", "a\\u202eb\\u2028c"),
        ("\U000e0001\ud800", "\\U000e0001\\ud800"),
        ("Zoë 习近平 👩\u200d🚀", "Zoë 习近平 👩\u200d🚀"),
    ],
)
def test_what_could_act_on_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert inert(text) == shown
