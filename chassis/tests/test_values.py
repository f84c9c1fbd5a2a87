"""What a text, a day and a moment may be: whatever comes, it is kept as it may be or refused."""

import json
import unicodedata
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from triskel.chassis.http.values import Day, HttpsUrl, Lines, Moment, OneLine, SchoolYear

LINE: TypeAdapter[str] = TypeAdapter(Annotated[str, OneLine(longest=200, shortest=0)])
TEXT: TypeAdapter[str] = TypeAdapter(Annotated[str, Lines(longest=4000, shortest=0)])
LABEL: TypeAdapter[str] = TypeAdapter(Annotated[str, OneLine(longest=40)])
DAY: TypeAdapter[date] = TypeAdapter(Day)
MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=60) | st.text(
    st.sampled_from("e\u0301é \u00a0\t\n\r\u2028\u200b\x00\x1b\x85\ud83d\u202e")
)


def why(adapter: TypeAdapter[Any], value: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(value)
    (error,) = refused.value.errors()
    return f"{error['type']}: {error['msg']}"


@given(ANY_TEXT)
@example("Tle\u00a0 Ge\u0301ne\u0301rale ")
@example("half of \ud83d")
def test_a_line_is_kept_in_one_way_or_refused(value: str) -> None:
    try:
        kept = LINE.validate_python(value)
    except ValidationError as refused:
        # what is refused can be said
        json.dumps([error["msg"] for error in refused.errors()]).encode()
        assert any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp", "Cf"} for c in value)
        return
    assert kept.encode("utf-8").decode() == kept and unicodedata.is_normalized("NFC", kept)
    assert kept == kept.strip() and kept.splitlines() in ([kept], [])
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in kept)
    assert all(c == " " for c in kept if unicodedata.category(c) == "Zs") and "  " not in kept
    assert LINE.validate_python(kept) == kept


@given(ANY_TEXT)
@example("first\r\nsecond\u2028third\x85")
def test_a_text_of_several_lines_keeps_them_and_nothing_else_that_cannot_be_seen(
    value: str,
) -> None:
    try:
        kept = TEXT.validate_python(value)
    except ValidationError:
        return
    assert kept.encode("utf-8").decode() == kept and unicodedata.is_normalized("NFC", kept)
    assert not any(
        unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in kept if c not in "\n\t"
    )
    assert TEXT.validate_python(kept) == kept


def test_a_refused_character_is_named_with_its_place() -> None:
    assert why(LABEL, "2nde\x004") == (
        "character_refused: a line of text has no place for a control character, U+0000 "
        "(at character 5)"
    )
    assert "half of a character (a lone surrogate), U+D83D" in why(LABEL, "Lycée \ud83d")
    assert "a line break, U+000A" in why(LABEL, "2nde\n4")
    assert "a tab, U+0009" in why(LABEL, "2nde\t4")
    assert "right-to-left override, U+202E" in why(LABEL, "\u202e4 edn2")
    assert "a text has no place for a control character, U+001B" in why(TEXT, "a\nb\x1b[2J")


def test_seven_ways_to_write_a_label_that_look_alike_are_kept_as_one() -> None:
    plain = "Tle Générale"
    ways = {
        plain,
        unicodedata.normalize("NFD", plain),
        plain.replace(" ", "\u00a0"),
        plain.replace(" ", "  "),
        f" {plain}\u202f",
        plain.replace(" ", " \u200b"),
        plain.replace(" ", "\u3000"),
    }
    assert len(ways) == 7
    assert {LABEL.validate_python(way) for way in ways} == {plain}


def test_lengths_are_those_of_what_is_kept() -> None:
    assert LABEL.validate_python("e\u0301" * 40) == "é" * 40
    assert why(LABEL, "é" * 41).startswith("string_too_long")
    assert why(LABEL, " \u00a0\u200b").startswith("string_too_short")
    assert why(LABEL, 4).startswith("string_type")


@given(st.dates() | st.datetimes())
@example(date(1, 1, 1))
@example(date(9999, 12, 31))
def test_a_day_is_of_the_years_1900_to_2200(day: date) -> None:
    only = day.date() if isinstance(day, datetime) else day
    if 1900 <= only.year <= 2200:
        assert DAY.validate_python(only.isoformat()) == only
    else:
        assert "must be of the years 1900 to 2200" in why(DAY, only.isoformat())


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:30:00Z", "0001-01-01T00:00:00+14:00", "2201-01-01T00:00:00Z"]
)
def test_a_moment_that_no_time_zone_can_hold_is_refused(moment: str) -> None:
    assert why(MOMENT, moment).startswith("year_out_of_range")
    assert why(MOMENT, "2025-11-13T09:00:00").startswith("timezone_aware")
    kept = MOMENT.validate_python("2200-12-31T23:30:00-12:00")
    assert kept.utcoffset() == timedelta(hours=-12)


def test_a_school_year_is_written_in_plain_digits_of_our_time() -> None:
    year: TypeAdapter[str] = TypeAdapter(SchoolYear)
    assert year.validate_python("2025-2026") == "2025-2026"
    for wrong in ("0000-0001", "9999-0000", "٢٠٢٥-٢٠٢٦", "2025-2026\n"):
        with pytest.raises(ValidationError):
            year.validate_python(wrong)


def test_an_address_of_a_document_holds_no_password() -> None:
    url: TypeAdapter[str] = TypeAdapter(HttpsUrl)
    assert url.validate_python("https://lycee.example/@classe/rapport.pdf?x=a@b")
    for wrong in ("https://me:secret@lycee.example/a", "http://lycee.example/a", "https:///a"):
        with pytest.raises(ValidationError):
            url.validate_python(wrong)


def test_a_type_of_text_is_of_a_text_only() -> None:
    with pytest.raises(TypeError, match="is of a str"):
        TypeAdapter(Annotated[str | None, OneLine(longest=3)])


def test_openapi_shows_what_a_text_may_hold() -> None:
    shown = LABEL.json_schema()
    assert (shown["minLength"], shown["maxLength"]) == (1, 40)
    assert shown["pattern"].startswith(r"^[^\u0000-\u001f")
