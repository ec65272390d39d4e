"""What may be asked of a database about words and texts: the second part of `engines.contract`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.record_class import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Protocol
else:
    Protocol = object  # as in contract.py


@record
class Written:
    """The text of one version of an article as it was written; `version` is None for the current
    one."""

    article_id: int
    version: int | None
    published_on: str
    category: str | None
    title: str
    paragraphs: tuple[str, ...]


class Texts(Protocol):
    """The texts of articles, many at a time."""

    def current(self, article_ids: Iterable[int]) -> Iterator[Written]:
        """The current versions of articles."""

    def replaced(self) -> Iterator[Written]:
        """Every replaced version."""

    def folded(self) -> Iterator[tuple[int, str]]:
        """Every article, by number, with its folded paragraphs."""


class Terms(Protocol):
    """The words of the index."""

    def forms(self, words: Sequence[str]) -> Sequence[tuple[str, str]]:
        """For each folded word how it is written without case and accents, and its stem."""

    def counts(self, stems: Iterable[str]) -> dict[str, int]:
        """The stems that are indexed, with the number of articles that hold each."""

    def written(self, words: Iterable[str]) -> dict[str, int]:
        """The words that are held, as `forms` gives them, with the number of articles."""

    def between(self, first: str, last: str) -> Iterator[tuple[str, int]]:
        """The words from one to before another, each with the number of articles that hold it."""

    def examples(self, word: str) -> Iterator[str]:
        """The texts of some articles that hold a word."""

    def quoting(self, parts: Sequence[Sequence[str]], most: int) -> list[int]:
        """Articles that hold each of some phrases, in any form of their words, the oldest first; a
        short phrase may go on in the next paragraph."""

    def holding(self, phrase: Sequence[str], most: int) -> list[int]:
        """Articles that hold a phrase, at most so many."""
