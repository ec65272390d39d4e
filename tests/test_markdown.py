"""Markdown with front matter: what is read of it, and what is rejected."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import MissingExtra, ParseError
from archive.formats import markdown
from archive.formats.contract import Member, Reading
from archive.formats.markdown_text import blocks
from conftest import ROOT

FOLDER = ROOT / "tests" / "data" / "formats" / "markdown"


def read(text: str, reading: Reading = Reading()) -> Member:  # noqa: B008 - frozen
    return markdown.parse(text.encode(), reading)


def with_head(head: str, text: str = "Text.") -> str:
    return f"---\n{head}\n---\n\n{text}\n"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.m*")), ids=lambda path: path.name)
def test_files_give_what_is_expected(path: Path) -> None:
    with path.open("rb") as file:
        assert markdown.recognises(file) or path.name == "pandoc.markdown"
    found = dataclasses.asdict(markdown.parse(path.read_bytes(), Reading()))
    found |= found.pop("article")
    wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    given = {name: value for name, value in found.items() if value not in (None, ())}
    assert json.loads(json.dumps(given)) == wanted


@pytest.mark.parametrize(
    ("source", "paragraphs"),
    [
        ("one\ntwo\n\nthree", ["one two", "three"]),
        ("a  \nb\\\nc", ["a b c"]),
        ("# A #\n## B\nC\n===\nD\n---\nE", ["A", "B", "C", "D", "E"]),
        ("#tag and #1", ["#tag and #1"]),
        ("- a\n* b\n+ c\n  goes on\n- [x] d", ["a", "b", "c goes on", "d"]),
        ("1. a\n2) b\n1990. The year", ["1. a", "2) b", "1990. The year"]),
        ("> a\n> b\n>\n> > c", ["a b", "c"]),
        ("> [!note]- Look\n> here", ["Look here"]),
        ("|A|B|\n|:-|-:|\n|1|2 \\| 3|", ["A | B", "1 | 2 | 3"]),
        ("```py\nx = *1*\n\n  y\n```\nz", ["x = *1*", "y", "z"]),
        ("~~~\n```\n~~~\nz", ["```", "z"]),
        ("the `</div>` of `new` files", ["the </div> of new files"]),
        ("say `{% raw %}` {% if %}here", ["say {% raw %} here"]),
        ("``a ` b`` **of `x*y*` [`f()`](u)**", ["a ` b of x*y* f()"]),
        ("~~~\n<!-- a -->\n{{< b >}}\n~~~\nc <!-- d --> e", ["<!-- a -->", "{{< b >}}", "c e"]),
        ("<!-- ``` --> a {% b %} `{% c %}`", ["a {% c %}"]),
        ("> ```\n> <script>a</script>\n> ```\n> <script>b</script>c", ["<script>a</script>", "c"]),
        ("``` no `fence`\na", ["``` no fence a"]),
        ("a\n***\nb\n- - -\nc", ["a", "b", "c"]),
        ("[a](http://x/(y) 'z') [b][1] [c][] [[d]] [[e|f]]", ["a b c d f"]),
        ("![a](b.png) ![a][b] ![[c.png]] [![d](e)](f)", []),
        ("<https://a.example> https://b.example/x_y_z", ["https://a.example https://b.example/x_y_z"]),
        ("[1]: http://x 'y'\na[^1]\n\n[^1]: Note", ["a", "Note"]),
        ("**a** __b__ *c* _d_ ***e*** ~~f~~ ==g== `h`", ["a b c d e f g h"]),
        ("**a *b* c** and *d **e** f*", ["a b c and d e f"]),
        ("中文**粗体**中文", ["中文粗体中文"]),
        ("2*3*4, 5 * 6, a == b == c, snake_case_name, ~3 ~ 4", ["2*3*4, 5 * 6, a == b == c, snake_case_name, ~3 ~ 4"]),
        ("\\*a\\* \\_b\\_ \\[c](d) 5\\. &amp; &lt;p&gt;", ["*a* _b_ [c](d) 5. & <p>"]),
        ("`**a** &amp; \\*`", ["**a** &amp; \\*"]),
        ("a<br>b <b>c</b> <img src=x> 1 < 2 > 0", ["a b c 1 < 2 > 0"]),
        ("a <!-- b\n\nc --> d %% e %% {{< f >}} {% g %}", ["a d"]),
        ("a <!-- b", ["a <!-- b"]),
        ("a\n<script>\nb\n</script>\nc", ["a", "c"]),
        ("Head {#id .x}\n\ntext ^block-1", ["Head", "text"]),
        ("::: x\na\n:::", ["a"]),
        ("a\r\n\r\nb", ["a", "b"]),
        ("", []),
    ],
)  # fmt: skip
def test_text_is_what_a_person_would_quote(source: str, paragraphs: list[str]) -> None:
    assert [text for _, text in blocks(source)] == paragraphs


@pytest.mark.parametrize(
    ("head", "field", "value"),
    [
        ("date: 2024-05-03", "published_on", "2024-05-03"),
        ("date: 2024-05-03\npublished: 2024-05-01", "published_on", "2024-05-01"),
        ("publishDate: '2024-05-03T23:00:00-04:00'", "published_on", "2024-05-03"),
        ("Date Published: 2024-05-03", "published_on", "2024-05-03"),
        ("date: 2024-05-03\nauthors: [A, B, A]", "byline", "A, B"),
        ("date: 2024-05-03\nauthor: {name: A}", "byline", "A"),
        ("date: 2024-05-03\nauthor: ''", "byline", None),
        ("date: 2024-05-03\nauthor: null", "byline", None),
        ("date: 2024-05-03\nsource: The Courier", "publication", "The Courier"),
        ("date: 2024-05-03\nsource: https://a.example", "publication", None),
        ("date: 2024-05-03\ncategories: [News, Harbour]\ntags: [x]", "category", "News, Harbour"),
        ("date: 2024-05-03\ntitle: 2024\n", "title", "2024"),
        ("date: 2024-05-03\ntitle: !!python/object:os.system x", "title", "x"),
        ("date: 2024-05-03\ntitle: no", "title", "no"),
    ],
)
def test_the_head_is_taken_as_written(head: str, field: str, value: str | None) -> None:
    assert getattr(read(with_head(head, "# T\nText.")).article, field) == value


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("# T\nText.", "no date", None),
        (with_head("title: T\ncreated: 2024-05-03\nmodified: 2024-05-03"), "no date", None),
        (with_head("title: T\npublished:\ndate: 2024-05-03"), "no date", None),
        (with_head("title: T\ndate: 03/05/2024"), "not a date: '03/05/2024'", None),
        (with_head("title: T\ndate: 2024-02-30"), "no such date", None),
        (with_head("title: T\npublished: 2024-05-03\nissued: 2024-05-04"), "two dates that differ", None),
        (with_head("date: 2024-05-03"), "no title", None),
        (with_head("title: T\ndate: 2024-05-03", "![x](y)"), "no text", None),
        (with_head("title: A: B\ndate: 2024-05-03"), "its front matter is no YAML: mapping values", 2),
        (with_head("a: &x [1]\nb: *x"), "its front matter has an alias", 3),
        (with_head("a: " + "[" * 9000), "its front matter is no YAML", None),
        (with_head("just text"), "its front matter has no names", 1),
        (with_head("a: " + "b" * 65_536), "front matter of 65.5 kB: at most 64 KiB", 1),
        (with_head("a: \x07"), "its front matter is no YAML", None),
        ("---\ntitle: T\n", "its front matter has no end", 1),
        ("+++\ntitle = T\n+++\n", "its front matter is no TOML", None),
        (with_head("title: T\ndate: 2024-05-03", "a\0b"), "a NUL byte", 6),
        ("# T\n" + "x" * 2_000_001, "2.0 MB of Markdown: at most 2.0 MB", None),
    ],
)  # fmt: skip
def test_what_is_no_article_is_rejected_with_the_reason(
    text: str, reason: str, line: int | None
) -> None:
    with pytest.raises(ParseError) as caught:
        read(text)
    assert caught.value.reason.startswith(reason)
    assert line is None or caught.value.line == line


def test_a_date_or_a_name_can_be_given() -> None:
    text = with_head("kop: T\nclipped: 2024-05-03")
    given = Reading(fields=(("title", "Kop"),), date="2001-02-03")
    assert read(text, given).article.published_on == "2001-02-03"
    assert read(text, given).article.title == "T"
    given = Reading(fields=(("title", "kop"), ("date", "clipped")))
    assert read(text, given).article.published_on == "2024-05-03"


def test_the_first_heading_is_the_title_and_no_paragraph() -> None:
    found = read(with_head("date: 2024-05-03", "# The *title*\n\nText.\n\n# More")).article
    assert (found.title, found.paragraphs) == ("The title", ("Text.", "More"))
    found = read(with_head("date: 2024-05-03\ntitle: Mine", "# The title\n\nText.")).article
    assert (found.title, found.paragraphs) == ("Mine", ("The title", "Text."))


@pytest.mark.parametrize("start", ["---\ntitle: x", "---\r\n'a b': x", "+++\na = 1", "\n# Head"])
def test_markdown_is_known_by_its_beginning(start: str) -> None:
    assert markdown.recognises(io.BytesIO(start.encode()))


@pytest.mark.parametrize("start", ["", " date 2024-05-03", "---\n", "#tag", "#!/bin/sh", "<html>"])
def test_what_is_no_markdown_is_not_known(start: str) -> None:
    assert not markdown.recognises(io.BytesIO(start.encode()))


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtra, match=r"pip install 'article-archive\[markdown\]'"):
        read(with_head("title: T\ndate: 2024-05-03"))
    assert read("+++\ntitle = 'T'\ndate = 2024-05-03\n+++\nText.").article.title == "T"


@pytest.mark.parametrize(
    "unit",
    ["[", "![", "[[", "[a](", "[a](()", "](", "*", "**a ", "*a ", "_a_", "_a ", "`", "~~", "==", "<a ",
     "<!--", "%%", "{{<", "> ", "- ", "|", "|-", "# ", "\\", "&amp;", "^a ", " {#", "1. ", "[^", "[a]:", "___a"],
)  # fmt: skip
def test_no_text_takes_long(unit: str) -> None:
    for text in (unit * (200_000 // len(unit)), f"{unit}\n" * (100_000 // len(unit))):
        began = time.process_time()
        list(blocks(text))
        assert time.process_time() - began < 3


parts = st.sampled_from(
    ["---\n", "+++\n", "...\n", "title: x\n", "date: 2024-05-03\n", "author: [a, {b: c}]\n", "? [a]\n: b\n",
     "&a b\n", "*a\n", "!!python/name:os.system\n", "title = 'x'\n", "date = 2024-05-03\n", "<<: x\n", "# T\n",
     "text\n", "```\n", "> ", "- ", "| a | b |\n", "[x](y)", "![", "**", "_", "`", "\n\n", "\\", "\r\n", "\t",
     "é", "\u2028", "\ufeff", "\0", "&#0;", "&#xd800;", "<b>", "<!--", "-->"]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(st.lists(parts, max_size=25).map("".join).map(str.encode), st.binary(max_size=200))
)
def test_any_bytes_are_an_article_or_rejected(data: bytes) -> None:
    for one in (data, b"---\ntitle: x\ndate: 2024-05-03\n---\n" + data):
        try:
            found = markdown.parse(one, Reading())
        except ParseError as error:
            assert "\n" not in error.reason
        else:
            assert found.article.content_hash()
