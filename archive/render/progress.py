"""A progress bar on the terminal's error side, for long reads. Rich is loaded here alone and when
the bar is wanted."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Bar:
    """A bar of `unit`, with time left; when all are done it says that `after` is under way."""

    def __init__(self, unit: str, after: str) -> None:
        from rich.console import Console  # noqa: PLC0415 - for terminals alone
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._after = after
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(), console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task(unit, total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def update(self, done: int, total: int) -> None:
        """Show that so many of so many are done."""
        self._bar.update(self._task, completed=done, total=total)
        if done >= total:
            self._bar.update(self._task, description=self._after)
