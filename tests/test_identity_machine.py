"""Identity over a newsroom's life: files come, move up, rotate, are mirrored, corrected and reverted,
disks go away and come back, and after each ingest every text is where it belongs.

    IDENTITY_STEPS=5000 python -m pytest tests/test_identity_machine.py

runs the long form (the suite has a short one).
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from archive import Archive
from archive.formats.dated_text import parse

STEPS = int(os.environ.get("IDENTITY_STEPS", "0"))
WORDS = [
    f"{first}{second}" for first in ("ka", "lo", "mi", "ne", "pu") for second in "bdfgklmnprst"
]
FOLDERS = st.sampled_from(["news", "news/old", "mirror", "usb"])
ROOTS = ("news", "mirror", "usb", "snap/latest")
CHOICE = st.integers(0, 1_000_000)
MOST_APART = 5  # corrections of 4 words in 40: further apart, two texts may be two stories


class Story:
    """A story and its texts: corrections keep the title or most of the words."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._chance = random.Random(number)  # noqa: S311 - stories, not secrets
        self._words = [f"{word}{number}" for word in self._chance.choices(WORDS, k=40)]
        self._day = 1 + number % 28
        self.texts = [self._text()]

    def _text(self) -> bytes:
        title = f"Story {self.number} of {self._words[0]}"
        body = "\n".join(" ".join(self._words[at : at + 10]) + "." for at in range(0, 40, 10))
        return f" date 2023-01-{self._day:02} Politics\n{title}\n{body}\n".encode()

    def corrected(self) -> bytes:
        """The next text: a few words are others."""
        for at in self._chance.sample(range(40), 4):
            self._words[at] = f"{self._chance.choice(WORDS)}{self.number}x{len(self.texts)}"
        self.texts.append(self._text())
        return self.texts[-1]


class Newsroom(RuleBasedStateMachine):
    """The folders, and what each text was found to belong to."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = contextlib.ExitStack()
        self.root = Path(self.scratch.enter_context(tempfile.TemporaryDirectory())).resolve()
        for name in ("news/old", "mirror", "usb", "snap"):
            (self.root / name).mkdir(parents=True)
        for name in ("news", "news/old", "mirror", "usb"):  # never empty, so never taken for away
            (self.root / name / "readme").write_bytes(b" date 2000-01-01\nRead me\nNothing.\n")
        self.archive = Archive(self.root / "a.db")
        self.clock = 1_000_000_000
        self.stories: list[Story] = []
        self.story_of: dict[bytes, Story] = {}
        self.home: dict[bytes, int] = {}  # the article of each text that was ingested
        self.cited: dict[tuple[int, int], bytes] = {}  # the content of each version there was
        self.seen: dict[Path, bytes] = {}  # what each path held when it was read last
        self.day = 0

    def teardown(self) -> None:
        self.archive.close()
        self.scratch.close()

    # --- the files ---

    def write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.clock += 60
        os.utime(path, (self.clock, self.clock))

    def files(self, folder: str = ".") -> list[Path]:
        place = self.root / folder
        found = place.rglob("*.txt") if folder == "." else place.glob("*.txt")
        return sorted(path for path in found if "latest" not in path.parts)

    def pick(self, choice: int) -> Path | None:
        files = self.files()
        return files[choice % len(files)] if files else None

    def new_story(self) -> bytes:
        story = Story(len(self.stories))
        self.stories.append(story)
        self.story_of[story.texts[0]] = story
        return story.texts[0]

    def correction(self, data: bytes) -> bytes:
        story = self.story_of[data.replace(b"\r", b"")]
        text = story.corrected()
        self.story_of[text] = story
        return text

    @rule(folder=FOLDERS, count=st.integers(1, 3))
    def stories_come(self, folder: str, count: int) -> None:
        if (self.root / folder).exists():
            taken = len(self.files(folder))
            for number in range(taken, taken + count):
                self.write(self.root / folder / f"{number:03}.txt", self.new_story())

    @rule(folder=FOLDERS)
    def one_is_inserted_in_front(self, folder: str) -> None:
        if (self.root / folder).exists():
            texts = [self.new_story(), *(path.read_bytes() for path in self.files(folder))]
            for number, text in enumerate(texts):
                self.write(self.root / folder / f"{number:03}.txt", text)

    @rule(folder=FOLDERS, by=st.integers(1, 3))
    def they_rotate(self, folder: str, by: int) -> None:
        files = self.files(folder) if (self.root / folder).exists() else []
        texts = [path.read_bytes() for path in files]
        for at, path in enumerate(files):
            self.write(path, texts[(at + by) % len(texts)])

    @rule(one=CHOICE, other=CHOICE)
    def two_swap(self, one: int, other: int) -> None:
        first, second = self.pick(one), self.pick(other)
        if first and second:
            texts = first.read_bytes(), second.read_bytes()
            self.write(first, texts[1])
            self.write(second, texts[0])

    @rule(one=CHOICE, folder=FOLDERS, keep=st.booleans())
    def one_is_moved_or_copied(self, one: int, folder: str, keep: bool) -> None:
        path = self.pick(one)
        if path and (self.root / folder).exists():
            data = path.read_bytes()
            if not keep:
                path.unlink()
            self.write(self.root / folder / f"m{one % 7}.txt", data)

    @rule(one=CHOICE, all_copies=st.booleans())
    def one_is_corrected(self, one: int, all_copies: bool) -> None:
        path = self.pick(one)
        if path:
            old = path.read_bytes()
            new = self.correction(old)
            for copy in self.files() if all_copies else [path]:
                if copy.read_bytes() == old:
                    self.write(copy, new)

    @rule(one=CHOICE)
    def one_is_renamed_and_corrected(self, one: int) -> None:
        path = self.pick(one)
        if path:
            new = self.correction(path.read_bytes())
            path.unlink()
            self.write(path.with_name(f"r{one % 7}.txt"), new)

    @rule(one=CHOICE, back=st.integers(0, 3))
    def one_is_reverted(self, one: int, back: int) -> None:
        path = self.pick(one)
        if path:
            texts = self.story_of[path.read_bytes().replace(b"\r", b"")].texts
            self.write(path, texts[-1 - back % len(texts)])

    @rule(one=CHOICE)
    def line_ends_flip(self, one: int) -> None:
        path = self.pick(one)
        if path:
            data = path.read_bytes()
            plain = data.replace(b"\r", b"")
            self.write(path, plain if plain != data else plain.replace(b"\n", b"\r\n"))

    @rule(one=CHOICE)
    def one_disappears(self, one: int) -> None:
        path = self.pick(one)
        if path:
            path.unlink()

    @precondition(lambda self: (self.root / "mirror").exists())
    @rule()
    def the_mirror_follows(self) -> None:
        shutil.rmtree(self.root / "mirror")
        shutil.copytree(self.root / "news", self.root / "mirror")

    @rule()
    def the_disk_goes_away_or_comes_back(self) -> None:
        here, away = self.root / "usb", self.root / "away"
        if here.exists():
            here.rename(away)
        else:
            away.rename(here)

    @rule()
    def a_snapshot_is_taken(self) -> None:
        self.day += 1
        shutil.copytree(self.root / "news", self.root / "snap" / f"{self.day}")
        link = self.root / "snap" / "latest"
        link.unlink(missing_ok=True)
        link.symlink_to(f"{self.day}")

    # --- the archive ---

    @rule()
    def all_is_ingested(self) -> None:
        self.ingest(set(ROOTS))

    @rule(roots=st.sets(st.sampled_from(ROOTS), min_size=1))
    def some_is_ingested(self, roots: set[str]) -> None:
        self.ingest(roots)

    @rule(one=CHOICE, folder=FOLDERS)
    def a_correction_is_ingested_at_once(self, one: int, folder: str) -> None:
        self.stories_come(folder, 2)
        self.ingest(set(ROOTS))
        self.one_is_corrected(one, all_copies=False)
        self.ingest(set(ROOTS))

    def ingest(self, roots: set[str]) -> None:
        given = [self.root / name for name in sorted(roots) if (self.root / name).exists()]
        if not given:
            return
        present = {
            Path(folder) / name: (Path(folder) / name).read_bytes()
            for place in given
            for folder, _, names in os.walk(place)
            for name in names
        }
        before = dict(self.home)
        corrections = list(self.corrections(present))
        left = self.left(present)
        foretold = self.archive.ingest(given, dry_run=True)
        report = self.archive.ingest(given)
        assert replace(foretold, seconds=0, dry_run=False) == replace(report, seconds=0)
        assert report.rejected == 0
        assert self.archive.verify().problems == ()
        self.look(present)
        followed = {self.home[text] for text in self.home.keys() - before.keys()}
        for text, article_id in corrections:
            assert self.home[text] in left or article_id in followed, (
                "a correction is no version of its article"
            )
        for text, article_id in before.items():
            assert self.home[text] == article_id
        again = self.archive.ingest(given)
        assert again.unchanged == again.files == len(present)

    def corrections(self, present: dict[Path, bytes]) -> Iterator[tuple[bytes, int]]:
        """The texts that nobody knows, each with the article that its path held, where that is an
        earlier text of the story, still like it. Either the text becomes a version of an article
        that lost a file, or its path's article has another new version: an article gets one in a
        run, and of two articles that hold one story the more alike gets it."""
        for path, data in present.items():
            text = data.replace(b"\r", b"")
            old = self.seen.get(path)
            story = self.story_of.get(text)
            if text in self.home or story is None or old not in story.texts:
                continue
            if abs(story.texts.index(text) - story.texts.index(old)) <= MOST_APART:
                yield text, self.home[old]

    def left(self, present: dict[Path, bytes]) -> set[int]:
        """The articles that a path held which does not hold the same text now."""
        return {
            self.home[old]
            for path, old in self.seen.items()
            if present.get(path, b"").replace(b"\r", b"") != old
        }

    def look(self, present: dict[Path, bytes]) -> None:
        """Every file's text belongs to one article for good, and an article holds one story."""
        with contextlib.closing(sqlite3.connect(self.root / "a.db")) as plain:
            rows = plain.execute("SELECT path, article_id, revision FROM sources")
            sources = {path: held for path, *held in rows}
            contents = plain.execute(
                "SELECT content_hash, id FROM articles"
                " UNION SELECT content_hash, article_id FROM revisions"
            ).fetchall()
            versions = plain.execute(
                "SELECT article_id, number, content_hash FROM revisions UNION ALL SELECT id, 1 +"
                " (SELECT coalesce(max(number), 0) FROM revisions WHERE article_id = a.id),"
                " content_hash FROM articles AS a"
            ).fetchall()
        for article_id, number, content in versions:
            cited = self.cited.setdefault((article_id, number), content)
            assert cited == content, "a citation comes to mean another text"
        homes = dict(contents)
        assert len(homes) == len(contents), "a text belongs to two articles"
        for path, data in present.items():
            text = data.replace(b"\r", b"")
            article_id, revision = sources[str(path)]
            self.seen[path] = text
            assert self.home.setdefault(text, article_id) == article_id
            held = self.archive.article(article_id, revision)
            assert held.article == parse(text)
            assert str(path) in [source.path for source in held.sources]
        stories: dict[int, set[int]] = defaultdict(set)
        for text, article_id in self.home.items():
            assert homes[parse(text).content_hash()] == article_id
            if text in self.story_of:
                stories[article_id].add(self.story_of[text].number)
        assert all(len(numbers) == 1 for numbers in stories.values()), "two stories in one article"


TestNewsroom = Newsroom.TestCase
TestNewsroom.settings = settings(
    max_examples=max(1, STEPS // 50) if STEPS else 12,
    stateful_step_count=50 if STEPS else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
