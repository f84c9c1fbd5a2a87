"""Where a row of a directory lies is told by its own codes; what lies elsewhere is not taken in."""

from importlib.resources import files
from typing import Any

import pytest

from triskel.chassis.testing import Tokens
from triskel.contracts.codes import Role
from triskel.registry.imports.gateways.directories import read
from triskel.registry.imports.gateways.entries import Entry
from triskel.registry.imports.rules import lies_in

FRENCH = files("triskel.cli") / "data" / "fr-annuaire-education-ille-et-vilaine-2023.csv"
HEAD = "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement"
TEMPLATE = "kind;name;scheme;identifier;country;nuts3\n"


@pytest.fixture
def tokens() -> Tokens:
    """Of two regions that share a deployment; one is a whole country."""
    return Tokens("https://issuer.test", "FRH0", "NL")


@pytest.fixture
def settings_more() -> dict[str, Any]:
    return {"regions": ("FRH0", "NL")}


def school(column: str, code: str) -> Entry:
    (entry,) = read("fr-annuaire", f"{HEAD};{column}\n0350024L;Zola;Lycée;{code}\n".encode())
    return entry


async def lines(platform: Any, report: dict[str, Any]) -> list[dict[str, Any]]:
    who = platform.who(Role.COORDINATOR, region=report["region"])
    answer = await platform.client.get(f"/v1/imports/{report['id']}/lines", headers=who)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_schools_of_val_de_marne_are_refused_by_name_and_never_taken_into_bretagne(
    platform: Any, imported: Any
) -> None:
    head, *rows = FRENCH.read_bytes().split(b"\r\n")[:4]
    column = head.decode("utf-8-sig").split(";").index("Code_departement")
    cells = rows[1].split(b";")
    cells[column] = b"094"
    report = await imported(b"\r\n".join([head, rows[0], b";".join(cells), rows[2]]))
    assert (report["created"], report["refused"]) == (2, 1)
    (line,) = [line for line in await lines(platform, report) if line["outcome"] == "refused"]
    (refusal,) = line["refusals"]
    assert refusal == {
        "field": "code_departement",
        "value": "094",
        "rule": "region-not-at-home",
        "detail": "This lies in FR107, and the import is of FRH0.",
    }
    assert await platform.said() == ["organisation-imported"] * 2


@pytest.mark.parametrize(
    ("column", "code", "area"),
    [
        *(("Code_departement", code, "FRH03") for code in ("035", "35", "35.0")),
        ("Code_departement", "1", "FRK21"),
        ("Code_departement", "02A", "FRM01"),
        ("Code_departement", "974", "FRY40"),
        ("Code_departement", "094", "FR107"),
        ("Code_commune", "22113", "FRH01"),
        ("Code_commune", "1004", "FRK21"),
        ("Code_commune", "2B033", "FRM02"),
        ("Code_commune", "97411", "FRY40"),
        ("Code_academie", "24", "FR10"),
        ("Code_region", "53", "FRH0"),
        ("Code_region", "84", "FRK"),
    ],
)
def test_a_french_school_lies_where_its_own_codes_say(column: str, code: str, area: str) -> None:
    entry = school(column, code)
    assert entry.area is not None
    assert entry.area.nuts == area
    assert entry.details["nuts3"] == (area if len(area) == 5 else None)
    assert not entry.refusals


def test_every_departement_has_an_area_of_its_own() -> None:
    codes = [*(f"{n:02}" for n in range(1, 96) if n != 20), "2A", "2B"]
    codes += ["971", "972", "973", "974", "976"]
    areas = {school("Code_departement", code).details["nuts3"] for code in codes}
    assert None not in areas
    assert len(areas) == len(codes) == 101


def test_a_code_that_no_area_has_refuses_the_row_unless_another_code_tells() -> None:
    (refusal,) = school("Code_departement", "975").refusals
    assert (refusal["field"], refusal["value"]) == ("code_departement", "975")
    assert refusal["rule"] == "code-unknown"
    told = school("Code_region;Code_departement", "53;999")
    assert [remark["rule"] for remark in told.remarks] == ["code-unknown"]
    assert not told.refusals


async def test_a_row_without_a_code_is_taken_in_and_remarked(platform: Any, imported: Any) -> None:
    report = await imported(f"{HEAD}\n0350024L;Zola;Lycée\n".encode())
    assert (report["created"], report["remarked"]) == (1, 1)
    (line,) = await lines(platform, report)
    assert [remark["rule"] for remark in line["remarks"]] == ["region-unknown"]


@pytest.mark.parametrize(
    ("region", "country", "nuts3", "rule"),
    [
        ("FRH0", "FR", "FRH02", None),
        ("FRH0", "FR", "FRK21", "region-not-at-home"),
        ("FRH0", "NL", "", "region-not-at-home"),
        ("FRH0", "FR", "NL310", "code-unknown"),
        ("NL", "NL", "", None),
        ("NL", "NL", "NL310", None),
        ("NL", "FR", "", "region-not-at-home"),
    ],
)
async def test_a_row_of_the_template_lies_in_its_nuts_3_or_its_country(
    platform: Any, imported: Any, region: str, country: str, nuts3: str, rule: str | None
) -> None:
    imported.region = region
    row = f"company;Atelier;siren;732829320;{country};{nuts3}\n"
    report = await imported((TEMPLATE + row).encode(), "triskel-template")
    assert (report["created"], report["refused"]) == ((0, 1) if rule else (1, 0))
    assert report["remarked"] == 0
    (line,) = await lines(platform, report)
    assert [refusal["rule"] for refusal in line["refusals"] or ()] == ([rule] if rule else [])


async def test_a_dutch_directory_is_of_the_netherlands_and_its_provinces(
    platform: Any, imported: Any
) -> None:
    head = "VESTIGINGSCODE;INSTELLINGSNAAM VESTIGING;ONDERWIJSTYPE VO;PROVINCIE\n"
    sites = (head + "00AA00;A;VMBO;\n00BB00;B;HAVO;Noord-Brabant\n").encode()
    assert (await imported(sites, "nl-duo"))["refused"] == 2
    imported.region = "NL"
    report = await imported(sites, "nl-duo")
    assert (report["created"], report["remarked"]) == (2, 0)
    assert [entry.area.nuts for entry in read("nl-duo", sites) if entry.area] == ["NL", "NL41"]


def test_an_area_that_is_larger_than_the_region_tells_nothing() -> None:
    assert lies_in("FRK26", "FRK2") is True
    assert lies_in("FRK26", "FRK1") is False
    assert lies_in("FRK", "FRK2") is None
    assert lies_in("NL41", "NL") is True
