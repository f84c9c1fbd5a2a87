"""Official identifiers: normalised, and verified digit by digit where their register has a rule."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stdnum import luhn
from stdnum.dk import cvr
from stdnum.es import cif, dni, nie, nif
from stdnum.fr import siren, siret

from triskel.contracts.codes import IdentifierScheme, OrganisationKind
from triskel.contracts.refusals import Invalid
from triskel.registry.organisations.refusals.identifiers import (
    BrinShape,
    BrinSiteMissing,
    CifCheckDigit,
    CifShape,
    CvrCheckDigit,
    CvrShape,
    EsSchoolProvince,
    EsSchoolShape,
    IdentifierByCoordinatorOnly,
    IdentifierOfNoSite,
    IdentifierOfOtherKind,
    IdentifierOfZeros,
    IdentifierTaken,
    IdentifierTwice,
    KvkShape,
    SirenCheckDigit,
    SirenShape,
    SiretCheckDigit,
    SiretOfLaPoste,
    SiretOfNoSiren,
    SiretShape,
    UaiCheckLetter,
    UaiShape,
)

# the ministry's table: the letter of a UAI is that of its seven digits modulo 23
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_LA_POSTE = "356000000"
_CVR_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 1)
# a Spanish school's code begins with its province; 60 is abroad
_ES_PROVINCES = {f"{number:02}" for number in (*range(1, 53), 60)}
_SHAPES: dict[IdentifierScheme, tuple[str, type[Invalid]]] = {
    IdentifierScheme.UAI: (r"\d{7}[A-Z]", UaiShape),
    IdentifierScheme.SIREN: (r"\d{9}", SirenShape),
    IdentifierScheme.SIRET: (r"\d{14}", SiretShape),
    IdentifierScheme.BRIN: (r"\d{2}[A-Z]{2}(\d{2})?", BrinShape),
    IdentifierScheme.KVK: (r"\d{8}", KvkShape),
    IdentifierScheme.CVR: (r"[1-9]\d{7}", CvrShape),
    IdentifierScheme.CIF: (r"[0-9A-HJ-NP-SU-Z]\d{7}[0-9A-Z]", CifShape),
    IdentifierScheme.ES_SCHOOL: (r"\d{8}", EsSchoolShape),
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
        OrganisationKind.TRAINING_BODY,
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


@dataclass(frozen=True)
class Number:
    """A number of an official register, normalised and verified."""

    scheme: IdentifierScheme
    value: str


@dataclass(frozen=True)
class Identifier:
    """A number that an organisation has, or its site. Imports follow the `main` one, which an
    import or the coordinator set: not a site's, not one that a merge brought beside another of its
    scheme, and not what an organisation says of itself."""

    scheme: IdentifierScheme
    value: str
    site_id: UUID | None = None
    main: bool = True

    @property
    def number(self) -> Number:
        return Number(self.scheme, self.value)


def verified(given: Iterable[Number]) -> list[Number]:
    """What an organisation says that it has. Raises `Invalid`, also for one that stands twice."""
    found: dict[Number, None] = {}
    for each in given:
        number = Number(each.scheme, normalised(each.scheme, each.value))
        if number in found:
            raise twice(number)
        found[number] = None
    return list(found)


def twice(number: Number) -> IdentifierTwice:
    return IdentifierTwice(scheme=number.scheme.upper(), number=number.value, **_named(number))


def taken(number: Number) -> IdentifierTaken:
    return IdentifierTaken(scheme=number.scheme.upper(), number=number.value, **_named(number))


def _named(number: Number) -> dict[str, str]:
    return {"field": f"identifiers.{number.scheme}", "value": number.value}


def led(
    before: Iterable[Identifier], wanted: Mapping[Number, UUID | None], *, followed: bool
) -> frozenset[Identifier]:
    """These numbers, each with its site or without. What imports followed before they follow on;
    of what is new the first of its scheme, if `followed`."""
    led_before = {each.number for each in before if each.main}
    leading: set[str] = set()
    found = set()
    for number in sorted(wanted, key=lambda number: number not in led_before):
        site_id, first = wanted[number], number.scheme not in leading
        main = site_id is None and first and (followed or number in led_before)
        if main:
            leading.add(number.scheme)
        found.add(Identifier(number.scheme, number.value, site_id, main))
    return frozenset(found)


def check_given(
    kind: OrganisationKind,
    before: Collection[Number],
    after: Collection[Number],
    *,
    coordinator: bool,
) -> None:
    """Whether an organisation of this kind may have these numbers after those before.

    Raises `Invalid` for a new one that numbers no such organisation, and `Forbidden` for one of a
    register of education that comes or goes by anybody but the coordinator.
    """
    for number in sorted({*before} ^ {*after}, key=lambda each: (each.scheme, each.value)):
        numbered = OF_EDUCATION.get(number.scheme)
        if numbered is None:
            continue
        scheme = number.scheme.upper()
        if number in after and kind not in numbered:
            kinds = " / ".join(sorted(numbered))
            raise IdentifierOfOtherKind(scheme=scheme, kinds=kinds, kind=kind, **_named(number))
        if not coordinator:
            raise IdentifierByCoordinatorOnly(scheme=scheme, **_named(number))


def normalised(scheme: IdentifierScheme, given: str) -> str:
    """The identifier without blanks, dots and hyphens, in capitals, verified.

    Raises `Invalid` that says which rule failed: the shape, or the check digit with what it is and
    what it must be. BRIN, KvK and Spanish school codes have no check digit.
    """
    value = re.sub(r"[\s.\-]", "", given).upper()
    shape, misshapen = _SHAPES[scheme]
    field = f"identifiers.{scheme}"
    if not re.fullmatch(shape, value, re.ASCII):
        raise misshapen(given=given, field=field, value=given)
    # the first Dutch schools have 00
    if scheme is not IdentifierScheme.BRIN and not re.search(r"[1-9]", value):
        raise IdentifierOfZeros(given=given, scheme=scheme.upper(), field=field, value=given)
    failing: tuple[type[Invalid], dict[str, Any]] | None = None
    match scheme:
        case IdentifierScheme.UAI:
            letter = _UAI_LETTERS[int(value[:7]) % 23]
            if value[7] != letter:
                failing = UaiCheckLetter, {"letter": letter}
        case IdentifierScheme.SIREN if not siren.is_valid(value):
            failing = SirenCheckDigit, {"total": _luhn_sum(value)}
        case IdentifierScheme.SIRET if not siret.is_valid(value):
            failing = _siret_failing(value)
        case IdentifierScheme.CVR if not cvr.is_valid(value):
            failing = _cvr_failing(value)
        case IdentifierScheme.CIF if not nif.is_valid(value):
            failing = CifCheckDigit, {"expected": _nif_control(value), "found": value[8]}
        case IdentifierScheme.ES_SCHOOL if value[:2] not in _ES_PROVINCES:
            failing = EsSchoolProvince, {"province": value[:2]}
    if failing is not None:
        refusal, facts = failing
        raise refusal(given=given, field=field, value=given, **facts)
    return value


def site_identifier(scheme: IdentifierScheme, given: str) -> str:
    """The identifier of a site, verified. Raises `Invalid`, also for what numbers no place."""
    if scheme not in OF_SITES:
        raise IdentifierOfNoSite(
            scheme=scheme.upper(),
            schemes=", ".join(sorted(each.upper() for each in OF_SITES)),
            value=given,
        )
    value = normalised(scheme, given)
    if scheme is IdentifierScheme.BRIN and len(value) != 6:
        field = f"identifiers.{scheme}"
        raise BrinSiteMissing(given=given, field=field, value=given)
    return value


def _luhn_sum(digits: str) -> int:
    """Every second digit from the right is doubled, and the digits of all are added."""
    return sum(
        sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(digits[::-1])
    )


def _siret_failing(value: str) -> tuple[type[Invalid], dict[str, Any]]:
    if not luhn.is_valid(value[:9]):
        return SiretOfNoSiren, {"total": _luhn_sum(value[:9])}
    if value.startswith(_LA_POSTE):
        return SiretOfLaPoste, {"total": sum(map(int, value))}
    return SiretCheckDigit, {"total": _luhn_sum(value)}


def _cvr_failing(value: str) -> tuple[type[Invalid], dict[str, Any]]:
    total = sum(weight * int(digit) for weight, digit in zip(_CVR_WEIGHTS, value, strict=True))
    weights = ", ".join(map(str, _CVR_WEIGHTS))
    return CvrCheckDigit, {"weights": weights, "total": total, "rest": total % 11}


def _nif_control(value: str) -> str:
    """The control character that the Spanish register would give; a body's may be a digit or the
    letter for it."""
    first, body = value[0], value[:8]
    if first.isdigit():
        return str(dni.calc_check_digit(body))
    if first in "KLM":
        return str(dni.calc_check_digit(body[1:]))
    if first in "XYZ":
        return str(nie.calc_check_digit(body))
    return " / ".join(cif.calc_check_digits(body))
