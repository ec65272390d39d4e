"""Exports of news databases: what a parser could fill in wrongly with every field full."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from archive.errors import ParseError
from archive.formats import factiva_html, months, nexis_docx, nexis_html, nexis_text, proquest_text
from archive.formats.contract import Member, Reading, Refused

TAIL = "LOAD-DATE: January 12, 2010\n\nLANGUAGE: ENGLISH\n"


def _read(module: Any, data: str | bytes) -> list[Member | Refused]:
    raw = data.encode() if isinstance(data, str) else data
    return list(module.members(io.BytesIO(raw), Reading()))


def _the_one(module: Any, data: str | bytes) -> Member:
    (found,) = _read(module, data)
    assert isinstance(found, Member), found
    return found


def _centred(*lines: str) -> str:
    return "".join(" " * ((80 - len(line)) // 2) + f"{line}\n" for line in lines) + "\n"


def _text(head: str, body: str, number: str = "1 of 1 DOCUMENTS", tail: str = TAIL) -> str:
    return (
        f"{_centred(number)}\n{head}LENGTH: 9 words\n\nHEADLINE: Ferry\n\nBODY:\n{body}\n\n{tail}\n"
    )


HEAD = _centred("The Harbour Gazette") + _centred("January 11, 2010 Monday")


@pytest.mark.parametrize(
    ("above", "publication"),
    [
        (["Copyright 2015 The Harbour Times Company", "The Harbour Times"], "The Harbour Times"),
        (["Copyright 2015", "Harbour Press, Tenn."], "Harbour Press, Tenn."),
        (["Copyright 2015 Port TV", "Provided by Many Media Inc.", "All Rights Reserved"], None),
        (["Copyright © 2008 Bar Association of the Harbour", "Section of Law and", "Piers"], "Piers"),
        (["Copyright 2015 A Group, Inc. and The Group of Harbour Newspapers, A to Z, Inc.",
          "All Rights Reserved", "Harbour News (Ontario)"], "Harbour News (Ontario)"),
    ],
)  # fmt: skip
def test_a_notice_is_no_publication(above: list[str], publication: str | None) -> None:
    after = _centred("Distributed by an Agency") + _centred("June 1, 2015 Monday", "Late Edition")
    found = _the_one(nexis_text, _text(_centred(*above) + after, "It leaves."))
    assert found.article.publication == publication


@pytest.mark.parametrize(
    "line",
    [
        "UPDATE: The ferry has left.",
        "COMPANY: who owns the pier?",
        "HOST: Good evening.",
        "CORRECTION: It leaves at nine.",
        "BYLINE: what a word.",
        "Copyright reform divides the islands.",
    ],
)
def test_what_looks_like_a_label_ends_no_text(line: str) -> None:
    paragraphs = ("The ferry leaves.", line, "Nobody asked us.")
    found = _the_one(nexis_text, _text(HEAD, "\n\n".join(paragraphs)))
    assert found.article.paragraphs == paragraphs
    assert (found.language, found.article.byline) == ("en", None)
    page = _page("".join(f"<P>{one}</P>" for one in paragraphs))
    assert _the_one(nexis_html, page).article.paragraphs == paragraphs
    assert _the_one(nexis_docx, _docx(*paragraphs)).article.paragraphs == paragraphs


def test_labels_under_the_text_are_read() -> None:
    head = HEAD + "Ferry\n\n"
    under = "SECTION: News\n\nBYLINE: Ann Other\n\nLENGTH: 2 words\n\nLOAD-DATE: May 8, 2003\n"
    found = _the_one(nexis_text, f"{_centred('1 of 1 DOCUMENTS')}\n{head}It leaves.\n\n{under}")
    assert found.article.paragraphs == ("It leaves.",)
    assert (found.article.category, found.article.byline) == ("News", "Ann Other")


def test_a_notice_of_a_correction_is_no_line_of_the_head_of_a_docx() -> None:
    whole = zipfile.ZipFile(io.BytesIO(_docx("It leaves."))).read("word/document.xml").decode()
    notice = "<w:p><w:r><w:t>Correction Appended</w:t></w:r></w:p>"
    for before in ("<w:p><w:r><w:t>Ferry<", "<w:p><w:r><w:t>The Harbour Gazette<"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("word/document.xml", whole.replace(before, notice + before, 1))
        found = _the_one(nexis_docx, file.getvalue())
        assert (found.article.title, found.article.publication) == ("Ferry", "The Harbour Gazette")


def test_a_correction_is_kept_behind_the_text() -> None:
    head = (
        HEAD + "Ferry\n\nIt leaves.\n\nLANGUAGE: ENGLISH\n\nCORRECTION-DATE: January 14, 2010\n\n"
    )
    said = "CORRECTION: It stays.\n\nWe regret this.\n\n"
    copyright_ = "Copyright 2010 The Gazette\n"
    for after in (copyright_, f"GRAPHIC: A ferry\n\nBy nobody\n\n{copyright_}", ""):
        text = f"{_centred('1 of 1 DOCUMENTS')}\n{head}{said}{after}"
        assert _the_one(nexis_text, text).article.paragraphs == (
            "It leaves.", "Correction", "It stays.", "We regret this.",
        )  # fmt: skip
    page = _page("<P>It leaves.</P>").replace(
        "</BODY>", '<DIV CLASS="l"><P>CORRECTION:<BR></P><P>It stays.</P></DIV></BODY>'
    )
    assert _the_one(nexis_html, page).article.paragraphs == (
        "It leaves.",
        "Correction",
        "It stays.",
    )


def test_a_correction_in_a_docx_is_kept_behind_the_text() -> None:
    whole = zipfile.ZipFile(io.BytesIO(_docx("It leaves."))).read("word/document.xml").decode()
    line = "<w:p>{}<w:r><w:t>{}</w:t></w:r></w:p>".format
    mark = '<w:bookmarkStart w:name="{}"/>'.format
    said = line(mark("Correction_3"), "Correction") + line("", "It stays.") + line("", "We regret.")
    notes = line(mark("Classification_3"), "Classification") + line("", "None of it")
    graphic = line("", "Graphic") + line("", "A ferry")
    for before, inserted in (("Load-Date", said + notes), ("Load-Date", said + graphic),
                             ("End of Document", said)):  # fmt: skip
        at = whole.rindex("<w:p>", 0, whole.index(before))
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("word/document.xml", whole[:at] + inserted + whole[at:])
        assert _the_one(nexis_docx, file.getvalue()).article.paragraphs == (
            "It leaves.", "Correction", "It stays.", "We regret.",
        )  # fmt: skip


def test_a_highlight_may_stand_under_its_label() -> None:
    head = HEAD + "Ferry\n\nIt leaves.\n\nLANGUAGE: ENGLISH\n\nHIGHLIGHT:\n\n\nEarly and late.\n\n"
    found = _the_one(
        nexis_text, f"{_centred('1 of 1 DOCUMENTS')}\n{head}GRAPHIC: A ferry\n\nCopyright 2010 X\n"
    )
    assert found.article.paragraphs == ("Early and late.", "It leaves.")


@pytest.mark.parametrize("day", ["February 30, 2010", "Summer, 2010"])
def test_a_document_with_no_day_leaves_the_others_be(day: str) -> None:
    wrong = _text(_centred("The Gazette") + _centred(day), "It leaves.", "1 of 2 DOCUMENTS")
    first, second = _read(nexis_text, wrong + _text(HEAD, "It stays.", "2 of 2 DOCUMENTS"))
    assert isinstance(first, Refused)
    assert day in first.reason
    assert isinstance(second, Member)


def test_two_dates_that_differ_are_refused() -> None:
    both = HEAD + _centred("January 12, 2010")
    (found,) = _read(nexis_text, _text(both, "It leaves."))
    assert found == Refused("two dates that differ: 2010-01-11 and 2010-01-12", "Ferry", 1)


def test_a_file_that_ends_before_its_last_document_has_a_remark() -> None:
    found = _read(nexis_text, _text(HEAD, "It leaves.", "3 of 9 DOCUMENTS"))
    assert isinstance(found[0], Member)
    assert (1, "the file ends with document 3 of 9") in found[0].remarks


def _page(paragraphs: str) -> str:
    blocks = [
        ("m", "<P>1 of 1 DOCUMENTS</P>"), ("m", "<P>The Harbour Gazette</P>"),
        ("m", "<P>March 14, 2013 Thursday 4:07 PM GMT+1</P>"), ("l", "<P>LENGTH: 9 words</P>"),
        ("l", "<P>HEADLINE: Ferry</P>"), ("l", f"<P> BODY:<BR></P>{paragraphs}"),
        ("l", "<P>LANGUAGE: ENGLISH</P>"),
    ]  # fmt: skip
    divs = "".join(f'<BR><DIV CLASS="{name}">{text}</DIV>' for name, text in blocks)
    return f"<HTML><STYLE>.m {{ text-align: center; }}</STYLE><BODY>{divs}</BODY></HTML>"


def test_a_page_has_the_paragraphs_that_it_shows() -> None:
    found = _the_one(
        nexis_html, _page("<P>One <B>of</B> two.<BR><BR>Two.</P><P>Three.<BR>Still.</P>")
    )
    assert found.article.paragraphs == ("One of two.", "Two.", "Three. Still.")
    assert found.published_at == "2013-03-14T16:07:00+01:00"


def test_what_a_page_does_not_show_is_no_text() -> None:
    found = _the_one(
        nexis_html,
        _page("<P>One<!-- secret --> two.<SCRIPT>three()</SCRIPT></P><P><!-- four --></P>"),
    )
    assert found.article.paragraphs == ("One two.",)


@pytest.mark.parametrize(
    ("between", "lines"),
    [
        ("<UL><LI>two</LI><LI>three</LI></UL>", ("two", "three")),
        ("bare text", ("bare text",)),
        ("<TABLE><TR><TD>a</TD></TR><TR><TD>b</TD></TR></TABLE>", ("a", "b")),
        ("<BLOCKQUOTE>quoted <I>so</I></BLOCKQUOTE> and on", ("quoted so", "and on")),
        ("<H2>Head</H2>", ("Head",)),
        ("<!-- none -->", ()),
    ],
)
def test_what_stands_between_the_paragraphs_of_a_page_is_text(
    between: str, lines: tuple[str, ...]
) -> None:
    found = _the_one(nexis_html, _page(f"<P>One.</P>{between}<P>Last.</P>"))
    assert found.article.paragraphs == ("One.", *lines, "Last.")


def test_a_table_of_factiva_is_text() -> None:
    lines = "".join(
        f"<div>{line}</div>" for line in ("9 words", "18 September 2018", "Harbour Net", "English")
    )
    page = (
        f'<div class="article enArticle"><div id="hd"><span>Ferry</span></div>{lines}'
        '<div>Copyright 2018 Harbour.</div><p class="articleParagraph">It leaves.</p>'
        '<p class="articleParagraph"><pre>Port   9.00\nPier  10.00\n</pre></p>'
        '<p class="articleParagraph">So it is.</p></div>'
    )
    found = _the_one(factiva_html, page)
    assert found.article.paragraphs == ("It leaves.", "Port 9.00", "Pier 10.00", "So it is.")


def _docx(*paragraphs: str) -> bytes:
    head = [
        "Ferry",
        "The Harbour Gazette",
        "January 11, 2010 Monday",
        "Copyright 2010",
        "Length: 9 words",
    ]
    tail = ["Load-Date: January 12, 2010", "Language: ENGLISH", "End of Document"]
    mark = '<w:bookmarkStart w:name="{}"/>'

    def line(text: str, bookmark: str = "") -> str:
        named = mark.format(bookmark) if bookmark else ""
        return f"<w:p>{named}<w:r><w:t>{text}</w:t></w:r></w:p>"

    lines = [line("", "Bookmark_1"), *map(line, head), line("Body", "Body_0")]
    body = "".join((*lines, *map(line, (*paragraphs, *tail))))
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{space}">{body}</w:document>')
    return file.getvalue()


@pytest.mark.parametrize(
    ("language", "said", "code"),
    [
        ("zhcn", "中文(簡體)", "zh"),
        ("zhtw", "中文(繁體)", "zh"),
        ("ko", "Korean", "ko"),
        ("de", "英文", "en"),
    ],
)
def test_factiva_in_every_language(language: str, said: str, code: str) -> None:
    lines = [
        "367 字",
        "2018 年 9 月 18 日 01:55",
        "Harbour Net",
        "HARB",
        said,
        "Copyright 2018 Harbour.",
    ]
    page = (
        f'<div id="article-harb000020180918ee9i0002x" class="article"><div class="article {language}Article">'
        f'<div id="hd"><span>Ferry</span></div>{"".join(f"<div>{line}</div>" for line in lines)}'
        '<p class="articleParagraph">It leaves.</p><p>文件 HARB000020180918ee9i0002x</p></div></div>'
    )
    assert factiva_html.recognises(io.BytesIO(page.encode()))
    found = _the_one(factiva_html, page)
    assert (found.key, found.language) == ("harb000020180918ee9i0002x", code)
    assert (found.article.published_on, found.article.publication) == ("2018-09-18", "Harbour Net")


def test_a_line_in_a_text_parts_no_documents_of_proquest() -> None:
    rule, line = "_" * 60, "_" * 30
    text = f"{rule}\n\nFull Text: One.\n{line}\nTwo.\n\nTitle: Ferry\n\nPublication date: Sep 20, 2024\n\n"
    found = _the_one(proquest_text, f"{text}ProQuest document ID: 31\n{rule}\n\nContact us\n")
    assert found.article.paragraphs == ("One.", line, "Two.")
    (undated,) = _read(proquest_text, text.replace("Sep 20, 2024", "Fall 2024") + rule)
    assert undated == Refused("no date with a day: found 'Fall 2024'", undated.key, undated.line)


@pytest.mark.parametrize(
    ("printed", "day", "moment"),
    [
        ("Monday, 1 March 2021 6:05 AM EST", "2021-03-01", "2021-03-01T06:05:00-05:00"),
        ("1. Februar 2012 Mittwoch 4:07 PM GMT+1", "2012-02-01", "2012-02-01T16:07:00+01:00"),
        ("March 1, 2021 12:30 AM GMT-3:30", "2021-03-01", "2021-03-01T00:30:00-03:30"),
        ("March 1, 2021 9:05 AM AEST", "2021-03-01", None),
        ("March 1, 2021 9:05 AM EST+1", "2021-03-01", None),
        ("sábado 1 de marzo de 2014", "2014-03-01", None),
        ("1er août 2014", "2014-08-01", None),
        ("sexta-feira, 1 de agosto de 2014", "2014-08-01", None),
        ("mercoledì 2 luglio 2014", "2014-07-02", None),
        ("woensdag 2 juli 2014", "2014-07-02", None),
        ("Samstag, 5. März 2011", "2011-03-05", None),
    ],
)
def test_printed_dates(printed: str, day: str, moment: str | None) -> None:
    assert months.written(printed) == (day, moment)


@pytest.mark.parametrize(
    "printed", ["March 2021", "Summer, 2008", "Q1 2009", "in March 1, 2021", "03/04/2021"]
)
def test_what_is_no_day_is_no_date(printed: str) -> None:
    assert months.written(printed) is None


def test_a_document_of_proquest_has_a_limit() -> None:
    document = f"Title: T\nFull text: {'One. ' * 20}\n\n"
    text = f"{document}{'_' * 60}\n{document}"
    most = len(document)
    lines = list(proquest_text._documents(io.StringIO(text), most))  # noqa: SLF001
    assert [first for _, first in lines] == [1, 5]
    with pytest.raises(ParseError, match=f"over the limit of {most - 1} characters"):
        list(proquest_text._documents(io.StringIO(text), most - 1))  # noqa: SLF001


@pytest.mark.parametrize(
    ("head", "known"),
    [
        ("<!-- LXNComment x -->", True),
        ("<DOCFULL><a name='DOC_ID_0_1'>", True),
        ("<DOCFULL>", False),
        ("<a name='DOC_ID_0_1'>", False),
    ],
)
def test_a_page_of_nexis_is_known_by_both_marks(head: str, known: bool) -> None:
    assert nexis_html.recognises(io.BytesIO(f"<html>{head}".encode())) is known


@pytest.mark.parametrize(
    ("before", "length", "middle"),
    [
        (0, 80, False),  # a whole line of text
        (0, 78, False),
        (1, 78, True),
        (5, 68, True),
        (5, 67, False),
        (5, 72, True),
        (5, 73, False),
    ],
)
def test_a_line_from_the_left_is_not_centred(before: int, length: int, middle: bool) -> None:
    line = " " * before + "x" * length
    assert nexis_text._stands_in_middle(line) is middle  # noqa: SLF001
