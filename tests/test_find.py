"""The walk and the reading of files: everything met is a file, hidden, or rejected with a reason."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from archive.errors import ParseError, UsageError
from archive.incoming import FoundFile, Rejection
from archive.ingest import files as find
from archive.ingest.choosing import Choice
from archive.ingest.files import PassedOver, Unreadable
from archive.ingest.options import roots

OLD = (1_600_000_000, 1_600_000_000)


def _write(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, OLD)
    return path


def _found(*paths: Path) -> list[FoundFile | PassedOver | Rejection]:
    return list(find.find(map(str, paths)))


def test_folders_are_walked_in_name_order(tmp_path: Path) -> None:
    for name in ("b/2.txt", "a.txt", "b/1.txt", "c.txt", "b.txt/inner"):
        _write(tmp_path / name)
    assert [found.path.removeprefix(f"{tmp_path}/") for found in _found(tmp_path)] == [
        "a.txt", "b/1.txt", "b/2.txt", "b.txt/inner", "c.txt",
    ]  # fmt: skip


def test_a_found_file_has_its_size_and_time(tmp_path: Path) -> None:
    path = _write(tmp_path / "a", b"12345")
    changed = path.stat().st_ctime_ns
    assert _found(path) == [FoundFile(str(path), 5, OLD[0] * 1_000_000_000, None, changed)]


def test_a_time_beyond_the_range_of_a_column_is_clamped(tmp_path: Path) -> None:
    path = _write(tmp_path / "a")
    os.utime(path, (14_000_000_000, 14_000_000_000))
    (found,) = _found(path)
    assert isinstance(found, FoundFile)
    assert found.mtime_ns == 2**63 - 1
    assert find.read(str(path))[0].mtime_ns == 2**63 - 1


def test_hidden_names_are_counted_not_read(tmp_path: Path) -> None:
    _write(tmp_path / ".git" / "config")
    _write(tmp_path / ".a.txt")
    assert _found(tmp_path) == [
        PassedOver(f"{tmp_path}/.a.txt", "hidden"),
        PassedOver(f"{tmp_path}/.git", "hidden"),
    ]


NAMES = ("a.txt", "b.md", "a.txt.part", "B.CRDOWNLOAD", "a.txt~", "~$a.doc", "#a.txt#", "a.bak",
         "a (conflicted copy 2023-02-01).txt", "drafts/c.txt", "deep/drafts/d.txt", "x.tmp/e.txt",
         ".#a.txt")  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "left_out"),
    [
        (Choice(), {}),
        (Choice(exclude=("drafts",)), {"drafts": "excluded", "deep/drafts": "excluded"}),
        (Choice(exclude=("deep/drafts/*",)), {"deep/drafts/d.txt": "excluded"}),
        (Choice(exclude=("/*/drafts/*.txt",)),
         {"drafts/c.txt": "excluded", "deep/drafts/d.txt": "excluded"}),
        (Choice(include=("*.txt",)), {"b.md": "excluded", "a.bak": "excluded"}),
        (Choice(include=("[ab].*",), exclude=("*.bak",)),
         {"a.bak": "excluded", "a (conflicted copy 2023-02-01).txt": "excluded",
          "drafts/c.txt": "excluded", "deep/drafts/d.txt": "excluded",
          "x.tmp/e.txt": "excluded"}),
    ],
)  # fmt: skip
def test_names_decide_what_below_a_folder_is_passed_over(
    tmp_path: Path, choice: Choice, left_out: dict[str, str]
) -> None:
    for name in NAMES:
        _write(tmp_path / name)
    temporary = ("a.txt.part", "B.CRDOWNLOAD", "a.txt~", "~$a.doc", "#a.txt#")
    expected = dict.fromkeys(temporary, "temporary") | {".#a.txt": "hidden"} | left_out
    found = list(find.find([str(tmp_path)], choice))
    assert {
        one.path.removeprefix(f"{tmp_path}/"): one.why
        for one in found
        if isinstance(one, PassedOver)
    } == expected
    assert all(isinstance(one, FoundFile | PassedOver) for one in found)
    read = {one.path.removeprefix(f"{tmp_path}/") for one in found if isinstance(one, FoundFile)}
    below = {name for name in NAMES if any(name.startswith(f"{out}/") for out in expected)}
    assert read == {*NAMES} - {*expected} - below
    given = [str(tmp_path / name) for name in NAMES]
    assert all(isinstance(one, FoundFile) for one in find.find(given, choice))


def test_links_below_are_not_followed_but_reported(tmp_path: Path) -> None:
    _write(tmp_path / "outside" / "o.txt")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "dir").symlink_to(tmp_path / "outside")
    (folder / "file").symlink_to(tmp_path / "outside" / "o.txt")
    (folder / "gone").symlink_to(tmp_path / "nothing")
    (folder / "loop").symlink_to(folder)
    (folder / "zero").symlink_to("/dev/zero")
    reasons = {found.path: getattr(found, "reason", None) for found in _found(folder)}
    names = ("dir", "file", "gone", "loop", "zero")
    assert reasons == {f"{folder}/{name}": "a symbolic link, not followed" for name in names}


def test_links_below_are_followed_on_request_and_stay_in_the_path(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    target = _write(outside / "o.txt")
    (outside / "back").symlink_to(tmp_path / "in")
    folder = tmp_path / "in"
    _write(folder / "deep" / "er" / "d.txt")
    (folder / "deep" / "er" / "up").symlink_to("..")
    for name, to in (("dir", outside), ("dir2", outside), ("file", target), ("gone", "nothing"),
                     ("loop", folder), ("zero", "/dev/zero"), (".hidden", outside)):  # fmt: skip
        (folder / name).symlink_to(to)
    choice = Choice(include=("*.txt", "file", "gone", "zero"), follow=True)
    found = {one.path.removeprefix(f"{folder}/"): one for one in find.find([str(folder)], choice)}
    taken = {name: one.place for name, one in found.items() if isinstance(one, FoundFile)}
    assert taken == {"deep/er/d.txt": None, "dir/o.txt": None, "file": str(target)}
    reasons = {name: one.reason for name, one in found.items() if isinstance(one, Rejection)}
    again = "a symbolic link to a folder that is taken in already, not followed"
    assert reasons == {"deep/er/up": again, "dir/back": again, "dir2": again, "loop": again, "zero": "not a regular file",
                       "gone": "No such file or directory"}  # fmt: skip


def test_folders_that_link_to_each_other_are_walked_once(tmp_path: Path) -> None:
    for at in range(40):
        _write(tmp_path / f"{at:02}" / "a.txt")
        for name in ("left", "right"):
            (tmp_path / f"{at:02}" / name).symlink_to(tmp_path / f"{at + 1:02}")
    found = list(find.find([str(tmp_path / "00")], Choice(follow=True)))
    assert sum(isinstance(one, FoundFile) for one in found) == 40


def test_a_link_given_by_name_is_followed_and_stays_in_the_path(tmp_path: Path) -> None:
    target = _write(tmp_path / "outside" / "o.txt")
    (tmp_path / "link").symlink_to(target.parent)
    (tmp_path / "file.txt").symlink_to(target)
    found = _found(tmp_path / "link", tmp_path / "file.txt")
    assert [(file.path, getattr(file, "place", "")) for file in found] == [
        (f"{tmp_path}/link/o.txt", None), (f"{tmp_path}/file.txt", str(target)),
    ]  # fmt: skip


def test_a_name_in_nfd_is_known_in_nfc_and_opened_as_it_is(tmp_path: Path) -> None:
    path = _write(tmp_path / "cafe\u0301.txt")
    (found,) = _found(tmp_path)
    assert isinstance(found, FoundFile)
    assert (found.path, found.place) == (f"{tmp_path}/caf\u00e9.txt", str(path))


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("{root}/link/a.txt", "{root}/link/a.txt"),
        ("{root}/x/./y//z.txt", "{root}/x/y/z.txt"),
        ("{root}/link/../b.txt", "{root}/far/b.txt"),
        ("{root}/link/..", "{root}/far"),
    ],
)
def test_a_path_keeps_its_links_but_not_what_leads_back(
    tmp_path: Path, given: str, path: str
) -> None:
    root = tmp_path.resolve()
    (root / "far" / "away").mkdir(parents=True)
    (root / "link").symlink_to(root / "far" / "away")
    assert find.absolute(given.format(root=root)) == path.format(root=root)


def test_a_file_is_gone_only_where_its_folder_proves_it(tmp_path: Path) -> None:
    there = _write(tmp_path / "full" / "there.txt")
    _write(tmp_path / "hidden" / ".part")
    (tmp_path / "empty").mkdir()
    names = ("full/gone.txt", "empty/away.txt", "hidden/away.txt", "unmounted/away.txt")
    assert [find.is_gone(str(tmp_path / name)) for name in names] == [True, False, False, False]
    assert not find.is_gone(str(there))


def test_special_files_are_reported_and_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    monkeypatch.chdir(tmp_path)  # the address of a socket holds no long path
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        rejections = _found(tmp_path, Path("/dev/zero"))
    assert {(found.path, getattr(found, "reason", "")) for found in rejections} == {
        (f"{tmp_path}/pipe.txt", "not a regular file"),
        (f"{tmp_path}/socket.txt", "not a regular file"),
        ("/dev/zero", "not a regular file"),
    }
    for name in ("pipe.txt", "socket.txt"):
        with pytest.raises(Unreadable):
            find.read(str(tmp_path / name))


def test_odd_names_are_found_and_undecodable_ones_reported(tmp_path: Path) -> None:
    for name in ("new\nline", "esc\x1b", "-rf", "é"):
        _write(tmp_path / name)
    with open(os.fsencode(tmp_path) + b"/\xe9.txt", "wb") as file:
        file.write(b"x")
    found = _found(tmp_path)
    assert [f.path.rsplit("/", 1)[1] for f in found if isinstance(f, FoundFile)] == [
        "-rf", "esc\x1b", "new\nline", "é",
    ]  # fmt: skip
    (rejected,) = (f for f in found if isinstance(f, Rejection))
    assert rejected == Rejection(f"{tmp_path}/\\xe9.txt", "the file's name is not UTF-8: rename it")


def test_a_missing_path_is_rejected_in_a_list_and_refused_as_an_argument(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert _found(gone) == [Rejection(str(gone), "No such file or directory")]
    with pytest.raises(UsageError, match="no such file or folder"):
        roots([str(gone)])
    # Those behind it are met all the same.
    (tmp_path / "a.txt").touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "b.txt").touch()
    _, *others = _found(gone, tmp_path / "a.txt", tmp_path / "below")
    assert [Path(one.path).name for one in others] == ["a.txt", "b.txt"]


def test_paths_below_others_are_walked_once(tmp_path: Path) -> None:
    for name in ("a/b/c", "ab", "a-b"):
        (tmp_path / name).mkdir(parents=True)
    given = [str(tmp_path / name) for name in ("a/b", "a", "ab", "a-b", "a/b/c", "a")]
    assert roots(given) == [str(tmp_path / name) for name in ("a-b", "a", "ab")]


def test_folders_nest_as_deep_as_the_system_allows(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1500):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open("f.txt", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    finally:
        os.close(here)
    (found,) = _found(tmp_path)
    assert found.path == f"{tmp_path}/" + "d/" * 1500 + "f.txt"
    # shutil.rmtree of Python 3.11 recurses, and pytest clears old folders with it.
    subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


def test_reads_the_bytes_and_what_the_file_then_was(tmp_path: Path) -> None:
    path = _write(tmp_path / "a", b"\r\n\xff")
    found, data = find.read(str(path))
    assert data == b"\r\n\xff"
    assert found == FoundFile(str(path), 3, OLD[0] * 1_000_000_000)


def test_a_system_that_gives_one_byte_at_a_time_gives_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"several bytes")
    read = os.read
    monkeypatch.setattr("os.read", lambda descriptor, _: read(descriptor, 1))
    assert find.read(str(path))[1] == path.read_bytes()


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(20 * 1024**3)
    with pytest.raises(ParseError, match=r"larger than the limit: 21,474,836,480 > 67,108,864"):
        find.read(str(path))
    assert find.read(str(_write(tmp_path / "ok", b"123")), 3)[1] == b"123"
    with pytest.raises(ParseError):
        find.read(str(_write(tmp_path / "over", b"1234")), 3)


def test_a_link_put_in_a_files_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    with pytest.raises(Unreadable):
        find.read(str(tmp_path / "link"))


def test_a_file_that_keeps_changing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "a", b"one")
    size = iter(range(3, 100))

    def growing(descriptor: int, _: int) -> bytes:
        path.write_bytes(b"x" * next(size))
        return b"one"

    monkeypatch.setattr(os, "read", growing)
    with pytest.raises(Unreadable, match="changed while it was read"):
        find.read(str(path))
