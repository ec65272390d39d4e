"""The archive in a browser, without a browser: pages, data, manners and walls of `archive serve`."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import html
import io
import json
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request

from archive import Archive
from archive.errors import ArchiveStopped, UsageError
from archive.render import citations
from archive.web import charts, comparing, counting, desk
from archive.web.app import VIEWS, application
from archive.web.desk import Desk, Gone, TooLong
from archive.web.given import Given, link
from conftest import SEEDS, Cli, as_looked_at

if TYPE_CHECKING:
    from starlette.applications import Starlette

Get = Callable[..., httpx.Response]


def fetch(app: Starlette, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8642") as one:
            return await one.request(method, path, headers=headers)

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def changed_db(db: str, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The archive of conftest with a second version of article 1, and a copy of article 8."""
    work = tmp_path_factory.mktemp("web")
    news = shutil.copytree(folder, work / "news")
    path = str(work / "archive.db")
    with Archive(path) as archive:
        archive.ingest([news])
        story = news / "01" / "01-visit.txt"
        text = story.read_text(encoding="utf-8").replace("in spring", "in the autumn")
        story.write_text(text, encoding="utf-8")
        long = (news / "08" / "08-long.txt").read_text(encoding="utf-8")
        (news / "copy.txt").write_text(long + "The end.\n", encoding="utf-8")
        archive.ingest([news])
    return path


@pytest.fixture(scope="module")
def get(changed_db: str) -> Iterator[Get]:
    app = application(changed_db)
    yield lambda path, method="GET", **headers: fetch(app, path, method, **headers)
    app.state.desk.close()


PAGES = [
    ("/", 200, "11 articles"),
    ("/?q=visit", 200, "state <mark>visit</mark> to Moscow"),
    ("/?q=visit&sort=oldest", 200, "2022-12-31"),
    ("/?q=xi+not:here+(putin", 200, "Read as <code>"),
    ("/?category=Politics&q=visit", 200, "Politics"),
    ("/?q=xylophone", 200, "Nothing found for <bdi>xylophone</bdi>"),
    ("/?q=putin+xi+visit+aid", 200, "No article has all of it"),
    ("/?q=putin+xi+visit", 200, "1 article has all of the words"),
    ("/?q=moscaw", 200, '<a href="/?q=Moscow">Moscow</a>'),
    ("/?q=visit&page=9", 200, "There are no further articles"),
    ("/?q=date:2023-99", 400, "<mark>2023-99</mark>"),
    ("/?q=visit&sort=sideways", 400, "choose auto, newest, oldest"),
    ("/?q=visit&page=two", 400, "write a number"),
    ("/article/1", 200, 'id="p2"'),
    ("/article/1?q=visit", 200, "state <mark>visit</mark>"),
    ("/article/1?q=date:2023-99", 200, "Xi plans a state visit"),
    ("/article/1", 200, "version 2 of 2"),
    ("/article/1@1", 200, "This text was replaced"),
    ("/article/99", 404, "there is no article 99"),
    ("/article/1@7", 404, "none 7"),
    ("/article/twelve", 400, "names no article"),
    ("/article/1/cite?p=2", 200, "paragraph 2. Article archive 1@2:2"),
    ("/article/1/cite?p=9", 404, "has paragraphs 1 to 2"),
    ("/article/1/history", 200, "1@1"),
    ("/article/1/diff", 200, "<del>spring.</del><ins>the autumn.</ins>"),
    ("/article/1/diff?with=2", 200, "only in"),
    ("/article/1@2/diff?with=1", 200, "The texts do not differ"),
    ("/article/8/similar", 200, "of the text in common"),
    ("/article/6/similar", 200, "Copies and similar articles"),
    ("/timeline", 200, "11 articles"),
    ("/timeline?q=visit&q=putin&by=year", 200, "The highest bar stands for"),
    ("/timeline?q=xylophone", 200, "0 articles"),
    ("/timeline?by=century", 400, "choose day, week, month, quarter, year"),
    ("/concordance", 200, "Every occurrence"),
    ("/concordance?q=visit", 200, "<mark>visit</mark>"),
    ("/concordance?q=xylophone", 200, "Nothing found"),
    ("/concordance?q=date:2023", 200, "a concordance needs a word"),
    ("/quote", 200, "Check a quotation"),
    ("/quote?text=invited+Xi+for+a+state+visit+in+the+autumn", 200, "all 9 words agree"),
    (
        "/quote?text=invited+Xi+for+one+state+visit+in+the+autumn",
        200,
        "<del>a </del><ins>one </ins>",
    ),
    ("/quote?text=nobody+said+this+anywhere+at+all", 200, "Nothing in this archive"),
    ("/duplicates", 200, "2 articles in 1 group"),
    ("/duplicates?within=x", 400, "write a number"),
    ("/about", 200, "/article/12/cite.json"),
    ("/nowhere", 404, "There is no such page"),
    ("/static/nothing.css", 404, "There is no such page"),
]


@pytest.mark.parametrize(("path", "status", "holds"), PAGES)
def test_each_page_has_its_status_and_what_it_is_for(
    get: Get, path: str, status: int, holds: str
) -> None:
    answer = get(path)
    assert answer.status_code == status
    assert holds in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


_CHANGING = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|\+00:00)|[0-9]{1,2} \w+ 20[0-9]{2}, [0-9]{2}:[0-9]{2}"
    r'|<dl class="health">.*?</dl>',
    re.DOTALL,
)
MORE = [
    "/?q=the&sort=newest&page=2", "/?q=the&byline=Smith", "/?q=mosow", "/article/8?q=needle",
    "/article/1?q=visit&versions=1", "/article/8/cite", "/article/1@1/cite?p=1-2", "/article/1@1/diff",
    "/article/3/similar", "/timeline?q=visit&q=putin&by=week&after=2022-12-01&before=2023-02-28",
    "/timeline?q=moscow&by=quarter&category=Politics", "/concordance?q=visit&sort=left&limit=2",
    "/quote?text=state+visit&limit=2", "/duplicates?within=3", "/search.csv?q=visit",
    "/article/8/similar.csv", "/duplicates.csv", "/article/1/cite.json?p=2", "/timeline.csv?q=visit",
]  # fmt: skip


def test_pages_are_as_they_were_looked_at(get: Get, changed_db: str) -> None:
    """To look at them anew after a change: WRITE_CAPTURES=1 pytest tests/test_web.py"""
    shown, folder = [], str(Path(changed_db).parent)
    for place in dict.fromkeys([*(path for path, _, _ in PAGES), *MORE]):
        answer = get(place)
        text = answer.text.partition("<main")[2].partition("</main>")[0] or answer.text
        for written in (folder, folder.replace("_", r"\_")):  # the second in BibTeX
            text = text.replace(written, "FOLDER")
        text = _CHANGING.sub("...", text)
        kept = [
            line for line in re.sub(r"<rect [^>]*>", "<rect>", text).splitlines() if line.strip()
        ]
        shown.append("\n".join((f"GET {place}: {answer.status_code}", *kept, "")))
    as_looked_at("pages.txt", "\n".join(shown))


class Outline(HTMLParser):
    """What a page must have, whoever reads it."""

    VOID = frozenset({"meta", "link", "input", "rect", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.inline: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag == "rect" or tag not in self.VOID:
            self.open.append(tag)
        self.ids += [str(given["id"])] if "id" in given else []
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.inline += [name for name in given if name == "style" or name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", [path for path, _, _ in PAGES])
def test_each_page_is_well_formed_and_has_nothing_inline(get: Get, path: str) -> None:
    text = get(path).text
    outline = Outline()
    outline.feed(text)
    assert (outline.open, outline.inline, outline.language) == ([], [], "en")
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.headings.count(1) == 1
    assert outline.headings[0] == 1
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert re.search(r"<title>\S.+</title>", text)
    assert not re.search(r"<script>|<style|javascript:|https?://", text)


def test_every_page_names_its_data_and_the_data_are_there(get: Get) -> None:
    for path, status, _ in PAGES:
        if status != 200:
            continue
        for place in re.findall(r'href="([^"]+\.(?:json|csv)[^"]*)"', get(path).text):
            assert get(html.unescape(place)).status_code == 200, (path, place)


DATA = [
    ("/search.json?q=visit&limit=3", ("search", "-n", "3", "visit")),
    ("/search.json?facet=category&q=visit", ("search", "--facet", "category", "visit")),
    ("/search.json?count=1&q=visit", ("search", "--count", "visit")),
    ("/search.json?explain=1&q=visit", ("search", "--explain", "visit")),
    ("/search.json?q=visit&category=Politics", ("search", "--category", "Politics", "visit")),
    ("/article/1.json", ("show", "1")),
    ("/article/1@1.json", ("show", "1@1")),
    ("/article/1/history.json", ("history", "1")),
    ("/article/1/diff.json", ("diff", "1")),
    ("/article/1/diff.json?with=2", ("diff", "1", "2")),
    ("/article/8/similar.json?limit=10", ("similar", "8")),
    ("/timeline.json?q=visit&q=putin&by=year", ("timeline", "visit", "putin", "--by", "year")),
    ("/concordance.json?q=visit", ("concordance", "visit")),
    ("/quote.json?text=state+visit&limit=3", ("quote", "state visit")),
    ("/duplicates.json", ("duplicates",)),
    ("/about.json", ("stats",)),
]


@pytest.mark.parametrize(("path", "call"), DATA)
def test_data_are_those_of_the_commands(
    get: Get, cli: Cli, changed_db: str, path: str, call: tuple[str, ...]
) -> None:
    # A new interpreter: a fork would inherit the threads that answer here.
    shown = cli(*call, "--json", "--db", changed_db, LANG="C.UTF-8").stdout
    wanted = [json.loads(line) for line in shown.splitlines()]
    assert get(path).json() == wanted
    table = list(csv.reader(io.StringIO(get(path.replace(".json", ".csv")).text)))
    if wanted:
        assert table[0] == list(wanted[0])
    assert len(table) == len(wanted) + 1


def test_an_error_in_data_is_an_object_with_the_line(get: Get) -> None:
    for form in ("json", "csv"):
        answer = get(f"/article/99.{form}")
        assert (answer.status_code, answer.json()) == (404, {"error": "there is no article 99"})


def test_the_address_of_a_paragraph_leads_to_it(get: Get) -> None:
    for address, place in (("12:7", "/article/12#p7"), ("1@1:2-3", "/article/1@1#p2")):
        answer = get(f"/article/{address}")
        assert (answer.status_code, answer.headers["location"]) == (307, place)


def test_articles_follow_one_another_by_date(get: Get, changed_db: str) -> None:
    with Archive(changed_db) as archive:
        wanted = [hit.article_id for hit in archive.search("", sort="oldest", limit=100)]
    seen = [wanted[0]]
    while found := re.search(r'rel="next" href="/article/(\d+)"', get(f"/article/{seen[-1]}").text):
        back = re.search(r'rel="prev" href="/article/(\d+)"', get(f"/article/{found[1]}").text)
        assert back
        assert int(back[1]) == seen[-1]
        seen.append(int(found[1]))
    assert seen == wanted


def test_the_address_of_the_hits_leads_to_their_page(get: Get) -> None:
    answer = get("/search?q=state%20visit")
    assert (answer.status_code, answer.headers["location"]) == (307, "/?q=state%20visit")


def test_pages_of_hits_follow_one_another(tmp_path: Path) -> None:
    for number in range(23):
        text = f" date 2023-01-{number + 1:02}\nStory {number}\nThe same word.\n"
        (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
    with Archive(tmp_path / "archive.db") as archive:
        archive.ingest(tmp_path.glob("*.txt"))
    app = application(str(tmp_path / "archive.db"))
    seen: list[str] = []
    place = "/?q=word&sort=oldest"
    while place:
        text = fetch(app, place).text
        seen += re.findall(r'href="/article/(\d+)\?q=word"', text)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        place = html.unescape(found[1]) if found else ""
    assert seen == [str(number) for number in sorted(range(1, 24), key=lambda n: _stories(n, app))]
    app.state.desk.close()


def _stories(number: int, app: Starlette) -> str:
    return str(fetch(app, f"/article/{number}.json").json()[0]["date"])


def test_narrowing_down_by_a_bar_a_year_and_a_category(get: Get) -> None:
    text = get("/?q=visit").text
    for place in re.findall(r'href="(/\?q=visit&amp;(?:date|category)=[^"]+)"', text):
        answer = get(html.unescape(place))
        assert "Nothing found" not in answer.text
        assert ", remove</span>" in answer.text


def test_an_empty_archive_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with Archive(tmp_path / "archive.db") as archive:
        archive.ingest([tmp_path / "empty"])
    app = application(str(tmp_path / "archive.db"))
    for path in ("/", "/?q=visit", "/timeline", "/duplicates", "/about"):
        assert fetch(app, path).status_code == 200
    assert "archive ingest FOLDER" in fetch(app, "/").text
    app.state.desk.close()


def test_an_archive_that_is_gone_is_an_error_of_the_server(tmp_path: Path) -> None:
    answer = fetch(application(str(tmp_path / "none.db")), "/")
    assert (answer.status_code, "no archive at" in answer.text) == (503, True)


def test_what_an_ingest_brings_is_seen_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "archive.db")
    with Archive(path) as archive:
        archive.ingest([SEEDS])
    app = application(path)
    assert fetch(app, "/search.json?count=1").json() == [{"articles": 1}]
    (tmp_path / "new.txt").write_text(" date 2024-01-01\nNew\nA fresh word.\n", encoding="utf-8")
    with Archive(path) as archive:
        archive.ingest([tmp_path / "new.txt"])
        archive.backup(tmp_path / "copy.db")
        assert "fresh" in fetch(app, "/?q=fresh").text
    with Archive(path) as archive:
        archive.ingest([SEEDS])
        archive.restore(tmp_path / "copy.db")
    assert fetch(app, "/search.json?count=1").json() == [{"articles": 2}]
    app.state.desk.close()


# Walls


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8642", 200), ("127.0.0.1", 200), ("[::1]:8642", 200), ("LOCALHOST.", 200),
        ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil.example", 421),
        ("", 421), ("[evil.example]", 421), ("news.lan", 200),
    ],
)  # fmt: skip
def test_only_known_host_names_are_answered(changed_db: str, host: str, status: int) -> None:
    app = application(changed_db, ["news.lan"])
    assert fetch(app, "/about", host=host).status_code == status
    app.state.desk.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_written(get: Get, method: str) -> None:
    answer = get("/", method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/about.json", "/static/archive.css"])
def test_every_answer_has_the_headers_that_keep_text_inert(get: Get, path: str) -> None:
    headers = get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> &amp; \x1b]0;x\x07 \u202e ' \" {{ 1234*1234 }}"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starlette]:
    """An archive in which everything that may hold text holds an attack."""
    folder = tmp_path_factory.mktemp("hostile")
    name = folder / "<img src=x onerror=alert(3)>.txt"
    for at in range(2):
        text = f" {HOSTILE} date 2023-01-31 {HOSTILE}\n{HOSTILE}\n{HOSTILE} word {at}.\n"
        name.write_text(text + "A word more. " * 40 + "\n", encoding="utf-8")
        with Archive(folder / "archive.db") as archive:
            archive.ingest([folder])
    name.with_name("copy.txt").write_text(text + "A word more. " * 41 + "\n", encoding="utf-8")
    with Archive(folder / "archive.db") as archive:
        archive.ingest([folder])
    app = application(str(folder / "archive.db"))
    yield app
    app.state.desk.close()


@pytest.mark.parametrize(
    "path",
    [
        "/", "/?q=word", "/article/1", "/article/1?q=alert", "/article/1/cite?p=1",
        "/article/1/history", "/article/1/diff", "/article/1/similar", "/duplicates", "/about",
        "/timeline?q=<script>alert(1)</script>", "/concordance?q=alert", "/quote?text=alert+1+word",
        "/?q=<script>alert(1)</script>", "/?q=%22><script>&sort=<script>", "/<script>",
        "/article/<script>", "/?category=<script>&date=2023-99<script>",
    ],
)  # fmt: skip
def test_text_of_articles_and_of_addresses_is_inert(hostile: Starlette, path: str) -> None:
    text = fetch(hostile, path).text
    assert not re.search(r"<script>|<img|\x1b|\x07", text)
    outline = Outline()
    outline.feed(text)
    assert (outline.open, outline.inline) == ([], [])
    assert "1522756" not in re.findall(r"\{\{.*?\}\}|\b1522756\b", text)


def test_what_is_too_large_is_refused(get: Get) -> None:
    assert "give at most 10,000" in get("/?q=" + "a" * 10_001).text
    assert get("/?q=" + "a+" * 4000).status_code == 200
    assert get("/search.json?limit=999999999&q=visit").status_code == 200
    assert get("/search.json?offset=-1").status_code == 400


# Time


def _request(gone: asyncio.Event | None = None) -> Request:
    async def receive() -> dict[str, str]:
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "method": "GET", "headers": []}, receive)


ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"


class Endless:
    """A question without end; `stopped` once the database has let go of it."""

    def __init__(self) -> None:
        self.begun, self.stopped = threading.Event(), threading.Event()

    def __call__(self, archive: Archive) -> None:
        self.begun.set()
        try:
            engine = archive._engine  # noqa: SLF001 - no question of ours is without end
            with engine.errors():
                engine.reader.execute(ENDLESS).fetchall()
        except ArchiveStopped:
            self.stopped.set()
            raise


def test_a_question_that_takes_too_long_is_stopped(
    changed_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "SECONDS", 0.1)
    question = Endless()

    async def ask() -> None:
        table = Desk(changed_db)
        with pytest.raises(TooLong, match="narrow the question"):
            await table.ask(_request(), "search", question)
        await asyncio.to_thread(question.stopped.wait, 5)
        assert await table.ask(_request(), "search", lambda archive: archive.count("")) == 11
        for _ in range(100):
            await asyncio.sleep(0.01)
            if asyncio.all_tasks() == {asyncio.current_task()}:
                break
        else:
            pytest.fail("somebody still listens")
        table.close()

    asyncio.run(ask())
    assert question.stopped.is_set()


class Comparing:
    """A question that compares texts in Python without end, and reads each of them in a moment."""

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def __call__(self, archive: Archive) -> None:
        try:
            with archive._engine.snapshot() as snapshot:  # noqa: SLF001 - as `questions/` have it
                while snapshot.index.indexed_text(1):
                    time.sleep(0.0005)
        except ArchiveStopped:
            self.stopped.set()
            raise


def test_work_in_python_is_stopped_at_the_next_text(
    changed_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "SECONDS", 0.1)
    question = Comparing()

    async def ask() -> None:
        table = Desk(changed_db)
        with pytest.raises(TooLong):
            await table.ask(_request(), "study", question)
        await asyncio.to_thread(question.stopped.wait, 5)
        assert await table.ask(_request(), "study", lambda archive: archive.count("")) == 11
        table.close()

    asyncio.run(ask())
    assert question.stopped.is_set()


def test_a_client_that_goes_away_ends_its_question(changed_db: str) -> None:
    question = Endless()

    async def ask() -> None:
        table, gone = Desk(changed_db), asyncio.Event()
        asked = asyncio.ensure_future(table.ask(_request(gone), "search", question))
        await asyncio.to_thread(question.begun.wait, 5)
        gone.set()
        with pytest.raises(Gone):
            await asked
        await asyncio.to_thread(question.stopped.wait, 5)
        table.close()

    asyncio.run(ask())
    assert question.stopped.is_set()


def test_slow_questions_do_not_hold_up_reading(changed_db: str) -> None:
    async def ask() -> float:
        table, gone = Desk(changed_db), asyncio.Event()
        slow = [
            asyncio.ensure_future(table.ask(_request(gone), lane, Endless()))
            for lane in ("search", "study")
            for _ in range(desk.LANES[lane] + 3)
        ]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await table.ask(_request(), "read", lambda archive: archive.article(1))
        took = time.monotonic() - began
        gone.set()
        assert all(isinstance(e, Gone) for e in await asyncio.gather(*slow, return_exceptions=True))
        table.close()
        return took

    assert asyncio.run(ask()) < 1


def test_every_view_has_a_lane_and_is_listed() -> None:
    assert {view.lane for view in VIEWS} == set(desk.LANES)
    assert len({view.path for view in VIEWS}) == len(VIEWS)


# Parameters


def test_parameters_are_read_and_bounded() -> None:
    given = Given((("q", " a "), ("q", "b"), ("n", "7"), ("title", "x")))
    assert given.query == "b"
    assert given.texts("q", 5) == ["a", "b"]
    assert given.number("n", 1, most=5) == 5
    assert given.number("m", 1, most=5) == 1
    assert given.filters == {"title": "x"}
    for wrong in ("-1", "1.5", "١", "9" * 20):
        with pytest.raises(UsageError):
            Given((("n", wrong),)).number("n", 1, most=5)


def test_links_leave_out_what_is_empty_and_keep_the_rest() -> None:
    assert link("/", {"q": "a b&c", "page": "", "date": None}) == "/?q=a%20b%26c"
    assert link("/") == "/"


def test_bars_share_the_width_and_the_tallest_takes_the_height() -> None:
    drawn = charts.bars([("a", 10), ("b", 0), ("c", 5), ("d", 0)], 10, lambda label: f"/{label}")
    assert [(bar.label, bar.count, bar.href) for bar in drawn] == [
        ("a", 10, "/a"), ("b", 0, "/b"), ("c", 5, "/c"), ("d", 0, "/d")
    ]  # fmt: skip
    assert [bar.x for bar in drawn] == [0, 250, 500, 750]
    assert {bar.width for bar in drawn} == {195}
    assert [(bar.y, bar.height) for bar in drawn] == [(0, 100), (100, 0), (50, 50), (100, 0)]
    assert charts.bars([], 1) == []
    (least,) = charts.bars([("a", 1)], 1000)
    assert (least.width, least.height) == (780, 1.5)


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        ([], []),
        ([(None, 3)], []),
        ([("2023-01-30", 2), ("2023-02-01", 1)],
         [("2023-01-30", 2), ("2023-01-31", 0), ("2023-02-01", 1)]),
        ([("2022-11-30", 2), ("2023-02-07", 1)],
         [("2022-11-30", 2), ("2023-02-07", 1)]),
        ([("2022-11-30", 2), ("2022-11-30", 4), ("2023-02-08", 1)],
         [("2022-11", 6), ("2022-12", 0), ("2023-01", 0), ("2023-02", 1)]),
        ([("2000-01-01", 1), ("2010-01-01", 1)],
         [(f"{year}", int(year in (2000, 2010))) for year in range(2000, 2011)]),
    ],
)  # fmt: skip
def test_periods_are_days_months_or_years_as_there_is_room(
    days: list[tuple[str | None, int]], shown: list[tuple[str, int]]
) -> None:
    found = charts.periods(days)
    if len(found) == 70:  # the most days
        found = [period for period in found if period[1]]
    assert found == shown


def test_the_page_about_the_archive_shows_its_growth(tmp_path: Path, get: Get) -> None:
    assert "<h2>Growth</h2>" not in get("/about").text  # all came in on one day
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        for day in ("a", "b"):
            (tmp_path / day).mkdir()
            for at in range(2):
                text = f" date 2023-01-01\n{day}{at}\nText.\n"
                (tmp_path / day / f"{at}.txt").write_text(text, encoding="utf-8")
            archive.ingest([tmp_path / day])
    with contextlib.closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("UPDATE ingests SET started_at = '2023-01-01T00:00:00Z' WHERE id = 1")
        plain.execute("UPDATE ingests SET started_at = '2023-01-03T00:00:00Z' WHERE id = 2")
    with Archive(path) as archive:
        assert archive.growth() == [("2023-01-01", 2), ("2023-01-03", 2)]
    app = application(str(path))
    shown = fetch(app, "/about").text
    app.state.desk.close()
    assert re.findall(r"<title>(2023-[^<]*)", shown)[::2] == [
        "2023-01-01: 2", "2023-01-02: 2", "2023-01-03: 4"
    ]  # fmt: skip
    with Archive(path) as archive:
        bars = counting._growth(archive)  # noqa: SLF001
    assert [bar.height for bar in bars] == [charts.HEIGHT / 2, charts.HEIGHT / 2, charts.HEIGHT]


def test_replaced_versions_are_found_and_lead_to_their_own_pages(get: Get) -> None:
    assert "1@1" not in get("/?q=spring").text
    shown = get("/?q=spring&versions=1").text
    assert f'<a class="cite" href="{link("/article/1@1", {"q": "spring"})}#p' in shown
    assert '<input type="hidden" name="versions" value="1">' in shown
    assert "an earlier version" in shown
    assert get("/article/1@1?q=spring").status_code == 200
    (row,) = get("/search.json?q=spring&versions=1").json()
    assert (row["id"], row["version"]) == (1, 1)
    assert get("/search.json?q=spring&versions=1&count=1").json() == [{"articles": 1}]
    assert ">1@1:" in get("/concordance?q=spring&versions=1").text
    lines = get("/concordance.json?q=spring&versions=1").json()
    assert {line["version"] for line in lines} == {1}
    assert 'href="/?q=spring&amp;versions=1"' in get("/?q=spring").text


def test_groups_of_copies_are_paged(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "_GROUPS", 1)
    first, second = (get(f"/duplicates?page={page}").text for page in (1, 2))
    assert 'rel="prev"' not in first
    assert 'rel="prev"' in second
    assert 'rel="next"' not in first  # there is one group


@pytest.mark.parametrize(
    ("number", "before", "after"),
    [(1, "", "/duplicates?within=9&page=2"), (2, "/duplicates?within=9", "/duplicates?within=9&page=3"),
     (3, "/duplicates?within=9&page=2", "")],
)  # fmt: skip
def test_pages_of_copies_lead_to_the_ones_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, before: str, after: str
) -> None:
    monkeypatch.setattr(comparing, "_GROUPS", 1)
    for story in range(3):
        text = " ".join(f"word{story}{at}" for at in range(50))
        for day in (1, 2):
            file = tmp_path / f"{story}-{day}.txt"
            file.write_text(f" date 2023-0{story + 1}-0{day}\nTitle {story}\n{text}\n")
    with Archive(tmp_path / "a.db") as archive:
        archive.ingest([tmp_path])
        given = Given((("within", "9"), ("page", str(number))))
        values = comparing.duplicates(archive, given).values
    assert (values["previous"], values["next"], values["total"]) == (before, after, 3)
    (group,) = values["groups"]
    assert {copy.published_on[:7] for copy in group} == {f"2023-0{4 - number}"}


def test_places_of_a_quotation_lead_to_their_paragraphs(get: Get) -> None:
    quoted = "/quote?text=invited+Xi+for+a+state+visit"
    assert 'href="/article/1#p2"' in get(f"{quoted}+in+the+autumn").text
    assert 'href="/article/1@1#p2"' in get(f"{quoted}+in+spring&versions=1").text
    assert 'href="/article/1"' in get("/quote?text=Xi+plans+a+state+visit+to+Moscow").text


def test_bars_of_weeks_and_quarters_lead_nowhere(get: Get) -> None:
    for by, leads in (("day", 1), ("week", 0), ("month", 1), ("quarter", 0), ("year", 1)):
        assert ("date=2023" in get(f"/timeline?q=visit&after=2023-01-01&by={by}").text) == leads


def test_a_page_of_citations_has_them_as_the_command_writes_them(get: Get, changed_db: str) -> None:
    page = html.unescape(get("/article/1/cite?p=2").text)
    with Archive(changed_db) as archive:
        cited = archive.cite("1@2:2")
    for shown in (citations.plain(cited), citations.bibtex(cited),
                  json.dumps([citations.csl(cited)], indent=2)):  # fmt: skip
        assert shown in page


def test_a_client_that_has_gone_away_is_told_no_error(changed_db: str) -> None:
    app = application(changed_db)
    told: list[Any] = []

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/duplicates", "raw_path": b"/duplicates",
        "query_string": b"", "headers": [(b"host", b"localhost")], "http_version": "1.1",
        "scheme": "http", "root_path": "", "server": ("localhost", 8642),
    }  # fmt: skip
    asyncio.run(app(scope, gone, send))
    app.state.desk.close()
    assert [message["status"] for message in told if "status" in message] in ([499], [200])


def test_a_click_on_a_count_finds_as_many(tmp_path: Path) -> None:
    """Categories that hold each other's words, in odd spellings; a publication; a byline."""
    names = ["World", "World News", "world", "“World”", 'Say "World"', "***", "Wörld  News"]
    rows = [
        {"id": str(number), "date": "2023-01-31", "title": f"T{number}", "text": "x",
         "category": name, "source": f"Paper {name}", "author": name}
        for number, name in enumerate(names)
    ]  # fmt: skip
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    path = str(tmp_path / "a.db")
    with Archive(path) as archive:
        archive.ingest([tmp_path / "a.jsonl"])
    app = application(path)
    page = fetch(app, "/?q=x").text
    links = re.findall(r'<li><a href="(/\?[^"]+)".*?([0-9]+)</span>', page, re.DOTALL)
    exact = [(html.unescape(href), int(count)) for href, count in links if "=%3D" in href]
    assert len(exact) == 3 * len(names)
    for href, count in exact:
        assert len(fetch(app, href.replace("/?", "/search.json?")).json()) == count == 1, href
    narrowed = fetch(app, "/?q=x&category=%3DWorld").text
    assert 'name="category" value="=World"' in narrowed  # the next search is as narrow
    assert "<bdi>World</bdi>" in narrowed
    about = re.findall(r'<h3><a href="(/\?[^"]+)".*?([0-9]+)</span>', fetch(app, "/about").text)
    assert about
    for href, count in about:
        found = fetch(app, html.unescape(href).replace("/?", "/search.json?")).json()
        assert len(found) == int(count) == 1, href
    app.state.desk.close()
