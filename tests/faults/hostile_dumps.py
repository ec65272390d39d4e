"""Dumps from strangers: well formed and with the right hashes, but one value is what no ingest would
have written. What `load` takes is an archive like any other; the rest it refuses with the line.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

from harness import Child, Result, command, complain_to, scratch
from hostile import sound

from archive import Archive
from archive.upkeep.dump import _article

# For each kind of key, what it may be found to hold.
WRONG: tuple[Any, ...] = (
    10**30, 2**63 - 1, 2**63, -5, 0, 1.0, None, True, "7", "", " ", "a\nb", "a\0b", "a\ud800b",
    ["x"], {"x": 1}, "\x1b]0;owned\x07", "../../outside", "/a/../../outside", "/", "x" * 5000,
    float("nan"), float("inf"), "2023-02-30", 20230131, "99999-01-01", "2023-01-01T00:00:00Z",
    "By date 2020-01-01", "%%%", [], [1], [""], ["a\nb"], [" x"], "\ufeff", "00", "zz",
)  # fmt: skip
LINES = (
    '"a text"', "null", "[1, 2]", "{}", '{"kind": ["article"]}', '{"kind": "else"}', "[" * 200_000,
    '{"kind": ' + '{"a":' * 100_000 + "1" + "}" * 100_001, '{"kind": "article", "id": ' + "9" * 5000,
    '{"kind": "dump", "format": "article-archive dump", "version": 1, "schema": "0002"}',
)  # fmt: skip


def on_load(most: int) -> Result:
    """Each dump is loaded; what was made of it is checked and written to."""
    result = Result("hostile dumps")
    refused = 0
    with scratch() as root:
        with Archive(sound(root)) as archive:
            lines = [json.loads(line) for line in archive.dump()]
        for at, given in enumerate(itertools.islice(_dumps(lines), most)):
            label, changed, number = given
            path, name = root / f"{at}.db", root / f"{at}.jsonl"
            _write(name, changed)
            result.tries += 1
            code, said = _run(path, "load", name)
            result.check(code in (0, 4), f"{label}: exit {code} {said[:200]}")
            result.check("\x1b" not in said, f"{label}: an escape in {said[:200]!r}")
            if code == 0:
                for words in (["verify"], ["ingest", root / "more"], ["export", root / f"{at}"]):
                    code, said = _run(path, *words)
                    # Counts that do not agree with what there is are for verify to find.
                    fine = code == 0 or (words == ["verify"] and label.startswith("ingest."))
                    result.check(fine, f"{label}: taken, but {words[0]}: {code} {said[:200]}")
                continue
            refused += 1
            result.check(said.count("\n") == 1, f"{label}: {said[:300]!r}")
            result.check(not path.exists(), f"{label}: an archive was made")
            named = re.search(r"\.jsonl:(\d+): ", said)
            newer = "of a newer version" in said
            result.check(
                newer or (named and int(named[1]) >= number), f"{label}: no line in {said[:200]!r}"
            )
        left = {path.suffix for path in root.parent.glob("outside*")}
        result.check(not left, "files outside")
    result.note = f"{refused} refused"
    return result


def _run(path: Path, *words: object) -> tuple[int, str]:
    def inside(report: int) -> int:
        complain_to(report)
        return command("--db", path, *words)

    child = Child(inside)
    return child.end(), child.said.decode(errors="replace")


def _dumps(lines: list[dict[str, Any]]) -> Any:
    """Names, lines and the number of the line that was changed."""
    firsts = {line["kind"]: at for at, line in reversed([*enumerate(lines)])}
    changes = [
        (at, key, value)
        for at in firsts.values()
        for key in lines[at]
        if key != "kind"
        for value in WRONG
    ]
    changes += [(at, None, line) for at in (1, 5) for line in LINES]
    random.Random(71).shuffle(changes)
    for at, key, value in changes:
        made: list[Any] = [dict(line) for line in lines]
        if key is None:
            made.insert(at, value)
        else:
            made[at][key] = value
            if not key.endswith("_hash"):
                _sign(made[at], key)
        name = f"{lines[at]['kind']}.{key}" if key else "a line"
        yield f"{name} = {str(value)[:40]!r}", made, at + 1


def _sign(line: dict[str, Any], key: str) -> None:
    """Give a line the fingerprints of what it holds now, where it can have any."""
    if "paragraphs" in line:
        try:
            data = _article(line).canonical()
        except (TypeError, AttributeError, UnicodeError):
            return
        line["content_hash"] = hashlib.sha256(data).hexdigest()
        if "file_hash" in line and line["bytes"] is None:
            line["file_hash"] = line["content_hash"]
            line["size"] = line["size"] if key == "size" else len(data)


def _write(name: Path, lines: list[Any]) -> None:
    *before, end = lines
    written = [line if isinstance(line, str) else json.dumps(line) for line in before]
    text = "".join(f"{line}\n" for line in written)
    given = {"lines": len(written), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    end |= {key: value for key, value in given.items() if _usual(end.get(key))}
    name.write_text(f"{text}{json.dumps(end)}\n", encoding="utf-8")


def _usual(value: object) -> bool:
    return (isinstance(value, int) and 0 < value < 1000) or (
        isinstance(value, str) and len(value) == 64
    )
