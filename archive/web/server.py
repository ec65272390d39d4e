"""Runs the application: a port that is free, a browser if wanted, an end at once."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence

import uvicorn

from archive.errors import UsageError
from archive.web.app import application
from archive.web.guard import LOOPBACK

PORT = 8642
"""The port that is tried first."""

_LONGEST_ADDRESS = 1 << 17
_MOST_REQUESTS = 200


def listen(host: str, port: int | None) -> socket.socket:
    """Returns a socket that listens at a host, on the port asked for, else on `PORT` or, where that
    is in use, a free one; `UsageError`."""
    wanted = (port,) if port is not None else (PORT, 0)
    for at in wanted:
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(
                host, at, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            # With the protocol named, asyncio sends the end of an answer without waiting for the
            # receipt of its beginning, which takes 40 ms.
            made = socket.socket(family, kind, protocol)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(place)
            made.listen(128)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise UsageError(f"cannot serve at {host}, port {at}: {error.strerror}") from None
        else:
            return made
    raise UsageError(f"port {port} at {host} is in use: name another one, or leave out --port")


def serve(
    path: str,
    listening: socket.socket,
    names: Sequence[str] = (),
    ready: Callable[[], object] = lambda: None,
) -> None:
    """Serves an archive until SIGINT or SIGTERM, then ends at once; `ready` is called when
    requests are taken."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a client that goes away ends its answer alone
    app = application(path, names)
    config = uvicorn.Config(
        app,
        access_log=False,
        h11_max_incomplete_event_size=_LONGEST_ADDRESS,
        http="h11",
        lifespan="off",
        limit_concurrency=_MOST_REQUESTS,
        log_level="error",
        server_header=False,
        ws="none",
    )
    # Some senders of a signal, such as `timeout`, send it twice.
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(_Server(config), listening, ready))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    app.state.desk.close()


class _Server(uvicorn.Server):
    """Leaves signals to `_serve`: uvicorn would wait for requests that are being answered."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


async def _serve(
    server: uvicorn.Server, listening: socket.socket, ready: Callable[[], object]
) -> None:
    loop = asyncio.get_running_loop()
    work = loop.create_task(server.serve([listening]))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, work.cancel)
    ready()  # what comes before the server has started waits in the socket
    with contextlib.suppress(asyncio.CancelledError):
        await work


def address(listening: socket.socket, host: str, names: Sequence[str]) -> str:
    """Returns the address at which a browser finds the first page."""
    port = listening.getsockname()[1]
    name = "localhost" if is_loopback(host) else names[0]
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host."""
    return host in LOOPBACK or host.startswith("127.")


def open_browser(place: str) -> None:
    """Opens a page in the user's browser, which may be one that does not return."""
    threading.Thread(target=webbrowser.open, args=(place,), daemon=True).start()
