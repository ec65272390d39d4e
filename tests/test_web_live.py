"""Pages while another process ingests, backs up and restores."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from archive import Archive
from archive.web.app import application
from conftest import SEEDS
from test_web import fetch

PAGES = ("/?q=fresh", "/article/1", "/about", "/search.json?count=1")
TURNS, STORIES = 4, 20
WRITES = """
import sys
from pathlib import Path
from archive import Archive
path, news, turns, stories = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
for turn in range(turns):
    for number in range(stories):
        text = f" date 2024-01-01\\nNew {turn} {number}\\nA fresh word {turn} and {number}.\\n"
        (news / f"{turn}-{number}.txt").write_text(text)
    with Archive(path) as archive:
        archive.ingest([news])
        archive.backup(f"{path}.{turn}")
    with Archive(path) as archive:
        archive.restore(f"{path}.{turn}")
"""


def test_pages_are_answered_while_others_ingest_back_up_and_restore(tmp_path: Path) -> None:
    path, news, over = str(tmp_path / "archive.db"), tmp_path / "news", Event()
    news.mkdir()
    with Archive(path) as archive:
        archive.ingest([SEEDS])

    def ask(page: str) -> list[tuple[int, str]]:
        app, answers = application(path), []
        while not over.is_set():
            answer = fetch(app, page)
            answers.append((answer.status_code, answer.text))
        answers.append((0, fetch(app, page).text))
        app.state.desk.close()
        return answers

    with ThreadPoolExecutor(len(PAGES)) as readers:
        asked = [readers.submit(ask, page) for page in PAGES]
        written = [sys.executable, "-c", WRITES, path, str(news), str(TURNS), str(STORIES)]
        ran = subprocess.run(written, capture_output=True, check=False)
        over.set()
    assert (ran.returncode, ran.stderr) == (0, b"")
    for page, answers in zip(PAGES, (job.result() for job in asked), strict=True):
        failed = [text for status, text in answers[:-1] if status != 200]
        assert (page, failed) == (page, [])
        assert len(answers) > TURNS, page
    counts = [text for _, text in asked[-1].result()]
    assert counts[-1].split() == f'[{{"articles": {1 + TURNS * STORIES}}}]'.split()
    assert len(set(counts)) > 1, "the readers saw no change while it happened"
