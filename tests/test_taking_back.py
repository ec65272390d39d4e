"""Taking back what was taken in: remove, relocate, reread; what is gone, what never went in."""

from __future__ import annotations

import json
import os
import pty
import random
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archive import Archive
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import index, removal
from archive.errors import ArchiveUnusable, NoSuchArticle, UsageError
from archive.ingest.options import Options
from archive.upkeep.taking_back import is_missing
from conftest import Cli, Interrupted

LONG_AGO = 1_600_000_000


def write(path: Path, title: str, *paragraphs: str, end: str = "\n", age: int = 0) -> None:
    """An article in a file whose time is not fresh."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(end.join((" date 2023-01-31 X", title, *paragraphs, "")).encode())
    os.utime(path, (LONG_AGO + age, LONG_AGO + age))


def raw(path: Path) -> bytes:
    """All bytes of an archive and its logs, in small letters."""
    files = (Path(f"{path}{end}") for end in ("", *sqlite.LOGS))
    return b"\0".join(file.read_bytes() for file in files if file.exists()).lower()


SECRETS = (b"sampleperson", b"zyxwvut", b"qqjjxx", b"vvkkbb", b"secret-place", b"wwhhyy")
"""Words of the title, the text, a replaced version, other bytes, and the path of one article."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with an archive of three articles: 2 has two versions, a file with other bytes, and
    words that stand nowhere else."""
    news = tmp_path / "news"
    write(news / "a.txt", "Weather", "It will rain.")
    write(
        news / "secret-place.txt",
        "Sampleperson accused",
        "Zyxwvut was accused.",
        "Qqjjxx, they said.",
    )
    write(news / "z.txt", "Sports", "They won.")
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest(news)
        write(
            news / "secret-place.txt",
            "Sampleperson accused",
            "Zyxwvut was accused.",
            "Vvkkbb said so.",
            age=9,
        )
        write(
            news / "wwhhyy.txt",
            "Sampleperson accused",
            "Zyxwvut was accused.",
            "Vvkkbb said so.",
            end="\r\n",
        )
        assert archive.ingest(news).changed == 2
        assert [version.number for version in archive.history(2)] == [1, 2]
    found = raw(tmp_path / "a.db")
    assert all(secret in found for secret in SECRETS if secret != b"qqjjxx")
    return tmp_path


def sound(path: Path) -> None:
    with Archive(path) as archive:
        assert archive.verify().problems == ()


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with Archive(path) as archive:
        return list(archive.sql(statement).rows)


def test_nothing_of_a_removed_article_is_left_in_the_file_or_its_logs(place: Path) -> None:
    db = place / "a.db"
    with Archive(db) as archive:
        report = archive.remove([2], reason="court order")
        assert [(a.article_id, a.title, a.versions, len(a.paths)) for a in report.articles] == [
            (2, "Sampleperson accused", 2, 2)
        ]
        assert (report.unfinished, report.tables, report.copies) == (None, (), ())
        assert [secret for secret in SECRETS if secret in raw(db)] == []
        with pytest.raises(NoSuchArticle):
            archive.article(2)
        assert archive.count("sampleperson") == 0
        assert archive.article(1).article.title == "Weather"
    assert [secret for secret in SECRETS if secret in raw(db)] == []
    assert rows(db, "SELECT article_id, reason, length(content_hash) FROM removals") == [
        (2, "court order", 32),
        (2, "court order", 32),
    ]
    sound(db)


def test_a_removed_article_stays_out_and_its_number_is_never_used_again(place: Path) -> None:
    db, news = place / "a.db", place / "news"
    with Archive(db) as archive:
        archive.remove([3, "2"])
        for dry_run in (True, False):
            report = archive.ingest(news, dry_run=dry_run)
            assert (report.new, report.rejected, report.unchanged, report.files) == (0, 0, 1, 4)
            kept_out = {(Path(file.path).name, file.article_id) for file in report.kept_out}
            assert kept_out == {("secret-place.txt", 2), ("wwhhyy.txt", 2), ("z.txt", 3)}
        write(
            news / "old.txt", "Sampleperson accused", "Zyxwvut was accused.", "Qqjjxx, they said."
        )
        assert len(archive.ingest(news).kept_out) == 4  # an earlier version of it stays out, too
        write(news / "new.txt", "Snow", "It will snow.")
        assert archive.ingest(news).new == 1
        assert archive.article(4).article.title == "Snow"
    assert [secret for secret in SECRETS if secret in raw(db)] == []
    sound(db)


def test_a_path_that_comes_to_hold_a_removed_text_keeps_its_article(place: Path) -> None:
    db, news = place / "a.db", place / "news"
    with Archive(db) as archive:
        archive.remove([2])
        write(
            news / "a.txt",
            "Sampleperson accused",
            "Zyxwvut was accused.",
            "Vvkkbb said so.",
            age=99,
        )
        for _ in range(2):
            report = archive.ingest(news)
            assert "a.txt" in {Path(file.path).name for file in report.kept_out}
        assert archive.article(1).article.title == "Weather"
        write(news / "a.txt", "Weather", "It will rain all day.", age=199)
        assert archive.ingest(news).changed == 1
        assert archive.article(1).version == 2
    sound(db)


def test_the_last_article_can_be_removed(tmp_path: Path) -> None:
    write(tmp_path / "news" / "a.txt", "Sampleperson", "Zyxwvut.")
    db = tmp_path / "a.db"
    with Archive(db) as archive:
        archive.ingest(tmp_path / "news")
        archive.remove([1])
        assert archive.ingest(tmp_path / "news").new == 0
    assert not any(secret in raw(db) for secret in SECRETS)
    sound(db)


def test_words_leave_the_index_whatever_state_it_is_in(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - any words
    words = ["".join(chance.choices("abcdefgh", k=5)) for _ in range(200)]
    db = tmp_path / "a.db"
    with Archive(db) as archive:
        for run in range(6):
            for number in range(20):
                own = f"qz{run:02}{number:02}kvbx"
                text = " ".join(chance.choices(words, k=40))
                write(
                    tmp_path / "news" / f"{run}-{number}.txt", f"Title{own}", f"{text} {own}a", own
                )
            archive.ingest(tmp_path / "news")
            gone = chance.sample([row[0] for row in archive.sql("SELECT id FROM articles").rows], 7)
            texts = [archive.article(number).article.paragraphs[1] for number in gone]
            archive.remove(gone)
            assert not [word for word in texts if word[2:].encode() in raw(db)]
    sound(db)


def test_what_names_the_files_elsewhere_goes_too(tmp_path: Path) -> None:
    secret = tmp_path / "secret-place.txt"
    write(secret, "Sampleperson", "Zyxwvut.")
    write(tmp_path / "news" / "a.txt", "Weather", "It will rain.")
    db = tmp_path / "a.db"
    with Archive(db) as archive:
        archive.ingest([secret, tmp_path / "news"])
        secret.write_text("no article", encoding="utf-8")
        assert archive.ingest([secret]).rejected == 1
        assert len(archive.rejections()) == 1
        archive.remove([1])
        assert archive.rejections() == ()
    assert b"secret-place" not in raw(db)
    sound(db)


def test_a_dry_run_says_what_would_go_and_changes_nothing(place: Path) -> None:
    db = place / "a.db"
    before = db.read_bytes()
    with Archive(db) as archive:
        report = archive.remove([2], dry_run=True)
        assert (report.dry_run, [a.article_id for a in report.articles]) == (True, [2])
    assert db.read_bytes() == before


@pytest.mark.parametrize(
    ("addresses", "error"),
    [
        (["9"], NoSuchArticle), (["1", "9"], NoSuchArticle), (["1@1"], UsageError),
        (["1:1"], UsageError), (["x"], UsageError), ([], UsageError),
        (["hash:00000000"], NoSuchArticle),
    ],
)  # fmt: skip
def test_only_whole_articles_that_are_there_can_be_removed(
    place: Path, addresses: list[str], error: type[Exception]
) -> None:
    with Archive(place / "a.db") as archive:
        with pytest.raises(error):
            archive.remove(addresses)
        assert archive.stats().articles == 3


def killed(do: Callable[[], object]) -> None:
    """Does it in a process that is to be killed by it."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        try:
            do()
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("step", ["tidy", "VACUUM", "= 2", "TRUNCATE", "= 0"])
@pytest.mark.parametrize("next_command", ["ingest", "remove", "reindex"])
def test_a_purge_that_was_killed_is_done_by_the_next_writer(
    place: Path, monkeypatch: pytest.MonkeyPatch, step: str, next_command: str
) -> None:
    db = place / "a.db"

    class Killed(sqlite3.Connection):
        def execute(self, statement: str, *given: object) -> sqlite3.Cursor:
            if step in statement and "sources" not in statement:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().execute(statement, *given)  # type: ignore[arg-type]

    connect = sqlite3.connect
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Killed, **k))
        if step == "tidy":
            patch.setattr(index, "tidy", lambda _: os.kill(os.getpid(), signal.SIGKILL))
        killed(lambda: Archive(db).remove([2]))
    with Archive(db) as archive:
        with pytest.raises(NoSuchArticle):
            archive.article(2)
        due = [finding.name for finding in archive.doctor() if finding.name == "removal"]
        assert due == ["removal"]
        if next_command == "ingest":
            assert len(archive.ingest(place / "news").kept_out) == 2
        elif next_command == "remove":
            archive.remove([3])
        else:
            archive.reindex()
        assert [finding for finding in archive.doctor() if finding.name == "removal"] == []
    assert [secret for secret in SECRETS if secret in raw(db)] == []
    sound(db)


def test_a_removal_that_was_stopped_before_it_was_whole_has_removed_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = place / "a.db"
    before = db.read_bytes()
    connect = sqlite3.connect
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Interrupted, **k))
        patch.setattr(Interrupted, "statements", 0)
        patch.setattr(Interrupted, "limit", 0)
        Archive(db).remove([2])
        total = Interrupted.statements
    for limit in range(1, total + 1):
        db.write_bytes(before)
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Interrupted, **k))
            patch.setattr(Interrupted, "statements", 0)
            patch.setattr(Interrupted, "limit", limit)
            with pytest.raises(KeyboardInterrupt):
                Archive(db).remove([2])
        sound(db)
        with Archive(db) as archive:
            if archive.stats().articles == 3:
                assert archive.article(2).versions == 2
            archive.remove([2] if archive.stats().articles == 3 else [3])
        assert [secret for secret in SECRETS if secret in raw(db)] == [], limit


def test_a_reader_that_stays_makes_the_purge_wait_and_is_said_to(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "PATIENCE_MS", 10)
    db = place / "a.db"
    with Archive(db) as reader:
        lines = reader.dump()
        read = [next(lines) for _ in range(4)]
        with Archive(db) as archive:
            report = archive.remove([2])
        assert report.unfinished == "another program is still reading the archive"
        assert any("Qqjjxx" in line for line in [*read, *lines])  # as of the moment it began
    with Archive(db) as archive:
        archive.ingest(place / "news")
    assert [secret for secret in SECRETS if secret in raw(db)] == []
    sound(db)


def test_what_is_not_ours_to_purge_is_named(place: Path, cli: Cli) -> None:
    db = place / "a.db"
    (place / "a.db.copy").write_bytes(db.read_bytes())
    connection = sqlite3.connect(db)
    connection.execute("CREATE TABLE notes AS SELECT title FROM articles")
    connection.commit()
    connection.close()
    result = cli("remove", "2", "--yes", "--db", db)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "1 article removed")
    assert "they are yours: the tables notes\n" in result.stderr
    assert (
        f"may hold them still: {place / 'a.db.copy'}; and so may other backups\n" in result.stderr
    )
    assert json.loads(cli("remove", "3", "--yes", "--json", "--db", db).stdout)["tables"] == [
        "notes"
    ]


def test_backups_that_are_known_are_named_wherever_they_lie(place: Path) -> None:
    (place / "far").mkdir()
    with Archive(place / "a.db") as archive:
        far, near = archive.backup(place / "far"), archive.backup(place / "near.db")
        lost = archive.backup(place / "lost.db")
        Path(lost).unlink()
        (place / "link.db").symlink_to(far)  # the copy has a name of its own
        assert archive.remove([2], dry_run=True).copies == (far, near)
        assert archive.remove([2]).copies == (far, near)


def test_removed_articles_stay_out_of_dumps_loads_backups_and_restores(place: Path) -> None:
    db = place / "a.db"
    with Archive(db) as archive:
        before = archive.backup(place / "before.db")
        archive.remove([2], reason="court order")
        assert archive.backup(before) == before  # what was removed is not lacking
        after = archive.backup(place / "after.db")
        lines = [f"{line}\n".encode() for line in archive.dump()]
    assert not any(secret in b"".join(lines).lower() for secret in SECRETS)
    with Archive(place / "b.db") as loaded:
        assert loaded.load(lines) == 2
        assert len(loaded.ingest(place / "news").kept_out) == 2
    for copy in (place / "b.db", Path(after), Path(before)):
        sound(copy)
        assert [secret for secret in SECRETS if secret in raw(copy)] == []


@pytest.mark.parametrize("first_removed", [2, 3])
def test_a_restored_backup_does_not_bring_back_what_was_removed(
    place: Path, first_removed: int, cli: Cli
) -> None:
    db = place / "a.db"
    with Archive(db) as archive:
        copy = archive.backup(place / "copy.db")
        archive.remove([first_removed], reason="court order")
        archive.remove([2] if first_removed == 3 else [3])
        report = archive.restore(copy)
        assert (report.replaced, report.withheld) == (f"{db}.replaced", (2, 3))
        assert archive.stats().articles == 1
        assert len(archive.ingest(place / "news").kept_out) == 3
    assert [secret for secret in SECRETS if secret in raw(db)] == []
    assert ("court order",) in rows(db, "SELECT reason FROM removals")
    sound(db)
    told = cli("restore", copy, "--db", db)
    assert [line.split(": ")[0] for line in told.stderr.splitlines()] == [
        f"article {number} there was removed here" for number in (2, 3)
    ]


def test_a_dump_that_holds_what_its_tombstones_keep_out_is_refused(place: Path) -> None:
    with Archive(place / "a.db") as archive:
        lines = [json.loads(line) for line in archive.dump()]
    (article,) = (line for line in lines if line["kind"] == "article" and line["id"] == 3)
    tombstone = {"kind": "removal", "article_id": 9, "content_hash": article["content_hash"],
                 "removed_at": lines[2]["started_at"], "reason": None}  # fmt: skip
    lines.insert(lines.index(next(line for line in lines if line["kind"] == "article")), tombstone)
    with Archive(place / "b.db") as loaded, pytest.raises(ArchiveUnusable, match="was removed"):
        loaded.load([f"{json.dumps(line)}\n".encode() for line in lines])


def test_remove_asks_on_a_terminal_and_elsewhere_wants_to_be_told(place: Path, cli: Cli) -> None:
    db = place / "a.db"
    refused = cli("remove", "2", "--db", db)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "say --yes" in refused.stderr
    for answer, code, articles in (("n\n", 1, 3), ("\n", 1, 3), ("y\n", 0, 2)):
        pid, terminal = pty.fork()
        if pid == 0:
            command = [sys.executable, "-m", "archive", "--db", str(db), "remove", "2"]
            os.execv(sys.executable, command)  # noqa: S606 - ourselves
        os.write(terminal, answer.encode())
        said = b""
        while True:
            try:
                said += (part := os.read(terminal, 1000))
            except OSError:
                break
            if not part:
                break
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code, said
        assert b"Sampleperson accused" in said
        assert b"Only a backup undoes it" in said
        assert rows(db, "SELECT count(*) FROM articles") == [(articles,)]


# Relocating


@pytest.mark.parametrize("kept", [("é",), ("e\u0301",), ("é", "e\u0301"), ()])
def test_a_file_is_there_in_any_form_of_its_name(tmp_path: Path, kept: tuple[str, ...]) -> None:
    for name in kept:
        (tmp_path / f"{name}.txt").touch()
    assert is_missing(f"{tmp_path}/é.txt") is not bool(kept)
    (tmp_path / "link").symlink_to("nowhere")
    assert not is_missing(f"{tmp_path}/link")


def test_a_folder_that_has_moved_keeps_its_articles(place: Path, cli: Cli) -> None:
    db = place / "a.db"
    with Archive(db) as archive:
        copy = archive.backup(place / "copy.db")
    (place / "disk").mkdir()
    (place / "news").rename(place / "disk" / "papers")
    told = cli("relocate", "news", "disk/papers", "--dry-run", "--db", db, cwd=place)
    assert (told.returncode, told.stdout) == (0, f"would be: 4 sources at {place}/disk/papers\n")
    with Archive(db) as archive:
        assert {Path(file.path).parent for file in archive.sources()} == {place / "news"}
        report = archive.relocate(place / "news", place / "disk" / "papers")
        assert (report.moved, report.joined, report.kept) == (4, 0, ())
        write(place / "disk" / "papers" / "a.txt", "Weather", "It will rain all day.", age=9)
        after = archive.ingest(place / "disk")
        assert (after.changed, after.unchanged, after.new) == (1, 3, 0)
        assert archive.history(1)[0].path == str(place / "disk" / "papers" / "a.txt")
        assert archive.sources(missing=True) == ()
        assert archive.backup(copy) == copy
    sound(db)


def test_sources_that_were_taken_in_at_both_places_become_one(place: Path) -> None:
    db = place / "a.db"
    (place / "news").rename(place / "papers")
    with Archive(db) as archive:
        write(place / "papers" / "z.txt", "Cooking", "Salt and flour, and then an egg.", age=9)
        report = archive.ingest(place / "papers")
        assert (report.moved + report.copied, report.new) == (3, 1)
        told = archive.relocate(place / "news", place / "papers", dry_run=True)
        done = archive.relocate(place / "news", place / "papers")
        assert (done.moved, done.joined) == (told.moved, told.joined) == (3, 3)
        assert [(Path(kept.path).name, kept.article_id) for kept in done.kept] == [("z.txt", 4)]
        assert [Path(file.path).name for file in archive.sources(missing=True)] == ["z.txt"]
        assert archive.ingest(place / "papers").unchanged == 4
    sound(db)


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [("news", "news/b", 5), ("news/b", "news", 2), ("news/b/a.txt", "news/q.txt", 1)],
)
def test_a_place_may_be_part_of_the_other(tmp_path: Path, old: str, new: str, moved: int) -> None:
    for at, name in enumerate(("x.txt", "b/x.txt", "b/b/x.txt", "b/y.txt", "b/a.txt")):
        write(tmp_path / "news" / name, f"Story {at}", f"Text {at}{at} {'of that ' * at}")
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest(tmp_path / "news")
        before = {file.path: file.article_id for file in archive.sources()}
        report = archive.relocate(tmp_path / old, tmp_path / new)
        assert report.moved == moved
        after = {file.article_id: file.path for file in archive.sources()}
        changed = [path for path, number in before.items() if after[number] != path]
        assert len(changed) == moved
        for path in changed:
            assert after[before[path]] == path.replace(str(tmp_path / old), str(tmp_path / new), 1)
    sound(tmp_path / "a.db")


def test_rejections_and_remembered_folders_move_along(tmp_path: Path, cli: Cli) -> None:
    write(tmp_path / "news" / "a.txt", "Weather", "It will rain.")
    (tmp_path / "news" / "bad.txt").write_text("nothing", encoding="utf-8")
    db = tmp_path / "a.db"
    cli("ingest", tmp_path / "news", "--db", db)
    with Archive(db) as archive:
        archive.relocate(tmp_path / "news", tmp_path / "papers")
        assert [file.path for file in archive.rejections()] == [
            str(tmp_path / "papers" / "bad.txt")
        ]
    assert rows(db, "SELECT path FROM roots WHERE path LIKE '%/news'") == []
    sound(db)


def test_a_place_that_nobody_knows_cannot_have_moved(place: Path, cli: Cli) -> None:
    unknown = cli("relocate", "nowhere", "there", "--db", place / "a.db", cwd=place)
    assert (unknown.returncode, unknown.stdout) == (1, f"0 sources at {place}/there\n")
    assert "knows no file below" in unknown.stderr
    same = cli("relocate", "news", "./news/", "--db", place / "a.db", cwd=place)
    assert same.returncode == 2


# Reading again


def test_a_wrong_encoding_is_cured_by_reading_again(tmp_path: Path) -> None:
    news = tmp_path / "news"
    texts = {
        "de.txt": "Münchner Café schließt\nDas Café „Größe“ schließt.",
        "zh.txt": "习近平访问\n普京欢迎",
    }
    for name, text in texts.items():
        news.mkdir(exist_ok=True)
        (news / name).write_bytes(f" date 2023-01-31 X\n{text}\n".encode())
        os.utime(news / name, (LONG_AGO, LONG_AGO))
    write(news / "en.txt", "Weather", "It will rain.")
    with Archive(tmp_path / "a.db") as archive:
        assert archive.ingest(news, options=Options(encoding="latin-1")).new == 3
        assert archive.ingest(news).unchanged == 3
        for dry_run in (True, False):
            report = archive.ingest(news, options=Options(reread=True), dry_run=dry_run)
            assert (report.changed, report.unchanged, report.split) == (2, 1, 0)
        for number, text in enumerate(texts.values(), 1):
            title, paragraph = text.split("\n")
            stored = archive.article({"de": 1, "zh": 3}[list(texts)[number - 1][:2]])
            assert (stored.version, stored.article.title) == (2, title)
            assert stored.article.paragraphs == (paragraph,)
            assert archive.article(stored.id, 1).article.title != title
            assert archive.raw(stored.id) == archive.raw(stored.id, 1)
        again = archive.ingest(news, options=Options(reread=True))
        assert (again.unchanged, again.files) == (3, 3)
    sound(tmp_path / "a.db")


# Addresses by content


def test_a_content_is_found_by_its_fingerprint_in_any_version(place: Path, cli: Cli) -> None:
    with Archive(place / "a.db") as archive:
        old, new = archive.article(2, 1).content_hash.hex(), archive.article(2).content_hash.hex()
        assert str(archive.place(f"hash:{old[:8]}")) == "2@1"
        assert str(archive.place(f"HASH:{new.upper()}:2")) == "2:2"
        assert archive.cite(f"hash:{old[:9]}:1").address == "2@1:1"
        assert [p.text for p in archive.paragraphs(f"hash:{new[:11]}:2")] == ["Vvkkbb said so."]
        for wrong in (f"hash:{old[:7]}", "hash:", "hash:xyzxyzxyz", f"hash:{old}0"):
            with pytest.raises(UsageError):
                archive.place(wrong)
    shown = cli("show", f"hash:{old[:12]}", "--db", place / "a.db")
    assert "Qqjjxx, they said." in shown.stdout
    assert cli("show", f"hash:{old[:12]}", "--raw", "--db", place / "a.db").stdout.startswith(
        " date"
    )
    assert cli("history", f"hash:{old[:12]}", "--db", place / "a.db").returncode == 0


def test_a_fingerprint_that_begins_several_must_be_longer(place: Path) -> None:
    connection = sqlite3.connect(place / "a.db")
    for number, end in ((1, "11"), (3, "22")):
        connection.execute(
            "UPDATE articles SET content_hash = ? WHERE id = ?",
            (bytes.fromhex("abcdef0123" + end * 27), number),
        )
    connection.commit()
    connection.close()
    with Archive(place / "a.db") as archive:
        with pytest.raises(UsageError, match="hash:abcdef0123111111, hash:abcdef0123222222"):
            archive.place("hash:abcdef01")
        assert str(archive.place("hash:abcdef01232")) == "3"


def test_what_is_gone_and_what_never_went_in_is_listed(place: Path, cli: Cli) -> None:
    db = place / "a.db"
    (place / "news" / "bad.txt").write_text("nothing", encoding="utf-8")
    (place / "news" / "z.txt").unlink()
    cli("ingest", "news", "--db", db, cwd=place)
    gone = cli("sources", "--missing", "--json", "--db", db)
    (found,) = map(json.loads, gone.stdout.splitlines())
    assert (found["path"], found["id"]) == (str(place / "news" / "z.txt"), 3)
    assert found["gone_at"]
    (rejected,) = map(json.loads, cli("rejections", "--json", "--db", db).stdout.splitlines())
    assert (Path(rejected["path"]).name, rejected["line"]) == ("bad.txt", 1)
    assert len(cli("sources", "--csv", "--db", db).stdout.splitlines()) == 5
    os.rename(place / "news", place / "away")
    (place / "news").mkdir()  # an empty folder in place of a disk that is not mounted
    cli("ingest", "news", "--db", db, cwd=place)
    assert len(cli("sources", "--missing", "--db", db).stdout.splitlines()) == 4
    (place / "news").rmdir()
    (place / "away").rename(place / "news")
    write(place / "news" / "z.txt", "Sports", "They won.")
    assert cli("sources", "--missing", "--db", db).returncode == 1
