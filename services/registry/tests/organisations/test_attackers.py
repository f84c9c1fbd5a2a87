"""What an organisation's own people may not say of it: the attacks, as they were."""

from typing import Any

import pytest

from triskel.chassis.testing import outbox_events
from triskel.contracts.codes import Role

SCHOOL = (
    "kind,name,scheme,identifier,country,pupils\nschool,Lycée Chateaubriand,uai,0350024L,FR,1200\n"
).encode()


async def give(platform: Any, organisation_id: str, who: dict[str, str], **changes: Any) -> Any:
    path = f"/v1/organisations/{organisation_id}"
    known = await platform.client.get(path, headers=platform.who(Role.COORDINATOR))
    headers = who | {"If-Match": known.headers["ETag"]}
    return await platform.client.patch(path, json=changes, headers=headers)


@pytest.fixture
async def official(platform: Any, imported: Any) -> str:
    """A school that its official directory named."""
    await imported(SCHOOL, "triskel-template")
    who = platform.who(Role.COORDINATOR)
    found = await platform.client.get("/v1/organisations?identifier=0350024L", headers=who)
    organisation_id: str = found.json()["items"][0]["id"]
    return organisation_id


@pytest.mark.parametrize(
    "fact", [{"pupils": 5}, {"names": {"fr": "Autre"}}, {"levels": ["3"]}, {"nuts3": "FRH03"}]
)
async def test_what_an_official_register_says_is_changed_by_the_coordinator_alone(
    platform: Any, official: str, fact: dict[str, Any]
) -> None:
    head, coordinator = platform.who(Role.HEAD, official), platform.who(Role.COORDINATOR)
    refused = await give(platform, official, head, **fact)
    assert platform.rule(refused) == (403, "fact-of-register")
    assert refused.json()["errors"][0]["field"] == next(iter(fact))
    # what the register does not know is the school's own, and the same value again changes nothing
    assert (await give(platform, official, head, partnership_capacity=2)).status_code == 200
    assert (await give(platform, official, coordinator, **fact)).status_code == 200
    assert (await give(platform, official, head, **fact)).status_code == 200


async def test_a_teacher_changes_nothing_of_the_school(platform: Any) -> None:
    organisation_id = (await platform.organisation("school")).json()["id"]
    teacher, head = (platform.who(role, organisation_id) for role in (Role.TEACHER, Role.HEAD))
    refused = await give(platform, organisation_id, teacher, pupils=5)
    assert platform.rule(refused) == (403, "head-only")
    assert (await give(platform, organisation_id, head, pupils=500)).status_code == 200


async def test_a_company_that_names_a_school_changes_nothing_of_it(platform: Any) -> None:
    organisation_id = (await platform.organisation("school")).json()["id"]
    refused = await give(
        platform, organisation_id, platform.who(Role.COMPANY, organisation_id), pupils=5
    )
    assert platform.rule(refused) == (403, "organisation-not-yours")


@pytest.mark.parametrize("fact", [{"levels": ["3"]}, {"pupils": 30}])
async def test_a_company_has_neither_levels_nor_pupils(platform: Any, fact: Any) -> None:
    mine = platform.who(Role.COMPANY)
    assert platform.rule(await platform.organisation("company", mine, **fact)) == (
        422,
        "fact-of-another-kind",
    )
    organisation_id = (await platform.organisation("company")).json()["id"]
    host = platform.who(Role.COMPANY, organisation_id)
    refused = await give(platform, organisation_id, host, **fact)
    assert platform.rule(refused) == (422, "fact-of-another-kind")


@pytest.mark.parametrize("role", [Role.COMPANY, Role.COORDINATOR])
async def test_an_area_lies_in_the_organisations_region(platform: Any, role: Role) -> None:
    for area in ("DE212", "FR101"):
        refused = await platform.organisation("company", platform.who(role), nuts3=area)
        assert platform.rule(refused) == (422, "area-of-another-region")
    organisation_id = (await platform.organisation("company")).json()["id"]
    who = platform.who(role, organisation_id)
    refused = await give(platform, organisation_id, who, nuts3="DE212")
    assert platform.rule(refused) == (422, "area-of-another-region")
    assert (await give(platform, organisation_id, who, nuts3="FRH03")).status_code == 200


async def test_what_an_organisation_says_of_itself_stands_beside_its_register(
    platform: Any, official: str
) -> None:
    head = platform.who(Role.HEAD, official)
    ours = {"pupils": 950, "names": {"fr": "Lycée Châteaubriand"}}
    said = await give(platform, official, head, stated=ours)
    assert said.status_code == 200, said.text
    assert said.json()["stated"] == ours | {"levels": None, "address": None}
    assert (said.json()["pupils"], said.json()["names"]) == (None, {"en": "Lycée Chateaubriand"})
    event = (await outbox_events(platform.app.state.database))[-1]
    assert event.changed == ("stated",)  # type: ignore[attr-defined]
    assert event.organisation.stated.pupils == 950  # type: ignore[attr-defined]
    company = (await platform.organisation("company")).json()["id"]
    host = platform.who(Role.COMPANY, company)
    refused = await give(platform, company, host, stated={"pupils": 3})
    assert platform.rule(refused) == (422, "fact-of-another-kind")


async def test_a_teacher_takes_no_school_off_the_platform(platform: Any) -> None:
    known = await platform.organisation("school")
    path, seen = f"/v1/organisations/{known.json()['id']}/withdraw", {"If-Match": '"1"'}
    for role, rule in ((Role.TEACHER, "head-only"), (Role.COMPANY, "organisation-not-yours")):
        who = platform.who(role, known.json()["id"]) | seen
        refused = await platform.client.post(path, headers=who)
        assert platform.rule(refused) == (403, rule)
    head = platform.who(Role.HEAD, known.json()["id"]) | seen
    assert (await platform.client.post(path, headers=head)).status_code == 200
