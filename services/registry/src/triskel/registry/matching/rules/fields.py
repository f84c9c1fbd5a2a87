"""Which fields of study an economic sector needs: NACE Rev. 2 divisions to ISCED-F 2013.

There is no official table between the two. This one asks of each division which narrow fields the
graduates that it hires for technical work come from, as the titles of the ISCED-F detailed fields
say it (0711 chemical engineering, 0714 electronics, 0721 food processing, …). Divisions that hire
for no STE(A)M field have no entry: a shop is then judged by what it says itself.
"""

from triskel.contracts.codes import IscedField

_RANGES: tuple[tuple[int, int, frozenset[IscedField]], ...] = (
    (1, 1, frozenset({IscedField.AGRICULTURE, IscedField.BIOLOGY})),
    (2, 2, frozenset({IscedField.FORESTRY, IscedField.ENVIRONMENT})),
    (3, 3, frozenset({IscedField.FISHERIES, IscedField.BIOLOGY})),
    (
        5,
        9,
        frozenset({IscedField.MANUFACTURING, IscedField.PHYSICAL_SCIENCES}),
    ),  # 0724 mining and extraction
    (10, 12, frozenset({IscedField.MANUFACTURING, IscedField.BIOLOGY})),  # 0721 food processing
    (13, 18, frozenset({IscedField.MANUFACTURING})),  # 0722 materials, 0723 textiles
    (
        19,
        20,
        frozenset({IscedField.ENGINEERING, IscedField.PHYSICAL_SCIENCES}),
    ),  # 0711 chemical engineering
    (
        21,
        21,
        frozenset(
            {
                IscedField.ENGINEERING,
                IscedField.PHYSICAL_SCIENCES,
                IscedField.BIOLOGY,
                IscedField.HEALTH,
            }
        ),
    ),
    (22, 23, frozenset({IscedField.MANUFACTURING, IscedField.PHYSICAL_SCIENCES})),
    (24, 25, frozenset({IscedField.ENGINEERING})),  # 0715 mechanics and metal trades
    (
        26,
        26,
        frozenset({IscedField.ENGINEERING, IscedField.ICT, IscedField.PHYSICAL_SCIENCES}),
    ),  # 0714 electronics
    (
        27,
        30,
        frozenset({IscedField.ENGINEERING}),
    ),  # 0713 electricity, 0716 vehicles, ships and aircraft
    (31, 32, frozenset({IscedField.MANUFACTURING})),
    (33, 33, frozenset({IscedField.ENGINEERING})),
    (
        35,
        35,
        frozenset({IscedField.ENGINEERING, IscedField.ENVIRONMENT}),
    ),  # 0713 electricity and energy
    (
        36,
        39,
        frozenset({IscedField.ENGINEERING, IscedField.ENVIRONMENT}),
    ),  # 0712 environmental protection
    (41, 43, frozenset({IscedField.CONSTRUCTION})),
    (45, 45, frozenset({IscedField.ENGINEERING})),  # 0716 motor vehicles
    (49, 53, frozenset({IscedField.TRANSPORT})),
    (58, 58, frozenset({IscedField.ICT, IscedField.ARTS})),  # software and games; 0211 media
    (59, 60, frozenset({IscedField.ARTS})),
    (61, 61, frozenset({IscedField.ICT, IscedField.ENGINEERING})),
    (62, 63, frozenset({IscedField.ICT, IscedField.MATHEMATICS})),
    (64, 66, frozenset({IscedField.MATHEMATICS})),  # actuaries, analysts
    (71, 71, frozenset({IscedField.ENGINEERING, IscedField.CONSTRUCTION})),
    (
        72,
        72,
        frozenset(
            {
                IscedField.BIOLOGY,
                IscedField.ENVIRONMENT,
                IscedField.PHYSICAL_SCIENCES,
                IscedField.MATHEMATICS,
            }
        ),
    ),
    (74, 74, frozenset({IscedField.ARTS})),  # 0212 industrial and interior design
    (75, 75, frozenset({IscedField.VETERINARY, IscedField.BIOLOGY})),
    (86, 86, frozenset({IscedField.HEALTH, IscedField.BIOLOGY})),
    (90, 91, frozenset({IscedField.ARTS})),
)

_SECTIONS: tuple[tuple[int, int, str], ...] = (
    (1, 3, "A"),
    (5, 9, "B"),
    (10, 33, "C"),
    (35, 35, "D"),
    (36, 39, "E"),
    (41, 43, "F"),
    (45, 47, "G"),
    (49, 53, "H"),
    (55, 56, "I"),
    (58, 63, "J"),
    (64, 66, "K"),
    (68, 68, "L"),
    (69, 75, "M"),
    (77, 82, "N"),
    (84, 84, "O"),
    (85, 85, "P"),
    (86, 88, "Q"),
    (90, 93, "R"),
    (94, 96, "S"),
    (97, 98, "T"),
    (99, 99, "U"),
)
"""Regulation (EC) No 1893/2006, annex I."""


def division(sector: str | None) -> int | None:
    """The division of a NACE code such as `26.70`, `26.7`, `2670Z` or `C26`; None of others."""
    digits = (sector or "").strip().lstrip("ABCDEFGHIJKLMNOPQRSTU")[:2]
    return int(digits) if len(digits) == 2 and digits.isascii() and digits.isdigit() else None


def fields_of(sector: str | None) -> frozenset[IscedField]:
    """The fields that a sector needs; none of an unknown one."""
    nace_division = division(sector)
    if nace_division is None:
        return frozenset()
    return next(
        (found for low, high, found in _RANGES if low <= nace_division <= high), frozenset()
    )


def sectors_of(sector: str | None) -> frozenset[str]:
    """A sector's division and section, as wishes name them."""
    nace_division = division(sector)
    if nace_division is None:
        return frozenset()
    section = (letter for low, high, letter in _SECTIONS if low <= nace_division <= high)
    return frozenset({f"{nace_division:02}", *section})
