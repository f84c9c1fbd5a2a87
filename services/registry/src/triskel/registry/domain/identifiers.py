"""Official identifiers: normalised, and verified digit by digit where their register has a rule."""

import re

from stdnum import luhn
from stdnum.dk import cvr
from stdnum.es import nif
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from triskel.contracts.codes import IdentifierScheme
from triskel.contracts.refusals import Invalid

# the ministry's table: the letter of a UAI is that of its seven digits modulo 23
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SHAPES = {
    IdentifierScheme.UAI: (r"\d{7}[A-Z]", "seven digits and a letter"),
    IdentifierScheme.SIREN: (r"\d{9}", "nine digits"),
    IdentifierScheme.SIRET: (r"\d{14}", "fourteen digits"),
    IdentifierScheme.BRIN: (r"\d{2}[A-Z]{2}(\d{2})?", "two digits, two letters, perhaps a site"),
    IdentifierScheme.KVK: (r"\d{8}", "eight digits"),
    IdentifierScheme.CVR: (r"\d{8}", "eight digits"),
    IdentifierScheme.CIF: (r"[A-Z0-9]\d{7}[A-Z0-9]", "nine characters"),
    IdentifierScheme.ES_SCHOOL: (r"\d{8}", "eight digits"),
}


def normalised(scheme: IdentifierScheme, given: str) -> str:
    """The identifier without blanks, dots and hyphens, in capitals, verified.

    Raises `Invalid` that says which rule failed: the shape, or the check digit.
    """
    value = re.sub(r"[\s.\-]", "", given).upper()
    shape, words = _SHAPES[scheme]
    if not re.fullmatch(shape, value):
        raise _refused(scheme, "shape", given, f"must be {words}")
    match scheme:
        case IdentifierScheme.UAI:
            letter = _UAI_LETTERS[int(value[:7]) % 23]
            if value[7] != letter:
                raise _refused(scheme, "check-letter", given, f"its letter must be {letter}")
        case IdentifierScheme.SIREN:
            _check(scheme, given, siren.is_valid(value), "its digits must pass Luhn's check")
        case IdentifierScheme.SIRET:
            _check(scheme, given, is_siret(value), "its digits must pass Luhn's check")
        case IdentifierScheme.CVR:
            good = cvr.is_valid(value)
            _check(scheme, given, good, "its weighted sum must be a multiple of 11")
        case IdentifierScheme.CIF:
            _check(scheme, given, nif.is_valid(value), "its check character is wrong")
    return value


def is_siret(value: str) -> bool:
    """La Poste's sites (SIREN 356000000) have digits that sum to a multiple of 5 instead."""
    try:
        siret.validate(value)
    except ValidationError:
        return value.startswith("356000000") and sum(map(int, value)) % 5 == 0
    return luhn.is_valid(value[:9])


def _check(scheme: IdentifierScheme, given: str, good: bool, words: str) -> None:
    if not good:
        raise _refused(scheme, "check-digit", given, words)


def _refused(scheme: IdentifierScheme, rule: str, given: str, words: str) -> Invalid:
    return Invalid(
        f"{scheme}-{rule}",
        f"{given!r} is not a {scheme.upper()}: {words}.",
        field=f"identifiers.{scheme}",
        value=given,
    )
