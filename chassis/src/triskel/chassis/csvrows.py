"""Reads CSV files strictly: what is damaged is refused with its line.

Encoding and separator are recognised. A file is read a line at a time, so that of a file of any
size little is in memory beside its bytes. Columns are found by name, however a year's edition
spells them."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from triskel.chassis.encodings import FileNotText, recognised
from triskel.contracts.folding import folded
from triskel.contracts.refusals import Invalid

MOST_COLUMNS = 500
LONGEST_CELL = 20_000
"""Characters. What is longer is a quote that nobody closed."""

LONGEST_LINE = 256 * 1024
"""Characters. Lines are measured before they are split."""

_SEPARATORS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
# what Excel writes before the header, so that it is split in every country
_SEP = re.compile(r'^"?sep=(.)"?[;,\t|\s]*$', re.IGNORECASE)
# line ends and tabs are whitespace, as is the form feed that some write for a line end in a cell
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


class FileMalformed(Invalid):
    """A damaged file never looks like a smaller good one."""

    field = "file"
    en = "Line {line}: {why[en]}. Nothing was read."
    fr = "Ligne {line} : {why[fr]}. Rien n'a été lu."


class FileEmpty(Invalid):
    """A file has a header."""

    field = "file"
    en = "The file is empty."
    fr = "Le fichier est vide."


class TooManyColumns(Invalid):
    """A row has an end."""

    field = "file"
    en = "Line {line}: a row has {most} cells at most."
    fr = "Ligne {line} : une ligne a au plus {most} cellules."


class SeparatorUnknown(Invalid):
    """Cells are separated by one of four signs."""

    field = "file"
    en = "Line {line}: cells are separated by ; , | or a tab, not by {found!r}."
    fr = "Ligne {line} : les cellules sont séparées par ; , | ou une tabulation, pas par {found!r}."


class ColumnMissing(Invalid):
    """A file of a kind has the columns of that kind."""

    field = "file"
    en = "The file lacks the column {name!r}; it has {columns}."
    fr = "Il manque au fichier la colonne {name!r} ; il a {columns}."


class ColumnTwice(Invalid):
    """A column's name is its own."""

    field = "file"
    en = "The file has the column {name!r} twice."
    fr = "Le fichier a deux fois la colonne {name!r}."


def plain(name: str) -> str:
    """A column's name or a code without accents, case and punctuation."""
    return folded(name).replace(" ", "_")


def one_line(text: str) -> str:
    """A cell's text with one blank for whatever white space it holds, line ends too."""
    return " ".join(text.split())


class CsvRows:
    """A CSV file with a header. Iterates, as often as one likes, over (line number, row by plain
    column name); each cell is one line.

    `with_line_breaks` are the columns whose cells may hold line breaks. Raises `Invalid` with the
    line for what is damaged: a quote that is not closed, a line break where the column has none, a
    row of another width than the header. What comes before that line was given already: a reader
    that must not act on half a file goes through it once before it acts.
    """

    def __init__(self, content: bytes, with_line_breaks: Collection[str] = ()) -> None:
        self._content, self._allowed = content, frozenset(with_line_breaks)
        self.encoding, self._codec = recognised(content)
        self._header_at, self._delimiter = self._recognise_separator()
        self.separator = _SEPARATORS[self._delimiter]
        for _, _, names in self._split():
            self.columns = [plain(name) for name in names]
            return
        raise FileEmpty

    def _recognise_separator(self) -> tuple[int, str]:
        """The number of the header's line, and the separator of cells."""
        for number, line in self._lines():
            if not line.strip():
                continue
            if found := _SEP.match(line.strip("\r\n")):
                if found[1] not in _SEPARATORS:
                    raise SeparatorUnknown(line=number, found=found[1], value=found[1])
                return number + 1, found[1]
            # a comma in a quoted name separates nothing
            bare = re.sub(r'"[^"]*"', "", line)
            return number, max(_SEPARATORS, key=bare.count)
        raise FileEmpty

    def rename(self, aliases: Mapping[str, str]) -> None:
        """Give columns the name that they have in other years and editions, where the file lacks
        it."""
        for alias, name in aliases.items():
            if alias in self.columns and name not in self.columns:
                self.columns[self.columns.index(alias)] = name

    def require(self, *names: str) -> None:
        for name in names:
            if name not in self.columns:
                raise ColumnMissing(name=name, columns=", ".join(self.columns)[:400], value=name)
            if self.columns.count(name) > 1:
                raise ColumnTwice(name=name, value=name)

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        rows = self._split()
        next(rows, None)
        for first, last, values in rows:
            if not any(map(str.strip, values)):
                continue
            if len(values) != len(self.columns):
                raise _damaged(
                    first,
                    f"this row has {len(values)} cells, the header {len(self.columns)}",
                    f"{len(values)} cellules, et {len(self.columns)} dans l'en-tête",
                )
            if last > first:
                self._check_line_breaks(first, values)
            yield first, dict(zip(self.columns, map(one_line, values), strict=True))

    def _check_line_breaks(self, line: int, values: Sequence[str]) -> None:
        for name, value in zip(self.columns, values, strict=True):
            if "\n" not in value and "\r" not in value:
                continue
            if name not in self._allowed:
                raise _damaged(
                    line,
                    f"{name} holds a line break: is a quote not closed?",
                    f"{name} contient un saut de ligne : un guillemet n'est-il pas fermé ?",
                )
            # as many separators as a row has: the next row was taken into the cell
            if value.count(self._delimiter) >= len(self.columns) - 1:
                raise _damaged(
                    line,
                    f"{name} holds another row: is a quote not closed?",
                    f"{name} contient une autre ligne : un guillemet n'est-il pas fermé ?",
                )

    def _split(self) -> Iterator[tuple[int, int, list[str]]]:
        """The header and the rows, each with the numbers of its first and its last line."""
        last = 0

        def lines() -> Iterator[str]:
            nonlocal last
            for number, line in self._lines():
                last = number
                if number >= self._header_at:
                    yield line

        reader = csv.reader(lines(), delimiter=self._delimiter, strict=True)
        begins = self._header_at
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                words = str(error).partition(" (")[0]
                raise _damaged(begins, *_WORDS.get(words, (words, words))) from None
            if len(values) > MOST_COLUMNS:
                raise TooManyColumns(line=begins, most=MOST_COLUMNS, value=begins)
            if longest := next((cell for cell in values if len(cell) > LONGEST_CELL), None):
                raise _damaged(
                    begins,
                    f"a cell has {len(longest)} characters: is a quote not closed?",
                    f"une cellule a {len(longest)} caractères : un guillemet n'est-il pas fermé ?",
                )
            yield begins, last, values
            begins = last + 1

    def _lines(self) -> Iterator[tuple[int, str]]:
        """The file's lines from 1 on, each with its end."""
        # decoded as it is read: as text a file takes up to four times its bytes
        text = io.TextIOWrapper(io.BytesIO(self._content), self._codec, newline="")
        number = 0
        while line := text.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
                raise _damaged(
                    number,
                    f"it has more than {LONGEST_LINE} characters",
                    f"plus de {LONGEST_LINE} caractères",
                )
            if found := _CONTROL.search(line):
                control = f"U+{ord(found[0]):04X}"
                raise FileNotText(
                    what={
                        "en": f"line {number} has the control character {control}",
                        "fr": f"la ligne {number} a le caractère de contrôle {control}",
                    },
                    value=number,
                )
            if line.count(";") + line.count(",") + line.count("\t") + line.count("|") > _MOST_MARKS:
                raise TooManyColumns(line=number, most=MOST_COLUMNS, value=number)
            yield number, line


_MOST_MARKS = 20 * MOST_COLUMNS
_WORDS = {
    "unexpected end of data": (
        "a quote opens in this row and is never closed",
        "un guillemet s'ouvre ici et n'est jamais fermé",
    ),
    "field larger than field limit": (
        "a cell is too long: is a quote not closed?",
        "une cellule est trop longue : un guillemet n'est-il pas fermé ?",
    ),
}


def _damaged(line: int, why: str, pourquoi: str) -> FileMalformed:
    return FileMalformed(line=line, why={"en": why, "fr": pourquoi}, value=line)
