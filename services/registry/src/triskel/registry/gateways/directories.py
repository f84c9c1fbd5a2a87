"""Directories as CSV files: columns found by name, in any year's spelling, row by row."""

from collections.abc import Iterator

from triskel.chassis.csvrows import CsvRows
from triskel.registry.gateways import dutch, french, template
from triskel.registry.gateways.entries import Entry


def read(dataset: str, content: bytes) -> Iterator[Entry]:
    """The entries of a file. Raises `Invalid` for a file that is not of its dataset."""
    rows = CsvRows(content)
    match dataset:
        case "nl-duo":
            named = dutch.columns(rows.columns)
            rows.require(*(named.get(name, dutch.ALIASES[name][0]) for name in dutch.REQUIRED))
            return dutch.read(rows, named)
        case "fr-annuaire":
            rows.rename(french.ALIASES)
            rows.require(*french.REQUIRED)
            return (french.entry_of(line, row) for line, row in rows)
        case _:
            rows.require(*template.REQUIRED)
            return (template.entry_of(line, row) for line, row in rows)
