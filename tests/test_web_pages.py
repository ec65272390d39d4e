"""Saved web pages: what is read of them, what is rejected, and what ends in time."""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import MissingExtra, ParseError
from archive.formats import apart, json_ld, page_marks, web_page
from archive.formats.contract import Member, Reading
from conftest import ROOT

FOLDER = ROOT / "tests" / "data" / "formats" / "html"
TEXT = "".join(
    f"<p>The {n} of the harbour council spoke for an hour about the mole, and nobody left.</p>"
    for n in ("chair", "clerk", "treasurer", "oldest member")
)


@pytest.fixture(autouse=True, scope="module")
def _ended() -> Iterator[None]:
    yield
    web_page.READER.end()


def page(head: str = "", body: str = TEXT, title: str = "The mole", html: str = "<html>") -> bytes:
    return f"<!doctype html>{html}<head><title>{title}</title>{head}</head><body>{body}".encode()


def ld(**values: object) -> str:
    node = {"@type": "NewsArticle", "datePublished": "2024-05-03", **values}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def read(data: bytes, reading: Reading = Reading()) -> Member:  # noqa: B008 - frozen
    return web_page.parse(data, reading)


def refused(data: bytes, reading: Reading = Reading()) -> str:  # noqa: B008
    with pytest.raises(ParseError) as caught:
        read(data, reading)
    assert caught.value.line is None
    return caught.value.reason


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.*htm*")), ids=lambda path: path.name)
def test_pages_give_what_is_expected(path: Path) -> None:
    with path.open("rb") as file:
        assert web_page.recognises(file)
    found = dataclasses.asdict(read(path.read_bytes()))
    found |= found.pop("article")
    wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    given = {name: value for name, value in found.items() if value not in (None, ())}
    assert json.loads(json.dumps(given)) == wanted


@pytest.mark.parametrize(
    ("head", "day", "time"),
    [
        (ld(), "2024-05-03", None),
        (ld(datePublished="2024-05-03T23:30:00-04:00"), "2024-05-03", "2024-05-03T23:30:00-04:00"),
        (ld(**{"@type": ["Thing", "https://schema.org/LiveBlogPosting"]}), "2024-05-03", None),
        (ld(**{"@type": "JobPosting"}) + meta("date", "2024-05-04"), "2024-05-04", None),
        (meta("article:published_time", "2024-05-03T01:00Z"), "2024-05-03", "2024-05-03T01:00:00+00:00"),
        (meta("DC.date.issued", "2024-05-03"), "2024-05-03", None),
        (meta("citation_publication_date", "2024/05/03"), "2024-05-03", None),
        ('<time class="entry published" datetime="2024-05-03">', "2024-05-03", None),
        # the same moment; the day is the one where the publisher is
        (
            ld(datePublished="2024-01-01T23:30:00Z")
            + meta("article:published_time", "2024-01-02T00:30:00+01:00"),
            "2024-01-02",
            "2024-01-02T00:30:00+01:00",
        ),
        # those that others fill are not held against those of the publisher
        (ld() + meta("sailthru.date", "2024-05-09") + meta("date", "2024-05-10"), "2024-05-03", None),
        (ld(datePublished="soon") + meta("pubdate", "2024-05-03"), "2024-05-03", None),
        # of several articles it is the one with the address of the page
        (
            '<link rel="canonical" href="https://a.example/mole">'
            + ld(url="https://a.example/ferry", datePublished="2020-01-01")
            + ld(mainEntityOfPage={"@id": "https://a.example/mole"}),
            "2024-05-03",
            None,
        ),
    ],
)  # fmt: skip
def test_the_day_is_the_one_of_publication(head: str, day: str, time: str | None) -> None:
    found = read(page(head))
    assert (found.article.published_on, found.published_at) == (day, time)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (page(), "no date of publication"),
        (page(body=TEXT + "<footer>© 2021 A. Updated 3 May 2022</footer>"), "no date of publication"),
        (page(meta("article:modified_time", "2024-05-03")), "no date of publication"),
        (page(ld(datePublished=None, dateModified="2024-05-03")), "no date of publication"),
        (page(ld(datePublished="03/05/2024")), "not a date: '03/05/2024'"),
        (
            page(ld() + meta("article:published_time", "2024-06-01")),
            "two dates that differ: 2024-05-03 and 2024-06-01",
        ),
        (page(ld(), body=""), "no text"),
        (page(ld(), body="<div id=root></div><script>load('<p>text</p>')</script>"), "no text"),
        (page(ld(), title=""), "no title"),
        (page(ld(isAccessibleForFree=False), body="<p>The mole breaks. Subscribe.</p>"), "summary only"),
        (page(ld(isAccessibleForFree="False", wordCount=900)), "summary only"),
        (
            page(
                ld(description="Two storms broke the mole of Westbrook in three places, and the…"),
                body="<p>Two storms broke the mole of Westbrook in three places, and the…</p>",
            ),
            "summary only",
        ),
        (page(ld(**{"@type": "CollectionPage"})), "a list of articles"),
        (page('<link rel=canonical href="https://a.example/">' + meta("date", "2024-05-03")), "a list"),
        (b"", "empty"),
        (b" \n ", "empty"),
        (gzip.compress(page(ld())), "not utf-8"),
        (page(ld()) + b"\0", "a NUL byte"),
        (page(ld()).decode().encode("utf-16-le"), "a NUL byte"),
        (page(ld() + "<meta charset=klingon>") + b"\xe9", "its charset is unknown: klingon"),
        (page(ld() + "<meta charset=utf-8>") + b"\xe9", "not utf-8 (byte 0xe9)"),
        (page(ld() + "<meta charset=ascii>") + b"\x81", "not cp1252"),
    ],
)  # fmt: skip
def test_what_is_no_article_is_rejected_with_the_reason(data: bytes, reason: str) -> None:
    assert refused(data).startswith(reason) or reason in refused(data)


def test_a_text_that_may_be_a_beginning_is_remarked_on() -> None:
    closed = ld(isAccessibleForFree=False)
    assert [
        line for line, _ in read(page(closed, TEXT + TEXT.replace("mole", "pier"))).remarks
    ] == [None]
    assert not read(page(closed, TEXT * 12)).remarks
    assert not read(page(ld(isAccessibleForFree=True))).remarks


def test_a_date_that_is_given_is_for_pages_without_one() -> None:
    given = Reading(date="2001-02-03")
    assert read(page(), given).article.published_on == "2001-02-03"
    assert read(page(ld()), given).article.published_on == "2024-05-03"


@pytest.mark.parametrize(
    ("data", "reading"),
    [
        (page(ld(), body=TEXT + "<p>café</p>"), Reading()),
        (page(ld(), body=TEXT + "<p>café</p>"), Reading(encoding="cp1252")),
        (page(ld() + "<meta charset=big5>", body=TEXT + "<p>café</p>"), Reading()),
        (page(ld(), body=TEXT + "<p>café</p>").decode().encode("utf-16"), Reading()),
        (page(ld(), body=TEXT + "<p>café</p>").decode().encode("utf-16-le"), Reading("utf-16-le")),
        (b"\xef\xbb\xbf" + page(ld(), body=TEXT + "<p>café</p>"), Reading()),
        (page(ld(), body=TEXT + "<p>café</p>").decode().encode("cp850"), Reading("cp850")),
        (
            page(ld() + "<meta charset='iso-8859-1'>", body=TEXT + "<p>café</p>").decode().encode("cp1252"),
            Reading(),
        ),
    ],
)  # fmt: skip
def test_a_page_is_utf_8_or_what_it_says(data: bytes, reading: Reading) -> None:
    assert read(data, reading).article.paragraphs[-1] == "café"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        (ld(headline="The mole &amp; the tide"), "The mole & the tide"),
        (ld(headline="Mole built") + meta("og:title", "A mole"), "Mole built"),
        (ld(headline="The mole") + meta("og:title", "At last, a mole"), "At last, a mole"),
        (meta("og:title", "A mole | Courier") + meta("og:site_name", "Courier"), "A mole"),
        ("", "The mole"),
    ],
)
def test_the_title_is_the_headline(head: str, title: str) -> None:
    assert read(page(head + meta("date", "2024-05-03"))).article.title == title


@pytest.mark.parametrize(
    ("head", "byline"),
    [
        (ld(author="By Amara Okoye"), "Amara Okoye"),
        (ld(author=[{"name": ["Amara Okoye", "Tom Reyes"]}]), "Amara Okoye, Tom Reyes"),
        (ld(author={"givenName": "Amara", "familyName": "Okoye"}), "Amara Okoye"),
        (ld(author="Courier", publisher={"name": "Courier"}) + meta("author", "Tom"), "Tom"),
        (ld(author="Courier", publisher={"name": "Courier"}), "Courier"),
        (ld() + meta("article:author", "https://social.example/tom"), None),
        (ld() + meta("author", "tom@courier.example"), None),
    ],
)
def test_the_byline_names_the_authors(head: str, byline: str | None) -> None:
    assert read(page(head)).article.byline == byline


@pytest.mark.parametrize(
    "start",
    [b"<!DOCTYPE html>", b"\xef\xbb\xbf \n<HTML lang=en>", b"<!-- saved --><!-- x --><html>", b"<p>",
     b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x">', "<html>".encode("utf-16")],
)  # fmt: skip
def test_a_page_is_known_by_its_beginning(start: bytes) -> None:
    assert web_page.recognises(io.BytesIO(start + b" and more"))


@pytest.mark.parametrize(
    "start",
    [b"", b" date 2024-05-03", b"<rss>", b"<?xml version='1.0'?><feed>", b"{}", b"a <html>"],
)
def test_what_is_no_page_is_not_known(start: bytes) -> None:
    assert not web_page.recognises(io.BytesIO(start))


@pytest.mark.parametrize(
    ("unit", "count", "reason"),
    [
        ("<div>", 200_000, "nested too deeply"),
        ("<i>", 6_300_000, "18.9 MB of markup"),
        ("<a href=x>a</a>", 126_000, "300 MB of memory"),
        ("<br>", 470_000, "300 MB of memory"),
    ],
)
def test_hostile_pages_are_rejected_in_time(unit: str, count: int, reason: str) -> None:
    began = time.monotonic()
    assert reason in refused(page(ld(), TEXT + unit * count))
    assert time.monotonic() - began < 25
    assert read(page(ld())).article.paragraphs


@pytest.mark.parametrize(
    ("start", "unit", "count", "end"),
    [
        ("<img src='data:image/png;base64,", "A", 10_000_000, "'>"),
        ("<script>", "A", 10_000_000, ""),
        ("", "<script", 250_000, ""),
        ("", "<!--", 450_000, ""),
        ('<script type="application/ld+json">', "[", 900_000, "</script>"),
        ("<p>&", "amp;", 400_000, "</p>"),
    ],
    ids=["picture", "script", "scripts", "comments", "nested JSON", "entities"],
)
def test_what_is_no_text_costs_nothing(start: str, unit: str, count: int, end: str) -> None:
    found = read(page(ld(), TEXT + start + unit * count + end))
    assert len(found.article.paragraphs) in (4, 5)


@pytest.mark.parametrize("control", ["\x01", "\x0c", "&#2;", "&#x1f;", "\uffff"])
def test_control_characters_cost_no_text(control: str) -> None:
    body = TEXT.replace("mole", f"mo{control}le")
    assert len(read(page(ld(), body)).article.paragraphs) == 4


def test_entities_of_a_page_are_not_expanded() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    data = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e0 "ha">{bomb}]>'.encode()
    found = read(data + page(ld(), TEXT + "<p>&e11;</p>"))
    assert sum(map(len, found.article.paragraphs)) < 2000


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("time.sleep(60)", "more than 2 s"),
        ("any(iter(int, 1))", "more than 2 s"),
        ("os.kill(os.getpid(), 11)", "its reader crashed"),
        ("bytearray(400_000_000)", "more than 300 MB of memory"),
        ("print('x', file=open(__file__ + '.made', 'w'), flush=True)", "cannot be read (OSError)"),
        ("1 / 0", "cannot be read (ZeroDivisionError)"),
        ("os.system('echo print'); print('too', flush=True); 1 / 0", "read (ZeroDivisionError)"),
        ("socket.socket(fileno=0).shutdown(2); time.sleep(60)", "its reader crashed"),
    ],
)
def test_a_reader_that_fails_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    (tmp_path / "failing.py").write_text(
        "import os, socket, time\n"
        "from archive.formats.contract import Member\n"
        "from archive.records import Article\n"
        "def prepare(): return lambda: None\n"
        "def read(data, reading):\n"
        f"    if data == b'bad': {body}\n"
        "    return Member(Article('2024-05-03', 'T', ('p',)), url=reading.date)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(apart, "SECONDS", 2.0)
    monkeypatch.setattr(apart, "_TOO_LONG", "it takes more than 2 s to read")
    reader = apart.Apart("failing", "html")
    assert reader.read(b"good", Reading(date="a")).url == "a"
    with pytest.raises(ParseError) as caught:
        reader.read(b"bad", Reading())
    assert reason in caught.value.reason
    assert not isinstance(caught.value, MissingExtra)
    assert reader.read(b"good", Reading(date="b")).url == "b"
    reader.end()


def test_without_the_libraries_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trafilatura.py").write_text("raise ImportError")
    monkeypatch.syspath_prepend(str(tmp_path))
    reader = apart.Apart("archive.formats.page_reading", "html")
    for _ in range(2):
        with pytest.raises(MissingExtra, match=r"pip install 'article-archive\[html\]'"):
            reader.read(page(ld()), Reading())
    reader.end()


def test_the_reader_ends_with_its_owner() -> None:
    program = (
        "import os, sys; from archive.formats import web_page; from archive.formats.contract import"
        " Reading; web_page.parse(sys.stdin.buffer.read(), Reading());"
        " print(web_page.READER.process_id, flush=True); os.kill(os.getpid(), 9)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], input=page(ld()), capture_output=True, check=False
    )
    assert run.returncode == -signal.SIGKILL
    reader = int(run.stdout)
    for _ in range(100):
        try:
            os.kill(reader, 0)
        except ProcessLookupError:
            return
        state = Path(f"/proc/{reader}/stat")
        if state.exists() and state.read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    pytest.fail("it goes on")


def test_memory_does_not_grow_with_the_pages() -> None:
    def memory() -> int:
        status = Path(f"/proc/{web_page.READER.process_id}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    texts = [TEXT.replace("mole", f"mole number {n}") for n in range(1000)]
    for text in texts[:400]:
        read(page(ld(), text))
    before = memory()
    for text in texts[400:]:
        read(page(ld(), text))
    assert memory() < before + 5000


parts = st.sampled_from(
    ["<div>", "</div>", "<p>", "</p>", "<article>", "<table><tr><td>", "<ul><li>", "<h1>", "<br>",
     "<!--", "-->", "<script>", "</script>", "<svg>", "&amp;", "&#0;", "&#xd800;", "\x0c", "<![CDATA[",
     "<title>", "</head>", "<body>", "<template>", '<script type="application/ld+json">', '{"@type": "NewsArticle",',
     '"datePublished": "2024-05-03"}', ld(), ld(author=[[{"name": {"name": 1}}]]), TEXT, "é", "\ud7ff",
     '<meta name=date content="2024-05-03">', '<link rel=canonical href="http://[::1">', "<base href=x>",
     "<blockquote>", "<pre>", "<code>", "<time itemprop=datePublished datetime=2024-05-03>", "<math>", "'", '"', ">"]
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(st.lists(parts, max_size=30).map("".join).map(str.encode), st.binary(max_size=300))
)
def test_any_bytes_are_an_article_or_rejected(data: bytes) -> None:
    for one in (data, page("", data.decode(errors="replace"))):
        try:
            found = read(one, Reading(date="2001-01-01"))
        except ParseError as error:
            assert "\n" not in error.reason
            assert "cannot be read" not in error.reason
        else:
            assert found.article.content_hash()


def test_things_are_found_in_lists_of_lists_up_to_a_depth() -> None:
    thing = {"@type": "NewsArticle"}
    for depth, found in ((0, 1), (8, 1), (9, 0), (500, 0)):
        script = "[" * depth + json.dumps(thing) + "]" * depth
        assert json_ld.nodes([script]) == [thing] * found
        graph = '{"@graph": ' * depth + json.dumps(thing) + "}" * depth
        assert (thing in json_ld.nodes([graph])) == bool(found)


@pytest.mark.parametrize(
    "script",
    [
        '{"name": "A\tmole"}',  # control characters within strings, which JSON forbids
        '//<![CDATA[\n{"name": "A\tmole"}\n//]]>',
        '<!-- {"name": "A\tmole"} -->',
        '{"name": "A\tmole"};\n',
    ],
)
def test_scripts_are_read_as_pages_have_them_and_what_is_no_json_is_passed_over(
    script: str,
) -> None:
    assert json_ld.nodes(["{broken", script, "[" * 100_000]) == [{"name": "A\tmole"}]


OTHERS = (
    '<aside itemscope itemtype="https://schema.org/Comment"><b itemprop="author">Troll</b></aside>'
)


@pytest.mark.parametrize(
    ("marks", "byline"),
    [
        ('<a rel="author" href="/x">Ann Other</a><a rel="nofollow" href="/y">Bob Nobody</a>', "Ann Other"),
        ('<a rel="nofollow author" href="/x">Ann Other</a>', "Ann Other"),
        ('<a rel="nofollow" href="/y">Bob Nobody</a>', None),
        (f'<b itemprop="author">Ann Other</b>{OTHERS}', "Ann Other"),
        (OTHERS, None),
        ('<div itemscope itemtype="https://schema.org/NewsArticle"><b itemprop="author">Ann Other</b></div>',
         "Ann Other"),
    ],
)  # fmt: skip
def test_authors_are_those_of_the_article(marks: str, byline: str | None) -> None:
    assert read(page(ld(), marks + TEXT)).article.byline == byline


@pytest.mark.parametrize(
    "tag",
    ["a", "abbr", "acronym", "b", "bdi", "big", "cite", "code", "data", "dfn", "em", "font", "i", "ins",
     "kbd", "mark", "nobr", "output", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
     "tt", "u", "var"],
)  # fmt: skip
def test_what_stands_in_a_sentence_belongs_to_it(tag: str) -> None:
    sentence = "The word of the old harbour is known to all who live here in the town."
    marked = f"<p>{sentence.replace('old', f'<{tag}>old</{tag}>')}</p>"
    assert sentence in read(page(ld(), TEXT + marked + TEXT)).article.paragraphs


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        ("<p>He said <q>we <b>never</b> said so</q>, and left the harbour at once.</p>",
         ["He said “we never said so”, and left the harbour at once."]),
        ("<ul><li>At <time>nine</time> the first ferry leaves for the islands.</li></ul>",
         ["At nine the first ferry leaves for the islands."]),
        ("<center>The ferry of the islands is late again today.</center>and nobody knows why it is.",
         ["The ferry of the islands is late again today.", "and nobody knows why it is."]),
        ("<p><time>3 May 2024</time></p>", []),
        ('<p>He spoke to <a href="/x">the paper<span class="x-visually-hidden">(opens in a new window)'
         "</span></a> about the harbour and all who leave it.</p>",
         ["He spoke to the paper about the harbour and all who leave it."]),
        ('<p>He spoke about <b class="nosr-onlyx">the harbour</b> and all who leave it early.</p>',
         ["He spoke about the harbour and all who leave it early."]),
    ],
)  # fmt: skip
def test_quotations_times_and_old_pages(marks: str, shown: list[str]) -> None:
    found = read(page(ld(), f"<article>{TEXT}{marks}{TEXT.replace('mole', 'pier')}</article>"))
    known = {*read(page(ld(), TEXT)).article.paragraphs}
    between = [p for p in found.article.paragraphs if p not in known and "pier" not in p]
    assert [p for p in between if not p.startswith("The mole")] == shown


def test_a_meta_tag_counts_with_a_name_and_a_content() -> None:
    from lxml import html  # noqa: PLC0415 - as the formats have it

    head = (
        '<meta name="Author" content="Tom"><meta property="author" content="Ann">'
        '<meta name="author" content=" "><meta name="author"><meta content="x"><meta name="" content="x">'
        '<meta http-equiv="date" content="2024-05-03">'
    )
    tree = html.fromstring(f"<html><head>{head}</head><body></body></html>")
    assert page_marks.all_metas(tree) == {"author": ["Tom", "Ann"], "date": ["2024-05-03"]}
