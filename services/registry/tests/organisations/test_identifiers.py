"""Identifiers of four countries: what is right is kept, and a wrong digit is named by its rule."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.es import cif, dni

from triskel.contracts.codes import IdentifierScheme
from triskel.contracts.refusals import Refusal
from triskel.registry.organisations.rules.identifiers import normalised, site_identifier

UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
S = IdentifierScheme


def refused(scheme: IdentifierScheme, value: str) -> Refusal | None:
    try:
        normalised(scheme, value)
    except Refusal as refusal:
        return refusal
    return None


def digits(count: int) -> st.SearchStrategy[str]:
    """Without those of nothing but zeros."""
    return st.integers(1, 10**count - 1).map(lambda number: f"{number:0{count}}")


def flipped(value: str, place: int, by: int) -> str:
    return value[:place] + str((int(value[place]) + by) % 10) + value[place + 1 :]


@pytest.mark.parametrize(
    ("scheme", "given_", "kept"),
    [
        ("uai", "0350024l", "0350024L"),
        ("siren", "732 829 320", "732829320"),
        ("siret", "732.829.320 00074", "73282932000074"),
        # a head office by Luhn's check, a site by La Poste's own
        ("siret", "35600000000048", "35600000000048"),
        ("siret", "35600000049837", "35600000049837"),
        ("cvr", "13585628", "13585628"),
        ("cif", "A-58818501", "A58818501"),
        ("cif", "54362315-K", "54362315K"),
        ("cif", "X-5253868-R", "X5253868R"),
        ("cif", "M1234567L", "M1234567L"),
        ("brin", "02VD 00", "02VD00"),
        ("brin", "02vd", "02VD"),
        ("brin", "00AH", "00AH"),
        ("brin", "00AH00", "00AH00"),
        ("kvk", "12345678", "12345678"),
        ("es-school", "48005271", "48005271"),
    ],
)
def test_an_identifier_is_normalised_and_verified(scheme: str, given_: str, kept: str) -> None:
    assert normalised(S(scheme), given_) == kept


@pytest.mark.parametrize(
    ("scheme", "given_", "rule", "says"),
    [
        ("uai", "0350024M", "uai-check-letter", "its letter must be L"),
        ("uai", "350024L", "uai-shape", "seven digits and a letter"),
        (
            *("siren", "732829321", "siren-check-digit"),
            "its Luhn sum is 41, which is not a multiple of 10",
        ),
        (
            *("siret", "73282932000075", "siret-check-digit"),
            "its Luhn sum is 51, which is not a multiple of 10",
        ),
        (
            *("siret", "73282932100073", "siret-of-no-siren"),
            "its first nine digits are no SIREN: their Luhn sum is 41",
        ),
        (
            *("siret", "35600000049838", "siret-of-la-poste"),
            "the digits of a site of La Poste add up to a multiple of 5, these to 46",
        ),
        ("siret", "7328293200007", "siret-shape", "fourteen digits"),
        (
            *("cvr", "13585627", "cvr-check-digit"),
            "add up to 142: divided by 11 that leaves 10, and must leave 0",
        ),
        ("cvr", "03585628", "cvr-shape", "the first is not 0"),
        ("cif", "A58818502", "cif-check-digit", "must be 1 / A, not 2"),
        ("cif", "54362315Z", "cif-check-digit", "must be K, not Z"),
        ("cif", "X5253868A", "cif-check-digit", "must be R, not A"),
        ("cif", "M1234567A", "cif-check-digit", "must be L, not A"),
        ("cif", "I1234567A", "cif-shape", "of the Spanish register"),
        ("brin", "2VD", "brin-shape", "two digits and two letters"),
        ("brin", "02VD0", "brin-shape", "the two digits of a site"),
        ("kvk", "1234567", "kvk-shape", "eight digits"),
        ("es-school", "53005271", "es-school-province", "01 to 52"),
        ("es-school", "4800527", "es-school-shape", "eight digits"),
    ],
)
def test_a_wrong_identifier_names_the_digit_rule_that_it_breaks(
    scheme: str, given_: str, rule: str, says: str
) -> None:
    refusal = refused(S(scheme), given_)
    assert refusal is not None
    assert (refusal.rule, refusal.value, refusal.field) == (rule, given_, f"identifiers.{scheme}")
    assert says in refusal.sentence


@pytest.mark.parametrize("scheme", sorted(set(S) - {S.BRIN}))
def test_zeros_stand_for_a_missing_number_and_are_refused(scheme: IdentifierScheme) -> None:
    given_ = {"uai": "0000000A", "cif": "A00000000"}.get(scheme, "0" * 8)
    refusal = refused(scheme, {"siren": "0" * 9, "siret": "0" * 14}.get(scheme, given_))
    assert refusal is not None
    # no CVR begins with 0 at all
    assert refusal.rule == ("cvr-shape" if scheme is S.CVR else "identifier-of-zeros")


@pytest.mark.parametrize("scheme", S)
@pytest.mark.parametrize("bad", ["", "\x00", "٧٣٢٨٢٩٣٢٠", "7328293\u00b2\u00b9", "9" * 40, "é" * 9])
def test_what_only_looks_like_digits_is_refused_by_its_shape(
    scheme: IdentifierScheme, bad: str
) -> None:
    refusal = refused(scheme, bad)
    assert refusal is not None
    assert refusal.rule == f"{scheme}-shape"


@given(digits(7))
def test_exactly_one_letter_fits_a_uai(number: str) -> None:
    fitting = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if refused(S.UAI, number + c) is None]
    assert fitting == [UAI_LETTERS[int(number) % 23]]


@given(digits(8), st.integers(0, 8), st.integers(1, 9))
def test_a_siren_with_one_digit_changed_is_refused_with_its_luhn_sum(
    number: str, place: int, by: int
) -> None:
    good = number + luhn.calc_check_digit(number)
    assert normalised(S.SIREN, good) == good
    refusal = refused(S.SIREN, flipped(good, place, by))
    # a change of the one digit that is not zero leaves none
    if refusal is None or refusal.rule == "siren-shape":
        assert not flipped(good, place, by).strip("0")
        return
    said = refusal.sentence.split("Luhn sum is ")[1].split(",")[0]
    assert int(said) % 10 == luhn.checksum(flipped(good, place, by)) != 0


@given(digits(8), digits(4), st.integers(0, 13), st.integers(1, 9))
def test_a_siret_with_one_digit_changed_is_refused(
    number: str, site: str, place: int, by: int
) -> None:
    start = number + luhn.calc_check_digit(number) + site
    assume(not start.startswith("356000000"))
    good = start + luhn.calc_check_digit(start)
    assert normalised(S.SIRET, good) == good
    wrong = flipped(good, place, by)
    assume(not wrong.startswith("356000000"))
    refusal = refused(S.SIRET, wrong)
    assert refusal is not None
    of_siren = luhn.is_valid(wrong[:9])
    assert refusal.rule == ("siret-check-digit" if of_siren else "siret-of-no-siren")


@given(st.integers(1, 99_999))
def test_a_site_of_la_poste_is_one_whose_digits_add_up_to_a_multiple_of_five(site: int) -> None:
    value = f"356000000{site:05}"
    fits = sum(map(int, value)) % 5 == 0 or value == "35600000000048"
    assert (refused(S.SIRET, value) is None) == fits


@given(st.integers(10_000_000, 99_999_999))
def test_a_cvr_is_one_whose_weighted_sum_is_a_multiple_of_eleven(number: int) -> None:
    weights = (2, 7, 6, 5, 4, 3, 2, 1)
    total = sum(w * int(d) for w, d in zip(weights, str(number), strict=True))
    refusal = refused(S.CVR, str(number))
    assert (refusal is None) == (total % 11 == 0)
    if refusal is not None:
        assert f"add up to {total}: divided by 11 that leaves {total % 11}," in refusal.sentence


@given(st.sampled_from("ABCDEFGHJNPQRSUVW"), digits(7))
def test_a_cif_takes_its_control_digit_or_the_letter_for_it_and_no_other(
    kind: str, number: str
) -> None:
    fitting = {c for c in "0123456789ABCDEFGHIJ" if refused(S.CIF, f"{kind}{number}{c}") is None}
    assert fitting == set(cif.calc_check_digits(kind + number))


@given(digits(8))
def test_a_nif_of_digits_takes_the_one_letter_of_its_remainder(number: str) -> None:
    letters = "TRWAGMYFPDXBNJZSQVHLCKE"
    fitting = [c for c in letters if refused(S.CIF, number + c) is None]
    assert fitting == [letters[int(number) % 23]] == [dni.calc_check_digit(number)]


@given(digits(8))
def test_a_spanish_school_code_begins_with_a_province(code: str) -> None:
    assert (refused(S.ES_SCHOOL, code) is None) == (1 <= int(code[:2]) <= 52 or code[:2] == "60")


@given(digits(8), st.sampled_from([" ", ".", "-", "\u00a0"]))
def test_blanks_dots_and_hyphens_do_not_count(number: str, between: str) -> None:
    good = number + luhn.calc_check_digit(number)
    spaced = "".join(a + between * (i % 3 == 2) for i, (a, _) in enumerate(pairwise(good + "x")))
    assert normalised(S.SIREN, f" {spaced} ") == good


@pytest.mark.parametrize("scheme", ["siren", "kvk", "cvr", "cif"])
def test_a_number_of_a_legal_unit_identifies_no_site(scheme: str) -> None:
    with pytest.raises(Refusal) as found:
        site_identifier(S(scheme), "732829320")
    assert found.value.rule == "identifier-of-no-site"


def test_a_site_of_a_dutch_school_has_its_two_digits() -> None:
    assert site_identifier(S.BRIN, "02VD01") == "02VD01"
    with pytest.raises(Refusal) as found:
        site_identifier(S.BRIN, "02VD")
    assert found.value.rule == "brin-site-missing"
