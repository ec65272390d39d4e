"""JSON Lines, JSON, CSV and TSV: which records are articles, and what is said of the others."""

from __future__ import annotations

import csv
import io
import json
import time
import tracemalloc
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import ParseError
from archive.formats import choosing, csv_table, fields, json_array, json_lines
from archive.formats.contract import Member, Reading, Refused
from archive.records import Article

USUAL = {"date": "2023-01-31", "title": "T", "text": "One.\nTwo."}
PLAIN = Reading()


def _read(module: Any, data: bytes, reading: Reading = PLAIN) -> list[str]:
    """What becomes of each record: the title of an article, or why it is none."""
    found = []
    try:
        for one in module.members(io.BytesIO(data), reading):
            said = one.reason if isinstance(one, Refused) else one.article.title
            found.append(f"{one.line}: {said}")
    except ParseError as error:
        found.append(f"{error.line}! {error.reason}")
    return found


def _member(record: dict[str, Any], **reading: Any) -> Member:
    return fields.member(record, Reading(**reading), None)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        # news APIs, scrapers and data sets, as they name their fields
        (
            {"source": {"id": None, "name": "BBC News"}, "author": "A. Writer", "title": "T",
             "description": "D", "url": "https://x.org/1", "publishedAt": "2024-01-02T03:04:05Z",
             "content": "Text."},
            ("2024-01-02", "T", ("Text.",), None, "A. Writer", "BBC News"),
        ),
        (
            {"authors": ["A", "B", "A"], "date_download": "2020-01-01", "date_modify": None,
             "date_publish": "2017-07-17 17:03:00", "language": "de", "maintext": "Text.",
             "source_domain": "zeit.de", "title": "T", "url": "http://x"},
            ("2017-07-17", "T", ("Text.",), None, "A, B", "zeit.de"),
        ),
        (
            {"headline": {"main": "T"}, "pub_date": "2019-05-01T00:00:00+0000", "news_desk": "World",
             "body": ["One.", "Two."], "byline": {"original": None}},
            ("2019-05-01", "T", ("One.", "Two."), "World", None, None),
        ),
        (
            {"title": "T", "hostname": "bbc.co.uk", "source": "https://bbc.co.uk/1",
             "date": "2024-01-02", "text": "x"},
            ("2024-01-02", "T", ("x",), None, None, "bbc.co.uk"),
        ),
        (
            {"title": "T", "publishing_date": "2024-01-02 10:00:00+01:00", "body": {
                "summary": ["S."], "sections": [{"headline": ["H"], "paragraphs": ["A.", "B."]}]}},
            ("2024-01-02", "T", ("S.", "H", "A.", "B."), None, None, None),
        ),
        (
            {"id": 1, "date": "2024-01-02T10:00:00", "title": {"rendered": "T"}, "author": 3,
             "content": {"rendered": "One.\n\nTwo.", "protected": False}},
            ("2024-01-02", "T", ("One.", "Two."), None, None, None),
        ),
        ({**USUAL, "date": "December 31, 2017 "},
         ("2017-12-31", "T", ("One.", "Two."), None, None, None)),
        ({**USUAL, "Section": "Sport"}, ("2023-01-31", "T", ("One.", "Two."), "Sport", None, None)),
        ({**USUAL, "date": "20230131"}, ("2023-01-31", "T", ("One.", "Two."), None, None, None)),
        ({**USUAL, "date": 1675123200}, ("2023-01-31", "T", ("One.", "Two."), None, None, None)),
        ({**USUAL, "date": "1675123200000"}, ("2023-01-31", "T", ("One.", "Two."), None, None, None)),
        ({**USUAL, "date": {"$date": "2023-01-31T10:00:00Z"}},
         ("2023-01-31", "T", ("One.", "Two."), None, None, None)),
        ({**USUAL, "date": "Tue, 31 Jan 2023 23:30:00 +0100"},
         ("2023-01-31", "T", ("One.", "Two."), None, None, None)),
        ({**USUAL, "title": " A\n title "},
         ("2023-01-31", "A title", ("One.", "Two."), None, None, None)),
        ({**USUAL, "text": "One.\r\n\r\n  Two.\r"},
         ("2023-01-31", "T", ("One.", "Two."), None, None, None)),
    ],
)  # fmt: skip
def test_fields_are_known_by_the_names_that_they_usually_have(
    record: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert _member(record).article == Article(*expected)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"title": "T", "text": "x"}, "no field for the date among title, text: say which with"
         " --map date=NAME or give one with --date"),
        ({"CONTENT_TITLE": "T", "TEXT": "x", "date": "2023-01-31"}, "no field for the title among"
         " CONTENT_TITLE, TEXT, date: say which with --map title=NAME"),
        ({**USUAL, "date": ""}, "no date"),
        ({"title": "T", "text": "x", "scraped_at": "2023-01-01", "updated": "2023-01-01",
          "created": "2023-01-01", "crawl_date": "2023-01-01"}, "no field for the date among"
         " title, text, scraped_at, updated, created, crawl_date: say which with --map date=NAME or"
         " give one with --date"),
        ({**USUAL, "date": "01/02/2023"}, "not a date: '01/02/2023', expected YYYY-MM-DD"),
        ({**USUAL, "date": "2023-02-30"}, "no such date: '2023-02-30'"),
        ({**USUAL, "date": True}, "no date"),
        ({**USUAL, "date_publish": "2023-02-01"},
         "two dates that differ: 2023-01-31 (date) and 2023-02-01 (date_publish): say which with"
         " --map date=NAME"),
        ({**USUAL, "text": "It leaves… [+1234 chars]"}, "the text is cut short: [+1234 chars]"),
        ({**USUAL, "title": None}, "no title"),
        ({**USUAL, "text": " \n"}, "no text"),
        ({"date": "2023-01-31", "title": "T", "summary": "Short."},
         "no text but a summary (summary)"),
        ({**USUAL, "text": [{"_type": "block", "_key": "a1", "children": [{"text": "It leaves."}]}]},
         "the text is no text but a record with _type, _key, children"),
        ({**USUAL, "text": {"data": {"text": "It leaves."}, "text": "It"}},
         "the text is no text but a record with data"),
        ({**USUAL, "text": "a\0b"}, "a NUL byte in its text"),
        ({**USUAL, "url": "a\0b"}, "a character that no text can hold in \"'a\\\\x00b'\""),
        ({**USUAL, "author": "\ud800"}, "a character that no text can hold in \"'\\\\ud800'\""),
    ],
)  # fmt: skip
def test_what_is_no_article_is_refused(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(ParseError) as refused:
        _member(record)
    assert refused.value.reason == reason


def test_a_record_without_the_fields_says_which_it_has() -> None:
    with pytest.raises(ParseError) as refused:
        _member({"kopf": "T", "rumpf": "x"})
    assert refused.value.reason == (
        "no field for the title and the text among kopf, rumpf: say which with --map title=NAME"
    )


def test_what_the_user_says_goes_first() -> None:
    record = {**USUAL, "kopf": "Other", "meta": {"tag": "2024-05-01"}}
    found = _member(record, fields=(("title", "kopf"), ("date", "meta.tag")))
    assert (found.article.title, found.article.published_on) == ("Other", "2024-05-01")
    assert (
        _member({"title": "T", "text": "x"}, date="2020-02-02").article.published_on == "2020-02-02"
    )


def test_where_an_article_comes_from_is_read() -> None:
    record = {**USUAL, "_id": {"$oid": "5f"}, "url": " https://x ", "doi": "10.1/x", "lang": "en",
              "published_at": "2023-01-31T10:00:00+01:00"}  # fmt: skip
    del record["date"]
    found = _member(record)
    assert (found.key, found.url, found.identifier, found.language, found.published_at) == (
        "5f", "https://x", "10.1/x", "en", "2023-01-31T10:00:00+01:00",
    )  # fmt: skip


def test_agreeing_dates_are_one_and_odd_values_are_none() -> None:
    found = _member({**USUAL, "published_at": "2023-01-31T10:00:00Z", "id": float("inf"),
                     "author": {"name": ["A", "B"]}})  # fmt: skip
    assert (found.article.published_on, found.published_at) == (
        "2023-01-31", "2023-01-31T10:00:00+00:00",
    )  # fmt: skip
    assert (found.key, found.article.byline) == (None, "A, B")


def test_a_name_that_was_said_and_is_not_there_is_named() -> None:
    with pytest.raises(
        ParseError, match="nothing in 'typo' for the title; its fields are date, title"
    ):
        _member(USUAL, fields=(("title", "typo"),))


def test_html_is_kept_and_pointed_out() -> None:
    found = _member({**USUAL, "text": "<p>One.</p>"})
    assert found.article.paragraphs == ("<p>One.</p>",)
    assert found.remarks == ((None, "its text has HTML in it, which is kept"),)
    assert _member({**USUAL, "title": "The reader&#8217;s"}).remarks == found.remarks
    assert _member({**USUAL, "text": "a < b and c > d, R&D; x"}).remarks == ()


GOOD = json.dumps(USUAL)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (f"{GOOD}\n\n{GOOD}".encode(), ["1: T", "3: T"]),
        (f"\ufeff{GOOD}\r\n".encode(), ["1: T"]),
        (f"{GOOD}\n{{\n".encode(), ["1: T", "2: no JSON: Expecting property name enclosed in double"
                                    " quotes at character 3"]),
        (f"[]\n{GOOD}\n".encode(), ["1: no record of JSON, which stands in braces", "2: T"]),
        (b'{"a": NaN}\n', ["1: no JSON: NaN is no number of JSON"]),
        (b'{"a": ' + b"[" * 100_000 + b"\n", ["1: JSON that is nested too deep"]),
        (b'{"a": ' + b"9" * 5000 + b"}\n", ["1: no JSON: Exceeds the limit (4300 digits)"]),
        (b"\xff\n" + GOOD.encode(), ["1: not utf-8: byte 0xff at 0 of the line", "2: T"]),
        (b"", []),
        (b'{"date": "2023-01-31", "title": "T", "text": "x", "date": "2024-01-31"}',
         ["1: no JSON: two fields are called 'date'"]),
    ],
    ids=range(10),
)  # fmt: skip
def test_lines_of_json(data: bytes, expected: list[str]) -> None:
    found = _read(json_lines, data)
    assert [one[: len(said)] for one, said in zip(found, expected, strict=True)] == expected


def test_a_line_over_the_limit_is_passed_over() -> None:
    data = f"{GOOD}\n{'x' * 500}\n{GOOD}\n".encode()
    assert _read(json_lines, data, Reading(max_size=1600)) == [
        "1: T", "2: a line over the limit of 100 bytes", "3: T"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (f"[{GOOD}]", ["1: T"]),
        (f"[\n{GOOD},\n\n {GOOD}\n]\n", ["2: T", "4: T"]),
        ("[]", []),
        (GOOD, ["1: T"]),
        (json.dumps(USUAL, indent=1), ["1: T"]),
        (f'{{"status": "ok", "articles": [{GOOD}, {GOOD}]}}', ["None: T", "None: T"]),
        (f'{{"a": [{GOOD}], "b": [{GOOD}]}}',
         ["None! several arrays of records (a, b): write each to a file of its own"]),
        (f'{{"response": {{"total": 1, "results": [{GOOD}]}}}}', ["None: T"]),
        (f"[{GOOD}, 7, {GOOD}]", ["1: T", "1: no record of JSON, which stands in braces", "1: T"]),
        (f"[{GOOD}\n{GOOD}]", ["1: T", "2! no comma between two records"]),
        (f"[{GOOD},", ["1: T", "1! no JSON: Expecting value"]),
        (f"[{GOOD}", ["1: T", "1! the file ends in the middle of an array"]),
        (f"[{GOOD}] x", ["1: T", "1! something follows the end of the JSON"]),
        ("[" * 100_000, ["1! JSON that is nested too deep"]),
        (f"[{json.dumps({**USUAL, 'text': 'x' * 3000})}, {GOOD}]",
         ["1! a record over the limit of 1,000 characters"]),
    ],
    ids=range(15),
)  # fmt: skip
def test_arrays_of_json(monkeypatch: pytest.MonkeyPatch, data: str, expected: list[str]) -> None:
    reading = Reading(max_size=16000)
    assert _read(json_array, data.encode(), reading) == expected
    monkeypatch.setattr(json_array, "_BLOCK", 7)  # as a file that comes in small pieces
    assert _read(json_array, data.encode(), reading) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("date,title,text\n2023-01-31,T,x\n", ["2: T"]),
        ("\ufeffdate;title;text\r\n2023-01-31;T;x\r\n", ["2: T"]),
        ("date\ttitle\ttext\n2023-01-31\tT\tx", ["2: T"]),
        ("sep=|\ndate|title|text\n2023-01-31|T|x\n", ["3: T"]),
        ('date,title,text\n2023-01-31,T,"One,\nTwo"\n2023-01-31,U,x\n', ["2: T", "4: U"]),
        ("date,title,text\n2023-01-31,T\n\n2023-01-31,U,x,y\n2023-01-31,V,x\n",
         ["2: 2 cells in a table of 3 columns", "4: 4 cells in a table of 3 columns", "5: V"]),
        ('date,title,text\n2023-01-31,T,x\n2023-01-31,U,"x\n2023-01-31,V,x\n',
         ["2: T", "3! a row that does not end: unexpected end of data"]),
        ('date,title,text\n2023-01-31,T,"x\n2023-01-31,U,"y"\n',
         ["2! a row that does not end: ',' expected after '\"'"]),
        ("a,b\n1,2\n", ["1! no field for the title and the text and the date among a, b: say which"
                        " with --map title=NAME"]),
        ("date,title,text,title\n", ["1! two columns are called title"]),
        ('date\ttitle\ttext\n2023-01-31\t"Yes" he said\tx\n', ['2: "Yes" he said']),
        ('date\ttitle\ttext\n2023-01-31\t"T"\t"x ""y"""\n', ["2: T"]),
        ("date,title,text\r2023-01-31,T,x\r2023-01-31,U,y", ["2: T", "3: U"]),
        ('date,title,text\n2023-01-31,T,"x\n2023-01-31,U,y\n2023-01-31,V,"\n2023-01-31,W,z\n',
         ["2: a quotation mark is open, and rows stand in a cell", "5: W"]),
        ("", ["1! no field for the title and the text and the date among none: say which with"
              " --map title=NAME"]),
    ],
    ids=range(15),
)  # fmt: skip
def test_tables(data: str, expected: list[str]) -> None:
    assert _read(csv_table, data.encode()) == expected


def test_lines_are_counted_wherever_the_part_that_is_looked_at_first_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = "date,title,text\r\n"
    data = f'{head}2023-01-31,T,x\r\n\r\n2023-01-31,U,"x\r\n\r\ny"\r\n2023-01-31,V\r\n\r\n'.encode()
    expected = ["2: T", "4: U", "7: 2 cells in a table of 3 columns"]
    for sample in range(len(head) - 1, len(data) + 2):
        monkeypatch.setattr(csv_table, "_SAMPLE", sample)
        assert _read(csv_table, data) == expected, sample


def test_a_cell_may_be_longer_than_python_has_it() -> None:
    data = "date,title,text\n2023-01-31,T," + "x" * 200_000 + "\n"
    (found,) = csv_table.members(io.BytesIO(data.encode()), PLAIN)
    assert isinstance(found, Member)
    assert len(found.article.paragraphs[0]) == 200_000
    assert _read(csv_table, data.encode(), Reading(max_size=16000)) == [
        "None! a line over the limit of 1,000 characters"
    ]


def test_an_encoding_is_taken_at_its_word() -> None:
    data = "date,title,text\n2023-01-31,Café,x\n".encode("cp1252")
    assert _read(csv_table, data, Reading("cp1252")) == ["2: Café"]
    assert _read(csv_table, data) == ["None! not utf-8: byte 0xe9 (--encoding NAME)"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (f"{GOOD}\n{GOOD}\n", "jsonl"), (f"\n {GOOD}", "jsonl"), (f"{GOOD}\nwrong\n", "jsonl"),
        (f"[{GOOD}]", "json"), (json.dumps(USUAL, indent=2), "json"),
        (f'{{"status": "ok", "articles": [{GOOD}]}}', "json"),
        (f'{{"response": {{"results": [{GOOD}]}}}}', "json"),
        ("date,title,text\n", "csv"), ("date;headline;body;x\n1;2;3;4\n", "csv"),
        (" date 2023-01-31\nT\nText\n", None), ("[1, 2]", None), ("Title, text\n", "csv"),
        ("Some words, and more\n", None), ("", None), ("{", None),
    ],
)  # fmt: skip
def test_files_are_recognised_by_what_they_begin_with(data: str, name: str | None) -> None:
    found = choosing.by_signature(io.BytesIO(data.encode()))
    assert (found and found[0].name) == name


WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\x1c\x1d\x1e\x85\u2028\u2029"),
    min_size=1, max_size=12,
).map(lambda text: " ".join(text.split())).filter(bool)  # fmt: skip
RECORD = st.fixed_dictionaries(
    {"date": st.dates().map(str).filter(lambda day: day > "1600"), "title": WORD,
     "text": st.lists(WORD, min_size=1, max_size=3).map("\n".join), "author": WORD, "id": WORD}
)  # fmt: skip


def _as_csv(records: list[dict[str, str]], **form: Any) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["date", "title", "text", "author", "id"], **form)
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


@settings(deadline=None)
@given(records=st.lists(RECORD, min_size=1, max_size=4))
def test_all_tables_of_the_same_records_hold_the_same(records: list[dict[str, str]]) -> None:
    def held(module: Any, data: bytes) -> list[tuple[Article, str | None]]:
        found = list(module.members(io.BytesIO(data), PLAIN))
        assert [one for one in found if isinstance(one, Refused)] == []
        return [(one.article, one.key) for one in found]

    lines = held(json_lines, "\n".join(map(json.dumps, records)).encode())
    assert [key for _, key in lines] == [" ".join(record["id"].split()) for record in records]
    assert held(json_array, json.dumps(records, ensure_ascii=False).encode()) == lines
    for form in ({}, {"delimiter": ";"}, {"delimiter": "\t", "quoting": csv.QUOTE_ALL}):
        assert held(csv_table, _as_csv(records, **form)) == lines


class Endless(io.RawIOBase):
    """A file of many bytes that nobody has to hold."""

    def __init__(self, head: bytes, rest: bytes, times: int) -> None:
        self._parts = iter([head, *([rest] * times)])
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = next(self._parts, b"")
        part, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@pytest.mark.parametrize(
    ("module", "head", "rest"),
    [
        (json_lines, b"", GOOD.encode() + b"\n"),
        (json_array, b"[" + GOOD.encode(), b"," + GOOD.encode()),
        (csv_table, b"date,title,text\n", b"2023-01-31,T,x\n"),
        (json_lines, b"", b"x" * 4096),
        (csv_table, b"date,title,text\n", b"x" * 4096),
    ],
    ids=["lines", "array", "table", "long line", "long row"],
)
def test_memory_stays_flat(module: Any, head: bytes, rest: bytes) -> None:
    file: BinaryIO = io.BufferedReader(Endless(head, rest * 50, 200))
    tracemalloc.start()
    try:
        with pytest.MonkeyPatch.context():
            for _ in zip(
                range(5000), module.members(file, Reading(max_size=1 << 24)), strict=False
            ):
                pass
    except ParseError:
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 12_000_000


HOSTILE = st.binary(max_size=200) | st.lists(
    st.sampled_from([b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\\", b"\\ud800", b"\0",
                     b"date", b"title", b"text", b"2023-01-31", b"1e999", b"\xff", b"null", b";", b"\t",
                     b'"date": "2023-01-31", "title": "T", "text": "x"']),
    max_size=40,
).map(b"".join)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(data=HOSTILE, encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]))
def test_whatever_a_file_holds_is_an_article_or_refused(data: bytes, encoding: str) -> None:
    started = time.monotonic()
    for module in (json_lines, json_array, csv_table):
        module.recognises(io.BytesIO(data))
        _read(module, data, Reading(encoding))
    assert time.monotonic() - started < 5
