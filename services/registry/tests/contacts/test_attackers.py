"""What people of an organisation may not do with its other people: the attacks, as they were."""

from typing import Any

import pytest

from triskel.contracts.codes import Role


@pytest.fixture
async def school(platform: Any) -> dict[str, Any]:
    """A school with its head and a teacher, as contacts that the coordinator registered."""
    organisation_id = (await platform.organisation("school")).json()["id"]
    people = {"organisation": organisation_id}
    for role in ("head", "teacher"):
        made = await register(platform, platform.who(Role.COORDINATOR), organisation_id, role)
        assert made.status_code == 201, made.text
        people[role] = made
    return people


async def register(platform: Any, who: dict[str, str], of: str, role: str, name: str = "") -> Any:
    body = {
        "organisation_id": of,
        "name": "Quelqu'un",
        "email": f"{name or role}@lycee.example",
        "roles": [role],
    }
    return await platform.client.post("/v1/contacts", json=body, headers=who)


async def change(platform: Any, who: dict[str, str], made: Any, method: str, body: Any) -> Any:
    headers = who | {"If-Match": made.headers["ETag"]}
    path = f"/v1/contacts/{made.json()['id']}"
    return await platform.client.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize("whom", ["head", "teacher"])
@pytest.mark.parametrize(
    ("method", "body"), [("PATCH", {"email": "mine@evil.example"}), ("DELETE", None)]
)
async def test_a_teacher_neither_changes_nor_erases_the_head_or_a_colleague(
    platform: Any, school: dict[str, Any], whom: str, method: str, body: Any
) -> None:
    teacher = platform.who(Role.TEACHER, school["organisation"])
    refused = await change(platform, teacher, school[whom], method, body)
    assert platform.rule(refused) == (403, "person-not-yours")
    # the control: the head may
    head = platform.who(Role.HEAD, school["organisation"])
    assert (await change(platform, head, school[whom], method, body)).is_success


async def test_a_teacher_neither_makes_a_head_nor_becomes_one(
    platform: Any, school: dict[str, Any]
) -> None:
    teacher = platform.who(Role.TEACHER, school["organisation"])
    another = await register(platform, teacher, school["organisation"], "head", "another")
    assert platform.rule(another) == (403, "role-by-head-only")
    # a colleague may be registered: nothing comes of it before they confirm
    made = await register(platform, teacher, school["organisation"], "teacher", "colleague")
    assert made.status_code == 201
    own = platform.who(Role.TEACHER, school["organisation"], contact=school["teacher"].json()["id"])
    mine = await change(platform, own, school["teacher"], "PATCH", {"roles": ["head"]})
    assert platform.rule(mine) == (403, "role-by-head-only")
    renamed = await change(platform, own, school["teacher"], "PATCH", {"language": "en"})
    assert renamed.status_code == 200


async def test_a_company_that_names_a_school_sees_and_changes_none_of_its_people(
    platform: Any, school: dict[str, Any]
) -> None:
    company = platform.who(Role.COMPANY, school["organisation"])
    listed = f"/v1/contacts?organisation_id={school['organisation']}"
    one = f"/v1/contacts/{school['head'].json()['id']}"
    for path in (listed, one, f"{one}/export"):
        assert (await platform.client.get(path, headers=company)).status_code == 403
    erased = await change(platform, company, school["head"], "DELETE", None)
    assert platform.rule(erased) == (403, "organisation-not-yours")
    made = await register(platform, company, school["organisation"], "teacher", "another")
    assert made.status_code == 403


@pytest.mark.parametrize(
    ("kind", "role"), [("school", "company"), ("company", "teacher"), ("chamber", "head")]
)
async def test_the_roles_of_a_person_fit_the_kind_of_their_organisation(
    platform: Any, kind: str, role: str
) -> None:
    organisation_id = (await platform.organisation(kind)).json()["id"]
    who = platform.who(Role.COORDINATOR)
    refused = await register(platform, who, organisation_id, role)
    assert platform.rule(refused) == (422, "role-of-another-kind")
    fitting = "teacher" if kind == "school" else "company"
    made = await register(platform, who, organisation_id, fitting)
    assert made.status_code == 201
    changed = await change(platform, who, made, "PATCH", {"roles": [fitting, role]})
    assert platform.rule(changed) == (422, "role-of-another-kind")
