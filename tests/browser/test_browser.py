"""The pages in a real browser: `.ci/run` runs these, with Chromium and axe-core in place.

    CHROMIUM=/usr/bin/chromium AXE=axe.min.js python -m pytest tests/browser

Both are named, and nothing is skipped: where one is missing, the tests fail.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from archive import Archive
from conftest import SEEDS, Cli
from test_serve import serving

ATTACK = (
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>"
    "<a href='javascript:alert(3)'>x</a><style>*{display:none}</style>"
    " \x1b]0;x\x07 \u202e\u2066 &lt;b&gt; ]]> --> {{ 1234*1234 }}"
)

PAGES = [
    "/", "/?q=visit", "/?q=visit&category=Politics", "/?q=xylophone", "/?q=moscaw", "/article/1",
    "/article/1?q=visit#p2", "/article/1@1", "/article/1/cite?p=1", "/article/1/history",
    "/article/1/diff", "/article/8/similar", "/timeline", "/timeline?q=visit&q=putin&by=year",
    "/concordance", "/concordance?q=visit", "/quote",
    "/quote?text=invited+Xi+for+one+state+visit+in+the+autumn", "/duplicates", "/about",
]  # fmt: skip
ERRORS = ["/?q=date:2023-99", "/article/999", "/nowhere"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "Chromium is missing: apt-get install chromium, or name it in $CHROMIUM"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=path, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def db(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The articles of conftest with a second version and a copy, the seed, and a hostile one."""
    work = tmp_path_factory.mktemp("browser")
    news = shutil.copytree(folder, work / "news")
    path = str(work / "archive.db")
    with Archive(path) as archive:
        archive.ingest([news])
        story = news / "01" / "01-visit.txt"
        text = story.read_text(encoding="utf-8").replace("in spring", "in the autumn")
        story.write_text(text, encoding="utf-8")
        long = (news / "08" / "08-long.txt").read_text(encoding="utf-8")
        (news / "copy.txt").write_text(long + "The end.\n", encoding="utf-8")
        hostile = f" {ATTACK} date 2023-06-01 {ATTACK}\n{ATTACK} attack\n{ATTACK} attack.\n"
        (news / "<img src=x onerror=alert(4)>.txt").write_text(hostile, encoding="utf-8")
        archive.ingest([news, SEEDS])
    return path


@pytest.fixture(scope="module")
def place(db: str) -> Iterator[str]:
    with serving(db) as (_, host):
        yield f"http://{host}"


Open = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, place: str) -> Iterator[Open]:
    """Opens a path in a window of its own. At the end nothing may have gone wrong in any: no dialog,
    no error on the console, no request to anywhere else."""
    wrong: list[str] = []
    contexts = []

    def check(request: Request) -> None:
        if not request.url.startswith(place + "/"):
            wrong.append(f"request to {request.url}")

    def new(path: str, width: int = 1280, **given: Any) -> Page:
        height = 740 if width < 500 else 900
        context = browser.new_context(viewport={"width": width, "height": height}, **given)
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=place)
        page = context.new_page()
        page.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: wrong.append(f"error {error}"))
        page.on("request", check)
        answer = page.goto(place + path)
        assert answer
        if answer.ok:  # Chromium itself complains of a page with another status
            page.on("console", lambda message: wrong.append(f"console {message.text}"))
            page.reload()
        page.wait_for_load_state("networkidle")
        return page

    yield new
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def axe() -> str:
    path = os.environ.get("AXE")
    assert path, "axe-core is missing: npm pack axe-core, and name its axe.min.js in $AXE"
    return Path(path).read_text(encoding="utf-8")


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (800, "dark"), (1600, "light")])
@pytest.mark.parametrize("path", PAGES + ERRORS)
def test_axe_finds_nothing_and_nothing_sticks_out(
    new_page: Open, axe: str, path: str, width: int, scheme: str
) -> None:
    page = new_page(path, width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(axe)
    found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes[0].html]))")
    assert found == []


def test_search_narrow_down_read_and_go_back(new_page: Open) -> None:
    page = new_page("/")
    page.get_by_label("Search").fill("visit")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("articles for visit")
    expect(page.locator("mark").first).to_have_text(re.compile("visit", re.IGNORECASE))
    politics = page.locator(".facets li", has_text="Politics")
    count = re.findall(r"[0-9]+", politics.inner_text())[-1]
    politics.get_by_role("link", name="Politics", exact=True).click()
    expect(page.locator(".chips a")).to_contain_text("category Politics")
    expect(page.locator("h1")).to_have_text(re.compile(rf"^{count} articles? for visit"))
    page.locator(".hit h2 a", has_text="Xi plans").click()
    expect(page.locator("h1")).to_have_text("Xi plans a state visit to Moscow")
    page.get_by_role("link", name="Hits for visit").click()
    page.go_back()
    page.go_back()
    expect(page.locator(".chips a")).to_have_count(1)
    page.locator(".chips a").click()
    expect(page.locator(".chips a")).to_have_count(0)


def test_a_bar_of_the_timeline_narrows_down_to_its_time(new_page: Open) -> None:
    page = new_page("/?q=visit")
    page.locator(".facets .chart a").first.click()
    expect(page.locator(".chips a")).to_contain_text("date 2022")


def test_a_link_to_a_paragraph_leads_there(new_page: Open) -> None:
    page = new_page("/?q=autumn")
    page.locator(".snippet .cite").first.click()
    expect(page).to_have_url(re.compile(r"/article/1\?q=autumn#p2$"))
    expect(page.locator("#p2")).to_be_in_viewport()
    expect(page.locator("#p2 mark")).to_have_text("autumn")


def test_citations_are_copied(new_page: Open, cli: Cli, db: str) -> None:
    whole, second = (
        cli("cite", at, "--db", db, LANG="C.UTF-8").stdout.strip() for at in ("1", "1:2")
    )
    page = new_page("/article/1")

    def copied() -> str:
        expect(page.locator("#said")).to_have_text("Copied")
        return str(page.evaluate("navigator.clipboard.readText()")).strip()

    page.get_by_role("button", name="Copy citation").click()
    assert copied() == whole
    page.reload()
    page.locator("#p2").hover()
    page.locator("#p2 .cite").click()
    assert copied() == second
    page.reload()
    for key in "jjc":
        page.keyboard.press(key)
    assert copied() == second
    page.goto(page.url.replace("/article/1", "/article/1/cite?p=2"))
    page.get_by_role("button", name="Copy").nth(1).click()
    assert copied().startswith("@misc{archive1v2.2,")


def test_a_diff_shows_the_words(new_page: Open) -> None:
    page = new_page("/article/1")
    page.get_by_role("link", name="what changed last").click()
    expect(page.locator(".changes del")).to_have_text("spring.")
    expect(page.locator(".changes ins")).to_have_text("the autumn.")
    expect(page.locator(".changes .same")).to_have_text("1 paragraph unchanged")


def test_keys(new_page: Open) -> None:
    page = new_page("/?q=visit")
    page.keyboard.press("j")
    expect(page.locator(".hit").nth(0)).to_have_class("hit here")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator(".hit").nth(0).locator("h2 a")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("moscow jk")
    expect(page.get_by_label("Search")).to_have_value("moscow jk")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/article/\d+\?q=visit"))
    page.keyboard.press("n")
    expect(page).not_to_have_url(re.compile(r"q=visit"))


def test_the_first_tab_leads_past_the_navigation(new_page: Open) -> None:
    page = new_page("/article/1")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the text")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_dark_is_dark(new_page: Open) -> None:
    shown = []
    for scheme in ("light", "dark"):
        page = new_page("/article/1", color_scheme=scheme)
        shown.append(
            page.evaluate(
                "getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number)"
            )
        )
    light, dark = shown
    assert min(light) > 200
    assert max(dark) < 60


@pytest.mark.parametrize(
    "path",
    [
        "/?q=attack", "/?q=attack&sort=newest", "/article/HOSTILE", "/article/HOSTILE?q=attack",
        "/article/HOSTILE/cite?p=1", "/article/HOSTILE/history", "/article/HOSTILE/similar",
        "/article/HOSTILE/diff?with=1", "/concordance?q=attack", "/quote?text=attack", "/about",
        "/timeline?q=attack", "/?q=%3Cscript%3Ealert(5)%3C/script%3E",
        "/?q=%22%3E%3Cimg%20src=x%20onerror=alert(6)%3E&category=%22%3E%3Cscript%3Ealert(7)%3C/script%3E",
    ],
)  # fmt: skip
def test_a_hostile_article_does_nothing(new_page: Open, db: str, path: str) -> None:
    with Archive(db) as archive:
        hostile = archive.search("title:attack")[0].article_id
    page = new_page(path.replace("HOSTILE", str(hostile)))
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    assert page.evaluate("document.querySelectorAll('img, iframe, style').length") == 0
    assert page.evaluate("[...document.links].every(a => a.origin === location.origin)")
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_pages_work_without_javascript(new_page: Open, path: str) -> None:
    page = new_page(path, java_script_enabled=False)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("button.copy:visible")).to_have_count(0)
    page.get_by_label("Search", exact=True).fill("moscow")
    page.locator(".find button").click()
    expect(page.locator("h1")).to_contain_text("for moscow")


def test_similar_articles_come_after_the_text(new_page: Open) -> None:
    page = new_page("/article/8")
    expect(page.locator("#alike")).to_contain_text("of the text in common")


def test_a_printed_article_has_its_citation_and_no_navigation(new_page: Open) -> None:
    page = new_page("/article/1")
    page.emulate_media(media="print")
    expect(page.locator("#citation")).to_be_visible()
    expect(page.locator("#p1")).to_be_visible()
    for hidden in (".top", ".beside", ".end", ".acts", ".sources"):
        expect(page.locator(hidden)).to_be_hidden()
