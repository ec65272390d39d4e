"""What the commands say, kept as it was looked at: answers, mistakes and help.

To look at them anew after a change: WRITE_CAPTURES=1 pytest tests/test_captures.py
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive import Archive
from archive.cli.command_table import COMMANDS
from conftest import ARTICLES, as_looked_at

if TYPE_CHECKING:
    from conftest import Cli

CHANGING = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|\+00:00)|[0-9]{8}T[0-9]{6}|, [0-9,]+ files/s"
    r"|\b[0-9]+\.[0-9] s\b|(?<=\.[0-9]{4})[0-9]+|(?<=[0-9a-f]{8})[0-9a-f]{24,56}|[0-9.,]+ (?:[kM]?B|bytes)\b"
)

REPEATED = re.compile(r"((?:Filler sentence about nothing|More filler follows it)\. ?)\1+")

READING = """
search visit
search 'visit moscow' --context 1
search 'moscow -grain' --sort oldest --limit 2
search moscow --sort random --seed 1 --csv
search '"state visit" OR title:annual' --json
search 'xi visit aid'
search moskow
search 'visti to moscow'
search 'putin or xi'
search 'state near visit'
search 'putin OR xi' --para 3
search wom*n
search section:world
search 'SENATE VOTES ON THE AID FOR UKRAINE'
search 'xi moscow' --sql
search moscow --count
search moscow --count --json
search moscow --facet category
search moscow --facet category --csv
search moscow --facet byline --facet year --json
search spring --versions
search '"5 percent'
search 'date:2023-99'
search 'title:(xi'
search moscow --sort sideways
search moscow --limit -1
search para:(moscow objected)
search xylophone --json
search 'category:"=Business" date:2020..2022'
list
list --csv --limit 3
list --json --after 2023 --before 2023-02
list --facet month
list --category Sports --byline x
list --source 01-visit
timeline moscow
timeline moscow putin --by year --csv
timeline moscow --by quarter --after 2022-10-01 --before 2023-04-01
timeline visit --by week --date 2023-01 --json
timeline xylophone --by year
timeline --by decade
concordance moscow
concordance 'state visit' --sort right --width 70
concordance putin --sort left --csv
concordance visit --versions --json --limit 2
concordance date:2023
quote 'The Chinese president will travel to Moscow'
quote 'The president of China will travel to Moscow' --json
quote 'Putin invited Xi for a state visit in spring' --versions
quote 'nobody said this anywhere at all'
quote 'visit' --csv
similar 8
similar 8 --json
similar 6
duplicates
duplicates --json --within 0
duplicates --csv
show 1
show 1@1
show 1:2 8:1
show 2 --json
show 4 5 --csv
show 12:3
show 99
show nonsense
show 13 --raw
cite 1:2
cite 1@1:1-2
cite 12 13 --style csl-json
cite 2 --style harvard
history 1
history 1 --json
history 2
diff 1
diff 1@1 1@2 --json
diff 8 11
diff 1 1
sources
sources --missing --csv
sources 1 --json
rejections
rejections --json
rejections --csv
sql 'SELECT id, title, NULL AS gone FROM articles WHERE id < 4'
sql 'SELECT * FROM articles WHERE id = 1'
sql 'SELECT id, x FROM articles'
sql 'DELETE FROM articles'
sql 'SELECT id FROM articles ORDER BY id LIMIT 2' --json
help
help query
help format
help json
help nothing
stats --json
datasette-metadata
completion bash
schema
"""
WRITING = """
ingest {new} --dry-run
ingest {new}
ingest {new} --strict
ingest {new}/gone.txt
ingest {new} --encoding nonsense
ingest {new} --format excel
ingest {new} --map colour=x
ingest {new} --date 2023-99-99
remove 5 --dry-run
remove 5
remove 5 --yes --reason 'asked for'
remove 5 --yes
relocate {new} {moved} --dry-run
merge {db} --dry-run
verify
verify --quick
load {dump}
upgrade
reindex
export {out}
export {out}
backup {copy}
backup {db}
restore {copy}
restore {new}
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive: the fixture's articles, a second version of the first one, a copy
    of the eighth, two records of a table, and what was rejected."""
    desk = tmp_path_factory.mktemp("desk")
    for name, text in ARTICLES.items():
        (desk / f"{name}.txt").write_text(text, encoding="utf-8")
    record = {"id": "a1", "date": "2024-05-01T10:00:00Z", "title": "A ferry", "text": "It\nleaves.",
              "url": "https://x.example/1", "source": "The Gazette", "language": "en"}  # fmt: skip
    records = [record, {**record, "id": "a2", "title": "A pier", "text": "x"}, {"id": "a3"}]
    (desk / "table.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records))
    (desk / "wrong.txt").write_text("no header\n")
    (desk / "scan.pdf").write_bytes(b"%PDF-1.4 x")
    with Archive(desk / "archive.db") as archive:
        archive.ingest([desk])
        first = desk / "01-visit.txt"
        first.write_text(ARTICLES["01-visit"].replace("in spring", "in the autumn"))
        (desk / "copy.txt").write_text(ARTICLES["08-long"] + "The end.\n")
        (desk / "06-none.txt").unlink()
        archive.ingest([desk])
    return desk


def _said(cli: Cli, desk: Path, lines: str, **places: Path) -> str:
    said = []
    for line in lines.strip().splitlines():
        call = [part.format(**places) for part in shlex.split(line)]
        result = cli("--db", "archive.db", *call, cwd=desk)
        shown = "\n".join(
            (f"$ archive {line}", result.stdout + result.stderr + f"[{result.returncode}]\n")
        )
        for name, place in sorted(places.items(), key=lambda item: -len(str(item[1]))):
            shown = shown.replace(str(place), f"{{{name}}}")
        shown = REPEATED.sub(r"\1\1", shown.replace(str(desk), "DESK"))
        said.append(CHANGING.sub("...", shown))
    return "\n".join(said)


def test_commands_say_what_they_said(desk: Path, cli: Cli, tmp_path: Path) -> None:
    other, new = tmp_path / "desk", tmp_path / "new"
    shutil.copytree(desk, other)
    new.mkdir()
    (new / "a.txt").write_text(" date 2024-03-04 World\nA new one\nNobody knew.\n")
    (new / "b.txt").write_text(" date 2024-03-04 World\n")
    said = _said(cli, desk, READING)
    places = {
        "db": desk / "archive.db", "new": new, "moved": tmp_path / "moved", "out": tmp_path / "out",
        "copy": tmp_path / "copy.db", "dump": tmp_path / "none",
    }  # fmt: skip
    said += "\n" + _said(cli, other, WRITING, **places).replace(str(other), "OTHER")
    helps = "\n".join(f"{name} --help" for names in COMMANDS.values() for name in names)
    said += "\n" + _said(cli, desk, f"--help\n{helps}")
    as_looked_at("commands.txt", said)
