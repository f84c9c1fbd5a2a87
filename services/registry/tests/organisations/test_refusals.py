"""What is done with organisations is refused in one order: 404, 403, 412, then 409 or 422."""

from typing import Any

import pytest

from triskel.contracts.codes import Role

REASON = {"reason": "Assurance expirée"}


@pytest.mark.parametrize(
    ("method", "action", "body", "last"),
    [
        ("PATCH", "", {"names": None}, 422),
        ("POST", "/approve", None, 409),
        ("POST", "/reject", REASON, 409),
        ("POST", "/claim", None, 409),
        ("POST", "/suspend", REASON, 409),
        ("POST", "/reinstate", None, 409),
        ("POST", "/withdraw", None, 409),
        ("POST", "/merge", REASON, 422),
    ],
)
async def test_an_organisation_refuses_by_id_then_caller_then_version_then_rule(
    platform: Any, method: str, action: str, body: Any, last: int
) -> None:
    school, company = await platform.pair()
    coordinator, stranger = platform.who(Role.COORDINATOR), platform.who(Role.COMPANY, company)
    path = f"/v1/organisations/{school}"
    if action in ("/suspend", "/withdraw"):
        left = coordinator | {"If-Match": '"1"'}
        assert (await platform.client.post(f"{path}/withdraw", headers=left)).is_success
    known = (await platform.client.get(path, headers=coordinator)).json()
    given = body | {"into": school} if action == "/merge" else body
    answers = await platform.refusals_in_order(
        f"/v1/organisations/{{id}}{action}",
        known,
        may=coordinator,
        stranger=stranger,
        body=given,
        method=method,
    )
    assert answers == [404, 403, 412, last]


async def test_a_number_that_the_coordinator_alone_gives_is_refused_before_a_stale_version(
    platform: Any,
) -> None:
    school, _ = await platform.pair()
    head = platform.who(Role.HEAD, school) | {"If-Match": '"999"'}
    body = {"identifiers": [{"scheme": "uai", "value": "0350024L"}]}
    path = f"/v1/organisations/{school}"
    refused = await platform.client.patch(path, json=body, headers=head)
    assert platform.rule(refused) == (403, "identifier-by-coordinator-only")
    body["identifiers"][0]["value"] = "0350024M"
    refused = await platform.client.patch(path, json=body, headers=head)
    assert platform.rule(refused) == (412, "version-stale")
