"""A terminal of a given size, and what stands on its screen: for tests of what people see."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from typing import TYPE_CHECKING

import pyte

from archive.record_class import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BLANK = {"COLUMNS", "LINES", "PAGER", "LESS", "LV", "NO_COLOR", "COLORTERM", "ARCHIVE_DB"}


@record
class Seen:
    """What a command showed: the screen whenever it waited for a key, the screen at its end, all
    bytes that came, and the exit code."""

    waiting: Sequence[str]
    screen: str
    output: str
    code: int


def waits_at_prompt(screen: str) -> bool:
    """Whether `less` waits for a key."""
    return screen.rsplit("\n", maxsplit=1)[-1].startswith((":", "(END)"))


def on_terminal(
    *arguments: str,
    size: tuple[int, int] = (80, 24),
    keys: Sequence[bytes] = (),
    ready: Callable[[str], bool] = waits_at_prompt,
    env: Mapping[str, str] | None = None,
) -> Seen:
    """Runs `archive` on a terminal; types each key once the screen is `ready` for it."""
    command = [sys.executable, "-m", "archive", *arguments]
    return run(command, [(ready, key) for key in keys], env or {}, size=size)


def run(
    command: Sequence[str],
    steps: Sequence[tuple[Callable[[str], bool], bytes]],
    env: Mapping[str, str],
    *,
    size: tuple[int, int] = (80, 24),
    until: Callable[[str], bool] | None = None,
) -> Seen:
    """Runs a command on a terminal. Types each key once the screen is as it should be, and kills
    the command where the screen is as it should be `until` then, or after half a minute."""
    columns, lines = size
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], [*command], _environment(env))  # noqa: S606 - in the child
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    screen = pyte.Screen(columns, lines)
    stream = pyte.ByteStream(screen)
    waiting, left, output = [], list(steps), b""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.05)[0]:
            data = b""
            with contextlib.suppress(OSError):  # Linux has it so when the other side is closed
                data = os.read(terminal, 65536)
            if not data:
                break
            output += data
            stream.feed(data)
        elif left and left[0][0](_text(screen)):
            waiting.append(_text(screen))
            os.write(terminal, left.pop(0)[1])
            time.sleep(0.1)
        elif not left and until and until(_text(screen)):
            os.kill(pid, signal.SIGKILL)
            break
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    code = os.waitstatus_to_exitcode(status)
    return Seen(tuple(waiting), _text(screen), output.decode(errors="replace"), code)


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    usual = {name: value for name, value in os.environ.items() if name not in BLANK}
    return {**usual, "TERM": "xterm-256color", **env}


def _text(screen: pyte.Screen) -> str:
    return "\n".join(line.rstrip() for line in screen.display).rstrip("\n")
