"""Near-duplicates and similar articles: found all, and nothing unlike among them."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive
from archive.text import likeness as copies
from archive.text.folding import fold
from archive.text.words import pattern
from conftest import ROOT

if TYPE_CHECKING:
    from conftest import Cli

REPORT = (
    "Applications for home mortgages {way} last week as rates {way}, the Mortgage Bankers Association"
    " said on Wednesday. Its index of mortgage application activity was at {a} in the week ended"
    " {b}. The refinance index was at {c}, and loans for purchases at {d}. Fixed 30-year rates"
    " averaged {e} percent. The survey covers over {f} percent of all retail loans."
)  # fmt: skip
COPY = (
    "The minister said on Monday that the port of Odessa would open again. Ships had waited for weeks,"
    " he added, and grain was rotting in 12 silos. Farmers welcomed the news; traders did not."
)
CHINESE = "中国国家主席习近平周一抵达莫斯科，开始为期三天的国事访问。普京在克里姆林宫欢迎他，双方将签署多项协议。"


def _report(seed: int) -> str:
    chance = random.Random(seed)  # noqa: S311 - text, not secrets
    numbers = {name: f"{chance.uniform(3, 900):.1f}" for name in "abcdef"}
    return REPORT.format(way=chance.choice(["rose", "fell"]), **numbers)


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        (COPY, COPY, 1.0, 1.0),
        (COPY, COPY.upper().replace(",", "") + "!", 1.0, 1.0),
        (COPY, COPY.replace("Monday", "Tuesday").replace("12 ", ""), 0.9, 0.99),
        (
            "Short news from Moscow today, and no more than that.",
            "Short news of Moscow today, and no more than that.",
            0.88,
            0.95,
        ),
        ("Evaluation of the Legendre polynomial", "Evaluation of the Hermite polynomial", 0.0, 0.0),
        ("Short news.", "Other news.", 0.0, 0.0),
        (COPY, "Nothing of this is the same at all, not even one of the words in it.", 0.0, 0.0),
        (CHINESE, CHINESE.replace("周一", "周二"), 0.9, 0.99),
        (CHINESE, "东京股市周三上涨，投资者等待日本央行的决定。日元兑美元汇率小幅走高。", 0.0, 0.0),
        (_report(1), _report(2), 0.0, 0.0),
        (_report(1), _report(1).replace("survey", "study"), 0.95, 0.99),
    ],
)
def test_the_share_of_common_text(one: str, other: str, least: float, most: float) -> None:
    share = copies.copied_share(*(copies.words(fold(text)) for text in (one, other)))
    assert least <= share <= most


@given(st.text(alphabet="ab7.,:/-_ \n\0\1\3’¶£é", max_size=40))
def test_words_are_cut_as_their_shape_says(text: str) -> None:
    assert copies.words(text) == pattern(r"\d+(?:[.,:/]\d+)*|W+", text).findall(text)


@given(
    st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=3), max_size=14),
    st.randoms(use_true_random=False),
)
def test_groups_are_the_same_family_by_family(
    behind: list[list[int]], chance: random.Random
) -> None:
    likely = [
        (article, [max(0, article - 1 - back) for back in backs])
        for article, backs in enumerate(behind, 1)
    ]
    shares: dict[tuple[int, int], float] = {}

    def share(first: int, other: int) -> float:
        return shares.setdefault((first, other), chance.choice([0.0, 0.8, 0.9]))

    whole = copies.group(likely, share)
    assert set(copies.group(copies.by_family(likely), share)) == set(whole)
    assert sorted(copies.by_family(likely)) == likely


def test_a_chain_of_changes_brings_no_unlike_articles_together() -> None:
    shares = {(1, 2): 0.9, (2, 3): 0.8, (1, 3): 0.0, (3, 4): 0.95, (2, 4): 0.85}
    likely = [(2, [1]), (3, [2]), (4, [3])]
    groups = copies.group(likely, lambda first, other: shares[first, other])
    assert groups == [
        copies.Group(1, ((2, 0.9),)),
        copies.Group(2, ((3, 0.8), (4, 0.85))),
    ]


def test_only_articles_within_the_days_are_paired() -> None:
    days = [(1, 10, [1, 2, 3]), (2, 12, [1, 2, 3]), (3, 20, [1, 2, 3]), (4, 20, [3, 4])]
    articles = [(*article, number) for number, article in enumerate(days)]
    assert list(copies.candidates(articles)) == [(2, [1]), (3, [1, 2])]
    assert list(copies.candidates(articles, 2)) == [(2, [1])]
    assert list(copies.candidates(articles, 1)) == []


@given(st.lists(st.integers(0, 5), min_size=2, max_size=60))
def test_the_same_text_is_a_candidate_whatever_stands_between(texts: list[int]) -> None:
    """All of these texts have the same phrases."""
    articles = [(number, number, [1, 2, 3], text) for number, text in enumerate(texts)]
    likely = dict(copies.candidates(articles))
    for number, text in enumerate(texts):
        before = [other for other in range(number) if texts[other] == text]
        assert before[-1:] == likely.get(number, [])[:1] or not before


ITEMS = [
    "Harbor pilots in the port went on strike on Monday, and no ship had left since dawn.",
    "The union, which speaks for ninety pilots, wants longer rest between all shifts.",
    "Farmers in the south said the wheat harvest would be late, because rain fell.",
]


@pytest.mark.parametrize("between", [1, 6])
def test_copies_are_reported_whatever_stands_between(tmp_path: Path, between: int) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    orders = [[0, 1, 2], *[[2, 1, 0], [1, 0, 2], [0, 2, 1]] * (between // 3), [2, 0, 1], [0, 1, 2]]
    for day, order in enumerate(orders, 1):
        text = " ".join(ITEMS[item] for item in order)
        (folder / f"{day}.txt").write_text(f" date 2021-05-{day:02}\nItems of day {day}\n{text}\n")
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([folder])
        groups = archive.duplicates()
    titles = [{copy.title for copy in group} for group in groups]
    assert any({"Items of day 1", f"Items of day {len(orders)}"} <= group for group in titles)


def _text(chance: random.Random, words: list[str], size: int, *, spaces: bool) -> str:
    sentences = []
    while size > 0:
        length = chance.randint(6, 18)
        sentence = chance.choices(words, k=length)
        sentences.append(" ".join(sentence) + "." if spaces else "".join(sentence) + "。")
        size -= length
    return (" " if spaces else "").join(sentences)


def _edited(chance: random.Random, text: str, words: list[str], *, spaces: bool) -> str:
    """One word in twenty changed, dropped or put in."""
    parts: list[str] = []
    for word in text.split(" ") if spaces else text:
        if chance.random() >= 0.05:
            parts.append(word)
        elif (kind := chance.choice(["change", "drop", "add"])) != "drop":
            parts += [chance.choice(words)] + [word] * (kind == "add")
    return (" " if spaces else "").join(parts)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """An archive of 300 articles in two scripts, 40 market reports and edited copies of every
    fourth; and the file name of each copy with that of its original."""
    chance = random.Random(5)  # noqa: S311 - text, not secrets
    root = tmp_path_factory.mktemp("planted")
    english = [
        "".join(chance.choices("abcdeghilmnoprstu", k=chance.randint(2, 9))) for _ in range(3000)
    ]
    han = [chr(0x4E00 + number) for number in range(800)]
    texts = {f"report{day}": _report(day) for day in range(40)}
    originals: dict[str, str] = {}
    for number in range(300):
        spaces = number % 5 > 0
        words = english if spaces else han
        text = _text(chance, words, chance.choice([25, 80, 400]), spaces=spaces)
        texts[f"article{number}"] = text
        if number % 4 == 0:
            texts[f"copy{number}"] = _edited(chance, text, words, spaces=spaces)
            originals[f"copy{number}"] = f"article{number}"
    texts["copy-of-report"] = texts["report3"].replace("on Wednesday", "late on Wednesday")
    originals["copy-of-report"] = "report3"
    for at, (name, text) in enumerate(texts.items()):
        path = root / f"{name}.txt"
        path.write_text(f" date {2000 + at % 9}-0{1 + at % 7}-11\nTitle of {name}\n{text}\n")
        os.utime(path, (1_600_000_000, 1_600_000_000))
    db = str(tmp_path_factory.mktemp("archive") / "a.db")
    with Archive(db) as archive:
        assert archive.ingest([root]).new == len(texts)
    return db, originals


def _named(title: str) -> str:
    return title.removeprefix("Title of ")


def test_all_planted_copies_are_found_and_nothing_else(planted: tuple[str, dict[str, str]]) -> None:
    db, originals = planted
    with Archive(db) as archive:
        groups = archive.duplicates()
        before = Path(db).read_bytes()
        assert archive.duplicates() == groups
    assert Path(db).read_bytes() == before
    found = {frozenset(_named(copy.title) for copy in group) for group in groups}
    assert found == {frozenset(pair) for pair in originals.items()}
    for first, *others in groups:
        assert first.share == 1.0
        assert all(copies.COPY_SHARE <= other.share < 1 for other in others)
        assert all(first.published_on <= other.published_on for other in others)


def test_similar_puts_the_copy_first(planted: tuple[str, dict[str, str]]) -> None:
    db, originals = planted
    with Archive(db) as archive:
        ids = {
            _named(title): number
            for title, number in archive.sql("SELECT title, id FROM articles").rows
        }
        for name, original in list(originals.items())[::6]:
            found = archive.similar(archive.article(ids[name]), limit=3)
            assert _named(found[0].title) == original
            assert found[0].share is not None
            assert all(other.share is None for other in found[1:])
            assert ids[name] not in {other.article_id for other in found}
        assert archive.similar(archive.article(1), limit=0) == ()


MATTER = {
    "1": ("2023-01-31", "Grain deal", COPY),
    "2": ("2023-02-01", "Grain deal reached", COPY.replace("Monday", "Tuesday")),
    "3": ("2023-02-20", "Odessa waits", "Silos at Odessa are full of grain, and ships stay away."),
    "4": ("2023-02-21", "Football", "Two goals decided it late yesterday evening."),
    "5": ("2023-02-01", "习近平访问莫斯科", CHINESE),
    "6": ("2023-02-09", "习近平访问莫斯科", CHINESE.replace("周一", "周二")),
    "7": ("2023-02-09", "莫斯科", "普京在莫斯科会见记者。"),
}  # fmt: skip


@pytest.fixture(scope="module")
def matter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp_path = tmp_path_factory.mktemp("matter")
    for name, (day, title, text) in MATTER.items():
        path = tmp_path / "news" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f" date {day} World\n{title}\n{text}\n")
        os.utime(path, (1_600_000_000, 1_600_000_000))
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path / "news"])
    return tmp_path / "a.db"


def test_duplicates_shows_groups_with_the_share(cli: Cli, matter: Path) -> None:
    shown = cli("duplicates", "--db", matter)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines() == [
        "1  2023-01-31  World  Grain deal",
        "   95%  2  2023-02-01  World  Grain deal reached",
        "",
        "5  2023-02-01  World  习近平访问莫斯科",
        "   98%  6  2023-02-09  World  习近平访问莫斯科",
    ]
    rows = [
        json.loads(row)
        for row in cli("duplicates", "--json", "--db", matter).stdout.split("\n")
        if row
    ]
    assert [(row["id"], [copy["id"] for copy in row["copies"]]) for row in rows] == [
        (1, [2]),
        (5, [6]),
    ]
    assert 0.9 < rows[0]["copies"][0]["share"] < 1
    near = cli("duplicates", "--within", "1", "--db", matter).stdout
    assert "Grain deal reached" in near
    assert "习近平" not in near
    none = cli("duplicates", "--within", "0", "--db", matter)
    assert (none.returncode, none.stdout) == (1, "")
    assert "no article is a copy of another" in none.stderr


def test_similar_says_copy_or_same_matter(cli: Cli, matter: Path) -> None:
    shown = cli("similar", "1", "--db", matter).stdout.splitlines()
    assert shown[:3] == [
        "2  2023-02-01  World  Grain deal reached",
        "    copy: 95% of the text in common",
        "3  2023-02-20  World  Odessa waits",
    ]
    why, words = shown[3].split(": ")
    assert why == "    same matter"
    assert {"grain", "odessa", "ships", "silos"} <= set(words.split(", "))
    rows = [
        json.loads(row)
        for row in cli("similar", "5", "--json", "--db", matter).stdout.split("\n")
        if row
    ]
    assert [(row["id"], row["kind"]) for row in rows[:2]] == [(6, "copy"), (7, "matter")]
    assert rows[1]["share"] is None
    assert "莫" in rows[1]["words"]


def test_what_changed_is_compared_as_it_is_now(cli: Cli, matter: Path, tmp_path: Path) -> None:
    path = shutil.copytree(matter.parent / "news", tmp_path / "news") / "2.txt"
    matter = tmp_path / "a.db"
    cli("ingest", path.parent, "--db", matter)
    title = path.read_text().split("\n")[1]
    path.write_text(f" date 2023-02-01 World\n{title}\nRain is expected in the north of Spain.\n")
    cli("ingest", path, "--db", matter)
    groups = cli("duplicates", "--json", "--db", matter).stdout.splitlines()
    assert [json.loads(row)["id"] for row in groups] == [5]
    old = cli("similar", "2@1", "--limit", "1", "--db", matter)
    assert old.stdout.startswith("1  2023-01-31  World  Grain deal\n    copy: 95%")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["similar", "99"], 1, "there is no article 99"),
        (["similar", "1@7"], 1, "article 1 has versions 1 to 1, none 7"),
        (["similar", "1:2"], 2, "is a paragraph: name an article"),
        (["similar", "moscow"], 2, "names no article"),
        (["similar", "4"], 1, "nothing like article 4 found"),
        (["duplicates", "--within", "-1"], 2, "--within"),
        (["duplicates", "--db", "/nowhere/a.db"], 4, "no archive at"),
    ],
)
def test_errors(cli: Cli, matter: Path, arguments: list[str], code: int, says: str) -> None:
    run = cli(*arguments, ARCHIVE_DB=str(matter))
    assert (run.returncode, run.stdout) == (code, "")
    assert says in run.stderr
    assert "Traceback" not in run.stderr


def test_the_json_page_has_every_key(cli: Cli, matter: Path) -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    for arguments in (["similar", "1"], ["duplicates"]):
        record = json.loads(cli(*arguments, "--json", "--db", matter).stdout.splitlines()[0])
        section = page.split(f"## {arguments[0]}\n")[1].split("\n## ")[0]
        for key in (*record, *(record.get("copies") or [{}])[0]):
            assert f"`{key}`" in section, (arguments, key)


def test_an_empty_archive_has_no_copies(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    cli("ingest", tmp_path / "none", "--db", tmp_path / "a.db")
    assert cli("duplicates", "--db", tmp_path / "a.db").returncode == 1
    assert cli("similar", "1", "--db", tmp_path / "a.db").returncode == 1


def test_a_copy_is_within_the_days_of_the_first_of_its_group(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        text = " ".join(f"word{number}" for number in range(200)) + f" ending{day}"
        file = tmp_path / f"{day}.txt"
        file.write_text(f" date 2023-01-0{day}\nTitle {day}\n{text}\n", encoding="utf-8")
        os.utime(file, (1_600_000_000, 1_600_000_000))
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path])
        found = {
            within: [[copy.title for copy in group] for group in archive.duplicates(within=within)]
            for within in (0, 1, 2, None)
        }
    one, two, three = "Title 1", "Title 2", "Title 3"
    assert found == {
        0: [],
        1: [[one, two], [two, three]],
        2: [[one, two, three]],
        None: [[one, two, three]],
    }
