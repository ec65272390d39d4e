"""Citations: for print, for BibTeX and for CSL, each read back by a parser of its own."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import example, given
from hypothesis import strategies as st
from pylatexenc.latex2text import (  # type: ignore[import-untyped]
    LatexNodes2Text,
    MacroTextSpec,
    get_default_latex_context_db,
)

from archive import Archive
from archive.records import Citation
from archive.render.citations import bibtex, csl, plain
from archive.render.screen import inert

if TYPE_CHECKING:
    from conftest import Cli

GRAIN = Citation(
    article_id=2, version=1, first=1, last=2, published_on="2022-02-24", category="World",
    byline="Jane Smith", title="Grain prices rise after the invasion",
    path="/news/02-grain.txt", content_hash=bytes(range(32)),
)  # fmt: skip
HASH = bytes(range(32)).hex()


def test_a_line_for_a_footnote() -> None:
    assert plain(GRAIN) == (
        "Jane Smith, “Grain prices rise after the invasion”, World, 24 February 2022, "
        f"paragraphs 1–2. Article archive 2@1:1-2; source /news/02-grain.txt; SHA-256 {HASH}."
    )
    bare = replace(GRAIN, byline=None, category=None, first=None, last=None, path=None)
    assert plain(bare) == (
        "“Grain prices rise after the invasion”, 24 February 2022. "
        f"Article archive 2@1; SHA-256 {HASH}."
    )


TEX = get_default_latex_context_db()
TEX.add_context_category(  # all in LaTeX since 1994; this reader lacks them, or sets "ˆ" for "^"
    "text symbols",
    prepend=True,
    macros=[
        MacroTextSpec("textbraceleft", "{"),
        MacroTextSpec("textbraceright", "}"),
        MacroTextSpec("textless", "<"),
        MacroTextSpec("textgreater", ">"),
        MacroTextSpec("textbar", "|"),
        MacroTextSpec("textasciicircum", "^"),
    ],
)


def _read(entry: str) -> dict[str, str]:
    """The fields of an entry, as BibTeX and TeX read them."""
    library = parse_string(entry)
    assert not library.failed_blocks
    (found,) = library.entries
    read = LatexNodes2Text(latex_context=TEX).latex_to_text
    return {"key": found.key, "type": found.entry_type} | {
        field.key: read(field.value) for field in found.fields
    }


def test_an_entry_for_bibtex() -> None:
    assert _read(bibtex(GRAIN)) == {
        "key": "archive2v1.1-2", "type": "misc", "author": "Jane Smith",
        "title": "Grain prices rise after the invasion", "date": "2022-02-24", "year": "2022",
        "month": "feb", "keywords": "World",
        "note": f"paragraphs 1–2; Article archive 2@1:1-2; source /news/02-grain.txt; SHA-256 {HASH}",
    }  # fmt: skip


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1))
@example("100% of {a & b}_c^d~e#f$g\\h } { \"q\" <t>|u --- ''v'' ``w``")
@example("Wow!`no' ?`si' ,,x\" !``` !!`")
@example("\\input{/etc/passwd} @misc{x, } %")
@example("\x1b]52;c\x07 \u202e")
def test_tex_sets_any_title_as_it_is(title: str) -> None:
    def in_one_line(text: str) -> str:
        return " ".join(text.split())

    fields = _read(bibtex(replace(GRAIN, title=f"A{title}Z", byline=f"B{title}Z")))
    assert in_one_line(fields["title"]) == in_one_line(inert(f"A{title}Z"))
    assert in_one_line(fields["author"]) == in_one_line(inert(f"B{title}Z"))
    assert len(fields) == 9


# Of csl-data.json (Citation Style Language 1.0.2): the names used here, with their types.
CSL = {"id": str, "type": str, "title": str, "issued": dict, "author": list, "section": str,
       "archive": str, "archive_location": str, "source": str, "note": str}  # fmt: skip


def test_an_item_for_csl() -> None:
    item = csl(GRAIN)
    assert {name: type(value) for name, value in item.items()} == CSL
    assert item["type"] == "article-newspaper"
    assert item["issued"] == {"date-parts": [[2022, 2, 24]]}
    assert item["author"] == [{"literal": "Jane Smith"}]
    assert item["archive_location"] == "2@1:1-2"
    assert HASH in item["note"]
    bare = csl(replace(GRAIN, byline=None, category=None, path=None))
    assert set(CSL) - set(bare) == {"author", "section", "source"}


def test_the_commands(cli: Cli, db: str) -> None:
    line = cli("cite", "2:1-2", "--db", db)
    assert (line.returncode, line.stderr) == (0, "")
    assert line.stdout.startswith("Jane Smith, “Grain prices rise after the invasion”, World, 24 F")
    with Archive(db) as archive:
        stored = archive.article(2)
        assert stored.content_hash.hex() in line.stdout
        assert stored.sources[0].path in line.stdout
        assert archive.cite("2:1-2").address == "2@1:1-2"

    both = parse_string(cli("cite", "2", "5:1", "--style", "bibtex", "--db", db).stdout)
    assert [entry.key for entry in both.entries] == ["archive2v1", "archive5v1.1"]
    items = json.loads(cli("cite", "2", "5:1", "--style", "csl-json", "--db", db).stdout)
    assert [item["archive_location"] for item in items] == ["2@1", "5@1:1"]
    assert items[1]["title"] == "习近平访问莫斯科"


def test_a_cited_address_leads_back_to_the_text(cli: Cli, db: str) -> None:
    found = re.search(r"archive (\S+);", cli("cite", "1:2", "--db", db).stdout)
    assert found
    shown = cli("show", found[1], "--db", db)
    assert shown.stdout == "1@1:2  Putin invited Xi for a state visit in spring.\n"


def test_an_earlier_version_has_its_own_title_hash_and_path(cli: Cli, tmp_path: Path) -> None:
    path, db = tmp_path / "a.txt", tmp_path / "a.db"
    for time, text in enumerate(("Old\nOne and two.\n", "New\nOne and two.\nThree.\n")):
        path.write_text(f" date 2023-01-31\n{text}", encoding="utf-8")
        os.utime(path, (1_600_000_000 + time, 1_600_000_000 + time))
        assert cli("ingest", path, "--db", db).returncode == 0
    old, new = cli("cite", "1@1:1", "1:2", "--db", db).stdout.splitlines()
    with Archive(db) as archive:
        hashes = [archive.article(1, version).content_hash.hex() for version in (1, 2)]
    assert old == (f"“Old”, 31 January 2023, paragraph 1. Article archive 1@1:1; source {path}; "
                   f"SHA-256 {hashes[0]}.")  # fmt: skip
    assert new == (f"“New”, 31 January 2023, paragraph 2. Article archive 1@2:2; source {path}; "
                   f"SHA-256 {hashes[1]}.")  # fmt: skip


@pytest.mark.parametrize(
    ("address", "code", "message"),
    [
        ("99", 1, "there is no article 99"),
        ("1:0", 1, "article 1 has paragraphs 1 to 2"),
        ("1:2-3", 1, "article 1 has paragraphs 1 to 2"),
        ("1@7", 1, "article 1 has versions 1 to 1, none 7"),
        ("moscow", 2, "'moscow' names no article"),
    ],
)
def test_mistakes(cli: Cli, db: str, address: str, code: int, message: str) -> None:
    result = cli("cite", "1", address, "--db", db)
    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr.startswith(f"archive: {message}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("style", ["plain", "bibtex", "csl-json"])
def test_hostile_text_is_inert(cli: Cli, tmp_path: Path, style: str) -> None:
    path, db = tmp_path / "a.txt", tmp_path / "a.db"
    path.write_text(
        " By \x1b[2J date 2023-01-31 \u202ec\nT \x1b]0;x\x07\nText.\n", encoding="utf-8"
    )
    assert cli("ingest", path, "--db", db).returncode == 0
    shown = cli("cite", "1", "--style", style, "--db", db).stdout
    assert "]0;x" in shown
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)
