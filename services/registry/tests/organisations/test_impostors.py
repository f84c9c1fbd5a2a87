"""Nobody becomes an entry of an official register by saying so: the attack, step by step."""

from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import text

from triskel.contracts.codes import IdentifierScheme, OrganisationKind, Role
from triskel.contracts.refusals import Forbidden, Invalid
from triskel.registry.organisations.rules.identifiers import Number, check_given

said_of_oneself = import_module("triskel.registry.migrations.versions.0015_said_of_oneself")
UAI = {"scheme": "uai", "value": "0350024L"}
SIREN = {"scheme": "siren", "value": "732829320"}
HEAD = "kind,name,scheme,identifier,country\n"
SCHOOL = f"{HEAD}school,Lycée Chateaubriand,uai,0350024L,FR\n".encode()
COMPANY = f"{HEAD}company,Optique du Blosne,siren,732829320,FR\n".encode()


async def give(platform: Any, number: str, who: dict[str, str], **changes: Any) -> Any:
    path = f"/v1/organisations/{number}"
    known = await platform.client.get(path, headers=platform.who(Role.COORDINATOR))
    headers = who | {"If-Match": known.headers["ETag"]}
    return await platform.client.patch(path, json=changes, headers=headers)


async def lines_of(platform: Any, report: Any) -> list[tuple[str, list[str]]]:
    """Outcome and rules of each row, as the coordinator sees them."""
    path = f"/v1/imports/{report['id']}/lines"
    shown = await platform.client.get(path, headers=platform.who(Role.COORDINATOR))
    return [
        (line["outcome"], [why["rule"] for why in line["refusals"] or ()])
        for line in shown.json()["items"]
    ]


async def test_a_company_that_takes_a_schools_number_does_not_become_that_school(
    platform: Any, imported: Any
) -> None:
    number = (await platform.organisation("company")).json()["id"]
    mine = platform.who(Role.COMPANY, number)
    for given in ({"identifiers": [UAI]}, {"sites": [{"label": "Siège", "identifier": UAI}]}):
        assert platform.rule(await give(platform, number, mine, **given)) == (
            422,
            "identifier-of-other-kind",
        )
    # neither when it registers, nor when a coordinator is talked into it
    applied = await platform.organisation("company", mine, identifiers=[UAI])
    assert platform.rule(applied) == (422, "identifier-of-other-kind")
    coordinator = platform.who(Role.COORDINATOR)
    talked = await give(platform, number, coordinator, identifiers=[UAI])
    assert platform.rule(talked) == (422, "identifier-of-other-kind")
    # the school is imported as another organisation, and its head can claim it
    assert (await imported(SCHOOL, "triskel-template"))["created"] == 1
    found = await platform.client.get("/v1/organisations?identifier=0350024L", headers=mine)
    (school,) = found.json()["items"]
    assert (school["id"] != number, school["status"]) == (True, "imported")


async def test_a_school_gets_its_official_number_from_an_import_or_the_coordinator_alone(
    platform: Any, imported: Any
) -> None:
    applied = await platform.organisation("school", platform.who(Role.HEAD), identifiers=[UAI])
    assert platform.rule(applied) == (403, "identifier-by-coordinator-only")
    number = (await platform.organisation("school")).json()["id"]
    head, coordinator = platform.who(Role.HEAD, number), platform.who(Role.COORDINATOR)
    refused = await give(platform, number, head, identifiers=[UAI])
    assert platform.rule(refused) == (403, "identifier-by-coordinator-only")
    assert (await give(platform, number, coordinator, identifiers=[UAI])).status_code == 200
    # what is there already may stand in the list that the school sends, and may not leave it
    assert (await give(platform, number, head, identifiers=[UAI, SIREN])).status_code == 200
    left = await give(platform, number, head, identifiers=[SIREN])
    assert platform.rule(left) == (403, "identifier-by-coordinator-only")
    # imports follow what the coordinator set
    report = await imported(SCHOOL, "triskel-template")
    assert await lines_of(platform, report) == [("changed", [])]


async def test_a_row_of_another_kind_than_the_known_organisation_is_refused_and_shown(
    platform: Any, imported: Any
) -> None:
    number = (await platform.organisation("company")).json()["id"]
    # as databases may have it from before
    async with platform.app.state.database.transaction() as session:
        await session.execute(
            text("insert into identifiers values ('uai', '0350024L', :number, null, true)"),
            {"number": number},
        )
    report = await imported(SCHOOL, "triskel-template")
    assert (report["refused"], report["changed"]) == (1, 0)
    assert await lines_of(platform, report) == [("refused", ["kind-differs"])]
    path = f"/v1/organisations/{number}"
    known = await platform.client.get(path, headers=platform.who(Role.COORDINATOR))
    assert (known.json()["kind"], known.json()["names"]) == ("company", {"fr": "Un company"})
    # the coordinator takes it away, and the next import registers the school
    assert (await give(platform, number, platform.who(Role.COORDINATOR), identifiers=[])).is_success
    assert (await imported(SCHOOL, "triskel-template"))["created"] == 1
    # nor does a register of schools name a company
    wrong = SCHOOL.replace(b"school,", b"company,").replace(b"0350024L", b"0350026N")
    report = await imported(wrong, "triskel-template")
    assert await lines_of(platform, report) == [("refused", ["identifier-of-other-kind"])]


async def test_a_row_for_an_organisation_that_numbered_itself_is_refused_until_the_coordinator_says(
    platform: Any, imported: Any
) -> None:
    applied = await platform.organisation(
        "company", platform.who(Role.COMPANY), identifiers=[SIREN]
    )
    number = applied.json()["id"]
    report = await imported(COMPANY, "triskel-template")
    assert await lines_of(platform, report) == [("refused", ["organisation-of-no-register"])]
    coordinator = platform.who(Role.COORDINATOR)
    for given in ([], [SIREN]):
        assert (await give(platform, number, coordinator, identifiers=given)).status_code == 200
    report = await imported(COMPANY, "triskel-template")
    assert await lines_of(platform, report) == [("changed", [])]


async def test_imports_stop_following_what_organisations_gave_themselves_before(
    platform: Any, imported: Any
) -> None:
    """The migration: of three numbers one was imported, one set by the coordinator."""
    await imported(SCHOOL, "triskel-template")
    other = {"scheme": "siren", "value": "552100554"}
    assert (await platform.organisation("company", identifiers=[other])).status_code == 201
    await platform.organisation("company", platform.who(Role.COMPANY), identifiers=[SIREN])
    followed = text("select value from identifiers where main order by value")
    async with platform.app.state.database.transaction() as session:
        await session.execute(text("update identifiers set main = true"))
        assert len((await session.scalars(followed)).all()) == 3
        await session.execute(text(said_of_oneself.STATEMENT))
        assert (await session.scalars(followed)).all() == [UAI["value"], other["value"]]


@pytest.mark.parametrize("scheme", ["uai", "brin", "es-school"])
@pytest.mark.parametrize("kind", OrganisationKind)
def test_a_number_of_a_register_of_education_fits_who_is_in_it(
    scheme: str, kind: OrganisationKind
) -> None:
    key = Number(IdentifierScheme(scheme), "anything")
    outside = {"company", "chamber", "network", "foundation"}
    if kind in outside:
        with pytest.raises(Invalid, match=scheme.upper()):
            check_given(kind, (), [key], coordinator=True)
    else:
        check_given(kind, (), [key], coordinator=True)
        with pytest.raises(Forbidden):
            check_given(kind, (), [key], coordinator=False)
    # what is wrong from before may stay until the coordinator takes it away
    check_given(kind, [key], [key], coordinator=False)
    check_given(kind, [key], (), coordinator=True)
