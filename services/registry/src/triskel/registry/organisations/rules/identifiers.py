"""Official identifiers: normalised, and verified digit by digit where their register has a rule."""

import re
from collections.abc import Collection

from stdnum import luhn
from stdnum.dk import cvr
from stdnum.es import cif, dni, nie, nif
from stdnum.fr import siren, siret

from triskel.contracts.codes import IdentifierScheme, OrganisationKind
from triskel.contracts.refusals import Forbidden, Invalid

# the ministry's table: the letter of a UAI is that of its seven digits modulo 23
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_LA_POSTE = "356000000"
_CVR_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 1)
# a Spanish school's code begins with its province; 60 is abroad
_ES_PROVINCES = {f"{number:02}" for number in (*range(1, 53), 60)}
_SHAPES = {
    IdentifierScheme.UAI: (r"\d{7}[A-Z]", "seven digits and a letter"),
    IdentifierScheme.SIREN: (r"\d{9}", "nine digits"),
    IdentifierScheme.SIRET: (r"\d{14}", "fourteen digits"),
    IdentifierScheme.BRIN: (
        r"\d{2}[A-Z]{2}(\d{2})?",
        "two digits and two letters, with the two digits of a site or without",
    ),
    IdentifierScheme.KVK: (r"\d{8}", "eight digits"),
    IdentifierScheme.CVR: (r"[1-9]\d{7}", "eight digits, of which the first is not 0"),
    IdentifierScheme.CIF: (
        r"[0-9A-HJ-NP-SU-Z]\d{7}[0-9A-Z]",
        "a digit or a letter of the Spanish register, seven digits and a control character",
    ),
    IdentifierScheme.ES_SCHOOL: (r"\d{8}", "eight digits"),
}
OF_SITES = frozenset(
    {
        *(IdentifierScheme.SIRET, IdentifierScheme.BRIN),
        *(IdentifierScheme.UAI, IdentifierScheme.ES_SCHOOL),
    }
)
"""Schemes that number a place; the others number a legal unit, wherever it is."""


_LEARNS_OR_RUNS_IT = frozenset(
    {
        OrganisationKind.SCHOOL,
        # the French directory has those that care for pupils with a handicap
        OrganisationKind.ASSOCIATION,
        OrganisationKind.HIGHER_EDUCATION,
        OrganisationKind.RESEARCH,
        OrganisationKind.PUBLIC_AUTHORITY,
    }
)
OF_EDUCATION = {
    IdentifierScheme.UAI: _LEARNS_OR_RUNS_IT,
    IdentifierScheme.BRIN: _LEARNS_OR_RUNS_IT,
    IdentifierScheme.ES_SCHOOL: _LEARNS_OR_RUNS_IT,
}
"""Schemes of the registers of education, and the kinds of organisations that these number. Who has
such a number is that school to everybody, so nobody gives one to themselves."""


def check_given(
    kind: OrganisationKind,
    before: Collection[tuple[str, str]],
    after: Collection[tuple[str, str]],
    *,
    coordinator: bool,
) -> None:
    """Whether an organisation of this kind may have these (scheme, value) after those before.

    Raises `Invalid` for a new one that numbers no such organisation, and `Forbidden` for one of a
    register of education that comes or goes by anybody but the coordinator.
    """
    for key in sorted({*before} ^ {*after}):
        scheme, value = IdentifierScheme(key[0]), key[1]
        numbered = OF_EDUCATION.get(scheme)
        if numbered is None:
            continue
        if key in after and kind not in numbered:
            raise Invalid(
                "identifier-of-other-kind",
                f"A {scheme.upper()} numbers a {' or a '.join(sorted(numbered))}; this is a "
                f"{kind}.",
                field=f"identifiers.{scheme}",
                value=value,
            )
        if not coordinator:
            raise Forbidden(
                "identifier-by-coordinator-only",
                f"A {scheme.upper()} is set and taken away by the region's coordinator, and by "
                "imports of its register.",
                field=f"identifiers.{scheme}",
                value=value,
            )


def normalised(scheme: IdentifierScheme, given: str) -> str:
    """The identifier without blanks, dots and hyphens, in capitals, verified.

    Raises `Invalid` that says which rule failed: the shape, or the check digit with what it is and
    what it must be. BRIN, KvK and Spanish school codes have no check digit.
    """
    value = re.sub(r"[\s.\-]", "", given).upper()
    shape, words = _SHAPES[scheme]
    if not re.fullmatch(shape, value, re.ASCII):
        raise _refused(scheme, "shape", given, f"it must be {words}")
    # the first Dutch schools have 00
    if scheme is not IdentifierScheme.BRIN and not re.search(r"[1-9]", value):
        raise _refused(scheme, "shape", given, "nothing but zeros stands for a missing number")
    rule, failing = "check-digit", None
    match scheme:
        case IdentifierScheme.UAI:
            letter = _UAI_LETTERS[int(value[:7]) % 23]
            rule, failing = "check-letter", f"its letter must be {letter}"
            failing = failing if value[7] != letter else None
        case IdentifierScheme.SIREN:
            failing = None if siren.is_valid(value) else _luhn_failing("its", value)
        case IdentifierScheme.SIRET:
            failing = None if siret.is_valid(value) else _siret_failing(value)
        case IdentifierScheme.CVR:
            failing = None if cvr.is_valid(value) else _cvr_failing(value)
        case IdentifierScheme.CIF:
            failing = None if nif.is_valid(value) else _nif_failing(value)
        case IdentifierScheme.ES_SCHOOL:
            rule = "province"
            if value[:2] not in _ES_PROVINCES:
                failing = f"it must begin with a province, 01 to 52 (60 abroad), not {value[:2]}"
    if failing is not None:
        raise _refused(scheme, rule, given, failing)
    return value


def site_identifier(scheme: IdentifierScheme, given: str) -> str:
    """The identifier of a site, verified. Raises `Invalid`, also for what numbers no place."""
    if scheme not in OF_SITES:
        raise Invalid(
            "identifier-of-no-site",
            f"A {scheme.upper()} numbers a legal unit and no place: a site has a "
            f"{', '.join(sorted(s.upper() for s in OF_SITES))} or none.",
            field="sites.identifier",
            value=given,
        )
    value = normalised(scheme, given)
    if scheme is IdentifierScheme.BRIN and len(value) != 6:
        raise _refused(scheme, "site-missing", given, "a site has its two digits, as in 00AB01")
    return value


def _luhn_sum(digits: str) -> int:
    """Every second digit from the right is doubled, and the digits of all are added."""
    return sum(
        sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(digits[::-1])
    )


def _luhn_failing(whose: str, digits: str) -> str:
    return f"{whose} Luhn sum is {_luhn_sum(digits)}, which is not a multiple of 10"


def _siret_failing(value: str) -> str:
    if not luhn.is_valid(value[:9]):
        return f"its first nine digits are no SIREN: {_luhn_failing('their', value[:9])}"
    if value.startswith(_LA_POSTE):
        # La Poste has more sites than Luhn's check leaves numbers for (INSEE)
        total = sum(map(int, value))
        return f"the digits of a site of La Poste add up to a multiple of 5, these to {total}"
    return _luhn_failing("its", value)


def _cvr_failing(value: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(_CVR_WEIGHTS, value, strict=True))
    return (
        f"its digits, weighted {', '.join(map(str, _CVR_WEIGHTS))}, add up to {total}: divided by "
        f"11 that leaves {total % 11}, and must leave 0"
    )


def _nif_failing(value: str) -> str:
    """The control character that the Spanish register would give; a body's may be a digit or the
    letter for it."""
    first, body = value[0], value[:8]
    if first.isdigit():
        expected = dni.calc_check_digit(body)
    elif first in "KLM":
        expected = dni.calc_check_digit(body[1:])
    elif first in "XYZ":
        expected = nie.calc_check_digit(body)
    else:
        expected = " or ".join(cif.calc_check_digits(body))
    return f"its control character must be {expected}, not {value[8]}"


def _refused(scheme: IdentifierScheme, rule: str, given: str, words: str) -> Invalid:
    return Invalid(
        f"{scheme}-{rule}",
        f"{given!r} is not a {scheme.upper()}: {words}.",
        field=f"identifiers.{scheme}",
        value=given,
    )
