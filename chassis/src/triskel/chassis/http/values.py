"""What a body, a query or a path may hold: the one set of types that the four services use.

A text is kept in NFC, without blanks at its ends, and has no control character, no half of a
surrogate pair and no sign that turns the direction of what is around it: the first is what
PostgreSQL, a mail's header or a calendar cannot hold, the second is no text at all, the third shows
people another text than the one that is kept. A day and a moment are of the years 1900 to 2200, so
that no time zone and no deadline leads out of what Python and PostgreSQL can count.

`tests/test_values.py` walks everything that is served and finds a `str`, a `date` or a `datetime`
without one of these.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

FIRST_YEAR, LAST_YEAR = 1900, 2200

_BLANKS = re.compile(r"[\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_UNSEEN = re.compile(r"[\u200b\u2060\ufeff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\x85\u2028\u2029]")
_REFUSED = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_HALVES = r"\ud800-\udfff"
_NOT_IN_A_LINE = re.compile(f"[{_REFUSED}{_HALVES}]")
_NOT_IN_A_TEXT = re.compile(f"(?![\n\t])[{_REFUSED}{_HALVES}]")
_CALLED = {"\n": "a line break", "\r": "a line break", "\t": "a tab", "\x85": "a line break"}


class Checked:
    """What an annotation carries when it says what its value may hold."""


def _named(character: str) -> str:
    """What to call a character that cannot be shown."""
    if "\ud800" <= character <= "\udfff":
        kind = "half of a character (a lone surrogate)"
    else:
        kind = _CALLED.get(character) or unicodedata.name(character, "a control character").lower()
    return f"{kind}, U+{ord(character):04X}"


def _refuse(character: str, position: int, where: str) -> PydanticCustomError:
    return PydanticCustomError(
        "character_refused",
        "{where} has no place for {character} (at character {position})",
        {"where": where, "character": _named(character), "position": position + 1},
    )


def normal_line(value: str) -> str:
    """One line as it is kept: NFC, each run of blanks of any kind one space, none at the ends.

    Raises `PydanticCustomError` for control characters, line breaks and tabs among them, and for
    lone surrogates: a line break in a name is a mistake of the caller's, which nobody can mend.
    """
    found = _NOT_IN_A_LINE.search(value)
    if found is not None:
        raise _refuse(found.group(), found.start(), "a line of text")
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", _UNSEEN.sub("", value))).strip()


def normal_text(value: str) -> str:
    """A text of several lines as it is kept: NFC, line ends as LF, no blanks at its ends.

    Raises `PydanticCustomError` for control characters but tab and line breaks, and for lone
    surrogates.
    """
    plain = _LINE_ENDS.sub("\n", value)
    found = _NOT_IN_A_TEXT.search(plain)
    if found is not None:
        raise _refuse(found.group(), found.start(), "a text")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", plain)).strip()


@dataclass(frozen=True, kw_only=True)
class _Written(Checked):
    """`shortest` and `longest` in characters, as kept; `pattern` as pydantic takes it."""

    longest: int
    shortest: int = 1
    pattern: str | None = None
    _normal = staticmethod(normal_line)
    _shown = f"^[^{_REFUSED}]*$"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        if source is not str:
            raise TypeError(f"{type(self).__name__} is of a str, not of {source}")
        inner = core_schema.str_schema(
            min_length=self.shortest, max_length=self.longest, pattern=self.pattern
        )
        normal: Callable[[str], str] = self._normal

        def kept(value: Any) -> Any:
            return normal(value) if isinstance(value, str) else value

        return core_schema.no_info_before_validator_function(kept, inner)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(schema)
        found.setdefault("pattern", self._shown)
        return found


@dataclass(frozen=True, kw_only=True)
class OneLine(_Written):
    """A text of one line: a name, a title, a label, a code, words to look for."""


@dataclass(frozen=True, kw_only=True)
class Lines(_Written):
    """A text of several lines: a message, a description, a reason."""

    _normal = staticmethod(normal_text)
    _shown = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"


@dataclass(frozen=True)
class _OfOurTime(Checked):
    """Of the years 1900 to 2200."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_of_our_time, handler(source))


def _of_our_time(value: Any) -> Any:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError(
            "year_out_of_range",
            "must be of the years {first} to {last}",
            {"first": FIRST_YEAR, "last": LAST_YEAR},
        )
    return value


Day = Annotated[date, _OfOurTime()]
"""A calendar day."""
Moment = Annotated[AwareDatetime, _OfOurTime()]
"""A moment with its offset from UTC; without one it is refused."""

Name = Annotated[str, OneLine(longest=200)]
"""What something or somebody is called."""
Region = Annotated[str, OneLine(longest=5, shortest=2, pattern=r"^[A-Z]{2}[A-Z0-9]{0,3}$")]
"""`contracts.codes.Region`: a NUTS 2021 code."""
Language = Annotated[str, OneLine(longest=2, shortest=2, pattern=r"^[a-z]{2}$")]
"""`contracts.codes.Language`: ISO 639-1."""
Country = Annotated[str, OneLine(longest=2, shortest=2, pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""
Nace = Annotated[str, OneLine(longest=2, pattern=r"^([A-U]|[0-9]{2})$")]
"""`contracts.codes.Nace`: a section or a division of NACE Rev. 2."""
Secret = Annotated[str, OneLine(longest=100, shortest=20, pattern=r"^[A-Za-z0-9_-]+$")]
"""A token of a link or of a mail."""
SchoolYear = Annotated[
    str, OneLine(longest=9, shortest=9, pattern=r"^(19|20|21)[0-9]{2}-(19|20|21|22)[0-9]{2}$")
]
"""`contracts.codes.SchoolYear`, of our time."""
MonthAndDay = Annotated[
    str, OneLine(longest=5, shortest=5, pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$")
]
"""`contracts.registry.MonthAndDay`: a day of every year, the 28th of a month at the latest."""
TimeZone = Annotated[str, OneLine(longest=64, shortest=3, pattern=r"^[A-Za-z0-9_+/-]+$")]
"""`contracts.codes.TimeZone`: an IANA name."""
HttpsUrl = Annotated[str, OneLine(longest=500, pattern=r"^https://[^\s@/?#]+([/?#]\S*)?$")]
"""`contracts.format_codes.HttpsUrl`: a document elsewhere; no name and password in it."""
Sha256 = Annotated[str, OneLine(longest=64, pattern=r"^[0-9a-f]{64}$")]
"""`contracts.format_codes.Sha256`, in hexadecimal."""
