"""A progress bar on standard error, for what takes long. Rich is loaded only when it is shown."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def bar(unit: str, after: str = "", *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Shows a bar of `unit` with rate and time left while the block runs, unless it is not `shown`.
    Yields a function to call with the number done and the number in all. Once all are done, the bar
    says that `after` is under way."""
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
