"""Reading in a second process: the same outcomes, whatever happens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive import Archive, Options
from archive.formats.contract import Reading
from archive.incoming import FoundFile, ParsedFile, Rejection
from archive.ingest import ahead as intake
from archive.ingest import parsing
from conftest import ARTICLES

OLD = 1_600_000_000


def _write(folder: Path, articles: int) -> list[str]:
    folder.mkdir(exist_ok=True)
    paths = []
    for number in range(articles):
        path = folder / f"{number:04}.txt"
        text = list(ARTICLES.values())[number % len(ARTICLES)]
        path.write_text(f"{text}Number {number}.\n", encoding="utf-8")
        os.utime(path, (OLD, OLD))
        paths.append(str(path))
    return paths


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process for any job, and small chunks."""
    monkeypatch.setattr(intake, "WORTH_FILES", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("archive.ingest.walk.CHUNK_FILES", 5)


def _kinds(job: list[parsing.Wanted]) -> list[parsing.Outcome]:
    return parsing.take_in(job, Reading())


@pytest.mark.usefixtures("always")
def test_both_processes_say_the_same(tmp_path: Path) -> None:
    good, crlf, bad, same = _write(tmp_path, 4)
    Path(crlf).write_bytes(Path(crlf).read_bytes().replace(b"\n", b"\r\n"))
    Path(bad).write_bytes(b"no header\n")
    expected = _kinds([(same, None, None)])[0]
    assert isinstance(expected, ParsedFile)
    job: list[parsing.Wanted] = [
        *((path, None, None) for path in (good, crlf, bad)),
        (same, expected.file_hash, None),
        ("/none", None, None),
    ]
    with intake.Intake(Reading()) as taking:
        answers = []
        for _ in range(3):
            taking.start(job)
            answers.append(taking.finish())
        assert taking._process is not None  # noqa: SLF001 - or nothing was tested
        assert taking._sent  # noqa: SLF001
    assert answers == [_kinds(job)] * 3
    assert [type(outcome) for outcome in answers[0]] == [
        *(ParsedFile, ParsedFile, Rejection, FoundFile, Rejection)
    ]


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(("processors", "begun"), [(None, False), (1, False), (2, True)])
def test_a_second_process_needs_a_second_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processors: int | None, begun: bool
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    with intake.Intake(Reading()) as taking:
        taking.start([(path, None, None) for path in _write(tmp_path, 3)])
        taking.finish()
        assert (taking._process is not None) == begun  # noqa: SLF001 - nothing else shows it


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("moment", ["before the job", "after the job"])
def test_a_killed_process_is_done_without(tmp_path: Path, moment: str) -> None:
    job: list[parsing.Wanted] = [(path, None, None) for path in _write(tmp_path, 3)]
    with intake.Intake(Reading()) as taking:
        taking.start(job)
        taking.finish()
        process = taking._process  # noqa: SLF001
        assert process is not None
        if moment == "before the job":
            process.kill()
            process.wait()
            taking.start(job)
        else:
            os.kill(process.pid, signal.SIGSTOP)
            taking.start(job)
            process.kill()
        assert taking.finish() == _kinds(job)


@pytest.mark.usefixtures("always")
def test_an_archive_is_the_same_either_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path / "news", 33)
    (tmp_path / "news" / "0007.txt").write_bytes(b"no header\n")
    rows = []
    for name, processors in (("two", 2), ("one", 1)):
        monkeypatch.setattr("os.cpu_count", lambda n=processors: n)
        with Archive(tmp_path / f"{name}.db") as archive:
            report = archive.ingest([tmp_path / "news"])
            assert (report.new, report.rejected) == (32, 1)
            assert archive.ingest([tmp_path / "news"]).unchanged == 32
            assert archive.verify().problems == ()
            rows.append(
                [
                    list(archive.sql(f"SELECT {columns} ORDER BY 1, 2").rows)
                    for columns in (
                        "id, title, content_hash, word_count FROM articles",
                        "article_id, position, text, folded FROM paragraphs",
                        "id, path, file_hash, size, mtime_ns, original FROM sources",
                        "path, line, reason FROM rejections",
                    )
                ]
            )
    assert rows[0] == rows[1]


@pytest.mark.usefixtures("always")
def test_a_path_given_twice_is_taken_once(tmp_path: Path) -> None:
    paths = _write(tmp_path, 12)
    with Archive(tmp_path / "a.db") as archive:
        report = archive.ingest([*paths, *reversed(paths)])
        assert (report.new, report.copied, report.rejected) == (12, 0, 0)
        assert archive.verify().problems == ()


@pytest.mark.usefixtures("always")
def test_a_strict_run_stores_nothing_and_leaves_no_process(tmp_path: Path) -> None:
    _write(tmp_path / "news", 23)
    (tmp_path / "news" / "0017.txt").write_bytes(b"no header\n")
    with Archive(tmp_path / "a.db") as archive:
        report = archive.ingest([tmp_path / "news"], options=Options(strict=True))
        assert (report.new, report.rejected) == (0, 1)
        assert archive.count("") == 0
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_the_second_process_ends_with_the_first(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from archive.ingest import ahead as intake\n"
        "from archive.formats.contract import Reading\n"
        "intake.WORTH_FILES = 0\n"
        "intake.os.cpu_count = lambda: 2\n"
        "taking = intake.Intake(Reading())\n"
        "taking.start([])\n"
        "print(taking._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    first = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert first.stdout
    second = int(first.stdout.readline())
    first.kill()
    first.communicate()
    deadline = time.monotonic() + 10
    while _lives(second):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    """Whether a process runs; one that nobody has collected yet does not."""
    try:
        os.kill(pid, 0)
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def test_a_ctrl_c_does_not_reach_the_second_process() -> None:
    process = intake._second_process()  # noqa: SLF001
    assert process is not None
    try:
        assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
    finally:
        process.kill()
        process.communicate()
