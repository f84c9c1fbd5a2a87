"""CSV files that people send: columns found by name, in any year's spelling, row by row."""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from itertools import zip_longest

from triskel.contracts.folding import folded
from triskel.contracts.refusals import Invalid

_CHECKED_AT_ONCE = 1 << 20


def plain(name: str) -> str:
    """A column's name or a code without accents, case and punctuation."""
    return folded(name).replace(" ", "_")


class CsvRows:
    """A CSV file with a header; `;` or `,` between; UTF-8, with or without BOM. Iterates over
    (line number, row by plain column name) without holding the file's text or rows in memory."""

    def __init__(self, content: bytes) -> None:
        _check_utf8(content)
        head = (content[: content.find(b"\n") + 1] or content).decode("utf-8-sig")
        if not head.strip():
            raise Invalid("file-empty", "The file is empty.", field="file")
        delimiter = ";" if head.count(";") >= head.count(",") else ","
        # decoded as it is read: as text a file takes up to four times its bytes
        text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
        self._reader = csv.reader(text, delimiter=delimiter)
        self.columns = [plain(name) for name in next(self._reader)]

    def rename(self, aliases: Mapping[str, str]) -> None:
        """Call columns of other years and editions by one name, where the file lacks that."""
        for alias, name in aliases.items():
            if alias in self.columns and name not in self.columns:
                self.columns[self.columns.index(alias)] = name

    def require(self, *names: str) -> None:
        missing = [name for name in names if name not in self.columns]
        if missing:
            raise Invalid(
                "column-missing",
                f"The file lacks the column {missing[0]!r}; it has "
                f"{', '.join(self.columns)[:400]}.",
                field="file",
                value=missing[0],
            )

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        try:
            for values in self._reader:
                if any(values):
                    # a row that is cut short has nothing in its last columns
                    found = zip_longest(self.columns, values[: len(self.columns)], fillvalue="")
                    yield self._reader.line_num, {name: value.strip() for name, value in found}
        except csv.Error as error:
            raise Invalid(
                "file-malformed", f"Line {self._reader.line_num}: {error}.", field="file"
            ) from None


def _check_utf8(content: bytes) -> None:
    """Raises `Invalid` that says which byte is not, and for what is no text at all."""
    if (zero := content.find(0)) >= 0:
        raise Invalid(
            "file-not-text",
            f"The file must be text; byte {zero} is zero. Save it as CSV in UTF-8.",
            field="file",
        )
    decoder = codecs.getincrementaldecoder("utf-8")()
    whole = memoryview(content)
    for begin in range(0, len(content) or 1, _CHECKED_AT_ONCE):
        part = whole[begin : begin + _CHECKED_AT_ONCE]
        before = len(decoder.getstate()[0])
        try:
            decoder.decode(part, begin + len(part) == len(content))
        except UnicodeDecodeError as error:
            raise Invalid(
                "file-not-utf8",
                f"The file must be UTF-8; byte {begin - before + error.start} is not. Save it as "
                "UTF-8.",
                field="file",
            ) from None
