"""Files of every source format, changed at random, and the ones that were made to harm."""

from __future__ import annotations

import io
import json
import os
import random
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness import Child, Result

from archive.errors import ParseError
from archive.formats import web_page
from archive.formats.contract import Reading
from archive.formats.registry import formats

GOLDEN = Path(__file__).resolve().parent.parent / "data" / "formats"
SECONDS, MEGABYTES = 20.0, 300.0
"""What no file may take."""

_READING = Reading()
_PIECES = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b"{", b"}", b"[", b"]", b"<", b">", b"&", b"]]>", b"---\n",
    b"\n", b"\r", b"\t", b",", b";", b"<div>", b"</p>", b"<script>", b"<!--", b"&#0;", b"&#xd800;", b"\\ud800",
    b"*a", b"&a", b"!!python/object:os.system", b"1 of 9 DOCUMENTS\n", b"_" * 60 + b"\n", b"LENGTH: 9999999999999",
    b"date: 2023-13-45\n", b'"date": "9999-99-99"', b"NaN", b"1e999999", b"\xed\xa0\x80", b"<w:p>", b"<!DOCTYPE x>",
    b"2023-02-30", b"0000-00-00", "31 février 2023".encode(), b"a" * 5000, b"<p>" * 500, b"[" * 500, b"x: [" * 200,
)  # fmt: skip


def on_formats(tries: int) -> list[Result]:
    """Each format: its golden files changed at random, then what was made to harm."""
    results = []
    for found, module in formats():
        golden = [path for path in sorted((GOLDEN / found.name).iterdir()) if _is_sample(path)]
        changed = _changed([path.read_bytes() for path in golden], tries, found.name)
        made = (make() for name, make in HOSTILE if name in found.name)
        result = Result(f"files of {found.title}, changed at random or made to harm")
        _run(result, module, [*changed, *made], many=found.many)
        results.append(result)
    return results


def _is_sample(path: Path) -> bool:
    return not path.name.endswith(".json") or (
        path.parent.name == "json" and "expected" not in path.name
    )


def _run(result: Result, module: Any, files: list[bytes], *, many: bool) -> None:
    # Pages are read in a process of their own, whose limit is by the clock.
    clock = time.monotonic if module is web_page else time.process_time

    def read_all(report: int) -> int:
        slowest, failures = 0.0, []
        for number, data in enumerate(files):
            began = clock()
            try:
                if module.recognises(io.BytesIO(data)) or number % 2:
                    if many:
                        for _ in module.members(io.BytesIO(data), _READING):
                            pass
                    else:
                        module.parse(data, _READING)
            except ParseError as error:
                if "\n" in error.reason:
                    failures.append(f"{number}: several lines: {error.reason!r}")
            except Exception as error:
                failures.append(f"{number}: {type(error).__name__}: {error}")
            slowest = max(slowest, clock() - began)
            if clock() - began > SECONDS + 1:  # a page is stopped at SECONDS
                failures.append(f"{number}: took {clock() - began:.0f} s")
        os.write(report, json.dumps([slowest, failures[:20]]).encode())
        return 0

    child = Child(read_all)
    code = child.end()
    result.tries = len(files)
    if code:
        result.failures.append(f"ended with {code}: {child.said[:200]!r}")
        return
    slowest, failures = json.loads(child.said)
    result.failures += failures
    result.check(child.peak < MEGABYTES, f"{child.peak:.0f} MB of memory")
    result.tries -= 1
    result.note = f"the slowest took {slowest:.1f} s; at most {child.peak:.0f} MB"


def _changed(golden: list[bytes], tries: int, seed: str) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(tries):
        data = chance.choice(golden)
        if data.startswith(b"PK") and chance.random() < 0.7:
            yield _rezipped(data, chance)
        else:
            yield _mutated(data, chance)


def _mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(changed) + 1)
        length = chance.choice((0, 1, 3, 40, 400))
        match chance.randrange(5):
            case 0:
                changed[at : at + length] = chance.choice(_PIECES)
            case 1:
                changed[at:at] = bytes(changed[at : at + length]) * chance.randrange(1, 20)
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at : at + 1] = chance.randbytes(1)
            case _:
                del changed[at:]
    return bytes(changed)


def _rezipped(data: bytes, chance: random.Random) -> bytes:
    """A DOCX one of whose parts was changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        chosen = chance.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, _mutated(part, chance) if name == chosen else part)
    return out.getvalue()


def _docx(document: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/_rels/document.xml.rels", b"<x>lexis</x>")
        file.writestr("word/document.xml", document)
    return out.getvalue()


def _entities() -> bytes:
    names = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(9))
    return f'<?xml version="1.0"?><!DOCTYPE x [{names}]><x>&e8;</x>'.encode()


W = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
PAGE = (
    b'<html><head><title>T</title><meta property="og:title" content="T">'
    b'<meta property="article:published_time" content="2024-05-01T10:00:00Z"></head><body><article>'
)
HOSTILE: list[tuple[str, Callable[[], bytes]]] = [
    ("docx", lambda: _docx(W + b"<w:p>" * 20_000_000)),  # a bomb of 100 MB
    ("docx", lambda: _docx(W + b"<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 1_500_000)),
    ("docx", lambda: _docx(W + b"<w:p>" * 100_000)),
    ("docx", lambda: _docx(_entities())),
    ("html", lambda: b"<!-- LXNComment --><html><body>" + b"<div>" * 200_000),
    ("html", lambda: b"<!-- LXNComment --><html><body>" + b"<p>x</p><b>y</b>" * 1_200_000),
    ("factiva", lambda: b"<html>factiva<body>" + b"<div>" * 200_000),
    ("factiva", lambda: b'<html>factiva<div class="article enArticle">' + b"<p>x" * 1_000_000),
    ("html", lambda: PAGE + b"<p>" + b"<b>x</b><i>y</i> " * 100_000),
    ("html", lambda: PAGE + b"<p>x<div>" * 200_000),
    ("html", lambda: PAGE + b"<table><tr><td>x" * 100_000),
    ("html", lambda: PAGE + b"<ul><li>x</ul>" * 130_000),
    ("html", _entities),
    ("json", lambda: b"[" * 5_000_000),
    ("json", lambda: b'{"title":' * 500_000),
    ("json", lambda: b'[{"title": "' + b"x" * 50_000_000),
    ("jsonl", lambda: b'{"title": "' + b"x" * 100_000_000 + b'"}\n{"a": 1}\n'),
    ("jsonl", lambda: b'{"date":"2024-01-01","title":"T","text":"' + b"x\\n" * 1_300_000 + b'"}\n'),
    ("jsonl", lambda: b'{"title":[' + b"[]," * 1_300_000 + b"1]}\n"),
    ("json", lambda: b"[" + b",".join([b'{"title":[' + b"[]," * 1_300_000 + b"1]}"] * 4) + b"]"),
    ("csv", lambda: b"date,title,text\n" + b'"' * 50_000_000),
    ("csv", lambda: b"date,title,text\n" + b"," * 50_000_000),
    ("markdown", lambda: b"---\na: &a [x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(98, 110)
    ) + b"title: *m\n---\ntext\n"),
    ("markdown", lambda: b"---\ntitle: t\ndate: 2023-01-01\n---\n" + b"[" * 1_000_000),
    ("markdown", lambda: b"---\ntitle: t\ndate: 2023-01-01\n---\n" + b"> " * 500_000 + b"x"),
    ("nexis-txt", lambda: b"   1 of 2 DOCUMENTS\n\n" + b"x\n" * 4_000_000),
    ("proquest", lambda: b"_" * 60 + b"\nTitle: x\n\nFull text: " + b"x\n" * 4_000_000),
]  # fmt: skip
"""What was made to harm: part of a format's name, and the file."""
