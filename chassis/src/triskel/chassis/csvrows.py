"""CSV files that people send: columns found by name, in any year's spelling, row by row."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator

from triskel.contracts.refusals import Invalid


def plain(name: str) -> str:
    """A column's name or a code without accents, case and punctuation."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


class CsvRows:
    """A CSV file with a header; `;` or `,` between; UTF-8, with or without BOM. Iterates over
    (line number, row by plain column name) without holding the file's rows in memory."""

    def __init__(self, content: bytes) -> None:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Invalid(
                "file-not-utf8",
                f"The file must be UTF-8; byte {error.start} is not. Save it as UTF-8.",
                field="file",
            ) from None
        head = text[: text.find("\n") + 1] or text
        if not head.strip():
            raise Invalid("file-empty", "The file is empty.", field="file")
        delimiter = ";" if head.count(";") >= head.count(",") else ","
        self._reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        self.columns = [plain(name) for name in next(self._reader)]

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
                    row = dict(zip(self.columns, values, strict=False))
                    yield self._reader.line_num, {k: v.strip() for k, v in row.items()}
        except csv.Error as error:
            raise Invalid(
                "file-malformed", f"Line {self._reader.line_num}: {error}.", field="file"
            ) from None
