"""Directories as CSV files: columns found by name, in any year's spelling, row by row."""

from itertools import starmap

from triskel.chassis.csvrows import CsvRows
from triskel.registry.imports.gateways import dutch, french, template
from triskel.registry.imports.gateways.entries import Directory


def read(dataset: str, content: bytes) -> Directory:
    """The entries of a file. Raises `Invalid` for a file that is not of its dataset; going through
    the entries does at the line that is damaged."""
    match dataset:
        case "nl-duo":
            rows = CsvRows(content, dutch.WITH_LINE_BREAKS)
            found = dutch.columns(rows.columns)
            rows.require(*(found.get(name, dutch.ALIASES[name][0]) for name in dutch.REQUIRED))
            return Directory(lambda: dutch.read(rows, found), rows.encoding, rows.separator)
        case "fr-annuaire":
            rows = CsvRows(content, french.WITH_LINE_BREAKS)
            rows.rename(french.ALIASES)
            rows.require(*french.REQUIRED)
            entry_of = french.entry_of
        case _:
            rows = CsvRows(content, template.WITH_LINE_BREAKS)
            rows.require(*template.REQUIRED)
            entry_of = template.entry_of
    return Directory(lambda: starmap(entry_of, rows), rows.encoding, rows.separator)
