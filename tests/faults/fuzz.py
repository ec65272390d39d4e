"""Article files and queries that nobody would write, from a fixed seed."""

from __future__ import annotations

import hashlib
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from harness import Child, Result, articles, command, complain_to, scratch, write_articles

from archive import Archive
from archive.errors import ParseError, UsageError
from archive.formats.packing import rebuild
from archive.incoming import FoundFile
from archive.ingest.parsing import parse

Ended = tuple[int, bytes, float, float]
"""Exit code, all output, seconds on the clock and of the processor."""
T = TypeVar("T")
RAW = re.compile(rb"[\0-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
SLOW = 2.0
"""Seconds on the clock that nothing may take; one try more where a busy machine made it wait."""

_PIECES = (
    b" date 2023-01-31 Politics\n", b"Title\n", b"Paragraph.\n", b"\r\n", b"\n\n", b"\xef\xbb\xbf", b"\0",
    b"\xff", b"\xe9", b"\x1b]52;c;eA==\x07", b"\x1b[2J", b"\xe2\x80\xa8", b"\x0c", b"\x0b", b"\xc2\x85",
    b"\xe2\x80\xae", b" date 2023-02-30\n", b" date 20230131\n", b"date 0000-01-01\n", b"\t", b" ",
    b"by date date 2024-02-29 x\n", "中国\n".encode(), "é\u0301\n".encode(), b"\xf0\x9f\x98\x80", b"=HYPERLINK(1)\n",
    b"\xed\xa0\x80", b"date", b"a" * 300, b"\xc2\xb6 ", b"\xef\xb7\x90", "ﬁ½™\n".encode(),
)  # fmt: skip
_WORDS = (
    "moscow", "xi", '"', "“", "(", ")", "OR", "NOT", "AND", "NEAR/3", "NEAR(", "-", "*", "+", ":", "title:",
    "category:", "date:", "after:2023", "before:", "byline:", "source:", "C++", "e-mail", "don't", "a:b", "^",
    "{", "}", "\0", "\x1b[2J", "\u202e", "中国", "é", "é", "ﬁ", "\u00ad", "%", "_", "'", ";", "--", "/*",
    "2023-02-30", "..", "para:(", "😀", "\ud800", "the", "NEAR/999999999999", "", "\\", "¶", "\ufdd0", "-(", "-OR",
)  # fmt: skip


def file(chance: random.Random) -> bytes:
    """The bytes of one file: pieces put together, or a sound article with some bytes changed."""
    if chance.random() < 0.5:
        return b"".join(chance.choices(_PIECES, k=chance.randrange(12)))
    data = bytearray(
        b" date 2023-01-31 Politics\nTitle\nFirst.\nSecond.\n" + chance.choice(_PIECES)
    )
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return bytes(data)


def query(chance: random.Random) -> str:
    """A query put together from what means something, with and without blanks."""
    count = chance.choice((1, 2, 3, 5, 8, 13, 40))
    return chance.choice(("", " ")).join(chance.choices(_WORDS, k=count))


def timed(one: Callable[[], T]) -> tuple[T, float, float]:
    """What it gives, and its seconds on the clock and of the processor. What took too long is tried
    once more, and the second try counts."""
    for _ in range(2):
        began, busy = time.monotonic(), time.process_time()
        given = one()
        took, busy = time.monotonic() - began, time.process_time() - busy
        if took < SLOW:
            break
    return given, took, busy


def slowest_took(seconds: float, processor: float) -> str:
    """The two figures, for the report."""
    return f"the slowest took {seconds:.2f} s, at most {processor:.2f} s of the processor"


def files(tries: int) -> Result:
    """Each is refused with a reason, or gives its bytes back; then all of them in one ingest."""
    result = Result("fuzzed article files", tries)
    chance = random.Random(5)
    taken = 0
    slowest = processor = 0.0
    with scratch() as root:
        for at in range(tries):
            data = file(chance)
            name = root / "news" / f"{at % 97}" / f"{at}.txt"
            name.parent.mkdir(parents=True, exist_ok=True)
            name.write_bytes(data)
            os.utime(name, (1_600_000_000, 1_600_000_000))
            digest = hashlib.sha256(data).digest()

            def one(
                at: int = at, name: Path = name, data: bytes = data, digest: bytes = digest
            ) -> bool:
                try:
                    parsed = parse(FoundFile(str(name), len(data), 0), data, digest, "utf-8")
                    back = rebuild(parsed.article, parsed.original, digest, len(data))
                except ParseError:
                    return False
                except Exception as error:  # any other is the failure looked for
                    result.failures.append(f"{at}: {type(error).__name__}: {error}")
                    return False
                result.check(back == data, f"{at}: bytes")
                return True

            is_article, took, busy = timed(one)
            taken += is_article
            slowest, processor = max(slowest, took), max(processor, busy)
        said = root / "said"

        def everything(_: int) -> int:
            complain_to(os.open(said, os.O_WRONLY | os.O_CREAT))
            return command("--db", root / "a.db", "ingest", root / "news")

        code = Child(everything).end()
        result.check(code == 3, f"the ingest of all ended with {code}")
        result.check(b"Traceback" not in said.read_bytes(), "a traceback")
        result.check(not RAW.search(said.read_bytes()), "a raw control byte")
        result.sound(root / "a.db")
        result.check(slowest < SLOW, f"the slowest took {slowest:.1f} s")
        held = articles(root / "a.db")
    result.note = (
        f"{taken:,} are articles, {held:,} different ones; {slowest_took(slowest, processor)}"
    )
    return result


def _archive(root: Path) -> Path:
    write_articles(root / "news", 300)
    path = root / "a.db"
    Child(lambda _: command("--db", path, "ingest", root / "news")).end()
    return path


def queries(tries: int) -> Result:
    """Each is answered, or refused as a mistake in the query; none takes long."""
    result = Result("fuzzed queries", tries)
    chance = random.Random(6)
    refused = 0
    slowest = processor = 0.0
    with scratch() as root, Archive(_archive(root)) as archive:
        for at in range(tries):
            text = query(chance)

            def one(at: int = at, text: str = text) -> bool:
                try:
                    for hit in archive.search(text, limit=5):
                        for passage in hit.paragraphs:
                            good = all(0 <= a < b <= len(passage.text) for a, b in passage.marks)
                            result.check(good, f"{at}: marks of {text!r}")
                except UsageError:
                    return True
                except Exception as error:  # any other is the failure looked for
                    result.failures.append(f"{at}: {text!r}: {type(error).__name__}: {error}")
                return False

            mistake, took, busy = timed(one)
            refused += mistake
            slowest, processor = max(slowest, took), max(processor, busy)
            result.check(took < SLOW, f"{at}: {text!r} took {took:.1f} s")
    result.most(tries - refused, "were answered")
    result.note = f"{refused:,} refused as mistakes; {slowest_took(slowest, processor)}"
    return result


def through_the_command(tries: int) -> Result:
    """So many files and so many queries, each a run of the program of its own."""
    result = Result("fuzzed files and queries through the command", 2 * tries)
    chance = random.Random(7)
    environment = {**os.environ, "COLUMNS": "100"}

    def run(path: str, again: str, *arguments: str) -> Ended:
        """On one archive, and if that took too long once more, on an archive like it."""
        first = once("--db", path, *arguments)
        return first if first[2] < SLOW else once("--db", again, *arguments)

    def once(*arguments: str) -> Ended:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "archive", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        assert process.stdout
        with process.stdout:
            said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - began
        return process.returncode, said, took, usage.ru_utime + usage.ru_stime

    with scratch() as root:
        path = str(_archive(root))

        def search(text: str) -> tuple[str, Ended]:
            given = text.replace("\0", "\x01")  # no argument of a program holds a NUL
            return repr(text), run(path, path, "search", "--", os.fsdecode(os.fsencode(given.encode(
                errors="surrogatepass"))))  # fmt: skip

        def ingest(name: Path) -> tuple[str, Ended]:
            return repr(name.read_bytes()), run(path, f"{name}.db", "ingest", str(name), "--json")

        names = []
        for at in range(tries):
            names.append(root / f"{at}.txt")
            names[-1].write_bytes(file(chance))
            os.utime(names[-1], (1_600_000_000, 1_600_000_000))
        texts = [query(chance) for _ in range(tries)]
        with ThreadPoolExecutor(2) as pool:
            ends = [*pool.map(search, texts), *pool.map(ingest, names)]
        result.sound(path)
    for what, (code, said, took, _) in ends:
        result.check(code in (0, 1, 2, 3), f"{what}: exit {code}")
        result.check(b"Traceback" not in said, f"{what}: a traceback")
        result.check(not RAW.search(said), f"{what}: a raw control byte")
        result.check(took < SLOW, f"{what}: took {took:.1f} s")
    slowest = slowest_took(
        max(took for _, (_, _, took, _) in ends), max(busy for _, (_, _, _, busy) in ends)
    )
    result.note = f"{slowest}, start included"
    return result
