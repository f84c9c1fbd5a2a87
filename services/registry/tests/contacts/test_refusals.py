"""In which order a contact's routes refuse."""

from typing import Any
from uuid import uuid4

import pytest

from triskel.contracts.codes import Role

TAKEN = "somebody@lycee.example"


@pytest.mark.parametrize(
    ("method", "action", "body", "last"),
    [
        ("POST", "/invite", None, 409),  # an invitation has just gone
        ("PATCH", "", {"email": TAKEN}, 409),
        ("PATCH", "", {"name": None}, 422),
        ("DELETE", "", None, 204),
    ],
)
async def test_a_contact_refuses_by_id_then_caller_then_version_then_rule(
    town: Any, method: str, action: str, body: Any, last: int
) -> None:
    school, company = await town.pair()
    head, stranger = town.who(Role.HEAD, school), town.who(Role.COMPANY, company)
    for email in (TAKEN, "maelle@lycee.example"):
        person = {"organisation_id": school, "name": "M", "email": email, "roles": ["teacher"]}
        made = await town.client.post("/v1/contacts", json=person, headers=head)
        assert made.status_code == 201, made.text
    path = f"/v1/contacts/{{id}}{action}"
    answers = await town.refusals_in_order(
        path, made.json(), may=head, stranger=stranger, body=body, method=method
    )
    assert answers == [404, 403, 412, last]


async def test_nobody_is_erased_by_who_has_not_seen_them(town: Any) -> None:
    school, _ = await town.pair()
    head = town.who(Role.HEAD, school)
    person = {"organisation_id": school, "name": "M", "email": "m@x.example", "roles": ["teacher"]}
    made = await town.client.post("/v1/contacts", json=person, headers=head)
    path = f"/v1/contacts/{made.json()['id']}"
    assert town.rule(await town.client.delete(path, headers=head)) == (428, "if-match-missing")
    assert (await town.client.get(path, headers=head)).status_code == 200
    unknown = await town.client.delete(f"/v1/contacts/{uuid4()}", headers=head)
    assert town.rule(unknown) == (404, "contact-unknown")
