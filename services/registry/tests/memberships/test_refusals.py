"""In which order a membership's routes refuse."""

from typing import Any

import pytest

from triskel.contracts.codes import Role


@pytest.mark.parametrize("action", ["approve", "change-roles", "end"])
async def test_a_membership_refuses_by_id_then_caller_then_version_then_state(
    platform: Any, action: str
) -> None:
    school, company = await platform.pair()
    head, stranger = platform.who(Role.HEAD, school), platform.who(Role.COMPANY, company)
    body = {"organisation_id": school, "issuer": "https://issuer.test", "subject": "anne"}
    made = await platform.client.post(
        "/v1/memberships", json=body | {"roles": ["teacher"]}, headers=head
    )
    path = f"/v1/memberships/{made.json()['id']}"
    ended = await platform.client.post(f"{path}/end", headers=head | {"If-Match": '"1"'})
    assert ended.status_code == 200, ended.text
    answers = await platform.refusals_in_order(
        f"/v1/memberships/{{id}}/{action}",
        ended.json(),
        may=head,
        stranger=stranger,
        body={"roles": ["head"]},
    )
    assert answers == [404, 403, 412, 409]
