"""Files with many articles: members keep their articles whatever happens to the others, the file
comes back byte for byte, and every command knows members.

    CONTAINER_STEPS=2000 python -m pytest tests/test_containers.py

runs the long form of the random histories (the suite has a short one).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import Archive, Options
from archive.errors import ArchiveError
from archive.ingest import containers, parsing

if TYPE_CHECKING:
    from conftest import Cli

STEPS = int(os.environ.get("CONTAINER_STEPS", "0"))
OLD = 1_600_000_000

Row = dict[str, Any]


def story(number: int, *, corrected: int = 0, **fields: Any) -> Row:
    words = [f"word{number}x{at}" for at in range(40)]
    words[:corrected] = [f"other{number}x{at}" for at in range(corrected)]
    body = "\n".join(" ".join(words[at : at + 10]) + "." for at in range(0, 40, 10))
    title = f"Story {number} of {words[39]}"
    usual: Row = {"id": f"a{number}", "date": f"2023-01-{1 + number % 28:02}", "title": title}
    return usual | {"text": body, "source": "The Guardian"} | fields


class News:
    """A folder with files of many articles, and an archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "news"
        self.folder.mkdir()
        self.path = str(folder / "a.db")
        self.clock = OLD

    def write(self, name: str, rows: Iterable[Row | str]) -> Path:
        path = self.folder / name
        lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        path.write_text("".join(f"{line}\n" for line in lines))
        self.clock += 60
        os.utime(path, (self.clock, self.clock))
        return path

    def ingest(self, **options: Any) -> dict[str, int]:
        """Takes the folder in; what the report counts that is not nothing."""
        names = ("new", "changed", "split", "moved", "copied", "unchanged", "rejected",
                 "still_rejected")  # fmt: skip
        with Archive(self.path) as archive:
            report = archive.ingest([self.folder], options=Options(**options))
        return {name: getattr(report, name) for name in names if getattr(report, name)}

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.path)) as plain:
            return plain.execute(statement).fetchall()

    def verified(self) -> tuple[str, ...]:
        with Archive(self.path) as archive:
            return archive.verify().problems


@pytest.fixture
def news(tmp_path: Path) -> News:
    return News(tmp_path)


def test_members_go_in_and_the_file_comes_back(news: News, tmp_path: Path) -> None:
    path = news.write("a.jsonl", [story(1, url="https://example.org/1"), story(2)])
    assert news.ingest() == {"new": 2}
    assert news.rows("SELECT path, member, url FROM sources") == [
        (str(path), "a1", "https://example.org/1"),
        (str(path), "a2", None),
    ]
    with Archive(news.path) as archive:
        assert archive.raw(2) == path.read_bytes()
        shown = archive.article(1)
        assert (shown.article.publication, shown.origin.url) == (
            "The Guardian",
            "https://example.org/1",
        )
        report = archive.export(tmp_path / "out")
    assert (report.files, report.problems) == (1, ())
    out = tmp_path / "out" / "a.jsonl"
    assert out.read_bytes() == path.read_bytes()
    assert out.stat().st_mtime_ns == path.stat().st_mtime_ns
    assert news.verified() == ()


def test_what_is_the_same_is_not_opened(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    path = news.write("a.jsonl", [story(1), "no json"])
    assert news.ingest() == {"new": 1, "rejected": 1}
    with monkeypatch.context() as patch:
        patch.setattr("archive.ingest.files.opened", lambda _: pytest.fail("opened"))
        assert news.ingest() == {"unchanged": 1, "still_rejected": 1}
    os.utime(path, (OLD + 999, OLD + 999))
    with monkeypatch.context() as patch:
        patch.setattr(containers, "of_member", lambda *_: pytest.fail("parsed"))
        assert news.ingest() == {"unchanged": 1, "still_rejected": 1}
    assert news.ingest() == {"unchanged": 1, "still_rejected": 1}
    assert len(news.rows("SELECT * FROM containers")) == 1


def test_places_change_and_no_story_does(news: News) -> None:
    news.write("a.jsonl", map(story, range(6)))
    news.ingest()
    news.write("a.jsonl", map(story, (9, 5, 4, 3, 1, 0)))
    assert news.ingest() == {"new": 1, "unchanged": 5}
    titles = dict(news.rows("SELECT id, title FROM articles"))
    assert [titles[number].split()[1] for number in range(1, 8)] == list("0123459")
    assert news.rows("SELECT member FROM sources WHERE gone_at IS NOT NULL") == [("a2",)]


def test_a_corrected_member_is_a_version(news: News) -> None:
    news.write("a.jsonl", [story(1), story(2)])
    news.ingest()
    news.write("a.jsonl", [story(2), story(1, corrected=4)])
    assert news.ingest() == {"changed": 1, "unchanged": 1}
    assert news.rows("SELECT article_id, number FROM revisions") == [(1, 1)]
    assert news.verified() == ()


def test_where_all_members_are_others_none_is_unchanged(news: News) -> None:
    news.write("a.jsonl", [story(1), story(2), "wrong"])
    news.ingest()
    news.write("a.jsonl", [story(3), story(4)])
    assert news.ingest() == {"new": 2}
    assert news.rows("SELECT * FROM rejections") == []


def test_members_without_a_key_are_told_apart(news: News) -> None:
    rows = [{**story(1), "id": None}, {**story(1, corrected=20), "id": None}]
    news.write("a.jsonl", rows)
    assert news.ingest() == {"new": 2}
    name = "2023-01-02 Story 1 of word1x39"
    assert news.rows("SELECT member FROM sources ORDER BY id") == [(name,), (f"{name} #2",)]
    news.write("a.jsonl", reversed(rows))
    news.ingest()
    assert len(news.rows("SELECT * FROM articles")) == 2
    assert news.rows("SELECT * FROM revisions") == []


def test_names_that_look_like_counted_ones_clash_with_none(news: News) -> None:
    rows = [story(n, id=name) for n, name in enumerate(["a", "a", "a #2", "a #2", "a"])]
    news.write("a.jsonl", rows)
    assert news.ingest() == {"new": 5}
    assert news.verified() == ()


def test_overlapping_exports_give_one_article_each(news: News) -> None:
    news.write("a.jsonl", map(story, range(4)))
    news.write("b.jsonl", map(story, range(2, 6)))
    assert news.ingest() == {"new": 6, "copied": 2}


def test_a_story_moves_from_a_file_of_its_own_into_one_of_many(news: News) -> None:
    text = " date 2023-01-02\nStory 1 of word1x39\n" + story(1)["text"] + "\n"
    (news.folder / "a.txt").write_text(text)
    news.ingest()
    (news.folder / "a.txt").unlink()
    news.write("b.jsonl", [story(1, source=None), story(2)])
    assert news.ingest() == {"new": 1, "moved": 1}


def test_a_path_that_held_one_article_may_hold_many_and_back(news: News) -> None:
    path = news.write(
        "a", [" date 2023-01-02", "Story 1 of word1x39", *story(1)["text"].split("\n")]
    )
    news.ingest()
    news.write("a", [story(1, source=None), story(2)])
    assert news.ingest() == {"new": 1, "moved": 1}
    assert news.rows("SELECT id, member FROM sources WHERE gone_at IS NULL") == [
        (2, "a1"),
        (3, "a2"),
    ]
    path.write_text(" date 2023-01-02\nStory 1 of word1x39\n" + story(1)["text"] + "\n")
    os.utime(path, (OLD + 5000, OLD + 5000))
    news.ingest()
    assert news.rows("SELECT id FROM articles") == [(1,), (2,)]
    assert news.rows("SELECT replaced_at IS NULL FROM containers") == [(0,)]
    assert news.verified() == ()


def test_a_file_that_is_gone_keeps_its_articles(news: News, tmp_path: Path) -> None:
    path = news.write("a.jsonl", [story(1)])
    news.write("b.jsonl", [story(2)])
    news.ingest()
    data = path.read_bytes()
    path.unlink()
    news.ingest()
    assert news.rows("SELECT member FROM sources WHERE gone_at IS NOT NULL") == [("a1",)]
    with Archive(news.path) as archive:
        archive.export(tmp_path / "out")
    assert (tmp_path / "out" / "a.jsonl").read_bytes() == data
    path.write_bytes(data)
    os.utime(path, (news.clock, news.clock))
    assert news.ingest() == {"unchanged": 2}
    assert news.rows("SELECT member FROM sources WHERE gone_at IS NOT NULL") == []


def test_each_state_that_was_read_is_kept(news: News) -> None:
    first = news.write("a.jsonl", [story(1)]).read_bytes()
    news.ingest()
    second = news.write("a.jsonl", [story(1), story(2)]).read_bytes()
    news.ingest()
    states = news.rows("SELECT size, replaced_at IS NULL FROM containers ORDER BY id")
    assert states == [(len(first), 0), (len(second), 1)]


def test_a_grown_file_costs_its_last_piece(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("archive.engines.sqlite.pieces", "archive.formats.packing"):
        monkeypatch.setattr(f"{module}.PIECE", 1000)
    monkeypatch.setattr(containers, "BLOCK", 1000)
    rows = [story(number) for number in range(40)]
    news.write("a.jsonl", rows[:30])
    news.ingest()
    before = news.rows("SELECT count(*) FROM pieces")[0][0]
    path = news.write("a.jsonl", rows[:31])
    news.ingest()
    assert news.rows("SELECT count(*) FROM pieces")[0][0] <= before + 2
    with Archive(news.path) as archive:
        assert archive.raw(1) == path.read_bytes()
        assert archive.verify().problems == ()


def test_what_is_wrong_with_a_record_is_remembered_with_it(news: News) -> None:
    news.write("a.jsonl", [story(1), {**story(2), "date": None}, "{"])
    assert news.ingest() == {"new": 1, "rejected": 2}
    news.write("a.jsonl", [story(3), story(1), {**story(2), "date": None}])
    assert news.ingest() == {"new": 1, "unchanged": 1, "still_rejected": 1}
    assert news.rows("SELECT member, line, reason FROM rejections") == [("a2", 3, "no date")]
    news.write("a.jsonl", [story(3), story(1), story(2)])
    news.ingest()
    assert news.rows("SELECT * FROM rejections") == []


def test_a_dry_run_foretells_and_changes_nothing(news: News) -> None:
    news.write("a.jsonl", map(story, range(3)))
    news.ingest()
    news.write("a.jsonl", [story(0, corrected=3), story(2), story(7)])
    before = Path(news.path).read_bytes()
    with Archive(news.path) as archive:
        foretold = archive.ingest([news.folder], dry_run=True)
    assert Path(news.path).read_bytes() == before
    with Archive(news.path) as archive:
        done = archive.ingest([news.folder])
    assert replace(foretold, dry_run=False, seconds=0.0) == replace(done, seconds=0.0)


def test_a_removed_article_takes_the_bytes_of_its_file_along(news: News) -> None:
    news.write("a.jsonl", [story(1), story(2)])
    news.ingest()
    with Archive(news.path) as archive:
        assert archive.remove(["1"]).articles[0].containers == (str(news.folder / "a.jsonl"),)
        with pytest.raises(ArchiveError, match="are not kept, since an article in it was removed"):
            archive.raw(2)
    raw = Path(news.path).read_bytes()
    assert b"word1x7" not in raw
    assert b"word2x7" in raw
    assert news.ingest() == {"unchanged": 1}
    news.write("a.jsonl", [story(3), story(1), story(2)])
    assert news.ingest() == {"new": 1, "unchanged": 1}
    assert b"word1x7" not in Path(news.path).read_bytes()
    assert news.rows("SELECT count(*) FROM pieces") == [(0,)]
    assert news.verified() == ()


def test_dump_and_load_carry_members_and_bytes(news: News, tmp_path: Path, cli: Cli) -> None:
    path = news.write("a.jsonl", [story(1, url="https://example.org/1"), story(2)])
    news.ingest()
    news.write("a.jsonl", [story(2), story(1, corrected=3), "wrong"])
    news.ingest()
    dumped = tmp_path / "dump"
    dumped.write_text(cli("dump", "--db", news.path).stdout)
    assert cli("load", dumped, "--db", tmp_path / "b.db").returncode == 0
    with Archive(tmp_path / "b.db") as other:
        assert other.verify().problems == ()
        assert other.raw(2) == path.read_bytes()
    assert cli("dump", "--db", tmp_path / "b.db").stdout == dumped.read_text()


def test_merge_brings_members_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    ours, theirs = News(tmp_path / "one"), News(tmp_path / "two")
    ours.write("a.jsonl", [story(1)])
    path = theirs.write("b.jsonl", [story(1), story(2), "wrong"])
    ours.ingest()
    theirs.ingest()
    with Archive(ours.path) as archive:
        report = archive.merge(theirs.path)
        assert (report.articles, report.sources) == (1, 2)
        assert archive.raw(2) == path.read_bytes()
    assert ours.rows("SELECT member FROM rejections") == [("line 3",)]
    assert ours.verified() == ()


def test_a_folder_that_moved_keeps_its_members(news: News, tmp_path: Path) -> None:
    news.write("a.jsonl", [story(1), story(2)])
    news.ingest()
    news.folder.rename(tmp_path / "moved")
    with Archive(news.path) as archive:
        assert archive.relocate(news.folder, tmp_path / "moved").moved == 2
        report = archive.ingest([tmp_path / "moved"])
    assert (report.unchanged, report.new) == (2, 0)
    assert news.verified() == ()


def test_damaged_pieces_are_found(news: News) -> None:
    news.write("a.jsonl", [story(1)])
    news.ingest()
    with contextlib.closing(sqlite3.connect(news.path)) as plain, plain:
        plain.execute("UPDATE pieces SET data = x'00'")
    assert any("piece" in problem for problem in news.verified())


class Interrupting:
    """Members of which the parser gives only the first."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, *_: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", range(0, 12, 3))
def test_killed_in_the_middle_the_next_run_reads_on(
    news: News, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    news.write("a.jsonl", map(story, range(10)))
    news.ingest()
    news.write("a.jsonl", [story(0, corrected=4), *map(story, range(2, 14))])
    monkeypatch.setattr(containers, "CHUNK_MEMBERS", 1)
    monkeypatch.setattr("archive.ingest.run.COMMIT_SECONDS", 0.0)
    real, interrupting = parsing.of_member, Interrupting(after)

    def of_member(*given: Any) -> Any:
        interrupting()
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(containers, "of_member", of_member)
        with pytest.raises(KeyboardInterrupt):
            news.ingest()
    assert news.verified() == ()
    news.ingest()
    assert news.verified() == ()
    assert news.rows("SELECT count(*) FROM articles") == [(14,)]
    assert news.rows("SELECT count(*) FROM revisions") == [(1,)]
    assert news.rows("SELECT count(*) FROM containers WHERE read_at IS NULL") == [(0,)]


def _history(chance: random.Random, rooms: list[dict[int, Row]], known: int) -> int:
    """Changes the rows of some files at random; the number of stories so far."""
    for room in chance.sample(rooms, chance.randint(1, len(rooms))):
        for _ in range(chance.randint(1, 4)):
            numbers = list(room)
            match chance.randrange(5):
                case 0:
                    room[known] = story(known, id=chance.choice([f"a{known}", None]))
                    known += 1
                case 1 if numbers:
                    del room[chance.choice(numbers)]
                case 2 if numbers:
                    number = chance.choice(numbers)
                    room[number] = story(
                        number, corrected=chance.randint(1, 5), id=room[number]["id"]
                    )
                case 3 if numbers:
                    number = chance.choice(numbers)
                    chance.choice(rooms)[number] = room[number]
                case _:
                    order = list(room.items())
                    chance.shuffle(order)
                    room.clear()
                    room.update(order)
    return known


@settings(
    max_examples=STEPS or 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_no_number_comes_to_mean_another_story(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Random histories of three files that overlap: members come, go, are corrected, copied and
    shuffled, with and without keys."""
    news = News(tmp_path_factory.mktemp("history"))
    chance = random.Random(seed)  # noqa: S311 - stories, not secrets
    rooms: list[dict[int, Row]] = [{}, {}, {}]
    known = 0
    for _ in range(5):
        known = _history(chance, rooms, known)
        for at, room in enumerate(rooms):
            news.write(f"{at}.jsonl", room.values())
        with Archive(news.path) as archive:
            foretold = archive.ingest([news.folder], dry_run=True)
            done = archive.ingest([news.folder])
            assert archive.verify().problems == ()
        assert foretold.new == done.new
        held: dict[int, set[str]] = {}
        for number, title in news.rows(
            "SELECT id, title FROM articles UNION SELECT article_id, title FROM revisions"
        ):
            held.setdefault(number, set()).add(title.split()[1])
        assert all(len(stories) == 1 for stories in held.values()), held
        texts = {(row["title"], row["text"]) for room in rooms for row in room.values()}
        stored = {
            (title, body)
            for title, body in news.rows(
                "SELECT a.title, t.body FROM articles AS a JOIN article_text AS t USING (id) UNION"
                " SELECT r.title, t.text FROM revisions AS r"
                " JOIN revision_text AS t USING (article_id, number)"
            )
        }
        assert texts <= stored


def test_a_table_with_columns_of_its_own_says_so_and_can_be_told(news: News, cli: Cli) -> None:
    path = news.folder / "own.csv"
    path.write_text("kop,tekst,dag\nA ferry,It leaves.,2024-05-01\n")
    os.utime(path, (OLD, OLD))
    result = cli("ingest", path, "--db", news.path)
    assert result.returncode == 3
    assert "no field for the title and the text and the date among kop, tekst, dag" in result.stderr
    told = ["--map", "title=kop", "--map", "text=tekst", "--map", "date=dag"]
    assert "1 new" in cli("ingest", path, *told, "--db", news.path).stdout
    assert "1 unchanged" in cli("ingest", path, "--db", news.path).stdout  # as it was told
    os.utime(path, (OLD + 60, OLD + 60))
    path.write_text("kop,tekst,dag\nA ferry,It leaves.,2024-05-01\nA pier,It stays.,2024-05-02\n")
    assert "1 new, 1 unchanged" in cli("ingest", path, "--db", news.path).stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "nonsense"], "unknown format 'nonsense': choose text,"),
        (["--map", "title"], "--map 'title': write FIELD=NAME"),
        (["--map", "kop=title"], "unknown field of --map 'kop'"),
        (["--date", "2024-02-31"], "--date '2024-02-31': write a day"),
    ],
)
def test_options_that_make_no_sense_are_mistakes(
    news: News, cli: Cli, options: list[str], said: str
) -> None:
    news.write("a.jsonl", [story(1)])
    result = cli("ingest", news.folder, *options, "--db", news.path)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert not Path(news.path).exists()


def test_a_format_that_was_given_is_remembered_for_its_file(news: News) -> None:
    path = news.write("delivery", [story(1), story(2)])
    assert news.ingest(format="text")["rejected"] == 1
    assert news.ingest(format="jsonl") == {"new": 2}
    path.write_text(json.dumps([story(1), story(2), story(3)]))
    os.utime(path, (news.clock + 60, news.clock + 60))
    assert news.ingest() == {"rejected": 1}
    assert news.ingest(format="json") == {"new": 1, "unchanged": 2}
