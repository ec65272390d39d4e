"""A progress bar on the terminal's error side, for what takes long. Rich is loaded here alone and
when the bar is wanted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def bar(unit: str, after: str = "", *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar of `unit`, with rate and time left, while the block runs; gives what to call with the
    number done and all there are. When all are done it says that `after` is under way. Not `shown`,
    there is none."""
    if not shown:
        yield lambda *_: None
        return
    from rich.console import Console  # noqa: PLC0415 - for terminals alone
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = progress.add_task(unit, total=None, rate="")

    def update(done: int, total: int) -> None:
        elapsed = progress.tasks[0].elapsed
        rate = f"{done / elapsed:,.0f}/s" if elapsed else ""
        doing = after if after and done >= total else unit
        progress.update(task, completed=done, total=total, rate=rate, description=doing)

    with progress:
        yield update
