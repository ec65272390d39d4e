"""The tests are tested: faults are put into a copy of the code, one at a time, and the suite must fail.

    python tests/faults/mutants.py [--seed N] [--count N] [--only WORD] [--report docs/reliability.md]

First the known faults (known.py), each with the tests that it names. Then so many of the small faults
that can be made from the syntax tree (mutations.py), drawn by the seed: each runs the tests that run
its block, those that run the fewest other blocks first, up to the first that fails. A fault at which
the tests hang counts as noticed. Ends with exit code 1 if a known fault went unnoticed or fits the
code no more, or if fewer than 95 % of the drawn ones were noticed. `--report` writes the section of
the page that lists the survivors.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import known
import mutations
from mutations import Mutation

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("archive", "migrations", "seeds", "tests", "docs", "benchmarks", "README.md", "LICENSE",
          "pyproject.toml", "CHANGELOG.md", "CONTRIBUTING.md")  # fmt: skip
PROCESSES = 2
WANTED = 0.95
BEGIN = "<!-- mutants: from here on written by tests/faults/mutants.py -->"
HELD = 1  # pytest's exit code where tests failed; above it the code could not even be loaded


@dataclass(frozen=True)
class Timed:
    """A test that passes, its seconds, and the blocks that it runs."""

    test: str
    seconds: float
    blocks: frozenset[int]


Job = Callable[[Path], str]
"""Puts a fault into a copy of the tree, and says what became of it."""

Submit = Callable[[Job, str], "Future[str]"]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of its own, in memory where there is room; the temporary files of the tests are in it
    too, so that nothing is left of those that are stopped."""
    memory = Path("/dev/shm")  # noqa: S108 - a name of its own is made in it
    room = memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000
    folder = Path(tempfile.mkdtemp(prefix="mutants-", dir=memory if room else None))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=False)


def copied(place: Path) -> Path:
    """A copy of the tree."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / name)
    (place / "tmp").mkdir()
    (place / "tmp").chmod(0o1777)
    return place


def modules(root: Path) -> dict[str, str]:
    """The source of every module of the package, by its path from the root."""
    found = sorted((root / "archive").rglob("*.py"))
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in found}


def pytest(
    place: Path, *arguments: str, seconds: float, more: dict[str, str] | None = None
) -> int | None:
    """pytest's exit code in a copy, None where it did not end in time; all its processes end."""
    environment = {**os.environ, "PYTHONPATH": f"{place}:{place / 'tests' / 'faults'}",
                   "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(place / "tmp"), **(more or {})}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for entry in (place / "tmp").iterdir():
            subprocess.run(["rm", "-rf", str(entry)], check=False)


def watch(place: Path) -> tuple[dict[str, int], list[Timed]]:
    """Run the suite once in a copy whose blocks are watched: the number of each module's first block,
    and the tests that pass."""
    firsts: dict[str, int] = {}
    count = 0
    for file, source in modules(place).items():
        firsts[file] = count
        new, blocks = mutations.watched(source, count)
        (place / file).write_text(new, encoding="utf-8")
        count += blocks
    maps = place / "maps"
    maps.mkdir()
    arguments = ("-n", str(PROCESSES), "-p", "watching", "tests")
    pytest(place, *arguments, seconds=1200, more={"FAULT_MAPS": str(maps)})
    lines = [
        json.loads(line) for path in maps.glob("*.jsonl") for line in path.open(encoding="utf-8")
    ]
    return firsts, [Timed(row["test"], row["seconds"], frozenset(row["blocks"])) for row in lines]


def chosen(tests: Sequence[Timed], block: int) -> list[Timed]:
    """The tests that run a block, those first that are quick and run little else."""
    running = [test for test in tests if block in test.blocks]
    return sorted(running, key=lambda test: (len(test.blocks) * (0.2 + test.seconds), test.test))


def noticed(place: Path, mutation: Mutation, tests: Sequence[Timed]) -> str:
    """What became of a fault: noticed, noticed by a hang, or not."""
    if not tests:
        return "SURVIVED (run by no test)"
    path = place / mutation.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(mutations.mutated(sound, mutation.number), encoding="utf-8")
    names = place / "chosen"
    names.write_text("".join(f"{test.test}\n" for test in tests), encoding="utf-8")
    limit = 30 + 4 * sum(test.seconds for test in tests)
    try:
        code = pytest(place, "-x", f"@{names}", seconds=limit)
    finally:
        path.write_text(sound, encoding="utf-8")
    return {None: "noticed (hangs)", 0: "SURVIVED"}.get(code, "noticed")


def fault_noticed(place: Path, fault: known.Fault) -> str:
    """What became of a known fault."""
    for file, sound in modules(place).items():
        new = fault.put_into(sound)
        if new is not None:
            path = place / file
            path.write_text(new, encoding="utf-8")
            try:
                code = pytest(place, "-x", *shlex.split(fault.tests), seconds=300)
            finally:
                path.write_text(sound, encoding="utf-8")
            if code == HELD:
                return "noticed"
    fits = any(fault.put_into(sound) is not None for sound in modules(place).values())
    return "NOT NOTICED" if fits else "DOES NOT FIT the code any more"


def main() -> None:
    """Put in each fault, and say what became of it."""
    parser = argparse.ArgumentParser(description="Does the suite notice faults?")
    parser.add_argument("--seed", type=int, default=1, help="what draws the small faults")
    parser.add_argument("--count", type=int, default=60, help="how many small faults (0: none)")
    parser.add_argument("--only", metavar="WORD", help="faults whose name holds this")
    parser.add_argument("--report", metavar="FILE", help="write the section of that page")
    given = parser.parse_args()
    began = time.monotonic()
    with scratch() as folder:
        places: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(PROCESSES):
            (folder / str(number)).mkdir()
            places.put(copied(folder / str(number)))

        def in_a_copy(job: Job, name: str) -> str:
            """Do it in whichever copy is free, and print what came of it."""
            place, started = places.get(), time.monotonic()
            try:
                said = job(place)
            finally:
                places.put(place)
            print(f"{said:<15} {name}  ({time.monotonic() - started:.0f} s)", flush=True)
            return said

        with ThreadPoolExecutor(PROCESSES) as pool:
            ends = [
                pool.submit(in_a_copy, partial(fault_noticed, fault=fault), fault.name)
                for fault in known.FAULTS
                if not given.only or given.only in fault.name
            ]
            unnoticed = sum(end.result() != "noticed" for end in ends)
            drawn, left_out = draw(given.seed, given.count, given.only or "")
            submit: Submit = lambda job, name: pool.submit(in_a_copy, job, name)  # noqa: E731
            survivors = try_out(folder, drawn, submit) if drawn else []
    share = 1 - len(survivors) / len(drawn) if drawn else 1.0
    print(
        f"{len(drawn)} small faults, {share:.1%} noticed; {left_out} that change nothing were left out;"
        f" {time.monotonic() - began:.0f} s"
    )
    if given.report and drawn:
        write_section(Path(given.report), section(given.seed, len(drawn), survivors))
    sys.exit(bool(unnoticed) or share < WANTED)


def draw(seed: int, count: int, word: str) -> tuple[list[Mutation], int]:
    """So many of the small faults, those of them whose name holds the word, without those that
    nothing can notice; and how many those were."""
    every = [m for file, source in modules(ROOT).items() for m in mutations.mutations(file, source)]
    sample = random.Random(seed).sample(every, min(count, len(every)))
    drawn = [m for m in sample if word in str(m)]
    able = [m for m in drawn if (m.function, m.what) not in known.EQUIVALENT]
    return able, len(drawn) - len(able)


def try_out(folder: Path, drawn: Sequence[Mutation], submit: Submit) -> list[Mutation]:
    """Those of these faults that no test notices."""
    (folder / "watched").mkdir()
    firsts, tests = watch(copied(folder / "watched"))
    print(
        f"{len(tests):,} tests watched, {sum(t.seconds for t in tests):.0f} s of them", flush=True
    )
    ends = []
    for mutation in drawn:
        running = chosen(tests, firsts[mutation.file] + mutation.block)
        job = partial(noticed, mutation=mutation, tests=running)
        ends.append(submit(job, f"{mutation} [{len(running)} tests]"))
    said = [end.result() for end in ends]
    return [m for m, end in zip(drawn, said, strict=True) if not end.startswith("noticed")]


def section(seed: int, count: int, survivors: Sequence[Mutation]) -> list[str]:
    """The section of docs/reliability.md."""
    share = 1 - len(survivors) / count
    lines = [
        "## Faults put into the code",
        "",
        "Written by `python tests/faults/mutants.py --report docs/reliability.md`.",
        f"Of {count} small faults drawn from the syntax tree (seed {seed}) the suite noticed"
        f" {count - len(survivors)}, {share:.1%}"
        + ("." if share >= WANTED else f": **fewer than the {WANTED:.0%} that are wanted**."),
    ]
    if survivors:
        lines += ["Nothing noticed these:", "", *(f"- {survivor}" for survivor in survivors)]
    lines += ["", *known.BEFORE]
    lines += ["", "| seed | noticed | share | the others |", "|---:|---:|---:|---|"]
    lines += [
        f"| {run.seed} | {run.noticed} of {run.faults} | {run.noticed / run.faults:.0%}"
        f" | {run.survivors} |"
        for run in known.RUNS
    ]
    if known.EQUIVALENT:
        lines += ["", "Left out, because nothing can notice them:", ""]
        lines += [
            f"- {function}: {what}: {why}" for (function, what), why in known.EQUIVALENT.items()
        ]
    return lines


def kept_section(page: Path) -> str:
    """The section as a page has it, for who writes the rest of the page anew."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return f"\n{text[text.index(BEGIN) :]}" if BEGIN in text else ""


def write_section(page: Path, lines: Sequence[str]) -> None:
    """Put the section at the end of the page, in the place of the earlier one."""
    before = page.read_text(encoding="utf-8").partition(BEGIN)[0]
    text = "\n".join((before.rstrip(), "", BEGIN, "", *lines, ""))
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
