"""`archive serve` as a process: its address, its port, its end."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from archive.web.server import PORT

if TYPE_CHECKING:
    from conftest import Cli


@pytest.fixture(scope="module")
def db(db: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A copy, for a process that is killed leaves a log behind."""
    return shutil.copy(db, str(tmp_path_factory.mktemp("serve") / "archive.db"))


@contextlib.contextmanager
def serving(db: str, *arguments: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the address that it names."""
    with subprocess.Popen(
        [sys.executable, "-m", "archive", "serve", "--db", db, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    ) as process:
        assert process.stdout
        try:
            said = process.stdout.readline()
            found = re.search(r"http://([^/]+)/", said)
            assert found, process.stderr and process.stderr.read()
            yield process, found[1]
        finally:
            process.terminate()  # so that no log of SQLite's stays


def ask(place: str, path: str = "/") -> tuple[int, str]:
    with contextlib.closing(http.client.HTTPConnection(place, timeout=20)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_where_it_says_and_ends_at_once(db: str, number: int) -> None:
    with serving(db, "--port", str(_free_port())) as (process, place):
        status, text = ask(place)
        assert (status, "10 articles" in text) == (200, True)
        began = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")
        assert time.monotonic() - began < 2


def test_it_ends_at_once_while_a_question_is_asked_and_leaves_nothing(db: str) -> None:
    with serving(db, "--port", str(_free_port())) as (process, place):
        host, _, port = place.partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"GET /?q=visit HTTP/1.1\r\nHost: localhost\r\n\r\n")
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
    assert not os.path.exists(f"{db}-wal")


def test_clients_that_go_away_in_the_middle_of_an_answer_do_no_harm(db: str) -> None:
    with serving(db, "--port", str(_free_port())) as (process, place):
        host, _, port = place.partition(":")
        for file in (b"archive.css", b"archive.js") * 20:
            with socket.create_connection((host, int(port))) as connection:
                request = b"GET /static/%s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                connection.sendall(request % file)
        assert ask(place)[0] == 200
        assert process.poll() is None


def test_a_free_port_is_taken_unless_one_was_asked_for(db: str, cli: Cli) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # in use by another program, as well
            taken.bind(("127.0.0.1", PORT))
            taken.listen()
        with serving(db) as (process, place):
            assert ask(place, "/about.json")[0] == 200
            process.terminate()
            _, errors = process.communicate(timeout=10)
        assert errors == f"archive: port {PORT} is in use, so this is port {place.split(':')[1]}\n"
        refused = cli("serve", "--db", db, "--port", str(PORT))
    assert refused.returncode == 2
    assert f"port {PORT} at 127.0.0.1 is in use" in refused.stderr


def test_another_host_needs_a_name_and_says_what_that_means(db: str, cli: Cli) -> None:
    refused = cli("serve", "--db", db, "--host", "0.0.0.0")  # noqa: S104 - what is tested
    assert refused.returncode == 2
    assert "--allow-host" in refused.stderr
    port = str(_free_port())
    given = ("--host", "0.0.0.0", "--allow-host", "news.lan", "--port", port)  # noqa: S104
    with serving(db, *given) as (process, place):
        assert place == f"news.lan:{port}"
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", int(port))) as connection:
            for host, status in (("news.lan", 200), ("evil.example", 421), ("localhost", 200)):
                connection.request("GET", "/about.json", headers={"Host": host})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == status
        process.terminate()
        _, errors = process.communicate(timeout=10)
    assert "everybody who reaches 0.0.0.0 can read the whole archive" in errors


def test_what_is_wrong_with_the_archive_or_the_host_is_said_at_once(db: str, cli: Cli) -> None:
    missing = cli("serve", "--db", "/nowhere/archive.db")
    assert (missing.returncode, "no archive at" in missing.stderr) == (4, True)
    wrong = cli("serve", "--db", db, "--host", "203.0.113.1", "--allow-host", "x")
    assert (wrong.returncode, "cannot serve at 203.0.113.1" in wrong.stderr) == (2, True)


def test_the_browser_that_is_opened_gets_the_address(db: str, tmp_path: os.PathLike[str]) -> None:
    seen = os.path.join(tmp_path, "seen")
    browser = os.path.join(tmp_path, "browser")
    with open(browser, "w", encoding="utf-8") as script:
        script.write(f'#!/bin/sh\necho "$1" > {seen}\n')
    os.chmod(browser, 0o700)
    with serving(db, "--open", "--port", str(_free_port()), BROWSER=browser) as (_, place):
        for _ in range(200):
            if os.path.exists(seen) and os.path.getsize(seen):
                break
            time.sleep(0.05)
        with open(seen, encoding="utf-8") as given:
            assert given.read() == f"http://{place}/\n"


def test_without_the_extra_it_says_what_to_install(db: str) -> None:
    program = "import sys; sys.modules['uvicorn'] = None; from archive.cli.main import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", program, "serve", "--db", db],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert "article-archive[web]" in ran.stderr


def _free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])
