"""CSV files are read whole or refused with the line: nothing in them is guessed."""

import csv
import io
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triskel.chassis.csvrows import MOST_COLUMNS, CsvRows
from triskel.contracts.refusals import Invalid

HEAD = "code;name;street\n"


def rows(content: bytes | str, **more: Any) -> list[tuple[int, dict[str, str]]]:
    return list(CsvRows(content.encode() if isinstance(content, str) else content, **more))


def refused(content: bytes | str, **more: Any) -> Invalid:
    with pytest.raises(Invalid) as why:
        rows(content, **more)
    return why.value


@pytest.mark.parametrize(
    ("encoded", "encoding"),
    [
        (lambda text: text.encode("utf-8"), "utf-8"),
        (lambda text: text.encode("utf-8-sig"), "utf-8"),
        (lambda text: text.encode("utf-16"), "utf-16"),
        (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), "utf-16"),
        (lambda text: text.encode("utf-16-le"), "utf-16"),
        (lambda text: text.encode("utf-16-be"), "utf-16"),
        (lambda text: text.encode("cp1252"), "windows-1252"),
    ],
)
@pytest.mark.parametrize(("separator", "name"), [(";", "semicolon"), (",", "comma"), ("\t", "tab")])
@pytest.mark.parametrize("sep", [False, True])
def test_a_file_is_read_however_a_spreadsheet_wrote_it(
    encoded: Any, encoding: str, separator: str, name: str, sep: bool
) -> None:
    text = f"{f'sep={separator}' if sep else ''}\r\nCode;Nom;Rue\r\n1;Collège Éole;«Été»\r\n"
    found = CsvRows(encoded(text.lstrip().replace(";", separator)))
    assert (found.encoding, found.separator) == (encoding, name)
    (row,) = found
    assert row == (3 if sep else 2, {"code": "1", "nom": "Collège Éole", "rue": "«Été»"})
    # as often as one likes
    assert list(found) == [row]


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (HEAD + '1;A;x\n2;"B;x\n3;C;x\n', 3, "never closed"),
        (HEAD + '1;A;x\n2;"B";x"\n3;"C;x\n4;D";x\n', 4, "street"),
        (HEAD + '1;A;x\n2;"B"B;x\n', 3, "expected"),
        (HEAD + "1;A;x\n2;B\n", 3, "2 cells"),
        (HEAD + "1;A;x\n2;B;x;y\n", 3, "4 cells"),
        # the quote of line 3 is closed by that of line 4: a row was taken into a cell
        (HEAD + '1;A;x\n2;"B;x\n3;C";x\n4;D;x\n', 3, "another row"),
        (HEAD + '1;A;"x\ny"\n', 2, "street holds a line break"),
        (HEAD + "1;" + "A" * 30_000 + ";x\n", 2, "characters"),
        (HEAD + '1;"' + "A\n" * 100_000 + '";x\n', 2, "too long"),
    ],
)
def test_a_damaged_file_is_refused_with_the_line_where_the_row_begins(
    content: str, line: int, why: str
) -> None:
    found = refused(content, with_line_breaks=("name",))
    assert (found.rule, found.value) == ("file-malformed", line)
    assert found.sentence.startswith(f"Line {line}: ")
    assert why in found.sentence or line == 4


def test_a_cell_is_one_line_and_may_have_been_several_where_its_column_says_so() -> None:
    text = HEAD + '1;"Collège\n  des\u00a0Essais";x\n\n;;\n2;B;"a ""b"""\n'
    assert rows(text, with_line_breaks=("name",)) == [
        (2, {"code": "1", "name": "Collège des Essais", "street": "x"}),
        (6, {"code": "2", "name": "B", "street": 'a "b"'}),
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "file-empty"),
        (b" \r\n\r\n", "file-empty"),
        (b"\xff\xfe", "file-empty"),
        (b"sep=;\n", "file-empty"),
        (b"a;b\n1;\x00\n", "file-not-text"),
        (b"a;b\n1;\x1a\n", "file-not-text"),
        ("a;b\n1;\x02\n".encode("utf-16"), "file-not-text"),
        (b"sep=x\naxb\n", "separator-unknown"),
        # one wrong byte among letters of UTF-8 is damage, and so is half a letter at the end
        ("a;b\n1;éèà\n".encode() + b"2;\xe9\n", "file-not-utf8"),
        ("a;b\n1;é".encode()[:-1], "file-not-utf8"),
        (b"\xef\xbb\xbfa;b\n1;\xe9\n", "file-not-utf8"),
        ("a;b\n1;x\n".encode("utf-16")[:-1], "file-not-utf8"),
        (b"a;b\n1;\xe9\x81\n", "file-not-utf8"),
    ],
)
def test_what_is_no_text_of_a_known_encoding_is_refused_by_name(content: bytes, rule: str) -> None:
    assert refused(content).rule == rule


@pytest.mark.parametrize("columns", [MOST_COLUMNS + 1, 60_000, 10_000_000])
@pytest.mark.parametrize("head", ["", "a;b\n"])
def test_a_file_of_very_many_columns_is_refused_before_it_is_split(head: str, columns: int) -> None:
    content = (head + ";" * columns + "\n").encode()
    began = time.process_time()
    assert refused(content).rule in ("too-many-columns", "file-malformed")
    assert time.process_time() - began < 1  # CPU seconds; splitting ten million takes more


def test_a_column_that_stands_twice_is_refused_where_it_is_needed() -> None:
    found = CsvRows(b"code;name;name\n1;A;B\n")
    found.require("code")
    with pytest.raises(Invalid) as why:
        found.require("name")
    assert why.value.rule == "column-twice"


@given(st.one_of(st.binary(), st.text().map(str.encode), st.text(alphabet='a;"\n\r,\t')))
def test_whatever_the_bytes_are_they_are_rows_or_a_refusal(content: bytes | str) -> None:
    given_bytes = content if isinstance(content, bytes) else content.encode()
    try:
        found = CsvRows(given_bytes)
        for _, row in found:
            assert len(row) == len(set(found.columns))
    except Invalid as why:
        assert why.sentence


@given(st.lists(st.lists(st.text(alphabet='a";,\n é'), min_size=3, max_size=3), min_size=1))
def test_what_a_writer_of_csv_writes_is_read_as_it_was(cells: list[list[str]]) -> None:

    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([["one", "two", "three"], *cells])
    wanted = [[" ".join(cell.split()) for cell in row] for row in cells]
    try:
        found = [
            list(row.values())
            for _, row in CsvRows(out.getvalue().encode(), ("one", "two", "three"))
        ]
    except Invalid as why:
        # as many separators in one cell as a row has
        assert "another row" in why.sentence
        return
    assert found == [row for row in wanted if any(row)]
