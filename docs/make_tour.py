"""Makes docs/tour.md: every command of the program on a real collection, with what it prints.

    python docs/make_tour.py             writes docs/tour.md
    python docs/make_tour.py --check     says whether docs/tour.md is what it would write

The collection is `../shared/corpora/reuters-5k.tar.gz` beside the checkout, or the tar file or
folder given; without it there is nothing to do, and the script says so. It works in a temporary
folder, whose path is cut from what is shown; times are left out, long output is cut, and all the
rest is what the commands printed.

To add a command: put a sentence and the command into `TOUR`, and run the script. A test fails for
every command of the program that is not there.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tour.md"
COLLECTION = ROOT.parent / "shared" / "corpora" / "reuters-5k.tar.gz"

MOST_LINES, MOST_CHARACTERS = 14, 240

FILE = "articles/2008/20080913-us-lehman-idUSN0927996520080913.txt"

HEAD = """\
# A tour

Every command on a real collection, 5,018 business articles of 2006 to 2013. Made by
[make_tour.py](make_tour.py), which runs what stands here; `[…]` is where long output was cut, and
times are left out. `archive COMMAND --help` has all options.
"""

# Headings are strings, everything else is (what it is good for, command).
TOUR: tuple[str | tuple[str, str], ...] = (
    "Bringing articles in",
    ("A folder of 5,018 business articles becomes an archive.", "archive ingest articles"),
    ("Run it again whenever the folder has grown; what did not change is not even opened.",
     "archive ingest articles"),
    ("What is in it:", "archive stats"),
    "Finding",
    ("The best articles come first, with their best paragraphs; words count in any form.",
     "archive search 'lehman bailout paulson' -n 2"),
    ("Phrases, exclusions, dates and fields narrow it.",
     "archive search '\"credit crunch\" -mortgage date:2008-04..2008-06' -n 2"),
    ("Words near each other say more than words in one article.",
     "archive search '(lehman OR fuld) NEAR/4 bankruptcy' -n 2"),
    ("Or in one paragraph, or in this order.",
     "archive search 'para:(barclays lehman assets) AND chief ADJ/1 executive' -n 1"),
    ("A paragraph more on either side of the best ones.",
     "archive search 'paulson moral hazard' --context 1 -n 1"),
    ("How a query was read, and what each part of it finds alone.",
     "archive search --explain 'the paulson (bailout OR rescue) -fannie date:2008-09'"),
    ("A search that finds nothing says why, and what may have been meant.",
     "archive search 'pualson AND lehman' -n 1"),
    ("The whole language, with examples.", "archive help query"),
    ("Counts over all hits, by year, month, day, category or byline.",
     "archive search lehman --facet year"),
    ("By two of them, in a table.",
     "archive search 'lehman OR subprime' --facet year --facet category"),
    ("A sample to be read by hand, which can be drawn again, as a file for a spreadsheet.",
     "archive search bailout --sort random --seed 1 -n 200 --csv --output sample.csv;"
     " cut -c 1-72 sample.csv | head -n 3"),
    ("The SQL behind an answer, for the stock sqlite3 shell.",
     "archive search lehman --title bankruptcy --sql"),
    ("For programs there is one JSON object a line.",
     "archive search lehman --title bankruptcy -n 1 --json"),
    ("Titles alone, newest first, with the same language and filters.",
     "archive list title:lehman --date 2008-09 -n 5"),
    "Reading and citing",
    ("A citation names the paragraph.", "archive show 1203:1"),
    ("The file as it came in, byte for byte.", "archive show 1203 --raw | head -n 2"),
    ("For a footnote: with version and fingerprint, so that it can be checked years later.",
     "archive cite 1203:1"),
    ("For a reference manager:", "archive cite 1203:1-2 --style bibtex"),
    ("Or several at once, in the format of Zotero and pandoc:",
     "archive cite 1203:1 924:2 --style csl-json"),
    "Questions",
    ("How is a word used? Every occurrence with its neighbours, the oldest first.",
     "archive concordance '\"toxic assets\"' -n 6"),
    ("Sorted by what follows, turns of phrase stand together.",
     "archive concordance 'bailout' --sort right --date 2008-12 -n 8"),
    ("When was it written about? Several queries to one scale; the share is of all articles.",
     "archive timeline subprime '\"euro zone\" crisis' bankruptcy --by year"),
    ("A closer look at one autumn, week by week.",
     "archive timeline bankruptcy --by week --date 2008-08..2008-11"),
    ("The same as rows, for a spreadsheet.", "archive timeline subprime --by month --csv"),
    ("Is a quotation right? This one is, though case and quote marks differ.",
     "archive quote 'could include hiving off Lehman’s BAD assets into a “bad bank”'"),
    ("This one nearly is; and something was left out.",
     "archive quote 'Treasury Secretary Henry Paulson is certain that public funds not be used for"
     " a bailout [...] people briefed on the matter told Reuters'"),
    ("And this one is nowhere.",
     "archive quote 'Paulson promised that every bank would be rescued at any price'"),
    ("What else is there on this matter, and is there a copy of it?",
     "archive similar 1203 -n 4"),
    ("Near-duplicates in the whole archive, with the share of common text:",
     "archive duplicates --within 3"),
    "Versions",
    ("An editor corrects a file.", f"sed -i 's/a second day/a third day/' {FILE}"),
    ("What would happen can be seen first.", "archive ingest articles --dry-run"),
    ("The article keeps its number and gets a new version.", "archive ingest articles"),
    ("All its versions:", "archive history 1203"),
    ("What changed, word by word:", "archive diff 1203"),
    ("The old version can still be read,", "archive show 1203@1:1"),
    ("and a quotation of it is still found.",
     "archive quote 'Bankers and regulators held a second day of emergency talks'"),
    ("All this is to be had in a browser, too, with 'archive serve --open'. Others see it only"
     " where it is said by which name.", "archive serve --host 0.0.0.0"),
    "SQL",
    ("The tables are a public interface; this reads only, and not for ever.",
     'archive sql "SELECT substr(published_on, 1, 4) AS year, count(*) AS articles, sum(word_count)'
     ' AS words FROM articles GROUP BY year ORDER BY year"'),
    ("They are documented, with example queries.", "archive schema"),
    ("Datasette shows and searches them, too, once it has been told what they are.",
     "archive datasette-metadata | head -c 300"),
    ("A shell can complete commands, options, fields and categories.",
     "archive completion fish"),
    "Keeping it sound",
    ("Everything is read back and compared with its fingerprint.", "archive verify"),
    ("All but the reading of the index against its text, in a moment:", "archive verify --quick"),
    ("The state of the archive and of what is around it, with what to do (here a part).",
     "archive doctor | grep -E '^(lock|schema|articles|unused)'"),
    ("A checked copy, while others go on working.", "archive backup copy.db"),
    ("And back again; what was there is kept.", "archive restore copy.db"),
    ("Every source as a file again, byte for byte.", "archive export again | tail -n 1"),
    ("All of it as text, from which the same archive can be built on any engine.",
     "archive dump > dump.jsonl && head -c 200 dump.jsonl"),
    ("Built from it:", "archive load dump.jsonl --db loaded.db"),
    ("Should the index ever be out of step, it is built anew from the text.", "archive reindex"),
    ("An archive of an older version of the program is brought up to date.", "archive upgrade"),
    "Taking back",
    ("An article must go. What would go can be seen first.", "archive remove 1203 --dry-run"),
    ("Afterwards no byte of it is left in the archive; the copies beside it are named.",
     "archive remove 1203 --yes --reason 'court order'"),
    ("It stays out, though its file is still there.", "archive ingest articles"),
    ("A folder has moved,", "mv articles news"),
    ("and its files stay with their articles.", "archive relocate articles news"),
    ("The files that are known, and with --missing those that are gone.",
     "archive sources | head -n 2; archive sources --missing"),
    ("A file that is no article does not go in.",
     "echo 'no article' > news/notes.txt; archive ingest news > log.txt 2>&1"),
    ("It is listed, with the reason.", "archive rejections"),
    ("Another archive comes in, but for what was removed here.",
     "archive merge loaded.db --dry-run 2>&1 | tail -n 2"),
)  # fmt: skip

_CHANGING = (
    (re.compile(r"\([\d.,]+ s, [\d,]+ files/s\)"), "(… s)"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z"), "<time>"),
    (re.compile(r'("kind": "archive", "id": )"[0-9a-f]{32}"'), r'\1"<random>"'),
)


def bounded(output: str) -> str:
    """Output without what changes from run to run, cut to a number of lines and to a length of
    each."""
    for pattern, instead in _CHANGING:
        output = pattern.sub(instead, output)
    lines = output.splitlines()
    shown = [
        line if len(line) <= MOST_CHARACTERS else line[:MOST_CHARACTERS].rstrip() + " […]"
        for line in lines[:MOST_LINES]
    ]
    if len(lines) > MOST_LINES:
        shown.append(f"[… {len(lines) - MOST_LINES:,} more lines]")
    return "".join(f"{line.rstrip()}\n" for line in shown)


def run(command: str, folder: str) -> str:
    """What a command prints in a folder, errors included, and its exit code unless that is 0."""
    environment = {
        "PATH": f"{folder}/bin:{os.environ['PATH']}", "COLUMNS": "100", "LC_ALL": "C.UTF-8",
        "HOME": folder, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", command], cwd=f"{folder}/work", env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    code = f"(exit code {done.returncode})\n" if done.returncode else ""
    output = done.stdout
    for written in (f"{folder}/work/", f"{folder}/work/".replace("_", r"\_")):  # as TeX has it
        output = output.replace(written, "")
    return bounded(output) + code


def unpack(collection: Path, folder: str) -> None:
    """Put the collection's articles into work/articles of a folder, and `archive` into bin."""
    os.makedirs(f"{folder}/bin")
    program = Path(folder, "bin", "archive")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archive "$@"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    os.makedirs(f"{folder}/work")
    if collection.is_dir():
        source = collection
    else:
        with tarfile.open(collection) as packed:
            packed.extractall(f"{folder}/unpacked", filter="data")
        (source,) = Path(folder, "unpacked").iterdir()
    shutil.copytree(source / "articles", f"{folder}/work/articles")


def page(collection: Path) -> str:
    """The whole of docs/tour.md."""
    parts = [HEAD]
    with tempfile.TemporaryDirectory() as made:
        folder = os.path.realpath(made)
        unpack(collection, folder)
        for step in TOUR:
            if isinstance(step, str):
                parts.append(f"\n## {step}\n")
                continue
            sentence, command = step
            output = run(command, folder)
            parts.append(f"\n{sentence}\n\n```console\n$ {command}\n{output}```\n")
    return "".join(parts)


def main() -> int:
    """Write the page, or check it: 1 where it is not what it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("collection", nargs="?", type=Path, default=COLLECTION)
    parser.add_argument("--check", action="store_true", help="only say whether the page is current")
    given = parser.parse_args()
    if not given.collection.exists():
        print(f"no collection at {given.collection}: the tour is left as it is", file=sys.stderr)
        return 0
    made = page(given.collection)
    if not given.check:
        PAGE.write_text(made, encoding="utf-8")
        return 0
    there = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if made == there:
        return 0
    lines = difflib.unified_diff(there.splitlines(), made.splitlines(), "docs/tour.md", "made now")
    print("\n".join(list(lines)[:40]), file=sys.stderr)
    print("docs/tour.md is not what the program does: run docs/make_tour.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
