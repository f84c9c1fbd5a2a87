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
    platform: Any, method: str, action: str, body: Any, last: int
) -> None:
    school, company = await platform.pair()
    head, stranger = platform.who(Role.HEAD, school), platform.who(Role.COMPANY, company)
    for email in (TAKEN, "maelle@lycee.example"):
        person = {"organisation_id": school, "name": "M", "email": email, "roles": ["teacher"]}
        made = await platform.client.post("/v1/contacts", json=person, headers=head)
        assert made.status_code == 201, made.text
    path = f"/v1/contacts/{{id}}{action}"
    answers = await platform.refusals_in_order(
        path, made.json(), may=head, stranger=stranger, body=body, method=method
    )
    assert answers == [404, 403, 412, last]


async def test_nobody_is_erased_by_who_has_not_seen_them(platform: Any) -> None:
    school, _ = await platform.pair()
    head = platform.who(Role.HEAD, school)
    person = {"organisation_id": school, "name": "M", "email": "m@x.example", "roles": ["teacher"]}
    made = await platform.client.post("/v1/contacts", json=person, headers=head)
    path = f"/v1/contacts/{made.json()['id']}"
    assert platform.rule(await platform.client.delete(path, headers=head)) == (
        428,
        "if-match-missing",
    )
    assert (await platform.client.get(path, headers=head)).status_code == 200
    unknown = await platform.client.delete(f"/v1/contacts/{uuid4()}", headers=head)
    assert platform.rule(unknown) == (404, "contact-unknown")
